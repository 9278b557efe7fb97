import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.calculus import (
    affine_vjp,
    classify_critical_point,
    newton_step,
    numeric_gradient,
    numeric_hessian,
    numeric_jacobian,
)

H = 1e-5


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def smooth(x):
    """A scalar function of an array of any shape, for numpy and torch alike."""
    return (x**3).sum() + (x * x.flatten()[0]).sum() ** 2


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 1, 3), (1,)], ids=str)
def test_the_gradient_agrees_with_torch(shape, rng):
    x = rng.normal(size=shape)
    expected = torch.autograd.functional.jacobian(smooth, torch.tensor(x))
    np.testing.assert_allclose(numeric_gradient(smooth, x, H), expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 1, 2)], ids=str)
def test_the_jacobian_agrees_with_torch(shape, rng):
    x = rng.normal(size=shape)
    A = rng.normal(size=(4, x.size))
    expected = torch.autograd.functional.jacobian(
        lambda x: ((torch.tensor(A) @ x.flatten()) ** 2).reshape(2, 2), torch.tensor(x)
    )
    got = numeric_jacobian(lambda x: ((A @ x.ravel()) ** 2).reshape(2, 2), x, H)
    assert got.shape == (2, 2, *shape)
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-8)


def test_the_hessian_agrees_with_torch_and_is_symmetric(rng):
    x = rng.normal(size=5)
    got = numeric_hessian(smooth, x, 1e-4)
    expected = torch.autograd.functional.hessian(smooth, torch.tensor(x))
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-5)
    np.testing.assert_array_equal(got, got.T)


def test_the_hessian_is_symmetric_to_the_last_digit():
    rng = np.random.default_rng(2)  # here its differences alone are not
    A = rng.normal(size=(6, 6))
    H = numeric_hessian(lambda x: np.sin(x @ A @ x), rng.normal(size=6), 1e-2)
    np.testing.assert_array_equal(H, H.T)


def test_lists_are_taken_and_may_be_returned():
    np.testing.assert_allclose(
        numeric_gradient(lambda x: x[0] * x[1], [2, 5], H), [5, 2], rtol=1e-8
    )
    J = numeric_jacobian(lambda x: [x[0] * x[1], x[1]], [2.0, 5.0], H)
    np.testing.assert_allclose(J, [[5, 2], [0, 1]], rtol=1e-8)
    dx, dw = affine_vjp([[1, 10]], [[2]], [[3, 4]])
    np.testing.assert_array_equal(dx, [[43]])
    np.testing.assert_array_equal(dw, [[2, 20]])
    np.testing.assert_array_equal(newton_step([2.0, 3.0], [[2.0, 0.0], [0.0, -1.0]]), [-1, 3])


def test_a_number_has_a_derivative_too():
    got = numeric_gradient(lambda x: x**2, 3.0, H)
    assert got.shape == ()
    assert got == pytest.approx(6.0)


def test_nothing_has_an_empty_gradient():
    assert numeric_gradient(np.sum, np.zeros((0, 2)), H).shape == (0, 2)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3), st.sampled_from([1e-1, 1e-2, 1e-3]))
@settings(deadline=None, max_examples=50)
def test_central_differences_are_exact_for_a_parabola_whatever_the_step(a, b, x, h):
    got = numeric_gradient(lambda x: a * x[0] ** 2 + b * x[0], np.array([x]), h)
    np.testing.assert_allclose(got, [2 * a * x + b], rtol=1e-9, atol=1e-10)


def test_the_error_falls_with_the_square_of_the_step():
    errors = [numeric_gradient(np.exp, np.zeros(()), h) - 1 for h in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=1e-3)


