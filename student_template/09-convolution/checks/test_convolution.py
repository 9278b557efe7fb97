import pytest

from grader.checks import assert_close, check_gradients


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
