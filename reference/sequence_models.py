"""From symbols to vectors, from states to scores: the layers around a recurrent cell, and a model
made of them.
"""

import numpy as np

from .recurrence import (
    gru_backward,
    gru_forward,
    lstm_backward,
    lstm_forward,
    rnn_backward,
    rnn_forward,
)

__all__ = [  # noqa: RUF022 - the reading order
    "embedding_forward",
    "embedding_backward",
    "temporal_affine_forward",
    "temporal_affine_backward",
    "temporal_softmax_loss",
    "adding_problem",
    "SequenceClassifier",
]

CELLS = {  # blocks of H columns in the weights, forward, backward
    "rnn": (1, rnn_forward, rnn_backward),
    "gru": (3, gru_forward, gru_backward),
    "lstm": (4, lstm_forward, lstm_backward),
}


def embedding_forward(x, W):
    """Look up the vector of each symbol: row x of the table W.

        out[n, t] = W[x[n, t]]

    Shapes: x (N, T), integers in [0, V); W (V, D)  ->  out (N, T, D), cache.
    The same as a one-hot vector times W, without the product.
    Raises ValueError when x is not of integers or leaves [0, V).

    Bengio et al. 2003, "A neural probabilistic language model", section 2 (the matrix C).

    >>> embedding_forward(np.array([[2, 0]]), np.array([[1.0, 1.5], [2.0, 2.5], [3.0, 3.5]]))[0]
    array([[[3. , 3.5],
            [1. , 1.5]]])
    """
    x, W = np.asarray(x), _as_float(W)
    _check_indices("x", x, len(W), "rows of W")
    return W[x], (x, W)


def embedding_backward(dout, cache):
    """Gradient of the table: each row collects what every place that looked it up receives.

        dW[v] = Σ dout[n, t]        over all n, t with x[n, t] = v

    Shapes: dout (N, T, D)  ->  dW (V, D). Indices have no gradient, so dW is the only one.
    A repeated index adds up; `dW[x] += dout` would keep only one of its places.
    Raises ValueError when dout has another shape than out.

    Bengio et al. 2003, section 2; Stanford CS231n, word embeddings of the captioning exercise.

    >>> _, cache = embedding_forward(np.array([[2, 0, 2]]), np.zeros((3, 1)))
    >>> embedding_backward(np.array([[[1.0], [10.0], [100.0]]]), cache).ravel()
    array([ 10.,   0., 101.])
    """
    x, W = cache
    _check_shape("dout", dout, (*x.shape, W.shape[1]))
    dW = np.zeros_like(W)  # (V, D)
    np.add.at(dW, x, dout)
    return dW


def temporal_affine_forward(x, w, b):
    """The same affine layer at every step, for example from hidden states to scores.

        out[n, t] = x[n, t] w + b

    Shapes: x (N, T, D); w (D, M); b (M,)  ->  out (N, T, M), cache.
    Raises ValueError when the shapes do not fit.

    Lecture L3: the output of a recurrent network; Goodfellow, Bengio & Courville 2016, eq. 10.10.

    >>> temporal_affine_forward(np.array([[[1.0], [2.0]]]), np.array([[10.0]]), np.array([0.5]))[0]
    array([[[10.5],
            [20.5]]])
    """
    x, w, b = _as_float(x), _as_float(w), _as_float(b)
    if x.ndim != 3:
        raise ValueError(f"x has shape {x.shape}, expected (N, T, D)")
    if len(w) != x.shape[2]:
        raise ValueError(f"w has {len(w)} rows, but x has {x.shape[2]} features per step")
    _check_shape("b", b, w.shape[1:])
    return x @ w + b, (x, w)


def temporal_affine_backward(dout, cache):
    """Gradients of the affine layer over time.

        dx = dout wᵀ        dw = Σₙₜ x[n, t]ᵀ dout[n, t]        db = Σₙₜ dout[n, t]

    Shapes: dout (N, T, M)  ->  dx (N, T, D), dw (D, M), db (M,).
    w and b are shared by all steps: their gradients are sums over time as well as over the batch.
    Raises ValueError when dout has another shape than out.

    Goodfellow, Bengio & Courville 2016, section 10.2.2.

    >>> _, cache = temporal_affine_forward(
    ...     np.array([[[1.0], [2.0]]]), np.array([[10.0]]), np.array([0.5])
    ... )
    >>> dx, dw, db = temporal_affine_backward(np.array([[[1.0], [3.0]]]), cache)
    >>> dx.ravel(), dw, db
    (array([10., 30.]), array([[7.]]), array([4.]))
    """
    x, w = cache
    _check_shape("dout", dout, (*x.shape[:2], w.shape[1]))
    return dout @ w.T, np.tensordot(x, dout, axes=([0, 1], [0, 1])), np.sum(dout, axis=(0, 1))


