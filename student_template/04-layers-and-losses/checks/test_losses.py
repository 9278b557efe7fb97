import numpy as np
import pytest

from grader.checks import assert_close, check_loss_gradient


# ---- softmax loss --------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("softmax_loss")
def test_softmax_loss_value(student, reference, rng):
    """Softmax loss: the mean of -log p over the batch"""
    scores, y = rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.softmax_loss(scores, y)
    assert_close(loss, reference.softmax_loss(scores, y)[0], "loss")

    loss, _ = student.softmax_loss(np.zeros((5, 10)), y[:5])
    assert_close(
        loss,
        np.log(10),
        "loss",
        hint="With equal scores every class has the probability 1/C, so the loss is log C.",
    )


@pytest.mark.points(3)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (8, 4)], ids=str)
def test_softmax_loss_gradient(student, reference, rng, shape):
    """Softmax loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(
        student, reference, "softmax_loss", rng.normal(size=shape), rng.integers(C, size=N), rng=rng
    )


# ---- mean squared error --------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("mse_loss")
@pytest.mark.parametrize("shape", [(6,), (4, 3), (1,)], ids=str)
def test_mse_loss(student, reference, rng, shape):
    """Mean squared error: the loss and its gradient, averaged over all elements"""
    pred, y = rng.normal(size=shape), rng.normal(size=shape)

    loss, _ = student.mse_loss(pred, y)

    assert_close(
        loss,
        reference.mse_loss(pred, y)[0],
        "loss",
        hint="The mean runs over every element, not over samples only.",
    )
    check_loss_gradient(student, reference, "mse_loss", pred, y, rng=rng)


# ---- mean absolute error -------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("mae_loss")
@pytest.mark.parametrize("shape", [(6,), (4, 3)], ids=str)
def test_mae_loss(student, reference, rng, shape):
    """Mean absolute error: the loss and its gradient, averaged over all elements"""
    pred, y = rng.normal(size=shape), rng.normal(size=shape)

    loss, _ = student.mae_loss(pred, y)

    assert_close(
        loss,
        reference.mae_loss(pred, y)[0],
        "loss",
        hint="The mean runs over every element, not over samples only.",
    )
    check_loss_gradient(student, reference, "mae_loss", pred, y, rng=rng)


# ---- log softmax and negative log-likelihood -----------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("log_softmax")
def test_log_softmax(student, reference, rng):
    """Log softmax: the logarithms of the probabilities of each row"""
    scores = rng.normal(size=(6, 4))

    log_p = student.log_softmax(scores)

    assert not student.mutated, (
        "log_softmax changes scores in place. Work on a copy: the caller still needs them."
    )
    assert_close(
        log_p,
        reference.log_softmax(scores),
        "log_p",
        hint="In each row, the exp of them add up to one.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("nll_loss")
def test_nll_loss(student, reference, rng):
    """Negative log-likelihood: the mean of what the labels pick, and its gradient"""
    log_probs, y = np.log(rng.dirichlet(np.ones(4), size=6)), rng.integers(4, size=6)

    loss, _ = student.nll_loss(log_probs, y)

    assert_close(
        loss,
        reference.nll_loss(log_probs, y)[0],
        "loss",
        hint="It is given logarithms: take no other.",
    )
    check_loss_gradient(student, reference, "nll_loss", log_probs, y, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("log_softmax")
@pytest.mark.depends("test_log_softmax", "test_nll_loss", "test_softmax_loss_gradient")
def test_log_softmax_and_nll_loss_make_the_softmax_loss(student, rng):
    """Log softmax, then negative log-likelihood: together they are the softmax loss, gradient
    included
    """
    scores, y = 5 * rng.normal(size=(7, 3)), rng.integers(3, size=7)

    log_p = student.log_softmax(scores)
    loss, dlog_p = student.nll_loss(log_p, y)

    whole, dscores = student.softmax_loss(scores, y)
    assert_close(loss, float(whole), "the loss of both in a row")
    chained = dlog_p - np.exp(log_p) * dlog_p.sum(axis=1, keepdims=True)  # back through log softmax
    assert_close(dscores, chained, "dscores")


# ---- binary cross-entropy ------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("binary_cross_entropy")
@pytest.mark.parametrize("shape", [(8,), (5, 3)], ids=str)
def test_binary_cross_entropy(student, reference, rng, shape):
    """Binary cross-entropy: the loss and its gradient, averaged over all elements"""
    probs, y = rng.uniform(0.05, 0.95, size=shape), (rng.random(shape) < 0.5).astype(float)

    loss, _ = student.binary_cross_entropy(probs, y)

    hint = "A label 1 costs -log p, a label 0 costs -log(1 - p)."
    assert_close(loss, reference.binary_cross_entropy(probs, y)[0], "loss", hint=hint)
    check_loss_gradient(student, reference, "binary_cross_entropy", probs, y, rng=rng)


@pytest.mark.points(2)
@pytest.mark.concept("bce_with_logits")
@pytest.mark.parametrize("shape", [(8,), (5, 3)], ids=str)
def test_bce_with_logits(student, reference, rng, shape):
    """Binary cross-entropy of logits: the loss and its gradient, averaged over all elements"""
    scores, y = 2 * rng.normal(size=shape), (rng.random(shape) < 0.5).astype(float)

    loss, _ = student.bce_with_logits(scores, y)

    hint = "The scores become probabilities by the sigmoid; the rest is binary cross-entropy."
    assert_close(loss, reference.bce_with_logits(scores, y)[0], "loss", hint=hint)
    check_loss_gradient(student, reference, "bce_with_logits", scores, y, rng=rng)


# ---- hinge loss ----------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("svm_loss")
def test_svm_loss_value(student, reference, rng):
    """Hinge loss: the mean over the batch of the margins that are violated"""
    scores, y = 2 * rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.svm_loss(scores, y)

    hint = "The sum leaves out the true class, whose margin to itself would be 1."
    assert_close(loss, reference.svm_loss(scores, y)[0], "loss", hint=hint)


@pytest.mark.points(2)
@pytest.mark.concept("svm_loss")
@pytest.mark.depends("test_svm_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (8, 4)], ids=str)
def test_svm_loss_gradient(student, reference, rng, shape):
    """Hinge loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(
        student, reference, "svm_loss", 2 * rng.normal(size=shape), rng.integers(C, size=N), rng=rng
    )
