"""Create a `Grade` from the results of checks, or from a sentence that says why there are none."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata

from grader import __version__
from grader.course import Assignment
from grader.model import CaseResult, CheckResult, Feedback, Grade, Note, Verdict, as_text
from grader.submission import Submission
from grader.submission.file_names import text_of

__all__ = ["grade_of", "not_graded", "versions"]


def grade_of(
    assignment: Assignment,
    submission: Submission,
    checks: tuple[CheckResult, ...],
    *,
    sandbox: str = "",
    notes: Sequence[Note] = (),
    seconds: float = 0.0,
) -> Grade:
    """Create the grade of a submission.

    Args:
        assignment: The assignment.
        submission: The submission.
        checks: The results.
        sandbox: The sandbox level; empty if nothing ran.
        notes: Notes to show after those of the submission.
        seconds: Wall time of grading.

    """
    return Grade(
        student=submission.student,
        assignment=assignment.name,
        checks=checks,
        submission_digest=submission.digest,
        assignment_digest=assignment.digest,
        seed=assignment.seed,
        sandbox=sandbox,
        versions=versions(),
        notes=(*submission.notes, *notes),
        seconds=round(seconds, 3),
        visibility=assignment.visibility,
        origin=as_text(text_of(submission.origin)),
        check_digests=dict(assignment.check_digests),
    )


def not_graded(feedback: Feedback) -> tuple[CheckResult, ...]:
    """The results if the grader itself has failed, which withhold the grade."""
    case = CaseResult("", Verdict.GRADER_ERROR, feedback)
    return (
        CheckResult(
            id="grader",
            title="The grader",
            verdict=Verdict.GRADER_ERROR,
            points=0.0,
            max_points=0.0,
            hidden=False,
            cases=(case,),
        ),
    )


def versions() -> dict[str, str]:
    """The versions that a grade depends on: interpreter and packages."""
    found = {"python": platform.python_version(), "gradmark": __version__}
    for package in ("numpy", "torch", "pytest"):
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found
