import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_gradients


def conv_inputs(rng, x_shape, w_shape):
    return rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[0])


# ---- output shape --------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("conv")
def test_output_shape(student, reference):
    """Output shape: how often the window fits, rounded down"""
    for x_shape, w_shape, conv_param in (
        (
            (128, 3, 227, 227),
            (96, 3, 11, 11),
            {"stride": 4, "pad": 0},
        ),  # the first layer of AlexNet
        ((2, 3, 5, 8), (4, 3, 3, 3), {"stride": 1, "pad": 1}),  # as large as the image
        ((2, 3, 8, 12), (4, 3, 3, 5), {"stride": 3, "pad": 2}),  # the last step does not fit
        ((5, 1, 6, 4), (2, 1, 2, 3), {}),
    ):
        expected = reference.conv_output_shape(x_shape, w_shape, conv_param)
        assert_close(student.conv_output_shape(x_shape, w_shape, conv_param), expected, "the shape")


@pytest.mark.points(1)
@pytest.mark.concept("conv")
@pytest.mark.depends("test_output_shape")
@pytest.mark.hidden(
    "No window moves in steps of zero, and no frame is negative. What does your function say to "
    "that?"
)
def test_output_shape_rejects_impossible_steps(student):
    """Output shape: an impossible stride or pad raises a ValueError that names it"""
    x_shape, w_shape = (2, 3, 6, 5), (4, 3, 3, 3)
    assert_rejects(
        student.conv_output_shape, x_shape, w_shape, {"stride": 0, "pad": 1}, naming="stride"
    )
    assert_rejects(
        student.conv_output_shape, x_shape, w_shape, {"stride": 1, "pad": -1}, naming="pad"
    )


# ---- convolution, forward ------------------------------------------------------------------------


@pytest.mark.points(6)
@pytest.mark.concept("conv")
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "conv_param"),
    [
        ((2, 3, 5, 6), (4, 3, 3, 3), {"stride": 1, "pad": 1}),
        ((2, 3, 7, 8), (4, 3, 3, 2), {"stride": 2, "pad": 1}),
        ((3, 2, 4, 6), (5, 2, 2, 3), {}),
    ],
    ids=["stride1-pad1", "stride2-pad1", "defaults"],
)
def test_conv_forward(student, reference, rng, x_shape, w_shape, conv_param):
    """Convolution: every output is a kernel times the window below it, plus the bias"""
    x, w, b = conv_inputs(rng, x_shape, w_shape)

    out, _ = student.conv_forward(x, w, b, conv_param)

    expected, _ = reference.conv_forward(x, w, b, conv_param)
    assert_close(
        out,
        expected,
        "out",
        hint="The kernel is not flipped, and sums over all channels of its window.",
    )


@pytest.mark.points(4)
@pytest.mark.concept("conv")
@pytest.mark.depends("test_conv_forward")
@pytest.mark.hidden(
    "Which kernels and steps are legal? A step may be longer than the kernel, a frame wider than "
    "it, and at the "
    "bottom and on the right something may be left over."
)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "conv_param"),
    [
        ((2, 3, 8, 6), (4, 3, 3, 3), {"stride": 2, "pad": 0}),  # an uneven fit in both directions
        ((2, 2, 7, 9), (3, 2, 2, 1), {"stride": 3, "pad": 0}),  # gaps between the windows
        ((3, 2, 4, 5), (1, 2, 4, 5), {"stride": 1, "pad": 0}),  # one place
        ((1, 1, 1, 3), (2, 1, 2, 2), {"stride": 1, "pad": 3}),  # a frame wider than the kernel
        ((2, 5, 3, 4), (3, 5, 1, 1), {"stride": 1, "pad": 0}),  # one pixel at a time
    ],
    ids=["uneven", "gaps", "one-place", "wide-frame", "one-pixel"],
)
def test_conv_forward_in_the_corners(student, reference, rng, x_shape, w_shape, conv_param):
    """Convolution: every legal stride, pad and kernel"""
    x, w, b = conv_inputs(rng, x_shape, w_shape)

    out, _ = student.conv_forward(x, w, b, conv_param)

    assert_close(out, reference.conv_forward(x, w, b, conv_param)[0], "out")


