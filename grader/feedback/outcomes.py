"""Turn the way a check ended into a verdict and its feedback.

In three cases the submission is the cause: the check failed (CheckFailure, a plain assert), the
student's code raised, or the worker was stopped. Any other exception was raised in the check while
it handled the student's result. Then the reference decides, as the arbiter: if the same check
passes with the reference, the submission returned something that the check could not use; if not,
the grader is at fault.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from grader.checks import CheckFailure
from grader.checks.failure import NotFinite
from grader.errors import GradmarkError
from grader.feedback.raised import explain_raised
from grader.feedback.structure import explain_structure
from grader.model import Feedback, Verdict, as_text
from grader.sandbox.transport import StudentFault
from grader.subject import Session, StudentRaised
from grader.subject.budget import BudgetSpent
from grader.subject.frozen import NotFrozen
from grader.subject.transcript import Event

__all__ = ["Arbiter", "CheckStuck", "Outcome", "grader_error", "judge"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+\b")  # does not help, and differs between runs
_MESSAGE = 10_000  # characters of an assert's message, which may quote an answer
_NEEDS_SOLUTION = (
    "This check compares your result with the solution, which only your instructor has."
)

# Runs the same check in process, with the reference instead of the student; raises what it raises.
Arbiter = Callable[[], Sequence[Event]]


class CheckStuck(BaseException):
    """A check ran longer than its limit for the student's code: the grader is at fault.

    An `except Exception` of a check does not catch it.
    """


@dataclass(frozen=True)
class Outcome:
    """A verdict with its feedback.

    Args:
        verdict: The verdict.
        feedback: The feedback.
        explainable: Results were wrong, so a known mistake may explain them.
        not_finite: Results contained NaN or infinity.
        unanswerable: The check made a call that was not recorded for a student's copy.

    """

    verdict: Verdict
    feedback: Feedback = Feedback()  # noqa: RUF009 - frozen, so one for all is safe
    explainable: bool = False
    not_finite: bool = False
    unanswerable: bool = False


def judge(error: BaseException | None, student: Session, arbiter: Arbiter) -> Outcome:
    """The outcome of a case that ran.

    Args:
        error: The exception of the check, or None.
        student: The session that the check used.
        arbiter: Runs the same check on the reference.

    """
    if student.attempts:
        return Outcome(Verdict.FORBIDDEN, _forbidden(student.attempts))
    if error is None:
        return Outcome(Verdict.PASSED)
    if isinstance(error, NotFrozen):
        return Outcome(Verdict.SKIPPED, Feedback(_NEEDS_SOLUTION), unanswerable=True)
    if isinstance(error, GradmarkError | CheckStuck):
        # For example, the sandbox was killed: the arbiter needs none, and would pass.
        return grader_error(error)
    if isinstance(error, StudentFault):
        return Outcome(error.verdict, _fault(error, student))
    if isinstance(error, StudentRaised):
        verdict, feedback = explain_raised(error)
        return Outcome(verdict, feedback, explainable=verdict is Verdict.ERROR)
    if isinstance(error, CheckFailure):
        return _failed(error)
    if isinstance(error, AssertionError | pytest.fail.Exception):
        summary, _, details = _ADDRESS.sub("", str(error)[:_MESSAGE]).partition("\n")
        return Outcome(Verdict.FAILED, Feedback(summary, details), explainable=True)
    try:
        expected = arbiter()
    except Exception:  # noqa: BLE001 - any exception means that the reference does not pass
        return grader_error(error)
    return _failed(explain_structure(student.transcript, expected))


def _failed(failure: CheckFailure) -> Outcome:
    feedback = Feedback(failure.summary, failure.details, failure.hint)
    broken = isinstance(failure, NotFinite)
    return Outcome(Verdict.FAILED, feedback, explainable=True, not_finite=broken)


def _fault(fault: StudentFault, student: Session) -> Feedback:
    if isinstance(fault, BudgetSpent):
        return Feedback(
            str(fault), "Each check shows the seconds that it used; imports are not included."
        )
    if fault.verdict is not Verdict.TIMEOUT or fault.while_importing:
        return Feedback(summary=str(fault))
    hint = (
        "Is there an endless loop, or a loop over all elements where a single array operation "
        "is enough?"
    )
    return Feedback(
        str(fault),
        f"The limit of this check is {student.limits.seconds:g} seconds of processor time.",
        hint,
    )


def grader_error(error: BaseException | None) -> Outcome:
    """The grader is at fault. Only staff see the traceback; students see the summary."""
    details = as_text("".join(traceback.format_exception(error))) if error else ""
    summary = (
        "The grader failed here, not your code. This grade is withheld until your "
        "instructor grades it again."
    )
    return Outcome(Verdict.GRADER_ERROR, Feedback(summary, details))


def _forbidden(attempts: Sequence[str]) -> Feedback:
    tried = "; ".join(attempts[:5]) + ("; …" if len(attempts) > 5 else "")
    return Feedback(
        summary=f"Your code tried something that a submission must not do: {tried}.",
        hint="Remove it. The check counts once the code works without it.",
    )
