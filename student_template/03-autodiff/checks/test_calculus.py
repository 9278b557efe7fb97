import numpy as np
import pytest

from grader.checks import assert_close

# A numeric derivative is right up to the rounding of f, divided by the step.
NUMERIC = {"rtol": 1e-6, "atol": 1e-6}


def scalar_function(rng, shape):
    """A cubic polynomial in all coordinates, which mixes them; it is no one's gradient by
    chance.
    """
    w, v = rng.normal(size=shape), rng.normal(size=shape)

    def f(x):
        return float(np.sum(w * x**3) + np.sum(v * x) ** 2)

    return f


# ---- gradient ------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("numeric_gradient")
@pytest.mark.parametrize("h", [1e-5, 0.1], ids="h={}".format)
@pytest.mark.parametrize("shape", [(3,), (2, 3)], ids=str)
def test_numeric_gradient(student, reference, rng, shape, h):
    """Numeric gradient: central differences, one coordinate at a time"""
    f, x = scalar_function(rng, shape), rng.normal(size=shape)

    gradient = student.numeric_gradient(f, x, h)

    assert not student.mutated, (
        "numeric_gradient changes x, or does not put it back exactly as it was"
    )
    assert_close(gradient, reference.numeric_gradient(f, x, h), "gradient", **NUMERIC)


# ---- jacobian ------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("numeric_jacobian")
@pytest.mark.parametrize("h", [1e-5, 0.1], ids="h={}".format)
def test_numeric_jacobian(student, reference, rng, h):
    """Numeric Jacobian: one row for each output, one column for each input"""
    W, x = rng.normal(size=(2, 3)), rng.normal(size=3)

    def f(x):
        return W @ x**3 + x[1] * x[2]

    J = student.numeric_jacobian(f, x, h)

    assert not student.mutated, (
        "numeric_jacobian changes x, or does not put it back exactly as it was"
    )
    assert_close(J, reference.numeric_jacobian(f, x, h), "J", **NUMERIC)


# ---- vector-Jacobian product ---------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("affine_vjp")
def test_affine_vjp(student, reference, rng):
    """Vector-Jacobian product: the same as with the whole Jacobian"""
    dout, x, w = rng.normal(size=(4, 2)), rng.normal(size=(4, 3)), rng.normal(size=(3, 2))

    dx, dw = student.affine_vjp(dout, x, w)

    by_x = reference.numeric_jacobian(lambda x: x @ w, x, 1e-3)  # (N, M, N, D)
    by_w = reference.numeric_jacobian(lambda w: x @ w, w, 1e-3)  # (N, M, D, M)
    hint = "Only one product of dout with the transpose of the other factor has the right shape."
    assert_close(dx, np.tensordot(dout, by_x, axes=2), "dx", **NUMERIC, hint=hint)
    assert_close(dw, np.tensordot(dout, by_w, axes=2), "dw", **NUMERIC, hint=hint)


# ---- hessian ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("numeric_hessian")
@pytest.mark.parametrize("h", [1e-4, 0.01], ids="h={}".format)
def test_numeric_hessian(student, rng, h):
    """Numeric Hessian: the second derivatives of a scalar function"""
    w, A, x = rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3)

    H = student.numeric_hessian(lambda x: float(w @ x**3 + x @ A @ x), x, h)

    assert not student.mutated, (
        "numeric_hessian changes x, or does not put it back exactly as it was"
    )
    assert_close(H, np.diag(6 * w * x) + A + A.T, "H", rtol=1e-4, atol=1e-4)


# ---- critical points -----------------------------------------------------------------------------


def with_eigenvalues(rng, eigenvalues):
    """A symmetric matrix that has them, and no zeros to read them from."""
    Q, _ = np.linalg.qr(rng.normal(size=(len(eigenvalues),) * 2))
    return Q @ np.diag(eigenvalues) @ Q.T


@pytest.mark.points(2, each=True)
@pytest.mark.concept("classify_critical_point")
@pytest.mark.parametrize(
    ("kind", "eigenvalues"),
    [
        ("minimum", (2.0, 0.5, 3.0)),
        ("maximum", (-1.0, -4.0, -0.3)),
        ("saddle", (2.0, -1.0, 3.0)),
        ("degenerate", (2.0, 0.0, 1.0)),
    ],
    ids=["minimum", "maximum", "saddle", "degenerate"],
)
def test_classify_critical_point(student, rng, kind, eigenvalues):
    """Critical points: minimum, maximum, saddle or degenerate, by the signs of the eigenvalues"""
    answers = [
        student.classify_critical_point(H)
        for H in (np.diag(eigenvalues), with_eigenvalues(rng, eigenvalues))
    ]
    assert_close(answers, [kind, kind], f"the kind of a point with the eigenvalues {eigenvalues}")


# ---- newton ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("newton_step")
@pytest.mark.parametrize(
    "eigenvalues", [(2.0, 5.0, 0.5), (3.0, -1.0, 2.0)], ids=["minimum", "saddle"]
)
def test_newton_step(student, rng, eigenvalues):
    """Newton's step: lands on the critical point of a quadratic function, be it a minimum or a
    saddle
    """
    H, x, goal = with_eigenvalues(rng, eigenvalues), rng.normal(size=3), rng.normal(size=3)

    step = student.newton_step(H @ (x - goal), H)

    assert_close(x + step, goal, "x + step")


@pytest.mark.points(3)
@pytest.mark.concept("newton_step")
@pytest.mark.depends("test_newton_step", "test_numeric_hessian", "test_numeric_gradient")
def test_newton_descends_a_curved_valley(student):
    """Newton's step: with numeric derivatives it reaches the bottom of a curved valley in a few
    steps
    """

    def valley(x):
        return float((1 - x[0]) ** 2 + 5 * (x[1] - x[0] ** 2) ** 2)

    x = np.array([-0.5, 0.5])
    for _ in range(8):
        x = x + student.newton_step(
            student.numeric_gradient(valley, x, 1e-5), student.numeric_hessian(valley, x, 1e-4)
        )

    assert_close(x, np.ones(2), "x after 8 steps", rtol=1e-4)
