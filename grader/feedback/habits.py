"""What is seen from the outside of a submission: parameters in another order, printing, where
numbers broke.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from grader.subject.transcript import Event

__all__ = ["modes", "one_mode_only", "other_order", "printed_for_returned", "where_numbers_broke"]

# What Python prints of a RuntimeWarning of numpy's, with the path of the file and the line itself
# below.
_WARNED = re.compile(
    r"^(?P<path>\S.*?):(?P<line>\d+): RuntimeWarning: "
    r"(?P<what>overflow|invalid value|divide by zero) encountered "
    r"in (?P<operation>[^\n]+)\n(?:[ \t]+(?P<code>[^\n]+))?",
    re.MULTILINE,
)
_QUOTED = 200  # characters of each part of it
_CAUSE = {
    "overflow": "too large a number",
    "invalid value": "NaN",
    "divide by zero": "a division by zero",
}


def other_order(
    called: Collection[str], own: Mapping[str, Sequence[str]], asked: Mapping[str, Sequence[str]]
) -> str:
    """A sentence when a function that was called has the right parameters in another order; else
    "".

    own, asked: the names of each function's parameters, in the submission and in the handout.
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
    """A sentence when the last call gave None and something was printed; else ""."""
    if not transcript or not output.strip():
        return ""
    last = transcript[-1]
    if last.raised or last.answer is not None:
        return ""
    return f"{last.call} prints, and returns nothing. Give the result back with return."


def modes(transcript: Iterable[Event]) -> set[tuple[str, str]]:
    """Function, and the mode ("train" or "test") in which a check has called it; by the house's
    `{"mode": …}`.
    """
    said = {mode for event in transcript for mode in _modes_in(event.arguments)}
    called = {
        event.call.partition(".")[0] for event in transcript if event.call not in ("hold", "write")
    }
    return {(function, mode) for function in called for mode in said}


def _modes_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("mode") in ("train", "test"):
            yield value["mode"]
        yield from (mode for inner in value.values() for mode in _modes_in(inner))
    elif isinstance(value, (list, tuple)):
        yield from (mode for inner in value for mode in _modes_in(inner))


def one_mode_only(failed: Collection[tuple[str, str]], passed: Collection[tuple[str, str]]) -> str:
    """A sentence when a function that failed in one mode alone has passed in the other and never in
    this; else "".
    """
    for function, mode in sorted(failed):
        other = {"train": "test", "test": "train"}[mode]
        if (
            (function, other) in passed
            and (function, other) not in failed
            and (function, mode) not in passed
        ):
            return f"In {other} mode your {function} passes: what is different in {mode} mode?"
    return ""


def where_numbers_broke(output: str) -> str:
    """The student's own line in which NaN or infinity first appeared, as numpy has warned of it;
    "" if it has not.

    What a library does in its own files is passed over.
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
            return f"It begins here:\n  {where}{quoted}"
    return ""
