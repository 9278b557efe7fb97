# Style: sides, samples and votes are dicts from label to weight; every threshold is tried from scratch.
import math

import numpy as np


def checked(X, y):
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or X.size == 0:
        raise ValueError(f"X has the shape {X.shape}: there is nothing to learn from")
    if y.shape != (X.shape[0],):
        raise ValueError(f"y has the shape {y.shape}, but X has {X.shape[0]} rows")
    return X, y


def weigh(labels, weights):
    scale = {}
    for label, weight in zip(labels, weights):
        scale[label] = scale.get(label, 0.0) + weight
    return scale


def gini(side):
    total = math.fsum(side.values())
    if total == 0:
        return 0.0
    return total * (1 - math.fsum((weight / total) ** 2 for weight in side.values()))


def winner(scale):
    most = max(scale.values())
    return min(label for label, weight in scale.items() if weight == most)


class DecisionStump:
    def fit(self, X, y, sample_weight=None):
        X, y = checked(X, y)
        weights = [1.0] * len(y) if sample_weight is None else [float(w) for w in sample_weight]
        if len(weights) != len(y):
            raise ValueError(f"sample_weight has {len(weights)} entries, but y has {len(y)}")
        if min(weights) < 0 or max(weights) == 0:
            raise ValueError("sample_weight has to be positive somewhere and negative nowhere")
        labels, self.D = y.tolist(), X.shape[1]

        everything = weigh(labels, weights)
        self.feature, self.threshold = 0, math.inf
        self.left = self.right = winner(everything)
        lowest = math.inf
        for j in range(X.shape[1]):
            column = [float(x) for x in X[:, j]]
            values = sorted(set(column))
            for low, high in zip(values, values[1:]):
                t = (low + high) / 2
                left = weigh(*zip(*[(c, w) for x, c, w in zip(column, labels, weights) if x <= t]))
                right = weigh(*zip(*[(c, w) for x, c, w in zip(column, labels, weights) if x > t]))
                impurity = gini(left) + gini(right)
                if impurity < lowest:
                    lowest = impurity
                    self.feature, self.threshold = j, t
                    self.left, self.right = winner(left), winner(right)
        return self

    def predict(self, X):
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.D:
            raise ValueError(f"X has the shape {X.shape}, but the stump knows {self.D} features")
        return np.array([self.left if row[self.feature] <= self.threshold else self.right for row in X])


class Bagging:
    def __init__(self, base, n, rng):
        if n < 1:
            raise ValueError(f"n is {n}, but somebody has to vote")
        self.base, self.n, self.rng = base, n, rng

    def fit(self, X, y):
        X, y = checked(X, y)
        self.models = []
        while len(self.models) < self.n:
            drawn = [int(self.rng.integers(len(y))) for _ in range(len(y))]
            model = self.base()
            model.fit(X[drawn], y[drawn])
            self.models.append(model)
        return self

    def predict(self, X):
        ballots = [np.asarray(model.predict(X)).tolist() for model in self.models]
        return np.array([winner(weigh(votes, [1] * len(votes))) for votes in zip(*ballots)])


class AdaBoost:
    def __init__(self, n):
        if n < 1:
            raise ValueError(f"n is {n}, but there has to be a round")
        self.n = n

    def fit(self, X, y):
        X, y = checked(X, y)
        N, K = len(y), len(set(y.tolist()))
        if K < 2:
            raise ValueError("y holds one class only")
        weights = [1 / N] * N
        self.stumps, alphas = [], []
        for _ in range(self.n):
            stump = DecisionStump().fit(X, y, weights)
            missed = (stump.predict(X) != y).tolist()
            err = sum(w for w, wrong in zip(weights, missed) if wrong)
            alpha = math.log((1 - err) / err) + math.log(K - 1) if any(missed) else 36.0 + math.log(K - 1)
            if alpha <= 0:
                if not self.stumps:
                    self.stumps, alphas = [stump], [1.0]
                break
            self.stumps.append(stump)
            alphas.append(alpha)
            if not any(missed):
                break
            weights = [w * math.exp(alpha) if wrong else w for w, wrong in zip(weights, missed)]
            total = sum(weights)
            weights = [w / total for w in weights]
        self.alphas = np.array(alphas)
        return self

    def predict(self, X):
        ballots = [stump.predict(X).tolist() for stump in self.stumps]
        return np.array([winner(weigh(votes, self.alphas.tolist())) for votes in zip(*ballots)])
