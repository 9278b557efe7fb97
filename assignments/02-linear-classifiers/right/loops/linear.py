# Style: explicit loops over samples, and over classes and weights where a loop can do it
import math

import numpy as np


def floats(values):
    values = np.asarray(values)
    return values if values.dtype.kind == "f" else values.astype(float)


def matrix(values, name):
    if np.ndim(values) != 2:
        raise ValueError(f"{name} has shape {np.shape(values)}, expected two dimensions")
    return floats(values)


def class_labels(y, n, classes=math.inf):
    y = np.asarray(y)
    if y.shape != (n,) or y.dtype.kind not in "iu":
        raise ValueError(f"y has shape {y.shape} and type {y.dtype}, expected {n} integers")
    for label in y.tolist():
        if not 0 <= label < classes:
            raise ValueError(f"y has the label {label}, expected 0 <= label < {classes}")
    return y.tolist()


def two_labels(y, n):
    y = np.asarray(y)
    if y.shape != (n,):
        raise ValueError(f"y has shape {y.shape}, expected ({n},)")
    for label in y.tolist():
        if label not in (0, 1):
            raise ValueError(f"y has the label {label}, expected 0 or 1")
    return [int(label) for label in y.tolist()]


def not_negative(value, name):
    if not value >= 0:
        raise ValueError(f"{name} is {value}, expected no negative number")


# ---- perceptron


def perceptron_predict(x, theta):
    x, theta = floats(x), floats(theta)
    if x.ndim not in (1, 2):
        raise ValueError(f"x has shape {x.shape}, expected (N, D) or (D,)")
    if theta.shape != x.shape[-1:]:
        raise ValueError(f"theta has shape {theta.shape}, expected {x.shape[-1:]}")
    if x.ndim == 1:
        return int(x @ theta > 0)
    return np.array([int(sample @ theta > 0) for sample in x], dtype=int)


def train_perceptron(x, y, lr, epochs):
    x = matrix(x, "x")
    y = two_labels(y, len(x))
    theta = np.zeros(x.shape[1], dtype=x.dtype)
    for _ in range(epochs):
        for sample, label in zip(x, y):
            fired = perceptron_predict(sample, theta)
            if fired and not label:
                theta -= lr * sample
            elif label and not fired:
                theta += lr * sample
    return theta


# ---- scores


def linear_scores(X, W, b):
    X, W, b = matrix(X, "X"), matrix(W, "W"), floats(b)
    if W.shape[0] != X.shape[1]:
        raise ValueError(f"W has {W.shape[0]} rows, expected {X.shape[1]}, one for each feature")
    if b.shape != (W.shape[1],):
        raise ValueError(f"b has shape {b.shape}, expected ({W.shape[1]},)")
    scores = np.empty((len(X), len(b)), dtype=np.result_type(X, W, b))
    for n, sample in enumerate(X):
        scores[n] = sample @ W + b
    return scores


def append_bias(X):
    X = matrix(X, "X")
    N, D = X.shape
    longer = np.ones((N, D + 1), dtype=X.dtype)
    for n in range(N):
        longer[n, :D] = X[n]
    return longer


# ---- losses


def svm_loss(scores, y, margin=1.0):
    scores = matrix(scores, "scores")
    N, C = scores.shape
    y = class_labels(y, N, C)
    loss, dscores = 0.0, np.zeros_like(scores)
    for n in range(N):
        row, true = scores[n].tolist(), y[n]
        violations = 0
        for j in range(C):
            lack = row[j] - row[true] + margin
            if j != true and lack > 0:
                loss += lack / N
                dscores[n, j] = 1 / N
                violations += 1
        dscores[n, true] = -violations / N
    return loss, dscores


def softmax(scores):
    scores = matrix(scores, "scores")
    p = np.empty_like(scores)
    for n, row in enumerate(scores):
        e = np.exp(row - row.max())
        p[n] = e / e.sum()
    return p


def softmax_loss(scores, y):
    scores = matrix(scores, "scores")
    N, C = scores.shape
    y = class_labels(y, N, C)
    loss, dscores = 0.0, np.empty_like(scores)
    for n in range(N):
        log_p = scores[n] - scores[n].max()
        log_p = log_p - np.log(np.exp(log_p).sum())
        loss -= float(log_p[y[n]]) / N
        p = np.exp(log_p)
        p[y[n]] -= 1
        dscores[n] = p / N
    return loss, dscores


def logistic_loss(scores, y):
    scores = floats(scores)
    if scores.ndim != 1:
        raise ValueError(f"scores has shape {scores.shape}, expected (N,)")
    N = len(scores)
    y = two_labels(y, N)
    loss, dscores = 0.0, np.empty_like(scores)
    for n, s in enumerate(scores.tolist()):
        t = 1 if y[n] else -1
        z = t * s
        small = math.exp(-abs(z))
        loss += (max(-z, 0.0) + math.log1p(small)) / N
        wrong = (small if z > 0 else 1.0) / (1 + small)  # the probability of the other class
        dscores[n] = -t * wrong / N
    return loss, dscores


# ---- penalties


def l2_penalty(W, reg):
    not_negative(reg, "reg")
    W = floats(W)
    total, dW = 0.0, np.zeros_like(W)
    for place in np.ndindex(W.shape):
        w = float(W[place])
        total += w * w
        dW[place] = 2 * reg * w
    return reg * total, dW


def l1_penalty(W, reg):
    not_negative(reg, "reg")
    W = floats(W)
    total, dW = 0.0, np.zeros_like(W)
    for place in np.ndindex(W.shape):
        total += abs(float(W[place]))
        if W[place] > 0:
            dW[place] = reg
        elif W[place] < 0:
            dW[place] = -reg
    return reg * total, dW


