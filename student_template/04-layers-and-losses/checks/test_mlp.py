from itertools import pairwise

import numpy as np
import pytest

from grader.checks import accuracy, assert_close, assert_learns, digits

ACTIVATIONS = "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus"


def network(subject, sizes, rng, activation="relu"):
    """An MLP of the subject whose parameters the check has chosen, and the handle of its params."""
    model = subject.MLP(list(sizes), activation, rng)
    params = subject.attribute(model, "params")
    draw = np.random.default_rng(len(sizes))
    for k, (D, M) in enumerate(pairwise(sizes), start=1):
        subject.write(
            params,
            {f"W{k}": draw.normal(size=(D, M)) / np.sqrt(D), f"b{k}": 0.1 * draw.normal(size=M)},
        )
    return model


def chained(subject, sizes, rng, activation, X, y):
    """The loss and the gradients of the same network, put together from the subject's own
    layers.
    """
    params = network(subject, sizes, rng, activation).params
    out, caches = X, []
    for k in range(1, len(sizes)):
        out, affine_cache = subject.affine_forward(out, params[f"W{k}"], params[f"b{k}"])
        activation_cache = None
        if k < len(sizes) - 1:
            out, activation_cache = getattr(subject, f"{activation}_forward")(out)
        caches.append((affine_cache, activation_cache))
    loss, dout = subject.softmax_loss(out, y)
    grads = {}
    for k in range(len(sizes) - 1, 0, -1):
        affine_cache, activation_cache = caches.pop()
        if activation_cache is not None:
            dout = getattr(subject, f"{activation}_backward")(dout, activation_cache)
        dout, grads[f"W{k}"], grads[f"b{k}"] = subject.affine_backward(dout, affine_cache)
    return loss, grads


def losses_of_training(subject, model, X, y, steps, learning_rate, batch_size, rng):
    """The losses of plain gradient descent on random batches."""
    params, values, losses = subject.attribute(model, "params"), dict(model.params), []
    for _ in range(steps):
        batch = rng.integers(len(y), size=batch_size)
        loss, grads = model.loss(X[batch], y[batch])
        losses.append(loss)
        values = {name: values[name] - learning_rate * grads[name] for name in values}
        subject.write(params, values)
    return losses


def xor_clouds(rng, n):
    """Points around the four corners (±1, ±1), with label 1 where the signs differ."""
    corners = rng.choice([-1.0, 1.0], size=(n, 2))
    return corners + 0.25 * rng.normal(size=(n, 2)), (corners[:, 0] != corners[:, 1]).astype(
        np.int64
    )


@pytest.mark.points(1)
@pytest.mark.concept("MLP")
@pytest.mark.parametrize("sizes", [(5, 4), (6, 5, 4, 3), (3, 1, 2)], ids=str)
def test_mlp_has_parameters_of_every_layer(student, rng, sizes):
    """MLP: params holds W1, b1, W2, b2, … in the right shapes"""
    params = student.MLP(list(sizes), "relu", rng).params

    shapes = {name: np.shape(value) for name, value in params.items()}
    expected = {}
    for k, (D, M) in enumerate(pairwise(sizes), start=1):
        expected |= {f"W{k}": (D, M), f"b{k}": (M,)}
    assert shapes == expected, f"params has {shapes}; expected {expected}"


@pytest.mark.points(2)
@pytest.mark.concept("MLP")
@pytest.mark.depends(
    "test_mlp_has_parameters_of_every_layer",
    "test_affine_forward",
    "test_relu_forward",
    "test_softmax_loss_value",
)
@pytest.mark.parametrize("sizes", [(5, 3), (6, 5, 3)], ids=str)
def test_mlp_loss(student, reference, rng, sizes):
    """MLP: the softmax loss of the scores"""
    X, y = rng.normal(size=(7, sizes[0])), rng.integers(sizes[-1], size=7)

    loss, _ = network(student, sizes, rng).loss(X, y)

    assert_close(
        loss,
        network(reference, sizes, rng).loss(X, y)[0],
        "loss",
        hint="No activation after the last layer.",
    )


@pytest.mark.points(3)
@pytest.mark.concept("MLP")
@pytest.mark.depends(
    "test_mlp_loss", "test_affine_backward", "test_relu_backward", "test_softmax_loss_gradient"
)
@pytest.mark.parametrize("sizes", [(5, 3), (6, 5, 3)], ids=str)
def test_mlp_gradients(student, reference, rng, sizes):
    """MLP: the gradient of every parameter"""
    X, y = rng.normal(size=(7, sizes[0])), rng.integers(sizes[-1], size=7)

    _, grads = network(student, sizes, rng).loss(X, y)

    assert_close(grads, network(reference, sizes, rng).loss(X, y)[1], "grads")


@pytest.mark.points(1)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_loss")
def test_mlp_predicts_classes(student, reference, rng):
    """MLP: predict gives the class with the largest score"""
    sizes, X = (6, 5, 3), rng.normal(size=(20, 6))

    predicted = network(student, sizes, rng).predict(X)

    assert_close(predicted, network(reference, sizes, rng).predict(X), "predict(X)")


@pytest.mark.points(2, each=True)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_gradients")
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_mlp_with_every_activation(student, rng, activation):
    """MLP: with each activation by its name, the same as your own layers one after the other"""
    sizes, X, y = (5, 4, 6, 3), rng.normal(size=(7, 5)), rng.integers(3, size=7)

    loss, grads = network(student, sizes, rng, activation).loss(X, y)

    expected, dexpected = chained(student, sizes, rng, activation, X, y)
    assert_close(loss, float(expected), "loss")
    assert_close(grads, dexpected, "grads")


@pytest.mark.points(2)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_gradients", "test_mlp_predicts_classes", "test_tanh_backward")
@pytest.mark.limits(seconds=10)
def test_mlp_learns_xor(student, calibration):
    """MLP: learns XOR, which no linear classifier can"""

    def train(seed):
        rng = np.random.default_rng(seed)
        (X, y), (X_test, y_test) = xor_clouds(rng, 200), xor_clouds(rng, 200)
        model = student.MLP([2, 8, 2], "tanh", rng)
        losses = losses_of_training(student, model, X, y, 200, 0.5, 50, rng)
        return model.predict(X_test), y_test, losses

    assert_learns(
        train,
        metric=lambda result: accuracy(*result[:2]),
        key="mlp-xor",
        calibration=calibration,
        history=lambda result: result[2],
    )


@pytest.mark.points(2)
@pytest.mark.concept("MLP")
@pytest.mark.depends("test_mlp_gradients", "test_mlp_predicts_classes")
@pytest.mark.limits(seconds=20)
def test_mlp_learns_digits(student, calibration):
    """MLP: reads handwritten digits after 400 steps of plain gradient descent"""
    data = digits()

    def train(seed):
        rng = np.random.default_rng(seed)
        model = student.MLP([64, 48, 10], "relu", rng)
        losses = losses_of_training(student, model, data.X_train, data.y_train, 400, 0.3, 64, rng)
        return model.predict(data.X_test), losses

    assert_learns(
        train,
        metric=lambda result: accuracy(result[0], data.y_test),
        key="mlp-digits",
        calibration=calibration,
        history=lambda result: result[1],
    )
