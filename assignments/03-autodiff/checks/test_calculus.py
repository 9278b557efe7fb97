import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects

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


def assert_rejects_pair(function, *args, naming):
    """Two arguments that do not fit together: it may be either that is named."""
    first, second = naming
    try:
        assert_rejects(function, *args, naming=first)
    except CheckFailure:
        assert_rejects(function, *args, naming=second)


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


@pytest.mark.points(3)
@pytest.mark.concept("numeric_gradient")
@pytest.mark.depends("test_numeric_gradient")
@pytest.mark.hidden(
    "x can hold integers or float32, and can have any number of axes, even none. Where does your "
    "step go?"
)
@pytest.mark.parametrize(
    "x",
    [
        np.array([3, -2, 1]),
        np.array([[0.5], [-1.5]], np.float32),
        np.array(1.25),
        np.ones((2, 1, 3, 2)),
    ],
    ids=["integers", "float32", "a number", "four axes"],
)
def test_numeric_gradient_of_other_arrays(student, reference, rng, x):
    """Numeric gradient: integers, float32, one number, many axes"""
    f = scalar_function(rng, x.shape)

    gradient = student.numeric_gradient(f, x, 1e-5)

    assert not student.mutated, (
        "numeric_gradient changes x, or does not put it back exactly as it was"
    )
    assert_close(gradient, reference.numeric_gradient(f, x, 1e-5), "gradient", rtol=1e-5, atol=1e-5)


@pytest.mark.points(1)
@pytest.mark.concept("numeric_gradient")
@pytest.mark.depends("test_numeric_gradient")
@pytest.mark.hidden("What if f gives more than one number, or h is no step at all?")
def test_numeric_gradient_rejects_what_does_not_fit(student, rng):
    """Numeric gradient: what does not fit raises a ValueError that names the argument"""
    x = rng.normal(size=3)
    assert_rejects(student.numeric_gradient, lambda x: 2 * x, x, 1e-5, naming="f")
    for h in (0.0, -1e-5):
        assert_rejects(student.numeric_gradient, lambda x: float(np.sum(x)), x, h, naming="h")


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


@pytest.mark.points(3)
@pytest.mark.concept("numeric_jacobian")
@pytest.mark.depends("test_numeric_jacobian")
@pytest.mark.hidden(
    "The axes of J are those of the output, then those of the input, however many there are of "
    "each."
)
def test_numeric_jacobian_of_tensors(student, reference, rng):
    """Numeric Jacobian: tensors in, tensors out"""
    W = rng.normal(size=(4, 2))
    cases = {
        "a matrix of a matrix": (lambda x: np.tanh(W @ x), rng.normal(size=(2, 3))),
        "a number of a vector": (lambda x: float(np.sum(x**2)), rng.normal(size=4)),
        "a vector of a number": (lambda x: np.array([x**2, 3 * x, 1.0 + 0 * x]), np.array(0.7)),
        "a vector of integers": (lambda x: x[:2] * x[1:], np.array([3, 1, 2])),
    }
    for what, (f, x) in cases.items():
        J = student.numeric_jacobian(f, x, 1e-5)
        assert_close(
            J, reference.numeric_jacobian(f, x, 1e-5), f"J of {what}", rtol=1e-5, atol=1e-5
        )
    assert_rejects(student.numeric_jacobian, lambda x: 2 * x, rng.normal(size=3), 0.0, naming="h")


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


@pytest.mark.points(2)
@pytest.mark.concept("affine_vjp")
@pytest.mark.depends("test_affine_vjp")
@pytest.mark.hidden(
    "One sample, one feature, square matrices, float32, integers, and a dout of another shape."
)
def test_affine_vjp_in_the_corners(student, reference, rng):
    """Vector-Jacobian product: one sample, square matrices, other dtypes, shapes that do not fit"""
    for N, D, M in ((1, 4, 2), (3, 1, 1), (3, 3, 3)):
        dout, x, w = rng.normal(size=(N, M)), rng.normal(size=(N, D)), rng.normal(size=(D, M))
        assert_close(student.affine_vjp(dout, x, w), reference.affine_vjp(dout, x, w), "(dx, dw)")

    small = [array.astype(np.float32) for array in (dout, x, w)]
    gradients = student.affine_vjp(*small)
    assert_close(gradients, reference.affine_vjp(*small), "(dx, dw)")
    dtypes = {str(gradient.dtype) for gradient in gradients}
    assert dtypes == {"float32"}, f"float32 gives {' and '.join(sorted(dtypes))}; expected float32"

    assert_rejects(student.affine_vjp, dout[:1], x, w, naming="dout")
    assert_rejects(student.affine_vjp, dout[:, :2], x, w, naming="dout")
    assert_rejects_pair(student.affine_vjp, dout, x, w[:-1], naming=("x", "w"))


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


