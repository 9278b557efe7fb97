import json
import math

import numpy as np
import pytest
from hypothesis import given, settings

from grader.checks import CheckFailure, accuracy, assert_learns
from grader.checks.learning import (
    FALSE_FAIL_RATE,
    Calibrator,
    calibrate,
    describe_curve,
    false_fail_rate,
)
from grader.errors import CourseError
from tests.grader.checks.hostile import anything

ENTRY = {
    "better": "higher",
    "threshold": 0.95,
    "hopeless": 0.7,
    "attempts": 3,
    "runs": 40,
    "false_fail_rate": 8e-5,
    "quantiles": {"0.0": 0.95, "0.05": 0.952, "0.5": 0.967, "0.95": 0.975, "1.0": 0.98},
}


class Training:
    """A training run that gives the prepared scores one after the other."""

    def __init__(self, *scores):
        self.scores, self.seeds = list(scores), []

    def __call__(self, seed):
        self.seeds.append(seed)
        return self.scores[len(self.seeds) - 1]


def learns(*scores, entry=ENTRY, **options):
    training = Training(*scores)
    try:
        return assert_learns(
            training, metric=float, key="digits", calibration={"digits": entry}, **options
        ), training
    except CheckFailure as failure:
        return failure, training


def test_a_score_at_the_threshold_passes_at_once():
    best, training = learns(0.95)
    assert best == 0.95
    assert training.seeds == [0]


def test_a_score_that_just_misses_is_tried_again_and_the_best_counts():
    best, training = learns(0.94, 0.949, 0.96)
    assert best == 0.96
    assert training.seeds == [0, 1, 2]


def test_a_score_that_nobody_came_near_fails_at_once():
    failure, training = learns(0.41)
    assert training.seeds == [0]
    assert failure.summary == "The model reached 0.41; 0.95 is needed."
    assert failure.details.splitlines() == [
        "  reached  0.41",
        "  needed   0.95",
        "  typical  0.967 (the reference, 0.95 to 0.98 in 40 runs)",
    ]


def test_missing_with_every_seed_fails():
    failure, training = learns(0.94, 0.93, 0.92, name="your MLP", hint="Look at the update.")
    assert training.seeds == [0, 1, 2]
    assert failure.summary == "your MLP reached 0.94, 0.93 and 0.92 with 3 seeds; 0.95 is needed."
    assert failure.hint == "Look at the update."


def test_lower_can_be_better():
    entry = {**ENTRY, "better": "lower", "threshold": 0.05, "hopeless": 0.1}
    assert learns(0.04, entry=entry)[0] == 0.04
    assert learns(0.06, 0.05, entry=entry)[0] == 0.05
    assert len(learns(0.2, entry=entry)[1].seeds) == 1


def test_own_seeds_are_used():
    assert learns(0.94, 0.96, seeds=[7, 8])[1].seeds == [7, 8]
    assert isinstance(learns(0.94, 0.94, seeds=[7, 8])[0], CheckFailure)


def test_a_plain_threshold_needs_no_calibration():
    assert assert_learns(Training(0.5), metric=float, threshold=0.4) == 0.5
    assert assert_learns(Training(0.1), metric=float, threshold=0.0, better="higher") == 0.1
    with pytest.raises(
        CheckFailure, match=r"reached 0\.5, 0\.6 and 0\.5 with 3 seeds; 0\.4 is needed"
    ):
        assert_learns(Training(0.5, 0.6, 0.5), metric=float, threshold=0.4, better="lower")


def test_nan_is_no_score():
    for score in (math.nan, np.float64("nan")):
        assert learns(score)[0].summary == "The score of the predictions is NaN."


def test_a_metric_that_breaks_on_the_predictions_is_the_predictions_fault():
    found, _ = learns("many words \x1b[31m")
    assert found.summary.startswith(
        "The predictions cannot be scored (ValueError: could not convert string to float"
    )
    assert found.summary.isprintable()


def test_a_metric_that_says_what_is_wrong_is_quoted():
    with pytest.raises(CheckFailure, match="The predictions have shape"):
        assert_learns(
            lambda _: np.zeros((2, 3)),
            metric=lambda p: accuracy(p, np.array([0, 1])),
            threshold=0.5,
        )


def test_other_exceptions_of_the_training_go_through():
    def train(seed):
        raise RuntimeError("the worker was stopped.")

    with pytest.raises(RuntimeError, match="the worker was stopped"):
        assert_learns(train, metric=float, threshold=0.5)


def test_exceptions_of_a_subject_inside_the_metric_go_through():
    class StudentRaisedError(Exception):
        pass

    def metric(_):
        raise StudentRaisedError

    with pytest.raises(StudentRaisedError):
        assert_learns(lambda _: 1, metric=metric, threshold=0.5)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        None,
        [],
        "x",
        {**ENTRY, "threshold": "high"},
        {**ENTRY, "better": "more"},
        {**ENTRY, "quantiles": {}},
    ],
)
def test_a_bad_entry_is_a_course_error(entry):
    with pytest.raises(CourseError, match="bad entry 'digits'"):
        assert_learns(Training(1.0), metric=float, key="digits", calibration={"digits": entry})


def test_a_missing_entry_is_a_course_error():
    with pytest.raises(CourseError, match="no entry 'digits'"):
        assert_learns(Training(1.0), metric=float, key="digits", calibration={})


