import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects, check_gradients

# Whether ε stands inside or outside the root shows in the fifth digit, and is no mistake.
ANY_EPS = {"rtol": 1e-4, "atol": 1e-4}


def batch(rng, N, D):
    """x, gamma and beta, with a mean and a spread of its own for each feature."""
    x = rng.normal(rng.normal(0, 3, D), rng.uniform(2, 4, D), size=(N, D))
    return x, rng.uniform(0.5, 2, D) * rng.choice([-1, 1], D), rng.normal(size=D)


def moved(rng, D):
    """Running statistics as some training has left them."""
    return {"running_mean": rng.normal(size=D), "running_var": rng.uniform(1, 4, D)}


def running(bn_param):
    """What a bn_param that the subject holds says about the running statistics."""
    return {
        key: value
        for key, value in bn_param.copy().items()
        if key in ("running_mean", "running_var")
    }


# ---- training ----------------------------------------------------------------------------------


@pytest.mark.points(5)
@pytest.mark.concept("batchnorm")
@pytest.mark.parametrize("shape", [(6, 4), (9, 2)], ids=str)
def test_batchnorm_normalises_each_feature(student, reference, rng, shape):
    """Batch norm: training normalises each feature over the batch, then applies γ and β"""
    x, gamma, beta = batch(rng, *shape)

    out, _ = student.batchnorm_forward(x, gamma, beta, {"mode": "train", **moved(rng, shape[1])})

    assert_close(
        out,
        reference.batchnorm_forward(x, gamma, beta, {"mode": "train"})[0],
        "out",
        **ANY_EPS,
        hint="Mean and variance run over axis 0, the batch; the variance divides by N.",
    )


@pytest.mark.points(5)
@pytest.mark.concept("batchnorm")
@pytest.mark.parametrize("given", [False, True], ids=["first batches", "own momentum"])
def test_batchnorm_keeps_running_statistics(student, reference, rng, given):
    """Batch norm: training stores moving averages of the mean and the variance in bn_param"""
    bn_param = {"mode": "train"} | ({"momentum": 0.6, "eps": 0.5, **moved(rng, 3)} if given else {})
    mine, right = student.hold(bn_param), reference.hold(bn_param)
    for _ in range(3):
        inputs = batch(rng, 5, 3)
        student.batchnorm_forward(*inputs, mine)
        reference.batchnorm_forward(*inputs, right)

        hint = (
            "running = momentum * running + (1 - momentum) * batch, put back into the same "
            "dict. ε is no part of it."
        )
        assert_close(running(mine), running(right), "bn_param", hint=hint)


@pytest.mark.points(8)
@pytest.mark.concept("batchnorm")
@pytest.mark.depends("test_batchnorm_normalises_each_feature", consistent=0.5)
@pytest.mark.parametrize("shape", [(7, 3), (4, 5)], ids=str)
def test_batchnorm_backward(student, reference, rng, shape):
    """Batch norm: dx, dgamma and dbeta agree with the numeric gradient"""
    param = {"mode": "train", "eps": 1e-10}
    check_gradients(
        student, reference, "batchnorm", *batch(rng, *shape), param=param, rng=rng, **ANY_EPS
    )


# ---- testing -----------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("batchnorm")
def test_batchnorm_test_mode(student, reference, rng):
    """Batch norm: test mode uses the running statistics and leaves them as they are"""
    x, gamma, beta = batch(rng, 6, 4)
    statistics = moved(rng, 4)
    bn_param = student.hold({"mode": "test", **statistics})

    out, _ = student.batchnorm_forward(x, gamma, beta, bn_param)

    expected, _ = reference.batchnorm_forward(x, gamma, beta, {"mode": "test", **statistics})
    assert_close(out, expected, "out", **ANY_EPS, hint="γ and β apply in test mode too.")
    assert_close(
        running(bn_param),
        statistics,
        "bn_param",
        hint="Only training updates the running statistics.",
    )


@pytest.mark.points(3)
@pytest.mark.concept("batchnorm")
@pytest.mark.depends("test_batchnorm_test_mode")
@pytest.mark.hidden(
    "In test mode μ and σ² are constants. Which paths from x to the output are left?"
)
def test_batchnorm_backward_in_test_mode(student, reference, rng):
    """Batch norm: the gradients of test mode"""
    bn_param = {"mode": "test", "eps": 1e-10, **moved(rng, 3)}
    check_gradients(
        student, reference, "batchnorm", *batch(rng, 5, 3), param=bn_param, rng=rng, **ANY_EPS
    )


@pytest.mark.points(2)
@pytest.mark.concept("batchnorm")
@pytest.mark.hidden(
    "Test mode may come first, and with a single sample. What are the running statistics by "
    "default?"
)
def test_batchnorm_tests_before_it_trains(student, reference, rng):
    """Batch norm: test mode before any training, and on one sample"""
    x, gamma, beta = batch(rng, 1, 4)

    out, _ = student.batchnorm_forward(x, gamma, beta, {"mode": "test"})

    assert_close(
        out, reference.batchnorm_forward(x, gamma, beta, {"mode": "test"})[0], "out", **ANY_EPS
    )


