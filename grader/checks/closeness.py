"""Compare a student's result with the expected one: type and shape exactly, numbers to rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .failure import (
    CheckFailure,
    NotFinite,
    aligned,
    apart,
    describe,
    is_number,
    place,
    plain,
    plain_dict,
    plural,
    printable,
)
from .slips import NOT_FINITE, Slip, recognise

__all__ = ["TOLERANCES", "Tolerance", "assert_close"]


@dataclass(frozen=True)
class Tolerance:
    """`|got - expected| <= rtol |expected| + scale max|expected| + floor`.

    The maximum is over the finite elements. The second term accepts sums in another order where
    large terms cancel; the third accepts them where all terms cancel.
    """

    rtol: float
    scale: float
    floor: float


# By dtype of the expected value. In float64, correct results stay about six digits within these.
TOLERANCES: Mapping[str, Tolerance] = {
    "float64": Tolerance(rtol=1e-8, scale=1e-11, floor=1e-12),
    "float32": Tolerance(rtol=1e-4, scale=2e-6, floor=1e-6),
    "float16": Tolerance(rtol=1e-2, scale=2e-3, floor=1e-3),
}

_KINDS = {
    "b": "truth values",
    "i": "integers",
    "u": "integers",
    "f": "floating numbers",
    "c": "complex numbers",
}
# dtype kinds that are accepted for each expected kind
_FITS = {"b": "b", "i": "iuf", "u": "iuf", "f": "f", "c": "c"}


def assert_close(
    got: Any,
    expected: Any,
    name: str,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    sizes: Mapping[str, float] | None = None,
    hint: str = "",
) -> None:
    """Assert that `got` equals `expected` up to rounding.

    NaN never passes, and inf passes only where inf is expected.

    Args:
        got: The student's value.
        expected: An array, a number, a string, None, or a tuple, list or dict of these, which are
            compared one by one. An array requires an array of exactly the same shape and kind of
            dtype, except that floating numbers are accepted for integers, a 0-d array for a
            number, and a list for a tuple.
        name: The name of the value in messages: "dx".
        rtol: Relative tolerance in `|got - expected| <= rtol |expected| + atol`. By default, it
            is taken from TOLERANCES for the dtype of `expected`.
        atol: Absolute tolerance. By default, it is taken from TOLERANCES, like `rtol`.
        sizes: Numbers that may name a constant factor: {"N": 32}.
        hint: A sentence that is shown below the failure.

    Raises:
        CheckFailure: The values differ. The message says what is wrong and where.

    """
    __tracebackhide__ = True
    _Comparison(rtol, atol, sizes or {}, hint).values(got, expected, name)


class _Comparison:
    """The settings of one `assert_close`, carried through nested values."""

    def __init__(
        self, rtol: float | None, atol: float | None, sizes: Mapping[str, float], hint: str
    ) -> None:
        self.rtol, self.atol, self.sizes, self.hint = rtol, atol, sizes, hint

    def fail(self, summary: str, details: str = "", slip: Slip | None = None) -> CheckFailure:
        kind = NotFinite if slip is not None and slip.kind == NOT_FINITE else CheckFailure
        return kind(summary, details, self.hint)

    def values(self, got: Any, expected: Any, name: str) -> None:
        __tracebackhide__ = True
        got, expected = plain(got), plain(expected)
        if got is None and expected is not None:
            raise self.fail(
                f"{name} is None; expected {describe(expected)}. Is a return statement missing?"
            )
        if isinstance(expected, dict):
            self._dicts(got, expected, name)
        elif isinstance(expected, (tuple, list)):
            self._sequences(got, expected, name)
        elif expected is None or isinstance(expected, (str, bytes)) or _beyond_numpy(expected):
            if type(got) is not type(expected) or got != expected:
                raise self.fail(f"{name} is {describe(got)}; expected {describe(expected)}")
        elif np.asarray(expected).dtype.kind in "biufcUS":
            self._numbers(got, np.asarray(expected), name)
        else:
            raise TypeError(
                "assert_close compares numbers, arrays, strings and trees of them, not "
                f"{type(expected)}"
            )

    def _dicts(self, got: Any, expected: dict[Any, Any], name: str) -> None:
        __tracebackhide__ = True
        if type(got) is not dict:
            raise self.fail(
                f"{name} is {describe(got)}; expected a dict with the keys {_listed(expected)}"
            )
        mine = plain_dict(got)
        missing = [key for key in expected if key not in mine]
        if missing:
            rows = aligned({"keys": _listed(mine), "expected": _listed(expected)})
            raise self.fail(f"{name} has no {_listed(missing)}", rows)
        if len(got) > len(expected):
            extra = _listed(key for key in mine if key not in expected) or "of other types"
            raise self.fail(
                f"{name} has {plural(len(got) - len(expected), 'key')} too many: {extra}"
            )
        for key, value in expected.items():
            self.values(mine[key], value, f"{name}[{key!r}]")

    def _sequences(self, got: Any, expected: tuple[Any, ...] | list[Any], name: str) -> None:
        __tracebackhide__ = True
        if type(got) not in (tuple, list):
            raise self.fail(f"{name} is {describe(got)}; expected {describe(expected)}")
        if len(got) != len(expected):
            raise self.fail(f"{name} has {plural(len(got), 'element')}; expected {len(expected)}")
        for i, value in enumerate(expected):
            self.values(got[i], value, f"{name}[{i}]")

    # ---- numbers ---------------------------------------------------------------------------------

    def _numbers(self, got: Any, expected: NDArray[Any], name: str) -> None:
        __tracebackhide__ = True
        array = self._array(got, expected, name)
        kind = expected.dtype.kind
        if array.dtype.kind not in _FITS.get(kind, kind):
            wanted = _KINDS.get(kind, "text")
            if not array.ndim:
                raise self.fail(f"{name} is {describe(got)}; expected one of the {wanted}")
            what = (
                f"{_KINDS.get(array.dtype.kind, 'no numbers')} (dtype "
                f"{printable(str(array.dtype))})"
            )
            raise self.fail(f"{name} holds {what}; expected {wanted}")
        if array.shape != expected.shape:
            raise self._wrong_shape(array, expected, name)
        exact = kind not in "iufc" or (kind in "iu" and self.rtol is None and self.atol is None)
        excess = (array != expected) * 2.0 if exact else self._excess(array, expected, name)
        wrong = ~(excess <= 1)
        if wrong.any():
            raise self._wrong_values(array, expected, wrong, excess, name)

    def _array(self, got: Any, expected: NDArray[Any], name: str) -> NDArray[Any]:
        """`got` as an array, if it is of the same kind as `expected`: an array, or one number."""
        if type(got) is np.ndarray:
            return got
        known = is_number(got)
        if not known or expected.ndim:
            slip = recognise(got, expected, rtol=self._exactness(expected)) if known else None
            wanted = f"an array of shape {expected.shape}" if expected.ndim else "one number"
            says = slip.says if slip else f"is {describe(got)}"
            raise self.fail(f"{name} {says}; expected {wanted}", slip=slip)
        if _beyond_numpy(got):
            raise self.fail(f"{name} is {describe(got)}; expected {expected}")
        return np.asarray(float(got) if type(got) is int and expected.dtype.kind == "f" else got)

    def _exactness(self, expected: NDArray[Any]) -> float:
        """The relative precision of a correct result."""
        return min(_tolerance(expected).rtol if self.rtol is None else self.rtol, 1e-3)

    def _wrong_shape(self, got: NDArray[Any], expected: NDArray[Any], name: str) -> CheckFailure:
        slip = recognise(got, expected, rtol=self._exactness(expected))
        what = f"{name} {slip.says}" if slip else f"{name} has the wrong shape"
        shapes = aligned({"shape": str(got.shape), "expected": str(expected.shape)})
        return self.fail(what, shapes, slip)

    def _excess(self, got: NDArray[Any], expected: NDArray[Any], name: str) -> NDArray[np.float64]:
        """The difference divided by the tolerance; inf for NaN and for an unexpected inf."""
        # `expected` may be another result of the student: the arbiter finds out.
        if np.isnan(expected).any():
            raise ValueError(f"the expected value of {name} holds NaN, which equals nothing")
        tolerance = _tolerance(expected)
        wide = np.complex128 if expected.dtype.kind == "c" else np.float64
        with np.errstate(all="ignore"):
            mine, right = got.astype(wide), expected.astype(wide)
            finite = np.isfinite(right)
            size = np.where(finite, np.abs(right), 0.0)
            absolute = (
                tolerance.scale * size.max(initial=0.0) + tolerance.floor
                if self.atol is None
                else self.atol
            )
            allowed = (tolerance.rtol if self.rtol is None else self.rtol) * size + absolute
            difference = np.where(finite, np.abs(mine - right), 0.0)
            excess = np.divide(
                difference, allowed, out=np.where(difference > 0, np.inf, 0.0), where=allowed > 0
            )
            same = np.where(finite, np.isfinite(mine), mine == right)
            result: NDArray[np.float64] = np.where(same, excess, np.inf)
        return result

    def _wrong_values(
        self,
        got: NDArray[Any],
        expected: NDArray[Any],
        wrong: NDArray[np.bool_],
        excess: NDArray[np.float64],
        name: str,
    ) -> CheckFailure:
        index = tuple(map(int, np.unravel_index(int(np.argmax(excess)), excess.shape)))
        mine, right = apart(got[index], expected[index])
        slip = recognise(got, expected, sizes=self.sizes, rtol=self._exactness(expected))
        rows = aligned({"yours": mine, "expected": right})
        if not got.ndim:
            if slip:
                return self.fail(f"{name} {slip.says}", rows, slip)
            return self.fail(f"{name} is {mine}; expected {right}")
        count = (
            f"{int(wrong.sum())} of {plural(wrong.size, 'value')} "
            f"{'differs' if wrong.sum() == 1 else 'differ'}"
        )
        worst = f"worst at {place(name, index)}:\n{rows}"
        if slip:
            return self.fail(f"{name} {slip.says}", f"{count}, {worst}", slip)
        return self.fail(f"{name} is wrong: {count}", worst)


def _beyond_numpy(expected: Any) -> bool:
    """Whether `expected` is an integer that fits no numpy dtype."""
    return type(expected) is int and not -(2**63) <= expected < 2**63


def _tolerance(expected: NDArray[Any]) -> Tolerance:
    return TOLERANCES.get(expected.dtype.name, TOLERANCES["float64"])


def _listed(keys: Any) -> str:
    shown = [repr(key) for key in keys]
    return ", ".join(shown[:8]) + (", …" if len(shown) > 8 else "")
