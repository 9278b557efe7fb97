"""Right operations, written plainly, that the gradient check has to accept."""

import numpy as np

GRADIENTS = {  # what each backward returns
    "affine": ["dx", "dw", "db"],
    "relu": ["dx"],
    "tanh": ["dx"],
    "max_pool": ["dx"],
    "softmax": ["dx"],
    "batchnorm": ["dx", "dgamma", "dbeta"],
}


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def affine_loops_forward(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for n in range(x.shape[0]):
        for m in range(w.shape[1]):
            for d in range(x.shape[1]):
                out[n, m] += x[n, d] * w[d, m]
            out[n, m] += b[m]
    return out, (x, w, b)


def affine_loops_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(x.shape[0]):
        for m in range(w.shape[1]):
            dx[n] += dout[n, m] * w[:, m]
            dw[:, m] += dout[n, m] * x[n]
            db[m] += dout[n, m]
    return dx, dw, db


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    return dout * (x > 0)


def relu_in_place_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, out


def relu_in_place_backward(dout, out):
    dx = dout.copy()
    dx[out == 0] = 0
    return dx


def relu_of_relu_forward(x):
    return np.maximum(np.maximum(x, 0), 0), x


def relu_of_relu_backward(dout, x):
    return dout * (x > 0)


def prelu_forward(x, alpha):
    return np.where(x > 0, x, alpha * x), (x, alpha)


def prelu_backward(dout, cache):
    x, alpha = cache
    return dout * np.where(x > 0, 1, alpha), np.sum(dout * np.minimum(x, 0))


def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, out):
    return dout * (1 - out**2)


def log_forward(x):
    return np.log(x), x


def log_backward(dout, x):
    return dout / x


def root_forward(x):
    return np.sqrt(x), x


def root_backward(dout, x):
    return dout / (2 * np.sqrt(x))


def softmax_forward(x):
    p = np.exp(x - x.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return p, p


def softmax_backward(dout, p):
    return p * (dout - (dout * p).sum(axis=-1, keepdims=True))


def max_pool_forward(x):
    N, C, H, W = x.shape
    windows = x.reshape(N, C, H // 2, 2, W // 2, 2)
    return windows.max(axis=(3, 5)), windows


def max_pool_backward(dout, windows):
    """Equal maxima share the gradient."""
    largest = windows == windows.max(axis=(3, 5), keepdims=True)
    share = largest / largest.sum(axis=(3, 5), keepdims=True)
    N, C, H, _, W, _ = windows.shape
    return (share * dout[:, :, :, None, :, None]).reshape(N, C, 2 * H, 2 * W)


def max_pool_loops_forward(x):
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // 2, W // 2))
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max()
    return out, x


def max_pool_loops_backward(dout, x):
    """The first of equal maxima gets the gradient."""
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        a, b = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, 2 * i + a, 2 * j + b] += dout[n, c, i, j]
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mean, std = x.mean(axis=0), np.sqrt(x.var(axis=0) + 1e-5)
    bn_param["running_mean"] = 0.9 * bn_param.get("running_mean", 0.0) + 0.1 * mean
    normal = (x - mean) / std
    return gamma * normal + beta, (normal, std, gamma)


def batchnorm_backward(dout, cache):
    normal, std, gamma = cache
    dnormal = dout * gamma
    dx = (dnormal - dnormal.mean(axis=0) - normal * (dnormal * normal).mean(axis=0)) / std
    return dx, (dout * normal).sum(axis=0), dout.sum(axis=0)


def dropout_forward(x, dropout_param):
    keep = 1 - dropout_param["p"]
    mask = (dropout_param["rng"].random(x.shape) < keep) / keep
    return x * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


def embedding_forward(x, W):
    return W[x], (x, W.shape)


def embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW


def naive_variance_forward(x):
    return (x**2).mean(axis=0) - x.mean(axis=0) ** 2, x


def naive_variance_backward(dout, x):
    return 2 * (x - x.mean(axis=0)) * dout / len(x)


def centered_forward(x, b):
    out = x + b
    return out - out.mean(axis=0), None


def centered_backward(dout, _):
    dx = dout - dout.mean(axis=0)
    return dx, dx.sum(axis=0)


def split_forward(x):
    half = x.shape[1] // 2
    return np.sin(x[:, :half]), x[:, half:] ** 2, x


def split_backward(done, dtwo, x):
    half = x.shape[1] // 2
    return np.concatenate([done * np.cos(x[:, :half]), 2 * dtwo * x[:, half:]], axis=1)


def block_forward(x, params):
    (b,) = params["layers"]
    return params["scale"] * (x @ params["W"] + b), (x, params)


def block_backward(dout, cache):
    x, params = cache
    dout = params["scale"] * dout
    return dout @ params["W"].T, {"W": x.T @ dout, "layers": [dout.sum(axis=0)]}


def two_layers_forward(x, W1, W2):
    hidden = np.maximum(x @ W1, 0)
    return np.maximum(hidden @ W2, 0), (x, W1, W2, hidden)


def two_layers_backward(dout, cache):
    x, W1, W2, hidden = cache
    dout = dout * (hidden @ W2 > 0)
    dhidden = dout @ W2.T * (hidden > 0)
    return dhidden @ W1.T, x.T @ dhidden, hidden.T @ dout


def softmax_loss(scores, y):
    p, _ = softmax_forward(scores)
    rows = np.arange(len(y))
    dscores = p.copy()
    dscores[rows, y] -= 1
    return -np.log(p[rows, y]).mean(), dscores / len(y)


def svm_loss(scores, y):
    rows = np.arange(len(y))
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dscores = (margins > 0) / len(y)
    dscores[rows, y] = -dscores.sum(axis=1)
    return margins.sum() / len(y), dscores


def l1_penalty(W, reg):
    return reg * np.abs(W).sum(), reg * np.sign(W)
