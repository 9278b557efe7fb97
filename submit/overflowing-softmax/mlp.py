import numpy as np

from layers import affine_backward, affine_forward, relu_backward, relu_forward
from losses import softmax_loss


class MLP:
    def __init__(self, sizes, activation, rng):
        if activation != "relu":
            raise ValueError("activation must be relu")
        self.num_layers = len(sizes) - 1
        self.params = {}
        for i in range(1, self.num_layers + 1):
            scale = np.sqrt(2.0 / sizes[i - 1])
            self.params["W%d" % i] = scale * rng.standard_normal((sizes[i - 1], sizes[i]))
            self.params["b%d" % i] = np.zeros(sizes[i])

    def forward(self, X):
        caches = []
        out = X
        for i in range(1, self.num_layers + 1):
            out, fc_cache = affine_forward(out, self.params["W%d" % i], self.params["b%d" % i])
            if i < self.num_layers:
                out, relu_cache = relu_forward(out)
            else:
                relu_cache = None
            caches.append((fc_cache, relu_cache))
        return out, caches

    def loss(self, X, y):
        scores, caches = self.forward(X)
        loss, dout = softmax_loss(scores, y)
        grads = {}
        for i in range(self.num_layers, 0, -1):
            fc_cache, relu_cache = caches[i - 1]
            if relu_cache is not None:
                dout = relu_backward(dout, relu_cache)
            dout, grads["W%d" % i], grads["b%d" % i] = affine_backward(dout, fc_cache)
        return loss, grads

    def predict(self, X):
        scores, _ = self.forward(X)
        return np.argmax(scores, axis=1)
