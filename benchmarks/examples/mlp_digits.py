"""An MLP reads handwritten digits: every image of scikit-learn's set is held out once, in five
folds.

Run from the project's root: python -m benchmarks.examples.mlp_digits
"""

import time

import numpy as np
from sklearn.datasets import load_digits

from reference.data import k_fold_indices
from reference.linear import minibatches
from reference.mlp import MLP


def train(X, y, rng, hidden=256, lr=0.5, batch_size=32, epochs=30):
    """Plain mini-batch gradient descent on an MLP with one hidden layer."""
    model = MLP([X.shape[1], hidden, 10], "relu", rng)
    for _ in range(epochs):
        for batch in minibatches(len(X), batch_size, rng):
            _, grads = model.loss(X[batch], y[batch])
            for name, gradient in grads.items():
                model.params[name] -= lr * gradient
    return model


def main():
    """Reached: the held-out accuracy over all folds, and in the worst of them."""
    rng = np.random.default_rng(0)
    X, y = load_digits(return_X_y=True)
    X = X / 16
    folds = k_fold_indices(len(X), 5, rng)
    right = []
    for held_out in folds:
        training = np.setdiff1d(np.arange(len(X)), held_out)
        model = train(X[training], y[training], rng)
        right.append(model.predict(X[held_out]) == y[held_out])
    return {
        "held_out_accuracy": float(np.concatenate(right).mean()),
        "worst_fold_accuracy": float(min(fold.mean() for fold in right)),
    }


if __name__ == "__main__":
    start = time.perf_counter()
    print(main(), f"in {time.perf_counter() - start:.1f} s")
