# Style: dense numpy, dicts of functions and of caches
import layers
import numpy as np
from losses import softmax_loss

ACTIVATIONS = {
    "identity": (layers.identity_forward, layers.identity_backward),
    "sigmoid": (layers.sigmoid_forward, layers.sigmoid_backward),
    "tanh": (layers.tanh_forward, layers.tanh_backward),
    "relu": (layers.relu_forward, layers.relu_backward),
    "leaky_relu": (layers.leaky_relu_forward, layers.leaky_relu_backward),
    "elu": (layers.elu_forward, layers.elu_backward),
    "softplus": (layers.softplus_forward, layers.softplus_backward),
}


class MLP:
    def __init__(self, sizes, activation, rng):
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation should be one of {list(ACTIVATIONS)}, not {activation!r}")
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes should be two or more positive numbers, not {sizes}")
        self.activation = activation
        self.depth = len(sizes) - 1
        self.inputs = sizes[0]
        self.params = {}
        for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True), start=1):
            fans = fan_in if activation == "relu" else fan_in + fan_out
            self.params[f"W{layer}"] = rng.normal(0.0, np.sqrt(2 / fans), size=(fan_in, fan_out))
            self.params[f"b{layer}"] = np.zeros(fan_out)

    def _forward(self, X):
        X = np.asarray(X)
        if X.ndim == 0 or np.prod(X.shape[1:]) != self.inputs:
            raise ValueError(f"X should have {self.inputs} features per sample, but its shape is {X.shape}")
        f, _ = ACTIVATIONS[self.activation]
        caches = {}
        for layer in range(1, self.depth + 1):
            if layer > 1:
                X, caches[f"f{layer}"] = f(X)
            X, caches[f"a{layer}"] = layers.affine_forward(X, self.params[f"W{layer}"], self.params[f"b{layer}"])
        return X, caches

    def loss(self, X, y):
        scores, caches = self._forward(X)
        value, dout = softmax_loss(scores, y)
        _, f_backward = ACTIVATIONS[self.activation]
        grads = {}
        for layer in reversed(range(1, self.depth + 1)):
            dout, dW, db = layers.affine_backward(dout, caches[f"a{layer}"])
            grads.update({f"W{layer}": dW, f"b{layer}": db})
            if layer > 1:
                dout = f_backward(dout, caches[f"f{layer}"])
        return value, grads

    def predict(self, X):
        return np.argmax(self._forward(X)[0], axis=1)