def test_x_is_left_exactly_as_it_was(rng):
    x = rng.normal(size=(2, 3))
    before = x.copy()
    x.flags.writeable = False

    def spoils_its_argument(x):
        x *= 2
        return (x**2).sum()

    np.testing.assert_allclose(
        numeric_gradient(spoils_its_argument, x, H), 8 * before, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("given", "expected"), [(np.float32, np.float32), (np.float64, np.float64), (int, np.float64)]
)
def test_the_dtype_is_kept_and_the_precision_that_of_float64(given, expected):
    x = np.array([1, 2, 3], given)
    gradient = numeric_gradient(lambda x: (x**2).sum(), x, H)
    jacobian = numeric_jacobian(lambda x: x**2, x, H)
    hessian = numeric_hessian(lambda x: (x**2).sum(), x, 1e-4)
    assert {a.dtype for a in (gradient, jacobian, hessian)} == {np.dtype(expected)}
    np.testing.assert_allclose(gradient, [2, 4, 6], rtol=1e-7)
    np.testing.assert_allclose(jacobian, np.diag([2, 4, 6]), rtol=1e-7)
    np.testing.assert_allclose(hessian, 2 * np.eye(3), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("derivative", [numeric_gradient, numeric_jacobian, numeric_hessian])
@pytest.mark.parametrize("h", [0, -1e-5])
def test_a_step_has_to_be_positive(derivative, h):
    with pytest.raises(ValueError, match=f"h is {h}, expected a positive step"):
        derivative(np.sum, np.ones(2), h)


def test_a_gradient_is_of_a_scalar():
    with pytest.raises(ValueError, match=r"f returns an array of shape \(3,\), expected a scalar"):
        numeric_gradient(lambda x: x.sum(axis=0), np.ones((2, 3)), H)
    with pytest.raises(ValueError, match=r"f returns an array of shape \(1,\), expected a scalar"):
        numeric_hessian(lambda x: x[:1], np.ones(2), H)


def test_a_hessian_is_at_a_vector():
    with pytest.raises(ValueError, match=r"x has shape \(2, 2\), expected \(D,\)"):
        numeric_hessian(np.sum, np.ones((2, 2)), 1e-4)


@pytest.mark.parametrize(("N", "D", "M"), [(3, 4, 2), (1, 1, 1), (2, 1, 5)])
def test_the_vector_jacobian_product_is_the_product_with_the_jacobian(N, D, M, rng):
    dout, x, w = rng.normal(size=(N, M)), rng.normal(size=(N, D)), rng.normal(size=(D, M))
    dx, dw = affine_vjp(dout, x, w)
    J_x, J_w = numeric_jacobian(lambda x: x @ w, x, H), numeric_jacobian(lambda w: x @ w, w, H)
    np.testing.assert_allclose(dx, np.tensordot(dout, J_x, axes=2), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(dw, np.tensordot(dout, J_w, axes=2), rtol=1e-8, atol=1e-9)


def test_the_vector_jacobian_product_agrees_with_torch_on_a_layer_too_large_for_its_jacobian(rng):
    dout, x, w = rng.normal(size=(64, 512)), rng.normal(size=(64, 512)), rng.normal(size=(512, 512))
    _, (dx, dw) = torch.autograd.functional.vjp(
        torch.matmul, (torch.tensor(x), torch.tensor(w)), torch.tensor(dout)
    )
    got = affine_vjp(dout, x, w)
    np.testing.assert_allclose(got[0], dx, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got[1], dw, rtol=1e-9, atol=1e-9)


def test_the_vector_jacobian_product_keeps_float32_and_makes_whole_numbers_float64():
    dout, x, w = (
        np.ones((2, 3), np.float32),
        np.ones((2, 4), np.float32),
        np.ones((4, 3), np.float32),
    )
    assert {a.dtype for a in affine_vjp(dout, x, w)} == {np.dtype(np.float32)}
    large = affine_vjp(
        np.full((2, 3), 200, np.uint8), np.full((2, 4), 2, np.uint8), np.full((4, 3), 2, np.uint8)
    )
    assert {a.dtype for a in large} == {np.dtype(np.float64)}
    assert (large[0] == 1200).all()
    assert (large[1] == 800).all()


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (
            ((2, 3), (2, 4), (5, 3)),
            r"x has shape \(2, 4\) and w \(5, 3\), expected \(N, D\) and \(D, M\)",
        ),
        (((2, 3), (4,), (4, 3)), r"x has shape \(4,\) and w"),
        (((2, 3), (2, 4), (4,)), r"and w \(4,\), expected"),
        (((2, 4), (2, 4), (4, 3)), r"dout has shape \(2, 4\), expected \(2, 3\)"),
        (((1, 3), (2, 4), (4, 3)), r"dout has shape \(1, 3\), expected \(2, 3\)"),
    ],
)
def test_the_vector_jacobian_product_names_a_shape_that_does_not_fit(shapes, message):
    with pytest.raises(ValueError, match=message):
        affine_vjp(*(np.zeros(shape) for shape in shapes))


@pytest.mark.parametrize(
    ("eigenvalues", "kind"),
    [
        ([2, 1], "minimum"),
        ([-2, -1], "maximum"),
        ([2, -1], "saddle"),
        ([2, 0], "degenerate"),
        ([0, -2], "degenerate"),
        ([0, 0], "degenerate"),
        ([2, 0, -1], "saddle"),
        ([1e-9], "minimum"),
        ([-1e9], "maximum"),
        ([1, 1e-5], "minimum"),
        ([1, 1e-7], "degenerate"),
        ([1, -1e-7], "degenerate"),
        ([-1, 1e-5], "saddle"),
        ([-1, 1e-7], "degenerate"),
        ([2, 1, 2e-6 - 1e-12], "degenerate"),
        ([2, 1, 2e-6 + 1e-12], "minimum"),
    ],
    ids=str,
)
def test_the_signs_of_the_eigenvalues_classify_a_critical_point(eigenvalues, kind, rng):
    assert classify_critical_point(np.diag(eigenvalues)) == kind
    Q = np.linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    assert classify_critical_point(Q @ np.diag(eigenvalues) @ Q.T) == kind