def temporal_softmax_loss(x, y, mask):
    """Cross-entropy at every step that counts: summed over time, averaged over the batch.

        L = -1/N Σₙ Σₜ mask[n, t] log softmax(x[n, t])[y[n, t]]

    Shapes: x (N, T, V) scores; y (N, T) labels in [0, V); mask (N, T), True where the step counts
    ->  loss (a scalar), dx (N, T, V).
    Sequences of unequal length are padded and the padding is masked out. The sum is divided by N,
    neither by N T nor by the number of steps that count. What y and x hold at a masked step does
    not matter; its dx is 0.
    Raises ValueError when the shapes do not fit, y is not of integers or a label that counts leaves
    [0, V).

    Stanford CS231n's convention for captions; Goodfellow, Bengio & Courville 2016, eqs. 10.12 to
    10.14.

    >>> x, y = np.zeros((1, 3, 4)), np.array([[0, 1, -1]])
    >>> loss, dx = temporal_softmax_loss(x, y, np.array([[True, True, False]]))
    >>> bool(np.isclose(loss, 2 * np.log(4))), dx[0, 1], dx[0, 2]
    (True, array([ 0.25, -0.75,  0.25,  0.25]), array([0., 0., 0., 0.]))
    """
    x, mask = _as_float(x), np.asarray(mask, bool)
    if x.ndim != 3:
        raise ValueError(f"x has shape {x.shape}, expected (N, T, V)")
    N, T, V = x.shape
    _check_shape("y", y, (N, T))
    _check_shape("mask", mask, (N, T))
    y = np.where(mask, y, 0)
    _check_indices("y", y, V, "scores per step")

    x = np.where(mask[:, :, None], x, 0)  # (N, T, V)
    shifted = x - x.max(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))  # (N, T, V)
    one_hot = y[:, :, None] == np.arange(V)  # (N, T, V)
    loss = -np.sum(log_p, where=one_hot & mask[:, :, None]) / N
    return loss, np.where(mask[:, :, None], np.exp(log_p) - one_hot, 0) / N


