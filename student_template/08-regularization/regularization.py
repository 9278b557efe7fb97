"""Regularization: ways to do worse on the training set in order to do better on everything else."""

import copy
import math
import numpy as np


def dropout_forward(x, dropout_param):
    """Set each activation to zero with probability p while training, so that no unit can rely on a
    single other one.

        train:  y = x ⊙ mask, mask = 1 / (1 - p) with probability 1 - p, else 0        test:  y = x

    Shapes: x of any shape  ->  y of the same shape and dtype, cache.
    dropout_param: mode "train" or "test"; p in [0, 1), the probability of dropping (default 0.5);
    rng, a numpy Generator (training only). An element is kept where rng.random(x.shape) >= p.
    p is the probability to drop, not to keep. The division by 1 - p while training ("inverted"
    dropout) keeps the expectation of y at x, so that nothing is left to scale at test time. Each
    element has its own draw.

    Raises ValueError when p is outside [0, 1), mode is unknown, or rng is missing while training.

    Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, JMLR 15; lectures L0, L2, L3, L4
    (L3 writes p for the probability of keeping).

    >>> y, _ = dropout_forward(
    ...     np.ones(6), {"mode": "train", "p": 0.5, "rng": np.random.default_rng(0)}
    ... )
    >>> y
    array([2., 0., 0., 0., 2., 2.])
    >>> dropout_forward(np.ones(3), {"mode": "test", "p": 0.5})[0]
    array([1., 1., 1.])
    """
    raise NotImplementedError



def dropout_backward(dout, cache):
    """Send the gradient back through the activations that were kept.

        dx = dout ⊙ mask

    Shapes: dout of the shape of x  ->  dx of the same shape.
    The mask is that of the forward pass, with its factor 1 / (1 - p): a dropped unit gets no
    gradient. In test mode dx is dout.

    Raises ValueError when dout has another shape than x had.

    Srivastava et al. 2014, JMLR 15; lectures L0, L2, L3, L4.

    >>> y, cache = dropout_forward(
    ...     np.ones(6), {"mode": "train", "p": 0.5, "rng": np.random.default_rng(0)}
    ... )
    >>> dropout_backward(np.arange(6.0), cache)
    array([ 0.,  0.,  0.,  0.,  8., 10.])
    """
    raise NotImplementedError



def l2_penalty(W, reg):
    """Penalise large weights by their squares: many small weights are preferred to a few large
    ones.

        R = λ Σ W²        dW = 2 λ W

    Shapes: W of any shape  ->  penalty (a scalar), dW of the shape and dtype of W.
    reg λ ≥ 0. Without the factor one half, as in L1, L3 and L4 (L0 prints λ / 2), so the gradient
    has a factor 2. Nothing is divided by the number of weights or samples.

    Raises ValueError when reg is negative.

    Hoerl & Kennard 1970 (ridge regression); lectures L0, L1, L3, L4.

    >>> penalty, dW = l2_penalty(np.array([1.0, -2.0]), reg=0.5)
    >>> float(penalty), dW
    (2.5, array([ 1., -2.]))
    """
    raise NotImplementedError



def l1_penalty(W, reg):
    """Penalise weights by their size: it pulls equally hard at small and large ones, so that some
    arrive at zero.

        R = λ Σ |W|        dW = λ sign(W), sign(0) = 0

    Shapes: W of any shape  ->  penalty (a scalar), dW of the shape and dtype of W.
    reg λ ≥ 0. dW is a subgradient: |W| has a kink at 0. Plain gradient steps hop around that kink;
    `soft_shrinkage`
    is the step that lands on it.

    Raises ValueError when reg is negative.

    Tibshirani 1996 (the lasso); lectures L1, L3, L4.

    >>> penalty, dW = l1_penalty(np.array([1.0, -2.0, 0.0]), reg=0.5)
    >>> float(penalty), dW
    (1.5, array([ 0.5, -0.5,  0. ]))
    """
    raise NotImplementedError



def elastic_net_penalty(W, reg1, reg2):
    """Penalise weights by their size and by their squares.

        R = λ₁ Σ |W| + λ₂ Σ W²        dW = λ₁ sign(W) + 2 λ₂ W

    Shapes: W of any shape  ->  penalty (a scalar), dW of the shape and dtype of W.
    reg1 λ₁ ≥ 0 belongs to the absolute values, reg2 λ₂ ≥ 0 to the squares.

    Raises ValueError when reg1 or reg2 is negative.

    Zou & Hastie 2005; lecture L3.

    >>> penalty, dW = elastic_net_penalty(np.array([1.0, -2.0]), reg1=1.0, reg2=0.5)
    >>> float(penalty), dW
    (5.5, array([ 2., -3.]))
    """
    raise NotImplementedError



def soft_shrinkage(W, threshold):
    """Move every weight towards zero by threshold, and to exactly zero if it is no further away
    than that.

        S(W) = sign(W) max(|W| - s, 0) = W - clip(W, -s, s) = argmin_V  ½ ‖V - W‖² + s Σ |V|
        s = threshold

    Shapes: W of any shape  ->  the same shape and dtype.
    threshold ≥ 0. For a loss with the penalty λ Σ |W|: take a gradient step of the rate η on the
    data loss alone, then shrink by η λ. The weights that do not pay for themselves become exact
    zeros.

    Raises ValueError when threshold is negative.

    Tibshirani 1996, section 2.2; Donoho 1995 (soft thresholding).

    >>> soft_shrinkage(np.array([3.0, -0.5, 1.0, -1.5]), threshold=1.0)
    array([ 2. ,  0. ,  0. , -0.5])
    """
    raise NotImplementedError



