import numpy as np
import pytest

from grader.checks import accuracy, assert_close, assert_learns, digits

FILTERS, BATCH, MOMENTUM, LEARNING_RATE = 12, 8, 0.9, 0.08
NETWORKS = [((1, 8, 8), 4, 3, 10), ((3, 6, 4), 2, 5, 7)]
# units of the MLP that the network is compared with; it has 1.8 times as many parameters
HIDDEN = 48


def shapes_of(input_shape, num_filters, filter_size, num_classes):
    C, H, W = input_shape
    return {
        "W1": (num_filters, C, filter_size, filter_size),
        "b1": (num_filters,),
        "W2": (num_filters * (H // 2) * (W // 2), num_classes),
        "b2": (num_classes,),
    }


def network(subject, arguments, rng):
    """A ConvNet of the subject whose parameters the check has chosen."""
    model = subject.ConvNet(*arguments, rng)
    draw = np.random.default_rng(len(arguments))
    values = {name: draw.normal(size=shape) / 3 for name, shape in shapes_of(*arguments).items()}
    subject.write(subject.attribute(model, "params"), values)
    return model


def images(rng, arguments, N):
    return rng.normal(size=(N, *arguments[0])), rng.integers(arguments[-1], size=N)


# ---- parameters ----------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("ConvNet")
@pytest.mark.parametrize("arguments", NETWORKS, ids=["digits", "colour"])
def test_convnet_has_parameters(student, rng, arguments):
    """ConvNet: params holds W1, b1, W2 and b2 in the right shapes"""
    params = student.ConvNet(*arguments, rng).params

    shapes, expected = (
        {name: np.shape(value) for name, value in params.items()},
        shapes_of(*arguments),
    )
    assert shapes == expected, f"params has {shapes}; expected {expected}"


# ---- loss ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("ConvNet")
@pytest.mark.depends("test_convnet_has_parameters", "test_conv_backward", "test_max_pool_backward")
def test_convnet_loss(student, reference, rng):
    """ConvNet: the mean cross-entropy of conv, ReLU, pooling and affine"""
    for arguments in NETWORKS:
        X, y = images(rng, arguments, N=5)
        w = rng.normal(size=shapes_of(*arguments)["W1"])
        hidden, _ = student.conv_forward(
            X, w, np.zeros(len(w)), {"stride": 1, "pad": w.shape[2] // 2}
        )
        assert_close(
            np.shape(hidden)[2:], X.shape[2:], "the size of the image behind the convolution"
        )

        loss, _ = network(student, arguments, rng).loss(X, y)

        assert_close(loss, network(reference, arguments, rng).loss(X, y)[0], "loss")


@pytest.mark.points(5)
@pytest.mark.concept("ConvNet")
@pytest.mark.depends("test_convnet_loss")
@pytest.mark.parametrize("arguments", NETWORKS, ids=["digits", "colour"])
def test_convnet_gradients(student, reference, rng, arguments):
    """ConvNet: the gradient of every parameter"""
    X, y = images(rng, arguments, N=5)

    _, grads = network(student, arguments, rng).loss(X, y)

    assert_close(grads, network(reference, arguments, rng).loss(X, y)[1], "grads", sizes={"N": 5})


# ---- predictions ---------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("ConvNet")
@pytest.mark.depends("test_convnet_has_parameters", "test_conv_forward", "test_max_pool_forward")
def test_convnet_predicts_classes(student, reference, rng):
    """ConvNet: predict gives the class with the largest score"""
    arguments = (2, 6, 4), 3, 3, 5
    X, _ = images(rng, arguments, N=20)

    predicted = network(student, arguments, rng).predict(X)

    assert_close(predicted, network(reference, arguments, rng).predict(X), "predict(X)")


def as_images(rows):
    return rows.reshape(-1, 1, 8, 8)


def trained_convnet(subject, data, seed, steps):
    """A network after stochastic gradient descent with momentum, and its losses. The learning rate
    falls to zero.
    """
    rng = np.random.default_rng(seed)
    model = subject.ConvNet((1, 8, 8), FILTERS, 3, 10, rng)
    params, values = subject.attribute(model, "params"), dict(model.params)
    velocity, losses = dict.fromkeys(values, 0.0), []
    for step in range(steps):
        batch = rng.integers(len(data.y_train), size=BATCH)
        loss, grads = model.loss(as_images(data.X_train[batch]), data.y_train[batch])
        losses.append(loss)
        for name in values:
            velocity[name] = (
                MOMENTUM * velocity[name] - LEARNING_RATE * (1 - step / steps) * grads[name]
            )
            values[name] = values[name] + velocity[name]
        subject.write(params, values)
    return model, losses


def trained_mlp(data, seed, steps):
    """What a multilayer perceptron predicts after the same training."""
    rng = np.random.default_rng(seed)
    params = [np.sqrt(2 / 64) * rng.normal(size=(64, HIDDEN)), np.zeros(HIDDEN)]
    params += [np.sqrt(2 / HIDDEN) * rng.normal(size=(HIDDEN, 10)), np.zeros(10)]
    velocity = [0.0] * 4
    for step in range(steps):
        batch = rng.integers(len(data.y_train), size=BATCH)
        X, W1, b1, W2, b2 = data.X_train[batch], *params
        hidden = np.maximum(X @ W1 + b1, 0)
        scores = hidden @ W2 + b2
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        dscores = (p / p.sum(axis=1, keepdims=True) - np.eye(10)[data.y_train[batch]]) / BATCH
        dhidden = dscores @ W2.T * (hidden > 0)
        grads = X.T @ dhidden, dhidden.sum(axis=0), hidden.T @ dscores, dscores.sum(axis=0)
        rate = LEARNING_RATE * (1 - step / steps)
        velocity = [
            MOMENTUM * v - rate * gradient for v, gradient in zip(velocity, grads, strict=True)
        ]
        params = [value + v for value, v in zip(params, velocity, strict=True)]
    W1, b1, W2, b2 = params
    return lambda X: (np.maximum(X.reshape(-1, 64) @ W1 + b1, 0) @ W2 + b2).argmax(axis=1)


def shifted_by_a_pixel(X):
    """The images moved down, up, right and left: (4 N, 1, 8, 8)."""
    framed = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return np.concatenate(
        [framed[:, :, i : i + 8, j : j + 8] for i, j in ((0, 1), (2, 1), (1, 0), (1, 2))]
    )


@pytest.mark.points(4)
@pytest.mark.concept("ConvNet")
@pytest.mark.depends("test_convnet_gradients", "test_convnet_predicts_classes")
@pytest.mark.limits(seconds=120)
def test_convnet_learns_digits(student, calibration):
    """ConvNet: reads handwritten digits after 300 small steps"""
    data = digits()

    def train(seed):
        model, losses = trained_convnet(student, data, seed, steps=300)
        return model.predict(as_images(data.X_test)), losses

    assert_learns(
        train,
        metric=lambda result: accuracy(result[0], data.y_test),
        key="convnet-digits",
        calibration=calibration,
        history=lambda result: result[1],
        name="your network",
    )


@pytest.mark.points(3)
@pytest.mark.concept("ConvNet")
@pytest.mark.depends("test_convnet_gradients", "test_convnet_predicts_classes")
@pytest.mark.limits(seconds=120)
def test_convnet_withstands_a_shift(student, calibration):
    """ConvNet: digits moved by a pixel cost it less than they cost a multilayer perceptron"""
    data = digits()
    X, y = shifted_by_a_pixel(as_images(data.X_test)), np.tile(data.y_test, 4)

    def train(seed):
        model, losses = trained_convnet(student, data, seed, steps=200)
        return model.predict(X), losses, trained_mlp(data, seed, steps=200)(X)

    assert_learns(
        train,
        metric=lambda result: accuracy(result[0], y) - accuracy(result[2], y),
        key="convnet-shifted-digits",
        calibration=calibration,
        history=lambda result: result[1],
        name="the lead of your network over the perceptron, on digits moved by a pixel,",
    )
