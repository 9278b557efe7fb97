# Style: plain loops, an if for every activation
import math

import numpy as np
from layers import (
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
from losses import softmax_loss


class MLP:
    def __init__(self, sizes, activation, rng):
        if len(sizes) < 2:
            raise ValueError(f"sizes needs two entries or more, but it is {sizes}")
        for size in sizes:
            if size < 1:
                raise ValueError(f"sizes has the entry {size}, which is below 1")
        if activation == "identity":
            self.forward, self.backward = identity_forward, identity_backward
        elif activation == "sigmoid":
            self.forward, self.backward = sigmoid_forward, sigmoid_backward
        elif activation == "tanh":
            self.forward, self.backward = tanh_forward, tanh_backward
        elif activation == "relu":
            self.forward, self.backward = relu_forward, relu_backward
        elif activation == "leaky_relu":
            self.forward, self.backward = leaky_relu_forward, leaky_relu_backward
        elif activation == "elu":
            self.forward, self.backward = elu_forward, elu_backward
        elif activation == "softplus":
            self.forward, self.backward = softplus_forward, softplus_backward
        else:
            raise ValueError(f"activation is {activation}, which I do not know")
        self.layers = len(sizes) - 1
        self.features = sizes[0]
        self.params = {}
        for i in range(1, len(sizes)):
            variance = 2 / sizes[i - 1] if activation == "relu" else 2 / (sizes[i - 1] + sizes[i])
            self.params["W" + str(i)] = math.sqrt(variance) * rng.standard_normal((sizes[i - 1], sizes[i]))
            self.params["b" + str(i)] = np.zeros(sizes[i])

    def scores(self, X):
        X = np.asarray(X)
        if X.ndim == 0 or math.prod(X.shape[1:]) != self.features:
            raise ValueError(f"X of shape {X.shape} has not {self.features} features per sample")
        h, caches = X, []
        for i in range(1, self.layers + 1):
            h, cache = affine_forward(h, self.params["W" + str(i)], self.params["b" + str(i)])
            caches.append(cache)
            if i < self.layers:
                h, cache = self.forward(h)
                caches.append(cache)
        return h, caches

    def loss(self, X, y):
        scores, caches = self.scores(X)
        loss, dh = softmax_loss(scores, y)
        grads = {}
        for i in range(self.layers, 0, -1):
            if i < self.layers:
                dh = self.backward(dh, caches.pop())
            dh, grads["W" + str(i)], grads["b" + str(i)] = affine_backward(dh, caches.pop())
        return loss, grads

    def predict(self, X):
        scores, _ = self.scores(X)
        labels = []
        for row in scores.tolist():
            labels.append(row.index(max(row)))
        return np.array(labels, dtype=int)
