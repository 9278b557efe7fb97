"""What crosses the wall: plain data in small typed frames. No pickle, no eval, no class of the student's.

A packet is a JSON header and the raw bytes of the arrays, in the order in which the header mentions them:

    u32 bytes of header | u32 number of segments | u64 size of each segment | header | segments

Encoding is by exact type: what is not on the list below stays where it is, behind a `Handle`. Decoding trusts nothing:
every count, size, depth and type is checked, and the only exception that leaves `decode` and `recv` for bad bytes is
`ProtocolError`. The same functions serve both directions and the in-process reference, which is therefore treated
exactly as a student is.

None, bool, int, float, complex, str, bytes, list, tuple, dict, slice, range, Ellipsis, numpy arrays, scalars and
dtypes, a few types (float, np.float32), PCG64 generators, torch tensors; to the worker also functions, as numbers to
call back.
"""

from __future__ import annotations

import itertools
import json
import math
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np

__all__ = [
    "Answer",
    "Ask",
    "Call",
    "Closed",
    "Encoder",
    "Frame",
    "Function",
    "Handle",
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

# What one packet may hold. A batch of 10,000 forwards with three arguments each fits.
MAX_HEADER = 4 << 20
MAX_SEGMENTS = 1 << 16
MAX_TOTAL = 256 << 20
MAX_NODES = 400_000
MAX_DEPTH = 32
MAX_STRING = 1 << 20
MAX_INT_BITS = 1 << 14
MAX_DIMENSIONS = 32
# Small integers, floats and above all tuples can be chosen to share one hash. A dict with keys of that kind is kept so
# small that even a table of collisions is built in no time; strings are hashed with a secret, so they may be many.
MAX_ODD_KEYS = 1000

MAX_MESSAGE = 2000          # characters of an exception's message
MAX_TEXT = 300              # of a source line, a name, an attempt
MAX_FRAMES = 32
MAX_SHAPES = 16
MAX_ATTEMPTS = 64

_NAMES = ("b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
_DTYPES = {np.dtype(name).str: np.dtype(name) for name in _NAMES}
_SCALARS = {dtype.type for dtype in _DTYPES.values()}
_TYPES: dict[str, type] = {t.__name__: t for t in (bool, int, float, complex)} | {
    f"np.{dtype.name}": dtype.type for dtype in _DTYPES.values()
}
_TYPE_NAMES = {t: name for name, t in _TYPES.items()}
_PREFIX = struct.Struct("<II")
_CHUNK = 1 << 16            # what the first system call reads; segments below it are sent together
_TOGETHER = 1 << 20         # packets up to this size are read into one buffer

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_from_json = json.JSONDecoder().decode

Packet: TypeAlias = tuple[bytes, list[Any]]          # a header and its segments (bytes, bytearray or memoryview)
Patience: TypeAlias = Callable[[], float | None]     # seconds that a read or write may block; raises when time is up


class ProtocolError(Exception):
    """The other side sent what no honest worker sends."""


class TooLarge(Exception):
    """A value passes the limits of one packet."""


class Closed(Exception):
    """The other side is gone."""


class TooLate(Exception):
    """The deadline passed before the packet was through."""


# ---- what is said -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handle:
    """An object that stays in the worker. `kind` is the name of its type, as the worker claims."""

    id: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """Inside one batch: the value of the call number `index`, or one element of the tuple that it returned."""

    index: int
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """In the worker: a function of the check author's that lives on the other side."""

    index: int


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that the worker is asked to do.

    op: "call" a function, "get" an attribute, "item" (index; with a second argument, assign), "binary" and "unary"
    operators by name, "hold" a value in the worker, "write" args[1] under the key args[0] (an array of the same shape
    is overwritten in place), "map" a function over the rows of stacked arguments, "seed" the random generators, "free"
    objects (without arguments: all).
    target: the object that is meant; without one, `module` (a file stem) and `name` say which symbol. `name` may be
    dotted, and is relative to the target when there is one.
    last: what becomes of the last element of a returned tuple (the cache of a forward pass): "send" it, "keep" it in
    the worker behind a handle, or "drop" it, None being sent in its place. Any other result of a call is sent; a "get"
    with "keep" answers a handle whatever the attribute is.
    """

    op: str
    module: str = ""
    target: Handle | Ref | None = None
    name: str = ""
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    last: str = "send"


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of the student's in a traceback. shapes: of the arrays that it names, such as "x (8, 3) float64"."""

    file: str
    line: int
    function: str
    source: str
    shapes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception in the worker. All of it is the worker's claim.

    bases: names of the builtin exceptions that it is, the nearest first: a subclass of ValueError counts as one.
    missing: the symbol is absent, or a stub raised NotImplementedError. refused: the sandbox denied a system call.
    """

    kind: str
    message: str = ""
    bases: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    missing: bool = False
    refused: bool = False
    errno: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call.

    mutated: the parameters whose arrays the call changed in place. attempts: forbidden things that were tried since the
    answer before, in words; during_import when a module of the student's was being imported. Advisory: code in the
    worker can hide them, and gains nothing by it, for what protects is the refusal and not the report.
    """

    value: Any = None
    raised: Raised | None = None
    mutated: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()
    during_import: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """Grader to worker, first of all: the settings of `worker.Settings`."""

    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """Worker to grader: layer -> (achieved, detail). The last message that was written by trusted code alone."""

    layers: dict[str, tuple[bool, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """Grader to worker. The id is drawn at random, so that a reply made up in advance answers nothing."""

    id: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Worker to grader: one answer per call, up to the first that raised."""

    id: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Worker to grader, while a call runs: the student's code calls a function of the check author's."""

    function: int
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """Grader to worker: the answer to an Ask."""

    value: Any = None
    raised: Raised | None = None


Message: TypeAlias = Setup | Ready | Request | Reply | Ask | Told


# ---- encoding -----------------------------------------------------------------------------------------------------


class Encoder:
    """Collects the header and the segments of one packet.

    keep: makes a handle for what is not plain data (the worker's side); without it such a value is a TypeError.
    functions: callables among the values are appended here and travel as their index (the grader's side).
    snapshot: copy arrays now, because code that may change them runs before the packet is sent.
    """

    def __init__(
        self,
        keep: Callable[[object], Handle] | None = None,
        functions: list[Callable[..., Any]] | None = None,
        *,
        snapshot: bool = False,
    ) -> None:
        self._keep, self._functions, self._snapshot = keep, functions, snapshot
        self._segments: list[Any] = []
        self._nodes = self._bytes = 0

    def packet(self, *message: Any) -> Packet:
        """Close the packet over a header that was made with the other methods."""
        header = _to_json(message).encode()
        if len(header) > MAX_HEADER or len(self._segments) > MAX_SEGMENTS:
            raise TooLarge("too many values for one message")
        return header, self._segments

    def value(self, value: Any, depth: int = 0) -> Any:
        """The header node of a value. Raises TypeError for what cannot be sent, TooLarge for too much of it."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES:,} values in one message")
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return self._int(value)
        if kind is str:
            if len(value) > MAX_STRING:
                raise TooLarge(f"a text of {len(value):,} characters")
            return value
        if kind is np.ndarray:
            return self._array("a", value, value)
        if kind in _SCALARS:
            return _scalar(value)
        if kind in (list, tuple, dict) and depth < MAX_DEPTH:
            return self._container(value, depth + 1)
        return self._rare(value, depth)

    def call(self, call: Call) -> list[Any]:
        """The header node of a call."""
        target = None if call.target is None else self.value(call.target)
        args, kwargs = self.value(tuple(call.args)), self.value(dict(call.kwargs))
        return [call.op, call.module, target, call.name, args, kwargs, call.last]

    def answer(self, answer: Answer) -> list[Any]:
        """The header node of an answer. When it raises, the packet is as it was before."""
        segments, total = len(self._segments), self._bytes
        try:
            value = self.value(answer.value)
        except Exception:
            del self._segments[segments:]
            self._bytes = total
            raise
        if answer.raised is None and not answer.mutated and not answer.attempts:
            return [value]                           # nearly all of them, and there may be thousands
        return [value, self.raised(answer.raised), answer.mutated, answer.attempts, answer.during_import]

    @staticmethod
    def raised(raised: Raised | None) -> list[Any] | None:
        """The header node of an exception."""
        if raised is None:
            return None
        frames = [[f.file, f.line, f.function, f.source, f.shapes] for f in raised.frames]
        return [raised.kind, raised.message, raised.bases, frames, raised.missing, raised.refused, raised.errno]

    @staticmethod
    def _int(value: int) -> Any:
        if -(2**63) <= value < 2**63:
            return value
        if value.bit_length() > MAX_INT_BITS:
            raise TooLarge(f"an integer of {value.bit_length():,} bits")
        return ["i", hex(value)]

    def _container(self, value: Any, depth: int) -> Any:
        if type(value) is dict:
            if not _good_keys(value):
                return self._stays(value)
            return ["d", [[self.value(k, depth), self.value(v, depth)] for k, v in value.items()]]
        return ["l" if type(value) is list else "t", [self.value(v, depth) for v in value]]

    def _rare(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is Handle:
            return ["h", value.id, value.kind]
        if kind is Ref:
            return ["r", value.index, value.item]
        if kind is complex:
            return ["c", value.real, value.imag]
        if kind is bytes:
            return ["b", self._segment(value)]
        if kind is slice:
            return ["S", *(self.value(part, depth) for part in (value.start, value.stop, value.step))]
        if kind is range:
            return ["R", *(self._int(part) for part in (value.start, value.stop, value.step))]
        return self._rarer(value)

    def _rarer(self, value: Any) -> Any:
        kind = type(value)
        if value is Ellipsis:
            return ["e"]
        if isinstance(value, np.dtype) and value.str in _DTYPES:
            return ["y", value.str]
        if kind is type and value in _TYPE_NAMES:
            return ["Y", _TYPE_NAMES[value]]
        if kind is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
            state: Any = value.bit_generator.state
            inner = state["state"]
            return ["g", hex(inner["state"]), hex(inner["inc"]), state["has_uint32"], state["uinteger"]]
        return self._array_like(value)

    def _array_like(self, value: Any) -> Any:
        torch = sys.modules.get("torch")
        if torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter):
            array = _tensor_data(value)
            if array is not None:
                return [*self._array("T", array, value), bool(value.requires_grad)]
        if isinstance(value, np.generic) and value.dtype.str in _DTYPES:
            return _scalar(value)                    # np.longlong and the like
        if isinstance(value, np.ndarray):            # a subclass: its data is sent, its behaviour stays behind
            return self._array("a", np.asarray(value), value)
        if self._functions is not None and callable(value):
            self._functions.append(value)
            return ["f", len(self._functions) - 1]
        return self._stays(value)

    def _array(self, tag: str, array: np.ndarray, original: object) -> list[Any]:
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        if array.dtype.str not in _DTYPES or array.ndim > MAX_DIMENSIONS:
            return self._stays(original)
        contiguous = np.asarray(array, order="C")    # np.ascontiguousarray would turn 0-d into 1-d
        if self._snapshot or contiguous.size <= 1:
            self._segment(contiguous.tobytes())
        else:
            self._segment(contiguous.reshape(-1).view(np.uint8).data)
        return [tag, array.dtype.str, list(array.shape)]

    def _segment(self, data: Any) -> int:
        self._bytes += len(data)
        if self._bytes > MAX_TOTAL:
            raise TooLarge(f"more than {MAX_TOTAL >> 20} MiB of arrays in one message")
        self._segments.append(data)
        return len(data)

    def _stays(self, value: object) -> list[Any]:
        if self._keep is None:
            raise TypeError(f"a {type(value).__name__} cannot be sent to the student's code")
        handle = self._keep(value)
        return ["h", handle.id, handle.kind]


def _scalar(value: Any) -> list[Any]:
    number = value.item()
    return ["s", value.dtype.str, *((number.real, number.imag) if type(number) is complex else (number,))]


def _good_keys(value: dict[Any, Any]) -> bool:
    return len(value) <= MAX_ODD_KEYS or all(type(key) is str for key in value)


def _tensor_data(tensor: Any) -> np.ndarray | None:
    """The tensor as an array, or None for what numpy has no word for (bfloat16, sparse, quantised)."""
    try:
        array = tensor.detach().cpu().resolve_conj().resolve_neg().numpy()
    except (TypeError, RuntimeError, NotImplementedError):
        return None
    return array if isinstance(array, np.ndarray) else None


def encode(
    message: Message,
    *,
    keep: Callable[[object], Handle] | None = None,
    functions: list[Callable[..., Any]] | None = None,
) -> Packet:
    """Turn a message into a packet; keep and functions as in `Encoder`.

    Raises TypeError for a value that cannot be sent, TooLarge for one that passes the limits.
    """
    make = Encoder(keep, functions)
    match message:
        case Request(id, calls):
            return make.packet("request", id, [make.call(call) for call in calls])
        case Reply(id, answers):
            return make.packet("reply", id, [make.answer(answer) for answer in answers])
        case Ask(function, args, kwargs):
            return make.packet("ask", function, make.value(args), make.value(kwargs))
        case Told(value, raised):
            return make.packet("told", make.value(value), make.raised(raised))
        case Setup(settings):
            return make.packet("setup", make.value(settings))
        case Ready(layers):
            return make.packet("ready", make.value(layers))


# ---- decoding -----------------------------------------------------------------------------------------------------


def decode(header: bytes, segments: Sequence[Any]) -> Message:
    """Turn a packet into a message. Arrays share the memory of the segments, which must be the receiver's own.

    Raises ProtocolError, and nothing else, for whatever is not a message that `encode` could have made.
    """
    try:
        body = _from_json(str(header, "utf-8"))
        return _Decoder(segments).message(body)
    except ProtocolError:
        raise
    except (ArithmeticError, LookupError, MemoryError, RecursionError, RuntimeError, TypeError, ValueError) as error:
        raise ProtocolError(f"a malformed message ({type(error).__name__})") from None


class _Decoder:
    """One packet, read in the order in which it was written, so that every segment is used exactly once."""

    def __init__(self, segments: Sequence[Any]) -> None:
        self._segments = iter(segments)
        self._nodes = 0
        self._inward = False                         # only what goes to the worker may hold references and functions

    def message(self, body: Any) -> Message:
        kind, *rest = _is(list, body)
        self._inward = kind in ("request", "told")
        message: Message
        match kind, rest:
            case "request", [id, calls]:
                message = Request(_text(id, 64), tuple(self._call(c) for c in _is(list, calls)))
            case "reply", [id, answers]:
                message = Reply(_text(id, 64), tuple(self._answer(a) for a in _is(list, answers)))
            case "ask", [function, args, kwargs]:
                message = Ask(_is(int, function), _is(tuple, self.value(args)), self._kwargs(kwargs))
            case "told", [value, raised]:
                message = Told(self.value(value), _raised(raised))
            case "setup", [settings]:
                message = Setup(_is(dict, self.value(settings)))
            case "ready", [layers]:
                message = Ready({_text(name): _layer(row) for name, row in _is(dict, self.value(layers)).items()})
            case _:
                raise ProtocolError("a message of an unknown kind")
        if next(self._segments, None) is not None:
            raise ProtocolError("a message with more data than it mentions")
        return message

    def value(self, node: Any, depth: int = 0) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise ProtocolError("a message with too many or too deeply nested values")
        kind = type(node)
        if node is None or kind is bool or kind is float:
            return node
        if kind is int:
            if not -(2**63) <= node < 2**63:
                raise ProtocolError("an integer out of range")
            return node
        if kind is str:
            return _no_surrogates(node)
        tag, *rest = _is(list, node)
        read = self._READ.get(tag)
        if read is None:
            raise ProtocolError("a value of an unknown kind")
        return read(self, depth + 1, *rest)

    def _call(self, node: Any) -> Call:
        op, module, target, name, args, kwargs, last = _is(list, node)
        where = None if target is None else self.value(target)
        if where is not None and type(where) not in (Handle, Ref):
            raise ProtocolError("a call on something that is no object")
        arguments = _is(tuple, self.value(args))
        return Call(_text(op), _text(module), where, _text(name), arguments, self._kwargs(kwargs), _text(last))

    def _kwargs(self, node: Any) -> dict[str, Any]:
        kwargs: dict[str, Any] = _is(dict, self.value(node))
        if not all(type(name) is str for name in kwargs):
            raise ProtocolError("an argument name that is no text")
        return kwargs

    def _answer(self, node: Any) -> Answer:
        value, *rest = _is(list, node)
        if not rest:
            return Answer(self.value(value))
        result = self.value(value)
        raised, mutated, attempts, during_import = rest
        return Answer(
            result,
            _raised(raised),
            _texts(mutated, MAX_ATTEMPTS),
            _texts(attempts, MAX_ATTEMPTS),
            _is(bool, during_import),
        )

    def _segment(self) -> Any:
        segment = next(self._segments, None)
        if segment is None:
            raise ProtocolError("a message with less data than it mentions")
        return segment

    def _array(self, _: int, dtype: Any, shape: Any) -> np.ndarray:
        segment, kind = self._segment(), _DTYPES[_is(str, dtype)]
        sizes = [_is(int, n) for n in _is(list, shape)]
        if len(sizes) > MAX_DIMENSIONS or any(not 0 <= n <= MAX_TOTAL for n in sizes):
            raise ProtocolError("an array of an impossible shape")
        if math.prod(sizes) * kind.itemsize != len(segment):
            raise ProtocolError("an array whose size does not fit its shape")
        if not segment:
            return np.empty(sizes, kind)
        return np.ndarray(sizes, kind, buffer=segment)

    def _scalar(self, _: int, dtype: Any, *parts: Any) -> Any:
        kind = _DTYPES[_is(str, dtype)]
        number: Any
        if kind.kind == "c":
            real, imag = parts
            number = complex(_is(float, real), _is(float, imag))
        else:
            (number,) = parts
            _is({"b": bool, "f": float}.get(kind.kind, int), number)
        with np.errstate(all="ignore"):              # float16 and float32 come as the float64 that they were
            return kind.type(number)

    def _tensor(self, depth: int, dtype: Any, shape: Any, requires_grad: Any) -> Any:
        array = self._array(depth, dtype, shape)
        torch = sys.modules.get("torch")
        if torch is None:
            return array
        return torch.from_numpy(array).requires_grad_(_is(bool, requires_grad))

    def _dict(self, depth: int, items: Any) -> dict[Any, Any]:
        pairs = [(self.value(k, depth), self.value(v, depth)) for k, v in _is(list, items)]
        if len(pairs) > MAX_ODD_KEYS and not all(type(key) is str for key, _ in pairs):
            raise ProtocolError("a large dict with keys other than text")
        return dict(pairs)

    def _big_int(self, _: int, digits: Any) -> int:
        return int(_text(digits, MAX_INT_BITS // 4 + 8, exact=True), 16)

    def _range(self, _: int, *parts: Any) -> range:
        return range(*(self.value(part) if type(part) is list else _is(int, part) for part in parts))

    def _generator(self, _: int, state: Any, inc: Any, has_uint32: Any, uinteger: Any) -> np.random.Generator:
        source = np.random.PCG64(0)
        source.state = {
            "bit_generator": "PCG64",
            "state": {"state": int(_text(state, 40), 16), "inc": int(_text(inc, 40), 16)},
            "has_uint32": _is(int, has_uint32),
            "uinteger": _is(int, uinteger),
        }
        return np.random.Generator(source)

    def _ref(self, _: int, index: Any, item: Any) -> Ref:
        self._only_inward()
        return Ref(_is(int, index), None if item is None else _is(int, item))

    def _function(self, _: int, index: Any) -> Function:
        self._only_inward()
        return Function(_is(int, index))

    def _only_inward(self) -> None:
        if not self._inward:
            raise ProtocolError("a value that only the grader may send")

    def _bytes(self, _: int, size: Any) -> bytes:
        segment = self._segment()
        if _is(int, size) != len(segment):
            raise ProtocolError("bytes of the wrong length")
        return bytes(segment)

    _READ: ClassVar[Mapping[Any, Callable[..., Any]]] = {
        "l": lambda self, depth, items: [self.value(v, depth) for v in _is(list, items)],
        "t": lambda self, depth, items: tuple(self.value(v, depth) for v in _is(list, items)),
        "d": _dict,
        "a": _array,
        "s": _scalar,
        "T": _tensor,
        "i": _big_int,
        "c": lambda _self, _depth, real, imag: complex(_is(float, real), _is(float, imag)),
        "b": _bytes,
        "h": lambda _self, _depth, number, kind: Handle(_is(int, number), printable(_text(kind))),
        "r": _ref,
        "f": _function,
        "S": lambda self, depth, *parts: slice(*_three(self.value(part, depth) for part in parts)),
        "R": _range,
        "e": lambda _self, _depth: Ellipsis,
        "y": lambda _self, _depth, dtype: _DTYPES[_is(str, dtype)],
        "Y": lambda _self, _depth, name: _TYPES[_is(str, name)],
        "g": _generator,
    }


def _three(parts: Any) -> tuple[Any, Any, Any]:
    start, stop, step = parts
    return start, stop, step


def _is(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ProtocolError("a value of the wrong type")
    return value


def _text(value: Any, cap: int = MAX_TEXT, *, exact: bool = False) -> str:
    text: str = _is(str, value)
    if exact and len(text) > cap:
        raise ProtocolError("a text that is too long")
    return _no_surrogates(text[:cap])


def _texts(value: Any, cap: int) -> tuple[str, ...]:
    return tuple(printable(_text(text)) for text in _is(list, value)[:cap])


def _layer(row: Any) -> tuple[bool, str]:
    achieved, detail = _is(tuple, row)
    return _is(bool, achieved), printable(_text(detail))


def _raised(node: Any) -> Raised | None:
    if node is None:
        return None
    kind, message, bases, frames, missing, refused, errno = _is(list, node)
    return Raised(
        printable(_text(kind)),
        printable(_text(message, MAX_MESSAGE)),
        _texts(bases, MAX_FRAMES),
        tuple(_frame(frame) for frame in _is(list, frames)[:MAX_FRAMES]),
        _is(bool, missing),
        _is(bool, refused),
        None if errno is None else _is(int, errno),
    )


def _frame(node: Any) -> Frame:
    file, line, function, source, shapes = _is(list, node)
    return Frame(
        printable(_text(file)),
        max(0, min(_is(int, line), 1 << 31)),
        printable(_text(function)),
        printable(_text(source)),
        _texts(shapes, MAX_SHAPES),
    )


def _no_surrogates(text: str) -> str:
    """Text that can be written to any file: JSON can carry half of a surrogate pair, UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def printable(text: str) -> str:
    """The text without what moves a cursor, rings a bell or reverses the reading direction."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


# ---- over a socket ------------------------------------------------------------------------------------------------


def until(deadline: float) -> Patience:
    """Patience up to a moment on the monotonic clock; TooLate afterwards."""

    def left() -> float:
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise TooLate("the deadline has passed")
        return seconds

    return left


def _forever() -> None:
    return None


def send(sock: socket.socket, packet: Packet, patience: Patience = _forever) -> None:
    """Write one packet. Raises Closed when nobody is there to read it, and whatever `patience` raises."""
    header, segments = packet
    sizes = struct.pack(f"<{len(segments)}Q", *map(len, segments))
    together: list[Any] = [_PREFIX.pack(len(header), len(segments)), sizes, header]
    waiting = len(header) + len(sizes)
    for segment in segments:
        if len(segment) < _CHUNK and waiting < 4 * _CHUNK:
            together.append(segment)                 # many small pieces in one system call
            waiting += len(segment)
            continue
        _write(sock, b"".join(together), patience)
        _write(sock, segment, patience)
        together, waiting = [], 0
    _write(sock, b"".join(together), patience)


def _write(sock: socket.socket, data: Any, patience: Patience) -> None:
    view = memoryview(data)
    while len(view):
        sock.settimeout(patience())
        try:
            view = view[sock.send(view) :]
        except TimeoutError:
            continue                                 # the patience decides whether to go on
        except OSError as error:
            raise Closed(str(error)) from None


def recv(sock: socket.socket, patience: Patience = _forever) -> Packet:
    """Read one packet. Raises ProtocolError for an impossible one, Closed at the end, and what `patience` raises."""
    buffer = bytearray(_CHUNK)
    have = _read(sock, buffer, 0, _PREFIX.size, patience)
    length, count = _PREFIX.unpack_from(buffer)
    if length > MAX_HEADER or count > MAX_SEGMENTS:
        raise ProtocolError("a message with an oversized header")
    start = _PREFIX.size + 8 * count
    body = start + length
    if body > len(buffer):
        buffer.extend(bytes(body - len(buffer)))
    have = _read(sock, buffer, have, body, patience)
    sizes = struct.unpack_from(f"<{count}Q", buffer, _PREFIX.size)
    if sum(sizes) > MAX_TOTAL:
        raise ProtocolError("an oversized message")
    header, whole = bytes(memoryview(buffer)[start:body]), body + sum(sizes)
    segments: list[Any]
    if whole <= _TOGETHER:
        if whole > len(buffer):
            buffer.extend(bytes(whole - len(buffer)))
        extra = _read(sock, buffer, have, whole, patience) - whole
        ends = list(itertools.accumulate(sizes, initial=body))
        segments = [buffer[a:b] for a, b in itertools.pairwise(ends)]
    else:
        early, segments = memoryview(buffer)[body:have], []
        for size in sizes:
            segment = np.empty(size, np.uint8).data  # no page of it is touched before data comes
            part = min(size, len(early))
            segment[:part], early = early[:part], early[part:]
            _read(sock, segment, part, size, patience)
            segments.append(segment)
        extra = len(early)
    if extra:
        raise ProtocolError("data after the end of a message")
    return header, segments


def _read(sock: socket.socket, buffer: Any, have: int, need: int, patience: Patience) -> int:
    """Fill the buffer at least up to `need`; what else has arrived may follow."""
    view = memoryview(buffer)
    while have < need:
        sock.settimeout(patience())
        try:
            got = sock.recv_into(view[have:])
        except TimeoutError:
            continue
        except OSError as error:
            raise Closed(str(error)) from None
        if got == 0:
            raise Closed("the connection was closed")
        have += got
    return have
