"""Terminal output: the progress bar, the class table, a student's check run, a validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from grader.model import Grade, Verdict
from grader.report.text import check_text
from grader.report.view import View, clean, points, staff_view

if TYPE_CHECKING:
    from grader.authoring.validation import Validation
    from grader.course import Assignment
    from grader.sandbox.doctor import Health

__all__ = [
    "ClassProgress",
    "assignment_table",
    "check_report",
    "class_table",
    "doctor_report",
    "progress",
    "redraw",
    "validation_report",
]

_STYLES = {
    Verdict.PASSED: "green",
    Verdict.PARTIAL: "yellow",
    Verdict.SKIPPED: "dim",
    Verdict.MISSING: "dim",
    Verdict.GRADER_ERROR: "bold magenta",
}


class ClassProgress:
    """The progress line while a class is graded."""

    def __init__(self, bar: Progress, title: str, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task(title, total=total, student="")
        self._running: list[str] = []
        self.count = 0  # number of submissions that a runner has started

    def started(self, student: str) -> None:
        """Show that a runner has started this submission."""
        self._running.append(student)
        self.count += 1
        self._show()

    def waiting(self) -> None:
        """Show that another process is grading the same assignment."""
        self._bar.print(
            "Another run is grading this assignment; this run continues when it has finished."
        )

    def finished(self, grade: Grade) -> None:
        """Show that the submission has been graded."""
        if grade.student in self._running:
            self._running.remove(grade.student)
        self._bar.advance(self._task)
        self._show()

    def _show(self) -> None:
        self._bar.update(self._task, student=clean(", ".join(self._running), 40))


@contextmanager
def progress(console: Console, title: str, total: int) -> Iterator[ClassProgress]:
    """Show a bar with the count, the time left and the running submissions.

    It disappears when the class is done, and it is not shown without a terminal.

    Args:
        console: Where to print.
        title: The title of the assignment.
        total: The number of submissions.

    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[student]}", "dim", markup=False),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        yield ClassProgress(bar, title, total)


