"""What crosses the wall: plain data in small typed frames. No pickle, no eval, no class of the
student's.

A packet is a JSON header and the raw bytes of the arrays, in the order in which the header mentions
them:

    u32 bytes of header | u32 number of segments | u64 size of each segment | header | segments

Encoding is by exact type: what is not on the list below stays where it is, behind a `Handle`.
Decoding trusts nothing: every count, size, depth and type is checked, and the only exception that
leaves `decode` and `recv` for bad bytes is `ProtocolError`. The same functions serve both
directions and the in-process reference, which is therefore treated exactly as a student is.

None, bool, int, float, complex, str, bytes, list, tuple, dict, slice, range, Ellipsis, numpy
arrays, scalars and dtypes, a few types (float, np.float32), PCG64 generators, torch tensors; to the
worker also functions, as numbers to call back.
"""

from grader.sandbox.wire.decoding import decode, printable
from grader.sandbox.wire.encoding import Encoder, encode
from grader.sandbox.wire.messages import (
    Answer,
    Ask,
    Call,
    Closed,
    Frame,
    Function,
    Handle,
    Layer,
    Message,
    Packet,
    Patience,
    ProtocolError,
    Raised,
    Ready,
    Ref,
    Reply,
    Request,
    Setup,
    Told,
    TooLarge,
    TooLate,
)
from grader.sandbox.wire.stream import recv, send, until
from grader.sandbox.wire.types import (
    MAX_ATTEMPTS,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_FRAMES,
    MAX_HEADER,
    MAX_INT_BITS,
    MAX_MESSAGE,
    MAX_NODES,
    MAX_ODD_KEYS,
    MAX_SEGMENTS,
    MAX_SHAPES,
    MAX_STRING,
    MAX_TEXT,
    MAX_TOTAL,
)

__all__ = [
    "MAX_ATTEMPTS",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_DIMENSIONS",
    "MAX_FRAMES",
    "MAX_HEADER",
    "MAX_INT_BITS",
    "MAX_MESSAGE",
    "MAX_NODES",
    "MAX_ODD_KEYS",
    "MAX_SEGMENTS",
    "MAX_SHAPES",
    "MAX_STRING",
    "MAX_TEXT",
    "MAX_TOTAL",
    "Answer",
    "Ask",
    "Call",
    "Closed",
    "Encoder",
    "Frame",
    "Function",
    "Handle",
    "Layer",
    "Message",
    "Packet",
    "Patience",
    "ProtocolError",
    "Raised",
    "Ready",
    "Ref",
    "Reply",
    "Request",
    "Setup",
    "Told",
    "TooLarge",
    "TooLate",
    "decode",
    "encode",
    "printable",
    "recv",
    "send",
    "until",
]