@pytest.mark.points(1)
@pytest.mark.concept("numeric_hessian")
@pytest.mark.depends("test_numeric_hessian")
@pytest.mark.hidden(
    "Try a single variable, a vector of integers, and an x or an h that makes no sense."
)
def test_numeric_hessian_in_the_corners(student, rng):
    """Numeric Hessian: one variable, integers, and what does not fit"""
    H = student.numeric_hessian(lambda x: float(x[0] ** 3), np.array([2.0]), 1e-4)
    assert_close(H, np.array([[12.0]]), "H", rtol=1e-4)
    H = student.numeric_hessian(lambda x: float(x[0] ** 2 * x[1]), np.array([3, -1]), 1e-4)
    assert_close(H, np.array([[-2.0, 6.0], [6.0, 0.0]]), "H", rtol=1e-4, atol=1e-4)
    assert_rejects(
        student.numeric_hessian,
        lambda x: float(np.sum(x**2)),
        rng.normal(size=(2, 2)),
        1e-4,
        naming="x",
    )
    assert_rejects(
        student.numeric_hessian, lambda x: float(np.sum(x**2)), rng.normal(size=2), 0.0, naming="h"
    )


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


@pytest.mark.points(3)
@pytest.mark.concept("classify_critical_point")
@pytest.mark.depends("test_classify_critical_point")
@pytest.mark.hidden(
    "When is an eigenvalue zero, if it comes from rounding? Does it matter in which units f is "
    "measured?"
)
@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e9], ids="unit={}".format)
def test_classify_with_rounding_and_units(student, rng, unit):
    """Critical points: zeros that are rounding errors, other units, one variable, a matrix
    of zeros
    """
    cases = [
        ((1.0, 1e-9, 2.0), "degenerate"),
        ((-1.0, 3e-8), "degenerate"),
        ((1.0, 0.7e-6), "degenerate"),
        ((1.0, 1.5e-6), "minimum"),
        ((1.0, 1e-4), "minimum"),
        ((-1.0, -1e-4, -1e-3), "maximum"),
        ((1.0, -1e-4), "saddle"),
        ((2.0, 0.0, -1.0), "saddle"),
        ((3.0,), "minimum"),
        ((-3.0,), "maximum"),
        ((0.0, 0.0), "degenerate"),
    ]
    answers = [
        student.classify_critical_point(unit * with_eigenvalues(rng, values)) for values, _ in cases
    ]
    assert_close(answers, [kind for _, kind in cases], "the kinds")


@pytest.mark.points(1)
@pytest.mark.concept("classify_critical_point")
@pytest.mark.depends("test_classify_critical_point")
@pytest.mark.hidden("H need not come symmetric, and need not be a Hessian at all.")
def test_classify_looks_at_its_matrix(student):
    """Critical points: the symmetric part counts, and what is no Hessian is refused"""
    for H, kind in (
        ([[1.0, 0.0], [4.0, 1.0]], "saddle"),
        ([[1.0, 4.0], [0.0, 1.0]], "saddle"),
        ([[1.0, 5.0], [-5.0, 1.0]], "minimum"),
    ):
        assert_close(student.classify_critical_point(np.array(H)), kind, "the kind")
    assert_rejects(student.classify_critical_point, np.ones((2, 3)), naming="H")
    assert_rejects(student.classify_critical_point, np.ones(3), naming="H")
    assert_rejects(
        student.classify_critical_point, np.array([[1.0, np.nan], [np.nan, 1.0]]), naming="H"
    )


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


@pytest.mark.points(2)
@pytest.mark.concept("newton_step")
@pytest.mark.depends("test_newton_step")
@pytest.mark.hidden(
    "One variable, gradients of zero, shapes that do not fit, and an H that has no inverse."
)
def test_newton_step_in_the_corners(student):
    """Newton's step: one variable, a point that is critical already, and what does not fit"""
    assert_close(
        student.newton_step(np.array([6.0]), np.array([[4.0]])), np.array([-1.5]), "the step"
    )
    assert_close(student.newton_step(np.zeros(2), np.diag([1.0, -3.0])), np.zeros(2), "the step")
    assert_rejects_pair(student.newton_step, np.ones(3), np.eye(2), naming=("grad", "H"))
    assert_rejects(student.newton_step, np.ones(3), np.ones((3, 2)), naming="H")
    assert_rejects(student.newton_step, np.ones((2, 1)), np.eye(2), naming="grad")
    assert_rejects(student.newton_step, np.ones(2), np.diag([1.0, 0.0]), naming="H")


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
