# Style: plain loops over samples and numbers, losses as plain floats
import math

import numpy as np
from layers import sigmoid, to_float


def check_matrix(scores, name):
    scores = to_float(scores)
    if scores.ndim != 2:
        raise ValueError(f"{name} must be (N, C), but it is {scores.shape}")
    return scores


def check_labels(scores, y):
    y = np.asarray(y)
    if y.shape != (scores.shape[0],) or y.dtype.kind not in "iu":
        raise ValueError(f"y must hold {scores.shape[0]} integers, but it is {y.dtype} of shape {y.shape}")
    for label in y:
        if label < 0 or label >= scores.shape[1]:
            raise ValueError(f"y holds the label {label}, which is none of the {scores.shape[1]} classes")
    return y.tolist()


def pairs(name, first, y):
    """Both arrays, and a list of the numbers that belong together."""
    first, y = to_float(first), to_float(y)
    if first.shape != y.shape:
        raise ValueError(f"y has the shape {y.shape}, but {name} has {first.shape}")
    if first.size == 0:
        raise ValueError(f"{name} and y are empty")
    return first, list(zip(first.ravel().tolist(), y.ravel().tolist(), strict=True))


def check_unit(name, numbers):
    for number in numbers:
        if not 0 <= number <= 1:
            raise ValueError(f"{name} holds {number}, which is outside [0, 1]")


def mean_loss(first, costs, slopes):
    n = len(costs)
    gradient = np.zeros(first.shape, first.dtype)
    for i in range(n):
        gradient.flat[i] = slopes[i] / n
    return sum(costs) / n, gradient


def mse_loss(pred, y):
    pred, both = pairs("pred", pred, y)
    return mean_loss(pred, [(p - t) ** 2 for p, t in both], [2 * (p - t) for p, t in both])


def mae_loss(pred, y):
    pred, both = pairs("pred", pred, y)
    signs = []
    for p, t in both:
        if p > t:
            signs.append(1)
        elif p < t:
            signs.append(-1)
        else:
            signs.append(0)
    return mean_loss(pred, [abs(p - t) for p, t in both], signs)


def log_softmax(scores):
    scores = check_matrix(scores, "scores")
    out = np.zeros(scores.shape, scores.dtype)
    for n, row in enumerate(scores.tolist()):
        top = max(row)
        log_sum = math.log(sum(math.exp(s - top) for s in row))
        for j, s in enumerate(row):
            out[n, j] = s - top - log_sum
    return out


def nll_loss(log_probs, y):
    log_probs = check_matrix(log_probs, "log_probs")
    labels = check_labels(log_probs, y)
    N = len(labels)
    loss, gradient = 0.0, np.zeros(log_probs.shape, log_probs.dtype)
    for n, label in enumerate(labels):
        loss -= float(log_probs[n, label]) / N
        gradient[n, label] = -1 / N
    return loss, gradient


def softmax_loss(scores, y):
    scores = check_matrix(scores, "scores")
    labels = check_labels(scores, y)
    log_p = log_softmax(scores)
    loss, _ = nll_loss(log_p, y)
    gradient = np.zeros(scores.shape, scores.dtype)
    for n, label in enumerate(labels):
        for j in range(scores.shape[1]):
            gradient[n, j] = (math.exp(log_p[n, j]) - (1 if j == label else 0)) / len(labels)
    return loss, gradient


def binary_cross_entropy(probs, y):
    probs, both = pairs("probs", probs, y)
    check_unit("probs", [p for p, _ in both])
    check_unit("y", [t for _, t in both])
    costs, slopes = [], []
    for p, t in both:
        yes, no = max(p, 1e-12), max(1 - p, 1e-12)
        costs.append(-t * math.log(yes) - (1 - t) * math.log(no))
        slopes.append((1 - t) / no - t / yes)
    return mean_loss(probs, costs, slopes)


def bce_with_logits(scores, y):
    scores, both = pairs("scores", scores, y)
    check_unit("y", [t for _, t in both])
    costs = [max(s, 0) - s * t + math.log(1 + math.exp(-abs(s))) for s, t in both]
    return mean_loss(scores, costs, [sigmoid(s) - t for s, t in both])


def svm_loss(scores, y):
    scores = check_matrix(scores, "scores")
    labels = check_labels(scores, y)
    N = len(labels)
    loss, gradient = 0.0, np.zeros(scores.shape, scores.dtype)
    for n, row in enumerate(scores.tolist()):
        violated = 0
        for j in range(len(row)):
            margin = row[j] - row[labels[n]] + 1
            if j != labels[n] and margin > 0:
                loss += margin / N
                gradient[n, j] = 1 / N
                violated += 1
        gradient[n, labels[n]] = -violated / N
    return loss, gradient
