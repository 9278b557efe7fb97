# Style: einsum and closures; the loss gives back a Python float, the pooling comes before the ReLU (they commute).
import numpy as np
from convolution import conv_backward, conv_forward, max_pool_backward, max_pool_forward


class ConvNet:
    def __init__(self, input_shape, num_filters, filter_size, num_classes, rng):
        channels, height, width = input_shape
        if filter_size % 2 == 0:
            raise ValueError("filter_size must be odd")
        if height < 2 or width < 2:
            raise ValueError("input_shape must be at least 2 x 2")
        self.input_shape = channels, height, width
        pixels = (height // 2) * (width // 2)
        self.params = dict(
            W1=rng.normal(
                scale=np.sqrt(2 / (channels * filter_size**2)), size=(num_filters, channels, filter_size, filter_size)
            ),
            b1=np.zeros(num_filters),
            W2=rng.normal(scale=np.sqrt(2 / (num_filters * pixels)), size=(num_filters * pixels, num_classes)),
            b2=np.zeros(num_classes),
        )

    def _scores(self, X):
        if X.ndim != 4 or X.shape[1:] != self.input_shape:
            raise ValueError(f"X is {X.shape}; this network wants (N, *{self.input_shape})")
        pad = self.params["W1"].shape[2] // 2
        conv, conv_cache = conv_forward(X, self.params["W1"], self.params["b1"], {"stride": 1, "pad": pad})
        pooled, pool_cache = max_pool_forward(conv, {"pool_height": 2, "pool_width": 2, "stride": 2})
        active = np.maximum(pooled, 0)
        W2 = self.params["W2"].reshape(*pooled.shape[1:], -1)
        scores = np.einsum("nfij,fijm->nm", active, W2) + self.params["b2"]

        def backward(dscores):
            dactive = np.einsum("nm,fijm->nfij", dscores, W2)
            _, dW1, db1 = conv_backward(max_pool_backward(dactive * (pooled > 0), pool_cache), conv_cache)
            dW2 = np.einsum("nfij,nm->fijm", active, dscores).reshape(self.params["W2"].shape)
            return dict(W1=dW1, b1=db1, W2=dW2, b2=np.einsum("nm->m", dscores))

        return scores, backward

    def loss(self, X, y):
        scores, backward = self._scores(X)
        N, M = scores.shape
        if len(y) != N:
            raise ValueError(f"there are {N} images, but y has {len(y)} labels")
        if np.any((y < 0) | (y >= M)):
            raise ValueError(f"y has labels outside 0..{M - 1}")
        rows = np.arange(N)
        top = np.max(scores, axis=1, keepdims=True)
        log_p = scores - top - np.log(np.sum(np.exp(scores - top), axis=1, keepdims=True))
        dscores = np.exp(log_p)
        dscores[rows, y] -= 1.0
        return float(-np.mean(log_p[rows, y])), backward(dscores / N)

    def predict(self, X):
        return self._scores(X)[0].argmax(axis=1)
