"""What is written otherwise than asked, seen from the outside: parameters in another order, printing for returning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from grader.transcript import Event

__all__ = ["other_order", "printed_for_returned"]


def other_order(called: Collection[str], own: Mapping[str, Sequence[str]], asked: Mapping[str, Sequence[str]]) -> str:
    """A sentence when a function that was called has the right parameters in another order; else "".

    own, asked: the names of each function's parameters, in the submission and in the handout.
    """
    for symbol in sorted(called):
        mine, theirs = tuple(own.get(symbol, ())), tuple(asked.get(symbol, ()))
        if mine != theirs and sorted(mine) == sorted(theirs):
            return f"{symbol} takes its parameters as ({', '.join(mine)}); the handout has ({', '.join(theirs)})."
    return ""


def printed_for_returned(transcript: Sequence[Event], output: str) -> str:
    """A sentence when the last call gave None and something was printed; else ""."""
    if not transcript or not output.strip():
        return ""
    last = transcript[-1]
    if last.raised or last.answer is not None:
        return ""
    return f"{last.call} prints, and returns nothing. Give the result back with return."
