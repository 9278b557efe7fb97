"""The multilayer perceptron: affine layers with an activation between them, of any depth."""

from itertools import pairwise

import numpy as np

from .layers import (
    affine_backward,
    affine_forward,
    elu_backward,
    elu_forward,
    identity_backward,
    identity_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    softplus_backward,
    softplus_forward,
    tanh_backward,
    tanh_forward,
)
from .losses import softmax_loss

__all__ = ["MLP"]

_ACTIVATIONS = {
    "identity": (identity_forward, identity_backward),
    "sigmoid": (sigmoid_forward, sigmoid_backward),
    "tanh": (tanh_forward, tanh_backward),
    "relu": (relu_forward, relu_backward),
    "leaky_relu": (leaky_relu_forward, leaky_relu_backward),
    "elu": (elu_forward, elu_backward),
    "softplus": (softplus_forward, softplus_backward),
}


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
        _check_sizes(sizes)
        if activation not in _ACTIVATIONS:
            raise ValueError(
                f"activation is {activation!r}, expected one of {', '.join(_ACTIVATIONS)}"
            )
        self.params = {}
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            variance = 2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out)
            self.params[f"W{layer}"] = rng.normal(0, np.sqrt(variance), (fan_in, fan_out))
            self.params[f"b{layer}"] = np.zeros(fan_out)
        hidden_layers = len(sizes) - 2
        self._activations = [_ACTIVATIONS[activation]] * hidden_layers + [_ACTIVATIONS["identity"]]

    def loss(self, X, y):
        """Return the softmax loss of a batch and its gradient with respect to every parameter.

            dhₗ₋₁, dWₗ, dbₗ come from dhₗ: the layers in reverse, each by its own backward function

        Shapes: X (N, D), or (N, d₁, …, d_k) with D = d₁ ⋯ d_k; y (N,) integer labels in [0, C) ->
        loss (a scalar), grads: a dict with the keys and shapes of params.

        Raises ValueError when X has not D features per sample, or y is not of N integers in [0, C).
        """
        scores, caches = self._forward(X)
        loss, dout = softmax_loss(scores, y)
        grads = {}
        for layer in range(len(caches), 0, -1):
            affine_cache, activation_cache = caches.pop()
            _, activation_backward = self._activations[layer - 1]
            dout = activation_backward(dout, activation_cache)
            dout, grads[f"W{layer}"], grads[f"b{layer}"] = affine_backward(dout, affine_cache)
        return loss, grads

    def predict(self, X):
        """Return the class with the highest score for each sample.

        Shapes: X as in `loss`  ->  (N,) integer labels. Ties go to the smallest label.
        """
        scores, _ = self._forward(X)
        return scores.argmax(axis=1)

    def _forward(self, X):
        """Scores (N, C), and for each layer the caches of its affine map and its activation."""
        out, caches = X, []
        for layer, (activation_forward, _) in enumerate(self._activations, start=1):
            out, affine_cache = affine_forward(
                out, self.params[f"W{layer}"], self.params[f"b{layer}"]
            )
            out, activation_cache = activation_forward(out)
            caches.append((affine_cache, activation_cache))
        return out, caches


def _check_sizes(sizes):
    if len(sizes) < 2:
        raise ValueError(
            f"sizes is {list(sizes)}, expected at least two: the features per sample and the "
            "classes"
        )
    if min(sizes) < 1:
        raise ValueError(f"sizes is {list(sizes)}, but every layer needs at least one unit")
