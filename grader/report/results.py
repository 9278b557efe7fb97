"""The data files of a graded class: JSON for the student, JSON for staff, and the grade table.

The student's file is a superset of Gradescope's results.json (score, output, tests, …), so it can
be returned to Gradescope unchanged; our additional fields are under `extra_data`. The staff file
is the `Grade` itself, hidden details included.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import msgspec

from grader.model import Grade, Verdict
from grader.report.text import check_text
from grader.report.view import CheckView, View, staff_view, student_view

__all__ = [
    "SCHEMA_VERSION",
    "Results",
    "grades_csv",
    "staff_json",
    "student_json",
    "student_results",
]

SCHEMA_VERSION = 1


class CheckOutcome(msgspec.Struct, frozen=True):
    """One check: Gradescope's fields, and `extra_data` with our verdict and the feedback."""

    name: str
    score: float
    max_score: float
    status: str  # "passed" or "failed": Gradescope has no other values
    output: str
    extra_data: dict[str, Any]
    output_format: str = "text"
    visibility: str = "visible"  # hidden checks are already reduced to what a student may see
    tags: tuple[str, ...] = ()


class Results(msgspec.Struct, frozen=True):
    """The contents of results/<student>.json."""

    score: float
    max_score: float
    execution_time: float
    output: str
    tests: tuple[CheckOutcome, ...]
    extra_data: dict[str, Any]
    visibility: str = "visible"
    stdout_visibility: str = "hidden"


def student_results(grade: Grade) -> Results:
    """Return the student's view of a grade in Gradescope's format."""
    view = student_view(grade)
    return Results(
        score=view.points,
        max_score=view.max_points,
        execution_time=view.seconds,
        output="\n".join(_remarks(view)),
        tests=tuple(map(_outcome, view.checks)),
        extra_data={
            "schema_version": SCHEMA_VERSION,
            "student": view.student,
            "assignment": view.assignment,
            "withheld": view.withheld,
            "sandbox": view.sandbox,
            "submission_digest": grade.submission_digest,
            "assignment_digest": grade.assignment_digest,
            "seed": grade.seed,
            "versions": grade.versions,
        },
    )


def _remarks(view: View) -> list[str]:
    withheld = (
        ["The grader failed in at least one check. This grade is withheld."]
        if view.withheld
        else []
    )
    return [*withheld, *view.notes]


def _outcome(check: CheckView) -> CheckOutcome:
    return CheckOutcome(
        name=check.title,
        score=check.points,
        max_score=check.max_points,
        status="passed" if check.verdict is Verdict.PASSED else "failed",
        output=check_text(check),
        tags=(check.concept,) if check.concept else (),
        extra_data={
            "id": check.id,
            "verdict": str(check.verdict),
            "hidden": check.hidden,
            "summary": check.summary,
            "hint": check.hint,
            "mistakes": [named.says for named in check.diagnoses],
        },
    )


def student_json(grade: Grade) -> bytes:
    """Return the contents of results/<student>.json, indented for readability."""
    return msgspec.json.format(msgspec.json.encode(student_results(grade)), indent=2)


def staff_json(grade: Grade) -> bytes:
    """Return the contents of staff/<student>.json: the whole grade. Never give it to a student."""
    return msgspec.json.format(msgspec.json.encode(grade), indent=2)


def grades_csv(grades: Sequence[Grade]) -> str:
    """Return the grade table as CSV, one row per submission.

    A withheld grade has a reason and no points, so that an import cannot mistake it for a zero.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    columns = [
        "student",
        "assignment",
        "points",
        "max_points",
        "withheld",
        "sandbox",
        "submission_digest",
        "reason",
    ]
    writer.writerow(columns)
    for grade in sorted(grades, key=lambda grade: grade.student):
        points = "" if grade.withheld else f"{grade.points:g}"
        withheld = "yes" if grade.withheld else "no"
        reason = _as_text(staff_view(grade).remark) if grade.withheld else ""
        row = [
            grade.assignment,
            points,
            f"{grade.max_points:g}",
            withheld,
            grade.sandbox,
            grade.submission_digest,
        ]
        writer.writerow([_as_text(grade.student), *row, reason])
    return table.getvalue()


def _as_text(cell: str) -> str:
    """Quote a name that a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
