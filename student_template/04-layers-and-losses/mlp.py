"""The multilayer perceptron: affine layers with an activation between them, of any depth."""

from itertools import pairwise
import numpy as np
from layers import affine_backward, affine_forward, elu_backward, elu_forward, identity_backward, identity_forward, leaky_relu_backward, leaky_relu_forward, relu_backward, relu_forward, sigmoid_backward, sigmoid_forward, softplus_backward, softplus_forward, tanh_backward, tanh_forward
from losses import softmax_loss


class MLP:
    """A classifier of any depth: affine, activation, affine, activation, …, affine, softmax loss.

        h₀ = X        hₗ = f(hₗ₋₁ Wₗ + bₗ) for l < L        scores = h_{L-1} W_L + b_L

    sizes: the width of every layer, [D, H₁, …, C]: D features per sample, hidden layers of H₁, H₂,
    … units, C classes. [D, C], without a hidden layer, is a linear classifier.
    activation: "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu" or "softplus". There is
    none after the last layer: scores are unbounded, and the softmax is inside the loss.
    rng: a numpy Generator, for the weights.

    params: a dict with the keys W1, b1, W2, b2, …; Wₗ (sizes[l - 1], sizes[l]), bₗ (sizes[l],),
    float64. An optimizer replaces or changes its entries, and `loss` and `predict` always use what
    is in it.

    The weights start at random, since equal units would stay equal, with a variance that carries
    the signal through the layers: N(0, 2 / fan_in) for ReLU (He et al. 2015), N(0, 2 / (fan_in +
    fan_out)) for the others (Glorot & Bengio 2010). Biases start at zero.

    Raises ValueError when sizes has fewer than two entries or one below 1, or activation is
    unknown.

    Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating errors".
    Initialisation: He et al., arXiv:1502.01852, eq. 10; Glorot & Bengio, eq. 12. Lectures L0, L3,
    L4.

    >>> model = MLP([2, 8, 2], "tanh", np.random.default_rng(0))
    >>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> for _ in range(200):
    ...     loss, grads = model.loss(X, y)
    ...     for name, gradient in grads.items():
    ...         model.params[name] -= 1.0 * gradient
    >>> model.predict(X)  # XOR, which no linear classifier can learn
    array([0, 1, 1, 0])
    """

    def __init__(self, sizes, activation, rng):
        raise NotImplementedError

    def loss(self, X, y):
        """Return the softmax loss of a batch and its gradient with respect to every parameter.

            dhₗ₋₁, dWₗ, dbₗ come from dhₗ: the layers in reverse, each by its own backward function

        Shapes: X (N, D), or (N, d₁, …, d_k) with D = d₁ ⋯ d_k; y (N,) integer labels in [0, C) ->
        loss (a scalar), grads: a dict with the keys and shapes of params.

        Raises ValueError when X has not D features per sample, or y is not of N integers in [0, C).
        """
        raise NotImplementedError

    def predict(self, X):
        """Return the class with the highest score for each sample.

        Shapes: X as in `loss`  ->  (N,) integer labels. Ties go to the smallest label.
        """
        raise NotImplementedError
