"""The layers against torch's forward and autograd, against numeric gradients, and where numbers get
large.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from torch.nn import functional

from grader.checks import check_gradients
from reference import layers

# name of the pair: the same function in torch
ACTIVATIONS = {
    "identity": lambda x: x,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "softplus": lambda x: functional.softplus(
        x, threshold=1e9
    ),  # torch's default switches to x above 20
    "softmax": lambda x: functional.softmax(x, dim=-1),
}
# the ones that take a number alpha, at a value that is not its default
WITH_ALPHA = {
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.3),
    "elu": lambda x: functional.elu(x, 0.3),
}


def forward(name, *inputs):
    return getattr(layers, f"{name}_forward")(*inputs)


def backward(name, dout, cache):
    return getattr(layers, f"{name}_backward")(dout, cache)


def frozen(array):
    array.setflags(write=False)
    return array


def torch_run(function, dout, *inputs):
    """Output and gradients of a torch function, as numpy arrays."""
    tensors = [torch.tensor(array, requires_grad=True) for array in inputs]
    out = function(*tensors)
    gradients = torch.autograd.grad(out, tensors, torch.tensor(dout))
    return out.detach().numpy(), [gradient.numpy() for gradient in gradients]


# ---- affine --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5,), (5, 4), (1, 4), (5, 1), (2, 3, 4, 2), (0, 3)], ids=str)
def test_affine_agrees_with_torch(shape):
    rng = np.random.default_rng(0)
    D = int(np.prod(shape[1:]))
    x, w, b, dout = (
        rng.normal(size=shape),
        rng.normal(size=(D, 3)),
        rng.normal(size=3),
        rng.normal(size=(shape[0], 3)),
    )

    out, cache = layers.affine_forward(frozen(x), frozen(w), frozen(b))
    gradients = layers.affine_backward(frozen(dout), cache)

    expected, expected_gradients = torch_run(
        lambda x, w, b: x.reshape(len(x), D) @ w + b, dout, x, w, b
    )
    np.testing.assert_allclose(out, expected, rtol=1e-13, atol=1e-13)
    for gradient, expected_gradient in zip(gradients, expected_gradients, strict=True):
        assert gradient.shape == expected_gradient.shape
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 2)], ids=str)
def test_affine_agrees_with_its_numeric_gradient(shape):
    rng = np.random.default_rng(1)
    w, b = rng.normal(size=(int(np.prod(shape[1:])), 3)), rng.normal(size=3)
    check_gradients(layers, layers, "affine", rng.normal(size=shape), w, b, rng=rng)


@pytest.mark.parametrize(
    ("x", "w", "b", "message"),
    [
        (np.float64(3), np.ones((1, 2)), np.ones(2), "x is a single number"),
        (
            np.ones((2, 2, 2)),
            np.ones((3, 2)),
            np.ones(2),
            "w has 3 rows, but x has 4 features per sample",
        ),
        (
            np.ones((2, 4)),
            np.ones(4),
            np.ones(1),
            r"w has shape \(4,\), expected \(D, M\) with D = 4",
        ),
        (
            np.ones((2, 4)),
            np.ones((4, 3, 1)),
            np.ones(3),
            r"w has shape \(4, 3, 1\), expected \(D, M\)",
        ),
        (
            np.ones((2, 4)),
            np.ones((4, 3)),
            np.ones(1),
            r"b has shape \(1,\), but w has 3 columns: expected \(3,\)",
        ),
        (np.ones((2, 4)), np.ones((4, 3)), np.ones((1, 3)), r"b has shape \(1, 3\)"),
    ],
    ids=str,
)
def test_affine_says_which_shape_does_not_fit(x, w, b, message):
    with pytest.raises(ValueError, match=message):
        layers.affine_forward(x, w, b)


def test_affine_backward_refuses_a_dout_that_would_broadcast():
    _, cache = layers.affine_forward(np.ones((4, 2)), np.ones((2, 3)), np.ones(3))
    with pytest.raises(
        ValueError, match=r"dout has shape \(1, 3\), but the output has shape \(4, 3\)"
    ):
        layers.affine_backward(np.ones((1, 3)), cache)


# ---- activations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6, 5), (1, 7), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_agree_with_torch(name, shape):
    rng = np.random.default_rng(2)
    x, dout = 3 * rng.normal(size=shape), rng.normal(size=shape)

    out, cache = forward(name, frozen(x))
    dx = backward(name, frozen(dout), cache)

    expected, (expected_dx,) = torch_run(ACTIVATIONS[name], dout, x)
    np.testing.assert_allclose(out, expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", WITH_ALPHA)
def test_activations_with_another_alpha_agree_with_torch(name):
    rng = np.random.default_rng(3)
    x, dout = rng.normal(size=(6, 5)), rng.normal(size=(6, 5))

    out, cache = forward(name, x, 0.3)

    expected, (expected_dx,) = torch_run(WITH_ALPHA[name], dout, x)
    np.testing.assert_allclose(out, expected, rtol=1e-13)
    np.testing.assert_allclose(backward(name, dout, cache), expected_dx, rtol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_agree_with_their_numeric_gradient(name):
    rng = np.random.default_rng(4)
    check_gradients(layers, layers, name, 2 * rng.normal(size=(4, 5)), rng=rng)


@pytest.mark.parametrize(
    ("name", "out", "slope"),
    [
        ("identity", [-1000, 1000], [1, 1]),
        ("sigmoid", [0, 1], [0, 0]),
        ("tanh", [-1, 1], [0, 0]),
        ("relu", [0, 1000], [0, 1]),
        ("leaky_relu", [-10, 1000], [0.01, 1]),
        ("elu", [-1, 1000], [0, 1]),
        ("softplus", [0, 1000], [0, 1]),
        ("softmax", [0, 1], [0, 0]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_are_exact_far_from_zero(name, out, slope, dtype):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got, cache = forward(name, np.array([-1000, 1000], dtype))
        dx = backward(name, np.ones(2, dtype), cache)
    np.testing.assert_allclose(got, out, rtol=1e-6)
    np.testing.assert_allclose(dx, slope, rtol=1e-6)


def test_small_tails_keep_their_digits():
    # A sigmoid by tanh, and softplus or ELU by log(1 + …) and exp(…) - 1, round these to zero.
    np.testing.assert_allclose(
        layers.sigmoid_forward(np.array([-50.0]))[0], np.exp(-50.0), rtol=1e-13
    )
    np.testing.assert_allclose(
        layers.softplus_forward(np.array([-50.0]))[0], np.exp(-50.0), rtol=1e-13
    )
    np.testing.assert_allclose(layers.elu_forward(np.array([-1e-20]))[0], [-1e-20], rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "alpha", "slope"),
    [("relu", [], 0), ("leaky_relu", [0.3], 0.3), ("prelu", [0.3], 0.3), ("elu", [0.3], 0.3)],
)
def test_at_the_kink_the_slope_is_that_of_the_left_side(name, alpha, slope):
    out, cache = forward(name, np.zeros(1), *alpha)
    dx = backward(name, np.ones(1), cache)
    assert out == 0
    assert (dx[0] if name == "prelu" else dx) == slope


def test_heaviside_fires_above_zero_only():
    assert layers.heaviside([-np.inf, -1e-300, -0.0, 0.0, 1e-300, np.inf]).tolist() == [
        0,
        0,
        0,
        0,
        1,
        1,
    ]
    assert layers.heaviside(np.ones((2, 3), np.float32)).dtype == np.float32


def test_identity_hands_on_a_copy():
    x = np.ones(3)
    out, _ = layers.identity_forward(x)
    out[0] = 5
    assert x[0] == 1


SCORES = arrays(
    np.float64, array_shapes(min_dims=1, max_dims=3, max_side=5), elements=st.floats(-1e4, 1e4)
)


@settings(deadline=None)
@given(SCORES, st.floats(-1e4, 1e4))
def test_softmax_rows_are_distributions_and_ignore_a_shift(x, shift):
    p, _ = layers.softmax_forward(x)
    assert np.all(p >= 0)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(layers.softmax_forward(x + shift)[0], p, rtol=1e-9, atol=1e-12)


def test_softmax_of_rows_that_differ_by_thousands():
    p, _ = layers.softmax_forward(np.array([[0.0, 0.0], [1e4, 1e4], [-1e4, -1e4]]))
    assert p.tolist() == [[0.5, 0.5]] * 3


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_softmax_gradients_of_a_row_add_up_to_zero(C, seed):
    rng = np.random.default_rng(seed)
    _, cache = layers.softmax_forward(rng.normal(size=(3, C)))
    np.testing.assert_allclose(
        layers.softmax_backward(rng.normal(size=(3, C)), cache).sum(axis=-1), 0, atol=1e-14
    )


# ---- prelu ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "channels"),
    [((5, 3), 3), ((2, 3, 4, 2), 3), ((2, 3, 3), 3), ((5, 3), 1), ((2, 1, 4), 1), ((7,), 1)],
    ids=str,
)
def test_prelu_agrees_with_torch(shape, channels):
    rng = np.random.default_rng(5)
    x, alpha, dout = rng.normal(size=shape), rng.normal(size=channels), rng.normal(size=shape)

    out, cache = layers.prelu_forward(frozen(x), frozen(alpha))
    dx, dalpha = layers.prelu_backward(frozen(dout), cache)

    expected, (expected_dx, expected_dalpha) = torch_run(functional.prelu, dout, x, alpha)
    np.testing.assert_allclose(out, expected, rtol=1e-13)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-13)
    assert dalpha.shape == alpha.shape
    np.testing.assert_allclose(dalpha, expected_dalpha, rtol=1e-12)


def test_prelu_agrees_with_its_numeric_gradient():
    rng = np.random.default_rng(6)
    check_gradients(
        layers, layers, "prelu", rng.normal(size=(3, 4, 2)), rng.normal(size=4), rng=rng
    )


def test_prelu_takes_a_single_number():
    x = np.array([[-2.0, 1.0], [-3.0, 4.0]], np.float32)
    out, cache = layers.prelu_forward(x, 0.5)
    dx, dalpha = layers.prelu_backward(np.ones((2, 2), np.float32), cache)
    assert out.tolist() == [[-1, 1], [-1.5, 4]]
    assert dalpha.shape == ()
    assert dalpha == -5
    assert out.dtype == dx.dtype == dalpha.dtype == np.float32
    out, cache = layers.prelu_forward(np.array([-2.0, 1.0]), np.array([[0.5]]))
    assert out.tolist() == [-1, 1]
    assert layers.prelu_backward(np.ones(2), cache)[1].tolist() == [[-2]]


@pytest.mark.parametrize(
    ("shape", "alpha_shape"),
    [((5, 3), (2,)), ((5, 3), (1, 3)), ((3,), (3,)), ((5, 3), (3, 1)), ((5, 3, 2), (3, 2))],
    ids=str,
)
def test_prelu_refuses_slopes_that_fit_no_channels(shape, alpha_shape):
    with pytest.raises(
        ValueError, match=r"alpha has shape .* expected one entry, or one per channel of x"
    ):
        layers.prelu_forward(np.ones(shape), np.ones(alpha_shape))


# ---- what holds for all --------------------------------------------------------------------------

ALL = ["affine", "prelu", *ACTIVATIONS]


def run(op, x):
    """Output and tuple of gradients of a pair, for an upstream gradient of ones in the dtype of the
    output.
    """
    out, cache = forward(op, x, *arguments(op, x))
    gradients = backward(op, np.ones_like(out), cache)
    return out, gradients if isinstance(gradients, tuple) else (gradients,)


def arguments(op, x):
    """The inputs that op_forward takes besides x."""
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    if op == "affine":
        return [np.array([[1, 2], [3, 5]], dtype), np.array([0.5, 0], dtype)]
    return [np.array([0.25], dtype)] if op == "prelu" else []


@pytest.mark.parametrize("op", ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_forward_and_backward(op, dtype):
    out, gradients = run(op, np.array([[-1.5, 2.0], [0.5, -3.0]], dtype))
    assert {array.dtype for array in (out, *gradients)} == {np.dtype(dtype)}


@pytest.mark.parametrize("op", ALL)
def test_integers_are_taken_as_float64(op):
    x = np.array([[-1, 2], [3, -3]], np.int8)  # numpy's own choice for the tanh of these is float16
    out, gradients = run(op, x)
    expected, expected_gradients = run(op, x.astype(np.float64))
    for got, want in zip((out, *gradients), (expected, *expected_gradients), strict=True):
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("op", ALL)
def test_lists_will_do(op):
    x = np.array([[-1.0, 2.0], [3.0, -3.0]])
    out, cache = forward(op, x.tolist(), *(array.tolist() for array in arguments(op, x)))
    gradients = backward(op, np.ones_like(out).tolist(), cache)
    expected, expected_gradients = run(op, x)
    np.testing.assert_array_equal(out, expected)
    for got, want in zip(
        gradients if op in ALL[:2] else [gradients], expected_gradients, strict=True
    ):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("op", WITH_ALPHA)
def test_an_alpha_of_another_dtype_does_not_change_that_of_x(op):
    out, cache = forward(op, np.array([-1, 1], np.float32), np.float64(0.5))
    assert out.dtype == backward(op, np.ones(2, np.float32), cache).dtype == np.float32


@pytest.mark.parametrize("op", ALL[1:])
def test_backward_refuses_a_dout_that_would_broadcast(op):
    x = np.ones((3, 2))
    _, cache = forward(op, x, *arguments(op, x))
    with pytest.raises(
        ValueError, match=r"dout has shape \(2,\), but the output has shape \(3, 2\)"
    ):
        backward(op, np.ones(2), cache)


def test_every_public_pair_is_tested_here():
    pairs = [f"{name}_{way}" for name in ALL for way in ("forward", "backward")]
    assert sorted(layers.__all__) == sorted(["heaviside", *pairs])
