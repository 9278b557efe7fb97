# Style: im2col; the parameters are read into local names, the softmax is one-hot algebra.
import numpy as np
from convolution import conv_backward, conv_forward, max_pool_backward, max_pool_forward

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


class ConvNet:
    def __init__(self, input_shape, num_filters, filter_size, num_classes, rng):
        if not filter_size % 2:
            raise ValueError(f"filter_size is {filter_size}: it has no middle")
        self.shape = tuple(input_shape)
        if min(self.shape[1:]) < 2:
            raise ValueError(f"input_shape {self.shape} leaves nothing to pool")
        self.pad = (filter_size - 1) // 2
        first = (num_filters, self.shape[0], filter_size, filter_size)
        second = (num_filters * (self.shape[1] // 2) * (self.shape[2] // 2), num_classes)
        self.params = {
            "W2": rng.standard_normal(second) * (2 / second[0]) ** 0.5,
            "b2": np.zeros(num_classes),
            "W1": rng.standard_normal(first) * (2 / np.prod(first[1:])) ** 0.5,
            "b1": np.zeros(num_filters),
        }

    def forward(self, X):
        if np.shape(X)[1:] != self.shape:
            raise ValueError(f"X holds {np.shape(X)[1:]}, not {self.shape}")
        p = self.params
        a, conv_cache = conv_forward(X, p["W1"], p["b1"], {"stride": 1, "pad": self.pad})
        h, pool_cache = max_pool_forward(a * (a > 0), POOL)
        flat = h.reshape(len(X), -1)
        return flat @ p["W2"] + p["b2"], flat, (a > 0, conv_cache, pool_cache, h.shape)

    def loss(self, X, y):
        scores, flat, (on, conv_cache, pool_cache, h_shape) = self.forward(X)
        N, M = scores.shape
        y = np.asarray(y)
        if y.shape != (N,) or not np.isin(y, np.arange(M)).all():
            raise ValueError(f"y must be {N} labels below {M}")
        scores = scores - scores.max(axis=1)[:, None]
        log_sum = np.log(np.exp(scores).sum(axis=1))
        onehot = np.eye(M)[y]
        loss = (log_sum - (scores * onehot).sum(axis=1)).sum() / N
        dscores = (np.exp(scores - log_sum[:, None]) - onehot) / N
        dh = (dscores @ self.params["W2"].T).reshape(h_shape)
        _, dW1, db1 = conv_backward(max_pool_backward(dh, pool_cache) * on, conv_cache)
        return loss, {"W1": dW1, "b1": db1, "W2": flat.T @ dscores, "b2": np.ones(N) @ dscores}

    def predict(self, X):
        return np.argmax(self.forward(X)[0], axis=-1)