def test_a_threshold_and_a_calibration_exclude_each_other():
    with pytest.raises(TypeError, match="a threshold, or a calibration"):
        assert_learns(
            Training(1.0), metric=float, key="digits", calibration={"digits": ENTRY}, threshold=0.5
        )
    with pytest.raises(TypeError, match="a threshold, or a calibration"):
        assert_learns(Training(1.0), metric=float)


# ---- calibration ---------------------------------------------------------------------------------


def score_of(seed, better="higher"):
    """A skewed distribution: mostly good, sometimes bad."""
    loss = np.random.default_rng(seed).exponential()
    return 1 - 0.02 * loss if better == "higher" else loss


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_the_threshold_is_an_order_statistic_of_the_runs(better):
    entry = calibrate(lambda seed: score_of(seed, better), float, range(61), better=better)
    scores = sorted((score_of(seed, better) for seed in range(61)), reverse=better == "lower")
    assert entry["threshold"] == scores[1]
    assert entry["quantiles"]["0.5"] == pytest.approx(np.median(scores))
    assert entry["runs"] == 61
    assert (entry["hopeless"] < entry["threshold"]) == (better == "higher")


def test_an_entry_survives_json_and_is_accepted():
    entry = json.loads(json.dumps(calibrate(score_of, float, range(40))))
    assert learns(1.0, entry=entry)[0] == 1.0


def test_too_few_runs_are_refused():
    with pytest.raises(CourseError, match="37 runs are too few"):
        calibrate(score_of, float, range(37))
    calibrate(score_of, float, range(38))


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("runs", [40, 100])
def test_right_solutions_fail_as_rarely_as_promised(better, runs):
    """Many calibrations, each graded by many right solutions; failures counted with one attempt,
    which are not rare."""
    rng = np.random.default_rng(runs)
    one_attempt, rank = 0.0, 0
    for _ in range(300):
        scores = rng.exponential(size=runs) * (-1 if better == "higher" else 1)
        entry = calibrate(
            lambda seed, scores=scores: scores[seed], float, range(runs), better=better
        )
        rank = int(
            np.sum(
                scores <= entry["threshold"] if better == "higher" else scores >= entry["threshold"]
            )
        )
        one_attempt += np.exp(-abs(entry["threshold"])) / 300  # the exponential's own tail
        assert entry["false_fail_rate"] == false_fail_rate(rank, runs, 3) < FALSE_FAIL_RATE
    assert one_attempt == pytest.approx(false_fail_rate(rank, runs, 1), rel=0.3)


def test_the_formula_is_the_moment_of_a_beta_distribution():
    p = np.random.default_rng(0).beta(3, 8, size=400_000)
    assert false_fail_rate(3, 10, 3) == pytest.approx(np.mean(p**3), rel=0.02)


def test_a_calibrator_fills_itself_from_the_checks():
    calibrator = Calibrator(range(40))
    assert_learns(score_of, metric=float, key="digits", calibration=calibrator)
    assert calibrator == {"digits": calibrate(score_of, float, range(40))}


# ---- curves --------------------------------------------------------------------------------------

STEPS = np.arange(200)


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        (np.exp(STEPS / 100.0), "grows: 1.101 at the start and 6.664 at the end"),
        (2.3 + 0.001 * np.sin(STEPS), "does not fall: 2.3 at the start and 2.3 at the end"),
        (
            2.3 - STEPS / 100.0,
            "is still falling at the end: 2.205 at the start and 0.405 at the end",
        ),
        (
            2 * np.exp(-STEPS / 10.0) + 0.5,
            "falls and levels off: 1.409 at the start and 0.5 at the end",
        ),
        (np.where(STEPS < 7, 2.3, np.nan), "is NaN from step 7: training diverges"),
        (np.where(STEPS < 7, 2.3, np.inf), "is infinite from step 7: training diverges"),
        ([float(x) for x in range(20)], "grows: 0.5 at the start and 18.5 at the end"),
        ([1.0] * 9, ""),
        ([1.0] * 20 + ["x"], ""),
        ([10**400] * 20, ""),
        (np.ones((20, 2)), ""),
    ],
)
def test_a_curve_is_put_into_words(losses, says):
    assert describe_curve(losses) == says


def test_the_curve_is_told_to_the_student_and_counts_for_nothing():
    def run(losses):
        with pytest.raises(CheckFailure) as caught:
            assert_learns(
                lambda _: (0.1, losses),
                metric=lambda r: r[0],
                history=lambda r: r[1],
                threshold=0.9,
            )
        return caught.value.details.splitlines()[-1]

    assert run([2.3] * 20) == "the loss does not fall: 2.3 at the start and 2.3 at the end"
    assert run("nonsense") == "  needed   0.9"
    with pytest.raises(CheckFailure, match="needed"):
        assert_learns(lambda _: 0.1, metric=float, history=lambda r: r[1], threshold=0.9)


@settings(max_examples=300)
@given(anything())
def test_no_curve_breaks_the_words(losses):
    assert describe_curve(losses).isprintable()


@settings(max_examples=300)
@given(anything())
def test_no_predictions_break_the_check(predictions):
    try:
        assert_learns(
            lambda _: predictions, metric=lambda p: np.mean(p == np.arange(3)), threshold=2.0
        )
    except CheckFailure as failure:
        said = str(failure)
    assert said.replace("\n", "").isprintable()
