import numpy as np

from layers import affine_backward, affine_forward, relu_backward, relu_forward
from losses import softmax_loss


def tanh_forward(x):
    t = np.tanh(x)
    return t, t


def tanh_backward(dout, t):
    return dout * (1 - t * t)


ACTIVATIONS = {"relu": (relu_forward, relu_backward), "tanh": (tanh_forward, tanh_backward)}


class MLP:
    def __init__(self, sizes, activation, rng):
        self.depth = len(sizes) - 1
        self.act, self.act_back = ACTIVATIONS[activation]
        self.params = {}
        for k in range(self.depth):
            fan_in, fan_out = sizes[k], sizes[k + 1]
            self.params[f"W{k + 1}"] = rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))
            self.params[f"b{k + 1}"] = np.zeros(fan_out)

    def scores(self, X):
        caches, h = [], X
        for k in range(1, self.depth + 1):
            h, cache = affine_forward(h, self.params[f"W{k}"], self.params[f"b{k}"])
            caches.append(cache)
            if k < self.depth:
                h, cache = self.act(h)
                caches.append(cache)
        return h, caches

    def loss(self, X, y):
        scores, caches = self.scores(X)
        loss, grad = softmax_loss(scores, y)
        grads = {}
        for k in range(self.depth, 0, -1):
            if k < self.depth:
                grad = self.act_back(grad, caches.pop())
            grad, grads[f"W{k}"], grads[f"b{k}"] = affine_backward(grad, caches.pop())
        return loss, grads

    def predict(self, X):
        return self.scores(X)[0].argmax(axis=1)
