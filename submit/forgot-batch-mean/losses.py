import numpy as np


def softmax_loss(scores, y):
    N, C = scores.shape
    if len(y) != N or np.any(y < 0) or np.any(y >= C):
        raise ValueError("y must hold one class for each row of scores")
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    return loss, dscores


def mse_loss(pred, y):
    if pred.shape != y.shape:
        raise ValueError("pred and y must have the same shape")
    diff = pred - y
    loss = np.mean(diff**2)
    grad = 2 * diff / diff.size
    return loss, grad
