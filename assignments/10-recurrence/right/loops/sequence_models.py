# Style: loops over samples, steps and gates; losses and scores as Python floats where they are single numbers.
import math

import numpy as np
from recurrence import gru_backward, gru_forward, lstm_backward, lstm_forward, rnn_backward, rnn_forward


def whole_numbers(array):
    return np.asarray(array).dtype.kind in "iu"


def embedding_forward(x, W):
    x, W = np.array(x), np.array(W)
    if not whole_numbers(x):
        raise ValueError("x must hold integers")
    for symbol in x.flat:
        if symbol < 0 or symbol >= len(W):
            raise ValueError(f"x holds {symbol}, which has no row among the {len(W)} of W")
    out = np.zeros((*x.shape, W.shape[1]), W.dtype)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[n, t] = W[x[n, t]]
    return out, {"symbols": x, "rows": W.shape, "dtype": W.dtype}


def embedding_backward(dout, cache):
    symbols = cache["symbols"]
    if np.shape(dout) != (*symbols.shape, cache["rows"][1]):
        raise ValueError(f"dout has the shape {np.shape(dout)}")
    dW = np.zeros(cache["rows"], cache["dtype"])
    for n in range(symbols.shape[0]):
        for t in range(symbols.shape[1]):
            dW[symbols[n, t]] += dout[n, t]
    return dW


def temporal_affine_forward(x, w, b):
    if np.ndim(x) != 3:
        raise ValueError("x must be (N, T, D)")
    if np.shape(w)[0] != np.shape(x)[2]:
        raise ValueError("w must have one row for each feature")
    if np.shape(b) != (np.shape(w)[1],):
        raise ValueError("b must have one entry for each column of w")
    steps = [[np.dot(x[n, t], w) + b for t in range(np.shape(x)[1])] for n in range(len(x))]
    return np.array(steps), [np.array(x), np.array(w)]


def temporal_affine_backward(dout, cache):
    x, w = cache
    if np.shape(dout) != (x.shape[0], x.shape[1], w.shape[1]):
        raise ValueError(f"dout has the shape {np.shape(dout)}")
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(w[0])
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            dx[n, t] = np.dot(w, dout[n, t])
            dw += np.outer(x[n, t], dout[n, t])
            db += dout[n, t]
    return dx, dw, db


def temporal_softmax_loss(x, y, mask):
    if np.ndim(x) != 3:
        raise ValueError("x must be (N, T, V)")
    N, T, V = np.shape(x)
    if np.shape(y) != (N, T) or not whole_numbers(y):
        raise ValueError("y must hold one integer for each sequence and step")
    if np.shape(mask) != (N, T):
        raise ValueError("mask must have one entry for each sequence and step")
    loss, dx = 0.0, np.zeros((N, T, V), np.asarray(x).dtype)
    for n in range(N):
        for t in range(T):
            if not mask[n, t]:
                continue
            label, scores = int(y[n, t]), [float(score) for score in x[n, t]]
            if not 0 <= label < V:
                raise ValueError(f"y[{n}, {t}] is {label}, but there are {V} classes")
            largest = max(scores)
            log_sum = largest + math.log(sum(math.exp(score - largest) for score in scores))
            loss += (log_sum - scores[label]) / N
            for v in range(V):
                dx[n, t, v] = (math.exp(scores[v] - log_sum) - (v == label)) / N
    return loss, dx


