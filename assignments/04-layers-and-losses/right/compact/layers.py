# Style: compact; a closure makes each pair of functions, and the cache of an activation is its slope
import numpy as np


def real(x):
    return np.asarray(x, dtype=None if np.asarray(x).dtype.kind == "f" else float)


def same(dout, shape):
    if np.shape(dout) != shape:
        raise ValueError(f"dout is {np.shape(dout)} and not {shape}")
    return real(dout)


def affine_forward(x, w, b):
    x, w, b = map(real, (x, w, b))
    if not x.ndim:
        raise ValueError("x has no batch axis")
    rows = x.reshape(len(x), np.prod(x.shape[1:], dtype=int))
    if w.ndim != 2 or len(w) != rows.shape[1]:
        raise ValueError(f"w is {w.shape}, and a sample has {rows.shape[1]} numbers")
    if b.shape != (w.shape[1],):
        raise ValueError(f"b is {b.shape} and not ({w.shape[1]},)")
    return rows @ w + b, (rows, w, x.shape)


def affine_backward(dout, cache):
    rows, w, shape = cache
    dout = same(dout, (len(rows), w.shape[1]))
    return (dout @ w.T).reshape(shape), rows.T @ dout, dout.sum(axis=0)


def heaviside(x):
    return np.heaviside(real(x), 0)


def elementwise(f):
    """Forward and backward of an f that gives the output and the slope."""

    def forward(x, *args, **kwargs):
        return f(real(x), *args, **kwargs)

    def backward(dout, slope):
        return same(dout, slope.shape) * slope

    return forward, backward


def logistic(x):
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def with_slope(f, slope):
    return lambda x: (out := f(x), slope(x, out))


def bent(x, alpha, f):
    """x to the right of zero, f to the left; the slope is 1 there, and here that of f."""
    left, slope = f(np.minimum(x, 0))
    return np.where(x > 0, x, alpha * left), np.where(x > 0, 1, alpha * slope).astype(x.dtype)


def leaky(x, alpha=0.01):
    return bent(x, float(alpha), lambda left: (left, np.ones_like(left)))


def elu(x, alpha=1.0):
    return bent(x, float(alpha), lambda left: (np.expm1(left), np.exp(left)))


identity_forward, identity_backward = elementwise(lambda x: (x.copy(), np.ones_like(x)))
sigmoid_forward, sigmoid_backward = elementwise(with_slope(logistic, lambda x, f: f * (1 - f)))
tanh_forward, tanh_backward = elementwise(with_slope(np.tanh, lambda x, f: 1 - f * f))
relu_forward, relu_backward = elementwise(lambda x: (np.maximum(x, 0), heaviside(x)))
leaky_relu_forward, leaky_relu_backward = elementwise(leaky)
elu_forward, elu_backward = elementwise(elu)
softplus_forward, softplus_backward = elementwise(lambda x: (np.logaddexp(x, 0), logistic(x)))


def prelu_forward(x, alpha):
    x = real(x)
    alpha = np.array(alpha, x.dtype)
    if alpha.shape not in [(), (1,), x.shape[1:2]]:
        raise ValueError(f"alpha is {alpha.shape}, which does not fit an x of {x.shape}")
    wide = alpha.reshape(-1, *[1] * (x.ndim - 2)) if alpha.size > 1 else alpha.reshape([1] * x.ndim)
    return np.where(x > 0, x, wide * x), (x, wide, alpha.shape)


def prelu_backward(dout, cache):
    x, wide, shape = cache
    dout = same(dout, x.shape)
    shares = dout * np.minimum(x, 0)
    dalpha = np.moveaxis(shares, 1, 0).reshape(wide.size, -1).sum(1) if wide.size > 1 else shares.sum()
    return np.where(x > 0, dout, wide * dout), np.reshape(dalpha, shape)


def softmax_forward(x):
    e = np.exp(real(x) - np.max(x, -1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    return p, p


def softmax_backward(dout, p):
    dout = same(dout, p.shape)
    return p * (dout - np.einsum("...j,...j->...", dout, p)[..., None])
