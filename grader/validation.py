"""`grade validate`: the proof that an assignment's checks are fair and sharp.

Fair: the reference earns everything, two runs ask and answer the same. Sharp: the starter earns nothing, every known
mistake loses points, and its own sentence is what the feedback says. It all goes through the sandbox as submissions do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from grader import sources
from grader.batch import Options, grade_class
from grader.checks.learning import Calibrator
from grader.course import Assignment
from grader.errors import CourseError
from grader.feedback.mistakes import Mistake, load_mistakes
from grader.grading import Grader
from grader.inprocess import in_process
from grader.model import Grade, Level, Verdict
from grader.submission import Submission
from grader.transcript import Event, same

__all__ = ["Claim", "MistakeResult", "Validation", "calibrate", "validate"]

REFERENCE, STARTER = "the reference", "the starter"


class Claim(msgspec.Struct, frozen=True):
    """Something that must hold, whether it does, and what was seen."""

    claim: str
    holds: bool
    seen: str


class MistakeResult(msgspec.Struct, frozen=True):
    """What became of one known mistake that was graded as a submission."""

    mistake: str
    lost: float  # points
    caught_by: tuple[str, ...]  # ids of the checks that did not pass
    named: tuple[str, ...]  # mistakes that the feedback named

    @property
    def caught(self) -> bool:
        """It loses points in a check."""
        return self.lost > 0 and bool(self.caught_by)

    @property
    def named_rightly(self) -> bool:
        """Its own name was among those said."""
        return self.mistake in self.named

    @property
    def named_wrongly(self) -> bool:
        """Some other mistake was said."""
        return any(name != self.mistake for name in self.named)


class Validation(msgspec.Struct, frozen=True):
    """The result for one assignment."""

    assignment: str
    claims: tuple[Claim, ...]
    mistakes: tuple[MistakeResult, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that was claimed was seen."""
        return all(claim.holds for claim in self.claims)


@dataclass(frozen=True)
class _Variant:
    name: str
    files: Mapping[str, bytes]

    def submission(self) -> Submission:
        digest = hashlib.sha256(repr(sorted(self.files.items())).encode()).hexdigest()
        return Submission(student=self.name, origin=Path(self.name), files=self.files, digest=digest)


def validate(assignment: Assignment, options: Options) -> Validation:
    """Grade the reference, the starter and every known mistake of one assignment. Raises CourseError, SandboxError."""
    mistakes = load_mistakes(assignment.mistakes)
    grades = _graded(assignment, _whole(assignment), options)
    reference, starter = grades[REFERENCE], grades[STARTER]
    wrong = {known.id: _Variant(known.id, _handed_in(_apply(assignment, known))) for known in mistakes}
    # Training takes most of the time and betrays few mistakes: it is left to those that nothing else has caught.
    grades |= _graded(assignment, wrong.values(), replace(options, untrained=True))
    missed = [wrong[known.id] for known in mistakes if not _mistake_result(known, grades[known.id]).caught]
    grades |= _graded(assignment, missed, options)
    found = tuple(_mistake_result(known, grades[known.id]) for known in mistakes)
    return Validation(
        assignment.name,
        (
            _full_marks(reference),
            Claim("the points add up to 100", reference.max_points == 100, f"{reference.max_points:g} points"),
            Claim("the starter earns nothing", starter.points == 0 and not starter.withheld, _score(starter)),
            _every_check_bites(starter),
            _equal_transcripts(assignment),
            _all_caught(found),
            _none_named_wrongly(found),
        ),
        found,
    )


def calibrate(assignment: Assignment, runs: int) -> dict[str, Any]:
    """The content of calibration.json: every convergence check of the assignment, measured on the reference.

    runs: how many seeds; none of them is one that grading uses. Raises CourseError when they are too few.
    """
    measured = Calibrator(range(1000, 1000 + runs))
    with Grader(replace(assignment, calibration=measured), minimum=Level.PLAIN, diagnose=False) as grader:
        results = grader.run_in_process(in_process(assignment.reference_files, assignment.files))
    for check in results:
        if check.verdict is not Verdict.PASSED:
            raise CourseError(f"{check.id} does not pass on the reference: {check.feedback.summary}")
    return dict(measured)


def _graded(assignment: Assignment, variants: Iterable[_Variant], options: Options) -> dict[str, Grade]:
    submissions = [variant.submission() for variant in variants]
    return {grade.student: grade for grade in grade_class(assignment.folder, submissions, options)}


def _apply(assignment: Assignment, known: Mistake) -> dict[str, bytes]:
    return known.apply(assignment.reference_files, assignment.file_of(known.top_level))


def _whole(assignment: Assignment) -> Iterator[_Variant]:
    reference = assignment.reference_files
    yield _Variant(REFERENCE, _handed_in(reference))
    yield _Variant(
        STARTER,
        {name: sources.starter(raw.decode(), assignment.files[name]).encode() for name, raw in reference.items()},
    )


def _handed_in(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: sources.as_submission(raw.decode()).encode() for name, raw in files.items()}


def _score(grade: Grade) -> str:
    return "withheld" if grade.withheld else f"{grade.points:g} of {grade.max_points:g}"


def _full_marks(grade: Grade) -> Claim:
    short = [f"{c.id} ({c.verdict}: {c.feedback.summary})" for c in grade.checks if c.verdict is not Verdict.PASSED]
    return Claim("the reference earns everything", not short, "; ".join([_score(grade), *short]))


def _every_check_bites(starter: Grade) -> Claim:
    idle = [check.id for check in starter.checks if check.verdict is Verdict.PASSED]
    return Claim("no check passes for the starter", not idle, ", ".join(idle) or f"{len(starter.checks)} checks")


def _mistake_result(known: Mistake, grade: Grade) -> MistakeResult:
    failed = tuple(c.id for c in grade.checks if c.verdict not in (Verdict.PASSED, Verdict.SKIPPED))
    named = {d.mistake for check in grade.checks for case in check.cases for d in case.feedback.diagnoses}
    return MistakeResult(known.id, round(grade.max_points - grade.points, 6), failed, tuple(sorted(named)))


def _all_caught(found: Sequence[MistakeResult]) -> Claim:
    missed = [result.mistake for result in found if not result.caught]
    seen = f"not caught: {'; '.join(missed)}" if missed else f"{len(found)} of {len(found)}"
    return Claim("every known mistake loses points in a check", not missed, seen)


def _none_named_wrongly(found: Sequence[MistakeResult]) -> Claim:
    wrong = [f"{r.mistake} (named {', '.join(r.named)})" for r in found if r.named_wrongly]
    right = sum(result.named_rightly for result in found)
    seen = f"{right} of {len(found)} named" + (f"; wrongly: {'; '.join(wrong)}" if wrong else "")
    return Claim("no mistake is named wrongly", not wrong, seen)


def _equal_transcripts(assignment: Assignment) -> Claim:
    """Run the checks twice on the reference, in process, and compare every question and answer."""
    runs: list[list[Event]] = []
    for _ in range(2):
        events: list[Event] = []
        with Grader(assignment, diagnose=False) as grader:
            grader.run_in_process(in_process(assignment.reference_files, assignment.files, observe=events.append))
        runs.append(events)
    first, second = runs
    differing = next((a for a, b in zip(first, second, strict=False) if not same(a, b)), None)
    equal = differing is None and len(first) == len(second)
    seen = f"{len(first)} answers" if equal else f"first difference at {differing.call if differing else 'the end'}"
    return Claim("two runs give equal transcripts", equal, seen)