def adding_problem(n, T, rng):
    if T < 2:
        raise ValueError("T must be at least 2")
    x, y = np.zeros((n, T, 2)), np.zeros((n, 1))
    for k in range(n):
        for t in range(T):
            x[k, t, 0] = rng.random()
        for mark in (rng.integers(T // 2), T // 2 + rng.integers(T - T // 2)):
            x[k, mark, 1] = 1
            y[k, 0] += x[k, mark, 0]
    return x, y


class SequenceClassifier:
    def __init__(self, cell, input_size, hidden_size, output_size, rng, loss="softmax"):
        if cell not in ("rnn", "lstm", "gru"):
            raise ValueError("cell must be rnn, lstm or gru")
        if loss not in ("softmax", "mse"):
            raise ValueError("loss must be softmax or mse")
        self.kind, self.task, self.size = cell, loss, hidden_size
        G = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
        limit = 1 / math.sqrt(hidden_size)
        self.params = {}
        for name, rows, columns in (
            ("W_out", hidden_size, output_size),
            ("Wh", hidden_size, G * hidden_size),
            ("Wx", input_size, G * hidden_size),
        ):
            weights = np.zeros((rows, columns))
            for r in range(rows):
                for c in range(columns):
                    weights[r, c] = (2 * rng.random() - 1) * limit
            self.params[name] = weights
        self.params["b"], self.params["b_out"] = np.zeros(G * hidden_size), np.zeros(output_size)
        if cell == "lstm":
            for k in range(hidden_size, 2 * hidden_size):
                self.params["b"][k] = 1

    def run(self, X):
        if np.ndim(X) != 3 or len(X[0]) == 0:
            raise ValueError("X must be (N, T, D), with a last step")
        forward = {"rnn": rnn_forward, "lstm": lstm_forward, "gru": gru_forward}[self.kind]
        p = self.params
        h, cache = forward(X, np.zeros((len(X), self.size)), p["Wx"], p["Wh"], p["b"])
        scores = np.array([np.dot(h[n, -1], p["W_out"]) + p["b_out"] for n in range(len(X))])
        return scores, h, cache

    def loss(self, X, y):
        scores, h, cache = self.run(X)
        y = np.array(y)
        dscores, total = np.zeros(scores.shape), 0.0
        if self.task == "softmax":
            if y.shape != (len(scores),):
                raise ValueError("y must hold one label for each sequence")
            for n in range(len(scores)):
                if not 0 <= y[n] < scores.shape[1]:
                    raise ValueError(f"y holds {y[n]}, which is no class")
                p = np.exp(scores[n] - scores[n].max())
                total += math.log(p.sum()) - (scores[n, y[n]] - scores[n].max())
                dscores[n] = p / p.sum()
                dscores[n, y[n]] -= 1
            total, dscores = float(total / len(scores)), dscores / len(scores)
        else:
            if y.shape != scores.shape:
                raise ValueError("y must have the shape of the scores")
            for place in np.ndindex(scores.shape):
                total += float(scores[place] - y[place]) ** 2 / scores.size
                dscores[place] = 2 * (scores[place] - y[place]) / scores.size
        dh = np.zeros_like(h)
        grads = {"W_out": np.zeros_like(self.params["W_out"]), "b_out": np.zeros_like(self.params["b_out"])}
        for n in range(len(scores)):
            grads["W_out"] += np.outer(h[n, -1], dscores[n])
            grads["b_out"] += dscores[n]
            dh[n, -1] = np.dot(self.params["W_out"], dscores[n])
        backward = {"rnn": rnn_backward, "lstm": lstm_backward, "gru": gru_backward}[self.kind]
        _, _, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, cache)
        return total, grads

    def predict(self, X):
        scores = self.run(X)[0]
        if self.task == "mse":
            return scores
        return np.array([int(np.argmax(row)) for row in scores])

    def train(self, X, y, lr, num_steps, batch_size, rng, max_norm=1.0):
        m = {name: np.zeros_like(value) for name, value in self.params.items()}
        v = {name: np.zeros_like(value) for name, value in self.params.items()}
        losses = []
        for t in range(num_steps):
            chosen = [int(rng.integers(len(X))) for _ in range(batch_size)]
            loss, grads = self.loss(np.array([X[k] for k in chosen]), np.array([y[k] for k in chosen]))
            losses.append(loss)
            norm = math.sqrt(sum(float((g * g).sum()) for g in grads.values()))
            for name in grads:
                g = grads[name] * max_norm / norm if norm > max_norm else grads[name]
                m[name] = m[name] + 0.1 * (g - m[name])
                v[name] = v[name] + 0.001 * (g * g - v[name])
                corrected = m[name] / (1 - 0.9 ** (t + 1))
                root = np.sqrt(v[name] / (1 - 0.999 ** (t + 1)) + 1e-8**2)
                self.params[name] = self.params[name] - lr * corrected / root
        return losses
