"""Perceptron, losses, penalties, gradient descent and kernels, against independent sources of the
same numbers.
"""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from sklearn.datasets import load_digits, make_circles
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.metrics import pairwise as sklearn_kernels
from torch.nn import functional

from benchmarks.examples import perceptron
from grader.checks import check_loss_gradient
from reference import linear
from reference.linear import (
    KernelSVM,
    LinearClassifier,
    append_bias,
    linear_scores,
    minibatches,
    perceptron_predict,
    polynomial_kernel,
    random_local_search,
    rbf_kernel,
    train_perceptron,
)

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def frozen(array):
    array.setflags(write=False)
    return array


# ---- perceptron ----------------------------------------------------------------------------------


def test_perceptron_fires_above_zero_only():
    x = np.array([[1.0, 1.0], [2.0, 1.0], [1.0, 2.0]])
    assert perceptron_predict(x, np.array([1.0, -1.0])).tolist() == [0, 1, 0]
    assert perceptron_predict(x[1], np.array([1, -1])) == 1
    assert perceptron_predict(x, np.ones(2)).dtype == np.int64


@pytest.mark.parametrize("epochs", [0, 1, 2, 7])
@pytest.mark.parametrize("lr", [1.0, 0.3])
def test_perceptron_follows_the_update_of_the_lecture(lr, epochs):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.integers(2, size=20)
    expected = [0.0, 0.0, 0.0]
    for _ in range(epochs):
        for n in range(20):
            prediction = 1 if sum(x[n, i] * expected[i] for i in range(3)) > 0 else 0
            expected = [expected[i] - lr * (prediction - y[n]) * x[n, i] for i in range(3)]
    np.testing.assert_allclose(
        train_perceptron(frozen(x), frozen(y), lr, epochs), expected, rtol=1e-12
    )


def test_perceptron_agrees_with_scikit_learn():
    x, y, _ = perceptron.separable(np.random.default_rng(1))
    first = y.argmax()  # a sum of zero is class 0 here, and a mistake over there
    x, y = np.roll(x, -first, axis=0), np.roll(y, -first)
    other = Perceptron(fit_intercept=False, shuffle=False, max_iter=50, tol=None).fit(x, y)
    np.testing.assert_allclose(train_perceptron(x, y, 1.0, 50), other.coef_[0], rtol=1e-9)


def test_perceptron_converges_within_the_bound_and_never_learns_xor():
    reached = perceptron.main()
    # a mistake in all epochs but the last
    assert 1 < reached["most_epochs"] - 1 <= reached["bound_on_mistakes"]
    assert reached["best_xor_accuracy"] <= 0.75


def test_perceptron_keeps_float32_and_takes_integers_and_booleans():
    x, y = append_bias(XOR), np.array([False, False, False, True])
    assert train_perceptron(x.astype(np.float32), y, np.float64(1.0), 10).dtype == np.float32
    theta = train_perceptron(x.astype(int), y, 1, 10)
    assert theta.dtype == np.float64
    assert perceptron_predict(x, theta).tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: perceptron_predict(np.ones((4, 3)), np.ones(2)),
            r"theta has shape \(2,\), but x has shape \(4, 3\)",
        ),
        (lambda: perceptron_predict(np.ones((4, 3)), np.ones((3, 1))), r"theta has shape \(3, 1\)"),
        (
            lambda: train_perceptron(np.ones(4), np.ones(4), 1.0, 1),
            r"x has shape \(4,\), expected two axes",
        ),
        (
            lambda: train_perceptron(np.ones((0, 4)), np.ones(0), 1.0, 1),
            "expected two axes and at least one sample",
        ),
        (
            lambda: train_perceptron(np.ones((4, 2)), np.ones(3), 1.0, 1),
            r"y has shape \(3,\), but x has 4 rows",
        ),
        (
            lambda: train_perceptron(np.ones((2, 2)), np.array([-1, 1]), 1.0, 1),
            r"labels \[-1  1\], expected 0 and 1",
        ),
    ],
)
def test_perceptron_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- scores --------------------------------------------------------------------------------------


