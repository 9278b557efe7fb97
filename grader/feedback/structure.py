"""Messages for results that a check cannot use: None, too few values, a wrong type, NaN."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np

from grader.checks.failure import CheckFailure, NotFinite, describe, printable
from grader.subject.transcript import Event, Opaque

__all__ = ["described", "explain_structure"]

_SHOWN = 6  # parts of a list, a tuple or a dict


def explain_structure(student: Sequence[Event], expected: Sequence[Event]) -> CheckFailure:
    """Compare the student's results with those of the reference, call by call.

    Differences in structure are reported first, starting with the latest call; then NaN and
    infinity.

    Args:
        student: The transcript of the student.
        expected: The transcript of the reference.

    """
    both = [
        (got, wanted)
        for got, wanted in zip(student, expected, strict=False)
        if got.call == wanted.call
    ]
    for got, wanted in reversed(both):
        if described(got.answer) != described(wanted.answer):
            # The last object that a forward function returns is its cache.
            opaque = "the cache" if got.call.endswith("_forward") else "an object"
            should = described(wanted.answer, opaque=opaque)
            missing = got.answer is None
            return CheckFailure(
                f"{got.call} returned {described(got.answer)}; it should return {should}",
                hint="Is a return statement missing?"
                if missing
                else "Look at its return statement.",
            )
    for got, wanted in both:
        if _holds(np.isnan, got.answer) and not _holds(np.isnan, wanted.answer):
            return NotFinite(
                f"{got.call} returned NaN instead of numbers",
                hint="NaN comes from 0 / 0, ∞ - ∞, or the log or square root of a negative "
                "number. In which line?",
            )
        if _holds(np.isinf, got.answer) and not _holds(np.isinf, wanted.answer):
            return NotFinite(
                f"{got.call} returned infinite instead of finite numbers",
                hint="They come from a division by zero, the log of zero, or an exp that is too "
                "large. In which line?",
            )
    called = student[-1].call if student else "Your code"
    return CheckFailure(f"{called} returned something that the check could not use")


def _holds(kind: np.ufunc, value: Any) -> bool:
    """Whether a recorded value holds a number of a kind: `np.isnan`, `np.isinf`."""
    if isinstance(value, (dict, tuple, list)):
        return any(
            _holds(kind, part) for part in (value.values() if isinstance(value, dict) else value)
        )
    if isinstance(value, (float, complex, np.inexact)) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "fc"
    ):
        return bool(kind(value).any())
    return False


def described(value: Any, depth: int = 2, *, opaque: str = "an object") -> str:
    """Describe the structure of a value: type, number of parts, shape; never its numbers.

    Args:
        value: A recorded value.
        depth: How deeply nested lists and tuples are described; six parts of each.
        opaque: The name of an object that stayed with the student.

    """
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        return opaque
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.ndim else "a number"
    if isinstance(value, (bool, np.bool_)):
        return "True or False"
    if isinstance(value, (int, float, complex, np.number)):
        return "a number"
    if isinstance(value, (tuple, list)):
        plural = "" if len(value) == 1 else "s"
        kind = f"value{plural}" if isinstance(value, tuple) else f"item{plural} in a list"
        inside = (
            ", ".join(described(part, depth - 1, opaque=opaque) for part in value[:_SHOWN])
            if depth
            else "…"
        )
        inside += ", …" if depth and len(value) > _SHOWN else ""
        return f"{len(value)} {kind} ({inside})"
    if isinstance(value, dict):
        keys = ", ".join(map(_key, islice(value, _SHOWN))) + (", …" if len(value) > _SHOWN else "")
        return f"a dict with the keys {keys}" if value else "an empty dict"
    if isinstance(value, str):
        return "text"
    return f"a {type(value).__name__}"


def _key(key: Any) -> str:
    """A key of a dict: text and small numbers as a literal, anything else by its description."""
    if type(key) is str:
        return printable(repr(key[:40]))
    short = type(key) in (bool, float) or (type(key) is int and abs(key) < 10**9)
    return printable(repr(key)) if short else describe(key)
