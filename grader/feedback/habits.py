"""What the calls and output of a submission show: reordered parameters, printing, first NaN."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from grader.subject.transcript import Event

__all__ = ["modes", "one_mode_only", "other_order", "printed_for_returned", "where_numbers_broke"]

# How Python prints a RuntimeWarning of numpy: the path and the line number, then the line itself.
_WARNED = re.compile(
    r"^(?P<path>\S.*?):(?P<line>\d+): RuntimeWarning: "
    r"(?P<what>overflow|invalid value|divide by zero) encountered "
    r"in (?P<operation>[^\n]+)\n(?:[ \t]+(?P<code>[^\n]+))?",
    re.MULTILINE,
)
_QUOTED = 200  # characters of each quoted part
_CAUSE = {
    "overflow": "too large a number",
    "invalid value": "NaN",
    "divide by zero": "a division by zero",
}


def other_order(
    called: Collection[str], own: Mapping[str, Sequence[str]], asked: Mapping[str, Sequence[str]]
) -> str:
    """A sentence if a called function has its parameters in another order than the handout, or "".

    Args:
        called: The functions that were called.
        own: The names of each function's parameters in the submission.
        asked: The names of each function's parameters in the handout.

    """
    for symbol in sorted(called):
        mine, theirs = tuple(own.get(symbol, ())), tuple(asked.get(symbol, ()))
        if mine != theirs and sorted(mine) == sorted(theirs):
            return (
                f"{symbol} takes its parameters as ({', '.join(mine)}); the handout has "
                f"({', '.join(theirs)})."
            )
    return ""


def printed_for_returned(transcript: Sequence[Event], output: str) -> str:
    """A sentence if the last call returned None and something was printed, or ""."""
    if not transcript or not output.strip():
        return ""
    last = transcript[-1]
    if last.raised or last.answer is not None:
        return ""
    return f"{last.call} prints but returns nothing. Return the result with return."


def modes(transcript: Iterable[Event]) -> set[tuple[str, str]]:
    """Each called function with its mode, "train" or "test", from an argument `{"mode": …}`."""
    found = {mode for event in transcript for mode in _modes_in(event.arguments)}
    called = {
        event.call.partition(".")[0] for event in transcript if event.call not in ("hold", "write")
    }
    return {(function, mode) for function in called for mode in found}


def _modes_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("mode") in ("train", "test"):
            yield value["mode"]
        yield from (mode for inner in value.values() for mode in _modes_in(inner))
    elif isinstance(value, (list, tuple)):
        yield from (mode for inner in value for mode in _modes_in(inner))


def one_mode_only(failed: Collection[tuple[str, str]], passed: Collection[tuple[str, str]]) -> str:
    """A sentence if a function passes in one mode and always fails in the other, or "".

    Args:
        failed: Functions with the modes of failed cases, as `modes` returns them.
        passed: Functions with the modes of passed cases.

    """
    for function, mode in sorted(failed):
        other = {"train": "test", "test": "train"}[mode]
        if (
            (function, other) in passed
            and (function, other) not in failed
            and (function, mode) not in passed
        ):
            return f"Your {function} passes in {other} mode: what is different in {mode} mode?"
    return ""


def where_numbers_broke(output: str) -> str:
    """The student's line where NaN or infinity first appeared, from numpy's warning, or "".

    Warnings in the files of libraries are ignored.
    """
    for warned in _WARNED.finditer(output):
        if "site-packages" not in warned["path"]:
            file = warned["path"].rpartition("/")[2]
            operation, code = warned["operation"][:_QUOTED], (warned["code"] or "")[:_QUOTED]
            where = (
                f"{file[:_QUOTED]}, line {warned['line'][:9]}: {_CAUSE[warned['what']]} in "
                f"{operation}"
            )
            quoted = f"\n    {code}" if code else ""
            return f"It starts here:\n  {where}{quoted}"
    return ""
