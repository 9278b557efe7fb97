import itertools

import numpy as np
import pytest

from grader.checks import CheckFailure, accuracy, assert_close, assert_learns, digits

ACTIVATIONS = ["sigmoid", "tanh", "relu"]


def prepared(weights):
    """An init that gives these weights, one after the other, whatever it is asked for."""
    ready = itertools.cycle(weights)
    return lambda fan_in, fan_out, rng: next(ready)  # noqa: ARG005 - the names by which a solution may call it


def vector(values):
    """A list of numbers serves as well as an array."""
    return np.array(values) if type(values) is list else values


def both(student, reference, name, rng, depth, activation, width, batch_size, *, skip):
    """The answers of student and reference on the same input, with the same weights."""
    weights = 1.5 / np.sqrt(width) * rng.normal(size=(depth, width, width))
    seed = rng.integers(1 << 30)
    for subject in (student, reference):
        generator = np.random.default_rng(seed)
        yield getattr(subject, name)(
            depth, activation, prepared(weights), generator, width, batch_size, skip
        )


def compare_statistics(*arguments, **options):
    (means, stds), (right_means, right_stds) = both(*arguments, **options)
    assert_close(vector(means), right_means, "means")
    assert_close(
        vector(stds),
        right_stds,
        "stds",
        hint="The standard deviation over all elements of each layer's output.",
    )


def compare_norms(*arguments, **options):
    norms, right = both(*arguments, **options)
    assert_close(vector(norms), right, "norms")


# ---- the signal on its way forward ---------------------------------------------------------------


@pytest.mark.points(5)
@pytest.mark.concept("activation_statistics")
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation_statistics(student, reference, rng, activation):
    """Activation statistics: mean and standard deviation of every layer's output, with and without
    skip connections
    """
    for skip in (False, True):
        compare_statistics(
            student, reference, "activation_statistics", rng, 4, activation, 5, 7, skip=skip
        )


# ---- the gradient on its way back ----------------------------------------------------------------


@pytest.mark.points(6)
@pytest.mark.concept("gradient_norms_by_layer")
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_norms(student, reference, rng, activation):
    """Gradient norms: the length of the gradient of each layer's weights, first layer first"""
    for skip in (False, True):
        compare_norms(
            student, reference, "gradient_norms_by_layer", rng, 4, activation, 5, 7, skip=skip
        )


# ---- what it is good for -------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("gradient_norms_by_layer")
@pytest.mark.depends("test_gradient_norms", "test_fan_in_init", "test_he_normal_init")
def test_gradients_vanish_and_explode(student, rng, plot):
    """Gradient norms: sigmoid makes them vanish, large weights explode; skip connections and He's
    weights cure it
    """
    depth = 20
    generator = np.random.default_rng(rng.integers(1 << 30))
    large = prepared(0.5 * rng.normal(size=(depth, 64, 64)))

    def norms(activation, init, *, skip=False):
        got = vector(
            student.gradient_norms_by_layer(depth, activation, init, generator, 64, 64, skip)
        )
        if type(got) is not np.ndarray or got.shape != (depth,) or not (got > 0).all():
            raise CheckFailure(f"norms are no {depth} positive numbers")
        return got

    vanishing, bypassed = (
        norms("sigmoid", student.fan_in_init),
        norms("sigmoid", student.fan_in_init, skip=True),
    )
    exploding, kept = norms("relu", large), norms("relu", student.he_normal_init)
    plot(
        "log10 of the gradient of each layer",
        **{"sigmoid": np.log10(vanishing), "sigmoid, skip connections": np.log10(bypassed)},
        **{"ReLU, large weights": np.log10(exploding), "ReLU, He": np.log10(kept)},
    )

    def first_to_last(got, low, high, what):
        ratio = got[0] / got[-1]
        if not low < ratio < high:
            raise CheckFailure(
                f"{what}: the first layer's gradient is {ratio:.1e} of the last one's; expected "
                f"{low:g} to {high:g}",
                hint="Does init get the generator itself, so that each layer draws weights of its "
                "own?",
            )

    first_to_last(vanishing, 0, 1e-6, "sigmoid")
    first_to_last(bypassed, 0.01, 100, "sigmoid with skip connections")
    first_to_last(kept, 0.1, 10, "ReLU with He's weights")
    if not exploding.min() > 1e3 * kept.max():
        raise CheckFailure("the gradient does not explode with large weights")


DEPTH, WIDTH, STEPS, BATCH = 10, 48, 200, 64


@pytest.mark.points(2)
@pytest.mark.concept("he_normal_init")
@pytest.mark.depends("test_he_normal_init", "test_warmup_cosine")
def test_a_deep_network_learns(student, calibration):
    """He and warm-up: ten layers of ReLU read digits, with your weights and your learning rates"""
    data = digits()
    sizes = [64, *[WIDTH] * (DEPTH - 1), 10]

    def train(seed):
        generators = [np.random.default_rng([seed, k]) for k in range(DEPTH)]
        W = student.batch(
            "he_normal_init", list(zip(sizes[:-1], sizes[1:], generators, strict=True))
        )
        rates = student.batch("warmup_cosine", [(t, 0.1, STEPS, 25, 0.001) for t in range(STEPS)])
        losses, rng = [], np.random.default_rng(seed)
        for rate in rates:
            batch = rng.integers(len(data.y_train), size=BATCH)
            loss, gradients = _loss(W, data.X_train[batch], data.y_train[batch])
            losses.append(loss)
            W = [w - rate * dw for w, dw in zip(W, gradients, strict=True)]
        return {"predicted": _outputs(W, data.X_test)[-1].argmax(axis=1), "losses": losses}

    assert_learns(
        train,
        metric=lambda result: accuracy(result["predicted"], data.y_test),
        key="deep-digits",
        calibration=calibration,
        history=lambda result: result["losses"],
        name="the network of ten layers",
    )


def _outputs(W, x):
    """The input and the output of every layer; the last has no ReLU."""
    outputs = [x]
    for w in W[:-1]:
        outputs.append(np.maximum(outputs[-1] @ w, 0))
    return [*outputs, outputs[-1] @ W[-1]]


def _loss(W, x, y):
    """The softmax loss and the gradients of all weights."""
    *inputs, scores = _outputs(W, x)
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    dout = np.exp(log_p)
    dout[rows, y] -= 1
    dout /= len(y)
    gradients = []
    for w, h in zip(reversed(W), reversed(inputs), strict=True):
        gradients.append(h.T @ dout)
        dout = dout @ w.T * (h > 0)
    return -log_p[rows, y].mean(), gradients[::-1]
