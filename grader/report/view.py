"""The student's view and the staff view of a grade, which are made only here.

Every output (terminal, JSON, pages) is rendered from a `View`, so no output can leak a hidden check
by mistake.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace

from grader.model import CaseResult, CheckResult, Diagnosis, Figure, Grade, Verdict, Visibility

__all__ = ["CheckView", "View", "clean", "points", "staff_view", "student_view"]

# For hidden checks: sentences that state what happened, without the inputs or the results of the
# student's code.
_HIDDEN = {
    Verdict.FAILED: "This hidden check did not pass.",
    Verdict.PARTIAL: "This hidden check passed partially.",
    Verdict.ERROR: "Your code raised an exception in this hidden check.",
    Verdict.TIMEOUT: "Your code ran out of time in this hidden check.",
    Verdict.MEMORY: "Your code ran out of memory in this hidden check.",
    Verdict.CRASHED: "Your code ended its own process in this hidden check.",
    Verdict.FORBIDDEN: "Your code tried something that a submission must not do.",
    Verdict.MISSING: "What this hidden check requires is missing or not implemented yet.",
    Verdict.GRADER_ERROR: "The grader failed here, not your code. The grade is withheld until the "
    "submission is graded again.",
}

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|"
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


# Workflow commands of GitHub start a line like this; those of Azure and TeamCity can be anywhere
# in it. Neither expression looks beyond its line: otherwise it would start again at each of a
# thousand empty lines and scan to the end.
_GITHUB = re.compile(r"^([^\S\n]*)::", re.MULTILINE)
_AZURE = re.compile(r"##(?=\w*\[)")


def clean(text: str, limit: int = 4000) -> str:
    """Make text from a submission safe to print.

    Removes terminal escapes, control and direction characters. The text is cut first, so anything
    beyond the limit costs no time.

    Args:
        text: The text.
        limit: The maximum length in characters.

    Returns:
        The safe text, ending in […] if it was cut.

    """
    shown = _CONTROL.sub("\ufffd", text[:limit])
    shown = _AZURE.sub("# #", _GITHUB.sub(r"\1: :", shown))
    return shown if len(text) <= limit else shown + "\n[…]"


@dataclass(frozen=True)
class CheckView:
    """One check as a reader may see it, with strings that are safe to print."""

    id: str
    title: str
    verdict: Verdict
    points: float
    max_points: float
    hidden: bool
    concept: str
    case: str = ""  # the parameter case that the feedback is about
    passed_cases: str = ""  # "3 of 4 cases passed"
    summary: str = ""
    details: str = ""
    hint: str = ""
    output: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class View:
    """A grade as a reader may see it."""

    student: str
    assignment: str
    points: float
    max_points: float
    withheld: bool
    checks: tuple[CheckView, ...]
    notes: tuple[str, ...]
    sandbox: str
    seconds: float

    @property
    def share(self) -> float:
        """Points earned divided by points possible, from 0 to 1."""
        return self.points / self.max_points if self.max_points else 0.0

    @property
    def remark(self) -> str:
        """The most useful sentence about the submission, for a table.

        A named mistake has priority over a symptom. If there are several, the one that costs the
        most points is used. For a withheld grade, it is the grader's error message.
        """
        if self.withheld:
            ours = next(check for check in self.checks if check.verdict is Verdict.GRADER_ERROR)
            return _first_line(ours.summary)
        mistakes: defaultdict[str, float] = defaultdict(float)
        symptoms: defaultdict[Verdict, float] = defaultdict(float)
        failed = [
            check for check in self.checks if check.verdict not in (Verdict.PASSED, Verdict.SKIPPED)
        ]
        for check in failed:
            lost = check.max_points - check.points
            for diagnosis in check.diagnoses[:1]:
                mistakes[diagnosis.says] += lost
            if check.verdict is not Verdict.MISSING:
                symptoms[check.verdict] += lost
        if mistakes:
            return _first_line(max(mistakes, key=lambda says: mistakes[says]))
        if symptoms:
            worst = max(symptoms, key=lambda verdict: symptoms[verdict])
            return _first_line(
                next(check.summary or check.title for check in failed if check.verdict is worst)
            )
        if failed:
            return (
                _first_line(self.notes[0])
                if self.notes
                else f"{len(failed)} checks not implemented yet"
            )
        return ""


def points(value: float) -> str:
    """Format points without trailing zeros: 100, 97.5, 66.66."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _first_line(text: str) -> str:
    line = text[:1000].strip().partition("\n")[0]
    return line if len(line) <= 110 else line[:107] + "…"