def test_scores_agree_with_torch_and_the_bias_trick_gives_the_same():
    rng = np.random.default_rng(2)
    X, W, b = (
        frozen(rng.normal(size=(6, 4))),
        frozen(rng.normal(size=(4, 3))),
        frozen(rng.normal(size=3)),
    )
    scores = linear_scores(X, W, b)
    expected = functional.linear(torch.tensor(X), torch.tensor(W.T), torch.tensor(b))
    np.testing.assert_allclose(scores, expected, rtol=1e-13)
    np.testing.assert_allclose(append_bias(X) @ np.vstack([W, b]), scores, rtol=1e-13)


def test_scores_and_bias_keep_float32_and_take_integers():
    X, W, b = np.ones((2, 3), np.float32), np.ones((3, 2), np.float32), np.ones(2, np.float32)
    assert linear_scores(X, W, b).dtype == append_bias(X).dtype == np.float32
    assert linear_scores(X.astype(int), W.astype(int), b.astype(int)).dtype == np.float64
    assert append_bias(np.array([[2, 3]])).dtype == np.float64


@pytest.mark.parametrize(
    ("X", "W", "b", "message"),
    [
        ((4,), (4, 3), (3,), r"X has shape \(4,\), expected \(N, D\)"),
        ((2, 4), (3, 3), (3,), r"W has shape \(3, 3\), but X has 4 features per sample"),
        ((2, 4), (4,), (), r"W has shape \(4,\)"),
        ((2, 4), (4, 3), (1,), r"b has shape \(1,\), but W has 3 columns: expected \(3,\)"),
    ],
)
def test_scores_refuse_shapes_that_do_not_fit(X, W, b, message):
    with pytest.raises(ValueError, match=message):
        linear_scores(np.ones(X), np.ones(W), np.ones(b))


def test_append_bias_refuses_a_vector():
    with pytest.raises(ValueError, match=r"X has shape \(4,\), expected \(N, D\)"):
        append_bias(np.ones(4))


# ---- losses --------------------------------------------------------------------------------------


def hinge(scores, y, margin):
    """The multiclass hinge loss of L1 as it is printed."""
    total = 0 * scores.sum()
    for n in range(len(y)):
        for j in range(scores.shape[1]):
            if j != y[n]:
                total = total + torch.clamp(scores[n, j] - scores[n, y[n]] + margin, min=0)
    return total / len(y)


def torch_run(function, x, *rest):
    """Value and gradient with respect to x of a torch function, as numpy values."""
    x = torch.tensor(x, requires_grad=True)
    value = function(x, *(torch.tensor(array) for array in rest))
    value.backward()
    return value.item(), x.grad.numpy()


