import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_gradients

LAYERS = (
    "affine",
    "identity",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "prelu",
    "elu",
    "softplus",
    "softmax",
)


def affine_inputs(rng, shape, M):
    D = int(np.prod(shape[1:]))
    return rng.normal(size=shape), rng.normal(size=(D, M)), rng.normal(size=M)


def small_inputs(layer, rng):
    """A batch of four samples with three features, and the parameters that the layer takes."""
    if layer == "affine":
        return affine_inputs(rng, (4, 3), M=2)
    x = rng.normal(size=(4, 3))
    return (x, rng.normal(size=3)) if layer == "prelu" else (x,)


def there_and_back(subject, layer, inputs, dout):
    """The output of a layer, and the gradients that it makes of dout."""
    out, cache = getattr(subject, f"{layer}_forward")(*inputs)
    return out, getattr(subject, f"{layer}_backward")(dout, cache)


def far_from_zero(rng):
    """Numbers of both signs whose exponentials overflow, and some whose do not."""
    return rng.permutation([-1000.0, -800.0, -20.0, -1.0, 1.0, 20.0, 800.0, 1000.0]).reshape(2, 4)


def assert_forward(student, reference, layer, *inputs, hint=""):
    out, _ = getattr(student, f"{layer}_forward")(*inputs)
    assert_close(out, getattr(reference, f"{layer}_forward")(*inputs)[0], "out", hint=hint)


def assert_there_and_back(student, reference, layer, *inputs, rng):
    """The output and the gradient of the activation are the right ones, for inputs where
    differences say nothing.
    """
    dout = rng.normal(size=inputs[0].shape)
    out, dx = there_and_back(student, layer, inputs, dout)
    expected, dexpected = there_and_back(reference, layer, inputs, dout)
    assert_close(out, expected, "out")
    assert_close(dx, dexpected, "dx")


# ---- affine --------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("affine")
@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4, 2)], ids=str)
def test_affine_forward(student, reference, rng, shape):
    """Affine: the output is xw + b, with every sample flattened to a row"""
    x, w, b = affine_inputs(rng, shape, M=3)

    out, _ = student.affine_forward(x, w, b)

    expected, _ = reference.affine_forward(x, w, b)
    assert_close(
        out, expected, "out", hint="Flatten each sample with x.reshape(N, -1) before the product."
    )


@pytest.mark.points(4)
@pytest.mark.concept("affine")
@pytest.mark.depends("test_affine_forward", consistent=0.5)
@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 2)], ids=str)
def test_affine_backward(student, reference, rng, shape):
    """Affine: dx, dw and db agree with the numeric gradient"""
    check_gradients(student, reference, "affine", *affine_inputs(rng, shape, M=3), rng=rng)


