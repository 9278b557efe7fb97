from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import reference.convolution as convolution
from grader.checks import check_gradients
from reference.convolution import (
    avg_pool_backward,
    avg_pool_forward,
    conv_backward,
    conv_forward,
    conv_output_shape,
    count_parameters,
    global_avg_pool_backward,
    global_avg_pool_forward,
    max_pool_backward,
    max_pool_forward,
    residual_block_backward,
    residual_block_forward,
)

F = torch.nn.functional

# (N, C, H, W), (F, HH, WW), stride, pad. Beyond the textbook's squares: kernels that are not
# square, an uneven fit, windows that leave gaps, a pad wider than the kernel, one pixel, one
# sample.
CONVOLUTIONS = [
    ((2, 3, 5, 7), (4, 3, 3), 1, 1),
    ((2, 3, 5, 7), (4, 3, 3), 1, 0),
    ((2, 3, 7, 6), (2, 2, 3), 2, 0),
    ((1, 1, 6, 9), (1, 3, 2), 2, 1),
    ((3, 2, 8, 5), (2, 3, 1), 3, 0),
    ((2, 1, 4, 4), (3, 1, 1), 2, 0),
    ((1, 2, 3, 4), (2, 2, 2), 1, 3),
    ((2, 2, 3, 5), (1, 3, 5), 1, 0),
    ((1, 1, 1, 1), (1, 1, 1), 1, 0),
    ((1, 4, 2, 2), (2, 5, 5), 2, 2),
]
# (N, C, H, W), pool_height, pool_width, stride: overlap, gaps, uneven fits, the whole image, single
# pixels.
POOLS = [
    ((2, 3, 4, 6), 2, 2, 2),
    ((2, 3, 5, 7), 3, 2, 1),
    ((1, 2, 7, 8), 3, 3, 2),
    ((2, 1, 8, 7), 2, 1, 3),
    ((3, 2, 3, 5), 3, 5, 1),
    ((2, 2, 4, 3), 1, 1, 1),
    ((1, 1, 6, 5), 1, 4, 2),
]
every_convolution = pytest.mark.parametrize(
    ("shape", "kernel", "stride", "pad"), CONVOLUTIONS, ids=str
)
every_pool = pytest.mark.parametrize(("shape", "height", "width", "stride"), POOLS, ids=str)
every_kind_of_pool = pytest.mark.parametrize("kind", ["max", "avg"])


def pool_functions(kind):
    return getattr(convolution, f"{kind}_pool_forward"), getattr(
        convolution, f"{kind}_pool_backward"
    )


def assert_gradients(gradients, output, leaves, dout):
    for got, want in zip(
        gradients, torch.autograd.grad(output, leaves, torch.tensor(dout)), strict=True
    ):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-11)


@every_convolution
def test_convolution_agrees_with_torch(shape, kernel, stride, pad):
    rng = np.random.default_rng(1)
    filters, *size = kernel
    inputs = (
        rng.normal(size=shape),
        rng.normal(size=(filters, shape[1], *size)),
        rng.normal(size=filters),
    )
    param = {"stride": stride, "pad": pad}
    out, cache = conv_forward(*inputs, param)
    leaves = [torch.tensor(array, requires_grad=True) for array in inputs]
    expected = F.conv2d(*leaves, stride=stride, padding=pad)
    assert out.shape == expected.shape == conv_output_shape(shape, inputs[1].shape, param)
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-11, atol=1e-12)
    dout = rng.normal(size=out.shape)
    assert_gradients(conv_backward(dout, cache), expected, leaves, dout)


@every_convolution
def test_convolution_gradients_agree_with_differences(shape, kernel, stride, pad):
    rng = np.random.default_rng(2)
    filters, *size = kernel
    inputs = (
        rng.normal(size=shape),
        rng.normal(size=(filters, shape[1], *size)),
        rng.normal(size=filters),
    )
    check_gradients(
        convolution, convolution, "conv", *inputs, param={"stride": stride, "pad": pad}, rng=rng
    )


def test_convolution_is_its_equation():
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(2, 3, 5, 6)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
    framed = np.zeros((2, 3, 7, 8))
    framed[:, :, 1:6, 1:7] = x
    out, _ = conv_forward(x, w, b, {"stride": 2, "pad": 1})
    assert out.shape == (2, 4, 3, 4)
    for n, f, i, j in np.ndindex(out.shape):
        window = framed[n, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 2]
        assert out[n, f, i, j] == pytest.approx(b[f] + (w[f] * window).sum(), rel=1e-12)


