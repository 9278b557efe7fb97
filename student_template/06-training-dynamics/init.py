"""Initial weights, and what they do to the signal and the gradient in a deep stack of layers.

Every initialiser is called as `init(fan_in, fan_out, rng)` and returns W of shape (fan_in,
fan_out), as `x @ W` needs it. (PyTorch stores the transpose.) For a convolution fan_in is C * HH *
WW. Biases start at zero.
"""

import numpy as np


def zeros_init(fan_in, fan_out, rng=None):  # noqa: ARG001 - all initialisers are called alike
    """Return weights that are all zero: right for biases, and what not to do with weights.

        W = 0

    Shapes: W (fan_in, fan_out), float64. rng is not used.
    Units that start equal get equal gradients, so they stay equal however long they train: a waste
    of capacity.

    Raises ValueError when fan_in or fan_out is less than 1.

    Lectures L0, L4.

    >>> zeros_init(2, 3)
    array([[0., 0., 0.],
           [0., 0., 0.]])
    """
    raise NotImplementedError



def small_normal_init(fan_in, fan_out, rng, std=0.01):
    """Return small random weights of one size for every layer.

        W ~ N(0, std²)

    Shapes: W (fan_in, fan_out), float64. std (default 0.01) is the standard deviation, not the
    variance.
    Breaks the symmetry, but knows nothing of the layer's size: in a deep network the signal dies
    out (small std) or explodes (large std).

    Raises ValueError when fan_in or fan_out is less than 1, or std is negative.

    Lecture L4.

    >>> small_normal_init(100, 200, np.random.default_rng(0)).std().round(3)
    np.float64(0.01)
    """
    raise NotImplementedError



def fan_in_init(fan_in, fan_out, rng):
    """Return normal weights that keep the variance of a linear layer's output equal to that of its
    input.

        W ~ N(0, 1 / fan_in)

    Shapes: W (fan_in, fan_out), float64.
    A unit sums fan_in terms, each of variance Var[w] Var[x]. The standard deviation is √(1 /
    fan_in); fan_in counts the inputs of a unit, the rows of W.

    Raises ValueError when fan_in or fan_out is less than 1.

    LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.6; lectures L0, L4.

    >>> fan_in_init(400, 100, np.random.default_rng(0)).std().round(3)
    np.float64(0.05)
    """
    raise NotImplementedError



def he_normal_init(fan_in, fan_out, rng):
    """Return normal weights for layers with ReLU, which throws half of the signal away.

        W ~ N(0, 2 / fan_in)

    Shapes: W (fan_in, fan_out), float64.
    2 / fan_in is the variance; the standard deviation is its root. Twice `fan_in_init`'s variance
    makes up for the half that ReLU sets to zero.

    Raises ValueError when fan_in or fan_out is less than 1.

    He, Zhang, Ren & Sun 2015, arXiv:1502.01852, eq. 10; lecture L4.

    >>> he_normal_init(200, 200, np.random.default_rng(0)).std().round(3)
    np.float64(0.1)
    """
    raise NotImplementedError



def xavier_uniform_init(fan_in, fan_out, rng):
    """Return uniform weights that balance the signal on its way forward and the gradient on its way
    back.

        W ~ U(-a, a)        a = √(6 / (fan_in + fan_out))

    Shapes: W (fan_in, fan_out), float64.
    Var[W] = a² / 3 = 2 / (fan_in + fan_out), between 1 / fan_in (keeps the signal) and 1 / fan_out
    (keeps the gradient). Made for tanh and sigmoid. L4 prints a = 1/√n under this name: that is the
    paper's eq. 1, the heuristic which the paper replaces.

    Raises ValueError when fan_in or fan_out is less than 1.

    Glorot & Bengio 2010, eq. 16; lecture L4.

    >>> abs(xavier_uniform_init(2, 4, np.random.default_rng(0))).max() < 1  # √(6 / 6)
    np.True_
    """
    raise NotImplementedError



def activation_statistics(depth, activation, init, rng, width=64, batch_size=64, skip=False):
    """Measure how large the signal is after each layer of a deep network that has just been
    initialised.

        h₀ ~ N(0, 1)
        hₗ = φ(hₗ₋₁ Wₗ), with skip: hₗ = hₗ₋₁ + φ(hₗ₋₁ Wₗ)
        for l = 1 … depth

    depth: number of layers, each width x width without bias; activation φ: "sigmoid", "tanh" or
    "relu"; init: any function init(fan_in, fan_out, rng) of this module. rng draws the input
    (batch_size, width), then W₁, W₂, …. Returns means (depth,) and stds (depth,) over all elements
    of h₁ … h_depth; the input is not among them.

    Raises ValueError when depth, width or batch_size is less than 1, or activation is unknown.

    Glorot & Bengio 2010, section 3; He et al. 2015, arXiv:1502.01852, section 2.2; lectures L0, L3.

    >>> means, stds = activation_statistics(20, "relu", small_normal_init, np.random.default_rng(0))
    >>> bool(stds[-1] < 1e-15 * stds[0])  # the signal is lost
    True
    >>> means, stds = activation_statistics(20, "relu", he_normal_init, np.random.default_rng(0))
    >>> bool(0.2 < stds[-1] / stds[0] < 5)
    True
    """
    raise NotImplementedError



def gradient_norms_by_layer(depth, activation, init, rng, width=64, batch_size=64, skip=False):
    """Measure how large the gradient of each layer's weights is in a deep network that has just
    been initialised.

        the stack of `activation_statistics`
        L = Σ ⟨R, h_depth⟩ / N, R ~ N(0, 1)
        norms[l] = ‖∂L/∂Wₗ₊₁‖

    depth: number of layers, each width x width without bias; activation φ: "sigmoid", "tanh" or
    "relu"; init: any function init(fan_in, fan_out, rng) of this module. N is batch_size. rng draws
    the input (N, width), W₁, W₂, …
    and at last R (N, width).
    Returns norms (depth,), from the first layer to the last. The gradient travels the other way, so
    that a vanishing gradient is small at norms[0]. Each layer multiplies it by φ' and by W: with
    sigmoid, φ' ≤ 1/4, it vanishes; with large weights and ReLU it explodes; `he_normal_init` keeps
    its size; a skip connection leads around the layer. ∂L/∂Wₗ is also a product with hₗ₋₁. With
    ReLU both are wrong by the same factor per layer, the one on its way forward and the other on
    its way back, so a bad scale shows in all norms alike and not in norms[0] / norms[-1].

    Raises ValueError when depth, width or batch_size is less than 1, or activation is unknown.

    Glorot & Bengio 2010, section 4.2; He et al. 2015, arXiv:1502.01852, section 2.2; He, Zhang, Ren
    & Sun 2016, arXiv:1603.05027, eq. 5 (skip connections); lectures L0, L3.

    >>> norms = gradient_norms_by_layer(20, "sigmoid", fan_in_init, np.random.default_rng(0))
    >>> bool(norms[0] < 1e-9 * norms[-1])
    True
    >>> norms = gradient_norms_by_layer(
    ...     20, "sigmoid", fan_in_init, np.random.default_rng(0), skip=True
    ... )
    >>> bool(norms[0] > 0.1 * norms[-1])
    True
    """
    raise NotImplementedError
