"""The curves of the reference: kept as a band, drawn under a student's curve, and the measure of
its words.
"""

import numpy as np
import pytest

from grader.checks import CheckFailure, assert_learns
from grader.checks.learning import calibrate, describe_curve

STEPS = 200


def curve(start, end, rate=5.0):
    """Losses that fall from start to end, faster with a larger rate."""
    t = np.linspace(0, 1, STEPS)
    return end + (start - end) * np.exp(-rate * t)


def learner(losses, score):
    """A training run that gives this score and these losses, with a little chance in both."""

    def train(seed):
        noise = np.random.default_rng(seed).normal(0, 0.005, STEPS)
        return score + noise[0], (losses + noise).tolist()

    return train


@pytest.fixture(scope="module")
def calibration():
    entry = calibrate(
        learner(curve(2.3, 0.1), 0.95),
        lambda result: result[0],
        range(40),
        history=lambda result: result[1],
    )
    return {"digits": entry}


def failure(calibration, losses, score=0.2):
    with pytest.raises(CheckFailure) as caught:
        assert_learns(
            learner(losses, score),
            metric=lambda result: result[0],
            key="digits",
            calibration=calibration,
            history=lambda result: result[1],
        )
    return caught.value


def test_the_band_holds_the_curves_of_the_reference(calibration):
    band = calibration["digits"]["losses"]
    at = np.array(band["at"])
    middle = np.interp(at, np.linspace(0, 1, STEPS), curve(2.3, 0.1))
    assert (np.array(band["low"]) <= middle + 0.05).all()
    assert (np.array(band["high"]) >= middle - 0.05).all()
    assert (at[0], at[-1]) == (0, 1)


def test_a_students_curve_is_drawn_over_the_band(calibration):
    (figure,) = failure(calibration, curve(2.3, 1.5)).figures
    assert len(figure.series["yours"]) == STEPS
    low, high = figure.band
    assert len(low) == len(high) == STEPS
    assert low[-1] < 0.15 < 1.0 < figure.series["yours"][-1]


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        (curve(2.3, 2.3), "does not fall"),
        (curve(2.3, 4.0), "grows"),
        (
            np.where(np.arange(STEPS) > 50, np.nan, curve(2.3, 0.1)),
            "is NaN from step 51: training diverges",
        ),
        (curve(2.3, 0.0, rate=0.7), "falls too slowly"),
        (curve(2.3, 1.5, rate=40.0), "stops falling too early"),
        (curve(2.3, 0.1), "falls as it should"),
        (curve(2.3, 0.01, rate=12.0), "falls further than it should"),
        (100 * curve(2.3, 0.1), "starts at"),
        (curve(2.3, 0.1) / 100, "starts at"),
    ],
    ids=[
        "flat",
        "grows",
        "diverges",
        "slow",
        "early",
        "right",
        "overfits",
        "a sum",
        "a mean too many",
    ],
)
def test_the_verdict_on_a_curve_is_in_words(calibration, losses, words):
    assert words in describe_curve(losses, calibration["digits"]["losses"])
    if np.isfinite(losses).all():
        assert f"the loss {words}" in failure(calibration, losses).details


def test_learning_by_heart_is_called_by_its_name(calibration):
    assert failure(calibration, curve(2.3, 0.01, rate=12.0)).details.endswith("the model overfits")


def test_curves_of_different_lengths_have_no_band():
    def train(seed):
        return 0.9, [1.0] * (20 + seed)

    entry = calibrate(train, lambda result: result[0], range(40), history=lambda result: result[1])
    assert entry["losses"] is None


def test_a_calibration_without_losses_draws_the_students_curve_alone(calibration):
    without = {"digits": {**calibration["digits"], "losses": None}}
    (figure,) = failure(without, curve(2.3, 1.5)).figures
    assert figure.band is None
