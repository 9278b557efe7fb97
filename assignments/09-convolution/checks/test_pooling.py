import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_gradients


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


@pytest.mark.points(4)
@pytest.mark.concept("max_pool")
@pytest.mark.depends("test_max_pool_forward")
@pytest.mark.hidden(
    "Let the stride be smaller than the window. How often can one pixel be the largest?"
)
@pytest.mark.parametrize(
    ("shape", "pool_param"),
    [((2, 3, 5, 6), window(3, 2, 1)), ((3, 2, 6, 8), window(3, 3, 2))],
    ids=["3x2", "3x3"],
)
def test_max_pool_of_overlapping_windows(student, reference, rng, shape, pool_param):
    """Max pooling: a pixel that is the largest of several windows gets the sum"""
    check_gradients(
        student, reference, "max_pool", rng.normal(size=shape), param=pool_param, rng=rng
    )


@pytest.mark.points(2)
@pytest.mark.concept("max_pool")
@pytest.mark.depends("test_max_pool_backward")
@pytest.mark.hidden(
    "An image may be dark all over, its size need not suit the window, and two pixels may be equal."
)
def test_max_pool_of_other_images(student, reference, rng):
    """Max pooling: negative images, sizes that do not suit, equal pixels"""
    x = -1 - rng.random((2, 3, 7, 5))
    for pool_param in (window(2, 3, 2), window(1, 2, 3)):
        out, cache = student.max_pool_forward(x, pool_param)
        expected, own_cache = reference.max_pool_forward(x, pool_param)
        assert_close(out, expected, "out")
        dout = rng.normal(size=out.shape)
        assert_close(
            student.max_pool_backward(dout, cache),
            reference.max_pool_backward(dout, own_cache),
            "dx",
        )

    out, cache = student.max_pool_forward(np.full((2, 3, 4, 6), 0.5), window(2, 2, 2))
    dout = rng.normal(size=out.shape)
    dx = student.max_pool_backward(dout, cache)
    per_window = np.asarray(dx).reshape(2, 3, 2, 2, 3, 2).sum(axis=(3, 5))
    assert_close(
        per_window,
        dout,
        "the sum of dx over each window of equal pixels",
        hint="Hand each dout out once.",
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
@pytest.mark.concept("avg_pool")
@pytest.mark.depends("test_avg_pool")
@pytest.mark.hidden(
    "Windows may overlap and leave pixels over. A pixel gets its share from every window that "
    "holds it."
)
@pytest.mark.parametrize(
    ("shape", "pool_param"),
    [((2, 3, 5, 6), window(3, 2, 1)), ((3, 2, 6, 8), window(2, 3, 2))],
    ids=["3x2", "2x3"],
)
def test_avg_pool_of_overlapping_windows(student, reference, rng, shape, pool_param):
    """Average pooling: overlapping windows, sizes that do not suit"""
    check_gradients(
        student, reference, "avg_pool", rng.normal(size=shape), param=pool_param, rng=rng
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


@pytest.mark.points(1)
@pytest.mark.concept("max_pool")
@pytest.mark.depends("test_max_pool_forward", "test_avg_pool", "test_global_avg_pool")
@pytest.mark.hidden(
    "A window that is larger than the image fits nowhere. What does your function return then?"
)
def test_pooling_rejects_windows_that_do_not_fit(student, rng):
    """Pooling: what does not fit raises a ValueError that names it"""
    x = rng.normal(size=(2, 3, 4, 5))
    for function in (student.max_pool_forward, student.avg_pool_forward):
        assert_rejects(function, x, window(5, 2, 1), naming="pool_height")
        assert_rejects(function, x, window(2, 6, 1), naming="pool_width")
        assert_rejects(function, x, window(2, 2, 0), naming="stride")
        assert_rejects(function, x[0], window(2, 2, 2), naming="x")
    assert_rejects(student.global_avg_pool_forward, x[0], naming="x")