@pytest.mark.points(2)
@pytest.mark.concept("affine")
@pytest.mark.depends("test_affine_forward")
@pytest.mark.hidden("Try one sample, one feature and one output: does every array keep its shape?")
@pytest.mark.parametrize(("shape", "M"), [((1, 6), 4), ((5, 1), 2), ((3, 2, 2, 2), 1)], ids=str)
def test_affine_with_single_things(student, reference, rng, shape, M):
    """Affine: one sample, one feature, one output"""
    check_gradients(student, reference, "affine", *affine_inputs(rng, shape, M), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("affine")
@pytest.mark.depends("test_affine_forward")
@pytest.mark.hidden(
    "What does your function do when w does not have one row per feature, or b one entry per "
    "column of w?"
)
def test_affine_rejects_shapes_that_do_not_fit(student, rng):
    """Affine: shapes that do not fit raise a ValueError that names the argument"""
    x, w, b = affine_inputs(rng, (4, 2, 3), M=3)
    for wrong in (w[None], w[:-1]):
        assert_rejects(student.affine_forward, x, wrong, b, naming="w")
    # numpy would broadcast it and say nothing
    assert_rejects(student.affine_forward, x, w, b[:1], naming="b")


# ---- heaviside and identity ----------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("heaviside")
def test_heaviside(student, reference, rng):
    """Heaviside: one where the input is positive, zero where it is negative or zero"""
    x = rng.normal(size=(3, 4, 2))
    x[1] = 0

    assert_close(
        student.heaviside(x),
        reference.heaviside(x),
        "heaviside(x)",
        hint="Give numbers, and 0 for x = 0.",
    )


@pytest.mark.points(1)
@pytest.mark.concept("identity")
def test_identity(student, reference, rng):
    """Identity: hands on the input, and on the way back the gradient"""
    x = rng.normal(size=(3, 4))
    assert_forward(student, reference, "identity", x)
    check_gradients(student, reference, "identity", x, rng=rng)


# ---- sigmoid -------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("sigmoid")
def test_sigmoid_forward(student, reference, rng):
    """Sigmoid: squashes every number into (0, 1)"""
    x = 3 * rng.normal(size=(3, 4, 2))
    assert_forward(
        student,
        reference,
        "sigmoid",
        x,
        hint="It rises with x: near 0 far to the left, near 1 to the right.",
    )


@pytest.mark.points(1)
@pytest.mark.concept("sigmoid")
@pytest.mark.depends("test_sigmoid_forward", consistent=0.5)
def test_sigmoid_backward(student, reference, rng):
    """Sigmoid: dx agrees with the numeric gradient"""
    check_gradients(student, reference, "sigmoid", rng.normal(size=(4, 5)), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("sigmoid")
@pytest.mark.depends("test_sigmoid_backward")
@pytest.mark.hidden(
    "Far out on either side, is one of your exp infinite? What is infinity over infinity?"
)
def test_sigmoid_is_stable(student, reference, rng):
    """Sigmoid: finite and right far from zero, both ways"""
    assert_there_and_back(student, reference, "sigmoid", far_from_zero(rng), rng=rng)


# ---- tanh ----------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("tanh")
def test_tanh_forward(student, reference, rng):
    """Tanh: squashes every number into (-1, 1), and zero stays zero"""
    assert_forward(student, reference, "tanh", 2 * rng.normal(size=(3, 4, 2)))


@pytest.mark.points(1)
@pytest.mark.concept("tanh")
@pytest.mark.depends("test_tanh_forward", consistent=0.5)
def test_tanh_backward(student, reference, rng):
    """Tanh: dx agrees with the numeric gradient"""
    check_gradients(student, reference, "tanh", rng.normal(size=(4, 5)), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("tanh")
@pytest.mark.depends("test_tanh_backward")
@pytest.mark.hidden(
    "Far out on either side, is one of your exp infinite? numpy has a function that takes care of "
    "it."
)
def test_tanh_is_stable(student, reference, rng):
    """Tanh: finite and right far from zero, both ways"""
    assert_there_and_back(student, reference, "tanh", far_from_zero(rng), rng=rng)


# ---- relu ----------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("relu")
def test_relu_forward(student, reference, rng):
    """ReLU: negative inputs become zero, positive ones stay"""
    x = rng.normal(size=(3, 4, 2))

    out, _ = student.relu_forward(x)

    assert_close(out, reference.relu_forward(x)[0], "out")


@pytest.mark.points(2)
@pytest.mark.concept("relu")
@pytest.mark.depends("test_relu_forward", consistent=0.5)
@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 2)], ids=str)
def test_relu_backward(student, reference, rng, shape):
    """ReLU: the gradient passes where the input was positive, and dout is left as it was"""
    check_gradients(student, reference, "relu", rng.normal(size=shape), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("relu")
@pytest.mark.depends("test_relu_forward")
@pytest.mark.hidden(
    "Inputs can be very small or far from zero. Does the gradient depend on how large x is?"
)
def test_relu_at_other_scales(student, reference, rng):
    """ReLU: tiny and huge inputs"""
    for scale in (1e-12, 1e12):
        x, dout = scale * rng.normal(size=(4, 3)), rng.normal(size=(4, 3))

        out, cache = student.relu_forward(x)
        assert_close(out, reference.relu_forward(x)[0], "out")
        assert_close(student.relu_backward(dout, cache), dout * (x > 0), "dx")


# ---- leaky relu ----------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("leaky_relu")
def test_leaky_relu_forward(student, reference, rng):
    """Leaky ReLU: positive inputs stay, negative ones are multiplied by alpha"""
    x = rng.normal(size=(3, 4, 2))
    assert_forward(
        student, reference, "leaky_relu", x, hint="Without a second argument, alpha is 0.01."
    )
    assert_forward(student, reference, "leaky_relu", x, 0.3)


@pytest.mark.points(1)
@pytest.mark.concept("leaky_relu")
@pytest.mark.depends("test_leaky_relu_forward", consistent=0.5)
def test_leaky_relu_backward(student, reference, rng):
    """Leaky ReLU: dx agrees with the numeric gradient, and dout is left as it was"""
    check_gradients(student, reference, "leaky_relu", rng.normal(size=(4, 5)), 0.3, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("leaky_relu")
@pytest.mark.depends("test_leaky_relu_backward")
@pytest.mark.hidden(
    "The definition asks for the sign of x and nothing else. Does yours hold for every number "
    "alpha?"
)
@pytest.mark.parametrize("alpha", [1.5, 0.0, -0.5], ids=str)
def test_leaky_relu_with_any_slope(student, reference, rng, alpha):
    """Leaky ReLU: slopes that are steep, zero or negative"""
    x = rng.normal(size=(4, 5))
    assert_forward(student, reference, "leaky_relu", x, alpha)
    check_gradients(student, reference, "leaky_relu", x, alpha, rng=rng)


# ---- prelu ---------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("prelu")
@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4, 2)], ids=str)
def test_prelu_forward(student, reference, rng, shape):
    """PReLU: every channel has a slope of its own, and channels are on axis 1"""
    x, alpha = rng.normal(size=shape), rng.normal(size=3)
    assert_forward(
        student, reference, "prelu", x, alpha, hint="Bring alpha to the shape (C, 1, …, 1) first."
    )