def assert_same(got, expected):
    assert np.shape(got[0]) == ()
    assert got[1].shape == expected[1].shape
    np.testing.assert_allclose(got[0], expected[0], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(got[1], expected[1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("shape", [(6, 4), (1, 3), (5, 2), (3, 1)], ids=str)
def test_losses_over_classes_agree_with_torch(shape):
    rng = np.random.default_rng(3)
    scores, y = frozen(2 * rng.normal(size=shape)), frozen(rng.integers(shape[1], size=shape[0]))
    assert_same(linear.softmax_loss(scores, y), torch_run(functional.cross_entropy, scores, y))
    for margin in (1.0, 0.25):
        assert_same(linear.svm_loss(scores, y, margin), torch_run(hinge, scores, y, margin))
    assert_same(linear.svm_loss(scores, y), torch_run(hinge, scores, y, 1.0))
    np.testing.assert_allclose(
        linear.softmax(scores), functional.softmax(torch.tensor(scores), dim=1), rtol=1e-13
    )


@pytest.mark.parametrize("N", [1, 7])
def test_logistic_loss_agrees_with_torch(N):
    rng = np.random.default_rng(4)
    scores, y = frozen(3 * rng.normal(size=N)), frozen(rng.integers(2, size=N))
    expected = torch_run(
        lambda s, y: functional.binary_cross_entropy_with_logits(s, y.double()), scores, y
    )
    assert_same(linear.logistic_loss(scores, y), expected)
    assert_same(linear.logistic_loss(scores, y.astype(bool)), expected)


def test_losses_agree_with_their_numeric_gradient():
    rng = np.random.default_rng(5)
    check_loss_gradient(
        linear, linear, "svm_loss", rng.normal(size=(6, 4)), rng.integers(4, size=6), rng=rng
    )
    check_loss_gradient(
        linear, linear, "softmax_loss", rng.normal(size=(6, 4)), rng.integers(4, size=6), rng=rng
    )
    check_loss_gradient(
        linear, linear, "logistic_loss", rng.normal(size=6), rng.integers(2, size=6), rng=rng
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_of_scores_of_ten_thousand_are_exact(dtype):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dscores = linear.softmax_loss(
            np.array([[1e4, -1e4], [3e4, 3e4]], dtype), np.array([1, 0])
        )
        p = linear.softmax(np.array([[1e4, -1e4], [3e4, 3e4], [-1e4, -1e4]], dtype))
        logistic, dlogistic = linear.logistic_loss(
            np.array([1e4, -1e4, 1e4, -1e4], dtype), np.array([1, 0, 0, 1])
        )
    assert loss == pytest.approx((2e4 + np.log(2)) / 2, rel=1e-6)
    assert dscores.tolist() == [[0.5, -0.5], [-0.25, 0.25]]
    assert p.tolist() == [[1, 0], [0.5, 0.5], [0.5, 0.5]]
    assert logistic == 5e3
    assert dlogistic.tolist() == [0, 0, 0.25, -0.25]


@settings(deadline=None)
@given(arrays(np.float64, (3, 4), elements=st.floats(-1e4, 1e4)), st.floats(-1e4, 1e4))
def test_softmax_rows_are_distributions_and_ignore_a_shift(scores, shift):
    p = linear.softmax(scores)
    assert np.all(p >= 0)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-10)
    np.testing.assert_allclose(linear.softmax(scores + shift), p, rtol=1e-9, atol=1e-12)


def test_equal_scores_cost_log_c_or_the_margins():
    scores, y = np.full((3, 10), 7.0), np.array([0, 9, 4])
    assert linear.softmax_loss(scores, y)[0] == pytest.approx(np.log(10))
    assert linear.svm_loss(scores, y)[0] == 9
    assert linear.svm_loss(scores, y, margin=0.5)[0] == 4.5


def test_a_margin_that_is_met_exactly_is_no_violation():
    loss, dscores = linear.svm_loss(np.array([[2.0, 1.0, 1.5]]), np.array([0]))
    assert loss == 0.5
    assert dscores.tolist() == [[-1, 0, 1]]


def test_losses_keep_float32_and_take_integers():
    scores, y = np.array([[1, 2, 0], [0, -1, 3]]), np.array([2, 1], np.uint8)
    for function, x, labels in [
        (linear.svm_loss, scores, y),
        (linear.softmax_loss, scores, y),
        (linear.logistic_loss, scores[0], np.array([1, 0, 1])),
    ]:
        loss, dx = function(x.astype(np.float32), labels)
        assert loss.dtype == dx.dtype == np.float32
        loss, dx = function(x, labels)
        assert loss.dtype == dx.dtype == np.float64
    assert linear.svm_loss(scores.astype(np.float32), y, np.float64(1))[0].dtype == np.float32


@pytest.mark.parametrize("loss", [linear.svm_loss, linear.softmax_loss])
@pytest.mark.parametrize(
    ("shape", "y", "message"),
    [
        ((3, 4), [0, 1, 4], "y has labels from 0 to 4, expected at least 0 and less than 4"),
        ((3, 4), [0, -1, 3], "y has labels from -1 to 3"),
        ((3, 4), [0, 1], r"y has shape \(2,\), but scores has 3 rows: expected \(3,\)"),
        ((3, 4), [0.0, 1.0, 2.0], "y has dtype float64, expected integer labels"),
        ((3,), [0, 1, 2], r"scores has shape \(3,\), expected"),
        ((0, 3), [], r"scores has shape \(0, 3\), expected"),
    ],
)
def test_losses_over_classes_refuse(loss, shape, y, message):
    with pytest.raises(ValueError, match=message):
        loss(np.zeros(shape), np.array(y))


@pytest.mark.parametrize(
    ("scores", "y", "message"),
    [
        (np.zeros((3, 1)), np.zeros(3, int), r"scores has shape \(3, 1\), expected \(N,\)"),
        (
            np.zeros(0),
            np.zeros(0, int),
            r"scores has shape \(0,\), expected \(N,\) with at least one",
        ),
        (np.zeros(3), np.zeros((3, 1), int), r"y has shape \(3, 1\), but scores has shape \(3,\)"),
        (np.zeros(2), np.array([-1, 1]), "expected 0 and 1"),
        (np.zeros(2), np.array([0.5, 1]), "expected 0 and 1"),
    ],
)
def test_logistic_loss_refuses(scores, y, message):
    with pytest.raises(ValueError, match=message):
        linear.logistic_loss(scores, y)


# ---- penalties -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 3), (5,), ()], ids=str)
def test_penalties_agree_with_torch(shape):
    W = frozen(np.array(np.random.default_rng(6).normal(size=shape)))
    assert_same(linear.l2_penalty(W, 0.3), torch_run(lambda W: 0.3 * (W**2).sum(), W))
    assert_same(linear.l1_penalty(W, 0.3), torch_run(lambda W: 0.3 * W.abs().sum(), W))
    both = torch_run(lambda W: 0.3 * W.abs().sum() + 0.7 * (W**2).sum(), W)
    assert_same(linear.elastic_net_penalty(W, 0.3, 0.7), both)


def test_the_slope_of_the_absolute_value_is_zero_at_zero():
    assert linear.l1_penalty(np.array([0.0, -2.0]), 0.5)[1].tolist() == [0, -0.5]


def test_penalties_keep_float32_and_take_integers():
    for penalty in (
        linear.l1_penalty,
        linear.l2_penalty,
        lambda W, reg: linear.elastic_net_penalty(W, reg, reg),
    ):
        for dtype, expected in (
            (np.float32, np.float32),
            (np.float64, np.float64),
            (np.int64, np.float64),
        ):
            value, dW = penalty(np.array([1, -2], dtype), np.float64(0.5))
            assert value.dtype == dW.dtype == expected
        assert penalty(np.array([1, -2]), 0)[0] == 0
    assert linear.l1_penalty(np.array([-128], np.int8), 1)[0] == 128  # in int8 there is no 128


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: linear.l2_penalty(np.ones(2), -1), "reg"),
        (lambda: linear.l1_penalty(np.ones(2), np.nan), "reg"),
        (lambda: linear.elastic_net_penalty(np.ones(2), -1, 0), "reg1"),
        (lambda: linear.elastic_net_penalty(np.ones(2), 0, -1), "reg2"),
    ],
)
def test_negative_penalties_are_refused(call, name):
    with pytest.raises(ValueError, match=f"^{name} is .*, but it must not be negative"):
        call()


