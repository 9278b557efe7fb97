import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close

FAN_IN, FAN_OUT = 300, 200
# standard errors that a sample may be off: a right initialiser is further off once in two million
# times
ERRORS = 5


def assert_weights(W, shape):
    if type(W) is not np.ndarray or W.dtype != np.float64:
        got = (
            f"an array of dtype {W.dtype}"
            if type(W) is np.ndarray
            else f"of type {type(W).__name__}"
        )
        raise CheckFailure(f"W is {got}; expected an array of dtype float64")
    if W.shape != shape:
        raise CheckFailure(f"W has shape {W.shape}; expected (fan_in, fan_out) = {shape}")


def assert_moments(W, std, kurtosis):
    """Mean and standard deviation, as exactly as the number of weights allows."""
    error = ERRORS / np.sqrt(W.size)
    assert_close(W.mean(), 0.0, "the mean of W", rtol=0, atol=error * std)
    assert_close(
        W.std(), std, "the standard deviation of W", rtol=error * np.sqrt(kurtosis - 1) / 2, atol=0
    )


def assert_normal(W, std):
    assert_moments(W, std, kurtosis=3)
    share = np.mean(np.abs(W) < std)
    if abs(share - 0.6827) > ERRORS * np.sqrt(0.6827 * 0.3173 / W.size):
        raise CheckFailure(
            f"W is not normal: {share:.1%} of it is within one standard deviation; expected 68.3%",
            hint="rng.normal draws normal numbers, rng.uniform does not.",
        )


# ---- the initialisers ----------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("zeros_init")
def test_zeros_init(student):
    """Zeros: an array (fan_in, fan_out) of zeros, with or without a generator"""
    for arguments in ((3, 5), (4, 2, np.random.default_rng(0))):
        W = student.zeros_init(*arguments)
        assert_weights(W, arguments[:2])
        assert_close(W, np.zeros(arguments[:2]), "W")


@pytest.mark.points(2)
@pytest.mark.concept("small_normal_init")
@pytest.mark.parametrize("std", [None, 0.3], ids=["default", "own std"])
def test_small_normal_init(student, rng, std):
    """Small normal: W ~ N(0, std²), and 0.01 where no std is given"""
    W = student.small_normal_init(FAN_IN, FAN_OUT, rng, *(() if std is None else (std,)))

    assert_weights(W, (FAN_IN, FAN_OUT))
    assert_normal(W, 0.01 if std is None else std)


@pytest.mark.points(3)
@pytest.mark.concept("fan_in_init")
def test_fan_in_init(student, rng):
    """Fan-in: W ~ N(0, 1/fan_in), which keeps the variance of a linear layer"""
    W = student.fan_in_init(FAN_IN, FAN_OUT, rng)

    assert_weights(W, (FAN_IN, FAN_OUT))
    assert_normal(W, np.sqrt(1 / FAN_IN))


@pytest.mark.points(3)
@pytest.mark.concept("he_normal_init")
def test_he_normal_init(student, rng):
    """He: W ~ N(0, 2/fan_in), twice the variance, because ReLU throws half of the signal away"""
    W = student.he_normal_init(FAN_IN, FAN_OUT, rng)

    assert_weights(W, (FAN_IN, FAN_OUT))
    assert_normal(W, np.sqrt(2 / FAN_IN))


@pytest.mark.points(3)
@pytest.mark.concept("xavier_uniform_init")
def test_xavier_uniform_init(student, rng):
    """Xavier: W is uniform between -a and a, with a = √(6 / (fan_in + fan_out))"""
    W = student.xavier_uniform_init(FAN_IN, FAN_OUT, rng)

    assert_weights(W, (FAN_IN, FAN_OUT))
    a = np.sqrt(6 / (FAN_IN + FAN_OUT))
    assert_moments(W, a / np.sqrt(3), kurtosis=1.8)
    if np.abs(W).max() > a * (1 + 1e-12):
        raise CheckFailure(
            f"W reaches {np.abs(W).max():.4f}, beyond a = {a:.4f}",
            hint="Uniform numbers have an end, normal ones do not.",
        )


@pytest.mark.points(1)
@pytest.mark.concept("zeros_init")
@pytest.mark.depends("test_zeros_init", "test_small_normal_init")
def test_equal_units_stay_equal(student, rng):
    """Zeros: units that start alike get the same gradient, so after training they are still one
    unit
    """
    x, y = rng.normal(size=(32, 3)), rng.normal(size=(32, 1))
    kinds = {}
    for name in ("zeros_init", "small_normal_init"):
        W1, W2 = getattr(student, name)(3, 4, rng), np.ones((4, 1))
        for _ in range(50):
            h = np.tanh(x @ W1)
            derror = (h @ W2 - y) / len(x)
            W1, W2 = W1 - 0.1 * x.T @ (derror @ W2.T * (1 - h**2)), W2 - 0.1 * h.T @ derror
        kinds[name] = len(np.unique(W1.round(12), axis=1).T)
    assert kinds == {"zeros_init": 1, "small_normal_init": 4}, (
        f"of 4 units so many are different: {kinds}"
    )
