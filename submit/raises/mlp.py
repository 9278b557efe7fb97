import numpy as np

from layers import affine_forward, affine_backward, relu_forward, relu_backward
from losses import softmax_loss


class MLP:
    def __init__(self, sizes, activation, rng):
        self.params = {}
        for i in range(len(sizes) - 1):
            self.params["W" + str(i + 1)] = rng.normal(size=(sizes[i], sizes[i + 1])) * 0.1
            self.params["b" + str(i + 1)] = np.zeros(sizes[i + 1])
        self.L = len(sizes) - 1

    def loss(self, X, y):
        h = X
        caches = []
        for i in range(self.L):
            h, c = affine_forward(h, self.params["W" + str(i)], self.params["b" + str(i)])
            caches.append(c)
        loss, d = softmax_loss(h, y)
        grads = {}
        for i in reversed(range(self.L)):
            d, grads["W" + str(i)], grads["b" + str(i)] = affine_backward(d, caches[i])
        return loss, grads

    def predict(self, X):
        return np.argmax(X, axis=1)