# ---- corners -----------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("batchnorm")
@pytest.mark.depends("test_batchnorm_normalises_each_feature")
@pytest.mark.hidden(
    "What is the variance of a feature that never changes? And do you use the ε of bn_param?"
)
def test_batchnorm_of_a_constant_feature(student, rng):
    """Batch norm: ε keeps a feature finite that does not vary"""
    x, gamma, beta = batch(rng, 5, 3)
    x[:, 1] = 2.5

    out, _ = student.batchnorm_forward(x, gamma, beta, {"mode": "train"})
    assert_close(out[:, 1], np.full(5, beta[1]), "out[:, 1]", **ANY_EPS)

    out, _ = student.batchnorm_forward(x[:1], gamma, beta, {"mode": "train"})
    assert_close(out, beta[None], "out", **ANY_EPS)

    still = {"running_mean": x[0], "running_var": np.zeros(3)}
    out, _ = student.batchnorm_forward(x[:1], gamma, beta, {"mode": "test", **still})
    assert_close(out, beta[None], "out", **ANY_EPS)

    out, _ = student.batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": 0.5})
    mean, var = x.mean(axis=0), x.var(axis=0)
    inside = gamma * (x - mean) / np.sqrt(var + 0.5) + beta
    outside = gamma * (x - mean) / (np.sqrt(var) + 0.5) + beta
    taken = np.shape(out) == outside.shape and np.allclose(out, outside)
    assert_close(out, outside if taken else inside, "out")


@pytest.mark.points(2)
@pytest.mark.concept("batchnorm")
@pytest.mark.depends("test_batchnorm_normalises_each_feature")
@pytest.mark.hidden(
    "In float32 the square of a large number has lost its last digits. Centre x before you square "
    "it."
)
def test_batchnorm_far_from_zero(student, reference, rng):
    """Batch norm: features far from zero in float32"""
    # Whole numbers whose sum is exact in float32, so that any way of taking the mean will do.
    x = (1e6 + rng.integers(-9, 10, size=(8, 3))).astype(np.float32)
    gamma, beta = np.ones((2, 3), np.float32) * [[2], [1]]

    out, _ = student.batchnorm_forward(x, gamma, beta, {"mode": "train"})

    expected, _ = reference.batchnorm_forward(
        x.astype(np.float64) - 1e6, gamma, beta, {"mode": "train"}
    )
    assert_close(out, expected, "out", rtol=1e-3, atol=1e-3)


@pytest.mark.points(2)
@pytest.mark.concept("batchnorm")
@pytest.mark.depends("test_batchnorm_normalises_each_feature")
@pytest.mark.hidden("Which dtype has your output for float32, and for whole numbers?")
def test_batchnorm_keeps_the_dtype(student, reference, rng):
    """Batch norm: float32 stays float32, and whole numbers are normalised like others"""
    x, gamma, beta = (array.astype(np.float32) for array in batch(rng, 6, 4))
    statistics = {key: value.astype(np.float32) for key, value in moved(rng, 4).items()}
    for mode in ("train", "test"):
        out, cache = student.batchnorm_forward(x, gamma, beta, {"mode": mode, **statistics})
        gradients = student.batchnorm_backward(x, cache)
        for name, array in zip(("out", "dx", "dgamma", "dbeta"), (out, *gradients), strict=True):
            if array.dtype != np.float32:
                raise CheckFailure(f"{name} has dtype {array.dtype} where x has float32")

    whole = rng.integers(0, 20, size=(6, 4))
    gamma, beta = gamma.astype(np.float64), beta.astype(np.float64)
    out, _ = student.batchnorm_forward(whole, gamma, beta, {"mode": "train"})
    assert_close(
        out, reference.batchnorm_forward(whole, gamma, beta, {"mode": "train"})[0], "out", **ANY_EPS
    )


@pytest.mark.points(3)
@pytest.mark.concept("batchnorm")
@pytest.mark.depends("test_batchnorm_normalises_each_feature")
@pytest.mark.hidden(
    "A γ of length one is broadcast, images may pass for features. And is there a third mode?"
)
def test_batchnorm_rejects_what_does_not_fit(student, rng):
    """Batch norm: an unknown mode and shapes that do not fit raise a ValueError that names them"""
    x, gamma, beta = batch(rng, 5, 3)
    forward = student.batchnorm_forward
    assert_rejects(forward, x, gamma, beta, {"mode": "eval"}, naming="mode")
    assert_rejects(forward, x[:, :, None, None], gamma, beta, {"mode": "train"}, naming="x")
    assert_rejects(forward, x, gamma[:1], beta, {"mode": "train"}, naming="gamma")
    assert_rejects(forward, x, gamma, beta[:, None], {"mode": "train"}, naming="beta")
