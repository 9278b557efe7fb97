# Style: plain Python loops over every pixel, channel and weight; one image at a time.
import math

import numpy as np
from convolution import conv_backward, conv_forward, max_pool_backward, max_pool_forward


class ConvNet:
    def __init__(self, input_shape, num_filters, filter_size, num_classes, rng):
        if filter_size % 2 != 1:
            raise ValueError("filter_size must be odd")
        C, H, W = input_shape
        if H < 2 or W < 2:
            raise ValueError("input_shape is too small to be pooled")
        self.expects = (C, H, W)
        self.classes = num_classes
        inputs = num_filters * (H // 2) * (W // 2)
        spread1 = math.sqrt(2 / (C * filter_size * filter_size))
        spread2 = math.sqrt(2 / inputs)
        W1 = np.zeros((num_filters, C, filter_size, filter_size))
        for place in np.ndindex(*W1.shape):
            W1[place] = rng.normal(0, spread1)
        W2 = np.zeros((inputs, num_classes))
        for place in np.ndindex(*W2.shape):
            W2[place] = rng.normal(0, spread2)
        self.params = {"W1": W1, "b1": np.zeros(num_filters), "W2": W2, "b2": np.zeros(num_classes)}

    def scores_of(self, image):
        """The scores of one image as a list, and what the way back needs."""
        p = self.params
        hidden, conv_cache = conv_forward(image, p["W1"], p["b1"], {"stride": 1, "pad": (p["W1"].shape[2] - 1) // 2})
        active = np.zeros_like(hidden)
        for place in np.ndindex(*hidden.shape):
            active[place] = max(0.0, hidden[place])
        pooled, pool_cache = max_pool_forward(active, {"pool_height": 2, "pool_width": 2, "stride": 2})
        flat = list(pooled.ravel())
        scores = []
        for m in range(self.classes):
            total = p["b2"][m]
            for d in range(len(flat)):
                total += flat[d] * p["W2"][d, m]
            scores.append(total)
        return scores, (hidden, conv_cache, pooled, pool_cache, flat)

    def check(self, X):
        if tuple(X.shape[1:]) != self.expects:
            raise ValueError(f"X has images of shape {X.shape[1:]}, this network reads {self.expects}")

    def loss(self, X, y):
        self.check(X)
        N = len(X)
        if len(y) != N:
            raise ValueError("y needs one label for each image")
        for label in y:
            if label < 0 or label >= self.classes:
                raise ValueError(f"y holds the label {label}")
        total = 0.0
        grads = {name: np.zeros(value.shape) for name, value in self.params.items()}
        for n in range(N):
            scores, (hidden, conv_cache, pooled, pool_cache, flat) = self.scores_of(X[n : n + 1])
            top = max(scores)
            summed = 0.0
            for score in scores:
                summed += math.exp(score - top)
            total += math.log(summed) + top - scores[y[n]]
            dflat = np.zeros(len(flat))
            for m in range(self.classes):
                d = (math.exp(scores[m] - top) / summed - (1 if m == y[n] else 0)) / N
                grads["b2"][m] += d
                for i in range(len(flat)):
                    grads["W2"][i, m] += d * flat[i]
                    dflat[i] += d * self.params["W2"][i, m]
            dhidden = max_pool_backward(dflat.reshape(pooled.shape), pool_cache)
            for place in np.ndindex(*hidden.shape):
                if hidden[place] <= 0:
                    dhidden[place] = 0.0
            _, dW1, db1 = conv_backward(dhidden, conv_cache)
            grads["W1"] += dW1
            grads["b1"] += db1
        return total / N, grads

    def predict(self, X):
        self.check(X)
        labels = []
        for n in range(len(X)):
            scores, _ = self.scores_of(X[n : n + 1])
            labels.append(scores.index(max(scores)))
        return np.array(labels)
