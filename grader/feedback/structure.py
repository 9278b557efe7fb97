"""Words for an answer of the wrong structure: nothing returned, too few results, an object in place of an array."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np

from grader.checks.failure import describe, printable
from grader.model import Feedback
from grader.subject.transcript import Event, Opaque

__all__ = ["described", "explain_structure"]

_SHOWN = 6  # parts of a list, a tuple or a dict


def explain_structure(student: Sequence[Event], expected: Sequence[Event]) -> Feedback:
    """Compare the last answers of the student with the reference's at the same place, latest first."""
    for got, wanted in reversed(list(zip(student, expected, strict=False))):
        if got.call == wanted.call and described(got.answer) != described(wanted.answer):
            should = described(wanted.answer)
            should = should.replace("an object)", "the cache)") if got.call.endswith("_forward") else should
            return Feedback(
                summary=f"{got.call} returned {described(got.answer)}; it should return {should}.",
                hint="Look at its return statement." if got.answer is not None else "Is a return statement missing?",
            )
    called = student[-1].call if student else "Your code"
    return Feedback(summary=f"{called} returned something that the check could not use.")


def described(value: Any, depth: int = 2) -> str:
    """The structure of a value in words: what it is, how many parts, which shape; never its numbers.

    depth: of nested lists and tuples that are opened; six parts of each.
    """
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        return "an object"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.ndim else "a number"
    if isinstance(value, (bool, np.bool_)):
        return "True or False"
    if isinstance(value, (int, float, complex, np.number)):
        return "a number"
    if isinstance(value, (tuple, list)):
        plural = "" if len(value) == 1 else "s"
        kind = f"value{plural}" if isinstance(value, tuple) else f"item{plural} in a list"
        inside = ", ".join(described(part, depth - 1) for part in value[:_SHOWN]) if depth else "…"
        inside += ", …" if depth and len(value) > _SHOWN else ""
        return f"{len(value)} {kind} ({inside})"
    if isinstance(value, dict):
        keys = ", ".join(map(_key, islice(value, _SHOWN))) + (", …" if len(value) > _SHOWN else "")
        return f"a dict with the keys {keys}" if value else "an empty dict"
    if isinstance(value, str):
        return "text"
    return f"a {type(value).__name__}"


def _key(key: Any) -> str:
    """A key of a dict: text and small numbers as they are written, of anything else what it is."""
    if type(key) is str:
        return printable(repr(key[:40]))
    short = type(key) in (bool, float) or (type(key) is int and abs(key) < 10**9)
    return printable(repr(key)) if short else describe(key)