@pytest.mark.points(2)
@pytest.mark.concept("conv")
@pytest.mark.depends("test_conv_backward", "test_max_pool_backward", "test_avg_pool")
@pytest.mark.hidden(
    "Look at the dtype of what you return. float32 stays float32, and what is computed from an "
    "image of whole "
    "numbers need not be whole."
)
def test_dtypes(student, reference, rng):
    """Dtypes: float32 stays float32, and integers are not rounded"""
    x, w, b = (a.astype(np.float32) for a in conv_inputs(rng, (2, 3, 5, 6), (4, 3, 3, 2)))
    conv_param, pool_param = (
        {"stride": 1, "pad": 1},
        {"pool_height": 2, "pool_width": 2, "stride": 2},
    )
    out, cache = student.conv_forward(x, w, b, conv_param)
    gradients = student.conv_backward(rng.normal(size=out.shape).astype(np.float32), cache)
    results = {"out of conv_forward": out, **dict(zip(("dx", "dw", "db"), gradients, strict=True))}
    for op in ("max_pool", "avg_pool"):
        results[f"out of {op}_forward"], cache = getattr(student, f"{op}_forward")(x, pool_param)
        dout = np.ones_like(results[f"out of {op}_forward"])
        results[f"dx of {op}_backward"] = getattr(student, f"{op}_backward")(dout, cache)
    for name, value in results.items():
        assert value.dtype == np.float32, (
            f"{name} has dtype {value.dtype}; expected float32, that of the input"
        )

    pixels = rng.integers(0, 256, (2, 3, 5, 6))
    out, _ = student.conv_forward(pixels, w.astype(float), b.astype(float), conv_param)
    assert_close(
        out, reference.conv_forward(pixels, w.astype(float), b.astype(float), conv_param)[0], "out"
    )
    out, _ = student.avg_pool_forward(pixels, pool_param)
    assert_close(out, reference.avg_pool_forward(pixels, pool_param)[0], "out")


@pytest.mark.points(1)
@pytest.mark.concept("conv")
@pytest.mark.depends("test_conv_forward")
@pytest.mark.hidden(
    "What does your function do with a kernel that does not fit the image, or a b that does not "
    "fit w?"
)
def test_conv_rejects_shapes_that_do_not_fit(student, rng):
    """Convolution: shapes that do not fit raise a ValueError that names the argument"""
    x, w, b = conv_inputs(rng, (2, 3, 5, 4), (4, 3, 3, 3))
    conv_param = {"stride": 1, "pad": 0}
    # the channels would broadcast
    assert_rejects(student.conv_forward, x, w[:, :1], b, conv_param, naming="w")
    assert_rejects(student.conv_forward, x[:, :, :2], w, b, conv_param, naming="w")
    assert_rejects(student.conv_forward, x[:, :, :, :2], w, b, conv_param, naming="w")
    assert_rejects(student.conv_forward, x, w, b[:1], conv_param, naming="b")
    assert_rejects(student.conv_forward, x[0], w, b, conv_param, naming="x")
    assert_rejects(student.conv_forward, x, w[0], b, conv_param, naming="w")


# ---- convolution, backward -----------------------------------------------------------------------


@pytest.mark.points(8)
@pytest.mark.concept("conv")
@pytest.mark.depends("test_conv_forward", consistent=0.5)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "conv_param"),
    [
        ((2, 3, 5, 6), (4, 3, 3, 3), {"stride": 1, "pad": 1}),
        ((3, 2, 5, 6), (4, 2, 3, 2), {"stride": 2, "pad": 1}),
    ],
    ids=["stride1-pad1", "stride2-pad1"],
)
def test_conv_backward(student, reference, rng, x_shape, w_shape, conv_param):
    """Convolution: dx, dw and db agree with the numeric gradient"""
    check_gradients(
        student, reference, "conv", *conv_inputs(rng, x_shape, w_shape), param=conv_param, rng=rng
    )


@pytest.mark.points(5)
@pytest.mark.concept("conv")
@pytest.mark.depends("test_conv_forward")
@pytest.mark.hidden(
    "Without padding there is no frame to cut off. What does x[0:-0] give in Python?"
)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "conv_param"),
    [
        ((2, 3, 5, 4), (4, 3, 3, 2), {"stride": 1, "pad": 0}),
        ((3, 2, 6, 5), (4, 2, 2, 3), {"stride": 2, "pad": 0}),
    ],
    ids=["stride1", "stride2"],
)
def test_conv_backward_without_padding(student, reference, rng, x_shape, w_shape, conv_param):
    """Convolution: the gradients without padding"""
    check_gradients(
        student, reference, "conv", *conv_inputs(rng, x_shape, w_shape), param=conv_param, rng=rng
    )


@pytest.mark.points(3)
@pytest.mark.concept("conv")
@pytest.mark.depends("test_conv_backward")
@pytest.mark.hidden(
    "Windows may overlap, leave gaps, or leave pixels over at the edge. What is the gradient of a "
    "pixel that several "
    "windows see, and of one that none sees?"
)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "conv_param"),
    [
        ((2, 3, 6, 7), (4, 3, 3, 5), {"stride": 2, "pad": 1}),
        ((2, 2, 6, 5), (3, 2, 2, 1), {"stride": 3, "pad": 2}),
        ((1, 2, 4, 3), (1, 2, 4, 3), {"stride": 2, "pad": 1}),
    ],
    ids=["overlap", "gaps", "one-place"],
)
def test_conv_backward_at_other_strides(student, reference, rng, x_shape, w_shape, conv_param):
    """Convolution: the gradients where windows overlap, leave gaps or leave pixels over"""
    check_gradients(
        student, reference, "conv", *conv_inputs(rng, x_shape, w_shape), param=conv_param, rng=rng
    )
