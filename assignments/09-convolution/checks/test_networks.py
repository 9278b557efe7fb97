import pytest

from grader.checks import assert_close, assert_rejects, check_gradients


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


@pytest.mark.points(2)
@pytest.mark.concept("residual_block")
@pytest.mark.depends("test_residual_block_backward", "test_conv_backward_without_padding")
@pytest.mark.hidden(
    "The projection is a convolution of its own. What comes back through it, and what does it "
    "learn itself?"
)
def test_residual_block_backward_through_the_projection(student, reference, rng):
    """Residual block: the gradients where the shortcut is a projection"""
    x, params = rng.normal(size=(2, 2, 3, 4)), block_params(rng, 2, 3, 3)
    check_gradients(student, reference, "residual_block", x, params, rng=rng)


@pytest.mark.points(3)
@pytest.mark.concept("residual_block")
@pytest.mark.depends("test_residual_block_backward_through_the_projection")
@pytest.mark.hidden(
    "Kernels need not be 3 x 3, and a block may have a stride although the number of channels "
    "stays. Is a size or a "
    "frame written into your code?"
)
@pytest.mark.parametrize(
    ("C", "F", "K", "stride"),
    [(2, 2, 5, 1), (3, 2, 1, 1), (2, 2, 3, 2)],
    ids=["5x5", "1x1", "stride2"],
)
def test_residual_block_of_other_sizes(student, reference, rng, C, F, K, stride):
    """Residual block: 1 x 1 and 5 x 5 kernels, a stride, odd images"""
    x, params = rng.normal(size=(2, C, 5, 3)), block_params(rng, C, F, K, stride)
    first = x, params["w1"], params["b1"], {"stride": stride, "pad": K // 2}
    assert_close(
        student.conv_forward(*first)[0], reference.conv_forward(*first)[0], "the first convolution"
    )

    out, _ = student.residual_block_forward(x, params)

    assert_close(out, reference.residual_block_forward(x, params)[0], "out")
    check_gradients(student, reference, "residual_block", x, params, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("residual_block")
@pytest.mark.depends("test_residual_block_forward")
@pytest.mark.hidden(
    "numpy adds arrays of different shapes without a word. Does your block notice a sum that does "
    "not fit?"
)
def test_residual_block_rejects_a_missing_projection(student, rng):
    """Residual block: a missing projection raises a ValueError that names w_proj"""
    params = block_params(rng, 1, 4, 3)
    del params["w_proj"], params["b_proj"]
    assert_rejects(
        student.residual_block_forward, rng.normal(size=(2, 1, 4, 5)), params, naming="w_proj"
    )


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


@pytest.mark.points(2)
@pytest.mark.concept("count_parameters")
@pytest.mark.depends("test_count_parameters")
@pytest.mark.hidden(
    "Keys may be left out, images need not be square, sizes need not be even, and a list may not "
    "be a network."
)
def test_count_parameters_of_other_networks(student, reference):
    """Counting: keys left out, odd images, lists that are no network"""
    for network in (
        [image(2, 9, 14), conv(3, 4), pool(), affine(5)],
        [image(1, 7, 12), pool(stride=3), conv(4, 3, pad=2), conv(2, 3, stride=2), affine(3)],
        [image(2, 3, 5), affine(4)],
        [image(7)],
    ):
        assert_close(
            student.count_parameters(network),
            reference.count_parameters(network),
            "the number of parameters",
        )
    for broken in (
        [],
        [{"type": "input"}, affine(4)],
        [affine(4)],
        [image(2, 9, 9), {"type": "dropout"}],
        [image(2, 9, 9), {"type": "affine"}],
    ):
        assert_rejects(student.count_parameters, broken, naming="architecture")
