"""What a session needs of the thing that answers its calls, and how a student's code can fail."""

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
    "evaluate",
    "refuse_measuring",
]

_OPERANDS = (Handle, Ref, bool, int, float, complex, np.generic)


class StudentFault(Exception):
    """The worker had to be ended. The message is one sentence for the student."""

    verdict = Verdict.CRASHED
    while_importing = False  # and not in a call that a check has made


class CallTimeout(StudentFault):
    """CPU time or patience ran out."""

    verdict = Verdict.TIMEOUT


class OutOfMemory(StudentFault):
    """Memory, scratch space or threads ran out."""

    verdict = Verdict.MEMORY


class WorkerCrashed(StudentFault):
    """The process ended in the middle of a call."""

    verdict = Verdict.CRASHED


class WorkerKilled(WorkerCrashed):
    """It was not the call that ended the process.

    The operating system did when memory was short, or what an earlier call had left behind.
    """


class ProtocolViolation(StudentFault):
    """It sent what only code that meddles with the worker would send."""

    verdict = Verdict.FORBIDDEN


class UnwritableFiles(StudentFault):
    """A file of the submission has a name under which this machine cannot write it."""

    verdict = Verdict.MISSING


class Transport(Protocol):
    """Answers calls: a worker, or a loopback."""

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """Answers up to the first call that raised.

        seconds: CPU seconds that the request may use. wall: seconds after which it is ended in any
        case.
        Raises StudentFault, after which the transport answers nothing more.
        """

    def output(self) -> str:
        """What was printed since this was last asked."""

    def cpu_seconds(self) -> float:
        """CPU seconds used so far, measured from outside."""

    def close(self) -> None:
        """Free everything."""


def refuse_measuring(calls: Sequence[Call]) -> None:
    """Raise TypeError for an operator between an object of the code under test and data of the
    check's.

    `student.f(x) - expected` would let that object say what the difference is, and let it read what
    was expected. An operator therefore takes objects and numbers, and gives an object (`Dispatcher`
    sees to that, `Worker` insists).
    """
    for call in calls:
        if call.op == "binary" and not all(isinstance(operand, _OPERANDS) for operand in call.args):
            kinds = " and ".join(type(operand).__name__ for operand in call.args)
            raise TypeError(f"{call.name} takes objects of the submission and numbers, not {kinds}")


def evaluate(ask: Ask, functions: Sequence[Callable[..., Any]]) -> Packet:
    """Call the check author's function on what the student's code gave it."""
    if not 0 <= ask.function < len(functions):
        raise wire.ProtocolError("a call of a function that was not given")
    try:
        return wire.encode(Told(functions[ask.function](*ask.args, **ask.kwargs)))
    except StudentFault:
        raise  # the function asked the worker, and the worker is gone
    except Exception as error:  # noqa: BLE001 - whatever it is, the student's code called it and gets to see it
        return wire.encode(
            Told(raised=Raised(type(error).__name__, str(error)[: wire.MAX_MESSAGE]))
        )