# ---- gradient descent ----------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 50), st.integers(0, 99))
def test_minibatches_hold_every_index_once(n, batch_size, seed):
    batches = minibatches(n, batch_size, np.random.default_rng(seed))
    assert sorted(index for batch in batches for index in batch) == list(range(n))
    assert [len(batch) for batch in batches[:-1]] == [batch_size] * (len(batches) - 1)
    assert all(1 <= len(batch) <= batch_size for batch in batches)


def test_minibatches_are_shuffled_and_reproducible():
    one, two = (np.concatenate(minibatches(50, 7, np.random.default_rng(0))) for _ in range(2))
    assert one.tolist() == two.tolist() != list(range(50))
    rng = np.random.default_rng(0)
    first, second = (np.concatenate(minibatches(50, 7, rng)).tolist() for _ in range(2))
    assert first != second


def test_minibatches_refuse():
    with pytest.raises(ValueError, match="n is -1, but it must not be negative"):
        minibatches(-1, 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="batch_size is 0, but it must be at least 1"):
        minibatches(5, 0, np.random.default_rng(0))


@pytest.mark.parametrize("batch_size", [1, 4, 10, 99])
@pytest.mark.parametrize("loss", ["svm", "softmax"])
def test_training_agrees_with_torch_step_by_step(loss, batch_size):
    rng = np.random.default_rng(7)
    X, y = frozen(rng.normal(size=(10, 4))), frozen(rng.integers(3, size=10))
    model = LinearClassifier()
    losses = model.train(X, y, loss, 0.3, 0.05, 12, batch_size, np.random.default_rng(1))

    W = torch.zeros((4, 3), dtype=torch.float64, requires_grad=True)
    b = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer, order, expected = torch.optim.SGD([W, b], lr=0.3), np.random.default_rng(1), []
    function = functional.cross_entropy if loss == "softmax" else lambda s, y: hinge(s, y, 1.0)
    while len(expected) < 12:
        for batch in np.split(order.permutation(10), range(batch_size, 10, batch_size)):
            value = (
                function(torch.tensor(X[batch]) @ W + b, torch.tensor(y[batch]))
                + 0.05 * (W**2).sum()
            )
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            expected.append(value.item())
            if len(expected) == 12:
                break
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    np.testing.assert_allclose(model.W, W.detach(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.b, b.detach(), rtol=1e-9, atol=1e-12)
    scores = X @ model.W + model.b
    assert model.predict(X).tolist() == scores.argmax(axis=1).tolist()


def test_full_batch_softmax_reaches_the_optimum_of_scikit_learn():
    X, y = load_digits(n_class=3, return_X_y=True)
    X, y = X[:120] / 16, y[:120]
    model = LinearClassifier()
    losses = model.train(
        X,
        y,
        "softmax",
        lr=0.5,
        reg=0.1,
        num_steps=3000,
        batch_size=120,
        rng=np.random.default_rng(0),
    )
    # scikit-learn minimises C Σ loss + ‖W‖²/2, so that 2 reg = 1 / (C N)
    other = LogisticRegression(C=1 / (2 * 0.1 * 120), tol=1e-10, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(model.W, other.coef_.T, atol=1e-6)
    assert all(late < early for early, late in pairwise(losses[:50]))
    assert losses[0] == pytest.approx(np.log(3))


def test_each_training_starts_anew():
    X, y, model = XOR, np.array([0, 1, 1, 2]), LinearClassifier()
    one, two = (
        model.train(X, y, "svm", 0.1, 0.0, 5, 2, np.random.default_rng(0)) for _ in range(2)
    )
    assert one == two
    assert one[0] == 2
    assert all(type(loss) is float for loss in one)
    assert model.train(X, y, "svm", 0.1, 0.0, 0, 2, np.random.default_rng(0)) == []
    assert model.predict(X).tolist() == [0] * 4  # equal scores: the smallest label


def test_the_classifier_keeps_float32_and_counts_classes_in_any_integer_type():
    model, X = LinearClassifier(), XOR.astype(np.float32)
    model.train(
        X,
        np.array([0, 1, 1, 255], np.uint8),
        "softmax",
        np.float64(0.1),
        0.1,
        3,
        4,
        np.random.default_rng(0),
    )
    assert model.W.shape == (2, 256)
    assert model.W.dtype == model.b.dtype == np.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "mse"}, "loss is 'mse', expected one of svm, softmax"),
        ({"reg": -1.0}, "reg is -1.0, but it must not be negative"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"y": np.array([0, 1, -1, 0])}, "y has labels from -1 to 1"),
        ({"y": np.array([0, 1])}, r"y has shape \(2,\), but X has 4 rows"),
        ({"y": np.array([0.0, 1, 1, 0])}, "y has dtype float64"),
        ({"X": np.ones(4)}, r"X has shape \(4,\), expected two axes"),
    ],
    ids=str,
)
def test_training_refuses(change, message):
    arguments = {
        "X": XOR,
        "y": np.array([0, 1, 1, 0]),
        "loss": "svm",
        "reg": 0.0,
        "batch_size": 2,
    } | change
    with pytest.raises(ValueError, match=message):
        LinearClassifier().train(**arguments, lr=0.1, num_steps=2, rng=np.random.default_rng(0))


