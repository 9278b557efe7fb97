"""What the reference answered to the public checks, kept so that they run where there is no
reference.

`grade release` lets a `Recording` stand between the checks and the reference; in a student's copy
of an assignment a `Replay` gives the same answers to the same questions. A check cannot tell the
difference, as long as what it asks the reference does not depend on what the student answered.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from grader.errors import CourseError, GradmarkError
from grader.sandbox import wire
from grader.sandbox.transport import Transport
from grader.sandbox.wire import Answer, Call, Packet, Reply, Request
from grader.subject.transcript import same

__all__ = ["Frozen", "NotFrozen", "Recording"]

_FORMAT = 1


class NotFrozen(GradmarkError):
    """A check asked the reference something that it was not asked when its answers were written
    down.
    """


class _Exchange(msgspec.Struct, frozen=True, array_like=True):
    """One request and its reply, as packets of the wire."""

    question: bytes
    reply: bytes


class Frozen(msgspec.Struct, frozen=True):
    """The answers of one assignment. cases: the seed of a check's case -> what was asked in it, in
    order.

    parameters: the names of every function's parameters. calibration: the entries that the public
    checks use.
    """

    cases: dict[str, list[_Exchange]]
    parameters: dict[str, tuple[str, ...]]
    calibration: dict[str, Any]
    version: int = _FORMAT

    def packed(self) -> bytes:
        """The content of the file."""
        return zlib.compress(msgspec.msgpack.encode(self, order="deterministic"), 9)

    @staticmethod
    def unpacked(raw: bytes, shown: str) -> Frozen:
        """Read the file; `shown` is its name for messages. Raises CourseError."""
        try:
            frozen = msgspec.msgpack.decode(zlib.decompress(raw), type=Frozen)
        except (zlib.error, msgspec.MsgspecError) as error:
            raise CourseError(
                f"{shown} is damaged ({error}): take a fresh copy of the assignment"
            ) from None
        if frozen.version != _FORMAT:
            raise CourseError(
                f"{shown} belongs to another version of gradmark: take a fresh copy of the "
                "assignment"
            )
        return frozen

    def transport(self) -> Transport:
        """Something that answers as the reference did."""
        return _Replay(self.cases)

    def same_as(self, other: Frozen) -> bool:
        """Whether two hold the same questions and answers, up to the rounding of different
        machines.
        """
        return (
            (self.parameters, self.calibration, self.cases.keys())
            == (other.parameters, other.calibration, other.cases.keys())
            and all(len(self.cases[seed]) == len(other.cases[seed]) for seed in self.cases)
            and all(
                _equal(mine.question, theirs.question) and _equal(mine.reply, theirs.reply)
                for seed in self.cases
                for mine, theirs in zip(self.cases[seed], other.cases[seed], strict=True)
            )
        )


class Recording:
    """Collects what a transport is asked and what it answers, by the seed with which each check
    begins.
    """

    def __init__(self) -> None:
        self.cases: dict[str, list[_Exchange]] = {}

    def around(self, transport: Transport) -> Transport:
        """The transport, overheard."""
        return _Overheard(transport, self.cases)


class _Overheard:
    def __init__(self, inner: Transport, cases: dict[str, list[_Exchange]]) -> None:
        self._inner, self._cases = inner, cases
        self._case: list[_Exchange] = []

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        answers = self._inner.request(calls, seconds=seconds, wall=wall)
        if (seed := _seed(calls)) is not None:
            self._case = self._cases[seed] = []
        elif not _is_import(calls):
            self._case.append(
                _Exchange(_question(calls), _flat(wire.encode(Reply("", tuple(answers)))))
            )
        return answers

    def output(self) -> str:
        return self._inner.output()

    def cpu_seconds(self) -> float:
        return self._inner.cpu_seconds()

    def close(self) -> None:
        self._inner.close()


class _Replay:
    def __init__(self, cases: dict[str, list[_Exchange]]) -> None:
        self._cases = cases
        self._coming: list[_Exchange] = []

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:  # noqa: ARG002 - the interface's
        if (seed := _seed(calls)) is not None:
            self._coming = list(reversed(self._cases.get(seed, [])))
            return [Answer()] * len(calls)
        if _is_import(calls):
            return [Answer(calls[0].module)]
        if not self._coming or not _equal(self._coming[-1].question, _question(calls)):
            raise NotFrozen(
                f"the reference is asked for {calls[0].name or calls[0].op}, which was not foreseen"
            )
        reply = _message(self._coming.pop().reply)
        assert isinstance(reply, Reply), "what was recorded"
        return list(reply.answers)

    def output(self) -> str:
        return ""

    def cpu_seconds(self) -> float:
        return 0.0

    def close(self) -> None:
        self._coming = []


def _seed(calls: Sequence[Call]) -> str | None:
    """The seed with which a check begins, if this is such a request."""
    return next((str(call.args[0]) for call in calls if call.op == "seed"), None)


def _is_import(calls: Sequence[Call]) -> bool:
    """Whether this only makes sure that a module is there, which happens in whichever check comes
    first.
    """
    return calls[0].op == "get" and calls[0].target is None and calls[0].name == "__name__"


def _question(calls: Sequence[Call]) -> bytes:
    return _flat(wire.encode(Request("", tuple(calls)), functions=[]))


def _flat(packet: Packet) -> bytes:
    """A packet as it would go over the wire: sizes, header, segments."""
    header, segments = packet
    parts = [bytes(header), *(bytes(segment) for segment in segments)]
    return struct.pack(f"<{len(parts) + 1}I", len(parts), *map(len, parts)) + b"".join(parts)


def _message(flat: bytes) -> wire.Message:
    (count,) = struct.unpack_from("<I", flat)
    sizes = struct.unpack_from(f"<{count}I", flat, 4)
    parts, start = [], 4 * (count + 1)
    for size in sizes:
        parts.append(flat[start : start + size])
        start += size
    header, *segments = parts
    return wire.decode(header, [bytearray(segment) for segment in segments])


def _equal(a: bytes, b: bytes) -> bool:
    return a == b or same(_plain(_message(a)), _plain(_message(b)))


def _plain(value: Any) -> Any:
    """A message as containers of plain data, which `same` compares; a function is any function."""
    if isinstance(value, (Request, Reply, Call, Answer)):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    return value
