"""From symbols to vectors, from states to scores: the layers around a recurrent cell, and a model
made of them.
"""

import numpy as np
from recurrence import gru_backward, gru_forward, lstm_backward, lstm_forward, rnn_backward, rnn_forward


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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
        raise NotImplementedError

    def loss(self, X, y):
        """The mean loss over a batch and its gradient for every parameter.

        Shapes: X (N, T, D); y (N,) labels for "softmax", (N, M) numbers for "mse"
        ->  loss (a scalar), grads (a dict with the keys and shapes of params).
        Only h_T has a gradient from above; backpropagation through time carries it to the other
        steps.
        Raises ValueError when X or y has another shape or a label is out of range.
        """
        raise NotImplementedError

    def predict(self, X):
        """The most probable label (N,) for "softmax", the numbers (N, M) themselves for "mse"."""
        raise NotImplementedError

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
        raise NotImplementedError