def test_lists_will_do():
    X, y, W, b = XOR.tolist(), [0, 1, 1, 0], [[1, 2], [3, 4]], [0.5, 0]
    assert linear_scores(X, W, b).tolist() == linear_scores(XOR, np.array(W), np.array(b)).tolist()
    assert append_bias(X).tolist() == append_bias(XOR).tolist()
    theta = train_perceptron(X, y, 1.0, 3)
    assert theta.tolist() == train_perceptron(XOR, np.array(y), 1.0, 3).tolist()
    assert perceptron_predict(X, [1, -1]).tolist() == [0, 0, 1, 0]
    for loss in (linear.svm_loss, linear.softmax_loss):
        assert loss(X, y)[1].tolist() == loss(XOR, np.array(y))[1].tolist()
    assert linear.softmax(X).tolist() == linear.softmax(XOR).tolist()
    assert (
        linear.logistic_loss([1, 2], [0, 1])[0]
        == linear.logistic_loss(np.array([1.0, 2.0]), np.array([0, 1]))[0]
    )
    assert linear.elastic_net_penalty([1, -2], 1, 2)[0] == 13
    model = LinearClassifier()
    model.train(X, y, "svm", 0.1, 0.1, 3, 2, np.random.default_rng(0))
    assert model.predict(X).shape == (4,)
    assert (
        random_local_search(lambda w: w[0], [1, 2], 0.1, 3, np.random.default_rng(0))[0].dtype
        == np.float64
    )
    svm = KernelSVM(polynomial_kernel, 0.1, 5, np.random.default_rng(0), degree=2, coef0=1).fit(
        X, y
    )
    assert svm.predict(X).tolist() == svm.predict(XOR).tolist()


