import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_loss_gradient

# ---- softmax loss ------------------------------------------------------------------------------------


@pytest.mark.points(6)
@pytest.mark.concept("softmax_loss")
def test_softmax_loss_value(student, reference, rng):
    """Softmax loss: the mean of -log p over the batch"""
    scores, y = rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.softmax_loss(scores, y)
    assert_close(loss, reference.softmax_loss(scores, y)[0], "loss")

    loss, _ = student.softmax_loss(np.zeros((5, 10)), y[:5])
    assert_close(
        loss, np.log(10), "loss", hint="With equal scores every class has the probability 1/C, so the loss is log C."
    )


@pytest.mark.points(8)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (8, 4)], ids=str)
def test_softmax_loss_gradient(student, rng, shape):
    """Softmax loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(student, "softmax_loss", rng.normal(size=shape), rng.integers(C, size=N), rng=rng)


@pytest.mark.points(7)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.hidden("Scores can be very large, and differ by thousands between samples. What does exp(1000) give?")
def test_softmax_loss_is_stable(student, reference, rng):
    """Softmax loss: finite and right for very large scores"""
    y = rng.integers(4, size=6)
    for scores in (1e4 * rng.normal(size=(6, 4)), rng.normal(size=(6, 4)) + 2000.0 * np.arange(6)[:, None]):
        loss, dscores = student.softmax_loss(scores, y)

        expected, dexpected = reference.softmax_loss(scores, y)
        assert_close(loss, expected, "loss")
        assert_close(dscores, dexpected, "dscores")


@pytest.mark.points(3)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.hidden("One sample, two classes, a batch where all labels are equal: nothing in the formula changes.")
@pytest.mark.parametrize("shape", [(1, 4), (7, 2)], ids=str)
def test_softmax_loss_on_small_batches(student, reference, rng, shape):
    """Softmax loss: one sample, two classes, equal labels"""
    N, C = shape
    scores, y = rng.normal(size=shape), np.full(N, C - 1)

    loss, dscores = student.softmax_loss(scores, y)

    expected, dexpected = reference.softmax_loss(scores, y)
    assert_close(loss, expected, "loss")
    assert_close(dscores, dexpected, "dscores")


@pytest.mark.points(2)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.hidden("A label that is no class should not be used as an index. numpy takes -1 without a word.")
def test_softmax_loss_rejects_bad_labels(student, rng):
    """Softmax loss: labels that are no class raise a ValueError that names y"""
    scores = rng.normal(size=(3, 4))
    for y in (np.array([0, 1, 4]), np.array([0, -1, 2]), np.array([0, 1])):
        assert_rejects(student.softmax_loss, scores, y, naming="y")


# ---- mean squared error ------------------------------------------------------------------------------------


@pytest.mark.points(6)
@pytest.mark.concept("mse_loss")
@pytest.mark.parametrize("shape", [(6,), (4, 3)], ids=str)
def test_mse_loss(student, reference, rng, shape):
    """Mean squared error: the loss and its gradient, averaged over all elements"""
    pred, y = rng.normal(size=shape), rng.normal(size=shape)

    loss, _ = student.mse_loss(pred, y)

    assert_close(
        loss, reference.mse_loss(pred, y)[0], "loss", hint="The mean runs over every element, not over samples only."
    )
    check_loss_gradient(student, "mse_loss", pred, y, rng=rng)


@pytest.mark.points(3)
@pytest.mark.concept("mse_loss")
@pytest.mark.depends("test_mse_loss")
@pytest.mark.hidden("Predictions of shape (N, 1) and targets of shape (N,) broadcast to (N, N). Is that what you want?")
def test_mse_loss_rejects_other_shapes(student, rng):
    """Mean squared error: shapes that differ raise a ValueError"""
    assert_rejects(student.mse_loss, rng.normal(size=(5, 1)), rng.normal(size=5), naming="y")
