"""What a reader may see of a grade: the student's view and the staff's view are made here and
nowhere else.

Every output (terminal, JSON, pages) is drawn from a `View`, so a hidden check cannot leak through
one that forgot.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from grader.model import CaseResult, CheckResult, Diagnosis, Figure, Grade, Verdict, Visibility

__all__ = ["CheckView", "View", "clean", "points", "staff_view", "student_view"]

# For hidden checks: sentences that say what happened and hold nothing of the inputs or of what the
# code made of them.
_HIDDEN = {
    Verdict.FAILED: "This hidden check did not pass.",
    Verdict.PARTIAL: "This hidden check passed in part.",
    Verdict.ERROR: "Your code raised an exception in this hidden check.",
    Verdict.TIMEOUT: "Your code ran out of time in this hidden check.",
    Verdict.MEMORY: "Your code ran out of memory in this hidden check.",
    Verdict.CRASHED: "Your code ended its own process in this hidden check.",
    Verdict.FORBIDDEN: "Your code tried something that a submission must not do.",
    Verdict.MISSING: "What this hidden check asks for is missing, or not implemented yet.",
    Verdict.GRADER_ERROR: "The grader failed here, not your code. The grade is withheld until it "
    "is graded again.",
}

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|"
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


# Workflow commands of GitHub start a line so, those of Azure and TeamCity stand anywhere in it.
# Neither expression looks beyond its line: one that did would start anew at each of a thousand
# empty lines and go on to the end.
_GITHUB = re.compile(r"^([^\S\n]*)::", re.MULTILINE)
_AZURE = re.compile(r"##(?=\w*\[)")


def clean(text: str, limit: int = 4000) -> str:
    """Text from a submission, made safe to print: no terminal escapes, control or direction
    characters, no flood.

    It is cut before anybody looks at it, so what is beyond the limit costs nothing.
    """
    shown = _CONTROL.sub("\ufffd", text[:limit])
    shown = _AZURE.sub("# #", _GITHUB.sub(r"\1: :", shown))
    return shown if len(text) <= limit else shown + "\n[…]"


@dataclass(frozen=True)
class CheckView:
    """One check as a reader sees it: strings that are safe to print, and nothing that the reader
    may not know.
    """

    id: str
    title: str
    verdict: Verdict
    points: float
    max_points: float
    hidden: bool
    concept: str
    case: str  # the parameter case that the words are about
    passed_cases: str  # "3 of 4 cases passed", or ""
    summary: str
    details: str
    hint: str
    output: str
    diagnoses: tuple[Diagnosis, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class View:
    """A grade as a reader sees it."""

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
        """Points earned of points possible, 0 to 1."""
        return self.points / self.max_points if self.max_points else 0.0

    @property
    def remark(self) -> str:
        """The most useful sentence about the submission, for a table: a named mistake before a
        symptom.

        Of several, the one that costs the most points. Of a withheld grade, what the grader says of
        itself.
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
    """Points as a person writes them: 100, 97.5, 66.66."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _first_line(text: str) -> str:
    line = text[:1000].strip().partition("\n")[0]
    return line if len(line) <= 110 else line[:107] + "…"


def student_view(grade: Grade) -> View:
    """What the student may see: of hidden checks only title, points, the author's hint and the name
    of the mistake.
    """
    return _view(grade, staff=False)


def staff_view(grade: Grade) -> View:
    """Everything."""
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
    """Processor time of the public checks. What hidden ones take could be a message: student code
    can wait or compute.

    The wall time of the whole grading holds theirs too.
    """
    return round(sum(check.seconds for check in grade.checks if not check.hidden), 3)


def _check_view(check: CheckResult, number: int, visibility: Visibility | None) -> CheckView:
    """visibility: what is shown of a hidden check; None shows everything, to the staff."""
    staff = visibility is None
    case = next(
        (case for case in check.cases if case.verdict is not Verdict.PASSED),
        CaseResult("", check.verdict),
    )
    secret = check.hidden and not staff
    feedback = case.feedback
    summary, details, output = feedback.summary, feedback.details, case.output
    hint, diagnoses = feedback.hint, feedback.diagnoses
    if visibility is not None and check.hidden:
        summary, details, output = _HIDDEN.get(check.verdict, summary), "", ""
        hint, diagnoses = (
            hint if visibility.hints else "",
            diagnoses if visibility.diagnoses else (),
        )
        if diagnoses:
            summary = ""  # the mistake is named: that says more
    elif check.verdict is Verdict.GRADER_ERROR and not staff:
        # what raised may quote what only the staff may see
        summary, details = _HIDDEN[Verdict.GRADER_ERROR], ""
    passed = sum(case.verdict is Verdict.PASSED for case in check.cases)
    telling = not secret and check.verdict not in (Verdict.SKIPPED, Verdict.MISSING)
    counted = telling and len(check.cases) > 1 and passed < len(check.cases)
    return CheckView(
        id=f"hidden-{number}"
        if secret
        else check.id,  # the name of its file and function say too much
        title=check.title,
        verdict=check.verdict,
        points=check.points,
        max_points=check.max_points,
        hidden=check.hidden,
        concept=check.concept,
        case=clean(case.case, 200) if telling else "",
        passed_cases=f"{passed} of {len(check.cases)} cases passed" if counted else "",
        summary=clean(summary),
        details=clean(details),
        hint=clean(hint),
        output=clean(output) if check.verdict is not Verdict.PASSED else "",
        diagnoses=diagnoses,
        figures=() if secret else tuple(figure for case in check.cases for figure in case.figures),
    )
