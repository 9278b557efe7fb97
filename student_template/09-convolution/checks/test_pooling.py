import numpy as np
import pytest

from grader.checks import assert_close, check_gradients


def window(height, width, stride):
    return {"pool_height": height, "pool_width": width, "stride": stride}


# ---- max pooling ---------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("max_pool")
def test_max_pool_forward(student, reference, rng):
    """Max pooling: the largest value of each window, channel by channel"""
    example = np.array([[[[1, 3, 5, 3], [4, 2, 3, 1], [3, 1, 1, 3], [0, 1, 0, 4]]]], dtype=float)
    out, _ = student.max_pool_forward(example, window(2, 2, 2))
    assert_close(out, np.array([[[[4.0, 5.0], [3.0, 4.0]]]]), "out")

    x = rng.normal(size=(2, 3, 6, 8))
    for pool_param in (window(3, 2, 1), window(1, 4, 2), {}):
        out, _ = student.max_pool_forward(x, pool_param)
        assert_close(out, reference.max_pool_forward(x, pool_param)[0], "out")


@pytest.mark.points(5)
@pytest.mark.concept("max_pool")
@pytest.mark.depends("test_max_pool_forward", consistent=0.5)
@pytest.mark.parametrize(
    ("shape", "pool_param"),
    [((2, 3, 4, 6), window(2, 2, 2)), ((3, 2, 5, 6), window(1, 2, 2))],
    ids=["2x2", "1x2"],
)
def test_max_pool_backward(student, reference, rng, shape, pool_param):
    """Max pooling: the gradient goes to the pixel that was the largest"""
    check_gradients(
        student, reference, "max_pool", rng.normal(size=shape), param=pool_param, rng=rng
    )


# ---- average pooling -----------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("avg_pool")
def test_avg_pool(student, reference, rng):
    """Average pooling: the mean of each window, and its gradient shared equally"""
    x = rng.normal(size=(2, 3, 6, 8))
    for pool_param in (window(3, 2, 3), window(1, 4, 2), {}):
        out, _ = student.avg_pool_forward(x, pool_param)
        assert_close(out, reference.avg_pool_forward(x, pool_param)[0], "out")

    check_gradients(
        student,
        reference,
        "avg_pool",
        rng.normal(size=(2, 3, 4, 6)),
        param=window(2, 2, 2),
        rng=rng,
    )


@pytest.mark.points(2)
@pytest.mark.concept("global_avg_pool")
def test_global_avg_pool(student, reference, rng):
    """Global average pooling: one mean per channel, and its gradient"""
    for shape in ((2, 3, 4, 5), (1, 2, 1, 3)):
        x = rng.normal(size=shape)
        out, _ = student.global_avg_pool_forward(x)
        assert_close(
            out,
            reference.global_avg_pool_forward(x)[0],
            "out",
            hint="One number per image and channel.",
        )
        check_gradients(student, reference, "global_avg_pool", x, rng=rng)
