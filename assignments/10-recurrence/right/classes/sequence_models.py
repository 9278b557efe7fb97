# Style: classes; layers, losses and the optimizer are objects, and the functions that are asked for call them.
import numpy as np
import recurrence


class Lookup:
    def __init__(self, x, W):
        self.x, self.W = np.asarray(x), np.asarray(W)
        if not np.issubdtype(self.x.dtype, np.integer):
            raise ValueError(f"x: expected integers, got {self.x.dtype}")
        if np.any(self.x < 0) or np.any(self.x >= len(self.W)):
            raise ValueError(f"x: expected symbols below {len(self.W)}")

    def out(self):
        return np.take(self.W, self.x, axis=0)

    def back(self, dout):
        if np.shape(dout) != (*self.x.shape, self.W.shape[1]):
            raise ValueError(f"dout: got shape {np.shape(dout)}")
        rows = [dout[self.x == symbol].sum(axis=0) for symbol in range(len(self.W))]
        return np.array(rows, dtype=self.W.dtype)


class Affine:
    def __init__(self, x, w, b):
        self.x, self.w, self.b = (np.asarray(value) for value in (x, w, b))
        if self.x.ndim != 3:
            raise ValueError(f"x: expected three axes, got {self.x.ndim}")
        if len(self.w) != self.x.shape[2]:
            raise ValueError(f"w: expected {self.x.shape[2]} rows, got {len(self.w)}")
        if self.b.shape != (self.w.shape[1],):
            raise ValueError(f"b: expected {self.w.shape[1]} entries, got shape {self.b.shape}")

    def out(self):
        return np.matmul(self.x, self.w) + self.b

    def back(self, dout):
        if np.shape(dout) != (*self.x.shape[:2], len(self.b)):
            raise ValueError(f"dout: got shape {np.shape(dout)}")
        flat = dout.reshape(-1, len(self.b))
        return np.matmul(dout, self.w.T), self.x.reshape(len(flat), -1).T @ flat, flat.sum(axis=0)


def embedding_forward(x, W):
    layer = Lookup(x, W)
    return layer.out(), layer


def temporal_affine_forward(x, w, b):
    layer = Affine(x, w, b)
    return layer.out(), layer


def embedding_backward(dout, cache):
    return cache.back(dout)


def temporal_affine_backward(dout, cache):
    return cache.back(dout)


class Softmax:
    """The loss of rows of scores, one label each."""

    def __init__(self, scores, labels):
        self.scores, self.labels = scores, labels
        if len(labels) and not (labels.min() >= 0 and labels.max() < scores.shape[1]):
            raise ValueError(f"y: expected labels below {scores.shape[1]}")
        lifted = scores - np.max(scores, axis=1, keepdims=True) if len(scores) else scores
        self.log_p = lifted - np.log(np.exp(lifted).sum(axis=1, keepdims=True))

    def total(self):
        return -np.take_along_axis(self.log_p, self.labels[:, None], axis=1).sum()

    def gradient(self):
        p = np.exp(self.log_p)
        p[np.arange(len(p)), self.labels] -= 1
        return p


def temporal_softmax_loss(x, y, mask):
    x, y, mask = np.asarray(x), np.asarray(y), np.asarray(mask).astype(bool)
    if x.ndim != 3:
        raise ValueError(f"x: expected three axes, got {x.ndim}")
    if y.shape != x.shape[:2] or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"y: expected integers of shape {x.shape[:2]}")
    if mask.shape != x.shape[:2]:
        raise ValueError(f"mask: expected shape {x.shape[:2]}, got {mask.shape}")
    counted = Softmax(x[mask], y[mask])
    dx = np.zeros_like(x)
    dx[mask] = counted.gradient() / len(x)
    return np.asarray(counted.total() / len(x)), dx


class SquaredError:
    def __init__(self, numbers, wanted):
        if np.shape(wanted) != numbers.shape:
            raise ValueError(f"y: expected shape {numbers.shape}, got {np.shape(wanted)}")
        self.off = numbers - wanted

    def total(self):
        return np.mean(self.off * self.off)

    def gradient(self):
        return self.off * (2 / self.off.size)