def test_stride_is_1_and_pad_is_0_unless_given():
    rng = np.random.default_rng(4)
    x, w, b = rng.normal(size=(1, 1, 5, 5)), rng.normal(size=(1, 1, 3, 3)), rng.normal(size=1)
    np.testing.assert_array_equal(
        conv_forward(x, w, b, {})[0], conv_forward(x, w, b, {"stride": 1, "pad": 0})[0]
    )
    assert conv_output_shape((1, 1, 5, 5), (1, 1, 3, 3), {}) == (1, 1, 3, 3)


def test_pixels_that_no_window_saw_get_no_gradient():
    _, cache = conv_forward(
        np.ones((1, 1, 5, 6)), np.ones((1, 1, 2, 2)), np.zeros(1), {"stride": 3, "pad": 0}
    )
    dx, _, _ = conv_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
    np.testing.assert_array_equal(
        dx[0, 0],
        [
            [1, 1, 0, 2, 2, 0],
            [1, 1, 0, 2, 2, 0],
            [0, 0, 0, 0, 0, 0],
            [3, 3, 0, 4, 4, 0],
            [3, 3, 0, 4, 4, 0],
        ],
    )


@settings(deadline=None)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(0, 3),
)
def test_the_output_shape_counts_the_places_of_the_window(H, W, HH, WW, stride, pad):
    def places(length, window):
        return len(range(-pad, length + pad - window + 1, stride))

    expected = (7, 5, places(H, HH), places(W, WW))
    if 0 in expected:
        with pytest.raises(ValueError, match="the size of the padded image"):
            conv_output_shape((7, 2, H, W), (5, 2, HH, WW), {"stride": stride, "pad": pad})
    else:
        assert (
            conv_output_shape((7, 2, H, W), (5, 2, HH, WW), {"stride": stride, "pad": pad})
            == expected
        )


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(0, 2))
def test_convolution_backward_is_the_adjoint_of_forward(seed, stride, pad):
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(2, 2, 5, 4)), rng.normal(size=(3, 2, 3, 2))
    out, cache = conv_forward(x, w, np.zeros(3), {"stride": stride, "pad": pad})
    dout = rng.normal(size=out.shape)
    dx, dw, _ = conv_backward(dout, cache)
    assert np.vdot(dout, out) == pytest.approx(np.vdot(dx, x), abs=1e-9)
    assert np.vdot(dout, out) == pytest.approx(np.vdot(dw, w), abs=1e-9)


@every_pool
@every_kind_of_pool
def test_pooling_agrees_with_torch(kind, shape, height, width, stride):
    rng = np.random.default_rng(5)
    forward, backward = pool_functions(kind)
    x = rng.normal(size=shape)
    out, cache = forward(x, {"pool_height": height, "pool_width": width, "stride": stride})
    leaf = torch.tensor(x, requires_grad=True)
    expected = getattr(F, f"{kind}_pool2d")(leaf, (height, width), stride)
    assert out.shape == expected.shape
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-12, atol=1e-14)
    dout = rng.normal(size=out.shape)
    assert_gradients([backward(dout, cache)], expected, [leaf], dout)


@every_pool
@every_kind_of_pool
def test_pooling_gradients_agree_with_differences(kind, shape, height, width, stride):
    rng = np.random.default_rng(6)
    param = {"pool_height": height, "pool_width": width, "stride": stride}
    check_gradients(
        convolution, convolution, f"{kind}_pool", rng.normal(size=shape), param=param, rng=rng
    )


@every_kind_of_pool
def test_pools_are_2_x_2_with_stride_2_unless_given(kind):
    x = np.random.default_rng(7).normal(size=(1, 2, 5, 6))
    forward, _ = pool_functions(kind)
    explicit, _ = forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    np.testing.assert_array_equal(forward(x, {})[0], explicit)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_ties_in_max_pooling_share_out_the_gradient_once_and_agree_with_torch(
    seed, height, width, stride
):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, (2, 2, 5, 4)).astype(float)  # nearly every window has a tie
    out, cache = max_pool_forward(x, {"pool_height": height, "pool_width": width, "stride": stride})
    dout = rng.normal(size=out.shape)
    dx = max_pool_backward(dout, cache)
    assert dx.sum() == pytest.approx(dout.sum(), abs=1e-9)
    leaf = torch.tensor(x, requires_grad=True)
    (expected,) = torch.autograd.grad(
        F.max_pool2d(leaf, (height, width), stride), leaf, torch.tensor(dout)
    )
    np.testing.assert_allclose(dx, expected, atol=1e-12)


