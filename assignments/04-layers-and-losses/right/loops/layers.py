# Style: plain loops over samples and numbers, tuples as caches
import math

import numpy as np


def to_float(x):
    x = np.asarray(x)
    return x if x.dtype in (np.float32, np.float64) else x.astype(np.float64)


def check_dout(dout, shape):
    dout = to_float(dout)
    if dout.shape != tuple(shape):
        raise ValueError(f"dout has the shape {dout.shape}, the output had {tuple(shape)}")
    return dout


def apply(function, *arrays):
    """Call the function once for every position of the arrays."""
    out = np.zeros(arrays[0].shape, dtype=arrays[0].dtype)
    for i, numbers in enumerate(zip(*[a.ravel().tolist() for a in arrays], strict=True)):
        out.flat[i] = function(*numbers)
    return out


def affine_forward(x, w, b):
    x, w, b = to_float(x), to_float(w), to_float(b)
    if x.ndim == 0:
        raise ValueError("x has no batch axis")
    features = 1
    for size in x.shape[1:]:
        features *= size
    if w.ndim != 2 or w.shape[0] != features:
        raise ValueError(f"w must be ({features}, M), but it is {w.shape}")
    if b.ndim != 1 or len(b) != w.shape[1]:
        raise ValueError(f"b must be ({w.shape[1]},), but it is {b.shape}")
    out = np.zeros((x.shape[0], w.shape[1]), dtype=np.result_type(x, w, b))
    for n in range(x.shape[0]):
        out[n] = np.dot(x[n].reshape(features), w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dout = check_dout(dout, (x.shape[0], w.shape[1]))
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(x.shape[0]):
        dx[n] = np.dot(w, dout[n]).reshape(x.shape[1:])
        dw += np.outer(x[n], dout[n])
        db += dout[n]
    return dx, dw, db


def heaviside(x):
    return apply(lambda v: 1.0 if v > 0 else 0.0, to_float(x))


def identity_forward(x):
    x = to_float(x)
    return x.copy(), x.shape


def identity_backward(dout, cache):
    return check_dout(dout, cache).copy()


def sigmoid(v):
    if v < 0:
        return math.exp(v) / (1 + math.exp(v))
    return 1 / (1 + math.exp(-v))


def sigmoid_forward(x):
    out = apply(sigmoid, to_float(x))
    return out, out


def sigmoid_backward(dout, cache):
    return apply(lambda d, f: d * f * (1 - f), check_dout(dout, cache.shape), cache)


def tanh_forward(x):
    out = apply(math.tanh, to_float(x))
    return out, out


def tanh_backward(dout, cache):
    return apply(lambda d, f: d * (1 - f**2), check_dout(dout, cache.shape), cache)


def relu_forward(x):
    x = to_float(x)
    return apply(lambda v: max(v, 0.0), x), x


def relu_backward(dout, cache):
    return apply(lambda d, v: d if v > 0 else 0.0, check_dout(dout, cache.shape), cache)


def leaky_relu_forward(x, alpha=0.01):
    x = to_float(x)
    return apply(lambda v: v if v > 0 else alpha * v, x), (x, alpha)


def leaky_relu_backward(dout, cache):
    x, alpha = cache
    return apply(lambda d, v: d if v > 0 else alpha * d, check_dout(dout, x.shape), x)


def prelu_forward(x, alpha):
    x = to_float(x)
    alpha = np.asarray(alpha).astype(x.dtype)
    if alpha.shape in ((), (1,)):
        return leaky_relu_forward(x, float(alpha.ravel()[0]))[0], (x, alpha)
    if alpha.ndim != 1 or x.ndim < 2 or x.shape[1] != len(alpha):
        raise ValueError(f"alpha of shape {alpha.shape} does not fit the channels of x {x.shape}")
    out = np.zeros(x.shape, x.dtype)
    for c in range(len(alpha)):
        out[:, c] = leaky_relu_forward(x[:, c], float(alpha[c]))[0]
    return out, (x, alpha)


def prelu_backward(dout, cache):
    x, alpha = cache
    dout = check_dout(dout, x.shape)
    share = apply(lambda d, v: d * min(v, 0.0), dout, x)
    if alpha.shape in ((), (1,)):
        dx = leaky_relu_backward(dout, (x, float(alpha.ravel()[0])))
        return dx, np.full(alpha.shape, share.sum(), x.dtype)
    dx, dalpha = np.zeros(x.shape, x.dtype), np.zeros(alpha.shape, x.dtype)
    for c in range(len(alpha)):
        dx[:, c] = leaky_relu_backward(dout[:, c], (x[:, c], float(alpha[c])))
        dalpha[c] = share[:, c].sum()
    return dx, dalpha


def elu_forward(x, alpha=1.0):
    x = to_float(x)
    return apply(lambda v: v if v > 0 else alpha * math.expm1(v), x), (x, alpha)


def elu_backward(dout, cache):
    x, alpha = cache
    return apply(lambda d, v: d if v > 0 else d * alpha * math.exp(v), check_dout(dout, x.shape), x)


def softplus_forward(x):
    x = to_float(x)
    return apply(lambda v: max(v, 0.0) + math.log1p(math.exp(-abs(v))), x), x


def softplus_backward(dout, cache):
    return apply(lambda d, v: d * sigmoid(v), check_dout(dout, cache.shape), cache)


def softmax_forward(x):
    x = to_float(x)
    p = np.zeros(x.shape, x.dtype)
    for row in np.ndindex(x.shape[:-1]):
        largest = max(x[row].tolist())
        powers = [math.exp(v - largest) for v in x[row].tolist()]
        total = sum(powers)
        for k, power in enumerate(powers):
            p[row][k] = power / total
    return p, p


def softmax_backward(dout, cache):
    dout = check_dout(dout, cache.shape)
    dx = np.zeros(cache.shape, cache.dtype)
    for row in np.ndindex(cache.shape[:-1]):
        inner = sum(d * p for d, p in zip(dout[row].tolist(), cache[row].tolist(), strict=True))
        for k in range(cache.shape[-1]):
            dx[row][k] = cache[row][k] * (dout[row][k] - inner)
    return dx
