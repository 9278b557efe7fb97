"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they should read."""

import numpy as np

from grader.feedback import mistake


def softmax_loss_without_maximum(scores, y):
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    N, y = len(scores), np.asarray(y)
    _check_labels("scores", scores, y)  # noqa: F821 - lives in the reference, where this function is put
    loss = -np.log(probs[np.arange(N), y]).mean()
    probs[np.arange(N), y] -= 1
    return loss, probs / N


def softmax_loss_with_log_of_probabilities(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    N, y = len(scores), np.asarray(y)
    _check_labels("scores", scores, y)  # noqa: F821 - as above
    loss = -np.log(probs[np.arange(N), y]).mean()
    probs[np.arange(N), y] -= 1
    return loss, probs / N


MISTAKES = [
    # ---- affine_forward -------------------------------------------------------------------------------------------
    mistake(
        "affine_forward",
        "forgets the bias",
        "affine_forward never adds b.",
        ("_rows(x) @ w + b", "_rows(x) @ w"),
    ),
    mistake(
        "affine_forward",
        "does not flatten",
        "affine_forward multiplies x by w as it comes. Flatten each sample to one row first: x.reshape(N, -1).",
        ("_rows(x) @ w + b", "x @ w + b"),
        ("_check_affine(x, w, b)", ""),
    ),
    mistake(
        "affine_forward",
        "accepts any b",
        "affine_forward does not look at the shape of b. A b of length one is broadcast by numpy without a word.",
        ("_check_affine(x, w, b)", "_check_affine(x, w, b) if b.size > 1 else None"),
    ),
    # ---- affine_backward ------------------------------------------------------------------------------------------
    mistake(
        "affine_backward",
        "db keeps the batch axis",
        "db still has the batch axis. b is added to every row, so its gradient is the sum over the rows: shape (M,).",
        ("dout.sum(axis=0)", "dout.copy()"),
    ),
    mistake(
        "affine_backward",
        "db summed over the wrong axis",
        "db is summed over the outputs instead of the batch. b has one entry per column of dout, so sum over axis 0.",
        ("dout.sum(axis=0)", "dout.sum(axis=1)"),
    ),
    mistake(
        "affine_backward",
        "db is the mean",
        "db is the mean over the batch. The 1/N belongs to the loss, which has put it into dout already: sum here.",
        ("dout.sum(axis=0)", "dout.mean(axis=0)"),
    ),
    mistake(
        "affine_backward",
        "dw is transposed",
        "dw is transposed. It must have the shape of w: xᵀ dout, not doutᵀ x.",
        ("_rows(x).T @ dout", "dout.T @ _rows(x)"),
    ),
    mistake(
        "affine_backward",
        "dw divided by the batch size",
        "dw is divided by the batch size. The 1/N belongs to the loss, which has put it into dout already.",
        ("_rows(x).T @ dout", "_rows(x).T @ dout / len(dout)"),
    ),
    mistake(
        "affine_backward",
        "dx stays flat",
        "dx is still flat. Bring it back to the shape of x at the end: dx.reshape(x.shape).",
        ("(dout @ w.T).reshape(x.shape)", "dout @ w.T"),
    ),
    # ---- relu -----------------------------------------------------------------------------------------------------
    mistake(
        "relu_forward",
        "is the absolute value",
        "relu_forward gives |x|. Negative inputs become zero, they do not change sign.",
        ("np.maximum(x, 0)", "np.abs(x)"),
    ),
    mistake(
        "relu_forward",
        "cuts off at one",
        "relu_forward also cuts off large values. ReLU has no upper end.",
        ("np.maximum(x, 0)", "np.clip(x, 0, 1)"),
    ),
    mistake(
        "relu_forward",
        "modifies x",
        "relu_forward changes x in place. Make a new array: the caller still needs its x.",
        ("x = _floating(x)", "x = _floating(x)\n    x[x < 0] = 0"),
    ),
    mistake(
        "relu_backward",
        "modifies dout",
        "relu_backward changes dout in place. Build a new array: the layer above still needs its gradient.",
        ("return _chain(dout, heaviside(x))", "dout[x <= 0] = 0\n    return dout"),
    ),
    mistake(
        "relu_backward",
        "looks at dout instead of x",
        "relu_backward lets the gradient pass where dout is positive. It passes where the input x was positive.",
        ("heaviside(x)", "heaviside(dout)"),
    ),
    mistake(
        "relu_backward",
        "multiplies by x",
        "relu_backward multiplies by max(0, x). The slope of ReLU is 1 where x is positive, however large x is.",
        ("heaviside(x)", "np.maximum(x, 0)"),
    ),
    # ---- softmax_loss ---------------------------------------------------------------------------------------------
    mistake(
        "softmax_loss",
        "gradient without 1/N",
        "dscores is N times too large: the loss is a mean over the batch, so its gradient divides by the batch size N.",
        ("dscores / len(y)", "dscores"),
    ),
    mistake(
        "softmax_loss",
        "1/N twice",
        "dscores is divided by N twice. Once is enough: the gradient of a mean has one 1/N.",
        ("dscores / len(y)", "dscores / len(y) ** 2"),
    ),
    mistake(
        "softmax_loss",
        "loss is the sum",
        "softmax_loss gives the sum over the batch. The loss is the mean: divide by N, or a larger batch costs more.",
        ("return loss,", "return loss * len(y),"),
    ),
    mistake(
        "softmax_loss",
        "loss and gradient are sums",
        "softmax_loss and its gradient are sums over the batch. Both are means here: divide by N.",
        ("return loss, dscores / len(y)", "return loss * len(y), dscores"),
    ),
    mistake(
        "softmax_loss",
        "gradient of the probabilities",
        "dscores is the probabilities themselves. Subtract 1 at the true class of each sample: p - onehot(y).",
        ("dscores[np.arange(len(y)), y] -= 1", ""),
    ),
    mistake(
        "softmax_loss",
        "gradient has the wrong sign",
        "dscores points the wrong way: it is p - onehot(y), not onehot(y) - p.",
        ("dscores / len(y)", "-dscores / len(y)"),
    ),
    mistake(
        "softmax_loss",
        "no maximum subtracted",
        "softmax_loss overflows: exp(1000) is infinite. Subtract the largest score of each row before exp.",
        instead=softmax_loss_without_maximum,
    ),
    mistake(
        "softmax_loss",
        "log of a probability that is zero",
        "softmax_loss takes log(0): a probability can round to zero. Compute log p as s - log Σ exp(s), without p.",
        instead=softmax_loss_with_log_of_probabilities,
    ),
    mistake(
        "log_softmax",
        "global maximum",
        "The maximum of the whole matrix is subtracted. A row far below it underflows to log(0): take each row's own.",
        ("scores.max(axis=1, keepdims=True)", "scores.max()"),
    ),
    mistake(
        "log_softmax",
        "normalises over the whole matrix",
        "The softmax is normalised over the whole batch. Each row has its own probabilities: sum over axis 1.",
        ("sum(axis=1, keepdims=True)", "sum()"),
    ),
    # ---- mse_loss -------------------------------------------------------------------------------------------------
    mistake(
        "mse_loss",
        "gradient without the 2",
        "The gradient of the squared error lacks the factor 2: the loss has no one half in front.",
        ("2 / pred.size * error", "error / pred.size"),
    ),
    mistake(
        "mse_loss",
        "mean over samples only",
        "mse_loss divides by the number of samples. The mean runs over all elements, N times the outputs per sample.",
        ("np.mean(error**2), 2 / pred.size * error", "np.sum(error**2) / len(pred), 2 / len(pred) * error"),
    ),
    mistake(
        "mse_loss",
        "gradient without the mean",
        "The gradient of mse_loss is not divided by the number of elements, though the loss is a mean.",
        ("2 / pred.size * error", "2 * error"),
    ),
    mistake(
        "mse_loss",
        "sign of the gradient",
        "The gradient of mse_loss has the wrong sign: it is 2 (pred - y) / n, and you have y - pred.",
        ("2 / pred.size * error", "-2 / pred.size * error"),
    ),
    # ---- MLP ------------------------------------------------------------------------------------------------------
    mistake(
        "MLP.__init__",
        "activation after the last layer",
        "MLP puts the activation after the last layer too. Scores may be negative: only the softmax comes after them.",
        (
            '[_ACTIVATIONS[activation]] * hidden_layers + [_ACTIVATIONS["identity"]]',
            "[_ACTIVATIONS[activation]] * (hidden_layers + 1)",
        ),
    ),
    mistake(
        "MLP.__init__",
        "no activation at all",
        "MLP has no activation between its layers: a stack of affine layers is one affine layer.",
        ("[_ACTIVATIONS[activation]] * hidden_layers", '[_ACTIVATIONS["identity"]] * hidden_layers'),
    ),
    mistake(
        "MLP.loss",
        "backward skips the activation",
        "MLP.loss goes back through the affine layers only. The gradient also passes each activation on its way.",
        ("dout = activation_backward(dout, activation_cache)", ""),
    ),
    mistake(
        "MLP.predict",
        "predicts the smallest score",
        "predict takes the smallest score. The most probable class is the one with the largest.",
        ("scores.argmax(axis=1)", "scores.argmin(axis=1)"),
    ),
    mistake(
        "MLP.predict",
        "predicts along the batch",
        "predict looks for the best sample of each class. It should give the best class of each sample: use axis 1.",
        ("scores.argmax(axis=1)", "scores.argmax(axis=0)"),
    ),
]
