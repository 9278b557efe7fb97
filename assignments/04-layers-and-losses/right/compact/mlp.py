# Style: compact; the network is a list of steps back, built on the way forward
from itertools import pairwise

import layers
import numpy as np
from losses import softmax_loss

NAMES = "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus"


class MLP:
    def __init__(self, sizes, activation, rng):
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes is {sizes}: two or more, each at least 1")
        if activation not in NAMES:
            raise ValueError(f"activation is {activation!r} and none of {NAMES}")
        self.f, self.df = (getattr(layers, f"{activation}_{way}") for way in ("forward", "backward"))
        self.sizes, self.params = tuple(sizes), {}
        for k, (D, M) in enumerate(pairwise(sizes), 1):
            scale = (2 / (D if activation == "relu" else D + M)) ** 0.5
            self.params |= {f"W{k}": scale * rng.normal(size=(D, M)), f"b{k}": np.zeros(M)}

    def run(self, X):
        if not np.ndim(X) or np.prod(np.shape(X)[1:]) != self.sizes[0]:
            raise ValueError(f"X is {np.shape(X)}, and a sample must have {self.sizes[0]} features")
        out, tape = X, []
        for k in range(1, len(self.sizes)):
            out, bent = self.f(out) if k > 1 else (out, None)
            out, flat = layers.affine_forward(out, self.params[f"W{k}"], self.params[f"b{k}"])
            tape.append((k, bent, flat))
        return out, tape

    def loss(self, X, y):
        scores, tape = self.run(X)
        loss, d = softmax_loss(scores, y)
        grads = {}
        for k, bent, flat in reversed(tape):
            d, grads[f"W{k}"], grads[f"b{k}"] = layers.affine_backward(d, flat)
            d = self.df(d, bent) if k > 1 else d
        return loss, grads

    def predict(self, X):
        return self.run(X)[0].argmax(1)
