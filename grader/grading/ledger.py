"""The outcome of a run of the checks as plain data, and the steps that turn it into results.

The plugin records a case as soon as it has run. The steps that need all cases are here, each
applied to the result of the previous one:

    diagnosed    known mistakes are named behind the cases that failed
    consistent   training mode is compared with test mode, and a backward function that fits its
                 own wrong forward function gets its share of the points
    results      one result for each check
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from grader.feedback.diagnosis import Clue, Diagnostician
from grader.feedback.habits import one_mode_only
from grader.grading.marks import Marks
from grader.model import CaseResult, CheckResult, Feedback, Verdict

__all__ = [
    "FitsItself",
    "Ledger",
    "consistent",
    "diagnosed",
    "results",
    "unanswered",
    "with_details",
]

Place = tuple[str, int]  # the id of a check, and the number of a case
Mode = tuple[str, str]  # a function, and the mode in which it was called


@dataclass(frozen=True)
class FitsItself:
    """A case that passed although a check that it depends on did not."""

    marks: Marks
    case: int
    needed: Marks


@dataclass(frozen=True)
class Ledger:
    """The outcome of one run of an assignment's checks.

    Args:
        marks: The selected checks by id, in the order of the files.
        cases: The results of their cases.
        called: The functions and classes of the student that each check called.
        clues: The data that a diagnosis needs about the cases that failed.
        passed_in: The modes of the functions that were called in cases that passed.
        failed_in: The same for each case that failed.
        fits_itself: Cases that passed although a check that they depend on did not.
        unanswerable: The checks with a call of the reference that was not recorded for a
            student's copy.

    """

    marks: dict[str, Marks] = field(default_factory=dict)
    cases: dict[str, list[CaseResult]] = field(default_factory=dict)
    called: dict[str, set[str]] = field(default_factory=dict)
    clues: list[Clue] = field(default_factory=list)
    passed_in: set[Mode] = field(default_factory=set)
    failed_in: dict[Place, set[Mode]] = field(default_factory=dict)
    fits_itself: list[FitsItself] = field(default_factory=list)
    unanswerable: set[str] = field(default_factory=set)

    def verdict(self, marks: Marks) -> Verdict:
        """The worst verdict of a check's cases, or partial if some cases earned their own share."""
        cases = self.cases.get(marks.id, [])
        if not cases:
            return Verdict.GRADER_ERROR  # a check that never ran is a fault of the grader
        worst = max((case.verdict for case in cases), key=_FROM_BEST_TO_WORST.index)
        some = any(case.earned > 0 for case in cases)
        return Verdict.PARTIAL if marks.each and some and worst in _COUNTED else worst

    def with_cases(self, changed: Mapping[Place, CaseResult]) -> Ledger:
        """A copy with some cases changed."""
        cases = {
            check: [changed.get((check, i), case) for i, case in enumerate(each)]
            for check, each in self.cases.items()
        }
        return replace(self, cases=cases)

    def case(self, place: Place) -> CaseResult:
        """The result of one case."""
        check, number = place
        return self.cases[check][number]


def diagnosed(ledger: Ledger, diagnostician: Diagnostician) -> Ledger:
    """Name the known mistakes behind the cases that failed.

    The clues are deleted afterwards, since they contain all results of the submission.
    """
    named = diagnostician.diagnose(ledger.clues)
    places = {i: (clue.check, clue.case) for i, clue in enumerate(ledger.clues)}
    ledger.clues.clear()
    changed = {}
    for i, diagnoses in named.items():
        case = ledger.case(places[i])
        feedback = msgspec.structs.replace(case.feedback, diagnoses=diagnoses)
        changed[places[i]] = msgspec.structs.replace(case, feedback=feedback)
    return ledger.with_cases(changed)


def consistent(ledger: Ledger) -> Ledger:
    """Compare the cases with each other, after the mistakes behind them are known."""
    return _share_for_consistency(_one_mode_only(ledger))


def _one_mode_only(ledger: Ledger) -> Ledger:
    """Report a function that is right in training mode and wrong in test mode, or the reverse."""
    changed = {}
    for place, modes in ledger.failed_in.items():
        if says := one_mode_only(modes, ledger.passed_in):
            case = ledger.case(place)
            feedback = with_details(case.feedback, says)
            changed[place] = msgspec.structs.replace(case, feedback=feedback)
    return ledger.with_cases(changed)


def _share_for_consistency(ledger: Ledger) -> Ledger:
    """Give their share to cases that depend on a known mistake, which has already cost points.

    The mistake must be known: a function that returns its input unchanged would also pass its
    gradient check.
    """
    changed = {}
    for found in ledger.fits_itself:
        if any(case.feedback.diagnoses for case in ledger.cases[found.needed.id]):
            place, earned = (found.marks.id, found.case), found.marks.consistent
            says = (
                f"Your code fits your result of \u201c{found.needed.title}\u201d, and earns "
                f"{earned:.0%} of the points; all of them once that is right."
            )
            changed[place] = msgspec.structs.replace(
                ledger.case(place), verdict=Verdict.PARTIAL, feedback=Feedback(says), earned=earned
            )
    return ledger.with_cases(changed)


def results(ledger: Ledger) -> tuple[CheckResult, ...]:
    """One result for each check, in the order of the files."""
    return tuple(_result(ledger, marks) for marks in ledger.marks.values())


def _result(ledger: Ledger, marks: Marks) -> CheckResult:
    cases = ledger.cases.get(marks.id, [])
    shares = [case.earned for case in cases] or [0.0]
    share = sum(shares) / len(shares) if marks.each else min(shares)
    return _of(marks, ledger.verdict(marks), share, cases)


def unanswered(marks: Mapping[str, Marks], verdict: Verdict, why: str) -> tuple[CheckResult, ...]:
    """The results of checks that could not run on a submission, for one reason."""
    case = CaseResult("", verdict, Feedback(summary=why))
    return tuple(_of(mark, verdict, 0.0, [case]) for mark in marks.values())


def _of(marks: Marks, verdict: Verdict, share: float, cases: Collection[CaseResult]) -> CheckResult:
    return CheckResult(
        id=marks.id,
        title=marks.title,
        verdict=verdict,
        points=round(marks.points * share, 6),
        max_points=marks.points,
        hidden=marks.hidden,
        concept=marks.concept,
        cases=tuple(cases),
    )


def with_details(feedback: Feedback, more: str) -> Feedback:
    """The feedback with another line of details."""
    return msgspec.structs.replace(feedback, details=f"{feedback.details}\n{more}".lstrip())


_FROM_BEST_TO_WORST = [
    Verdict.PASSED,
    Verdict.PARTIAL,
    Verdict.SKIPPED,
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.MISSING,
    Verdict.CRASHED,
    Verdict.MEMORY,
    Verdict.TIMEOUT,
    Verdict.FORBIDDEN,
    Verdict.GRADER_ERROR,
]
_COUNTED = {
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.TIMEOUT,
    Verdict.MEMORY,
    Verdict.CRASHED,
}
