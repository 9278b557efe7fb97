"""A residual network of 56 layers learns to read digits; the same stack without its shortcuts does
not.

Run from the project's root: python -m benchmarks.examples.residual_depth
"""

import time

import torch

from reference.torch_models import ResidualCNN
from reference.torch_training import evaluate, fit, load_digits


def train(residual, data, depth=56):
    """Eight epochs with Adam; returns the history and the accuracy on the test digits."""
    torch.manual_seed(0)
    model = ResidualCNN(depth, width=8, residual=residual)
    history = fit(
        model,
        data,
        {"num_epochs": 8, "learning_rate": 3e-3, "schedule": "cosine"},
        "cpu",
        rng_seed=0,
    )
    _, accuracy = evaluate(model, [(data["X_test"], data["y_test"])], "cpu")
    return history, accuracy


def main():
    """Reached: the last training loss and the test accuracy, with and without the shortcuts."""
    torch.set_num_threads(1)
    data = load_digits()
    reached = {}
    for name, residual in (("residual", True), ("plain", False)):
        history, accuracy = train(residual, data)
        reached[f"{name}_train_loss"] = history["train_loss"][-1]
        reached[f"{name}_test_accuracy"] = accuracy
    return reached


if __name__ == "__main__":
    start = time.perf_counter()
    print(main(), f"in {time.perf_counter() - start:.1f} s")
