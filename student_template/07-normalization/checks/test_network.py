from itertools import pairwise

import numpy as np
import pytest

from grader.checks import accuracy, assert_learns, digits

SIZES = (64, 32, 32, 32, 32, 10)
STEPS, LEARNING_RATE = 150, 0.3


class Network:
    """Affine layers and ReLU with the subject's batch norm between them, begun with weights that
    are far too small.
    """

    def __init__(self, subject, rng):
        self.subject = subject
        self.W = [0.01 * rng.normal(size=shape) for shape in pairwise(SIZES)]
        self.gamma = [np.ones(M) for M in SIZES[1:-1]]
        self.beta = [np.zeros(M) for M in SIZES[1:-1]]
        self.bn_params = [subject.hold({"mode": "train"}) for _ in SIZES[1:-1]]

    def scores(self, x):
        """The scores (N, 10), and what the way back needs."""
        passed = []
        for W, gamma, beta, bn_param in zip(
            self.W, self.gamma, self.beta, self.bn_params, strict=False
        ):
            out, cache = self.subject.batchnorm_forward(x @ W, gamma, beta, bn_param)
            passed.append((x, out, cache))
            x = np.maximum(out, 0)
        return x @ self.W[-1], x, passed

    def step(self, X, y):
        """One step of gradient descent on the softmax loss, which it returns."""
        scores, x, passed = self.scores(X)
        dscores = np.exp(scores - scores.max(axis=1, keepdims=True))
        dscores /= dscores.sum(axis=1, keepdims=True)
        loss = -np.log(dscores[np.arange(len(y)), y] + 1e-30).mean()
        dscores[np.arange(len(y)), y] -= 1
        dscores /= len(y)
        dW, dout = x.T @ dscores, dscores @ self.W[-1].T
        self.W[-1] = self.W[-1] - LEARNING_RATE * dW
        for k in reversed(range(len(passed))):
            x, out, cache = passed[k]
            dx, dgamma, dbeta = self.subject.batchnorm_backward(dout * (out > 0), cache)
            dW, dout = x.T @ dx, dx @ self.W[k].T
            self.W[k] = self.W[k] - LEARNING_RATE * dW
            self.gamma[k] = self.gamma[k] - LEARNING_RATE * dgamma
            self.beta[k] = self.beta[k] - LEARNING_RATE * dbeta
        return loss

    def predict(self, X):
        """Labels, in test mode."""
        for bn_param in self.bn_params:
            self.subject.write(bn_param, {"mode": "test"})
        return self.scores(X)[0].argmax(axis=1)


@pytest.mark.points(3)
@pytest.mark.concept("batchnorm")
@pytest.mark.depends(
    "test_batchnorm_backward", "test_batchnorm_keeps_running_statistics", "test_batchnorm_test_mode"
)
@pytest.mark.limits(seconds=20)
def test_batchnorm_trains_a_deep_network(student, calibration):
    """Batch norm: a network of five layers learns to read digits from weights that are twenty times
    too small
    """
    data = digits()

    def train(seed):
        rng = np.random.default_rng(seed)
        network = Network(student, rng)
        losses = []
        for _ in range(STEPS):
            chosen = rng.integers(len(data.y_train), size=64)
            losses.append(network.step(data.X_train[chosen], data.y_train[chosen]))
        return network.predict(data.X_test), losses

    assert_learns(
        train,
        metric=lambda result: accuracy(result[0], data.y_test),
        key="deep-digits",
        calibration=calibration,
        history=lambda result: result[1],
    )
