"""The exception of a failed check, and descriptions of values that untrusted code returned.

Nothing here calls a method that the submission could have defined: no `repr`, `==`, `hash` or
`bool` of an unknown type, and no `isinstance`, which reads the object's `__class__`.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from grader.model import Figure

__all__ = [
    "CheckFailure",
    "NotFinite",
    "WrongForward",
    "aligned",
    "apart",
    "describe",
    "is_number",
    "join",
    "number",
    "place",
    "plain",
    "plain_dict",
    "plural",
    "printable",
]

_LONGEST = 60  # characters of untrusted text in a sentence
_MOST_BITS = 128  # of an integer that is written out
_PLAIN = (str, int, float, bool, bytes, type(None))


class CheckFailure(AssertionError):
    """A check did not pass because of the student's result.

    Args:
        summary: One sentence: what is wrong, where, by how much. A final period is added if
            there is none.
        details: Numbers in aligned rows, or "".
        hint: Where to look, or "".
        figures: Drawn below the text.

    """

    def __init__(
        self, summary: str, details: str = "", hint: str = "", figures: tuple[Figure, ...] = ()
    ) -> None:
        summary = summary if summary.endswith((".", "?", "!")) else f"{summary}."
        # Other names keep their case: "dx is …".
        summary = f"The {summary[4:]}" if summary.startswith("the ") else summary
        super().__init__(summary, details, hint)
        self.summary = summary
        self.details = details
        self.hint = hint
        self.figures = figures

    def __str__(self) -> str:
        hint = f"Hint: {self.hint}" if self.hint else ""
        return "\n\n".join(part for part in (self.summary, self.details, hint) if part)


class NotFinite(CheckFailure):
    """The student's numbers are NaN or infinite where they should be finite."""


class WrongForward(CheckFailure):
    """The forward is wrong, but the gradients fit it: the student understands the chain rule."""


def printable(text: str) -> str:
    """`text` shortened for a sentence, without control characters, escapes or lone surrogates."""
    shown = "".join(char if char.isprintable() else "?" for char in text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown[:-1]}…"


def plural(count: int, noun: str) -> str:
    """A count with its noun, in the plural unless the count is 1.

    >>> plural(1, "value"), plural(2, "value")
    ('1 value', '2 values')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def join(words: list[str], last: str = "and") -> str:
    """Join words with commas, the last two with a conjunction.

    >>> join(["dx", "dw", "db"])
    'dx, dw and db'
    """
    return ", ".join([*words[:-2], f" {last} ".join(words[-2:])])


def plain(value: Any) -> Any:
    """`value`, with a torch tensor converted to a numpy array.

    This does not import torch: without it, there are no tensors.
    """
    torch = sys.modules.get("torch")
    if torch is not None and issubclass(type(value), torch.Tensor):
        value = value.detach().cpu().resolve_conj().resolve_neg()
        value = (value.float() if value.dtype is torch.bfloat16 else value).numpy()
    return value


def is_number(value: Any) -> bool:
    """Whether `value` is a Python or numpy number or truth value, judged by its type alone."""
    kind = type(value)
    return kind in (bool, int, float, complex) or kind is np.bool_ or issubclass(kind, np.number)


def plain_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    """The items whose keys can be looked up without running an untrusted `__hash__` or `__eq__`."""
    return {key: item for key, item in value.items() if type(key) in _PLAIN}


def describe(value: Any) -> str:
    """Describe `value` as the rest of the sentence "dx is …".

    >>> describe([1, 2]), describe(np.zeros((2, 3)))
    ('a list of 2 elements', 'an array of shape (2, 3) and dtype float64')
    """
    kind = type(value)
    if value is None:
        return "None"
    if kind is np.ndarray:
        return f"an array of shape {value.shape} and dtype {printable(str(value.dtype))}"
    if kind is str:
        return f"the string {printable(repr(value[:_LONGEST]))}"
    if kind in (list, tuple):
        return f"a {kind.__name__} of {plural(len(value), 'element')}"
    if kind is dict:
        return f"a dict with {plural(len(value), 'key')}"
    if kind is int and value.bit_length() > _MOST_BITS:
        return f"an integer of {value.bit_length()} bits"
    if kind in (bool, np.bool_):
        return str(value)
    if is_number(value):
        return f"the number {value}"
    # A handle of an object that stayed in the sandbox; its repr says what that is.
    if str(kind.__module__).startswith("grader."):
        return printable(repr(value))
    return f"an object of type {printable(kind.__name__)}"


def number(value: Any, digits: int = 8) -> str:
    """Format a number with at most `digits` significant digits.

    >>> number(32.0), number(0.1 + 0.2)
    ('32', '0.3')
    """
    return f"{value + 0:.{digits}g}"  # + 0 turns -0 into 0


def apart(one: Any, two: Any) -> tuple[str, str]:
    """Format two values with enough digits to show that they differ.

    >>> apart(np.float64(1.0), np.float64(1.0 + 1e-9))
    ('1', '1.000000001')
    """
    if not all(isinstance(value, np.inexact) for value in (one, two)):
        return printable(str(one)), printable(str(two))
    for digits in (8, 12, 17):
        if number(one, digits) != number(two, digits):
            break
    return number(one, digits), number(two, digits)


def place(name: str, index: tuple[int, ...]) -> str:
    """Name an element of the array `name`.

    >>> place("dw", (2, 1)), place("loss", ())
    ('dw[2, 1]', 'loss')
    """
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def aligned(rows: dict[str, str]) -> str:
    """Format labels and values in two aligned columns.

    >>> print(aligned({"yours": "-0.5", "expected": "0.25"}))
      yours     -0.5
      expected   0.25
    """
    width = max(map(len, rows))
    if any(value.startswith("-") for value in rows.values()):
        rows = {
            label: value if value.startswith("-") else f" {value}" for label, value in rows.items()
        }
    return "\n".join(f"  {label:<{width}}  {value}" for label, value in rows.items())
