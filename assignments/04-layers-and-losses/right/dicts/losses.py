# Style: dense numpy, labels as one-hot rows
import numpy as np
from layers import floats, sigmoid_of, softmax_forward

TINY = 1e-12


def class_inputs(name, scores, y):
    """The scores, and the labels as one-hot rows of the same dtype."""
    scores, y = floats(scores), np.asarray(y)
    if scores.ndim != 2:
        raise ValueError(f"expected {name} of shape (N, C), got {scores.shape}")
    N, C = scores.shape
    if y.shape != (N,):
        raise ValueError(f"expected one label in y for each of {N} rows, got the shape {y.shape}")
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"expected integers in y, got {y.dtype}")
    if not np.isin(y, np.arange(C)).all():
        raise ValueError(f"expected labels from 0 to {C - 1} in y, got {np.unique(y)}")
    return scores, np.equal.outer(y, np.arange(C)).astype(scores.dtype)


def number_inputs(name, values, y):
    values, y = floats(values), floats(y)
    if values.shape != y.shape:
        raise ValueError(f"expected y of the shape of {name}, {values.shape}, got {y.shape}")
    if not values.size:
        raise ValueError(f"expected some elements in {name} and y, got none")
    return values, y.astype(values.dtype)


def within_unit(name, values):
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError(f"expected {name} within [0, 1], got {values.min()} to {values.max()}")


def mse_loss(pred, y):
    pred, y = number_inputs("pred", pred, y)
    error = pred - y
    return np.mean(error**2), error * (2 / error.size)


def mae_loss(pred, y):
    pred, y = number_inputs("pred", pred, y)
    error = pred - y
    return np.mean(np.abs(error)), np.sign(error) / error.size


def log_softmax(scores):
    scores = floats(scores)
    if scores.ndim != 2:
        raise ValueError(f"expected scores of shape (N, C), got {scores.shape}")
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    return shifted - np.logaddexp.reduce(shifted, axis=1, keepdims=True)


def nll_loss(log_probs, y):
    log_probs, target = class_inputs("log_probs", log_probs, y)
    gradient = -target / len(target)
    picked = np.sum(log_probs, axis=1, where=target > 0)
    return -np.mean(picked), gradient


def softmax_loss(scores, y):
    scores, target = class_inputs("scores", scores, y)
    loss, _ = nll_loss(log_softmax(scores), y)
    return loss, (softmax_forward(scores)[0] - target) / len(target)


def binary_cross_entropy(probs, y):
    probs, y = number_inputs("probs", probs, y)
    within_unit("probs", probs)
    within_unit("y", y)
    p, q = np.maximum(probs, TINY), np.maximum(1 - probs, TINY)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(q)), ((1 - y) / q - y / p) / y.size


def bce_with_logits(scores, y):
    scores, y = number_inputs("scores", scores, y)
    within_unit("y", y)
    costs = y * np.logaddexp(0, -scores) + (1 - y) * np.logaddexp(0, scores)
    return costs.mean(), (sigmoid_of(scores) - y) / y.size


def svm_loss(scores, y):
    scores, target = class_inputs("scores", scores, y)
    true = np.sum(scores * target, axis=1, keepdims=True)
    margins = (scores - true + 1) * (1 - target)
    violated = np.greater(margins, 0).astype(scores.dtype)
    gradient = violated - target * violated.sum(axis=1, keepdims=True)
    return np.sum(margins * violated) / len(target), gradient / len(target)
