import numpy as np


def softmax_loss(scores, y):
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    probs = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)
    N = scores.shape[0]
    loss = -np.mean(np.log(probs[np.arange(N), y]))
    grad = probs
    grad[np.arange(N), y] -= 1
    grad /= N
    return loss, grad


def mse_loss(pred, y):
    loss = np.mean((pred - y) ** 2)
    grad = 2 * (pred - y) / len(pred.shape[0])
    return loss, grad