def test_max_pooling_of_the_lecture_s_matrix():
    x = np.array([[[[1, 3, 5, 3], [4, 2, 3, 1], [3, 1, 1, 3], [0, 1, 0, 4]]]])
    out, _ = max_pool_forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    np.testing.assert_array_equal(out, [[[[4, 5], [3, 4]]]])


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 1, 1, 1), (3, 2, 1, 6)], ids=str)
def test_global_average_pooling_agrees_with_torch_and_differences(shape):
    rng = np.random.default_rng(8)
    x, dout = rng.normal(size=shape), rng.normal(size=shape[:2])
    out, cache = global_avg_pool_forward(x)
    leaf = torch.tensor(x, requires_grad=True)
    expected = F.adaptive_avg_pool2d(leaf, 1)[:, :, 0, 0]
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-12)
    assert_gradients([global_avg_pool_backward(dout, cache)], expected, [leaf], dout)
    check_gradients(convolution, convolution, "global_avg_pool", x, rng=rng)


def residual_params(rng, C, filters, size=3, projection=False, stride=None):
    params = {
        "w1": rng.normal(size=(filters, C, size, size)),
        "b1": rng.normal(size=filters),
        "w2": rng.normal(size=(filters, filters, size, size)),
        "b2": rng.normal(size=filters),
    }
    if projection:
        params |= {
            "w_proj": rng.normal(size=(filters, C, 1, 1)),
            "b_proj": rng.normal(size=filters),
        }
    return params if stride is None else params | {"stride": stride}


BLOCKS = {
    "identity": ((2, 3, 4, 5), {"C": 3, "filters": 3}),
    "identity 1 x 1": ((1, 2, 3, 3), {"C": 2, "filters": 2, "size": 1, "stride": 1}),
    "identity 5 x 5": ((1, 1, 4, 3), {"C": 1, "filters": 1, "size": 5}),
    "more channels": ((2, 2, 4, 3), {"C": 2, "filters": 4, "projection": True}),
    "half the size": ((2, 2, 5, 6), {"C": 2, "filters": 3, "projection": True, "stride": 2}),
    "a third of it": (
        (1, 1, 7, 9),
        {"C": 1, "filters": 2, "projection": True, "stride": 3, "size": 5},
    ),
}


@pytest.mark.parametrize("case", BLOCKS)
def test_residual_block_agrees_with_torch(case):
    rng = np.random.default_rng(9)
    shape, options = BLOCKS[case]
    x, params = rng.normal(size=shape), residual_params(rng, **options)
    out, cache = residual_block_forward(x, params)
    stride, pad = params.pop("stride", 1), options.get("size", 3) // 2
    leaf, leaves = (
        torch.tensor(x, requires_grad=True),
        {name: torch.tensor(value, requires_grad=True) for name, value in params.items()},
    )
    hidden = F.relu(F.conv2d(leaf, leaves["w1"], leaves["b1"], stride=stride, padding=pad))
    shortcut = (
        F.conv2d(leaf, leaves["w_proj"], leaves["b_proj"], stride=stride)
        if "w_proj" in leaves
        else leaf
    )
    expected = F.conv2d(hidden, leaves["w2"], leaves["b2"], padding=pad) + shortcut
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-10, atol=1e-11)
    dout = rng.normal(size=out.shape)
    dx, dparams = residual_block_backward(dout, cache)
    assert list(dparams) == list(params)
    assert_gradients([dx, *dparams.values()], expected, [leaf, *leaves.values()], dout)


@pytest.mark.parametrize("case", ["identity", "half the size"])
def test_residual_block_gradients_agree_with_differences(case):
    rng = np.random.default_rng(10)
    shape, options = BLOCKS[case]
    params = residual_params(rng, **options)
    stride = params.pop("stride", 1)
    names = list(params)

    def forward(x, *arrays):
        return residual_block_forward(x, dict(zip(names, arrays, strict=True)) | {"stride": stride})

    def backward(dout, cache):
        dx, dparams = residual_block_backward(dout, cache)
        return dx, *(dparams[name] for name in names)

    block = SimpleNamespace(block_forward=forward, block_backward=backward)
    check_gradients(block, block, "block", rng.normal(size=shape), *params.values(), rng=rng)


