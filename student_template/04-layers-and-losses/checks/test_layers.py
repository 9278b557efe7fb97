import numpy as np
import pytest

from grader.checks import assert_close, check_gradients


def affine_inputs(rng, shape, M):
    D = int(np.prod(shape[1:]))
    return rng.normal(size=shape), rng.normal(size=(D, M)), rng.normal(size=M)


def assert_forward(student, reference, layer, *inputs, hint=""):
    out, _ = getattr(student, f"{layer}_forward")(*inputs)
    assert_close(out, getattr(reference, f"{layer}_forward")(*inputs)[0], "out", hint=hint)


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
