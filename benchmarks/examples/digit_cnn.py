"""The lecture's convolutional network, at its size for 8x8 images, reads handwritten digits.

Run from the project's root: python -m benchmarks.examples.digit_cnn
"""

import time

import torch

from reference.torch_models import DigitCNN
from reference.torch_training import evaluate, fit, load_digits

CONFIG = {"num_epochs": 20, "batch_size": 32, "learning_rate": 5e-3, "schedule": "cosine"}


def main():
    """Reached: the accuracy on held-out digits, the mean over three seeds and the worst of them."""
    torch.set_num_threads(1)
    data = load_digits()
    accuracies = []
    for seed in range(3):
        torch.manual_seed(seed)
        model = DigitCNN(image_size=8)
        fit(model, data, CONFIG, "cpu", rng_seed=seed)
        accuracies.append(evaluate(model, [(data["X_test"], data["y_test"])], "cpu")[1])
    return {"test_accuracy": sum(accuracies) / 3, "worst_test_accuracy": min(accuracies)}


if __name__ == "__main__":
    start = time.perf_counter()
    print(main(), f"in {time.perf_counter() - start:.1f} s")
