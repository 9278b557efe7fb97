import numpy as np


def softmax_loss(scores, y):
    n, c = scores.shape
    if y.shape != (n,):
        raise ValueError(f"y should hold {n} labels, its shape is {y.shape}")
    if y.min() < 0 or y.max() >= c:
        raise ValueError(f"y holds a label outside 0..{c - 1}")
    top = scores.max(axis=1, keepdims=True)
    log_z = top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    log_p = scores - log_z
    samples = np.arange(n)
    loss = -log_p[samples, y].mean()
    grad = np.exp(log_p)
    grad[samples, y] -= 1
    return loss, grad / n


def mse_loss(pred, y):
    if pred.shape != y.shape:
        raise ValueError(f"y has shape {y.shape}, the predictions have {pred.shape}")
    error = pred - y
    return np.mean(error**2), 2 * error / error.size
