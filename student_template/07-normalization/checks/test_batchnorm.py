import pytest

from grader.checks import assert_close, check_gradients

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
