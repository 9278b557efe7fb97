"""Recognise common slips in a wrong array: the simple change that turns it into the expected one.

A slip is reported only if the change explains the difference almost to the last digit, if the
array is large enough to exclude chance, and if no other kind of slip explains it too. A wrong
diagnosis is worse than none.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .failure import is_number, join, number, place, plural

__all__ = ["NOT_FINITE", "Slip", "recognise"]

Floats = NDArray[np.float64]

_LARGEST = 1 << 20  # elements; a larger array takes too much time
_FEWEST = 4  # elements that a slip must explain, unless stated otherwise
_EXPLAINED = 1e-3  # share of the difference that may remain after undoing the slip
_MOST_BLOCKS = 4  # gates of a recurrent cell: up to 4! orders
_MOST_AXES = 5  # up to 5! orders


NOT_FINITE = "not finite"  # the kind of a slip


@dataclass(frozen=True)
class Slip:
    """A recognised slip.

    Args:
        kind: A word for programs.
        says: The rest of a sentence after the array's name: "is 32 times too large".

    """

    kind: str
    says: str


def recognise(
    got: Any, expected: Any, *, sizes: Mapping[str, float] | None = None, rtol: float = 1e-6
) -> Slip | None:
    """Find the one slip that turns `expected` into `got`, or None.

    Args:
        got: The student's array or number.
        expected: The right array or number, of the same or a different shape.
        sizes: Numbers that may name a factor, such as {"N": 32, "1 - p": 0.7}.
        rtol: How closely two right results agree, relative to the element, and a tenth of that
            relative to the root mean square of all elements.

    """
    wrong, right = _real(got), _real(expected)
    if (
        wrong is None
        or right is None
        or not np.isfinite(right).all()
        or not right.size
        or not wrong.size
    ):
        return None
    with np.errstate(all="ignore"):
        search = _Search(wrong, right, rtol, dict(sizes or {}))
        return search.same_shape() if wrong.shape == right.shape else search.other_shape()


def _real(value: Any) -> Floats | None:
    """A copy as float64, or None if it is not a real number or an array of a reasonable size."""
    if is_number(value):
        try:
            value = np.asarray(float(value)) if type(value) is int else np.asarray(value)
        except OverflowError:
            return None
    if type(value) is not np.ndarray or value.dtype.kind not in "iuf" or value.size > _LARGEST:
        return None
    with np.errstate(all="ignore"):
        array: Floats = value.astype(np.float64)
    return array


class _Search:
    """The tests for each kind of slip on one pair of arrays."""

    def __init__(
        self, got: Floats, expected: Floats, rtol: float, sizes: Mapping[str, float]
    ) -> None:
        self.got, self.expected, self.rtol, self.sizes = got, expected, rtol, sizes

    # ---- equal shapes ----------------------------------------------------------------------------

    def same_shape(self) -> Slip | None:
        if not np.isfinite(self.got).all():
            return self._not_finite()
        self.off = ~self._close(self.got, self.expected)
        self.difference = float(np.abs(self.got - self.expected).max())
        if not self.off.any():
            return None
        if (slip := self._one_value()) is not None:
            return slip
        one_change = self._factor, self._offset, self._function
        one_move = self._transposed, self._flipped, self._shifted, self._blocks
        looser = self._signs, self._row_offsets, self._rounded, self._reordered
        for questions in ((*one_change, *one_move), looser):
            found = [slip for question in questions if (slip := question()) is not None]
            if found:
                return found[0] if len(found) == 1 else None
        return self._region()

    def _close(self, a: Floats, b: Floats) -> NDArray[np.bool_]:
        floor = 0.1 * self.rtol * float(np.sqrt(np.mean(np.square(b))))
        close: NDArray[np.bool_] = np.abs(a - b) <= self.rtol * np.abs(b) + floor
        return close

    def _explains(self, undone: Floats) -> bool:
        """Whether `undone`, which is `got` without the slip, equals `expected`."""
        return undone.shape == self.expected.shape and self._matches(undone, self.expected)

    def _matches(self, a: Floats, b: Floats) -> bool:
        """`_explains` for parts of the arrays, or for their values in another order."""
        return bool(self._close(a, b).all() and np.abs(a - b).max() <= _EXPLAINED * self.difference)

    def _significant(self, fewest: int = _FEWEST) -> bool:
        """Whether enough different values are wrong to exclude a match by chance."""
        return len(np.unique(self.expected[self.off])) >= fewest and int(self.off.sum()) >= fewest

    def _not_finite(self) -> Slip:
        bad = ~np.isfinite(self.got)
        first = np.unravel_index(int(np.argmax(bad)), bad.shape)
        nan, infinite = np.isnan(self.got).any(), np.isinf(self.got).any()
        what = "NaN or infinite" if nan and infinite else "NaN" if nan else "infinite"
        if bad.ndim == 0:
            return Slip(NOT_FINITE, f"is {what}")
        if bad.all():
            return Slip(NOT_FINITE, f"is {what} everywhere")
        where = place("", tuple(map(int, first)))
        return Slip(
            NOT_FINITE,
            f"is {what} in {bad.sum()} of {plural(bad.size, 'place')}, first at {where}",
        )

    def _one_value(self) -> Slip | None:
        if self.got.size < 2 or not (self.got == self.got.flat[0]).all():
            return None
        if self.got.flat[0] == 0:
            return Slip("zeros", "is all zeros")
        if (
            self.got.size >= _FEWEST
            and np.ptp(self.expected) > self.rtol * np.abs(self.expected).max()
        ):
            return Slip("constant", f"has the same value everywhere, {number(self.got.flat[0])}")
        return None

    def _factor(self) -> Slip | None:
        factor = self._common_factor()
        if factor is None:
            return None
        name = _named_factor(factor, self.sizes, self.rtol)
        if not name and factor not in (-1.0, 2.0, 0.5) and not self._certain(factor):
            return None
        if factor == -1:
            return Slip("sign", "has the wrong sign")
        size = abs(factor)
        if factor < 0:
            says = f"is {number(factor)} times the expected value: the sign is wrong, too"
        elif size >= 2:
            says = f"is {number(size)} times too large"
        elif size <= 0.5:
            says = f"is {number(1 / size)} times too small"
        else:
            says = f"is {number(size)} times the expected value"
        return Slip("factor", f"{says} ({name})" if name else says)

    def _certain(self, factor: float) -> bool:
        """Whether an unusual factor is seen in enough places: two for a whole number, else more."""
        different = len(np.unique(np.abs(self.expected[self.off])))
        whole = factor == round(factor) or 1 / factor == round(1 / factor)
        return different >= (2 if whole else _FEWEST)

    def _common_factor(self) -> float | None:
        """The factor in got = factor · expected; rounded if nearly an integer or one over it."""
        norm = float(np.vdot(self.expected, self.expected))
        if not norm or not np.isfinite(norm):
            return None
        factor = float(np.vdot(self.expected, self.got)) / norm
        if factor == 0 or not math.isfinite(factor) or not math.isfinite(1 / factor):
            return None
        if not self._explains(self.got / factor):
            return None
        for nice in (float(round(factor)), 1 / round(1 / factor) if abs(factor) < 1 else 0.0):
            if nice and math.isclose(factor, nice, rel_tol=10 * self.rtol):
                return nice
        return factor

    def _transposed(self) -> Slip | None:
        """The axes in another order, in an array whose shape does not show it."""
        if not 2 <= self.expected.ndim <= _MOST_AXES or not self._significant():
            return None
        return self._axes(self.got)

    def _axes(self, got: Floats) -> Slip | None:
        single = [
            axis for axis, n in enumerate(got.shape) if n == 1 and got.shape == self.expected.shape
        ]
        orders = [
            order
            for order in itertools.permutations(range(got.ndim))
            if list(order) != sorted(order)
            and all(order[axis] == axis for axis in single)
            and tuple(got.shape[axis] for axis in order) == self.expected.shape
            and self._explains(np.transpose(got, order))
        ]
        if len(orders) != 1:
            return None
        if got.ndim == 2:
            return Slip("transpose", "is the transpose of the expected array")
        swapped = [axis for axis, old in enumerate(orders[0]) if axis != old]
        if len(swapped) == 2:
            return Slip("transpose", f"has axes {swapped[0]} and {swapped[1]} swapped")
        return Slip(
            "transpose",
            f"has its axes in the wrong order: np.transpose({orders[0]}) of it is right",
        )

    def _offset(self) -> Slip | None:
        offset = float(np.mean(self.got - self.expected))
        if not self._significant() or not self._explains(self.got - offset):
            return None
        return Slip(
            "offset",
            f"is right up to a constant: every value is {number(abs(offset))} too "
            f"{_large_or_small(offset)}",
        )

    def _function(self) -> Slip | None:
        """A function applied once too often, or not at all."""
        got = self.got
        undo: dict[str, Callable[[Floats], Floats]] = {
            "is the square of the expected value: is a square root missing?": np.sqrt,
            "is the square root of the expected value: is a root too many, or a square missing?": (
                np.square
            ),
            "is one over the expected value": np.reciprocal,
            "is the exponential of the expected value": np.log,
            "is the logarithm of the expected value": np.exp,
        }
        if not self._significant():
            return None
        found = [says for says, function in undo.items() if self._explains(function(got))]
        return Slip("function", found[0]) if len(found) == 1 else None

    def _flipped(self) -> Slip | None:
        if not self._significant():
            return None
        axes = [
            axis
            for axis, n in enumerate(self.got.shape)
            if n >= 2 and self._explains(np.flip(self.got, axis))
        ]
        if self.got.ndim >= 2 and not axes and self._explains(np.flip(self.got)):
            return Slip("flip", "is reversed along all axes")
        return (
            Slip("flip", f"is reversed{_along(axes[0], self.got.ndim)}") if len(axes) == 1 else None
        )

    def _shifted(self) -> Slip | None:
        """Off by one along an axis, with or without wrapping around."""
        found = []
        for axis, n in enumerate(self.got.shape):
            if n < 3:
                continue
            here, there = _without(self.got, axis, last=1), _without(self.got, axis, first=1)
            before, after = (
                _without(self.expected, axis, last=1),
                _without(self.expected, axis, first=1),
            )
            for moved, original, direction in ((there, before, "forward"), (here, after, "back")):
                off = (
                    _without(self.off, axis, first=1)
                    if direction == "forward"
                    else _without(self.off, axis, last=1)
                )
                if len(np.unique(original[off])) >= _FEWEST and self._matches(moved, original):
                    found.append((axis, direction))
        if len(found) != 1:
            return None
        axis, direction = found[0]
        along = _along(axis, self.got.ndim)
        return Slip("shift", f"is off by one{along}: its values are one place too far {direction}")

    def _blocks(self) -> Slip | None:
        """Equal parts of an axis in another order, like the gates of a recurrent cell."""
        if not self._significant():
            return None
        found: dict[tuple[int, ...], tuple[int, int]] = {}
        for axis in range(self.got.ndim):
            for count in range(2, _MOST_BLOCKS + 1):
                if self.got.shape[axis] % count or self.got.shape[axis] < 2 * count:
                    continue
                order = self._block_order(axis, count)
                if order is not None:
                    found.setdefault(order, (axis, count))
        if len(found) != 1:
            return None
        order, (axis, count) = next(iter(found.items()))
        listed = join([str(block + 1) for block in order])
        return Slip(
            "blocks",
            f"has its {count} equal blocks{_along(axis, self.got.ndim)} in the order {listed}",
        )

    def _block_order(self, axis: int, count: int) -> tuple[int, ...] | None:
        """The block of `expected` that is i-th in `got`, for each i; None unless one order fits."""
        mine, theirs = np.split(self.got, count, axis), np.split(self.expected, count, axis)
        fits = [
            [j for j in range(count) if self._matches(mine[i], theirs[j])] for i in range(count)
        ]
        if any(len(own) != 1 for own in fits):
            return None
        order = tuple(own[0] for own in fits)
        return (
            order if sorted(order) == list(range(count)) and order != tuple(range(count)) else None
        )

    def _signs(self) -> Slip | None:
        off = int(self.off.sum())
        if off < 3 or not self._explains(np.where(self.off, -self.got, self.got)):
            return None
        return Slip("signs", f"has the wrong sign in {off} of {self.off.size} places")

    def _row_offsets(self) -> Slip | None:
        """Each row is right up to a constant, which differs between rows."""
        if self.got.ndim != 2 or not self._significant():
            return None
        axes = [
            axis
            for axis in (0, 1)
            if self.got.shape[axis] >= 3
            and self._explains(
                self.got - np.mean(self.got - self.expected, axis=axis, keepdims=True)
            )
        ]
        if len(axes) != 1:
            return None
        return Slip("offsets", f"is right up to a constant in every {('column', 'row')[axes[0]]}")

    def _rounded(self) -> Slip | None:
        if not self._significant() or np.array_equal(self.expected, np.trunc(self.expected)):
            return None
        for function, verb in (
            (np.trunc, "truncated"),
            (np.rint, "rounded"),
            (np.floor, "rounded down"),
        ):
            if np.array_equal(self.got, function(self.expected)):
                return Slip(
                    "rounded",
                    f"is {verb} to whole numbers: was the array made with an integer dtype?",
                )
        return None

    def _reordered(self) -> Slip | None:
        """The right values in the wrong places."""
        if not self._significant() or not self._matches(
            np.sort(self.got, None), np.sort(self.expected, None)
        ):
            return None
        if self.got.ndim == 2:
            for axis, line in ((0, "rows"), (1, "columns")):
                if self._same_lines(axis):
                    return Slip("order", f"has the right {line} in the wrong order")
        return Slip("order", "has the right values in the wrong places")

    def _same_lines(self, axis: int) -> bool:
        """Whether got's rows (columns) are expected's, each once."""
        mine, theirs = np.moveaxis(self.got, axis, 0), np.moveaxis(self.expected, axis, 0)
        mine, theirs = (lines[np.lexsort(lines.T[::-1])] for lines in (mine, theirs))
        return self._matches(mine, theirs)

    # ---- right here, wrong there -----------------------------------------------------------------

    def _region(self) -> Slip | None:
        """Where it is wrong, if that place has a name."""
        off, wrong = self.off, int(self.off.sum())
        if off.size < 2 * _FEWEST or 2 * wrong > off.size:
            return self._precision() or self._one_line_right()
        return self._values() or self._edges() or self._line() or self._precision()

    def _values(self) -> Slip | None:
        off, wrong = self.off, int(self.off.sum())
        if wrong >= 2 and not self.got[off].any():
            return Slip(
                "zero", f"is zero in {wrong} places where it should not be, and right elsewhere"
            )
        if wrong >= 2 and not self.expected[off].any():
            return Slip(
                "not zero", f"should be zero in {wrong} places and is not; the others are right"
            )
        return None

    def _edges(self) -> Slip | None:
        off, shape = self.off, self.off.shape
        if off.ndim == 2 and shape[0] == shape[1] >= 3:
            diagonal = np.eye(shape[0], dtype=bool)
            if off[diagonal].all() and not off[~diagonal].any():
                return Slip("diagonal", "is wrong on the diagonal only")
        if off.ndim >= 2 and min(shape[-2:]) >= 3:
            inside = np.zeros(shape[-2:], bool)
            inside[1:-1, 1:-1] = True
            edges = [off[..., 0, :], off[..., -1, :], off[..., :, 0], off[..., :, -1]]
            if not off[..., inside].any() and all(edge.any() for edge in edges):
                return Slip("border", "is right inside and wrong at the border only")
        return None

    def _line(self) -> Slip | None:
        """All wrong values are at one index of one axis, and most values there are wrong."""
        found = []
        for axis, n in enumerate(self.off.shape):
            lines = np.moveaxis(self.off, axis, 0).reshape(n, -1)
            (touched,) = np.nonzero(lines.any(axis=1))
            if n >= 3 and len(touched) == 1 and lines[touched[0]].mean() > 0.5:
                found.append((axis, int(touched[0])))
        if len(found) != 1:
            return None
        axis, index = found[0]
        n, ndim = self.off.shape[axis], self.off.ndim
        which = {0: "first", n - 1: "last"}.get(index, "")
        line = (
            "element"
            if ndim == 1
            else ("row", "column")[axis]
            if ndim == 2
            else f"index along axis {axis}"
        )
        return Slip(
            "line",
            f"is wrong only in the {which} {line}" if which else f"is wrong only in {line} {index}",
        )

    def _one_line_right(self) -> Slip | None:
        """Only the start or end of an axis is right, as if a recurrence does not pass its state."""
        found = []
        for axis, n in enumerate(self.off.shape):
            wrong = np.moveaxis(self.off, axis, 0).reshape(n, -1).max(axis=1)
            right = np.moveaxis(self.expected, axis, 0).reshape(n, -1)[~wrong]
            if (
                n >= 3
                and right.shape[0] == 1
                and len(np.unique(right)) >= _FEWEST
                and (not wrong[0] or not wrong[-1])
            ):
                found.append((axis, "first" if not wrong[0] else "last"))
        if len(found) != 1:
            return None
        axis, which = found[0]
        line = "element" if self.off.ndim == 1 else f"index along axis {axis}"
        return Slip("one line", f"is right only in the {which} {line}")

    def _precision(self) -> Slip | None:
        """Single precision inside a double precision computation."""
        scale = float(np.abs(self.expected).max())
        if self.rtol > 1e-6 or self.expected.size < _FEWEST or self.difference > 2e-6 * scale:
            return None
        as_float32 = self.got.astype(np.float32).astype(np.float64)
        if np.array_equal(as_float32, self.got):
            return Slip("precision", "is right to seven digits only: it was computed in float32")
        return None

    # ---- different shapes ------------------------------------------------------------------------

    def other_shape(self) -> Slip | None:
        if not np.isfinite(self.got).all():
            return None
        self.difference = float("inf")
        got, expected = self.got, self.expected
        if got.size == expected.size:
            if (
                got.ndim == expected.ndim
                and 2 <= got.ndim <= _MOST_AXES
                and (slip := self._axes(got))
            ):
                return slip
            if self._close(got.reshape(expected.shape), expected).all():
                return Slip("shape", "has the right values in the wrong shape")
            return None
        return self._kept_axis() or self._summed_too_far()

    def _kept_axis(self) -> Slip | None:
        """One axis more than expected, which a sum or a mean would remove."""
        got, expected = self.got, self.expected
        found = []
        for axis in range(got.ndim):
            before, after = got.shape[:axis], got.shape[axis + 1 :]
            if expected.shape not in ((*before, *after), (*before, 1, *after)):
                continue
            for verb, reduced in (("summed", got.sum(axis)), ("averaged", got.mean(axis))):
                if self._close(reduced.reshape(expected.shape), expected).all():
                    found.append((axis, verb))
        if len(found) != 1:
            return None
        axis, verb = found[0]
        return Slip("axis", f"is not {verb} over axis {axis}")

    def _summed_too_far(self) -> Slip | None:
        """The total is right, as it is for two sums of one array over different axes."""
        got, expected = self.got, self.expected
        if expected.size < 2:
            return None
        total = expected.sum()
        if (
            not math.isclose(got.sum(), total, rel_tol=self.rtol)
            or abs(total) < 1e-3 * np.abs(expected).max()
        ):
            return None
        if got.size == 1:
            return Slip("axis", "is summed over all axes")
        return Slip("axis", "is summed over the wrong axis: the sum of all its values is right")


def _named_factor(factor: float, sizes: Mapping[str, float], rtol: float) -> str:
    """The name of a factor: "N = 32", "N · M = 64"; "" if none fits, or several combinations do."""
    size = abs(factor)
    names = {
        says
        for says, value in _factors(sizes)
        # A name adds nothing to these.
        if not any(math.isclose(value, plain) for plain in (1.0, 2.0, 0.5))
        and any(math.isclose(size, v, rel_tol=10 * rtol) for v in (value, 1 / value))
    }
    simple = {
        says
        for says in names
        if says in {f"{name} = {number(value)}" for name, value in sizes.items()}
    }
    if len(simple or names) == 1:
        return next(iter(simple or names))
    return join(sorted(simple), "or") if simple else ""


def _factors(sizes: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Names and values of factors that may be multiplied or divided by mistake."""
    known = {name: float(value) for name, value in sizes.items() if value > 0}
    for name, value in known.items():
        yield f"{name} = {number(value)}", value
        if value > 1:
            yield f"{name}/({name} - 1) with {name} = {number(value)}", value / (value - 1)
            yield (
                f"the square root of {name}/({name} - 1) with {name} = {number(value)}",
                math.sqrt(value / (value - 1)),
            )
    for (one, a), (two, b) in itertools.combinations(known.items(), 2):
        yield f"{one} · {two} = {number(a * b)}", a * b
        yield f"{one}/{two} = {number(a / b)}", a / b


def _large_or_small(offset: float) -> str:
    return "large" if offset > 0 else "small"


def _along(axis: int, ndim: int) -> str:
    return f" along axis {axis}" if ndim > 1 else ""


def _without(array: NDArray[Any], axis: int, *, first: int = 0, last: int = 0) -> NDArray[Any]:
    """`array` without `first` leading and `last` trailing entries along `axis`."""
    return np.moveaxis(np.moveaxis(array, axis, 0)[first : array.shape[axis] - last], 0, axis)
