"""Recorded results of the reference for the public checks, to run them without the reference.

`grade release` puts a `Recording` between the checks and the reference; in a student's copy of an
assignment, a replay gives the same results for the same calls. A check cannot notice the
difference, as long as its calls of the reference do not depend on the student's results.
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
from grader.sandbox.transport import Transport, Wrapper
from grader.sandbox.wire import Answer, Call, Packet, Reply, Request
from grader.subject.transcript import same

__all__ = ["Frozen", "NotFrozen", "Recording"]

_FORMAT = 1


class NotFrozen(GradmarkError):
    """A check called the reference in a way that was not recorded."""


class _Exchange(msgspec.Struct, frozen=True, array_like=True):
    """One request and its reply, as packets of the wire."""

    question: bytes
    reply: bytes


class Frozen(msgspec.Struct, frozen=True):
    """The recorded results of one assignment.

    Args:
        cases: The seed of a check's case -> its requests and replies, in order.
        parameters: The names of every function's parameters.
        calibration: The entries of calibration.json that the public checks use.
        version: The format of the file.

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
        """Read the file.

        Args:
            raw: The content of the file.
            shown: Its name, for messages.

        Raises:
            CourseError: The file is damaged, or has another format.

        """
        try:
            frozen = msgspec.msgpack.decode(zlib.decompress(raw), type=Frozen)
        except (zlib.error, msgspec.MsgspecError) as error:
            raise CourseError(
                f"{shown} is damaged ({error}): get a new copy of the assignment"
            ) from None
        if frozen.version != _FORMAT:
            raise CourseError(
                f"{shown} belongs to another version of gradmark: get a new copy of the assignment"
            )
        return frozen

    def transport(self) -> Transport:
        """A transport that gives the recorded results."""
        return _Replay(self.cases)

    def same_as(self, other: Frozen) -> bool:
        """Whether two have the same calls and results, up to the rounding of different machines."""
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
    """Records the requests and replies of a transport, by the seed that each check starts with."""

    def __init__(self) -> None:
        self.cases: dict[str, list[_Exchange]] = {}

    def around(self, transport: Transport) -> Transport:
        """The transport, with recording."""
        return _Recorder(transport, self.cases)


class _Recorder(Wrapper):
    def __init__(self, inner: Transport, cases: dict[str, list[_Exchange]]) -> None:
        super().__init__(inner)
        self._cases = cases
        self._case: list[_Exchange] = []

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        answers = super().request(calls, seconds=seconds, wall=wall)
        if (seed := _seed(calls)) is not None:
            self._case = self._cases[seed] = []
        elif not _is_import(calls):
            self._case.append(
                _Exchange(_question(calls), _flat(wire.encode(Reply("", tuple(answers)))))
            )
        return answers


class _Replay:
    def __init__(self, cases: dict[str, list[_Exchange]]) -> None:
        self._cases = cases
        self._remaining: list[_Exchange] = []

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:  # noqa: ARG002 - the interface's
        if (seed := _seed(calls)) is not None:
            self._remaining = list(reversed(self._cases.get(seed, [])))
            return [Answer()] * len(calls)
        if _is_import(calls):
            return [Answer(calls[0].module)]
        if not self._remaining or not _equal(self._remaining[-1].question, _question(calls)):
            raise NotFrozen(
                f"the check calls {calls[0].name or calls[0].op} of the reference, which was not "
                "recorded"
            )
        reply = _message(self._remaining.pop().reply)
        assert isinstance(reply, Reply), "only replies are recorded"
        return list(reply.answers)

    def output(self) -> str:
        return ""

    def cpu_seconds(self) -> float:
        return 0.0

    def close(self) -> None:
        self._remaining = []


def _seed(calls: Sequence[Call]) -> str | None:
    """The seed that a check starts with, if this is such a request."""
    return next((str(call.args[0]) for call in calls if call.op == "seed"), None)


def _is_import(calls: Sequence[Call]) -> bool:
    """Whether this only imports a module, which happens in the first check that needs it."""
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
    """A message as containers of plain data for `same`; all functions are equal."""
    if isinstance(value, (Request, Reply, Call, Answer)):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    return value