def sgd_l2_step(w, dw, config=None):
    """One SGD step on the loss plus an L2 penalty: the penalty's gradient joins dw.

        w ← w - η (dw + λ w)        the gradient of  loss + λ/2 ‖w‖²

    Shapes: w, dw of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (default 1e-2), weight_decay λ (1e-2).
    λ w is the gradient of λ/2 ‖w‖², L0's form; `l2_penalty` has no one half. For SGD this equals
    `sgd_weight_decay_step`.

    Raises ValueError when dw has another shape than w, a hyperparameter is negative, or config has
    an unknown key.

    Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 1 and proposition 1; lectures L0, L4.

    >>> w, _ = sgd_l2_step(
    ...     np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1, "weight_decay": 0.5}
    ... )
    >>> w.round(6)
    array([0.75])
    """
    raise NotImplementedError



def sgd_weight_decay_step(w, dw, config=None):
    """One SGD step on the loss alone, while the weights shrink by a constant factor.

        w ← (1 - η λ) w - η dw

    Shapes: w, dw of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (default 1e-2), weight_decay λ (1e-2).
    The decay is multiplied by the learning rate, as in L0 and in PyTorch. L4 gives Hanson & Pratt's
    original without it, whose λ is this one's η λ.

    Raises ValueError when dw has another shape than w, a hyperparameter is negative, or config has
    an unknown key.

    Hanson & Pratt 1988; Loshchilov & Hutter 2019, arXiv:1711.05101, eq. 1 (without η); lectures L0,
    L4.

    >>> w, _ = sgd_weight_decay_step(
    ...     np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1, "weight_decay": 0.5}
    ... )
    >>> w.round(6)
    array([0.75])
    """
    raise NotImplementedError



def adam_l2_step(w, dw, config=None):
    """One Adam step on the loss plus an L2 penalty: the penalty's gradient goes through both
    moments.

        g = dw + λ w        m, v and the step of Adam from g

    Shapes: w, dw, m, v of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (default 1e-3), weight_decay λ (1e-2), beta1 (0.9) and beta2 (0.999) in
    [0, 1),
    epsilon (1e-8); state: m, v (zeros), t (0).
    λ w is divided by √v̂ along with dw, so that weights with large gradients hardly decay. This is
    the weight_decay of `torch.optim.Adam`, and not that of AdamW (`adam_decoupled_step`).

    Raises ValueError when dw, m or v has another shape than w, a hyperparameter is out of range, or
    config has an unknown key.

    Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2 (the first of its two variants);
    lectures L0, L4.

    >>> w, _ = adam_l2_step(
    ...     np.array([1.0]), np.array([0.0])
    ... )  # a step of η, although the gradient is only λ
    >>> w.round(6)
    array([0.999])
    """
    raise NotImplementedError



def adam_decoupled_step(w, dw, config=None):
    """One Adam step on the loss alone, while the weights shrink by a constant factor: AdamW.

        w ← (1 - η λ) w - η m̂ / (√v̂ + ε)        m̂, v̂ of Adam from dw

    Shapes: w, dw, m, v of any one shape  ->  next_w of the same shape and dtype, config.
    config: learning_rate η (default 1e-3), weight_decay λ (1e-2), beta1 (0.9) and beta2 (0.999) in
    [0, 1),
    epsilon (1e-8); state: m, v (zeros), t (0).
    λ w enters neither m nor v, so that all weights decay at the same relative speed. As in PyTorch
    the decay is multiplied by the learning rate; in the paper only by the schedule's factor.

    Raises ValueError when dw, m or v has another shape than w, a hyperparameter is out of range, or
    config has an unknown key.

    Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2 (the second of its two variants);
    lectures L0, L4.

    >>> w, _ = adam_decoupled_step(np.array([1.0]), np.array([0.0]))  # the decay is η λ = 1e-5
    >>> w.round(6)
    array([0.99999])
    """
    raise NotImplementedError



class EarlyStopping:
    """Stop when the validation loss has not improved for some time, and keep the parameters that
    were best.

        improved:  loss < best_loss - min_delta
        stop:  `patience` updates in a row without improvement

    patience ≥ 1: patience = 1 stops at the first update that is no better. min_delta ≥ 0 (default
    0): smaller gains do not count; they are measured from the best, so that many small ones add up.
    Call update(loss, params) once per epoch, with the loss on the validation set. params may be an
    array, or lists and dicts of arrays. A copy is kept: training goes on to change the arrays in
    place. A NaN counts as no improvement.

    Attributes: best_loss (inf at first), best_params (None at first), num_bad (updates since the
    best).

    Raises ValueError when patience is less than 1 or min_delta is negative.

    Prechelt 1998, "Early Stopping - But When?"; lectures L0, L2, L3, L4.

    >>> stopping = EarlyStopping(patience=2)
    >>> [stopping.update(loss, {"W": loss}) for loss in (3.0, 2.0, 2.5, 2.0)]
    [False, False, False, True]
    >>> stopping.best_loss, stopping.best_params
    (2.0, {'W': 2.0})
    """

    def __init__(self, patience, min_delta=0.0):
        raise NotImplementedError

    def update(self, loss, params):
        """Take one validation loss into account and return True when it is time to stop."""
        raise NotImplementedError
