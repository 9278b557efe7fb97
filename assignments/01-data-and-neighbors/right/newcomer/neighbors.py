# Style: newcomer, plain steps with a loop where it is easier to read
import numpy as np


def as_matrix(x, name):
    x = np.asarray(x)
    if x.ndim != 2:
        raise ValueError(f"{name} should be a matrix but has shape {x.shape}")
    if x.dtype.kind != "f":
        x = x.astype(float)
    return x


def pairwise_distances(a, b, metric):
    a, b = as_matrix(a, "a"), as_matrix(b, "b")
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"a and b have different numbers of features: {a.shape[1]} and {b.shape[1]}")
    if metric == "l1":
        distances = np.zeros((len(a), len(b)), dtype=np.result_type(a, b))
        for n in range(len(a)):
            distances[n] = np.sum(np.abs(a[n] - b), axis=1)
        return distances
    if metric == "l2":
        squares = np.sum(a**2, axis=1)[:, np.newaxis] - 2 * a @ b.T + np.sum(b**2, axis=1)
        return np.sqrt(np.maximum(squares, 0))
    raise ValueError(f"metric is {metric!r}, expected 'l1' or 'l2'")


class KNearestNeighbor:
    def __init__(self):
        self.X = None
        self.y = None

    def fit(self, X, y):
        X, y = as_matrix(X, "X"), np.asarray(y)
        if len(X) == 0:
            raise ValueError("X has no samples")
        if y.shape != (len(X),):
            raise ValueError(f"X and y do not fit together: {X.shape} and {y.shape}")
        if y.dtype.kind not in "iu" or np.any(y < 0):
            raise ValueError("y should hold integers from 0")
        self.X, self.y = X.copy(), y.copy()
        return self

    def predict(self, X, k, metric="l2"):
        if self.X is None:
            raise ValueError("fit has to be called before predict")
        X = as_matrix(X, "X")
        if X.shape[1] != self.X.shape[1]:
            raise ValueError(f"X has {X.shape[1]} features, the training data have {self.X.shape[1]}")
        if k < 1 or k > len(self.X):
            raise ValueError(f"k is {k}, expected 1 to {len(self.X)}")
        distances = pairwise_distances(X, self.X, metric)
        predicted = np.zeros(len(X), dtype=self.y.dtype)
        for m in range(len(X)):
            nearest = np.argsort(distances[m], kind="stable")[:k]
            labels, votes = np.unique(self.y[nearest], return_counts=True)
            predicted[m] = labels[np.argmax(votes)]  # the first maximum belongs to the smallest label
        return predicted
