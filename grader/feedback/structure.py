"""Words for an answer of the wrong structure: nothing returned, too few results, an object in place of an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.model import Feedback
from grader.transcript import Event, Opaque

__all__ = ["described", "explain_structure"]


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


def described(value: Any) -> str:
    """The structure of a value in words: what it is, how many parts, which shape; never its numbers."""
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
        inside = ", ".join(described(part) for part in value[:6]) + (", …" if len(value) > 6 else "")
        return f"{len(value)} {kind} ({inside})"
    if isinstance(value, dict):
        return f"a dict with the keys {', '.join(map(repr, value))}" if value else "an empty dict"
    if isinstance(value, str):
        return "text"
    return f"a {type(value).__name__}"