def test_a_residual_block_of_zeros_passes_everything_through():
    rng = np.random.default_rng(11)
    params = {name: 0 * value for name, value in residual_params(rng, 2, 2).items()}
    x, dout = rng.normal(size=(2, 2, 2, 3, 4))
    out, cache = residual_block_forward(x, params)
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(residual_block_backward(dout, cache)[0], dout)


def test_the_relu_of_a_residual_block_passes_no_gradient_at_zero():
    params = residual_params(np.random.default_rng(14), 1, 1)
    params |= {"w1": np.zeros((1, 1, 3, 3)), "b1": np.zeros(1)}
    out, cache = residual_block_forward(np.ones((1, 1, 3, 3)), params)
    dx, dparams = residual_block_backward(np.ones_like(out), cache)
    np.testing.assert_array_equal(dx, np.ones_like(dx))
    assert not dparams["w1"].any()
    assert not dparams["b1"].any()


ALEXNET = [
    ({"type": "input", "shape": (3, 227, 227)}, 0),
    ({"type": "conv", "filters": 96, "kernel": 11, "stride": 4}, 34_944),
    ({"type": "pool", "kernel": 3, "stride": 2}, 0),
    ({"type": "conv", "filters": 256, "kernel": 5, "pad": 2}, 614_656),
    ({"type": "pool", "kernel": 3, "stride": 2}, 0),
    ({"type": "conv", "filters": 384, "kernel": 3, "pad": 1}, 885_120),
    ({"type": "conv", "filters": 384, "kernel": 3, "pad": 1}, 1_327_488),
    ({"type": "conv", "filters": 256, "kernel": 3, "pad": 1}, 884_992),
    ({"type": "pool", "kernel": 3, "stride": 2}, 0),
    ({"type": "affine", "units": 4096}, 37_752_832),
    ({"type": "affine", "units": 4096}, 16_781_312),
    ({"type": "affine", "units": 1000}, 4_097_000),
]


@pytest.mark.parametrize("depth", range(1, len(ALEXNET) + 1))
def test_alexnet_s_table_is_counted_layer_by_layer(depth):
    architecture = [layer for layer, _ in ALEXNET[:depth]]
    assert count_parameters(architecture) == sum(count for _, count in ALEXNET[:depth])


def test_alexnet_has_62_million_parameters_most_of_them_in_its_affine_layers():
    layers = [layer for layer, _ in ALEXNET]
    assert count_parameters(layers) == 62_378_344
    assert count_parameters(layers[:9]) < 0.1 * count_parameters(layers)


def test_the_network_of_the_lecture_has_26_parameters():
    layers = [{"type": "affine", "units": 4}, {"type": "affine", "units": 2}]
    assert count_parameters([{"type": "input", "shape": (3,)}, *layers]) == 26
    assert count_parameters([{"type": "input", "shape": [3]}, *layers]) == 26


def test_a_pool_in_an_architecture_is_2_x_2_with_stride_2_unless_given():
    layers = [
        {"type": "input", "shape": (1, 6, 7)},
        {"type": "pool"},
        {"type": "affine", "units": 1},
    ]
    assert count_parameters(layers) == 3 * 3 + 1