def adding_problem(n, T, rng):
    """A task that needs a long memory: add two marked numbers of a sequence and ignore all others.

        x[n, t] = (uₜ, mₜ)        uₜ ~ U[0, 1)        y[n] = Σₜ uₜ mₜ

    Shapes: n, T integers  ->  x (n, T, 2), y (n, 1).
    Two marks mₜ are 1, one at a random step of each half; the others are 0. Who always answers the
    mean, 1, has an expected squared error of 2 · 1/12 = 1/6 ≈ 0.1667. (Le, Jaitly & Hinton 2015,
    arXiv:1504.00941, print 0.1767.) Raises ValueError when T < 2.

    Hochreiter & Schmidhuber 1997, section 5.4; in this form Arjovsky, Shah & Bengio 2016,
    arXiv:1511.06464.

    >>> x, y = adding_problem(5, 8, np.random.default_rng(0))
    >>> x.shape, y.shape, x[:, :, 1].sum(axis=1)
    ((5, 8, 2), (5, 1), array([2., 2., 2., 2., 2.]))
    """
    if T < 2:
        raise ValueError(f"T is {T}, expected at least 2: one mark stands in each half")
    u, m = rng.uniform(size=(n, T)), np.zeros((n, T))
    m[np.arange(n), rng.integers(0, T // 2, n)] = 1
    m[np.arange(n), rng.integers(T // 2, T, n)] = 1
    return np.stack([u, m], axis=2), np.sum(u * m, axis=1, keepdims=True)


class SequenceClassifier:
    """Read a whole sequence with a recurrent cell and answer from its last hidden state (many to
    one).

        h₁ … h_T = cell(x)        scores = h_T W_out + b_out

    cell is "rnn", "gru" or "lstm". The loss decides whether the answer is a class or a vector of
    numbers:

        SequenceClassifier("lstm", 8, 32, 10, rng)               y (N,) labels, predict gives labels
        SequenceClassifier("lstm", 2, 32, 1, rng, loss="mse")    y (N, M) numbers, as predict gives

    Sizes: input_size D, hidden_size H, output_size M. params holds Wx (D, G H), Wh (H, G H), b (G
    H,), W_out (H, M) and b_out (M,), where G is 1 block for the rnn, 3 for the gru, 4 for the lstm.
    Weights start uniform in ±1/√H and biases at 0, but the biases of the LSTM's forget gates at 1:
    a cell that forgets from the outset learns late that remembering pays.
    Raises ValueError for an unknown cell or loss.

    Hochreiter & Schmidhuber 1997; forget bias: Gers, Schmidhuber & Cummins 2000 and Jozefowicz et
    al. 2015; lecture L3.

    >>> model = SequenceClassifier("lstm", 2, 4, 3, np.random.default_rng(0))
    >>> model.params["Wx"].shape, model.predict(np.zeros((5, 7, 2))).shape
    ((2, 16), (5,))
    """

    def __init__(self, cell, input_size, hidden_size, output_size, rng, loss="softmax"):
        if cell not in CELLS:
            raise ValueError(f"cell is {cell!r}, expected one of {', '.join(CELLS)}")
        if loss not in LOSSES:
            raise ValueError(f"loss is {loss!r}, expected one of {', '.join(LOSSES)}")
        self.cell, self.objective = cell, loss
        columns, bound = CELLS[cell][0] * hidden_size, 1 / np.sqrt(hidden_size)
        self.params = {
            "Wx": rng.uniform(-bound, bound, (input_size, columns)),
            "Wh": rng.uniform(-bound, bound, (hidden_size, columns)),
            "b": np.zeros(columns),
            "W_out": rng.uniform(-bound, bound, (hidden_size, output_size)),
            "b_out": np.zeros(output_size),
        }
        if cell == "lstm":
            self.params["b"][hidden_size : 2 * hidden_size] = 1

    def loss(self, X, y):
        """The mean loss over a batch and its gradient for every parameter.

        Shapes: X (N, T, D); y (N,) labels for "softmax", (N, M) numbers for "mse"
        ->  loss (a scalar), grads (a dict with the keys and shapes of params).
        Only h_T has a gradient from above; backpropagation through time carries it to the other
        steps.
        Raises ValueError when X or y has another shape or a label is out of range.
        """
        scores, h, cell_cache, out_cache = self._forward(X)
        loss, dscores = LOSSES[self.objective](scores, y)
        dlast, dW_out, db_out = temporal_affine_backward(dscores[:, None], out_cache)
        dh = np.zeros_like(h)  # (N, T, H)
        dh[:, -1:] = dlast
        _, _, backward = CELLS[self.cell]
        _, _, dWx, dWh, db = backward(dh, cell_cache)
        return loss, {"Wx": dWx, "Wh": dWh, "b": db, "W_out": dW_out, "b_out": db_out}

    def predict(self, X):
        """The most probable label (N,) for "softmax", the numbers (N, M) themselves for "mse"."""
        scores = self._forward(X)[0]
        return scores.argmax(axis=1) if self.objective == "softmax" else scores

    def train(self, X, y, lr, num_steps, batch_size, rng, max_norm=1.0):
        """Train with Adam on random mini-batches; returns the loss of every step, a list of
        num_steps floats.

        Shapes: X (N, T, D); y as in loss. Each step draws batch_size of the N samples with
        replacement.
        The joint norm of all gradients is clipped to max_norm first: one exploding step would undo
        many good ones.

        Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; clipping: Pascanu, Mikolov & Bengio 2013,
        algorithm 1.
        """
        X, y = np.asarray(X), np.asarray(y)
        losses, moments = [], dict.fromkeys(self.params, (0.0, 0.0))
        for t in range(1, num_steps + 1):
            batch = rng.integers(len(X), size=batch_size)
            loss, grads = self.loss(X[batch], y[batch])
            losses.append(float(loss))
            scale = min(1.0, max_norm / _joint_norm(grads))
            for name, w in self.params.items():
                self.params[name], moments[name] = _adam(
                    w, scale * grads[name], moments[name], t, lr
                )
        return losses

    def _forward(self, X):
        if np.ndim(X) != 3 or np.shape(X)[1] == 0:
            raise ValueError(
                f"X has shape {np.shape(X)}, expected (N, T, D) with at least one step"
            )
        p, (_, forward, _) = self.params, CELLS[self.cell]
        # h is (N, T, H).
        h, cell_cache = forward(X, np.zeros((len(X), len(p["Wh"]))), p["Wx"], p["Wh"], p["b"])
        scores, out_cache = temporal_affine_forward(h[:, -1:], p["W_out"], p["b_out"])  # (N, 1, M)
        return scores[:, 0], h, cell_cache, out_cache


def _softmax_loss(scores, y):
    _check_shape("y", y, scores.shape[:1])
    one_step = np.ones((len(scores), 1), bool)
    loss, dscores = temporal_softmax_loss(scores[:, None], np.asarray(y)[:, None], one_step)
    return loss, dscores[:, 0]


def _mse_loss(scores, y):
    _check_shape("y", y, scores.shape)  # (N,) against (N, 1) would broadcast to (N, N)
    difference = scores - y
    return np.mean(difference**2), 2 * difference / difference.size


LOSSES = {"softmax": _softmax_loss, "mse": _mse_loss}


def _adam(w, dw, moments, t, lr, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m = beta1 * moments[0] + (1 - beta1) * dw
    v = beta2 * moments[1] + (1 - beta2) * dw**2
    step = lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return w - step, (m, v)


def _joint_norm(grads):
    return np.sqrt(sum(np.sum(g**2) for g in grads.values()))


def _as_float(array):
    array = np.asarray(array)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _check_indices(name, indices, count, what):
    if indices.dtype.kind not in "iu":
        raise ValueError(f"{name} has dtype {indices.dtype}, expected integers")
    if indices.size and not 0 <= indices.min() <= indices.max() < count:
        raise ValueError(
            f"{name} holds {indices.min()} to {indices.max()}, expected 0 to {count - 1}: {count} "
            f"{what}"
        )


def _check_shape(name, array, expected):
    if np.shape(array) != expected:
        raise ValueError(f"{name} has shape {np.shape(array)}, expected {expected}")
