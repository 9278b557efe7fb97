"""Check that a model learns: the grader scores held-out predictions against a threshold.

Training is random, so a threshold is a statement about probability. `calibrate` runs the reference
with n seeds and takes the k-th worst score as threshold. A right solution falls below it with a
probability p that is itself random, distributed as Beta(k, n + 1 - k) for any distribution of the
scores, and fails the check only if it does so in all r attempts:

    E[pʳ] = k (k+1) … (k+r-1) / ((n+1) (n+2) … (n+r))

k is the largest value that keeps this below one in ten thousand: 3 attempts need 38 runs for k = 1,
61 for k = 2.

Order statistics: David & Nagaraja, Order Statistics, 3rd ed., section 2.3.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from grader.errors import CourseError
from grader.model import Figure

from .failure import CheckFailure, NotFinite, aligned, join, number, plain, printable

__all__ = ["Calibrator", "assert_learns", "calibrate", "describe_curve"]

Direction = Literal["higher", "lower"]
Train = Callable[[int], Any]
Metric = Callable[[Any], Any]
History = Callable[[Any], Any]

FALSE_FAIL_RATE = 1e-4
_ATTEMPTS = 3
# A score this many times the reference's range below its worst run, and at least this share of its
# median, is not retried: no right solution is there.
_HOPELESS_RANGES = 2.0
_HOPELESS_SHARE = 0.3
_CURVE_END = 0.1  # the share of a curve that counts as its start or its end
# raised for unsuitable data
_UNSUITABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_PLACES = 40  # along a training run at which the band of the reference's losses is kept
# a loss that differs by this factor from every run of the reference is not the same loss
_OTHER_LOSS = 3.0
_FLAT = 0.01  # a loss that changes by less than this share counts as unchanged


class Calibrator(dict[str, Any]):
    """Replaces the calibration of an assignment: each `assert_learns` fills its entry, and passes.

    `grade calibrate` runs the checks on the reference with this instead of calibration.json, then
    writes it to that file.

    Args:
        seeds: One training run of the reference for each.

    """

    def __init__(self, seeds: Sequence[int]) -> None:
        super().__init__()
        self.seeds = seeds


class Scorer(dict[str, Any]):
    """A calibration that allows one attempt, and records the scores that miss the threshold."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        self.missed: dict[str, float] = {}


@dataclass(frozen=True)
class _Goal:
    """The score to reach; `sign` makes higher scores better."""

    sign: int
    threshold: float
    hopeless: float | None = None
    attempts: int = _ATTEMPTS
    typical: str = ""
    band: Mapping[str, Sequence[float]] | None = None

    def reached(self, score: float) -> bool:
        return self.sign * score >= self.sign * self.threshold

    def beyond_hope(self, score: float) -> bool:
        return self.hopeless is not None and self.sign * score < self.sign * self.hopeless


def assert_learns(
    train: Train,
    *,
    metric: Metric,
    key: str = "",
    calibration: Mapping[str, Any] | None = None,
    threshold: float | None = None,
    better: Direction = "higher",
    seeds: Sequence[int] | None = None,
    history: History | None = None,
    name: str = "the model",
    hint: str = "",
) -> float:
    """Assert that training reaches a threshold; returns the score.

    Pass either `key` and `calibration`, or `threshold` and `better`.

    Args:
        train: Trains the student's model from a seed and returns its predictions on data that it
            has not seen, as plain data (together with its losses, if `history` reads them).
        metric: Computes the score of the result of `train`, such as `lambda predicted:
            accuracy(predicted, y_test)`. A TypeError, a ValueError or the like that it raises
            fails the check.
        key: An entry of `calibration`.
        calibration: The assignment's calibration.json, made by `calibrate`.
        threshold: The score to reach.
        better: Whether a higher or a lower score is better.
        seeds: One for each attempt. A score that just misses is retried with the next seed. A
            score far from every run of the reference fails at once. By default, as many seeds
            as the calibration requires.
        history: Reads the losses from the result of `train`; they are described to the student,
            but do not affect the result.
        name: The name of the model, for the sentence "the model reached 0.41".
        hint: A sentence that is shown below the failure.

    Raises:
        CheckFailure: No attempt reaches the threshold, or the predictions cannot be scored.
        CourseError: The calibration lacks the key or is malformed.

    """
    __tracebackhide__ = True
    if isinstance(calibration, Calibrator):
        calibration[key] = entry = calibrate(
            train, metric, calibration.seeds, better=better, history=history
        )
        return float(entry["threshold"])
    goal = _goal(key, calibration, threshold, better)
    scores: list[float] = []
    result: Any = None
    attempts = 1 if isinstance(calibration, Scorer) else goal.attempts
    for seed in seeds if seeds is not None else range(attempts):
        result = train(seed)
        scores.append(_score(metric, result))
        if goal.reached(scores[-1]):
            return scores[-1]
        if goal.beyond_hope(scores[-1]):
            break
    if isinstance(calibration, Scorer):
        calibration.missed[key] = max(scores, key=lambda score: goal.sign * score)
    reached = join([number(score, 4) for score in scores])
    tries = f" with {len(scores)} seeds" if len(scores) > 1 else ""
    rows = {"reached": reached, "needed": number(goal.threshold, 4)}
    if goal.typical:
        rows["typical"] = goal.typical
    losses = _losses(history, result) if history else None
    words, curve = describe_curve(losses, goal.band), _curve(losses)
    diverged = curve is not None and not np.isfinite(curve).all()
    raise (NotFinite if diverged else CheckFailure)(
        f"{name} reached {reached}{tries}; {number(goal.threshold, 4)} is needed",
        "\n".join([aligned(rows), *([f"the loss {words}"] if words else [])]),
        hint,
        _drawn(losses, goal.band),
    )


