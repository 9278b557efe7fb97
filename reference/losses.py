"""Losses: how wrong a batch of predictions is, as one number, and which way each prediction should
move.

A loss is the end of the chain, so it returns both at once: (loss, gradient with respect to its
first argument). Every loss is a mean, and so every gradient carries its 1/N.
"""

import numpy as np

from .layers import sigmoid_forward

__all__ = [  # noqa: RUF022 - the reading order
    "mse_loss",
    "mae_loss",
    "log_softmax",
    "nll_loss",
    "softmax_loss",
    "binary_cross_entropy",
    "bce_with_logits",
    "svm_loss",
]

# the smallest probability of which a logarithm is taken: it bounds the loss by -ln(1e-12) = 27.6
_TINY = 1e-12


def mse_loss(pred, y):
    """Mean squared error, for regression.

        L = 1/n Σ (pred - y)²        dpred = 2/n (pred - y)        with the sum over all n elements

    Shapes: pred and y of one shape, any  ->  loss (a scalar), dpred of that shape.
    The mean runs over all elements, not over the samples only. No factor one half, so the gradient
    has a 2.
    A pred (N, 1) does not fit a y (N,): numpy would compare each with each, and the loss would be
    nonsense.

    Raises ValueError when the shapes differ, or there are no elements.

    Legendre 1805 (least squares). Lectures L0, L3, L4.

    >>> loss, dpred = mse_loss(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    >>> float(loss), dpred
    (4.5, array([0., 3.]))
    """
    pred, y = _pair("pred", pred, y)
    error = pred - y
    return np.mean(error**2), 2 / pred.size * error


def mae_loss(pred, y):
    """Mean absolute error: regression that is not impressed by a few wild targets.

        L = 1/n Σ |pred - y|
        dpred = 1/n sign(pred - y), sign(0) = 0
        with the sum over all n elements

    Shapes: pred and y of one shape, any  ->  loss (a scalar), dpred of that shape.
    The gradient does not get smaller near the goal: a constant learning rate ends in hopping around
    it.

    Raises ValueError when the shapes differ, or there are no elements.

    Lectures L0 (L1 loss), L3.

    >>> loss, dpred = mae_loss(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    >>> float(loss), dpred
    (1.5, array([0. , 0.5]))
    """
    pred, y = _pair("pred", pred, y)
    error = pred - y
    return np.mean(np.abs(error)), np.sign(error) / pred.size


def log_softmax(scores):
    """Logarithms of the softmax probabilities, without computing these first.

        log pⱼ = sⱼ - log Σₖ exp(sₖ)

    Shapes: scores (N, C)  ->  (N, C).
    log(softmax(s)) would be log(0) for a score that is 800 below the best; this is -800. The
    maximum of the row is subtracted before exp, which changes nothing else.

    Raises ValueError when scores is not (N, C).

    Goodfellow, Bengio & Courville 2016, "Deep Learning", section 4.1. Lecture L0.

    >>> log_softmax(np.array([[0.0, 0.0], [1000.0, 0.0]])).round(3)
    array([[-6.93e-01, -6.93e-01],
           [ 0.00e+00, -1.00e+03]])
    """
    scores = _floating(scores)
    _check_matrix("scores", scores)
    shifted = scores - scores.max(axis=1, keepdims=True)  # (N, C)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, C)


def nll_loss(log_probs, y):
    """Negative log-likelihood of the labels.

        L = -1/N Σₙ log_probs[n, yₙ]        dlog_probs[n, j] = -1/N if j = yₙ, else 0

    Shapes: log_probs (N, C), y (N,) integer labels in [0, C) -> loss (a scalar), dlog_probs (N, C).
    It takes log-probabilities, as `log_softmax` makes them, not probabilities.

    Raises ValueError when log_probs is not (N, C), or y is not of N integers in [0, C).

    Lectures L0 (cross-entropy = softmax + negative log-likelihood), L4.

    >>> loss, dlog_probs = nll_loss(np.log([[0.25, 0.75], [0.5, 0.5]]), np.array([0, 1]))
    >>> loss.round(3), dlog_probs
    (np.float64(1.04), array([[-0.5,  0. ],
           [ 0. , -0.5]]))
    """
    log_probs, y = _floating(log_probs), np.asarray(y)
    _check_matrix("log_probs", log_probs)
    _check_labels("log_probs", log_probs, y)
    N = len(y)
    dlog_probs = np.zeros_like(log_probs)  # (N, C)
    dlog_probs[np.arange(N), y] = -1 / N
    return -log_probs[np.arange(N), y].mean(), dlog_probs


def softmax_loss(scores, y):
    """Cross-entropy between the softmax of the scores and the labels: the loss of nearly every
    classifier.

        pⱼ = exp(sⱼ) / Σₖ exp(sₖ)
        L = -1/N Σₙ log p[n, yₙ]
        dscores = 1/N (p - onehot(y))

    Shapes: scores (N, C), y (N,) integer labels in [0, C)  ->  loss (a scalar), dscores (N, C).
    The mean over the samples, not over all N · C elements. Equal scores cost log C: what an
    untrained network should show. Finite for scores of any size, because it is built on
    `log_softmax`.

    Raises ValueError when scores is not (N, C), or y is not of N integers in [0, C).

    Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs".
    Lectures L0, L1, L3, L4.

    >>> loss, dscores = softmax_loss(np.zeros((2, 4)), np.array([0, 3]))
    >>> np.isclose(loss, np.log(4)), dscores
    (np.True_, array([[-0.375,  0.125,  0.125,  0.125],
           [ 0.125,  0.125,  0.125, -0.375]]))
    """
    log_p, y = log_softmax(scores), np.asarray(y)
    loss, _ = nll_loss(log_p, y)
    dscores = np.exp(log_p)  # (N, C)
    dscores[np.arange(len(y)), y] -= 1
    return loss, dscores / len(y)