def test_counts_agree_with_torch_where_the_image_is_not_square_and_defaults_are_left_out():
    layers = [
        {"type": "input", "shape": (2, 9, 13)},
        {"type": "conv", "filters": 3, "kernel": 2},
        {"type": "pool"},
        {"type": "conv", "filters": 5, "kernel": 3, "stride": 2, "pad": 2},
        {"type": "pool", "kernel": 3, "stride": 1},
        {"type": "affine", "units": 7},
    ]
    modules = [
        torch.nn.Conv2d(2, 3, 2),
        torch.nn.MaxPool2d(2, 2),
        torch.nn.Conv2d(3, 5, 3, stride=2, padding=2),
    ]
    network = torch.nn.Sequential(
        *modules, torch.nn.MaxPool2d(3, 1), torch.nn.Flatten(), torch.nn.LazyLinear(7)
    )
    network(torch.zeros(1, 2, 9, 13))
    assert count_parameters(layers) == sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    rng = np.random.default_rng(12)
    x, w, b = (rng.normal(size=shape).astype(dtype) for shape in [(2, 1, 5, 6), (3, 1, 3, 2), (3,)])
    results = []
    for forward, backward, arguments in [
        (conv_forward, conv_backward, (x, w, b, {"stride": 2, "pad": 1})),
        (max_pool_forward, max_pool_backward, (x, {})),
        (avg_pool_forward, avg_pool_backward, (x, {})),
        (global_avg_pool_forward, global_avg_pool_backward, (x,)),
    ]:
        out, cache = forward(*arguments)
        gradients = backward(np.ones_like(out), cache)
        results += [out, *(gradients if isinstance(gradients, tuple) else (gradients,))]
    params = {
        name: value.astype(dtype)
        for name, value in residual_params(rng, 1, 2, projection=True).items()
    }
    out, cache = residual_block_forward(x, params)
    dx, dparams = residual_block_backward(np.ones_like(out), cache)
    results += [out, dx, *dparams.values()]
    assert [array.dtype for array in results] == [dtype] * (4 + 2 + 2 + 2 + 8)


def test_the_output_and_the_gradient_are_arrays_of_their_own():
    x = np.ones((1, 1, 2, 2))
    single = {"pool_height": 1, "pool_width": 1, "stride": 1}
    for forward in (max_pool_forward, avg_pool_forward):
        out, _ = forward(x, single)
        assert not np.shares_memory(out, x)
    dx = global_avg_pool_backward(np.ones((1, 1)), (1, 1, 2, 2))
    dx += np.arange(4.0).reshape(dx.shape)
    np.testing.assert_array_equal(dx.ravel(), [0.25, 1.25, 2.25, 3.25])


def test_integer_images_become_float64():
    x = np.arange(16).reshape(1, 1, 4, 4).astype(np.uint8)
    w, b = np.full((1, 1, 2, 2), 40.0), np.zeros(1)
    assert conv_forward(x, w, b, {})[0].dtype == np.float64
    np.testing.assert_array_equal(
        conv_forward(x, w, b, {})[0], conv_forward(x.astype(float), w, b, {})[0]
    )
    for forward in (max_pool_forward, avg_pool_forward):
        out, _ = forward(x, {})
        assert out.dtype == np.float64
        np.testing.assert_array_equal(out, forward(x.astype(float), {})[0])
    assert global_avg_pool_forward(x)[0].tolist() == [[7.5]]


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "param", "message"),
    [
        ((3, 5, 5), (2, 3, 3, 3), {}, r"^x has shape \(3, 5, 5\), expected \(N, C, H, W\)$"),
        ((1, 3, 5, 5), (3, 3), {}, r"^w has shape \(3, 3\), expected \(F, C, HH, WW\)$"),
        ((1, 3, 5, 5), (2, 4, 3, 3), {}, r"^w has kernels for 4 channels, but x has 3$"),
        (
            (1, 1, 2, 9),
            (1, 1, 3, 3),
            {},
            r"^the height of w is 3, expected 1 to 2, the size of the padded image$",
        ),
        (
            (1, 1, 9, 2),
            (1, 1, 3, 5),
            {"pad": 1},
            r"^the width of w is 5, expected 1 to 4, the size of the padded",
        ),
        ((1, 1, 2, 2), (1, 1, 0, 1), {}, r"^the height of w is 0, expected 1 to 2"),
        (
            (1, 1, 5, 5),
            (1, 1, 3, 3),
            {"stride": 0},
            r"^stride is 0 and pad is 0, expected stride >= 1 and pad >= 0$",
        ),
        (
            (1, 1, 5, 5),
            (1, 1, 3, 3),
            {"pad": -1},
            r"^stride is 1 and pad is -1, expected stride >= 1 and pad >= 0$",
        ),
    ],
)
def test_convolutions_that_do_not_fit_are_refused(x_shape, w_shape, param, message):
    with pytest.raises(ValueError, match=message):
        conv_output_shape(x_shape, w_shape, param)
    with pytest.raises(ValueError, match=message):
        conv_forward(np.ones(x_shape), np.ones(w_shape), np.ones(w_shape[0]), param)


