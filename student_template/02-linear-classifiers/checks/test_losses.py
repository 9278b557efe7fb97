import numpy as np
import pytest

from grader.checks import assert_close, check_loss_gradient

# ---- scores ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("scores")
@pytest.mark.parametrize(("N", "D", "C"), [(5, 4, 3), (1, 2, 6)], ids=str)
def test_linear_scores(student, reference, rng, N, D, C):
    """Scores: f(X) = XW + b, one row for each sample"""
    X, W, b = rng.normal(size=(N, D)), rng.normal(size=(D, C)), rng.normal(size=C)

    scores = student.linear_scores(X, W, b)

    assert_close(scores, reference.linear_scores(X, W, b), "scores")


@pytest.mark.points(1)
@pytest.mark.concept("scores")
def test_append_bias(student, reference, rng):
    """Bias trick: a last feature that is always 1 turns b into one more row of W"""
    X, W, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)

    extended = student.append_bias(X)

    assert_close(extended, reference.append_bias(X), "append_bias(X)")
    assert_close(extended @ np.vstack([W, b]), X @ W + b, "append_bias(X) @ [W; b]")


# ---- svm loss ------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("svm_loss")
@pytest.mark.parametrize("margin", [1.0, 2.5], ids="margin={}".format)
def test_svm_loss_value(student, reference, rng, margin):
    """SVM loss: every wrong class that comes within the margin costs what it lacks"""
    scores, y = 2 * rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.svm_loss(scores, y, margin)
    assert_close(loss, reference.svm_loss(scores, y, margin)[0], "loss", sizes={"N": 6, "C": 4})

    loss, _ = student.svm_loss(np.zeros((5, 7)), y[:5], margin)
    assert_close(
        loss,
        6 * margin,
        "loss",
        hint="Equal scores cost the margin once for each of the C - 1 wrong classes.",
    )


@pytest.mark.points(3)
@pytest.mark.concept("svm_loss")
@pytest.mark.depends("test_svm_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (7, 4)], ids=str)
def test_svm_loss_gradient(student, reference, rng, shape):
    """SVM loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(
        student, reference, "svm_loss", 2 * rng.normal(size=shape), rng.integers(C, size=N), rng=rng
    )


# ---- softmax loss --------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("softmax")
@pytest.mark.parametrize("shape", [(4, 3), (1, 6)], ids=str)
def test_softmax(student, reference, rng, shape):
    """Softmax: every row becomes probabilities that add up to one"""
    scores = 2 * rng.normal(size=shape)

    p = student.softmax(scores)

    assert_close(p, reference.softmax(scores), "softmax(scores)")


@pytest.mark.points(2)
@pytest.mark.concept("softmax_loss")
def test_softmax_loss_value(student, reference, rng):
    """Softmax loss: the mean of -log p over the batch, and log C for equal scores"""
    scores, y = rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.softmax_loss(scores, y)
    assert_close(loss, reference.softmax_loss(scores, y)[0], "loss", sizes={"N": 6, "C": 4})

    loss, _ = student.softmax_loss(np.zeros((5, 10)), y[:5])
    assert_close(
        loss, np.log(10), "loss", hint="With equal scores every class has the probability 1/C."
    )


@pytest.mark.points(3)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (1, 4)], ids=str)
def test_softmax_loss_gradient(student, reference, rng, shape):
    """Softmax loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(
        student, reference, "softmax_loss", rng.normal(size=shape), rng.integers(C, size=N), rng=rng
    )


# ---- logistic loss -------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("logistic_loss")
def test_logistic_loss_value(student, reference, rng):
    """Logistic loss: the cross-entropy of two classes, from one score for each sample"""
    scores, y = 2 * rng.normal(size=7), np.array([0, 1, 1, 0, 1, 0, 0])

    loss, _ = student.logistic_loss(scores, y)
    assert_close(loss, reference.logistic_loss(scores, y)[0], "loss", sizes={"N": 7})

    loss, _ = student.logistic_loss(np.zeros(4), y[:4])
    assert_close(
        loss, np.log(2), "loss", hint="With a score of zero both classes have the probability 1/2."
    )


@pytest.mark.points(3)
@pytest.mark.concept("logistic_loss")
@pytest.mark.depends("test_logistic_loss_value")
@pytest.mark.parametrize("N", [6, 1], ids="{} samples".format)
def test_logistic_loss_gradient(student, reference, rng, N):
    """Logistic loss: dscores agrees with the numeric gradient of your loss"""
    check_loss_gradient(
        student,
        reference,
        "logistic_loss",
        2 * rng.normal(size=N),
        rng.integers(2, size=N),
        rng=rng,
    )


# ---- penalties -----------------------------------------------------------------------------------

PENALTIES = {"l2_penalty": (0.3,), "l1_penalty": (0.7,), "elastic_net_penalty": (0.5, 0.2)}


def assert_penalises(student, reference, function, rng, award):
    W, strengths = rng.normal(size=(4, 3)) - 1, PENALTIES[function]
    penalty, _ = getattr(student, function)(W, *strengths)
    assert_close(
        penalty,
        getattr(reference, function)(W, *strengths)[0],
        "penalty",
        sizes={"W.size": 12, "N": 4},
    )
    award(0.5)
    check_loss_gradient(student, reference, function, W, *strengths, rng=rng)
    award(1)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
def test_l2_penalty(student, reference, rng, award):
    """L2 penalty: reg times the sum of the squares, and its gradient"""
    assert_penalises(student, reference, "l2_penalty", rng, award)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
def test_l1_penalty(student, reference, rng, award):
    """L1 penalty: reg times the sum of the absolute values, and its gradient"""
    assert_penalises(student, reference, "l1_penalty", rng, award)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
def test_elastic_net_penalty(student, reference, rng, award):
    """Elastic net: both penalties, each with its own strength"""
    assert_penalises(student, reference, "elastic_net_penalty", rng, award)
