"""From the way a check ended to a verdict and the words for it.

Three kinds of endings are the submission's: a check said so (CheckFailure, a plain assert), the
student's code raised, the worker was stopped. Any other exception rose in the check itself, while
it handled what the student's code returned. The reference is the arbiter there: if the same check
passes with the reference, the submission returned something that the check could not use; if it
does not, the fault is ours.
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

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+\b")  # helps nobody, and differs from run to run
_MESSAGE = 10_000  # characters of an assert's message, which may quote an answer
_NEEDS_SOLUTION = (
    "This check compares your answer with the solution, which is not here: your instructor has it."
)

# Runs the same check, in process, with the reference in the student's place; raises what the check
# raises.
Arbiter = Callable[[], Sequence[Event]]


class CheckStuck(BaseException):
    """A check ran longer than all that it gives the student's code, which is the grader's fault.

    No `except Exception` of a check swallows it.
    """


@dataclass(frozen=True)
class Outcome:
    """A verdict with its words.

    explainable: wrong answers were given, so a known mistake may explain them. not_finite: they
    held NaN or infinity. unanswerable: the check asked what was not recorded for a student's copy.
    """

    verdict: Verdict
    feedback: Feedback = Feedback()  # noqa: RUF009 - frozen, so one for all is safe
    explainable: bool = False
    not_finite: bool = False
    unanswerable: bool = False


def judge(error: BaseException | None, student: Session, arbiter: Arbiter) -> Outcome:
    """The outcome of a case that ran. error: what the check raised, or None."""
    if student.attempts:
        return Outcome(Verdict.FORBIDDEN, _forbidden(student.attempts))
    if error is None:
        return Outcome(Verdict.PASSED)
    if isinstance(error, NotFrozen):
        return Outcome(Verdict.SKIPPED, Feedback(_NEEDS_SOLUTION), unanswerable=True)
    if isinstance(error, GradmarkError | CheckStuck):
        # The sandbox was killed, say: the arbiter needs none, and would pass.
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
    except Exception:  # noqa: BLE001 - whatever it is, the reference does not pass
        return grader_error(error)
    return _failed(explain_structure(student.transcript, expected))


def _failed(failure: CheckFailure) -> Outcome:
    feedback = Feedback(failure.summary, failure.details, failure.hint)
    broken = isinstance(failure, NotFinite)
    return Outcome(Verdict.FAILED, feedback, explainable=True, not_finite=broken)


def _fault(fault: StudentFault, student: Session) -> Feedback:
    if isinstance(fault, BudgetSpent):
        return Feedback(
            str(fault), "The seconds beside each check say where they went, imports apart."
        )
    if fault.verdict is not Verdict.TIMEOUT or fault.while_importing:
        return Feedback(summary=str(fault))
    hint = (
        "Is there a loop that never ends, or one over all elements where a single array "
        "operation would do?"
    )
    return Feedback(
        str(fault),
        f"This check may use {student.limits.seconds:g} seconds of processor time.",
        hint,
    )


def grader_error(error: BaseException | None) -> Outcome:
    """Our fault. The traceback is for the staff: the student's page shows the summary alone."""
    details = as_text("".join(traceback.format_exception(error))) if error else ""
    summary = (
        "The grader failed here, not your code. This grade is withheld until your "
        "instructor has graded it again."
    )
    return Outcome(Verdict.GRADER_ERROR, Feedback(summary, details))


def _forbidden(attempts: Sequence[str]) -> Feedback:
    tried = "; ".join(attempts[:5]) + ("; …" if len(attempts) > 5 else "")
    return Feedback(
        summary=f"Your code tried something that a submission must not do: {tried}.",
        hint="Remove it. The check counts once the code works without it.",
    )
