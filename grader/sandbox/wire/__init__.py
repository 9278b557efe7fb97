"""The protocol between grader and worker: plain data in small typed frames.

There is no pickle, no eval, and no class of the student.

A packet is a JSON header and the raw bytes of the arrays, in the order in which the header mentions
them:

    u32 bytes of header | u32 number of segments | u64 size of each segment | header | segments

Encoding is by exact type: a value whose type is not listed below stays in the worker, and a
`Handle` is sent instead. Decoding trusts nothing: every count, size, depth and type is checked, and
for bad bytes `decode` and `recv` raise only `ProtocolError`. The same functions are used for both
directions and for the in-process reference, which is therefore treated exactly like a student.

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
