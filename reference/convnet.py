"""A small convolutional network for images: one convolution, one pooling layer, one affine
layer.
"""

import numpy as np

from .convolution import conv_backward, conv_forward, max_pool_backward, max_pool_forward

__all__ = ["ConvNet"]


class ConvNet:
    """Classify images with  convolution - ReLU - 2x2 max pooling - affine - softmax.

        h = maxpool(relu(conv(X, W1, b1)))
        scores = flatten(h) W2 + b2
        p = softmax(scores)

    input_shape: (C, H, W) of one image. num_filters: F. filter_size: K, odd; the convolution has
    stride 1 and pad
    (K - 1) / 2, so that it keeps the size of the image.  num_classes: M.  rng: draws the weights.

    params: a dict of W1 (F, C, K, K), b1 (F,), W2 (F · ⌊H/2⌋ · ⌊W/2⌋, M) and b2 (M,). An optimizer
    replaces its values. The weights begin as N(0, 2 / fan-in) after He et al., with fan-in C · K²
    for W1 and the number of its rows for W2; the biases begin at 0. All are float64; when they and
    the images are made float32, so are the gradients.

    The same few weights look at every place, and the pooling lets a feature move by a pixel: a
    shifted digit costs this network less accuracy than it costs an MLP.

    Raises ValueError when filter_size is even or the images are smaller than 2 x 2.

    LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition.
    Initialisation: He, Zhang, Ren & Sun 2015, arXiv:1502.01852, eq. 10. Lectures L0 and L3.

    >>> net = ConvNet(
    ...     (1, 8, 8), num_filters=4, filter_size=3, num_classes=10, rng=np.random.default_rng(0)
    ... )
    >>> {name: value.shape for name, value in net.params.items()}
    {'W1': (4, 1, 3, 3), 'b1': (4,), 'W2': (64, 10), 'b2': (10,)}
    """

    def __init__(self, input_shape, num_filters, filter_size, num_classes, rng):
        C, H, W = input_shape
        if filter_size % 2 == 0:
            raise ValueError(f"filter_size is {filter_size}, expected an odd number")
        if min(H, W) < 2:
            raise ValueError(
                f"input_shape is {input_shape}, expected images of at least 2 x 2 pixels for the "
                "pooling"
            )
        self.input_shape = (C, H, W)
        fan_in1, fan_in2 = C * filter_size**2, num_filters * (H // 2) * (W // 2)
        self.params = {
            "W1": rng.normal(0, np.sqrt(2 / fan_in1), (num_filters, C, filter_size, filter_size)),
            "b1": np.zeros(num_filters),
            "W2": rng.normal(0, np.sqrt(2 / fan_in2), (fan_in2, num_classes)),
            "b2": np.zeros(num_classes),
        }

    def loss(self, X, y):
        """Return the mean cross-entropy of the images X with the labels y, and its gradients.

            loss = -1/N Σₙ log p[n, yₙ]

        Shapes: X (N, C, H, W); y (N,) integers in 0 … M - 1 -> loss, grads: a dict with the keys of
        params.

        Raises ValueError when X is not (N, *input_shape), or a label is out of range.

        >>> net = ConvNet((1, 4, 4), 2, 3, 10, np.random.default_rng(0))
        >>> loss, _ = net.loss(np.zeros((5, 1, 4, 4)), np.arange(5))  # equal scores
        >>> float(loss.round(4)), float(np.log(10).round(4))
        (2.3026, 2.3026)
        """
        scores, (conv_cache, hidden, pool_cache, pooled) = self._forward(X)
        loss, dscores = _softmax_loss(scores, y)  # dscores (N, M)
        grads = {"W2": pooled.reshape(len(X), -1).T @ dscores, "b2": dscores.sum(axis=0)}
        dpooled = (dscores @ self.params["W2"].T).reshape(pooled.shape)  # (N, F, H/2, W/2)
        dhidden = max_pool_backward(dpooled, pool_cache) * (hidden > 0)  # (N, F, H, W)
        _, grads["W1"], grads["b1"] = conv_backward(dhidden, conv_cache)
        return loss, grads

    def predict(self, X):
        """Return the label with the highest score for each image: X (N, C, H, W)  ->  (N,).

        >>> ConvNet((1, 4, 4), 2, 3, 10, np.random.default_rng(0)).predict(np.zeros((2, 1, 4, 4)))
        array([0, 0])
        """
        return self._forward(X)[0].argmax(axis=1)

    def _forward(self, X):
        """Return the scores (N, M) and what the backward pass needs."""
        if X.shape[1:] != self.input_shape:
            raise ValueError(
                f"X has shape {X.shape}, expected (N, {', '.join(map(str, self.input_shape))})"
            )
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        # hidden is (N, F, H, W).
        hidden, conv_cache = conv_forward(X, W1, b1, {"stride": 1, "pad": W1.shape[2] // 2})
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        pooled, pool_cache = max_pool_forward(np.maximum(hidden, 0), pool_param)  # (N, F, H/2, W/2)
        return pooled.reshape(len(X), -1) @ W2 + b2, (conv_cache, hidden, pool_cache, pooled)


def _softmax_loss(scores, y):
    """Return the mean cross-entropy of scores (N, M) with the labels y (N,), and its gradient (N,
    M).
    """
    N, M = scores.shape
    if y.shape != (N,) or y.min() < 0 or y.max() >= M:
        raise ValueError(
            f"y has {y.shape} labels from {y.min()} to {y.max()}, expected ({N},) from 0 to {M - 1}"
        )
    shifted = scores - scores.max(axis=1, keepdims=True)  # exp cannot overflow
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dscores = np.exp(log_probs)  # (N, M)
    dscores[np.arange(N), y] -= 1
    return -log_probs[np.arange(N), y].mean(), dscores / N
