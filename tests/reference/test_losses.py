"""The losses against torch, against numeric gradients, and on the scores and probabilities that
break careless ones."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.nn import functional

from grader.checks import check_loss_gradient
from reference import losses


def frozen(array):
    array.setflags(write=False)
    return array


def torch_run(function, x, y):
    """Loss and gradient with respect to x of a torch loss, as numpy values."""
    x = torch.tensor(x, requires_grad=True)
    loss = function(x, torch.tensor(y))
    loss.backward()
    return loss.item(), x.grad.numpy()


def hinge(scores, y):
    """The multiclass hinge loss of L1 as it is printed; torch's divides by the number of classes."""
    total = 0 * scores.sum()
    for n in range(len(y)):
        for j in range(scores.shape[1]):
            if j != y[n]:
                total = total + torch.clamp(scores[n, j] - scores[n, y[n]] + 1, min=0)
    return total / len(y)


def numbers(rng, shape):
    return rng.normal(size=shape), rng.normal(size=shape)


def probabilities(rng, shape):
    return rng.uniform(0.01, 0.99, shape), rng.integers(2, size=shape)


def logits(rng, shape):
    return 3 * rng.normal(size=shape), rng.integers(2, size=shape)


def labelled(rng, shape):
    return 2 * rng.normal(size=shape), rng.integers(shape[1], size=shape[0])


# loss: how its inputs are drawn, and the same in torch
ELEMENTWISE = {
    "mse_loss": (numbers, functional.mse_loss),
    "mae_loss": (numbers, functional.l1_loss),
    "binary_cross_entropy": (
        probabilities,
        lambda p, y: functional.binary_cross_entropy(p, y.double()),
    ),
    "bce_with_logits": (
        logits,
        lambda s, y: functional.binary_cross_entropy_with_logits(s, y.double()),
    ),
}
CLASSWISE = {
    "softmax_loss": (labelled, functional.cross_entropy),
    "nll_loss": (labelled, functional.nll_loss),
    "svm_loss": (labelled, hinge),
}
ALL = ELEMENTWISE | CLASSWISE
CASES = [(name, shape) for name in ELEMENTWISE for shape in [(6,), (4, 3), (1,), (2, 3, 2), ()]]
CASES += [(name, shape) for name in CLASSWISE for shape in [(5, 3), (8, 4), (1, 4), (7, 2), (3, 1)]]


@pytest.mark.parametrize(("name", "shape"), CASES, ids=str)
def test_losses_agree_with_torch(name, shape):
    draw, function = ALL[name]
    x, y = draw(np.random.default_rng(0), shape)
    x, y = np.asarray(x), np.asarray(y)

    loss, dx = getattr(losses, name)(frozen(x), frozen(y))

    expected, expected_dx = torch_run(function, x, y)
    assert np.shape(loss) == ()
    assert dx.shape == x.shape
    np.testing.assert_allclose(loss, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ALL)
def test_losses_agree_with_their_numeric_gradient(name):
    rng = np.random.default_rng(1)
    check_loss_gradient(losses, losses, name, *ALL[name][0](rng, (5, 4)), rng=rng)


@pytest.mark.parametrize("name", ALL)
def test_dtype_of_the_first_argument_is_kept(name):
    x, y = ALL[name][0](np.random.default_rng(2), (5, 4))
    loss, dx = getattr(losses, name)(x.astype(np.float32), y)
    assert loss.dtype == dx.dtype == np.float32
    loss, dx = getattr(losses, name)(x, y)
    assert loss.dtype == dx.dtype == np.float64
    whole = (x > 0).astype(int)
    loss, dx = getattr(losses, name)(whole, y)
    expected, expected_dx = getattr(losses, name)(whole.astype(np.float64), y)
    assert loss.dtype == dx.dtype == np.float64
    np.testing.assert_array_equal(loss, expected)
    np.testing.assert_array_equal(dx, expected_dx)


@pytest.mark.parametrize("name", ALL)
def test_lists_will_do(name):
    x, y = ALL[name][0](np.random.default_rng(8), (5, 4))
    loss, dx = getattr(losses, name)(x.tolist(), y.tolist())
    expected, expected_dx = getattr(losses, name)(x, y)
    assert loss == expected
    np.testing.assert_array_equal(dx, expected_dx)


# ---- regression ----------------------------------------------------------------------------------


