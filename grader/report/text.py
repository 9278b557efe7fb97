"""The feedback of a check as plain text, for terminals, JSON and notebooks."""

from __future__ import annotations

import textwrap

from grader.model import Verdict
from grader.report.view import CheckView, View, points

__all__ = ["check_text", "view_text"]

_WIDTH = 100


def check_text(check: CheckView, width: int = _WIDTH) -> str:
    """Return the feedback of one check as text.

    Args:
        check: The check as the reader may see it.
        width: The line width for sentences, in characters.

    Returns:
        The text; empty if the check passed.

    """
    if check.verdict is Verdict.PASSED:
        return ""
    parts = [
        *(_wrapped(named.says, width) for named in check.diagnoses),
        _wrapped(check.summary, width),
        check.details,
        *dict.fromkeys(_wrapped(named.matched, width) for named in check.diagnoses),
        _wrapped(f"Hint: {check.hint}", width) if check.hint else "",
        ", ".join(
            part
            for part in (f"Case {check.case}" if check.case else "", check.passed_cases)
            if part
        ),
        f"Your code printed:\n{textwrap.indent(check.output.rstrip(), '    ')}"
        if check.output.strip()
        else "",
    ]
    return "\n".join(part for part in parts if part)


def view_text(view: View) -> str:
    """Return the whole page as text: a line per check, and feedback for those that did not pass."""
    lines = [
        f"{view.student} · {view.assignment} · {points(view.points)} of {points(view.max_points)} "
        "points",
        "",
    ]
    lines += [*view.notes, ""] if view.notes else []
    for check in view.checks:
        lines.append(
            f"{check.verdict:>12}  {points(check.points)}/{points(check.max_points)}  {check.title}"
        )
        if words := check_text(check):
            lines += [textwrap.indent(words, " " * 14), ""]
    return "\n".join(lines).rstrip() + "\n"


def _wrapped(sentence: str, width: int) -> str:
    return (
        textwrap.fill(sentence, width)
        if len(sentence) > width and "\n" not in sentence
        else sentence
    )