def binary_cross_entropy(probs, y):
    """Cross-entropy of yes-or-no predictions that are given as probabilities.

        L = -1/n Σ [y log p + (1 - y) log(1 - p)]
        dprobs = 1/n [(1 - y)/(1 - p) - y/p]
        n elements

    Shapes: probs and y of one shape, any  ->  loss (a scalar), dprobs of that shape.
    y holds the labels 0 and 1 (or a probability between). p and 1 - p are taken as at least 1e-12,
    in the loss and in the gradient: a certain and wrong prediction costs 27.6, not infinity. Where
    there are scores, prefer `bce_with_logits`, which needs no such bound.

    Raises ValueError when the shapes differ, there are no elements, or an element of probs or y is
    outside [0, 1].

    Lecture L3 (its inner sum over the K outputs of a sample is a mean here).

    >>> loss, dprobs = binary_cross_entropy(np.array([0.5, 0.25]), np.array([1, 0]))
    >>> loss.round(3), dprobs.round(3)
    (np.float64(0.49), array([-1.   ,  0.667]))
    """
    probs, y = _pair("probs", probs, y)
    _check_unit_interval(probs=probs, y=y)
    yes, no = np.maximum(probs, _TINY), np.maximum(1 - probs, _TINY)
    loss = -np.mean(y * np.log(yes) + (1 - y) * np.log(no))
    return loss, ((1 - y) / no - y / yes) / probs.size


def bce_with_logits(scores, y):
    """Cross-entropy of yes-or-no predictions that are given as scores (logits): sigmoid and
    logarithm in one.

        p = 1 / (1 + exp(-s))
        L = 1/n Σ [max(s, 0) - s y + log(1 + exp(-|s|))]
        dscores = 1/n (p - y)

    Shapes: scores and y of one shape, any -> loss (a scalar), dscores of that shape. n is the
    number of elements.
    y holds the labels 0 and 1 (or a probability between). The formula is -y log p - (1 - y) log(1 -
    p), arranged so that exp never overflows and no logarithm meets a zero.

    Raises ValueError when the shapes differ, there are no elements, or an element of y is outside
    [0, 1].

    Lecture L3 (loss of the sigmoid output).

    >>> loss, dscores = bce_with_logits(np.array([0.0, 1e4]), np.array([1, 1]))
    >>> loss.round(3), dscores
    (np.float64(0.347), array([-0.25,  0.  ]))
    """
    scores, y = _pair("scores", scores, y)
    _check_unit_interval(y=y)
    losses = np.maximum(scores, 0) - scores * y + np.log1p(np.exp(-np.abs(scores)))
    p, _ = sigmoid_forward(scores)
    return losses.mean(), (p - y) / scores.size


def svm_loss(scores, y):
    """Multiclass hinge loss: the true class must lead every other one by a margin of 1.

        L = 1/N Σₙ Σ_{j ≠ yₙ} max(0, sⱼ - s_y + 1)

    Each class j ≠ y that violates its margin adds 1/N to dscores[n, j] and takes 1/N from
    dscores[n, yₙ].

    Shapes: scores (N, C), y (N,) integer labels in [0, C)  ->  loss (a scalar), dscores (N, C).
    The true class has no margin to itself: counting it adds 1 to every loss. A margin that is met
    exactly costs nothing and has no gradient.

    Raises ValueError when scores is not (N, C), or y is not of N integers in [0, C).

    Weston & Watkins 1999, "Support vector machines for multi-class pattern recognition". Lectures
    L1, L3.

    >>> svm_loss(np.array([[3.0, 2.5, -1.0]]), np.array([0]))
    (np.float64(0.5), array([[-1.,  1.,  0.]]))
    """
    scores, y = _floating(scores), np.asarray(y)
    _check_matrix("scores", scores)
    _check_labels("scores", scores, y)
    N, samples = len(y), np.arange(len(y))
    margins = np.maximum(0, scores - scores[samples, y][:, None] + 1)  # (N, C)
    margins[samples, y] = 0
    dscores = (margins > 0).astype(scores.dtype)  # (N, C)
    dscores[samples, y] = -dscores.sum(axis=1)
    return margins.sum() / N, dscores / N


def _floating(x):
    """Return x as an array of its own floating dtype; integers become float64."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _pair(name, x, y):
    """Return x and its targets y in the floating dtype of x, once their shapes agree."""
    x, y = _floating(x), np.asarray(y)
    if y.shape != x.shape:
        raise ValueError(f"y has shape {y.shape}, but {name} has shape {x.shape}")
    if x.size == 0:
        raise ValueError(f"{name} has shape {x.shape}, expected at least one element")
    return x, y.astype(x.dtype)


def _check_matrix(name, x):
    if x.ndim != 2 or x.size == 0:
        raise ValueError(
            f"{name} has shape {x.shape}, expected (N, C) with at least one sample and one class"
        )


def _check_labels(name, x, y):
    N, C = x.shape
    if y.shape != (N,):
        raise ValueError(f"y has shape {y.shape}, but {name} has {N} rows: expected ({N},)")
    if y.dtype.kind not in "iu":
        raise ValueError(f"y has dtype {y.dtype}, expected integer labels")
    if y.min() < 0 or y.max() >= C:
        raise ValueError(
            f"y has labels from {y.min()} to {y.max()}, but {name} has {C} columns: expected 0 to "
            f"{C - 1}"
        )


def _check_unit_interval(**arrays):
    for name, values in arrays.items():
        if not np.all((values >= 0) & (values <= 1)):
            raise ValueError(
                f"{name} has values from {values.min()} to {values.max()}, expected 0 to 1"
            )
