import pytest

from grader.checks import assert_close, check_gradients

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