def elastic_net_penalty(W, reg1, reg2):
    not_negative(reg1, "reg1")
    not_negative(reg2, "reg2")
    penalty1, dW1 = l1_penalty(W, reg1)
    penalty2, dW2 = l2_penalty(W, reg2)
    return penalty1 + penalty2, dW1 + dW2


# ---- training


def minibatches(n, batch_size, rng):
    not_negative(n, "n")
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}, expected at least 1")
    order = np.arange(n)
    rng.shuffle(order)
    batches = []
    while len(order):
        batches.append(order[:batch_size])
        order = order[batch_size:]
    return batches


class LinearClassifier:
    def __init__(self):
        self.W = self.b = None

    def train(self, X, y, loss, lr, reg, num_steps, batch_size, rng):
        X = matrix(X, "X")
        N, D = X.shape
        if N == 0:
            raise ValueError("X has no samples")
        y = class_labels(y, N)
        if loss not in ("svm", "softmax"):
            raise ValueError(f"loss is {loss!r}, expected 'svm' or 'softmax'")
        not_negative(reg, "reg")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}, expected at least 1")
        C = max(y) + 1
        self.W, self.b = np.zeros((D, C), dtype=X.dtype), np.zeros(C, dtype=X.dtype)
        losses, waiting = [], []
        for _ in range(num_steps):
            if not waiting:
                waiting = minibatches(N, batch_size, rng)
            batch = waiting.pop(0)
            scores = linear_scores(X[batch], self.W, self.b)
            labels = [y[n] for n in batch]
            value, dscores = svm_loss(scores, labels) if loss == "svm" else softmax_loss(scores, labels)
            penalty, dW = l2_penalty(self.W, reg)
            db = np.zeros_like(self.b)
            for n, dscore in zip(batch, dscores):
                dW += np.outer(X[n], dscore)
                db += dscore
            losses.append(float(value + penalty))
            self.W -= lr * dW
            self.b -= lr * db
        return losses

    def predict(self, X):
        if self.W is None:
            raise ValueError("predict needs a trained classifier: call train first")
        X = matrix(X, "X")
        if X.shape[1] != len(self.W):
            raise ValueError(f"X has {X.shape[1]} features, expected {len(self.W)}")
        return np.array([row.argmax() for row in linear_scores(X, self.W, self.b)], dtype=int)


def random_local_search(f, w0, scale, num_steps, rng):
    best = floats(w0).copy()
    losses = [float(f(best))]
    for _ in range(num_steps):
        trial = np.asarray(best + scale * rng.normal(size=best.shape), dtype=best.dtype)
        value = float(f(trial))
        if value < losses[-1]:
            best = trial
            losses.append(value)
        else:
            losses.append(losses[-1])
    return best, losses


# ---- kernels


def two_matrices(A, B):
    A, B = matrix(A, "A"), matrix(B, "B")
    if A.shape[1] != B.shape[1]:
        raise ValueError(f"A has {A.shape[1]} features and B has {B.shape[1]}, expected equal numbers")
    return A, B, np.empty((len(A), len(B)), dtype=np.result_type(A, B))


def rbf_kernel(A, B, gamma):
    A, B, K = two_matrices(A, B)
    if not gamma > 0:
        raise ValueError(f"gamma is {gamma}, expected a positive number")
    lengths = np.array([b @ b for b in B], dtype=B.dtype)
    for i, a in enumerate(A):
        distances = a @ a - 2 * (B @ a) + lengths
        K[i] = np.exp(-gamma * np.maximum(distances, 0))
    return K


def polynomial_kernel(A, B, degree, coef0):
    A, B, K = two_matrices(A, B)
    if not isinstance(degree, (int, np.integer)) or degree < 1:
        raise ValueError(f"degree is {degree}, expected a positive integer")
    not_negative(coef0, "coef0")
    for i, a in enumerate(A):
        base = B @ a + coef0
        K[i] = base
        for _ in range(degree - 1):
            K[i] *= base
    return K


class KernelSVM:
    def __init__(self, kernel, reg, num_steps, rng, **kernel_params):
        if not reg > 0:
            raise ValueError(f"reg is {reg}, expected a positive number")
        if num_steps < 1:
            raise ValueError(f"num_steps is {num_steps}, expected at least 1")
        self.kernel, self.reg, self.num_steps, self.rng = kernel, reg, num_steps, rng
        self.kernel_params = kernel_params
        self.X = self.alpha = None

    def fit(self, X, y):
        X = matrix(X, "X").copy()
        signs = [2 * label - 1 for label in two_labels(y, len(X))]
        K = self.kernel(X, X, **self.kernel_params)
        alpha = [0.0] * len(X)
        for t in range(1, self.num_steps + 1):
            i = self.rng.integers(len(X))
            f = sum(a * k for a, k in zip(alpha, K[:, i].tolist()))
            alpha = [(1 - 1 / t) * a for a in alpha]
            if signs[i] * f < 1:
                alpha[i] += signs[i] / (self.reg * t)
        self.X, self.alpha = X, np.array(alpha, dtype=X.dtype)
        return self

    def decision_function(self, X):
        if self.X is None:
            raise ValueError("decision_function and predict need a fitted model: call fit first")
        X = matrix(X, "X")
        if X.shape[1] != self.X.shape[1]:
            raise ValueError(f"X has {X.shape[1]} features, expected {self.X.shape[1]}")
        K = self.kernel(self.X, X, **self.kernel_params)
        f = np.zeros(len(X), dtype=np.result_type(self.X, X))
        for a, row in zip(self.alpha, K):
            f += a * row
        return f

    def predict(self, X):
        return np.array([1 if f > 0 else 0 for f in self.decision_function(X)], dtype=int)