def student_view(grade: Grade) -> View:
    """Return what the student may see.

    For hidden checks, this is only the verdict, the title, the points, the author's hint and the
    name of the mistake.
    """
    return _view(grade, staff=False)


def staff_view(grade: Grade) -> View:
    """Return everything, for staff."""
    return _view(grade, staff=True)


def _view(grade: Grade, *, staff: bool) -> View:
    shown = None if staff else grade.visibility
    return View(
        student=clean(grade.student, 200),
        assignment=grade.assignment,
        points=grade.points,
        max_points=grade.max_points,
        withheld=grade.withheld,
        checks=tuple(
            _check_view(check, number, shown) for number, check in enumerate(grade.checks, 1)
        ),
        notes=tuple(clean(note.text) for note in grade.notes if staff or not note.staff),
        sandbox=grade.sandbox,
        seconds=grade.seconds if staff else _public_seconds(grade),
    )


def _public_seconds(grade: Grade) -> float:
    """Return the CPU time of the public checks only.

    Student code could wait or compute in a hidden check to send a message through its time. The
    wall time of the whole grading includes hidden checks, so it is not shown either.
    """
    return round(sum(check.seconds for check in grade.checks if not check.hidden), 3)


def _check_view(check: CheckResult, number: int, visibility: Visibility | None) -> CheckView:
    """Return the check as a reader may see it; `visibility` of hidden checks is None for staff."""
    if visibility is None:
        return _whole(check)
    if check.hidden:
        return _hidden(check, number, visibility)
    return _public(check)


def _whole(check: CheckResult) -> CheckView:
    """Return everything about the check, for staff."""
    case = _telling_case(check)
    passed = sum(case.verdict is Verdict.PASSED for case in check.cases)
    ran = check.verdict not in (Verdict.SKIPPED, Verdict.MISSING)
    counted = ran and len(check.cases) > 1 and passed < len(check.cases)
    return CheckView(
        id=check.id,
        title=check.title,
        verdict=check.verdict,
        points=check.points,
        max_points=check.max_points,
        hidden=check.hidden,
        concept=check.concept,
        case=clean(case.case, 200) if ran else "",
        passed_cases=f"{passed} of {len(check.cases)} cases passed" if counted else "",
        summary=clean(case.feedback.summary),
        details=clean(case.feedback.details),
        hint=clean(case.feedback.hint),
        output=clean(case.output) if check.verdict is not Verdict.PASSED else "",
        diagnoses=case.feedback.diagnoses,
        figures=tuple(figure for case in check.cases for figure in case.figures),
    )


def _public(check: CheckResult) -> CheckView:
    """Return a public check for the student: everything, unless the grader failed.

    An exception in the grader may quote things that only staff may see.
    """
    if check.verdict is Verdict.GRADER_ERROR:
        return replace(_whole(check), summary=_HIDDEN[check.verdict], details="")
    return _whole(check)


def _hidden(check: CheckResult, number: int, visibility: Visibility) -> CheckView:
    """Return a hidden check for the student: only what is listed here.

    The names of its file, function and case reveal too much, and so may its feedback, its output
    and its figures. The author's hint and the name of a known mistake are shown if the assignment
    allows it.
    """
    case = _telling_case(check)
    diagnoses = case.feedback.diagnoses if visibility.diagnoses else ()
    # The name of a mistake is more helpful. A skipped check keeps the grader's own message.
    words = _HIDDEN.get(check.verdict, case.feedback.summary)
    return CheckView(
        id=f"hidden-{number}",
        title=check.title,
        verdict=check.verdict,
        points=check.points,
        max_points=check.max_points,
        hidden=True,
        concept=check.concept,
        summary="" if diagnoses else clean(words),
        hint=clean(case.feedback.hint) if visibility.hints else "",
        diagnoses=diagnoses,
    )


def _telling_case(check: CheckResult) -> CaseResult:
    """Return the first case that did not pass, which is the one to read first."""
    failed = (case for case in check.cases if case.verdict is not Verdict.PASSED)
    return next(failed, CaseResult("", check.verdict))
