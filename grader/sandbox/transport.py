"""The interface between a session and what answers its calls, and the faults of student code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from grader.model import Verdict
from grader.sandbox import wire
from grader.sandbox.wire import Answer, Ask, Call, Handle, Packet, Raised, Ref, Told

__all__ = [
    "CallTimeout",
    "OutOfMemory",
    "ProtocolViolation",
    "StudentFault",
    "Transport",
    "UnwritableFiles",
    "WorkerCrashed",
    "WorkerKilled",
    "Wrapper",
    "evaluate",
    "refuse_measuring",
]

_OPERANDS = (Handle, Ref, bool, int, float, complex, np.generic)


class StudentFault(Exception):
    """The worker had to be ended. The message is one sentence for the student."""

    verdict = Verdict.CRASHED
    while_importing = False  # whether it happened during an import, not in a call of a check


class CallTimeout(StudentFault):
    """The CPU time or the waiting time ran out."""

    verdict = Verdict.TIMEOUT


class OutOfMemory(StudentFault):
    """Memory, scratch space or threads ran out."""

    verdict = Verdict.MEMORY


class WorkerCrashed(StudentFault):
    """The process ended in the middle of a call."""

    verdict = Verdict.CRASHED


class WorkerKilled(WorkerCrashed):
    """The process ended, but not because of the call.

    The operating system killed it when memory was short, or an earlier call caused it.
    """


class ProtocolViolation(StudentFault):
    """The worker sent something that only code that interferes with it would send."""

    verdict = Verdict.FORBIDDEN


class UnwritableFiles(StudentFault):
    """A file of the submission has a name that is not possible on this machine."""

    verdict = Verdict.MISSING


class Transport(Protocol):
    """Answers calls: a worker, or a loopback."""

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """Run calls, up to the first one that raises.

        Args:
            calls: The calls.
            seconds: CPU seconds that the request may use.
            wall: Seconds after which it is ended in any case.

        Returns:
            One answer per call that ran.

        Raises:
            StudentFault: The worker had to be ended. The transport answers nothing more.

        """

    def output(self) -> str:
        """Return what was printed since the last call of this method."""

    def cpu_seconds(self) -> float:
        """Return the CPU seconds used so far, measured from outside."""

    def close(self) -> None:
        """Free everything."""


class Wrapper:
    """A transport around another one. Override `request` to observe or change the answers."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """Return the answers of the inner transport."""
        return self.inner.request(calls, seconds=seconds, wall=wall)

    def output(self) -> str:
        """Return what the inner transport has printed."""
        return self.inner.output()

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of the inner transport."""
        return self.inner.cpu_seconds()

    def close(self) -> None:
        """Close the inner transport."""
        self.inner.close()


def refuse_measuring(calls: Sequence[Call]) -> None:
    """Refuse operators between an object of the code under test and data of the check.

    `student.f(x) - expected` would let that object decide what the difference is, and read the
    expected value. Operators therefore take only objects and numbers, and return an object:
    `Dispatcher` does this, and `Worker` enforces it.

    Raises:
        TypeError: An operand is data of the check, such as an array.

    """
    for call in calls:
        if call.op == "binary" and not all(isinstance(operand, _OPERANDS) for operand in call.args):
            kinds = " and ".join(type(operand).__name__ for operand in call.args)
            raise TypeError(f"{call.name} takes objects of the submission and numbers, not {kinds}")


def evaluate(ask: Ask, functions: Sequence[Callable[..., Any]]) -> Packet:
    """Call the check author's function with the arguments from the student's code.

    Raises:
        ProtocolError: There is no function with this number.
        StudentFault: The function called the worker, and the worker had to be ended.

    """
    if not 0 <= ask.function < len(functions):
        raise wire.ProtocolError("a call of a function that was not passed")
    try:
        return wire.encode(Told(functions[ask.function](*ask.args, **ask.kwargs)))
    except StudentFault:
        raise  # the function called the worker, and the worker has ended
    except Exception as error:  # noqa: BLE001 - the student's code called it and gets any error
        return wire.encode(
            Told(raised=Raised(type(error).__name__, str(error)[: wire.MAX_MESSAGE]))
        )
