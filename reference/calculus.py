"""Derivatives without a formula: gradients, Jacobians and Hessians from values of the function, and
what they tell.
"""

import numpy as np

__all__ = [  # noqa: RUF022 - the reading order
    "numeric_gradient",
    "numeric_jacobian",
    "affine_vjp",
    "numeric_hessian",
    "classify_critical_point",
    "newton_step",
]


def numeric_gradient(f, x, h):
    """The gradient of a scalar function by central differences, one coordinate at a time: its
    Jacobian's only row.

        ∂f/∂xᵢ ≈ (f(x + h eᵢ) - f(x - h eᵢ)) / 2h

    Shapes: f maps an array like x to a scalar; x any shape; h a positive number -> gradient, of the
    shape of x.
    The error is O(h²), where the one-sided quotient has O(h); in float64 h = 1e-5 is a good choice,
    much less drowns in rounding. f is evaluated in float64, on new arrays: x is left exactly as it
    was.
    Raises ValueError when f does not return a scalar or h is not positive.

    Lectures L0 and L1; Stanford CS231n, notes on optimization.

    >>> x = np.array([3.0, -1.0])
    >>> numeric_gradient(lambda x: x[0] ** 2 * x[1], x, 1e-5).round(6)
    array([-6.,  9.])
    """
    gradient = numeric_jacobian(f, x, h)
    if gradient.shape != np.shape(x):
        shape = gradient.shape[: gradient.ndim - np.ndim(x)]
        raise ValueError(f"f returns an array of shape {shape}, expected a scalar")
    return gradient


def numeric_jacobian(f, x, h):
    """All derivatives of an array-valued function by central differences.

        J[i, j] = ∂fᵢ/∂xⱼ ≈ (fᵢ(x + h eⱼ) - fᵢ(x - h eⱼ)) / 2h

    Shapes: f maps x (…) to f(x) (…'), any two shapes; h a positive number  ->  J (…', …).
    Rows are outputs, columns inputs. For a layer from N x D to N x M numbers J holds N M N D of
    them, which is why backpropagation never forms it (see affine_vjp). As in numeric_gradient x is
    left exactly as it was.
    Raises ValueError when h is not positive.

    Lecture L0 ("generalized Jacobian: tensor in, tensor out"); Goodfellow, Bengio & Courville 2016,
    section 4.3.1.

    >>> numeric_jacobian(lambda x: np.array([x[0] * x[1], x[1]]), np.array([2.0, 5.0]), 1e-5).round(
    ...     6
    ... )
    array([[5., 2.],
           [0., 1.]])
    """
    if h <= 0:
        raise ValueError(f"h is {h}, expected a positive step")
    x = np.asarray(x)
    point = x.astype(np.float64)
    J = np.empty(np.shape(f(point.copy())) + x.shape, _as_float(x).dtype)
    for j in np.ndindex(x.shape):
        step = np.zeros_like(point)
        step[j] = h
        J[(..., *j)] = (np.asarray(f(point + step)) - f(point - step)) / (2 * h)
    return J


def affine_vjp(dout, x, w):
    """The vector-Jacobian product of y = x w: what backpropagation needs of the Jacobian, without
    the Jacobian.

        dx = dout wᵀ        dw = xᵀ dout

    Shapes: dout (N, M); x (N, D); w (D, M)  ->  dx (N, D), dw (D, M).
    The same as contracting dout with both axes of y in ∂y/∂x (N, M, N, D) and ∂y/∂w (N, M, D, M),
    at the cost of
    two matrix products. Shapes tell the order: only one product of dout and wᵀ has the shape of x.
    Raises ValueError when the shapes do not fit.

    Lecture L0; Johnson, "Derivatives, backpropagation, and vectorization", Stanford CS231n handout.

    >>> dx, dw = affine_vjp(np.array([[1.0, 10.0]]), np.array([[2.0]]), np.array([[3.0, 4.0]]))
    >>> dx, dw
    (array([[43.]]), array([[ 2., 20.]]))
    """
    dout, x, w = _as_float(dout), _as_float(x), _as_float(w)
    _check_affine(dout, x, w)
    return dout @ w.T, x.T @ dout