def adding_problem(n, T, rng):
    if T < 2:
        raise ValueError(f"T: expected two steps at least, got {T}")
    half, steps = T // 2, np.arange(T)
    first = np.floor(rng.random((n, 1)) * half)
    second = half + np.floor(rng.random((n, 1)) * (T - half))
    numbers, marks = rng.random((n, T)), (steps == first) | (steps == second)
    return np.dstack([numbers, marks]), np.where(marks, numbers, 0).sum(axis=1)[:, None]


class Adam:
    def __init__(self, lr):
        self.lr, self.t, self.m, self.v = lr, 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        for name, g in grads.items():
            self.m[name] = 0.9 * self.m.get(name, 0) + (1 - 0.9) * g
            self.v[name] = 0.999 * self.v.get(name, 0) + (1 - 0.999) * g * g
            m, v = self.m[name] / (1 - 0.9**self.t), self.v[name] / (1 - 0.999**self.t)
            params[name] -= self.lr * m / np.sqrt(v + 1e-8)


class SequenceClassifier:
    cells = {"rnn": recurrence.Plain, "lstm": recurrence.LSTM, "gru": recurrence.GRU}  # noqa: RUF012 - a student's class

    def __init__(self, cell, input_size, hidden_size, output_size, rng, loss="softmax"):
        if cell not in self.cells:
            raise ValueError(f"cell: {cell} is unknown")
        if loss not in ("softmax", "mse"):
            raise ValueError(f"loss: {loss} is unknown")
        self.cell, self.regression = self.cells[cell], loss == "mse"
        width = self.cell.gates * hidden_size
        draw = lambda *shape: (rng.random(shape) - 0.5) * 2 * hidden_size**-0.5  # noqa: E731 - as students write it
        b = np.zeros((self.cell.gates, hidden_size))
        if cell == "lstm":
            b[1] += 1
        self.params = {
            "W_out": draw(hidden_size, output_size),
            "b_out": np.zeros(output_size),
            "Wx": draw(input_size, width),
            "Wh": draw(hidden_size, width),
            "b": b.ravel(),
        }

    def scores(self, X):
        X, p = np.asarray(X), self.params
        if X.ndim != 3 or not X.shape[1]:
            raise ValueError(f"X: expected three axes and at least one step, got {X.shape}")
        self.tape = recurrence.Tape(self.cell, X, np.zeros((len(X), len(p["Wh"]))), p["Wx"], p["Wh"], p["b"])
        self.last = self.tape.h[:, -1]
        return self.last @ p["W_out"] + p["b_out"]

    def loss(self, X, y):
        scores = self.scores(X)
        if self.regression:
            objective, scale = SquaredError(scores, y), 1
        else:
            if np.shape(y) != (len(scores),):
                raise ValueError(f"y: expected {len(scores)} labels, got shape {np.shape(y)}")
            objective, scale = Softmax(scores, np.asarray(y)), len(scores)
        dscores = objective.gradient() / scale
        dh = np.zeros_like(self.tape.h)
        dh[:, -1] = dscores @ self.params["W_out"].T
        _, _, dWx, dWh, db = self.tape.rewind(dh)
        grads = {"b": db, "Wh": dWh, "Wx": dWx, "b_out": dscores.sum(axis=0), "W_out": self.last.T @ dscores}
        return np.asarray(objective.total() / scale), grads

    def predict(self, X):
        scores = self.scores(X)
        return scores if self.regression else np.argmax(scores, axis=-1)

    def train(self, X, y, lr, num_steps, batch_size, rng, max_norm=1.0):
        optimizer, losses = Adam(lr), []
        for _ in range(num_steps):
            chosen = rng.choice(len(X), size=batch_size)
            loss, grads = self.loss(X[chosen], y[chosen])
            norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
            if norm > max_norm:
                grads = {name: g * (max_norm / norm) for name, g in grads.items()}
            optimizer.step(self.params, grads)
            losses.append(loss)
        return losses
