"""Decode packets into messages without trusting them."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from grader.sandbox.wire.messages import (
    Answer,
    Ask,
    Call,
    Frame,
    Function,
    Handle,
    Layer,
    Message,
    ProtocolError,
    Raised,
    Ready,
    Ref,
    Reply,
    Request,
    Setup,
    Told,
)
from grader.sandbox.wire.types import (
    DTYPES,
    MAX_ATTEMPTS,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_FRAMES,
    MAX_INT_BITS,
    MAX_MESSAGE,
    MAX_NODES,
    MAX_ODD_KEYS,
    MAX_SHAPES,
    MAX_TEXT,
    MAX_TOTAL,
    TYPES,
    length_of,
)

__all__ = ["decode", "printable"]

_from_json = json.JSONDecoder().decode


def decode(header: bytes, segments: Sequence[Any]) -> Message:
    """Turn a packet into a message.

    Args:
        header: The header.
        segments: The segments. Arrays share their memory, so it must belong to the receiver.

    Raises:
        ProtocolError: `encode` could not have made this packet. Nothing else is raised.

    """
    try:
        body = _from_json(str(header, "utf-8"))
        return _Decoder(segments).message(body)
    except ProtocolError:
        raise
    except (
        ArithmeticError,
        LookupError,
        MemoryError,
        RecursionError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise ProtocolError(f"a malformed message ({type(error).__name__})") from None


class _Decoder:
    """Reads a packet in the order in which it was written, so each segment is used exactly once."""

    def __init__(self, segments: Sequence[Any]) -> None:
        self._segments = iter(segments)
        self._nodes = 0
        self._inward = False  # only messages to the worker may contain references and functions

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
                message = Ask(
                    _is(int, function), _is(tuple, self.value(args)), self._kwargs(kwargs)
                )
            case "told", [value, raised]:
                message = Told(self.value(value), _raised(raised))
            case "setup", [settings]:
                message = Setup(_is(dict, self.value(settings)))
            case "ready", [layers]:
                message = Ready(
                    {
                        _text(name): _layer(row)
                        for name, row in _is(dict, self.value(layers)).items()
                    }
                )
            case _:
                raise ProtocolError("a message of an unknown kind")
        if next(self._segments, None) is not None:
            raise ProtocolError("a message with more data than it mentions")
        return message

    def value(self, node: Any, depth: int = 0) -> Any:
        self._nodes += 1  # not a call: this is done for every value
        if self._nodes > MAX_NODES:
            self._count(0)
        if depth > MAX_DEPTH:
            raise ProtocolError("a message with too deeply nested values")
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
            raise ProtocolError("a call on something that is not an object")
        arguments = _is(tuple, self.value(args))
        return Call(
            _text(op),
            _text(module),
            where,
            _text(name),
            arguments,
            self._kwargs(kwargs),
            _text(last),
        )

    def _kwargs(self, node: Any) -> dict[str, Any]:
        kwargs: dict[str, Any] = _is(dict, self.value(node))
        if not all(type(name) is str for name in kwargs):
            raise ProtocolError("an argument name that is not text")
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
        segment, kind = self._segment(), DTYPES[_is(str, dtype)]
        sizes = [_is(int, n) for n in _is(list, shape)]
        if len(sizes) > MAX_DIMENSIONS or any(not 0 <= n <= MAX_TOTAL for n in sizes):
            raise ProtocolError("an array of an impossible shape")
        if math.prod(sizes) * kind.itemsize != len(segment):
            raise ProtocolError("an array whose size does not match its shape")
        if not segment:
            return np.empty(sizes, kind)
        return np.ndarray(sizes, kind, buffer=segment)

    def _scalar(self, _: int, dtype: Any, *parts: Any) -> Any:
        kind = DTYPES[_is(str, dtype)]
        number: Any
        if kind.kind == "c":
            real, imag = parts
            number = complex(_is(float, real), _is(float, imag))
        else:
            (number,) = parts
            _is({"b": bool, "f": float}.get(kind.kind, int), number)
        with np.errstate(all="ignore"):  # float16 and float32 were sent as float64
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
        found = range(
            *(self.value(part) if type(part) is list else _is(int, part) for part in parts)
        )
        self._count(length_of(found))
        return found

    def _count(self, values: int) -> None:
        self._nodes += values
        if self._nodes > MAX_NODES:
            raise ProtocolError("a message with too many values")

    def _generator(
        self, _: int, state: Any, inc: Any, has_uint32: Any, uinteger: Any
    ) -> np.random.Generator:
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
        if _is(int, size) != len(segment) or len(segment) > MAX_BYTES:
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
        "y": lambda _self, _depth, dtype: DTYPES[_is(str, dtype)],
        "Y": lambda _self, _depth, name: TYPES[_is(str, name)],
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


def _layer(row: Any) -> Layer:
    holds, detail, errno = _is(tuple, row)
    return Layer(_is(bool, holds), printable(_text(detail)), _is(int, errno))


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
    """Replace half surrogate pairs, which JSON can contain but UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def printable(text: str) -> str:
    """Replace characters that move the cursor, ring a bell or reverse the reading direction."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
