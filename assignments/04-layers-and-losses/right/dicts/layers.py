# Style: dense numpy with dicts as caches
import numpy as np


def floats(x):
    """x as a floating array; whole numbers become float64."""
    x = np.asarray(x)
    return x.astype(np.promote_types(x.dtype, np.float64) if x.dtype.kind in "iub" else x.dtype, copy=False)


def fitting(dout, cache):
    if np.shape(dout) != cache["shape"]:
        raise ValueError(f"expected dout of shape {cache['shape']}, got {np.shape(dout)}")
    return floats(dout)


def affine_forward(x, w, b):
    x, w, b = floats(x), floats(w), floats(b)
    if x.ndim < 1:
        raise ValueError("x needs a batch axis")
    N, D = x.shape[0], int(np.prod(x.shape[1:]))
    if w.ndim != 2 or w.shape[0] != D:
        raise ValueError(f"expected w of shape ({D}, M), got {w.shape}")
    if b.shape != w.shape[1:]:
        raise ValueError(f"expected b of shape {w.shape[1:]}, got {b.shape}")
    flat = x.reshape(N, D)
    return flat.dot(w) + b, {"x": flat, "w": w, "x_shape": x.shape, "shape": (N, w.shape[1])}


def affine_backward(dout, cache):
    dout = fitting(dout, cache)
    dx = dout.dot(cache["w"].T).reshape(cache["x_shape"])
    dw = cache["x"].T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def heaviside(x):
    x = floats(x)
    return np.greater(x, 0).astype(x.dtype)


def identity_forward(x):
    out = np.array(floats(x))
    return out, {"shape": out.shape}


def identity_backward(dout, cache):
    return np.array(fitting(dout, cache))


def sigmoid_of(x):
    """1 / (1 + exp(-x)) as the exp of its own logarithm, which is never positive."""
    return np.exp(-np.logaddexp(0, -x))


def sigmoid_forward(x):
    out = sigmoid_of(floats(x))
    return out, {"out": out, "shape": out.shape}


def sigmoid_backward(dout, cache):
    f = cache["out"]
    return fitting(dout, cache) * (f - f**2)


def tanh_forward(x):
    out = np.tanh(floats(x))
    return out, {"out": out, "shape": out.shape}


def tanh_backward(dout, cache):
    return fitting(dout, cache) * (1 - np.square(cache["out"]))


def relu_forward(x):
    x = floats(x)
    return x.clip(min=0), {"positive": x > 0, "shape": x.shape}


def relu_backward(dout, cache):
    return fitting(dout, cache) * cache["positive"]


def leaky_relu_forward(x, alpha=0.01):
    x, alpha = floats(x), float(alpha)
    return np.where(x > 0, x, alpha * x), {"positive": x > 0, "alpha": alpha, "shape": x.shape}


def leaky_relu_backward(dout, cache):
    dout = fitting(dout, cache)
    return np.where(cache["positive"], dout, cache["alpha"] * dout)


def prelu_forward(x, alpha):
    x = floats(x)
    alpha = np.asarray(alpha, dtype=x.dtype)
    shared = alpha.shape == () or alpha.shape == (1,)
    if not shared and (x.ndim < 2 or alpha.shape != (x.shape[1],)):
        raise ValueError(f"alpha has the shape {alpha.shape}, which is not one slope for each channel of {x.shape}")
    slopes = alpha.reshape(()) if shared else alpha.reshape((-1,) + (1,) * (x.ndim - 2))
    cache = {"x": x, "slopes": slopes, "shared": shared, "alpha_shape": alpha.shape, "shape": x.shape}
    return np.where(x > 0, x, slopes * x), cache


def prelu_backward(dout, cache):
    dout, x = fitting(dout, cache), cache["x"]
    dx = np.where(x > 0, dout, cache["slopes"] * dout)
    axes = tuple(axis for axis in range(x.ndim) if cache["shared"] or axis != 1)
    dalpha = np.sum(dout * np.minimum(x, 0), axis=axes)
    return dx, np.reshape(dalpha, cache["alpha_shape"])


def elu_forward(x, alpha=1.0):
    x, alpha = floats(x), float(alpha)
    out = np.where(x > 0, x, alpha * np.expm1(x.clip(max=0)))
    return out, {"out": out, "positive": x > 0, "alpha": alpha, "shape": x.shape}


def elu_backward(dout, cache):
    dout = fitting(dout, cache)
    return np.where(cache["positive"], dout, dout * (cache["out"] + cache["alpha"]))


def softplus_forward(x):
    x = floats(x)
    return np.logaddexp(0, x), {"x": x, "shape": x.shape}


def softplus_backward(dout, cache):
    return fitting(dout, cache) * sigmoid_of(cache["x"])


def softmax_forward(x):
    x = floats(x)
    powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
    probabilities = powers / np.sum(powers, axis=-1, keepdims=True)
    return probabilities, {"p": probabilities, "shape": x.shape}


def softmax_backward(dout, cache):
    weighted = fitting(dout, cache) * cache["p"]
    return weighted - cache["p"] * np.sum(weighted, axis=-1, keepdims=True)
