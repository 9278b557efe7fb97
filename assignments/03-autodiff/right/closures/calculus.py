# Style: numbers moved one by one in flat copies, signs counted in sets, einsum
import numpy as np


def positive(h):
    if not h > 0:
        raise ValueError(f"h has to be positive, not {h}")


def moved(x, i, by):
    """A copy of x, in float64, with its i-th number moved."""
    copy = np.array(x, dtype=np.float64)
    copy.flat[i] += by
    return copy


def numeric_gradient(f, x, h):
    positive(h)
    slopes = []
    for i in range(np.size(x)):
        above, below = f(moved(x, i, h)), f(moved(x, i, -h))
        if np.size(above) != 1:
            raise ValueError("f gives many numbers; a gradient needs a scalar function")
        slopes.append((float(above) - float(below)) / (2 * h))
    return np.array(slopes).reshape(np.shape(x))


def numeric_jacobian(f, x, h):
    positive(h)
    columns = [
        (np.asarray(f(moved(x, i, h)), dtype=float) - np.asarray(f(moved(x, i, -h)), dtype=float)) / (h + h)
        for i in range(np.size(x))
    ]
    J = np.stack(columns, axis=-1)
    return J.reshape(J.shape[:-1] + np.shape(x))


def affine_vjp(dout, x, w):
    if np.ndim(x) != 2:
        raise ValueError("x is no matrix")
    if np.ndim(w) != 2 or np.shape(w)[0] != np.shape(x)[1]:
        raise ValueError("w needs a row for each column of x")
    if np.shape(dout) != (np.shape(x)[0], np.shape(w)[1]):
        raise ValueError("dout is not of the shape of x w")
    return np.einsum("nm,dm->nd", dout, w), np.einsum("nd,nm->dm", x, dout)


def numeric_hessian(f, x, h):
    positive(h)
    if np.ndim(x) != 1:
        raise ValueError("x has to be a vector")
    D = len(x)
    H = np.zeros((D, D))
    for i in range(D):
        for j in range(i + 1):
            corners = 0.0
            for a in (h, -h):
                for b in (h, -h):
                    corners += np.sign(a * b) * f(moved(moved(x, i, a), j, b))
            H[i, j] = H[j, i] = corners / (4 * h * h)
    return H


def classify_critical_point(H):
    H = np.array(H, dtype=float)
    if H.ndim != 2 or H.shape[0] != H.shape[1]:
        raise ValueError("H is not square")
    if np.isnan(H).any() or np.isinf(H).any():
        raise ValueError("H has entries that are no numbers")
    curvatures = np.linalg.eigvals(0.5 * H + 0.5 * H.T).real
    largest = max(abs(curvatures))
    signs = {0 if abs(c) <= 1e-6 * largest else 1 if c > 0 else -1 for c in curvatures}
    if {1, -1} <= signs:
        return "saddle"
    return {frozenset({1}): "minimum", frozenset({-1}): "maximum"}.get(frozenset(signs), "degenerate")


def newton_step(grad, H):
    grad, H = np.asarray(grad, dtype=float), np.asarray(H, dtype=float)
    if grad.ndim != 1:
        raise ValueError("grad has to be a vector")
    if H.shape != (grad.size, grad.size):
        raise ValueError("H has to be square, with a row for each entry of grad")
    if grad.size == 0 or np.linalg.matrix_rank(H) < grad.size:
        raise ValueError("H is singular")
    return np.linalg.solve(H, -grad)