@pytest.mark.parametrize(
    ("b", "shape"),
    [(np.ones(1), r"\(1,\)"), (np.ones(3), r"\(3,\)"), (np.ones((2, 1)), r"\(2, 1\)")],
)
def test_a_bias_that_does_not_fit_is_refused(b, shape):
    with pytest.raises(ValueError, match=rf"^b has shape {shape}, but w has 2 kernels$"):
        conv_forward(np.ones((1, 1, 3, 3)), np.ones((2, 1, 3, 3)), b, {})


def test_an_upstream_gradient_of_another_batch_is_refused():
    _, cache = conv_forward(np.ones((2, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1), {})
    with pytest.raises(ValueError, match="zip"):
        conv_backward(np.ones((1, 1, 2, 2)), cache)


@every_kind_of_pool
@pytest.mark.parametrize(
    ("shape", "param", "message"),
    [
        ((3, 4, 4), {}, r"^x has shape \(3, 4, 4\), expected \(N, C, H, W\)$"),
        (
            (1, 1, 2, 9),
            {"pool_height": 3},
            r"^pool_height is 3, expected 1 to 2, the size of the padded image$",
        ),
        (
            (1, 1, 9, 2),
            {"pool_width": 3},
            r"^pool_width is 3, expected 1 to 2, the size of the padded image$",
        ),
        ((1, 1, 4, 4), {"pool_width": 0}, r"^pool_width is 0, expected 1 to 4"),
        ((1, 1, 4, 4), {"stride": 0}, r"^stride is 0 and pad is 0, expected stride >= 1"),
    ],
)
def test_pools_that_do_not_fit_are_refused(kind, shape, param, message):
    with pytest.raises(ValueError, match=message):
        pool_functions(kind)[0](np.ones(shape), param)


def test_global_average_pooling_refuses_what_is_no_image():
    with pytest.raises(ValueError, match=r"^x has shape \(2, 3\), expected \(N, C, H, W\)$"):
        global_avg_pool_forward(np.ones((2, 3)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"filters": 3},
            r"^conv2 gives shape \(1, 3, 4, 4\), but the shortcut has \(1, 2, 4, 4\): is w_proj miss",
        ),
        ({"filters": 2, "stride": 2}, r"\(1, 2, 2, 2\), but the shortcut has \(1, 2, 4, 4\)"),
        ({"filters": 2, "size": 2}, r"\(1, 2, 6, 6\), but the shortcut has \(1, 2, 4, 4\)"),
        ({"filters": 1}, r"\(1, 1, 4, 4\), but the shortcut has \(1, 2, 4, 4\)"),
    ],
)
def test_a_residual_block_whose_sum_does_not_fit_is_refused(options, message):
    params = residual_params(np.random.default_rng(13), 2, **options)
    with pytest.raises(ValueError, match=message):
        residual_block_forward(np.ones((1, 2, 4, 4)), params)


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ([], r"^architecture must begin with a layer \{'type': 'input', 'shape': ...\}$"),
        ([{"type": "affine", "units": 4}], "^architecture must begin"),
        ([{"shape": (3,)}], "^architecture must begin"),
        ([{"type": "input"}], "^architecture must begin"),
        (
            [{"type": "input", "shape": (3,)}, {"type": "dense"}],
            "^architecture has a layer of type 'dense', expected",
        ),
        (
            [{"type": "input", "shape": (3,)}, {"units": 4}],
            r"^architecture has the layer \{'units': 4\} without 'ty",
        ),
        ([{"type": "input", "shape": (3,)}, {"type": "affine"}], "without 'units'$"),
        (
            [{"type": "input", "shape": (1, 5, 5)}, {"type": "conv", "filters": 2}],
            "without 'kernel'$",
        ),
        (
            [{"type": "input", "shape": (1, 5, 5)}, {"type": "conv", "kernel": 2}],
            "without 'filters'$",
        ),
        (
            [{"type": "input", "shape": (1, 2, 2)}, {"type": "pool", "kernel": 3}],
            "is 3, expected 1 to 2",
        ),
        (
            [{"type": "input", "shape": (3,)}, {"type": "pool"}],
            r"^x has shape \(1, 3\), expected \(N, C, H, W\)$",
        ),
    ],
)
def test_architectures_that_make_no_sense_are_refused(architecture, message):
    with pytest.raises(ValueError, match=message):
        count_parameters(architecture)
