"""Encode messages as packets."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.sandbox.wire.messages import (
    Answer,
    Ask,
    Call,
    Handle,
    Message,
    Packet,
    Raised,
    Ready,
    Ref,
    Reply,
    Request,
    Setup,
    Told,
    TooLarge,
)
from grader.sandbox.wire.types import (
    DTYPES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_HEADER,
    MAX_INT_BITS,
    MAX_NODES,
    MAX_ODD_KEYS,
    MAX_SEGMENTS,
    MAX_STRING,
    MAX_TOTAL,
    SCALARS,
    TYPE_NAMES,
    length_of,
)

__all__ = ["Encoder", "encode"]

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Encoder:
    """Collects the header and the segments of one packet.

    Args:
        keep: Makes a handle for a value that is not plain data (used in the worker). Without it,
            such a value is a TypeError.
        functions: Callables among the values are appended here and sent as their index (used in
            the grader).
        snapshot: Copy arrays now, because code that may change them runs before the packet is sent.

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
        """Finish the packet, with a header that was made with the other methods.

        Raises:
            TooLarge: There are too many values for one packet.

        """
        header = _to_json(message).encode()
        if len(header) > MAX_HEADER or len(self._segments) > MAX_SEGMENTS:
            raise TooLarge("too many values for one message")
        return header, self._segments

    def value(self, value: Any, depth: int = 0) -> Any:
        """Return the header node of a value.

        Raises:
            TypeError: The value cannot be sent.
            TooLarge: The value is too large.

        """
        self._nodes += 1  # not a call: this is done for every value
        if self._nodes > MAX_NODES:
            self._count(0)
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
        if kind in SCALARS:
            return _scalar(value)
        if kind in (list, tuple, dict) and depth < MAX_DEPTH:
            return self._container(value, depth + 1)
        return self._rare(value, depth)

    def _count(self, values: int) -> None:
        self._nodes += values
        if self._nodes > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES:,} values in one message")

    def call(self, call: Call) -> list[Any]:
        """Return the header node of a call."""
        target = None if call.target is None else self.value(call.target)
        args, kwargs = self.value(tuple(call.args)), self.value(dict(call.kwargs))
        return [call.op, call.module, target, call.name, args, kwargs, call.last]

    def answer(self, answer: Answer) -> list[Any]:
        """Return the header node of an answer. If it raises, the packet is unchanged."""
        segments, total = len(self._segments), self._bytes
        try:
            value = self.value(answer.value)
        except Exception:
            del self._segments[segments:]
            self._bytes = total
            raise
        if answer.raised is None and not answer.mutated and not answer.attempts:
            return [value]  # nearly all answers are like this, and there may be thousands
        return [
            value,
            self.raised(answer.raised),
            answer.mutated,
            answer.attempts,
            answer.during_import,
        ]

    @staticmethod
    def raised(raised: Raised | None) -> list[Any] | None:
        """Return the header node of an exception."""
        if raised is None:
            return None
        frames = [[f.file, f.line, f.function, f.source, f.shapes] for f in raised.frames]
        return [
            raised.kind,
            raised.message,
            raised.bases,
            frames,
            raised.missing,
            raised.refused,
            raised.errno,
        ]

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
            if len(value) > MAX_BYTES:
                raise TooLarge(f"{len(value):,} bytes in one value")
            return ["b", self._segment(value)]
        if kind is slice:
            return [
                "S",
                *(self.value(part, depth) for part in (value.start, value.stop, value.step)),
            ]
        if kind is range:
            self._count(length_of(value))
            return ["R", *(self._int(part) for part in (value.start, value.stop, value.step))]
        return self._rarer(value)

    def _rarer(self, value: Any) -> Any:
        kind = type(value)
        if value is Ellipsis:
            return ["e"]
        if isinstance(value, np.dtype) and value.str in DTYPES:
            return ["y", value.str]
        if kind is type and value in TYPE_NAMES:
            return ["Y", TYPE_NAMES[value]]
        if kind is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
            state: Any = value.bit_generator.state
            inner = state["state"]
            return [
                "g",
                hex(inner["state"]),
                hex(inner["inc"]),
                state["has_uint32"],
                state["uinteger"],
            ]
        return self._array_like(value)

    def _array_like(self, value: Any) -> Any:
        torch = sys.modules.get("torch")
        if torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter):
            array = _tensor_data(value)
            if array is not None:
                return [*self._array("T", array, value), bool(value.requires_grad)]
        if isinstance(value, np.generic) and value.dtype.str in DTYPES:
            return _scalar(value)  # np.longlong and the like
        # A subclass of an array: its data is sent, its behaviour is not.
        if isinstance(value, np.ndarray):
            return self._array("a", np.asarray(value), value)
        if self._functions is not None and callable(value):
            self._functions.append(value)
            return ["f", len(self._functions) - 1]
        return self._stays(value)

    def _array(self, tag: str, array: np.ndarray, original: object) -> list[Any]:
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        if array.dtype.str not in DTYPES or array.ndim > MAX_DIMENSIONS:
            return self._stays(original)
        contiguous = np.asarray(array, order="C")  # np.ascontiguousarray would turn 0-d into 1-d
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
    return [
        "s",
        value.dtype.str,
        *((number.real, number.imag) if type(number) is complex else (number,)),
    ]


def _good_keys(value: dict[Any, Any]) -> bool:
    return len(value) <= MAX_ODD_KEYS or all(type(key) is str for key in value)


def _tensor_data(tensor: Any) -> np.ndarray | None:
    """Return the tensor as an array, or None if numpy does not support it (bfloat16, sparse, …)."""
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
    """Turn a message into a packet.

    Args:
        message: The message.
        keep: See `Encoder`.
        functions: See `Encoder`.

    Raises:
        TypeError: A value cannot be sent.
        TooLarge: A value exceeds the limits.

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
            rows = {name: tuple(layer) for name, layer in layers.items()}
            return make.packet("ready", make.value(rows))
