# Style: einsum; lookups are one-hot products, and every sum over batch and time is a contraction.
import numpy as np
from recurrence import gru_backward, gru_forward, lstm_backward, lstm_forward, rnn_backward, rnn_forward

CELLS = {"rnn": (rnn_forward, rnn_backward, 1), "gru": (gru_forward, gru_backward, 3), "lstm": (lstm_forward, lstm_backward, 4)}


def _refuse(when, message):
    if when:
        raise ValueError(message)


def _one_hot(x, V, dtype):
    return (np.asarray(x)[..., None] == np.arange(V)).astype(dtype)


def embedding_forward(x, W):
    x = np.asarray(x)
    _refuse(x.dtype.kind not in "iu", "x is not of integers")
    _refuse(x.size and (x.min() < 0 or x.max() >= len(W)), "x holds a symbol that has no row")
    hot = _one_hot(x, len(W), W.dtype)
    return np.einsum("ntv,vd->ntd", hot, W), hot


def embedding_backward(dout, cache):
    _refuse(np.ndim(dout) != 3 or dout.shape[:2] != cache.shape[:2], "dout is not of the shape of out")
    return np.einsum("ntv,ntd->vd", cache, dout)


def temporal_affine_forward(x, w, b):
    _refuse(np.ndim(x) != 3, "x is not (N, T, D)")
    _refuse(np.shape(w)[0] != np.shape(x)[2], "w does not have a row for each feature")
    _refuse(np.shape(b) != np.shape(w)[1:], "b does not have an entry for each column of w")
    return np.einsum("ntd,dm->ntm", x, w) + b, {"x": x, "w": w}


def temporal_affine_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    _refuse(np.shape(dout) != (*np.shape(x)[:2], np.shape(w)[1]), "dout is not of the shape of out")
    return np.einsum("ntm,dm->ntd", dout, w), np.einsum("ntd,ntm->dm", x, dout), np.einsum("ntm->m", dout)


def temporal_softmax_loss(x, y, mask):
    _refuse(np.ndim(x) != 3, "x is not (N, T, V)")
    N, T, V = np.shape(x)
    _refuse(np.shape(y) != (N, T), "y is not (N, T)")
    _refuse(np.asarray(y).dtype.kind not in "iu", "y is not of integers")
    _refuse(np.shape(mask) != (N, T), "mask is not (N, T)")
    counts = np.asarray(mask, dtype=bool)
    chosen = np.asarray(y)[counts]
    _refuse(np.any((chosen < 0) | (chosen >= V)), "y holds a label that is no class")
    x = np.array(x)
    x[~counts] = 0
    x = x - x.max(axis=-1)[..., None]
    log_sum = np.log(np.einsum("ntv->nt", np.exp(x)))
    log_p = x - log_sum[..., None]
    hot = np.einsum("ntv,nt->ntv", _one_hot(y, V, x.dtype), counts.astype(x.dtype))
    loss = np.einsum("ntv,ntv->", log_p, hot) / -N
    return float(loss), (np.einsum("ntv,nt->ntv", np.exp(log_p), counts.astype(x.dtype)) - hot) / N


def adding_problem(n, T, rng):
    _refuse(T < 2, "T is below 2")
    marks = np.zeros((n, T))
    marks[:, 0] = marks[:, T // 2] = 1
    marks = np.hstack([rng.permuted(half, axis=1) for half in (marks[:, : T // 2], marks[:, T // 2 :])])
    numbers = rng.uniform(0.0, 1.0, size=(T, n)).T
    return np.stack([numbers, marks], axis=-1), np.einsum("nt,nt->n", numbers, marks)[:, None]


class SequenceClassifier:
    def __init__(self, cell, input_size, hidden_size, output_size, rng, loss="softmax"):
        _refuse(cell not in CELLS, f"cell {cell!r} is none of {list(CELLS)}")
        _refuse(loss not in ("softmax", "mse"), f"loss {loss!r} is neither softmax nor mse")
        self.forward, self.backward, blocks = CELLS[cell]
        self.loss_name = loss
        a = np.reciprocal(np.sqrt(hidden_size))
        joined = rng.uniform(-a, a, size=(input_size + hidden_size, blocks * hidden_size))
        b = np.kron([0.0, 1.0, 0.0, 0.0] if cell == "lstm" else np.zeros(blocks), np.ones(hidden_size))
        self.params = {"Wx": joined[:input_size], "Wh": joined[input_size:], "b": b}
        self.params |= {"W_out": rng.uniform(-a, a, size=(hidden_size, output_size)), "b_out": np.zeros(output_size)}

    def _scores(self, X):
        _refuse(np.ndim(X) != 3 or np.shape(X)[1] < 1, "X is not (N, T, D)")
        Wx, Wh, b, W_out, b_out = (self.params[name] for name in ("Wx", "Wh", "b", "W_out", "b_out"))
        h, cache = self.forward(X, np.zeros((np.shape(X)[0], Wh.shape[0])), Wx, Wh, b)
        return np.einsum("nh,hm->nm", h[:, -1], W_out) + b_out, h, cache

    def loss(self, X, y):
        scores, h, cache = self._scores(X)
        N, M = scores.shape
        if self.loss_name == "softmax":
            _refuse(np.shape(y) != (N,), "y is not (N,)")
            value, dscores = temporal_softmax_loss(scores[:, None], np.reshape(y, (N, 1)), np.ones((N, 1)))
            dscores = dscores[:, 0]
        else:
            _refuse(np.shape(y) != (N, M), "y is not of the shape of the scores")
            error = scores - y
            value, dscores = np.einsum("nm,nm->", error, error) / (N * M), 2 * error / (N * M)
        only_last = np.arange(h.shape[1]) == h.shape[1] - 1
        dh = np.einsum("nm,hm,t->nth", dscores, self.params["W_out"], only_last.astype(float))
        grads = dict(zip(("Wx", "Wh", "b"), self.backward(dh, cache)[2:], strict=True))
        grads["W_out"], grads["b_out"] = np.einsum("nh,nm->hm", h[:, -1], dscores), np.einsum("nm->m", dscores)
        return value, grads

    def predict(self, X):
        scores = self._scores(X)[0]
        return scores if self.loss_name == "mse" else scores.argmax(1)

    def train(self, X, y, lr, num_steps, batch_size, rng, max_norm=1.0):
        every_batch = rng.integers(0, len(X), size=(num_steps, batch_size))
        moments = {name: np.zeros((2, *np.shape(w))) for name, w in self.params.items()}
        betas, losses = np.array([0.9, 0.999]), np.zeros(num_steps)
        for t, batch in enumerate(every_batch):
            losses[t], grads = self.loss(np.take(X, batch, 0), np.take(y, batch, 0))
            norm = np.sqrt(sum(np.vdot(g, g) for g in grads.values()))
            for name, g in grads.items():
                g = g / np.maximum(1, norm / max_norm)
                both = np.stack([g, g**2])
                kept = betas.reshape(2, *[1] * g.ndim)
                moments[name] = kept * moments[name] + (1 - kept) * both
                m, v = moments[name] / (1 - kept ** (t + 1))
                self.params[name] = self.params[name] - lr * m / (np.sqrt(v) + 1e-8)
        return losses.tolist()
