# Style: compact; index pairs for the labels, small checks in front
import numpy as np
from layers import logistic, real


def matrix(**named):
    ((name, s),) = named.items()
    if np.ndim(s) != 2:
        raise ValueError(f"{name} is {np.shape(s)} and not (N, C)")
    return real(s)


def picks(s, y):
    """The index of the true class in each row of s."""
    y = np.asarray(y)
    if y.shape != s.shape[:1] or y.dtype.kind not in "iu" or ((y < 0) | (y >= s.shape[1])).any():
        raise ValueError(f"y is not of {len(s)} integers from 0 to {s.shape[1] - 1}")
    return np.arange(len(s)), y


def alike(y, unit=(), **named):
    ((name, a),) = named.items()
    a, y = real(a), real(y)
    if a.shape != y.shape or not a.size:
        raise ValueError(f"{name} is {a.shape} and y is {y.shape}: they must be equal, and not empty")
    for key, values in {name: a, "y": y}.items():
        if key in unit and not (abs(values - 0.5) <= 0.5).all():
            raise ValueError(f"{key} is not within [0, 1]")
    return a, y.astype(a.dtype), a.size


def mse_loss(pred, y):
    pred, y, n = alike(y, pred=pred)
    return ((pred - y) ** 2).mean(), 2 * (pred - y) / n


def mae_loss(pred, y):
    pred, y, n = alike(y, pred=pred)
    return abs(pred - y).mean(), np.sign(pred - y) / n


def log_softmax(scores):
    s = matrix(scores=scores)
    s = s - s.max(1, keepdims=True)
    return s - np.log(np.exp(s).sum(1, keepdims=True))


def nll_loss(log_probs, y):
    log_p = matrix(log_probs=log_probs)
    at, grad = picks(log_p, y), np.zeros_like(log_p)
    grad[at] = -1 / len(grad)
    return -log_p[at].mean(), grad


def softmax_loss(scores, y):
    log_p = log_softmax(scores)
    loss, grad = nll_loss(log_p, y)
    return loss, grad + np.exp(log_p) / len(grad)


def binary_cross_entropy(probs, y):
    p, y, n = alike(y, unit=("probs", "y"), probs=probs)
    p, q = np.maximum([p, 1 - p], 1e-12)
    return -(y * np.log(p) + (1 - y) * np.log(q)).mean(), ((1 - y) / q - y / p) / n


def bce_with_logits(scores, y):
    s, y, n = alike(y, unit=("y",), scores=scores)
    return (np.maximum(s, 0) - s * y + np.log1p(np.exp(-abs(s)))).mean(), (logistic(s) - y) / n


def svm_loss(scores, y):
    s = matrix(scores=scores)
    at = picks(s, y)
    margins = np.maximum(0, s - s[at][:, None] + 1)
    margins[at] = 0
    grad = np.sign(margins)
    grad[at] = -grad.sum(1)
    return margins.sum() / len(s), grad / len(s)