def test_absolute_error_has_no_slope_where_it_is_met():
    assert losses.mae_loss(np.array([2.0, 2.0]), np.array([2.0, 1.0]))[1].tolist() == [0, 0.5]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_column_does_not_fit_a_vector(name):
    x, y = ELEMENTWISE[name][0](np.random.default_rng(3), (5,))
    with pytest.raises(
        ValueError, match=r"y has shape \(5,\), but (pred|probs|scores) has shape \(5, 1\)"
    ):
        getattr(losses, name)(x[:, None], y)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_mean_over_nothing_is_refused(name):
    with pytest.raises(
        ValueError, match=r"(pred|probs|scores) has shape \(0, 2\), expected at least one element"
    ):
        getattr(losses, name)(np.empty((0, 2)), np.empty((0, 2)))


# ---- classes -------------------------------------------------------------------------------------


@settings(deadline=None)
@given(arrays(np.float64, (3, 4), elements=st.floats(-1e4, 1e4)), st.floats(-1e4, 1e4))
def test_log_softmax_is_normalised_and_ignores_a_shift(scores, shift):
    log_p = losses.log_softmax(scores)
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1, rtol=1e-10)
    np.testing.assert_allclose(losses.log_softmax(scores + shift), log_p, rtol=1e-9, atol=1e-9)


def test_log_softmax_takes_integers_and_lists():
    assert (
        losses.log_softmax(np.array([[1, 2]], np.uint8)).tolist()
        == losses.log_softmax([[1.0, 2.0]]).tolist()
    )


def test_log_softmax_agrees_with_torch_where_softmax_is_zero():
    scores = 1e4 * np.random.default_rng(4).normal(size=(6, 5))
    expected = functional.log_softmax(torch.tensor(scores), dim=1)
    np.testing.assert_allclose(losses.log_softmax(scores), expected, rtol=1e-13)


@pytest.mark.parametrize("scale", [1, 1e4])
def test_softmax_loss_is_log_softmax_and_nll(scale):
    rng = np.random.default_rng(5)
    scores, y = scale * rng.normal(size=(6, 4)), rng.integers(4, size=6)
    log_p = losses.log_softmax(scores)

    loss, dlog_p = losses.nll_loss(log_p, y)
    dscores = dlog_p - np.exp(log_p) * dlog_p.sum(axis=1, keepdims=True)  # back through log softmax

    expected, expected_dscores = losses.softmax_loss(scores, y)
    assert loss == expected
    np.testing.assert_allclose(dscores, expected_dscores, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("C", [1, 2, 10])
def test_equal_scores_cost_log_c_or_c_minus_one(C):
    scores, y = np.full((3, C), 7.0), np.array([0, C - 1, C // 2])
    assert losses.softmax_loss(scores, y)[0] == pytest.approx(np.log(C))
    assert losses.svm_loss(scores, y)[0] == C - 1


def test_softmax_loss_of_wrong_and_certain_scores_is_their_distance():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dscores = losses.softmax_loss(
            np.array([[1e4, -1e4], [3e4, 3e4]], np.float32), np.array([1, 0])
        )
    assert loss == pytest.approx((2e4 + np.log(2)) / 2, rel=1e-6)
    assert dscores.tolist() == [[0.5, -0.5], [-0.25, 0.25]]


def test_a_margin_that_is_met_exactly_is_no_violation():
    loss, dscores = losses.svm_loss(np.array([[2.0, 1.0, 1.5]]), np.array([0]))
    assert loss == 0.5
    assert dscores.tolist() == [[-1, 0, 1]]


def test_svm_loss_ignores_how_far_a_margin_is_exceeded():
    loss, dscores = losses.svm_loss(np.array([[1e4, -1e4], [-1e4, 1e4]]), np.array([0, 0]))
    assert loss == (2e4 + 1) / 2
    assert dscores.tolist() == [[0, 0], [-0.5, 0.5]]


@pytest.mark.parametrize("name", CLASSWISE)
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            [0, 1, 4],
            r"y has labels from 0 to 4, but (scores|log_probs) has 4 columns: expected 0 to 3",
        ),
        ([0, -1, 3], "y has labels from -1 to 3"),
        ([0, 1], r"y has shape \(2,\), but (scores|log_probs) has 3 rows: expected \(3,\)"),
        ([[0], [1], [2]], r"y has shape \(3, 1\)"),
        ([0.0, 1.0, 2.0], "y has dtype float64, expected integer labels"),
        ([True, False, True], "y has dtype bool"),
    ],
    ids=str,
)
def test_labels_that_are_no_classes_are_refused(name, y, message):
    with pytest.raises(ValueError, match=message):
        getattr(losses, name)(np.zeros((3, 4)), np.array(y))


