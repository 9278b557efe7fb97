"""A network of Values, one number at a time, learns the exclusive or; twenty seeds.

Run from the project's root: python -m benchmarks.examples.xor_values
"""

import time

import numpy as np

from reference.autodiff import train_xor

POINTS, LABELS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
SEEDS = range(20)


def main():
    """Reached: the share of the seeds that classify all four points, and the largest final hinge
    loss of any seed.
    """
    learned, losses = [], []
    for seed in SEEDS:
        predict, history = train_xor(300, 0.3, np.random.default_rng(seed))
        learned.append(bool((predict(POINTS) == LABELS).all()))
        losses.append(history[-1])
    return {"learned": float(np.mean(learned)), "worst_loss": max(losses)}


if __name__ == "__main__":
    start = time.perf_counter()
    print(main(), f"in {time.perf_counter() - start:.1f} s")