@pytest.mark.parametrize("eigenvalues", [[-1, 1e-6], [1, -1e-6], [1, 1e-6]], ids=str)
def test_a_millionth_of_the_largest_eigenvalue_still_counts_as_zero(eigenvalues):
    assert classify_critical_point(np.diag(eigenvalues)) == "degenerate"


@pytest.mark.parametrize(
    ("f", "kind"),
    [
        (lambda x: x[0] ** 2 + 3 * x[1] ** 2, "minimum"),
        (lambda x: -(x[0] ** 2) - x[0] * x[1] - x[1] ** 2, "maximum"),
        (lambda x: x[0] * x[1], "saddle"),
        (lambda x: x[0] ** 2 + x[1] ** 4, "degenerate"),
        (lambda x: np.cos(x[0]) + np.cosh(x[1]), "saddle"),
    ],
)
def test_a_numeric_hessian_is_good_enough_to_classify(f, kind):
    assert classify_critical_point(numeric_hessian(f, np.zeros(2), 1e-4)) == kind


def test_of_a_matrix_that_is_not_symmetric_the_symmetric_part_counts():
    assert classify_critical_point([[1, 4], [0, 1]]) == "saddle"  # x² + 4xy + y²
    assert classify_critical_point([[1, 0], [4, 1]]) == "saddle"
    assert classify_critical_point([[1, 4], [-4, 1]]) == "minimum"


@pytest.mark.parametrize(
    "H", [np.zeros((2, 3)), np.zeros(4), np.diag([1, np.nan]), np.diag([1, np.inf])]
)
def test_a_hessian_is_square_and_finite(H):
    with pytest.raises(ValueError, match="expected a square matrix of finite numbers"):
        classify_critical_point(H)


@given(st.integers(0, 1000), st.integers(1, 5))
@settings(deadline=None, max_examples=50)
def test_one_newton_step_solves_a_quadratic_problem_from_anywhere(seed, D):
    rng = np.random.default_rng(seed)
    A, b, x = rng.normal(size=(D, D)) + 3 * np.eye(D), rng.normal(size=D), rng.normal(size=D)
    H = A + A.T
    np.testing.assert_allclose(H @ (x + newton_step(H @ x - b, H)), b, rtol=1e-6, atol=1e-6)


def test_newton_lands_on_a_saddle_where_gradient_descent_leaves_it():
    def f(x):
        return x[0] ** 2 - x[1] ** 2 + x[1] ** 4

    newton = descent = np.array([1.0, 0.1])
    for _ in range(20):
        newton = newton + newton_step(
            numeric_gradient(f, newton, H), numeric_hessian(f, newton, 1e-4)
        )
        descent = descent - 0.1 * numeric_gradient(f, descent, H)
    np.testing.assert_allclose(newton, [0, 0], atol=1e-4)
    np.testing.assert_allclose(descent, [0, 0.5**0.5], atol=0.02)
    assert classify_critical_point(numeric_hessian(f, newton, 1e-4)) == "saddle"


def test_newton_keeps_float32_and_does_not_wrap_whole_numbers():
    assert newton_step(np.ones(2, np.float32), np.eye(2, dtype=np.float32)).dtype == np.float32
    np.testing.assert_array_equal(
        newton_step(np.array([1, 2], np.uint8), np.eye(2, dtype=int)), [-1.0, -2.0]
    )


def test_newton_refuses_a_singular_hessian_and_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="H is singular"):
        newton_step(np.ones(2), np.diag([1.0, 0.0]))
    with pytest.raises(
        ValueError, match=r"grad has shape \(2,\) and H \(3, 3\), expected \(D,\) and \(D, D\)"
    ):
        newton_step(np.ones(2), np.eye(3))
    with pytest.raises(ValueError, match=r"grad has shape \(2, 1\) and H \(2, 2\)"):
        newton_step(np.ones((2, 1)), np.eye(2))
    with pytest.raises(ValueError, match=r"grad has shape \(2, 2\) and H \(2, 2, 2, 2\)"):
        newton_step(np.ones((2, 2)), np.ones((2, 2, 2, 2)))


def test_the_gradient_with_respect_to_a_single_number_needs_a_scalar_too():
    assert numeric_gradient(lambda x: x**2, 3.0, 1e-5) == pytest.approx(6)
    with pytest.raises(ValueError, match=r"f returns an array of shape \(2,\), expected a scalar"):
        numeric_gradient(lambda x: np.array([x, x]), 3.0, 1e-5)