def calibrate(
    train: Train,
    metric: Metric,
    seeds: Sequence[int],
    *,
    better: Direction = "higher",
    attempts: int = _ATTEMPTS,
    history: History | None = None,
) -> dict[str, Any]:
    """Train the reference to find a threshold that right solutions reach.

    Args:
        train: Trains the reference from a seed, as in `assert_learns`.
        metric: Computes the score of the result of `train`.
        seeds: One training run for each.
        better: Whether a higher or a lower score is better.
        attempts: How many attempts a student has.
        history: Reads the losses, to store their quantiles.

    Returns:
        The entry of calibration.json.

    Raises:
        CourseError: There are too few seeds for a threshold that fails a right solution less than
            once in ten thousand gradings.

    """
    runs = len(seeds)
    rank = max(
        (k for k in range(1, runs + 1) if false_fail_rate(k, runs, attempts) < FALSE_FAIL_RATE),
        default=0,
    )
    if not rank:
        raise CourseError(f"{runs} runs are too few to calibrate {attempts} attempts: use 40")
    results = [train(seed) for seed in seeds]
    scores = np.array([_score(metric, result) for result in results])
    worst_first = np.sort(scores) if better == "higher" else -np.sort(-scores)
    margin = max(
        _HOPELESS_RANGES * float(np.ptp(scores)), _HOPELESS_SHARE * abs(float(np.median(scores)))
    )
    return {
        "better": better,
        "threshold": float(worst_first[rank - 1]),
        "hopeless": float(worst_first[0]) - margin * (1 if better == "higher" else -1),
        "attempts": attempts,
        "runs": runs,
        "false_fail_rate": false_fail_rate(rank, runs, attempts),
        "quantiles": {str(q): float(np.quantile(scores, q)) for q in (0.0, 0.05, 0.5, 0.95, 1.0)},
        "losses": _band([_losses(history, result) for result in results]) if history else None,
    }


def _band(curves: Sequence[Any]) -> dict[str, list[float]] | None:
    """The 5 % and 95 % quantiles of the reference's losses at some points of the training."""
    curves = [np.asarray(curve, dtype=float) for curve in curves]
    if not curves or any(
        curve.ndim != 1 or len(curve) != len(curves[0]) or len(curve) < 2 for curve in curves
    ):
        return None
    at = np.unique(np.linspace(0, len(curves[0]) - 1, _PLACES).astype(int))
    smooth = np.array([_smooth(curve) for curve in curves])[:, at]
    low, high = np.quantile(smooth, [0.05, 0.95], axis=0)
    return {
        "at": (at / (len(curves[0]) - 1)).round(4).tolist(),
        "low": _rounded(low),
        "high": _rounded(high),
    }


