import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks import CheckFailure, accuracy, mean_squared_error, score_between
from tests.grader.checks.hostile import anything

LABELS = np.array([0, 1, 2, 1])


@pytest.mark.parametrize(
    ("value", "zero_at", "full_at", "share"),
    [
        (0.8, 0.8, 1.0, 0.0),
        (1.0, 0.8, 1.0, 1.0),
        (0.95, 0.8, 1.0, 0.75),
        (0.1, 0.8, 1.0, 0.0),
        (7, 0.8, 1.0, 1.0),
        (0.5, 2.0, 0.0, 0.75),
        (3.0, 2.0, 0.0, 0.0),
        (-1.0, 2.0, 0.0, 1.0),
        (np.float32(0.5), 0, 1, 0.5),
        (np.array(0.5), 0, 1, 0.5),
        (float("nan"), 0, 1, 0.0),
        (float("nan"), 1, 0, 0.0),
        (float("inf"), 0, 1, 1.0),
        (float("inf"), 1, 0, 0.0),
        (10**400, 0, 1, 1.0),
        (-(10**400), 0, 1, 0.0),
        ("1.0", 0, 1, 0.0),
        (True, 0, 1, 0.0),
        (None, 0, 1, 0.0),
    ],
)
def test_partial_credit_is_linear_between_its_ends(value, zero_at, full_at, share):
    assert score_between(value, zero_at, full_at) == share


def test_equal_ends_are_refused():
    with pytest.raises(ValueError, match="zero_at and full_at are both 1"):
        score_between(0.5, 1, 1)


@settings(max_examples=200)
@given(anything(), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.booleans())
def test_partial_credit_is_a_share_whatever_comes(value, low, width, rising):
    ends = (low, low + width) if rising else (low + width, low)
    share = score_between(value, *ends)
    assert type(share) is float
    assert 0.0 <= share <= 1.0


def test_accuracy_counts_what_is_right():
    assert accuracy(np.array([0, 1, 2, 2]), LABELS) == 0.75
    assert accuracy(np.array([0.0, 1.0, 2.0, 1.0]), LABELS) == 1.0


def test_mean_squared_error_averages_over_everything():
    assert mean_squared_error(np.array([1.0, 3.0]), np.array([1.0, 1.0])) == 2.0


@pytest.mark.parametrize(
    ("predicted", "says"),
    [
        (
            None,
            "The predictions are None; expected an array of 4 labels. Is a return statement "
            "missing?",
        ),
        ([0, 1, 2, 1], "The predictions are a list of 4 elements; expected an array of 4 labels."),
        (
            np.zeros((4, 3)),
            "The predictions have shape (4, 3); expected (4,), one of the labels per sample.",
        ),
        (
            np.zeros(3, int),
            "The predictions have shape (3,); expected (4,), one of the labels per sample.",
        ),
        (np.array(["0"] * 4), "The predictions have dtype <U1; expected labels."),
        (np.ones(4, bool), "The predictions have dtype bool; expected labels."),
        (
            np.array([0, 1, 7, 1]),
            "1 prediction of 4 is not a label from 0 to 2; the first is predictions[2] = 7.",
        ),
        (
            np.array([-1, 0, 1, 7]),
            "2 predictions of 4 are not labels from 0 to 2; the first is predictions[0] = -1.",
        ),
        (
            np.array([0, 0.5, 1, 1]),
            "1 prediction of 4 is not a label from 0 to 2; the first is predictions[1] = 0.5.",
        ),
        (
            np.array([0, 1, 2, np.nan]),
            "1 prediction of 4 is not a label from 0 to 2; the first is predictions[3] = nan.",
        ),
    ],
)
def test_what_are_no_labels_is_said(predicted, says):
    with pytest.raises(CheckFailure) as caught:
        accuracy(predicted, LABELS)
    assert caught.value.summary == says


def test_rows_of_scores_get_a_hint():
    with pytest.raises(CheckFailure, match="the label is the argmax of each row"):
        accuracy(np.zeros((4, 3)), LABELS)


def test_predictions_that_are_not_finite_are_said():
    with pytest.raises(
        CheckFailure, match=r"1 prediction of 2 is not finite; the first is predictions\[1\] = inf"
    ):
        mean_squared_error(np.array([1.0, np.inf]), np.zeros(2))


@settings(max_examples=300)
@given(anything())
def test_no_predictions_break_a_metric(predicted):
    for metric, right in ((accuracy, LABELS), (mean_squared_error, np.zeros((2, 2)))):
        try:
            score = metric(predicted, right)
        except CheckFailure as failure:
            assert str(failure).replace("\n", "").isprintable()  # noqa: PT017 - passing is allowed as well
        else:
            assert score >= 0
