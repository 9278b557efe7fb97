"""Known mistakes: small edits of the reference that reproduce real errors of students.

An assignment's mistakes.py is loaded by path and defines a list `MISTAKES`. A mistake has three
uses: `grade validate` proves that a check catches it, a diagnosis recognises it in a submission,
and the student reads its sentence.
"""

from __future__ import annotations

import inspect
import re
import runpy
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course import sources
from grader.errors import CourseError

__all__ = ["Mistake", "load_mistakes", "mistake"]


@dataclass(frozen=True)
class Mistake:
    """One known mistake.

    Args:
        symbol: The function or method with the mistake: "affine_backward", "MLP.loss".
        name: A short name, unique for the symbol.
        says: The sentence for the student.
        edits: Pairs `(text of the reference, text of the mistake)`.
        instead: A whole definition that replaces the symbol, or "".

    """

    symbol: str
    name: str
    says: str
    edits: tuple[tuple[str, str], ...] = ()
    instead: str = ""

    @property
    def id(self) -> str:
        """Unique within an assignment: "affine_backward: keeps the batch axis"."""
        return f"{self.symbol}: {self.name}"

    @property
    def top_level(self) -> str:
        """The function or class of the assignment that holds the mistake."""
        return self.symbol.partition(".")[0]

    def apply(self, reference: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files of the reference with this mistake.

        Raises:
            CourseError: The mistake does not apply to these files.

        """
        file = next(
            (
                name
                for name, raw in reference.items()
                if sources.defines(raw.decode(), self.top_level)
            ),
            None,
        )
        if file is None:
            raise CourseError(
                f"mistake {self.id!r}: no file of the reference defines {self.top_level}"
            )
        text = reference[file].decode()
        try:
            if self.instead:
                text = sources.replaced(text, self.symbol, self.instead)
            for old, new in self.edits:
                text = sources.edited(text, self.symbol, old, new)
        except CourseError as error:
            raise CourseError(
                f"mistake {self.id!r} does not fit reference/{file}: {error}"
            ) from None
        return {**reference, file: text.encode()}


def mistake(
    symbol: str,
    name: str,
    says: str,
    *edits: tuple[str, str],
    instead: Callable[..., Any] | None = None,
) -> Mistake:
    """Describe a known mistake by edits, or by a wrong function.

    Args:
        symbol: The function or method with the mistake: "affine_backward", "MLP.loss".
        name: A short name, unique for the symbol.
        says: The sentence for the student.
        edits: Pairs `(text of the reference, text of the mistake)`. The first text must occur
            exactly once in the symbol's body.
        instead: A function in mistakes.py that replaces the symbol, under the symbol's name.

    Raises:
        CourseError: Neither edits nor `instead` are given, or both.

    """
    if bool(edits) == (instead is not None):
        raise CourseError(f"mistake {symbol}: {name}: give either edits or a function as instead=")
    return Mistake(symbol, name, says, edits, _source_as(symbol, instead) if instead else "")


def _source_as(symbol: str, function: Callable[..., Any]) -> str:
    source = textwrap.dedent(inspect.getsource(function))
    return re.sub(
        rf"^def {re.escape(function.__name__)}\(",
        f"def {symbol}(",
        source,
        count=1,
        flags=re.MULTILINE,
    )


def load_mistakes(path: Path) -> Sequence[Mistake]:
    """Read the list MISTAKES of an assignment; without the file, there are no known mistakes.

    Raises:
        CourseError: The file cannot be read, or lists a mistake twice.

    """
    if not path.exists():
        return ()
    try:
        mistakes = runpy.run_path(str(path))["MISTAKES"]
    except KeyError:
        raise CourseError(f"{path}: does not define a list MISTAKES") from None
    except CourseError:
        raise
    except Exception as error:
        raise CourseError(f"{path}: cannot be read: {type(error).__name__}: {error}") from error
    names = [known.id for known in mistakes]
    for repeated in sorted({name for name in names if names.count(name) > 1}):
        raise CourseError(f"{path}: the mistake {repeated!r} is listed twice")
    return tuple(mistakes)
