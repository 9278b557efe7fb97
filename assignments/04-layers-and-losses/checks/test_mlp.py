from itertools import pairwise

import numpy as np
import pytest

from grader.checks import accuracy, assert_close, assert_learns
from grader.checks.datasets import digits

STEPS, LEARNING_RATE = 400, 0.3


def network(subject, sizes, rng, activation="relu"):
    """An MLP of the subject whose parameters the check has chosen, and the handle of its params."""
    model = subject.MLP(list(sizes), activation, rng)
    params = subject.attribute(model, "params")
    draw = np.random.default_rng(len(sizes))
    for k, (D, M) in enumerate(pairwise(sizes), start=1):
        subject.write(params, {f"W{k}": draw.normal(size=(D, M)) / np.sqrt(D), f"b{k}": 0.1 * draw.normal(size=M)})
    return model


@pytest.mark.points(3)
@pytest.mark.concept("MLP")
@pytest.mark.parametrize("sizes", [(5, 4), (6, 5, 4, 3)], ids=str)
def test_mlp_has_parameters_of_every_layer(student, rng, sizes):
    """MLP: params holds W1, b1, W2, b2, … in the right shapes"""
    params = student.MLP(list(sizes), "relu", rng).params

    shapes = {name: np.shape(value) for name, value in params.items()}
    expected = {}
    for k, (D, M) in enumerate(pairwise(sizes), start=1):
        expected |= {f"W{k}": (D, M), f"b{k}": (M,)}
    assert shapes == expected, f"params has {shapes}; expected {expected}"


@pytest.mark.points(6)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_has_parameters_of_every_layer")
@pytest.mark.parametrize("sizes", [(5, 3), (6, 5, 3)], ids=str)
def test_mlp_loss(student, reference, rng, sizes):
    """MLP: the softmax loss of the scores"""
    X, y = rng.normal(size=(7, sizes[0])), rng.integers(sizes[-1], size=7)

    loss, _ = network(student, sizes, rng).loss(X, y)

    assert_close(loss, network(reference, sizes, rng).loss(X, y)[0], "loss", hint="No activation after the last layer.")


@pytest.mark.points(9)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_loss")
@pytest.mark.parametrize("sizes", [(5, 3), (6, 5, 3)], ids=str)
def test_mlp_gradients(student, reference, rng, sizes):
    """MLP: the gradient of every parameter"""
    X, y = rng.normal(size=(7, sizes[0])), rng.integers(sizes[-1], size=7)

    _, grads = network(student, sizes, rng).loss(X, y)

    assert_close(grads, network(reference, sizes, rng).loss(X, y)[1], "grads")


@pytest.mark.points(4)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_gradients")
@pytest.mark.hidden("Build a network with three hidden layers. Is any number of layers written into your loops?")
def test_mlp_of_any_depth(student, reference, rng):
    """MLP: three hidden layers of different widths"""
    sizes = (4, 9, 5, 7, 3)
    X, y = rng.normal(size=(6, 4)), rng.integers(3, size=6)

    loss, grads = network(student, sizes, rng).loss(X, y)

    expected, dexpected = network(reference, sizes, rng).loss(X, y)
    assert_close(loss, expected, "loss")
    assert_close(grads, dexpected, "grads")


@pytest.mark.points(3)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_loss")
def test_mlp_predicts_classes(student, reference, rng):
    """MLP: predict gives the class with the largest score"""
    sizes, X = (6, 5, 3), rng.normal(size=(20, 6))

    predicted = network(student, sizes, rng).predict(X)

    assert_close(predicted, network(reference, sizes, rng).predict(X), "predict(X)")


@pytest.mark.points(5)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_gradients", "test_mlp_predicts_classes")
@pytest.mark.limits(seconds=20)
def test_mlp_learns_digits(student, calibration):
    """MLP: reads handwritten digits after 400 steps of plain gradient descent"""
    data = digits()

    def train(seed):
        rng = np.random.default_rng(seed)
        model = student.MLP([64, 48, 10], "relu", rng)
        params, values = student.attribute(model, "params"), dict(model.params)
        for _ in range(STEPS):
            batch = rng.integers(len(data.y_train), size=64)
            _, grads = model.loss(data.X_train[batch], data.y_train[batch])
            values = {name: values[name] - LEARNING_RATE * grads[name] for name in values}
            student.write(params, values)
        return model.predict(data.X_test)

    assert_learns(
        train, metric=lambda predicted: accuracy(predicted, data.y_test), key="mlp-digits", calibration=calibration
    )