def numeric_hessian(f, x, h):
    """The matrix of second derivatives of a scalar function: central differences of central
    differences.

        H[i, j] = ∂²f/∂xᵢ∂xⱼ ≈ (f(x + h eᵢ + h eⱼ) - f(x + h eᵢ - h eⱼ) - f(x - h eᵢ + h eⱼ) + f(x -
        h eᵢ - h eⱼ)) / 4h²

    Shapes: f maps (D,) to a scalar; x (D,); h a positive number  ->  H (D, D), symmetric.
    Rounding errors are divided by h², so h has to be larger than for a gradient: 1e-4 is a good
    choice in float64. Raises ValueError when x is not a vector, f does not return a scalar or h is
    not positive.

    Lecture L1 (critical points); Goodfellow, Bengio & Courville 2016, eq. 4.6.

    >>> numeric_hessian(lambda x: x[0] ** 2 * x[1], np.array([3.0, -1.0]), 1e-4).round(4)
    array([[-2.,  6.],
           [ 6.,  0.]])
    """
    if np.ndim(x) != 1:
        raise ValueError(f"x has shape {np.shape(x)}, expected (D,): flatten it first")
    H = numeric_jacobian(lambda point: numeric_gradient(f, point, h), x, h)  # (D, D)
    return (H + H.T) / 2  # equal but for rounding: make it exact


def classify_critical_point(H):
    """What a point with zero gradient is, by the signs of the Hessian's eigenvalues (the curvatures
    there).

        all λ > 0: "minimum"
        all λ < 0: "maximum"
        some of each: "saddle"
        otherwise: "degenerate"

    Shapes: H (D, D), symmetric (of another matrix the symmetric part counts, as in xᵀ H x) -> a
    string.
    One λ of each sign is enough for a saddle, whatever the others are. Zeros beside one sign leave
    it open
    (x² + y⁴ or x² - y⁴?): "degenerate". λ counts as zero up to 1e-6 of the largest |λ|, about what
    a numeric Hessian is good for.
    Raises ValueError when H is not square or not finite.

    Lecture L1; Goodfellow, Bengio & Courville 2016, section 4.3.1.

    >>> (
    ...     classify_critical_point(np.diag([2.0, 1.0])),
    ...     classify_critical_point(np.diag([2.0, -1.0, 0.0])),
    ... )
    ('minimum', 'saddle')
    """
    H = np.asarray(H, np.float64)
    if H.ndim != 2 or len(H) != H.shape[1] or not np.isfinite(H).all():
        raise ValueError(f"H has shape {H.shape}, expected a square matrix of finite numbers")
    eigenvalues = np.linalg.eigvalsh((H + H.T) / 2)  # (D,)
    zero = 1e-6 * np.abs(eigenvalues).max()
    up, down = (eigenvalues > zero).any(), (eigenvalues < -zero).any()
    if up and down:
        return "saddle"
    if (np.abs(eigenvalues) <= zero).any():
        return "degenerate"
    return "minimum" if up else "maximum"


def newton_step(grad, H):
    """The step to the critical point of the quadratic function that has this gradient and Hessian.

        Δ = -H⁻¹ g        x ← x + Δ

    Shapes: grad (D,); H (D, D)  ->  Δ (D,).
    The step is to be added. A critical point need not be a minimum: where H has eigenvalues of both
    signs Newton's method climbs along the negative ones and lands on the saddle, which gradient
    descent walks away from.
    Raises ValueError when the shapes do not fit or H is singular.

    Lecture L1; Goodfellow, Bengio & Courville 2016, eq. 4.12; Dauphin et al. 2014, arXiv:1406.2572.

    >>> x, H = np.array([3.0, 1.0]), np.diag([2.0, -2.0])  # f = x₀² - x₁²
    >>> x + newton_step(H @ x, H)
    array([0., 0.])
    """
    grad, H = np.asarray(grad), np.asarray(H)
    if grad.ndim != 1 or H.shape != 2 * grad.shape:
        raise ValueError(f"grad has shape {grad.shape} and H {H.shape}, expected (D,) and (D, D)")
    try:
        return -np.linalg.solve(H, grad)
    except np.linalg.LinAlgError:
        raise ValueError(
            "H is singular: along some direction the slope is constant, no step makes it 0"
        ) from None


def _as_float(array):
    array = np.asarray(array)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _check_affine(dout, x, w):
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != len(w):
        raise ValueError(f"x has shape {x.shape} and w {w.shape}, expected (N, D) and (D, M)")
    if dout.shape != (len(x), w.shape[1]):
        raise ValueError(
            f"dout has shape {dout.shape}, expected {(len(x), w.shape[1])}, as y = x w has"
        )