def _smooth(curve: np.ndarray) -> np.ndarray:
    """The mean over a short window around each step: losses of mini-batches jump."""
    width = max(1, len(curve) // 50)
    kernel = np.ones(width) / width
    return np.convolve(
        np.pad(curve, (width // 2, width - 1 - width // 2), mode="edge"), kernel, mode="valid"
    )


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def _drawn(losses: Any, band: Mapping[str, Sequence[float]] | None) -> tuple[Figure, ...]:
    """A figure of the student's losses over the band of the reference; none without losses."""
    curve = _curve(losses)
    if curve is None:
        return ()
    curve = curve[np.linspace(0, len(curve) - 1, min(len(curve), 1000)).astype(int)]
    edges = None
    if band is not None:
        x = np.linspace(0, 1, len(curve))
        low, high = (np.interp(x, band["at"], band[edge]).tolist() for edge in ("low", "high"))
        edges = tuple(low), tuple(high)
    return (Figure("loss while training", {"yours": tuple(curve.tolist())}, edges),)


def false_fail_rate(rank: int, runs: int, attempts: int) -> float:
    """The probability that a right solution misses the rank-th worst score in every attempt.

    >>> false_fail_rate(1, 38, 3) < 1e-4 < false_fail_rate(1, 37, 3)
    True
    """
    return math.prod((rank + i) / (runs + 1 + i) for i in range(attempts))


def describe_curve(losses: Any, band: Mapping[str, Sequence[float]] | None = None) -> str:
    """Describe a loss curve as the rest of the sentence "the loss …".

    Args:
        losses: The losses; fewer than ten numbers, or other data, give "".
        band: The losses of the reference, from the calibration.

    Examples:
        >>> describe_curve([2.3] * 20)
        'does not fall: 2.3 at the start and 2.3 at the end'

    """
    curve = _curve(losses)
    if curve is None:
        return ""
    bad = ~np.isfinite(curve)
    if bad.any():
        first = int(np.argmax(bad))
        return (
            f"is {'NaN' if np.isnan(curve[first]) else 'infinite'} from step {first}: training "
            "diverges"
        )
    part = max(1, int(_CURVE_END * len(curve)))
    with np.errstate(all="ignore"):
        start, end = float(np.mean(curve[:part])), float(np.mean(curve[-part:]))
        earlier = float(np.mean(curve[-3 * part : -2 * part]))
    ends = f"{number(start, 4)} at the start and {number(end, 4)} at the end"
    if end > start + _FLAT * abs(start):
        return f"grows: {ends}"
    if end > start - _FLAT * abs(start):
        return f"does not fall: {ends}"
    falling = end < earlier - 5 * _FLAT * (start - end)
    if band is None:
        return (
            f"is still falling at the end: {ends}" if falling else f"falls and levels off: {ends}"
        )
    low, high = float(band["low"][-1]), float(band["high"][-1])
    early = np.asarray(band["at"]) <= _CURVE_END
    first_low, first_high = (
        float(np.mean(np.asarray(band[edge])[early])) for edge in ("low", "high")
    )
    if not first_low / _OTHER_LOSS <= start <= first_high * _OTHER_LOSS:
        return (
            f"starts at {number(start, 4)}; right solutions start at "
            f"{number(first_low, 3)} to {number(first_high, 3)}: it is a different loss (a sum "
            "instead of a mean?), or training starts from different weights"
        )
    right = f"right solutions end at {number(low, 3)} to {number(high, 3)}"
    if end < low:
        return (
            f"falls further than it should: {ends}; {right}. "
            "It memorizes the training data, which does not help with new data: the model overfits"
        )
    if end <= high:
        return (
            f"falls as it should ({ends}), so training is right: the error is in how the trained "
            "model is used"
        )
    return (
        f"falls too slowly: {ends}; {right}"
        if falling
        else f"stops falling too early: {ends}; {right}"
    )


def _curve(losses: Any) -> np.ndarray | None:
    """Losses as an array of floats; None unless they are a list of at least ten numbers."""
    losses = plain(losses)
    if type(losses) is list and all(issubclass(type(x), (int, float, np.floating)) for x in losses):
        try:
            losses = np.array(losses, dtype=float)
        except OverflowError:
            return None
    if (
        type(losses) is not np.ndarray
        or losses.ndim != 1
        or losses.dtype.kind != "f"
        or len(losses) < 10
    ):
        return None
    with np.errstate(all="ignore"):
        return np.asarray(losses, dtype=np.float64)


def _losses(history: History, result: Any) -> Any:
    try:
        return history(result)
    except _UNSUITABLE:
        return None


def _goal(
    key: str, calibration: Mapping[str, Any] | None, threshold: float | None, better: Direction
) -> _Goal:
    if (calibration is None) == (threshold is None):
        raise TypeError("assert_learns takes a threshold, or a calibration and a key")
    if calibration is None:
        return _Goal(1 if better == "higher" else -1, float(threshold or 0.0))
    if key not in calibration:
        raise CourseError(f"calibration.json has no entry {key!r}: run `grade calibrate`")
    entry = calibration[key]
    try:
        quantiles = entry["quantiles"]
        low, median, high = (number(float(quantiles[q]), 4) for q in ("0.0", "0.5", "1.0"))
        return _Goal(
            {"higher": 1, "lower": -1}[entry["better"]],
            float(entry["threshold"]),
            float(entry["hopeless"]),
            int(entry["attempts"]),
            f"{median} (the reference, {low} to {high} in {int(entry['runs'])} runs)",
            entry.get("losses"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CourseError(
            f"calibration.json: bad entry {key!r} ({error!r}): run `grade calibrate`"
        ) from error


def _score(metric: Metric, result: Any) -> float:
    """The value of the metric; any error in computing it is due to the predictions."""
    __tracebackhide__ = True
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            score = float(metric(plain(result)))
    except _UNSUITABLE as error:
        what = printable(f"{type(error).__name__}: {error}")
        raise CheckFailure(
            f"the predictions cannot be scored ({what})",
            hint="Are they what the handout requires?",
        ) from error
    if math.isnan(score):
        raise NotFinite(
            "the score of the predictions is NaN", hint="Are there NaNs among the predictions?"
        )
    return score