def class_table(grades: Sequence[Grade], out: Path, kept: int = 0) -> RenderableType:
    """Return a table with one row per submission, sorted by name, and the paths of the pages.

    Args:
        grades: The grades of the class.
        out: The folder with the results.
        kept: How many of the grades were taken from the gradebook.

    """
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("student", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("checks", no_wrap=True)
    table.add_column("feedback", overflow="fold")
    views = sorted((staff_view(grade) for grade in grades), key=lambda view: view.student)
    for view in views:
        earned = Text("withheld", "bold magenta") if view.withheld else Text(points(view.points))
        table.add_row(Text(view.student), earned, _strip(view), Text(view.remark))
    withheld = [view.student for view in views if view.withheld]
    full = max((view.max_points for view in views), default=0)
    parts: list[RenderableType] = [table, Text()]
    if withheld:
        sentence = (
            f"Withheld because the grader itself failed: {', '.join(withheld)}. See {out}/staff/ "
            "for the reason, then grade again."
        )
        parts.append(Text(sentence, "bold magenta"))
    level = ", ".join(sorted({view.sandbox for view in views if view.sandbox}))
    graded = f"{len(views)} graded" + (
        f" out of {points(full)} points in the {level} sandbox" if level else ""
    )
    if kept:
        parts.append(
            Text(
                f"{kept} unchanged since the last run, not graded again (use --force to do so)",
                "dim",
            )
        )
    parts.append(
        Text(f"{graded}. Class page: {out / 'index.html'}, table: {out / 'grades.csv'}", "dim")
    )
    return Group(*parts)


_MOST_GLYPHS = 24  # what fits next to names and remarks on a line of 80 characters
_GLYPHS = {Verdict.PASSED: "●", Verdict.PARTIAL: "◐", Verdict.SKIPPED: "·", Verdict.MISSING: "○"}


def _strip(view: View) -> Text:
    """Return one character per check, or the count of each character if there are too many."""
    strip = Text()
    if len(view.checks) > _MOST_GLYPHS:
        style = {
            _GLYPHS.get(check.verdict, "✗"): _STYLES.get(check.verdict, "red")
            for check in view.checks
        }
        count = Counter(_GLYPHS.get(check.verdict, "✗") for check in view.checks)
        for glyph in (glyph for glyph in "●◐✗○·" if count[glyph]):
            strip.append(f"{count[glyph]}{glyph} ", style[glyph])
        return strip
    for check in view.checks:
        strip.append(_GLYPHS.get(check.verdict, "✗"), _STYLES.get(check.verdict, "red"))
    return strip


def check_report(view: View, title: str, width: int) -> RenderableType:
    """Return the report of a check run: every check, and feedback for those that did not pass.

    Args:
        view: The grade as the reader may see it.
        title: The heading.
        width: The width of the terminal, in characters.

    """
    parts: list[RenderableType] = [Text(title, "bold"), Text()]
    parts += [Text(note, "yellow") for note in view.notes]
    for check in view.checks:
        style = _STYLES.get(check.verdict, "red")
        glyph = _GLYPHS.get(check.verdict, "✗")
        line = Text.assemble(
            (f"{glyph} ", style),
            (check.title, ""),
            (f"  {points(check.points)}/{points(check.max_points)}", "dim"),
        )
        parts.append(line)
        if words := check_text(check, min(100, width - 4)):
            parts.append(Padding(Text(words), (0, 0, 1, 4)))
    earned = f"{points(view.points)} of {points(view.max_points)} points from the public checks."
    parts += [Text(), Text(earned, "bold")]
    return Group(*parts)


def redraw(console: Console, report: RenderableType) -> None:
    """Clear the terminal and show a new report, with the time."""
    console.clear()
    console.print(report)
    console.print(
        Text(
            f"\n{datetime.now():%H:%M:%S}, waiting for a file to change. Press Ctrl-C to stop.",
            "dim",
        )
    )


def validation_report(result: Validation, *, every_mistake: bool = True) -> RenderableType:
    """Return every claim with its result, then the known mistakes with the checks that catch them.

    Args:
        result: The validation of one assignment.
        every_mistake: Include mistakes that are caught and diagnosed correctly.

    """
    claims = Table(box=None, pad_edge=False, show_header=False)
    for claim in result.claims:
        mark = Text("✓", "green") if claim.holds else Text("✗", "red")
        claims.add_row(mark, Text(claim.claim), Text(claim.seen, "dim"))
    mistakes = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("known mistake", "loses", "named", "caught by"):
        mistakes.add_column(name, overflow="fold", justify="right" if name == "loses" else "left")
    shown = [
        m
        for m in result.mistakes
        if every_mistake or not m.caught or not m.named_rightly or m.named_wrongly
    ]
    for found in shown:
        wrong = ("wrongly", "red") if found.named_wrongly else ("no", "yellow")
        named = (
            Text("yes", "green")
            if found.named_rightly and not found.named_wrongly
            else Text(*wrong)
        )
        more = f" and {len(found.caught_by) - 1} more" if len(found.caught_by) > 1 else ""
        first = "".join(found.caught_by[:1]).rpartition("::")[2]
        mistakes.add_row(Text(found.mistake), points(found.lost), named, Text(first + more, "dim"))
    report: list[RenderableType] = [Text(result.assignment, "bold"), claims, Text()]
    return Group(*report, mistakes, Text()) if shown else Group(*report)


def validation_summary(results: Sequence[Validation]) -> RenderableType:
    """Return all claims that do not hold, as the final summary of several assignments."""
    short = [(result, [claim for claim in result.claims if not claim.holds]) for result in results]
    lines = [
        Text.assemble((result.assignment, "bold"), (" ✗ ", "red"), f"{claim.claim}: {claim.seen}")
        for result, claims in short
        for claim in claims
    ]
    hold = sum(result.holds for result in results)
    return Group(*lines, Text(f"{hold} of {len(results)} assignments are valid.", "bold"))


def doctor_report(health: Health) -> RenderableType:
    """Return every layer of the sandbox, the resulting level, and advice on how to raise it."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in health.rows:
        table.add_row(
            Text("✓", "green") if row.achieved else Text("✗", "red"),
            Text(row.layer),
            Text(row.detail, "dim"),
        )
    level = Text.assemble("This machine supports the level ", (str(health.level), "bold"), ".")
    return Group(table, Text(), level, *(Text(sentence) for sentence in health.advice))


def assignment_table(assignments: Sequence[Assignment]) -> RenderableType:
    """Return the name, title, budget in CPU seconds and files of every assignment."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("assignment", "title", "budget", "files"):
        table.add_column(name)
    for assignment in assignments:
        budget = Text(f"{assignment.budget.seconds:g} s")
        table.add_row(
            Text(assignment.name),
            Text(assignment.title),
            budget,
            Text(", ".join(assignment.files), "dim"),
        )
    return table