def test_an_untrained_classifier_says_so():
    with pytest.raises(ValueError, match="W is None: the classifier must be trained"):
        LinearClassifier().predict(XOR)


# ---- random local search -------------------------------------------------------------------------


def test_local_search_keeps_only_the_steps_that_lower_f():
    target, w0, seen = np.array([[1.0, -2.0]]), frozen(np.zeros((1, 2))), []

    def f(w):
        seen.append(w.copy())
        return np.sum((w - target) ** 2)

    w, losses = random_local_search(f, w0, 0.3, 60, np.random.default_rng(0))

    rng, best = np.random.default_rng(0), w0
    for step in range(60):
        candidate = best + 0.3 * rng.normal(size=(1, 2))
        np.testing.assert_allclose(seen[step + 1], candidate, rtol=1e-12)
        if np.sum((candidate - target) ** 2) < np.sum((best - target) ** 2):
            best = candidate
        assert losses[step + 1] == pytest.approx(np.sum((best - target) ** 2))
    np.testing.assert_allclose(w, best, rtol=1e-12)
    assert losses[0] == 5
    assert len(losses) == 61
    assert losses[-1] < 0.05


def test_local_search_stays_where_nothing_is_lower_and_returns_a_copy():
    w0 = np.ones(2, np.float32)
    w, losses = random_local_search(lambda _: 3, w0, 0.5, 5, np.random.default_rng(0))
    assert w.tolist() == [1, 1]
    assert losses == [3.0] * 6
    w[0] = 7
    assert w0[0] == 1
    w, _ = random_local_search(lambda w: w[0], w0, 0.5, 5, np.random.default_rng(0))
    assert w.dtype == np.float32
    assert w[0] < 1


# ---- kernels -------------------------------------------------------------------------------------


def test_kernels_agree_with_scikit_learn():
    rng = np.random.default_rng(8)
    A, B = frozen(rng.normal(size=(6, 3))), frozen(rng.normal(size=(4, 3)))
    np.testing.assert_allclose(
        rbf_kernel(A, B, 0.7), sklearn_kernels.rbf_kernel(A, B, 0.7), rtol=1e-12
    )
    for degree, coef0 in ((1, 0.0), (2, 1.5), (3, 0.2)):
        expected = sklearn_kernels.polynomial_kernel(A, B, degree=degree, coef0=coef0, gamma=1)
        np.testing.assert_allclose(polynomial_kernel(A, B, degree, coef0), expected, rtol=1e-12)