@pytest.mark.points(2)
@pytest.mark.concept("prelu")
@pytest.mark.depends("test_prelu_forward", consistent=0.5)
@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4, 2)], ids=str)
def test_prelu_backward(student, reference, rng, shape):
    """PReLU: dx and dalpha agree with the numeric gradient"""
    check_gradients(
        student, reference, "prelu", rng.normal(size=shape), rng.normal(size=3), rng=rng
    )


@pytest.mark.points(1)
@pytest.mark.concept("prelu")
@pytest.mark.depends("test_prelu_backward")
@pytest.mark.hidden(
    "All elements can share one slope, whatever the shape of x. dalpha has exactly the shape of "
    "alpha."
)
@pytest.mark.parametrize(
    ("shape", "shared"), [((5,), (1,)), ((4, 3), (1,)), ((2, 3, 2), ())], ids=str
)
def test_prelu_with_one_slope_for_all(student, reference, rng, shape, shared):
    """PReLU: a single slope that all elements share"""
    x, alpha = rng.normal(size=shape), rng.normal(size=shared)
    alpha = np.asarray(alpha)  # numpy draws the shape () as a bare number
    dout = rng.normal(size=shape)

    out, (dx, dalpha) = there_and_back(student, "prelu", (x, alpha), dout)

    expected, (dexpected, dalpha_expected) = there_and_back(reference, "prelu", (x, alpha), dout)
    assert_close(out, expected, "out")
    assert_close(dx, dexpected, "dx")
    assert_close(dalpha, dalpha_expected, "dalpha")


@pytest.mark.points(1)
@pytest.mark.concept("prelu")
@pytest.mark.depends("test_prelu_forward")
@pytest.mark.hidden(
    "What does your function do when alpha has neither one entry nor one for each channel?"
)
def test_prelu_rejects_slopes_that_do_not_fit(student, reference, rng):
    """PReLU: an alpha that does not fit raises a ValueError that names it"""
    x = rng.normal(size=(2, 3, 4))
    assert_forward(student, reference, "prelu", x, rng.normal(size=3))
    for entries in (4, 2):  # numpy would broadcast four along the last axis
        assert_rejects(student.prelu_forward, x, rng.normal(size=entries), naming="alpha")


# ---- elu -----------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("elu")
def test_elu_forward(student, reference, rng):
    """ELU: positive inputs stay, negative ones bend towards -alpha"""
    x = 2 * rng.normal(size=(3, 4, 2))
    assert_forward(student, reference, "elu", x, hint="Without a second argument, alpha is 1.")
    assert_forward(student, reference, "elu", x, 0.6)


@pytest.mark.points(1)
@pytest.mark.concept("elu")
@pytest.mark.depends("test_elu_forward", consistent=0.5)
def test_elu_backward(student, reference, rng):
    """ELU: dx agrees with the numeric gradient"""
    check_gradients(student, reference, "elu", rng.normal(size=(4, 5)), 0.6, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("elu")
@pytest.mark.depends("test_elu_backward")
@pytest.mark.hidden("One array can hold large numbers of both signs. What is zero times infinity?")
def test_elu_is_stable(student, reference, rng):
    """ELU: finite and right far from zero, both ways"""
    assert_there_and_back(student, reference, "elu", far_from_zero(rng), 1.7, rng=rng)


# ---- softplus ------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("softplus")
def test_softplus_forward(student, reference, rng):
    """Softplus: the logarithm of 1 + exp(x)"""
    assert_forward(student, reference, "softplus", 2 * rng.normal(size=(3, 4, 2)))


@pytest.mark.points(1)
@pytest.mark.concept("softplus")
@pytest.mark.depends("test_softplus_forward", consistent=0.5)
def test_softplus_backward(student, reference, rng):
    """Softplus: dx agrees with the numeric gradient"""
    check_gradients(student, reference, "softplus", rng.normal(size=(4, 5)), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("softplus")
@pytest.mark.depends("test_softplus_backward")
@pytest.mark.hidden(
    "exp of a large x is infinite, though softplus itself is hardly more than x there."
)
def test_softplus_is_stable(student, reference, rng):
    """Softplus: finite and right far from zero, both ways"""
    assert_there_and_back(student, reference, "softplus", far_from_zero(rng), rng=rng)


# ---- softmax -------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("softmax")
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5)], ids=str)
def test_softmax_forward(student, reference, rng, shape):
    """Softmax: probabilities that add up to one along the last axis"""
    hint = "The sum runs over the last axis; keepdims=True keeps it there to divide by."
    assert_forward(student, reference, "softmax", rng.normal(size=shape), hint=hint)


