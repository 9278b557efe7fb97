"""Scores for predictions and results: metrics and partial credit.

A metric does not trust the predictions of a student's code: anything else is a CheckFailure.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .failure import CheckFailure, describe, number, place, plain, plural, printable

__all__ = ["accuracy", "mean_squared_error", "score_between"]


def score_between(value: Any, zero_at: float, full_at: float) -> float:
    """Partial credit: 0 at `zero_at` and beyond, 1 at `full_at` and beyond, linear in between.

    Args:
        value: The result. NaN, or anything that is not a number, gives 0.
        zero_at: Gives 0. It may be larger or smaller than `full_at`.
        full_at: Gives 1.

    Raises:
        ValueError: `zero_at` and `full_at` are equal.

    Examples:
        >>> score_between(0.9, zero_at=0.8, full_at=1.0), score_between(3, zero_at=2, full_at=0.5)
        (0.5, 0.0)

    """
    if zero_at == full_at:
        raise ValueError(f"score_between: zero_at and full_at are both {zero_at}")
    value = plain(value)
    if type(value) is np.ndarray and value.ndim == 0 and value.dtype.kind in "iuf":
        value = value[()]
    if not issubclass(type(value), (int, float, np.integer, np.floating)) or type(value) is bool:
        return 0.0
    low, high = min(zero_at, full_at), max(zero_at, full_at)
    if not low <= value <= high:  # NaN is not; an int may be too large to become a float
        reached = value > high if full_at > zero_at else value < low
        return float(reached)
    return round((float(value) - zero_at) / (full_at - zero_at), 12)


def accuracy(predicted: Any, labels: NDArray[np.integer[Any]]) -> float:
    """The share of predicted labels that are right.

    Args:
        predicted: The student's labels, shape (N,); a floating dtype may hold whole numbers.
        labels: The right labels, shape (N,), each from 0 to their maximum.

    Raises:
        CheckFailure: `predicted` is not an array of N such labels.

    """
    array = _predictions(predicted, labels, "labels")
    classes = int(labels.max()) + 1
    with np.errstate(all="ignore"):
        odd = ~((array >= 0) & (array < classes) & (array == np.trunc(array)))
    if odd.any():
        index = int(np.argmax(odd))
        raise CheckFailure(
            f"{plural(int(odd.sum()), 'prediction')} of {array.size} "
            f"{'is not a label' if odd.sum() == 1 else 'are not labels'} "
            f"from 0 to {classes - 1}; the first is {place('predictions', (index,))} = "
            f"{number(array[index])}"
        )
    return float(np.mean(array == labels))


def mean_squared_error(predicted: Any, targets: NDArray[np.floating[Any]]) -> float:
    """The mean of the squared differences.

    Args:
        predicted: The student's numbers, of the same shape as `targets`.
        targets: The right numbers.

    Raises:
        CheckFailure: `predicted` is not a finite array of that shape.

    """
    array = _predictions(predicted, targets, "numbers")
    bad = ~np.isfinite(array)
    if bad.any():
        index = tuple(map(int, np.unravel_index(int(np.argmax(bad)), bad.shape)))
        raise CheckFailure(
            f"{plural(int(bad.sum()), 'prediction')} of {array.size} "
            f"{'is' if bad.sum() == 1 else 'are'} not finite; "
            f"the first is {place('predictions', index)} = {array[index]}"
        )
    with np.errstate(all="ignore"):
        return float(np.mean(np.square(array.astype(np.float64) - targets)))


def _predictions(predicted: Any, right: NDArray[Any], what: str) -> NDArray[Any]:
    predicted = plain(predicted)
    if type(predicted) is not np.ndarray:
        missing = ". Is a return statement missing?" if predicted is None else ""
        wanted = f"an array of {len(right)} {what}"
        raise CheckFailure(f"the predictions are {describe(predicted)}; expected {wanted}{missing}")
    if predicted.dtype.kind not in "iuf":
        raise CheckFailure(
            f"the predictions have dtype {printable(str(predicted.dtype))}; expected {what}"
        )
    if predicted.shape != right.shape:
        rows = (
            predicted.ndim == 2
            and right.ndim == 1
            and len(predicted) == len(right)
            and predicted.shape[1] > 1
        )
        raise CheckFailure(
            f"the predictions have shape {predicted.shape}; expected {right.shape}, one of the "
            f"{what} per sample",
            hint="Those look like scores or probabilities: the label is the argmax of each row."
            if rows
            else "",
        )
    return predicted
