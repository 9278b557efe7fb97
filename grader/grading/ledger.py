"""What happened when the checks ran, as plain data, and the steps that turn it into results.

The plugin writes down a case as soon as it has run. What shows only when all of them have run is
worked out here, each step on the outcome of the one before:

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

Place = tuple[str, int]  # the id of a check, and the number of its case
Mode = tuple[str, str]  # a function, and the mode in which it was called


@dataclass(frozen=True)
class FitsItself:
    """A case that passed although a check on which it depends did not."""

    marks: Marks
    case: int
    needed: Marks


@dataclass(frozen=True)
class Ledger:
    """What happened in one run of an assignment's checks.

    marks: the checks that were selected, by id, in the order of the files. cases: what became of
    them. called: the functions and classes that each check has asked the student for. clues: what a
    diagnosis needs of the cases that failed. passed_in, failed_in: the modes of the functions that
    were called in cases that passed, and in each case that failed. unanswerable: the checks that
    asked the reference what was not recorded for a student's copy.
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
        """The worst verdict of a check's cases; partial if each case earns its own share and some
        did.
        """
        cases = self.cases.get(marks.id, [])
        if not cases:
            return Verdict.GRADER_ERROR  # a check that never ran is our fault
        worst = max((case.verdict for case in cases), key=_FROM_BEST_TO_WORST.index)
        some = any(case.earned > 0 for case in cases)
        return Verdict.PARTIAL if marks.each and some and worst in _COUNTED else worst

    def with_cases(self, changed: Mapping[Place, CaseResult]) -> Ledger:
        """The same, with some cases changed."""
        cases = {
            check: [changed.get((check, i), case) for i, case in enumerate(each)]
            for check, each in self.cases.items()
        }
        return replace(self, cases=cases)

    def case(self, place: Place) -> CaseResult:
        """What became of one case."""
        check, number = place
        return self.cases[check][number]


def diagnosed(ledger: Ledger, diagnostician: Diagnostician) -> Ledger:
    """Name the known mistakes behind the cases that failed.

    The clues are gone afterwards: they hold all that the submission has answered.
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
    """What the cases say about each other, once the mistakes behind them are known."""
    return _share_for_consistency(_one_mode_only(ledger))


def _one_mode_only(ledger: Ledger) -> Ledger:
    """Say so if a function is right in training mode and wrong in test mode, or the reverse."""
    changed = {}
    for place, modes in ledger.failed_in.items():
        if says := one_mode_only(modes, ledger.passed_in):
            case = ledger.case(place)
            feedback = with_details(case.feedback, says)
            changed[place] = msgspec.structs.replace(case, feedback=feedback)
    return ledger.with_cases(changed)


def _share_for_consistency(ledger: Ledger) -> Ledger:
    """Give their share to cases that passed on top of a known mistake, which has cost its points.

    Only on top of a known one: a function that returns its input unchanged would also pass its own
    gradient check.
    """
    changed = {}
    for found in ledger.fits_itself:
        if any(case.feedback.diagnoses for case in ledger.cases[found.needed.id]):
            place, earned = (found.marks.id, found.case), found.marks.consistent
            says = (
                f"Your code fits your own answer to \u201c{found.needed.title}\u201d, and earns "
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
    """The results of checks that could not be asked of a submission at all, for one reason."""
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
