import numpy as np


def softmax_loss(scores, y):
    n, c = scores.shape
    if y.shape != (n,) or (y < 0).any() or (y >= c).any():
        raise ValueError("y has labels that are no class")
    s = scores - scores.max(axis=1)[:, None]
    log_p = s - np.log(np.exp(s).sum(axis=1))[:, None]
    d = np.exp(log_p)
    d[np.arange(n), y] -= 1
    return -log_p[np.arange(n), y].mean(), d / n


def mse_loss(pred, y):
    flat_pred = pred.reshape(-1)
    flat_y = y.reshape(-1)
    total = 0.0
    i = 0
    while i < len(flat_pred):
        total += (flat_pred[i] - flat_y[i]) ** 2
    return total / len(flat_pred), 2 * (pred - y) / len(flat_pred)
