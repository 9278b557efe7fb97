import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects, check_gradients

# Whether ε stands inside or outside the root shows in the fifth digit, and is no mistake.
ANY_EPS = {"rtol": 1e-4, "atol": 1e-4}


def batch(rng, N, D):
    """x, gamma and beta, with a mean and a spread of its own for each sample."""
    x = rng.normal(size=(N, D)) * rng.uniform(2, 4, (N, 1)) + rng.normal(0, 3, (N, 1))
    return x, rng.uniform(0.5, 2, D) * rng.choice([-1, 1], D), rng.normal(size=D)


@pytest.mark.points(4)
@pytest.mark.concept("layernorm")
@pytest.mark.parametrize("shape", [(4, 6), (3, 9)], ids=str)
def test_layernorm_normalises_each_sample(student, reference, rng, shape):
    """Layer norm: every sample is normalised over its own features, then γ and β apply"""
    x, gamma, beta = batch(rng, *shape)

    out, _ = student.layernorm_forward(x, gamma, beta, {})

    assert_close(
        out,
        reference.layernorm_forward(x, gamma, beta, {})[0],
        "out",
        **ANY_EPS,
        hint="Mean and variance run over axis 1, the features; keepdims=True lets them be "
        "subtracted from x.",
    )


@pytest.mark.points(6)
@pytest.mark.concept("layernorm")
@pytest.mark.depends("test_layernorm_normalises_each_sample", consistent=0.5)
@pytest.mark.parametrize("shape", [(3, 7), (5, 4)], ids=str)
def test_layernorm_backward(student, reference, rng, shape):
    """Layer norm: dx, dgamma and dbeta agree with the numeric gradient"""
    check_gradients(
        student,
        reference,
        "layernorm",
        *batch(rng, *shape),
        param={"eps": 1e-10},
        rng=rng,
        **ANY_EPS,
    )


# ---- corners -----------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("layernorm")
@pytest.mark.depends("test_layernorm_normalises_each_sample")
@pytest.mark.hidden(
    "Does a sample come out differently when it is alone, or when ln_param holds a mode?"
)
def test_layernorm_does_not_know_the_other_samples(student, reference, rng):
    """Layer norm: a sample alone gives what it gives in a batch, in training and in testing"""
    x, gamma, beta = batch(rng, 5, 6)
    expected, _ = reference.layernorm_forward(x, gamma, beta, {})
    for mode in ("train", "test"):
        out, _ = student.layernorm_forward(x[2:3], gamma, beta, {"mode": mode})
        assert_close(out, expected[2:3], "out", **ANY_EPS)
    param = {"eps": 1e-10, "mode": "test"}
    check_gradients(
        student, reference, "layernorm", x[2:3], gamma, beta, param=param, rng=rng, **ANY_EPS
    )


@pytest.mark.points(2)
@pytest.mark.concept("layernorm")
@pytest.mark.depends("test_layernorm_normalises_each_sample")
@pytest.mark.hidden(
    "What is the variance of a sample whose features are all equal? And do you use the ε of "
    "ln_param?"
)
def test_layernorm_of_a_constant_sample(student, rng):
    """Layer norm: ε keeps a sample finite whose features are all equal"""
    x, gamma, beta = batch(rng, 3, 4)
    x[1] = 2.5

    out, _ = student.layernorm_forward(x, gamma, beta, {})
    assert_close(out[1], beta, "out[1]", **ANY_EPS)

    out, _ = student.layernorm_forward(x, gamma, beta, {"eps": 0.5})
    centred, var = x - x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    inside = gamma * centred / np.sqrt(var + 0.5) + beta
    outside = gamma * centred / (np.sqrt(var) + 0.5) + beta
    taken = np.shape(out) == outside.shape and np.allclose(out, outside)
    assert_close(out, outside if taken else inside, "out")


@pytest.mark.points(2)
@pytest.mark.concept("layernorm")
@pytest.mark.depends("test_layernorm_normalises_each_sample")
@pytest.mark.hidden(
    "Try float32, whole numbers, and features far from zero. Do you centre x before you square it?"
)
def test_layernorm_of_unusual_numbers(student, reference, rng):
    """Layer norm: float32 far from zero, and whole numbers"""
    # Whole numbers whose sum is exact in float32, so that any way of taking the mean will do.
    whole = rng.integers(-9, 10, size=(3, 8))
    _, gamma, beta = batch(rng, 3, 8)
    expected, _ = reference.layernorm_forward(whole, gamma, beta, {})

    out, _ = student.layernorm_forward(whole, gamma, beta, {})
    assert_close(out, expected, "out", **ANY_EPS)

    x, gamma, beta = (array.astype(np.float32) for array in (whole + 1e6, gamma, beta))
    out, cache = student.layernorm_forward(x, gamma, beta, {})
    assert_close(out, expected, "out", rtol=1e-3, atol=1e-3)
    gradients = student.layernorm_backward(whole.astype(np.float32), cache)
    for name, array in zip(("out", "dx", "dgamma", "dbeta"), (out, *gradients), strict=True):
        if array.dtype != np.float32:
            raise CheckFailure(f"{name} has dtype {array.dtype} where x has float32")


@pytest.mark.points(2)
@pytest.mark.concept("layernorm")
@pytest.mark.depends("test_layernorm_normalises_each_sample")
@pytest.mark.hidden(
    "γ and β have one entry for each feature. What happens with a single one, or with one per "
    "sample?"
)
def test_layernorm_rejects_what_does_not_fit(student, rng):
    """Layer norm: shapes that do not fit raise a ValueError that names the argument"""
    x, gamma, beta = batch(rng, 5, 3)
    forward = student.layernorm_forward
    assert_rejects(forward, x, gamma[:1], beta, {}, naming="gamma")
    assert_rejects(forward, x, gamma, np.resize(beta, (5, 1)), {}, naming="beta")
    assert_rejects(forward, x[0], gamma, beta, {}, naming="x")