@pytest.mark.points(2)
@pytest.mark.concept("softmax")
@pytest.mark.depends("test_softmax_forward", consistent=0.5)
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5)], ids=str)
def test_softmax_backward(student, reference, rng, shape):
    """Softmax: dx agrees with the numeric gradient; every score moves all probabilities of
    its row
    """
    check_gradients(student, reference, "softmax", rng.normal(size=shape), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("softmax")
@pytest.mark.depends("test_softmax_backward")
@pytest.mark.hidden(
    "Scores can be very large, and one row can lie far below another. What does exp give for each?"
)
def test_softmax_is_stable(student, reference, rng):
    """Softmax: finite and right for large scores, for rows far apart and for classes far apart,
    both ways
    """
    x = rng.normal(size=(4, 3)) + np.array([[1000.0], [0.0], [-1000.0], [3000.0]])
    x[1:, 0] -= 2000.0
    assert_there_and_back(student, reference, "softmax", x, rng=rng)


# ---- all of them ---------------------------------------------------------------------------------


@pytest.mark.points(1, each=True)
@pytest.mark.concept("dtypes")
@pytest.mark.hidden(
    "In float32 every array of a network takes half the memory. Does an array of yours fall back "
    "to float64?"
)
@pytest.mark.parametrize("layer", LAYERS)
def test_layers_keep_float32(student, rng, layer):
    """All layers: float32 in, float32 out, both ways"""
    inputs = tuple(array.astype(np.float32) for array in small_inputs(layer, rng))
    columns = 2 if layer == "affine" else 3

    out, gradients = there_and_back(
        student, layer, inputs, rng.normal(size=(4, columns)).astype(np.float32)
    )

    assert out.dtype == np.float32, f"out is {out.dtype}; expected float32 like the input"
    for gradient in gradients if type(gradients) in (tuple, list) else [gradients]:
        assert gradient.dtype == np.float32, (
            f"a gradient is {gradient.dtype}; expected float32 like the input"
        )


@pytest.mark.points(1, each=True)
@pytest.mark.concept("dtypes")
@pytest.mark.hidden(
    "The input can hold integers. Does an array that you make with np.zeros_like(x) hold "
    "fractions then?"
)
@pytest.mark.parametrize("layer", LAYERS)
def test_layers_take_integers(student, rng, layer):
    """All layers: integers count as floating numbers"""
    x, *rest = small_inputs(layer, rng)
    x, dout = rng.integers(-3, 4, size=x.shape), rng.normal(size=(4, 2 if layer == "affine" else 3))

    out, gradients = there_and_back(student, layer, (x, *rest), dout)

    expected, dexpected = there_and_back(student, layer, (x.astype(float), *rest), dout)
    assert_close(np.asarray(out, dtype=float), expected, "out of integers")
    assert_close(gradients, dexpected, "the gradient for integers")


@pytest.mark.points(2, each=True)
@pytest.mark.concept("rejection")
@pytest.mark.hidden(
    "A dout of one row or one column broadcasts without a word. Which shape must it have?"
)
@pytest.mark.parametrize("layer", LAYERS)
def test_layers_reject_a_dout_that_does_not_fit(student, rng, layer):
    """All layers: a dout of another shape than the output raises a ValueError that names it"""
    dout = rng.normal(size=(4, 2 if layer == "affine" else 3))
    _, cache = getattr(student, f"{layer}_forward")(*small_inputs(layer, rng))
    for wrong in (dout[:1], dout[:, :1]):
        assert_rejects(getattr(student, f"{layer}_backward"), wrong, cache, naming="dout")
