import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_gradients


def affine_inputs(rng, shape, M):
    D = int(np.prod(shape[1:]))
    return rng.normal(size=shape), rng.normal(size=(D, M)), rng.normal(size=M)


# ---- affine ------------------------------------------------------------------------------------


@pytest.mark.points(5)
@pytest.mark.concept("affine")
@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4, 2)], ids=str)
def test_affine_forward(student, reference, rng, shape):
    """Affine: the output is xw + b, with every sample flattened to a row"""
    x, w, b = affine_inputs(rng, shape, M=3)

    out, _ = student.affine_forward(x, w, b)

    expected, _ = reference.affine_forward(x, w, b)
    assert_close(out, expected, "out", hint="Flatten each sample with x.reshape(N, -1) before the product.")


@pytest.mark.points(10)
@pytest.mark.concept("affine")
@pytest.mark.depends("test_affine_forward")
@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 2)], ids=str)
def test_affine_backward(student, rng, shape):
    """Affine: dx, dw and db agree with the numeric gradient"""
    check_gradients(student, "affine", *affine_inputs(rng, shape, M=3), rng=rng)


@pytest.mark.points(5)
@pytest.mark.concept("affine")
@pytest.mark.depends("test_affine_forward")
@pytest.mark.hidden("Try one sample, one feature and one output: does every array keep its shape?")
@pytest.mark.parametrize(("shape", "M"), [((1, 6), 4), ((5, 1), 2), ((3, 2, 2, 2), 1)], ids=str)
def test_affine_with_single_things(student, rng, shape, M):
    """Affine: one sample, one feature, one output"""
    check_gradients(student, "affine", *affine_inputs(rng, shape, M), rng=rng)


@pytest.mark.points(3)
@pytest.mark.concept("affine")
@pytest.mark.depends("test_affine_forward")
@pytest.mark.hidden(
    "What does your function do when w does not have one row per feature, or b one entry per column of w?"
)
def test_affine_rejects_shapes_that_do_not_fit(student, rng):
    """Affine: shapes that do not fit raise a ValueError that names the argument"""
    x, w, b = affine_inputs(rng, (4, 5), M=3)
    assert_rejects(student.affine_forward, x, w[:-1], b, naming="w")
    assert_rejects(student.affine_forward, x, w, b[:1], naming="b")  # numpy would broadcast it and say nothing


# ---- relu ------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("relu")
def test_relu_forward(student, reference, rng):
    """ReLU: negative inputs become zero, positive ones stay"""
    x = rng.normal(size=(3, 4, 2))

    out, _ = student.relu_forward(x)

    assert_close(out, reference.relu_forward(x)[0], "out")


@pytest.mark.points(6)
@pytest.mark.concept("relu")
@pytest.mark.depends("test_relu_forward")
@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 2)], ids=str)
def test_relu_backward(student, rng, shape):
    """ReLU: the gradient passes where the input was positive, and dout is left as it was"""
    check_gradients(student, "relu", rng.normal(size=shape), rng=rng)


@pytest.mark.points(3)
@pytest.mark.concept("relu")
@pytest.mark.depends("test_relu_forward")
@pytest.mark.hidden("Inputs can be very small or far from zero. Does the gradient depend on how large x is?")
def test_relu_at_other_scales(student, reference, rng):
    """ReLU: tiny and huge inputs"""
    for scale in (1e-12, 1e12):
        x, dout = scale * rng.normal(size=(4, 3)), rng.normal(size=(4, 3))

        out, cache = student.relu_forward(x)
        assert_close(out, reference.relu_forward(x)[0], "out")
        assert_close(student.relu_backward(dout, cache), dout * (x > 0), "dx")