def test_the_polynomial_kernel_is_an_inner_product_of_features():
    A = np.random.default_rng(9).normal(size=(5, 2))
    x, y = A.T
    features = np.stack(
        [np.ones(5), np.sqrt(2) * x, np.sqrt(2) * y, np.sqrt(2) * x * y, x**2, y**2], axis=1
    )
    np.testing.assert_allclose(polynomial_kernel(A, A, 2, 1), features @ features.T, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_rbf_kernel_does_not_mind_data_far_from_zero(dtype):
    A = np.array([[0, 0], [1, 2], [3, 1]], dtype)
    expected = np.exp(-0.5 * ((A[:, None] - A) ** 2).sum(axis=2))
    np.testing.assert_allclose(rbf_kernel(A + dtype(1e6), A + dtype(1e6), 0.5), expected, rtol=1e-6)


@settings(deadline=None)
@given(arrays(np.float64, (4, 3), elements=st.floats(-1e3, 1e3)))
def test_the_rbf_kernel_is_at_most_one(A):
    K = rbf_kernel(A, A[::-1], 1e4)
    assert np.all((K >= 0) & (K <= 1))


def test_kernels_keep_float32_take_integers_and_empty_sets():
    A = np.array([[1, 2], [3, 4]])
    for kernel, parameters in (
        (rbf_kernel, [np.float64(0.1)]),
        (polynomial_kernel, [2, np.float64(1)]),
    ):
        assert kernel(A.astype(np.float32), A.astype(np.float32), *parameters).dtype == np.float32
        assert kernel(A, A, *parameters).dtype == np.float64
        assert kernel(A, A[:0], *parameters).shape == (2, 0)
    assert rbf_kernel(A.astype(np.uint8), A.astype(np.uint8)[::-1], 0.1)[0, 0] == pytest.approx(
        np.exp(-0.8)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: rbf_kernel(np.ones((2, 3)), np.ones((2, 4)), 1.0),
            r"A has shape \(2, 3\) and B \(2, 4\)",
        ),
        (lambda: rbf_kernel(np.ones(3), np.ones((2, 3)), 1.0), r"A has shape \(3,\)"),
        (
            lambda: polynomial_kernel(np.ones((2, 3)), np.ones(3), 2, 0.0),
            r"B \(3,\), expected \(N, D\) and \(M, D\)",
        ),
        (
            lambda: rbf_kernel(np.ones((2, 3)), np.ones((2, 3)), 0.0),
            "gamma is 0.0, but it must be positive",
        ),
        (lambda: polynomial_kernel(XOR, XOR, 0, 1.0), "degree is 0, expected a positive integer"),
        (
            lambda: polynomial_kernel(XOR, XOR, 1.5, 1.0),
            "degree is 1.5, expected a positive integer",
        ),
        (
            lambda: polynomial_kernel(XOR, XOR, 2, -1.0),
            "coef0 is -1.0, but it must not be negative",
        ),
    ],
)
def test_kernels_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- support vector machine ----------------------------------------------------------------------


def circles(seed=0):
    return make_circles(120, noise=0.05, factor=0.4, random_state=seed)


def test_pegasos_in_the_kernel_space_is_pegasos_in_the_plane():
    rng = np.random.default_rng(10)
    X, y = frozen(rng.normal(size=(15, 2)) + 0.3), frozen(rng.integers(2, size=15))
    model = KernelSVM(polynomial_kernel, 0.1, 50, np.random.default_rng(1), degree=1, coef0=0.0)
    assert model.fit(X, y) is model

    w, draw = np.zeros(2), np.random.default_rng(1)  # the algorithm as its paper prints it
    for t in range(1, 51):
        i, eta = draw.integers(15), 1 / (0.1 * t)
        sign = 1 if y[i] == 1 else -1
        hinge_is_active = sign * (w @ X[i]) < 1
        w = (1 - eta * 0.1) * w
        if hinge_is_active:
            w = w + eta * sign * X[i]
    np.testing.assert_allclose(model.decision_function(X), X @ w, rtol=1e-10, atol=1e-12)
    assert model.predict(X).tolist() == (X @ w > 0).astype(int).tolist()


