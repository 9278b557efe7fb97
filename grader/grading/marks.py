"""The metadata of checks, from their markers and docstrings, and the order that follows from it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from grader.errors import CourseError
from grader.model import Limits, as_text

__all__ = [
    "MARKERS",
    "Marks",
    "by_dependency",
    "every_check",
    "public_first",
    "public_only",
    "read_marks",
]

MARKERS = {
    "points(n, each=False)": "the points of the check; with each=True, every parameter case earns "
    "its own share",
    "hidden(hint)": "the student sees title, points and hint, but no inputs or expected values",
    "depends(*checks, consistent=0)": "skipped unless the named check functions passed; with "
    "consistent=0.5 it earns half if one of them failed because of a known mistake, but this "
    "check passes: a backward that fits its forward",
    "limits(seconds=…, memory=…)": "CPU seconds and MiB for the student's worker, instead of the "
    "assignment's limits",
    "concept(name)": "the row of the curriculum for this check",
    "fresh": "requires a new worker, in which no other check has run",
    "gpu": "requires a CUDA device",
}


@dataclass(frozen=True)
class Marks:
    """The metadata of a check, from its markers and docstring."""

    id: str  # "test_layers.py::test_affine_forward"
    function: str
    title: str
    points: float
    each: bool
    hidden: bool
    hint: str
    depends: tuple[str, ...]
    consistent: float  # the share that it earns if it passes although one of these has not
    limits: Limits
    concept: str
    fresh: bool
    gpu: bool
    calibrated: bool  # it trains, and compares with calibration.json

    def matches(self, text: str) -> bool:
        """Whether its name, title or concept contains the text; case is ignored."""
        return any(
            text.casefold() in words.casefold()
            for words in (self.function, self.title, self.concept)
        )


def every_check(_: Marks) -> bool:
    """Select all checks."""
    return True


def public_only(marks: Marks) -> bool:
    """Select the checks that are not hidden."""
    return not marks.hidden


def read_marks(item: pytest.Item, checks: Path, limits: Limits) -> Marks:
    """Read the metadata of a check.

    Args:
        item: The check.
        checks: The folder of the assignment's checks.
        limits: The default limits.

    Raises:
        CourseError: A marker or the docstring is missing or wrong.

    """
    assert isinstance(item, pytest.Function), "checks are functions"
    path = Path(item.path).relative_to(checks).as_posix()
    where = f"{path}::{item.originalname}"

    def mark(name: str) -> pytest.Mark | None:
        return item.get_closest_marker(name)

    def text(name: str) -> str:
        found = mark(name)
        value = found.args[0] if found and found.args else ""
        if not isinstance(value, str):
            raise CourseError(f"{where}: @pytest.mark.{name} takes a string, not {value!r}")
        return as_text(value)

    title = _first_paragraph(item.function.__doc__ or "")
    points = mark("points")
    own = mark("limits")
    depends = mark("depends")
    if not title:
        raise CourseError(
            f"{where} has no docstring; its first paragraph is the title that the student sees"
        )
    if points is None:
        raise CourseError(f"{where} has no @pytest.mark.points(n)")
    try:
        limits = msgspec.structs.replace(limits, **(own.kwargs if own else {}))
    except TypeError as error:
        raise CourseError(f"{where}: @pytest.mark.limits: {error}") from None
    return Marks(
        id=where,
        function=item.originalname,
        title=as_text(title),
        points=_number(points, where, most=math.inf),
        each=bool(points.kwargs.get("each", False)),
        hidden=mark("hidden") is not None,
        hint=text("hidden"),
        depends=tuple(depends.args) if depends else (),
        consistent=_number(depends, where, "consistent") if depends else 0.0,
        limits=limits,
        concept=text("concept"),
        fresh=mark("fresh") is not None,
        gpu=mark("gpu") is not None,
        calibrated="calibration" in item.fixturenames,
    )


def _first_paragraph(docstring: str) -> str:
    """The lines of the first paragraph as one line."""
    return " ".join(inspect.cleandoc(docstring).partition("\n\n")[0].split())


def _number(mark: pytest.Mark, where: str, keyword: str = "", most: float = 1.0) -> float:
    """The first argument of a marker, or a keyword (default 0): finite, from 0 to `most`."""
    given = mark.kwargs.get(keyword, 0.0) if keyword else next(iter(mark.args), None)
    try:
        number = float(given)  # type: ignore[arg-type]  # the author may have written anything
    except (OverflowError, TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= most or math.isinf(number):
        wanted = "a number of at least 0" if math.isinf(most) else f"a number from 0 to {most:g}"
        shown = f"{keyword}={given!r}" if keyword else f"{given!r}"
        raise CourseError(f"{where}: @pytest.mark.{mark.name} has {shown}, expected {wanted}")
    return number


def by_dependency(
    items: Sequence[pytest.Item], marks: Mapping[pytest.Item, Marks], known: set[str]
) -> list[pytest.Item]:
    """Move every check after the ones that it depends on, and otherwise keep the order.

    Args:
        items: The checks.
        marks: Their metadata.
        known: The functions of all checks, including those that do not run.

    Raises:
        CourseError: A dependency is circular, or its name is not a check.

    """
    by_function: dict[str, list[pytest.Item]] = {}
    for item in items:
        by_function.setdefault(marks[item].function, []).append(item)
    ordered: list[pytest.Item] = []
    state: dict[str, str] = {}

    def visit(function: str) -> None:
        if state.get(function) == "done" or function not in by_function:
            return
        group = by_function[function]
        if state.get(function) == "open":
            raise CourseError(
                f"{marks[group[0]].id} depends on itself through @pytest.mark.depends"
            )
        state[function] = "open"
        for needed in marks[group[0]].depends:
            if needed not in known:
                raise CourseError(
                    f"{marks[group[0]].id} depends on {needed!r}, which is not a check of this "
                    "assignment"
                )
            visit(needed)
        state[function] = "done"
        ordered.extend(group)

    for item in items:
        visit(marks[item].function)
    return ordered


def public_first(
    items: Sequence[pytest.Item], marks: Mapping[pytest.Item, Marks]
) -> list[pytest.Item]:
    """Move all public checks before all hidden ones, and otherwise keep the order.

    Code that runs after a hidden check may know its inputs.

    Args:
        items: The checks.
        marks: Their metadata.

    Raises:
        CourseError: A public check depends on a hidden one, or a check is hidden in some cases
            only.

    """
    cases: dict[str, bool] = {}
    for item in items:
        mark = marks[item]
        if cases.setdefault(mark.id, mark.hidden) != mark.hidden:
            raise CourseError(
                f"{mark.id} is hidden in some of its cases only: hide whole functions"
            )
    hidden = {marks[item].function for item in items if marks[item].hidden}
    for item in items:
        mark = marks[item]
        for needed in mark.depends:
            if needed in hidden and not mark.hidden:
                raise CourseError(
                    f"{mark.id} is public and depends on {needed}, which is hidden: public checks "
                    "run first, so that a worker that has seen a hidden check sends nothing to "
                    "the student. Hide both, or neither"
                )
    return sorted(items, key=lambda item: marks[item].hidden)
