"""The perceptron converges on separable data, no later than Novikoff's bound says, and never learns
XOR.

Run from the project's root: python -m benchmarks.examples.perceptron
"""

import time

import numpy as np

from reference.linear import append_bias, perceptron_predict, train_perceptron


def separable(rng, n=200, margin=0.02):
    """Points in the plane, with a bias feature, that a line separates by a margin."""
    normal = np.array([0.6, -0.64, 0.48])  # of length 1
    x = append_bias(rng.uniform(-1, 1, (3 * n, 2)))
    x = x[np.abs(x @ normal) > margin][:n]  # (n, 3)
    return x, (x @ normal > 0).astype(int), margin


def epochs_to_converge(x, y):
    """How many times the perceptron must see the samples until all its predictions are right."""
    epochs = 1
    while np.any(perceptron_predict(x, train_perceptron(x, y, 1.0, epochs)) != y):
        epochs += 1
    return epochs


def main():
    """Reached: the most epochs that ten data sets need, Novikoff's bound on the mistakes, the best
    accuracy on XOR."""
    data = [separable(np.random.default_rng(seed)) for seed in range(10)]
    xor = append_bias(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    labels = np.array([0, 1, 1, 0])
    thetas = [train_perceptron(xor, labels, 1.0, epochs) for epochs in range(100)]
    return {
        "most_epochs": max(epochs_to_converge(x, y) for x, y, _ in data),
        "bound_on_mistakes": max(
            float((x**2).sum(axis=1).max() / margin**2) for x, _, margin in data
        ),
        "best_xor_accuracy": max(
            float(np.mean(perceptron_predict(xor, theta) == labels)) for theta in thetas
        ),
    }


if __name__ == "__main__":
    start = time.perf_counter()
    print(main(), f"in {time.perf_counter() - start:.1f} s")
