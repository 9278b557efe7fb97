import numpy as np


def softmax_loss(scores, y):
    N, C = scores.shape
    if y.shape != (N,) or y.min() < 0 or y.max() > C - 1:
        raise ValueError("bad labels y")
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    loss = np.mean(-np.log(probs[range(N), y]))
    d = probs
    d[range(N), y] -= 1
    return loss, d / N


def mse_loss(pred, y):
    if pred.shape != y.shape:
        raise ValueError(f"y should be {pred.shape}")
    return ((pred - y) ** 2).mean(), 2 * (pred - y) / pred.size
