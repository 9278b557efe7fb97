"""HTML pages: one per student and one for the class.

They are self-contained files: no scripts, no fonts, nothing from the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jinja2

from grader.model import Grade, Verdict
from grader.report import plots
from grader.report.view import View, clean, points, staff_view, student_view
from grader.submission.file_names import file_names

__all__ = ["class_page", "student_page"]

_templates = jinja2.Environment(
    loader=jinja2.PackageLoader("grader.report"),
    autoescape=True,  # everything from a submission is text, never markup
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["points"] = points
_templates.globals["curves"] = plots.curves

_LABELS = {
    Verdict.PASSED: "passed",
    Verdict.PARTIAL: "partial",
    Verdict.FAILED: "failed",
    Verdict.ERROR: "error",
    Verdict.TIMEOUT: "out of time",
    Verdict.MEMORY: "out of memory",
    Verdict.CRASHED: "crashed",
    Verdict.FORBIDDEN: "forbidden",
    Verdict.MISSING: "not implemented",
    Verdict.SKIPPED: "skipped",
    Verdict.GRADER_ERROR: "grader error",
}
_templates.filters["label"] = _LABELS.__getitem__


@dataclass(frozen=True)
class CheckRow:
    """The results of one check for the whole class."""

    title: str
    hidden: bool
    max_points: float
    passed: int
    verdicts: dict[str, int]
    mistakes: list[tuple[str, int]]  # the sentence, and the number of submissions that got it


def student_page(grade: Grade, title: str, *, staff: bool = False) -> str:
    """Render the page of one submission.

    Args:
        grade: The grade.
        title: The title of the assignment.
        staff: Include all details of hidden checks.

    Returns:
        The HTML.

    """
    view = staff_view(grade) if staff else student_view(grade)
    return _templates.get_template("student.html.j2").render(view=view, title=title, staff=staff)


def class_page(
    grades: Sequence[Grade],
    title: str,
    names: Mapping[str, str] | None = None,
    left_out: Sequence[str] = (),
    histogram: Callable[[list[float]], str] = plots.class_histogram,
) -> str:
    """Render the page of the class, for staff: every submission, and the results of each check.

    Args:
        grades: The grades to show.
        title: The title of the assignment.
        names: The base names of each student's files, as returned by `file_names`.
        left_out: Students of whom the page lists only the name.
        histogram: Draws the shares of the points earned, each from 0 to 1, as SVG.

    Returns:
        The HTML.

    """
    names = names or file_names(grade.student for grade in grades)
    drawn = sorted(
        ((staff_view(grade), names[grade.student]) for grade in grades),
        key=lambda one: one[0].student,
    )
    views = [view for view, _ in drawn]
    shares = [view.share for view in views if not view.withheld]
    return _templates.get_template("class.html.j2").render(
        title=title,
        drawn=drawn,
        left_out=[clean(student, 200) for student in left_out],
        rows=_rows(views),
        histogram=histogram(shares),
        mean=100 * sum(shares) / len(shares) if shares else 0.0,
        withheld=[view.student for view in views if view.withheld],
    )


def _rows(views: Sequence[View]) -> list[CheckRow]:
    by_id: dict[str, list[int]] = {}
    for number, view in enumerate(views):
        for check in view.checks:
            by_id.setdefault(check.id, []).append(number)
    rows = []
    for check_id, numbers in by_id.items():
        checks = [next(c for c in views[n].checks if c.id == check_id) for n in numbers]
        verdicts: dict[str, int] = {}
        mistakes: dict[str, int] = {}
        for check in checks:
            verdicts[_LABELS[check.verdict]] = verdicts.get(_LABELS[check.verdict], 0) + 1
            for named in check.diagnoses:
                mistakes[named.says] = mistakes.get(named.says, 0) + 1
        first = checks[0]
        passed = sum(check.verdict is Verdict.PASSED for check in checks)
        ranked = sorted(mistakes.items(), key=lambda item: -item[1])
        rows.append(CheckRow(first.title, first.hidden, first.max_points, passed, verdicts, ranked))
    return rows
