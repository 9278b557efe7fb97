# Style: newcomer: one loop over coordinates each, fresh copies for every evaluation, counts of signs
import numpy as np


def check_step(h):
    if not h > 0:
        raise ValueError(f"h is {h}, expected a positive step")


def moved(x, *moves):
    """A float64 copy of x with each (index, step) added."""
    point = np.array(x, dtype=np.float64)
    for index, step in moves:
        point[index] += step
    return point


def one_number(f, point):
    y = np.asarray(f(point))
    if y.shape != ():
        raise ValueError(f"f gives an array of shape {y.shape}, expected one number")
    return float(y)


def numeric_gradient(f, x, h):
    check_step(h)
    gradient = np.zeros(np.shape(x))
    for i in np.ndindex(gradient.shape):
        gradient[i] = (one_number(f, moved(x, (i, h))) - one_number(f, moved(x, (i, -h)))) / (2 * h)
    return gradient


def numeric_jacobian(f, x, h):
    check_step(h)
    shape = np.shape(x)
    columns = []
    for j in np.ndindex(shape):
        right = np.array(f(moved(x, (j, h))), dtype=np.float64)
        left = np.array(f(moved(x, (j, -h))), dtype=np.float64)
        columns.append((right - left) / (2 * h))
    if not columns:
        return np.zeros(np.shape(f(moved(x))) + shape)
    return np.stack(columns, axis=-1).reshape(columns[0].shape + shape)


def affine_vjp(dout, x, w):
    dout, x, w = np.asarray(dout), np.asarray(x), np.asarray(w)
    fits = dout.ndim == x.ndim == w.ndim == 2
    if not fits or x.shape[1] != w.shape[0] or dout.shape != (x.shape[0], w.shape[1]):
        raise ValueError(f"dout {dout.shape}, x {x.shape} and w {w.shape} do not fit: expected (N, M), (N, D), (D, M)")
    return np.tensordot(dout, w, axes=(1, 1)), np.tensordot(x, dout, axes=(0, 0))


def numeric_hessian(f, x, h):
    check_step(h)
    if np.ndim(x) != 1:
        raise ValueError(f"x has the shape {np.shape(x)}, expected a vector")
    D = len(x)
    H = np.zeros((D, D))
    for i in range(D):
        for j in range(i + 1):
            total = 0.0
            for s in (1, -1):
                for t in (1, -1):
                    total += s * t * one_number(f, moved(x, (i, s * h), (j, t * h)))
            H[i, j] = H[j, i] = total / (4 * h * h)
    return H


def check_matrix(H):
    H = np.asarray(H, dtype=np.float64)
    if H.ndim != 2 or H.shape[0] != H.shape[1]:
        raise ValueError(f"H has the shape {H.shape}, expected a square matrix")
    if not np.isfinite(H).all():
        raise ValueError("H is not finite")
    return H


def classify_critical_point(H):
    H = check_matrix(H)
    curvatures = np.linalg.eigvalsh(H / 2 + H.T / 2)
    zero = 1e-6 * np.abs(curvatures).max(initial=0)
    up = sum(c > zero for c in curvatures)
    down = sum(c < -zero for c in curvatures)
    if up and down:
        return "saddle"
    if up == len(H):
        return "minimum"
    return "maximum" if down == len(H) else "degenerate"


def newton_step(grad, H):
    H = check_matrix(H)
    grad = np.asarray(grad, dtype=np.float64)
    if grad.shape != (len(H),):
        raise ValueError(f"grad has the shape {grad.shape}, expected ({len(H)},) for this H")
    if np.linalg.matrix_rank(H) < len(H):
        raise ValueError("H is singular")
    return np.linalg.solve(H, -grad)
