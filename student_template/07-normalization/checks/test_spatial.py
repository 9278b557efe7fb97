import pytest

from grader.checks import assert_close, check_gradients

# Whether ε stands inside or outside the root shows in the fifth digit, and is no mistake.
ANY_EPS = {"rtol": 1e-4, "atol": 1e-4}


def images(rng, N, C, H, W):
    """x, gamma and beta, with a mean and a spread of its own for each channel and for each
    pixel.
    """
    x = rng.normal(size=(N, C, H, W)) * rng.uniform(2, 4, (C, 1, 1)) + rng.normal(0, 3, (C, 1, 1))
    x += rng.normal(size=(H, W))
    return x, rng.uniform(0.5, 2, C) * rng.choice([-1, 1], C), rng.normal(size=C)


def moved(rng, C):
    """Running statistics as some training has left them."""
    return {"running_mean": rng.normal(size=C), "running_var": rng.uniform(1, 4, C)}


def running(bn_param):
    """What a bn_param that the subject holds says about the running statistics."""
    return {
        key: value
        for key, value in bn_param.copy().items()
        if key in ("running_mean", "running_var")
    }


@pytest.mark.points(4)
@pytest.mark.concept("spatial_batchnorm")
@pytest.mark.parametrize("shape", [(3, 4, 2, 5), (2, 3, 4, 3)], ids=str)
def test_spatial_batchnorm_normalises_each_channel(student, reference, rng, shape):
    """Spatial batch norm: training normalises each channel over the batch and its pixels"""
    x, gamma, beta = images(rng, *shape)

    out, _ = student.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})

    assert_close(
        out,
        reference.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})[0],
        "out",
        **ANY_EPS,
        hint="To make rows of C features, bring the channels to the end first: x.transpose(0, 2, "
        "3, 1).",
    )


@pytest.mark.points(3)
@pytest.mark.concept("spatial_batchnorm")
def test_spatial_batchnorm_trains_and_tests(student, reference, rng):
    """Spatial batch norm: the running statistics of C channels, stored in training and used in test
    mode
    """
    bn_param = {"mode": "train", "momentum": 0.7, **moved(rng, 3)}
    mine, right = student.hold(bn_param), reference.hold(bn_param)
    for _ in range(2):
        inputs = images(rng, 4, 3, 2, 5)
        student.spatial_batchnorm_forward(*inputs, mine)
        reference.spatial_batchnorm_forward(*inputs, right)
        assert_close(
            running(mine),
            running(right),
            "bn_param",
            hint="One mean and one variance for each channel.",
        )

    statistics = moved(rng, 3)
    out, _ = student.spatial_batchnorm_forward(*inputs, {"mode": "test", **statistics})
    assert_close(
        out,
        reference.spatial_batchnorm_forward(*inputs, {"mode": "test", **statistics})[0],
        "out",
        **ANY_EPS,
    )


@pytest.mark.points(5)
@pytest.mark.concept("spatial_batchnorm")
@pytest.mark.depends("test_spatial_batchnorm_normalises_each_channel", consistent=0.5)
@pytest.mark.parametrize("shape", [(3, 2, 2, 4), (2, 3, 3, 2)], ids=str)
def test_spatial_batchnorm_backward(student, reference, rng, shape):
    """Spatial batch norm: dx, dgamma and dbeta agree with the numeric gradient"""
    param = {"mode": "train", "eps": 1e-10}
    check_gradients(
        student,
        reference,
        "spatial_batchnorm",
        *images(rng, *shape),
        param=param,
        rng=rng,
        **ANY_EPS,
    )
