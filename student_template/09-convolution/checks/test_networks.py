import pytest

from grader.checks import assert_close, check_gradients


def block_params(rng, C, F, K, stride=1):
    """Parameters of a residual block, with a projection where it changes the shape."""
    params = {
        "w1": rng.normal(size=(F, C, K, K)) / K,
        "b1": rng.normal(size=F),
        "w2": rng.normal(size=(F, F, K, K)) / K,
        "b2": rng.normal(size=F),
    }
    if stride > 1:
        params["stride"] = stride
    if stride > 1 or C != F:
        params |= {"w_proj": rng.normal(size=(F, C, 1, 1)), "b_proj": rng.normal(size=F)}
    return params


# ---- residual block ------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("residual_block")
@pytest.mark.depends("test_conv_forward")
def test_residual_block_forward(student, reference, rng):
    """Residual block: conv-relu-conv plus the input, or plus its projection"""
    for C, F, stride in ((3, 3, 1), (2, 4, 1), (2, 3, 2)):
        x, params = rng.normal(size=(2, C, 4, 6)), block_params(rng, C, F, 3, stride)
        if "w_proj" in params:
            arguments = x, params["w_proj"], params["b_proj"], {"stride": stride, "pad": 0}
            shortcut, _ = student.conv_forward(*arguments)
            assert_close(
                shortcut,
                reference.conv_forward(*arguments)[0],
                "the projection, which is a 1 x 1 convolution,",
            )
        out, _ = student.residual_block_forward(x, params)
        expected, _ = reference.residual_block_forward(x, params)
        assert_close(
            out,
            expected,
            "out",
            hint="One ReLU, between the convolutions. There is none after the sum.",
        )


@pytest.mark.points(2)
@pytest.mark.concept("residual_block")
@pytest.mark.depends("test_residual_block_forward", "test_conv_backward")
def test_residual_block_backward(student, reference, rng):
    """Residual block: dx comes back on both ways, and every parameter has its gradient"""
    x, params = rng.normal(size=(2, 3, 3, 4)), block_params(rng, 3, 3, 3)
    check_gradients(student, reference, "residual_block", x, params, rng=rng)


# ---- parameters ----------------------------------------------------------------------------------


def conv(filters, kernel, **others):
    return {"type": "conv", "filters": filters, "kernel": kernel, **others}


def pool(**others):
    return {"type": "pool", **others}


def affine(units):
    return {"type": "affine", "units": units}


def image(*shape):
    return {"type": "input", "shape": shape}


@pytest.mark.points(3)
@pytest.mark.concept("count_parameters")
def test_count_parameters(student):
    """Counting: 26 parameters in a small network, 62,378,344 in AlexNet"""
    count = student.count_parameters([image(3), affine(4), affine(2)])
    assert_close(
        count,
        26,
        "the number of parameters",
        hint="3 x 4 + 4 and 4 x 2 + 2: every unit has a bias.",
    )

    count = student.count_parameters([image(3, 32, 32), conv(6, 5)])
    assert_close(
        count,
        456,
        "the number of parameters",
        hint="Six kernels of 3 x 5 x 5, and a bias for each.",
    )

    count = student.count_parameters([image(1, 27, 27), conv(6, 3, pad=2), pool(), affine(10)])
    assert_close(
        count,
        11_830,
        "the number of parameters",
        hint="What reaches the affine layer is 6 x 14 x 14.",
    )

    three_by_three = {"kernel": 3, "stride": 1, "pad": 1}
    alexnet = [
        image(3, 227, 227),
        conv(96, 11, stride=4, pad=0),
        pool(kernel=3, stride=2),
        conv(256, 5, stride=1, pad=2),
        pool(kernel=3, stride=2),
        conv(384, **three_by_three),
        conv(384, **three_by_three),
        conv(256, **three_by_three),
        pool(kernel=3, stride=2),
        *map(affine, (4096, 4096, 1000)),
    ]
    hint = "What reaches the first affine layer is 256 x 6 x 6."
    assert_close(
        student.count_parameters(alexnet),
        62_378_344,
        "the number of parameters of AlexNet",
        hint=hint,
    )