def test_the_svm_comes_close_to_the_optimum_of_the_dual():
    X, y = circles()
    t, reg = np.where(y == 1, 1.0, -1.0), 0.01
    K = rbf_kernel(X, X, 2.0)
    Q = t[:, None] * K * t

    def primal(alpha):
        return reg / 2 * alpha @ K @ alpha + np.maximum(0, 1 - t * (K @ alpha)).mean()

    def dual(alpha):
        return alpha @ Q @ alpha / 2 - alpha.sum(), Q @ alpha - 1

    solution = minimize(dual, np.zeros(len(X)), jac=True, bounds=[(0, 1 / (reg * len(X)))] * len(X))
    optimum = primal(solution.x * t)
    model = KernelSVM(rbf_kernel, reg, 20_000, np.random.default_rng(0), gamma=2.0).fit(X, y)
    assert optimum <= primal(model.alpha) <= 1.03 * optimum


def test_the_rbf_kernel_separates_circles_and_the_linear_one_cannot():
    X, y = circles(0)
    X_test, y_test = circles(1)
    rbf = KernelSVM(rbf_kernel, 0.01, 2000, np.random.default_rng(0), gamma=2.0).fit(X, y)
    quadratic = KernelSVM(
        polynomial_kernel, 0.01, 2000, np.random.default_rng(0), degree=2, coef0=1.0
    ).fit(X, y)
    line = KernelSVM(
        polynomial_kernel, 0.01, 2000, np.random.default_rng(0), degree=1, coef0=1.0
    ).fit(X, y)
    assert np.mean(rbf.predict(X_test) == y_test) > 0.97
    assert np.mean(quadratic.predict(X_test) == y_test) > 0.97
    assert np.mean(line.predict(X_test) == y_test) < 0.7


def test_the_svm_decides_zero_for_class_zero_and_keeps_its_samples_and_dtype():
    X, y = circles()
    samples = X.astype(np.float32)
    model = KernelSVM(rbf_kernel, np.float64(0.1), 10, np.random.default_rng(0), gamma=500.0).fit(
        samples, y
    )
    samples[:] = 0
    assert model.decision_function(np.full((1, 2), 50.0)).tolist() == [0]
    assert model.predict(np.full((1, 2), 50.0)).tolist() == [0]
    assert model.predict(X[:2]).dtype == np.int64
    assert model.alpha.dtype == np.float32
    np.testing.assert_array_equal(model.X, X.astype(np.float32))


def test_the_svm_refuses():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="reg is 0, but it must be positive"):
        KernelSVM(rbf_kernel, 0, 10, rng, gamma=1.0)
    with pytest.raises(ValueError, match="num_steps is 0, but it must be at least 1"):
        KernelSVM(rbf_kernel, 1.0, 0, rng, gamma=1.0)
    model = KernelSVM(rbf_kernel, 1.0, 1, rng, gamma=1.0)
    with pytest.raises(ValueError, match="alpha is None: the SVM must be fitted"):
        model.predict(XOR)
    with pytest.raises(ValueError, match=r"y has shape \(3,\), but X has 4 rows"):
        model.fit(XOR, np.array([0, 1, 0]))
    with pytest.raises(ValueError, match=r"X has shape \(4,\), expected two axes"):
        model.fit(np.ones(4), np.array([0, 1, 0, 1]))
    with pytest.raises(ValueError, match=r"y has the labels \[0 1 2\], expected 0 and 1"):
        model.fit(XOR, np.array([0, 1, 2, 1]))


def test_kernel_svm_starts_from_nothing():
    """The first step of Pegasos violates every margin, because all scores are zero."""
    svm = KernelSVM(polynomial_kernel, 0.5, 1, np.random.default_rng(0), degree=1, coef0=0.0)
    np.testing.assert_array_equal(svm.fit(np.array([[2.0]]), np.array([1])).alpha, [2.0])


def test_one_score_of_one_sample_is_certain():
    assert linear.softmax_loss(np.array([[3.0]]), np.array([0]))[0] == 0