@pytest.mark.parametrize("name", CLASSWISE)
@pytest.mark.parametrize("dtype", [np.uint8, np.int32])
def test_labels_may_be_any_integers(name, dtype):
    x, y = labelled(np.random.default_rng(6), (5, 4))
    loss, dx = getattr(losses, name)(x, y.astype(dtype))
    expected, expected_dx = getattr(losses, name)(x, y)
    assert loss == expected
    np.testing.assert_array_equal(dx, expected_dx)


@pytest.mark.parametrize("name", CLASSWISE)
@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (0, 4), (4, 0)], ids=str)
def test_scores_that_are_no_matrix_are_refused(name, shape):
    with pytest.raises(ValueError, match=r"(scores|log_probs) has shape .* expected \(N, C\)"):
        getattr(losses, name)(np.zeros(shape), np.zeros(shape[0], int))


def test_log_softmax_refuses_what_is_no_matrix():
    with pytest.raises(ValueError, match=r"scores has shape \(3,\), expected \(N, C\)"):
        losses.log_softmax(np.zeros(3))


# ---- yes or no -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_certain_probabilities_have_finite_losses(dtype):
    probs, y = np.array([0, 1, 0, 1], dtype), np.array([0, 1, 1, 0])
    with np.errstate(all="raise"):
        right, dright = losses.binary_cross_entropy(probs[:2], y[:2])
        wrong, dwrong = losses.binary_cross_entropy(probs[2:], y[2:])
    assert right == 0
    assert dright.tolist() == [0.5, -0.5]  # the slopes of -log(1 - p) at 0 and of -log p at 1
    np.testing.assert_allclose(wrong, -np.log(1e-12), rtol=1e-6)
    np.testing.assert_allclose(dwrong, [-5e11, 5e11], rtol=1e-6)


def test_binary_cross_entropy_takes_targets_between_zero_and_one():
    rng = np.random.default_rng(7)
    probs, y = rng.uniform(size=5), rng.uniform(size=5)
    expected, expected_dprobs = torch_run(functional.binary_cross_entropy, probs, y)
    loss, dprobs = losses.binary_cross_entropy(probs, y)
    np.testing.assert_allclose(loss, expected, rtol=1e-13)
    np.testing.assert_allclose(dprobs, expected_dprobs, rtol=1e-12)

    expected, expected_dscores = torch_run(
        functional.binary_cross_entropy_with_logits, 9 * probs, y
    )
    loss, dscores = losses.bce_with_logits(9 * probs, y)
    np.testing.assert_allclose(loss, expected, rtol=1e-13)
    np.testing.assert_allclose(dscores, expected_dscores, rtol=1e-12, atol=1e-15)


@settings(deadline=None)
@given(st.floats(-20, 20), st.integers(0, 1))
def test_bce_with_logits_is_sigmoid_and_binary_cross_entropy(score, label):
    p = 1 / (1 + np.exp(-np.array([score])))
    loss, _ = losses.bce_with_logits(np.array([score]), np.array([label]))
    np.testing.assert_allclose(
        loss, losses.binary_cross_entropy(p, np.array([label]))[0], rtol=1e-6
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bce_with_logits_of_large_scores_is_exact(dtype):
    scores, y = np.array([1e4, -1e4, 1e4, -1e4], dtype), np.array([1, 0, 0, 1])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dscores = losses.bce_with_logits(scores, y)
    assert loss == 5e3
    assert dscores.tolist() == [0, 0, 0.25, -0.25]


def test_bce_with_logits_keeps_the_digits_of_a_small_loss():
    assert losses.bce_with_logits(np.array([40.0]), np.array([1]))[0] == pytest.approx(
        np.exp(-40), rel=1e-12
    )


@pytest.mark.parametrize("probs", [[0.5, 1.1], [-0.1, 0.5], [0.5, np.nan]], ids=str)
def test_probabilities_outside_zero_and_one_are_refused(probs):
    with pytest.raises(ValueError, match=r"probs has values from .* expected 0 to 1"):
        losses.binary_cross_entropy(np.array(probs), np.array([0, 1]))


@pytest.mark.parametrize("name", ["binary_cross_entropy", "bce_with_logits"])
@pytest.mark.parametrize("y", [[0, 2], [-1, 1]], ids=str)
def test_binary_targets_outside_zero_and_one_are_refused(name, y):
    with pytest.raises(ValueError, match=r"y has values from .* expected 0 to 1"):
        getattr(losses, name)(np.array([0.5, 0.5]), np.array(y))


def test_every_public_loss_is_tested_here():
    assert sorted(losses.__all__) == sorted([*ALL, "log_softmax"])
