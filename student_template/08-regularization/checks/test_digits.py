import numpy as np
import pytest

from grader.checks import accuracy, assert_learns, digits

TRAINED, HIDDEN, STEPS, LEARNING_RATE = 400, 48, 250, 0.5


def off_centre(X, rng):
    """The digits, each moved by up to two pixels."""
    padded = np.pad(X.reshape(-1, 8, 8), ((0, 0), (2, 2), (2, 2)), mode="edge")
    places = rng.integers(0, 5, (len(X), 2))
    return np.stack(
        [image[i : i + 8, j : j + 8].ravel() for image, (i, j) in zip(padded, places, strict=True)]
    )


def step(W, X, y):
    """One step of gradient descent for a network with one hidden layer of ReLUs; the new weights
    and the loss.
    """
    hidden = np.maximum(X @ W[0], 0)
    scores = hidden @ W[1]
    dscores = np.exp(scores - scores.max(axis=1, keepdims=True))
    dscores /= dscores.sum(axis=1, keepdims=True)
    loss = -np.log(dscores[np.arange(len(y)), y] + 1e-30).mean()
    dscores[np.arange(len(y)), y] -= 1
    dscores /= len(y)
    dhidden = dscores @ W[1].T * (hidden > 0)
    return [W[0] - LEARNING_RATE * X.T @ dhidden, W[1] - LEARNING_RATE * hidden.T @ dscores], loss


@pytest.mark.points(2)
@pytest.mark.concept("random_shift")
@pytest.mark.depends("test_random_shift", "test_augmenter_applies_its_steps")
@pytest.mark.limits(seconds=20)
def test_augmentation_helps_with_digits_off_centre(student, calibration):
    """Augmentation: trained with shifts, a network reads digits that are not in the middle"""
    data = digits()
    X, y = data.X_train[:TRAINED], data.y_train[:TRAINED]
    X_test = off_centre(data.X_test, np.random.default_rng(0))

    def train(seed):
        rng = np.random.default_rng(seed)
        augmenter = student.Augmenter([student.random_shift])
        W = [
            rng.normal(size=(64, HIDDEN)) * np.sqrt(2 / 64),
            rng.normal(size=(HIDDEN, 10)) * np.sqrt(2 / HIDDEN),
        ]
        losses = []
        for _ in range(STEPS):
            batch = rng.integers(TRAINED, size=64)
            images, labels = augmenter(X[batch].reshape(-1, 1, 8, 8), y[batch], rng)
            W, loss = step(W, images.reshape(-1, 64), labels)
            losses.append(loss)
        return (np.maximum(X_test @ W[0], 0) @ W[1]).argmax(axis=1), losses

    assert_learns(
        train,
        metric=lambda result: accuracy(result[0], data.y_test),
        key="shifted-digits",
        calibration=calibration,
        history=lambda result: result[1],
    )
