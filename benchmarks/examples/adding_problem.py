"""An LSTM remembers two marked numbers for up to 50 steps and adds them; a plain recurrent network
does not learn to.

Same size, same data, same training for both; three seeds.

Run from the project's root: python -m benchmarks.examples.adding_problem
"""

import time

import numpy as np

from reference.sequence_models import SequenceClassifier, adding_problem

STEPS, SEEDS = 50, range(3)


def test_error(cell, seed):
    """The mean squared error on sequences that the network has not seen."""
    rng = np.random.default_rng(seed)
    X, y = adding_problem(10_000, STEPS, rng)
    network = SequenceClassifier(cell, 2, 16, 1, rng, loss="mse")
    network.train(X, y, lr=0.02, num_steps=1000, batch_size=64, rng=rng)
    X, y = adding_problem(1000, STEPS, rng)
    return float(np.mean((network.predict(X) - y) ** 2))


def main():
    """Reached: the LSTM's error, mean and worst; the plain network's, mean and best; that of always
    answering 1.
    """
    lstm = [test_error("lstm", seed) for seed in SEEDS]
    rnn = [test_error("rnn", seed) for seed in SEEDS]
    return {
        "lstm_mse": float(np.mean(lstm)),
        "worst_lstm_mse": max(lstm),
        "rnn_mse": float(np.mean(rnn)),
        "best_rnn_mse": min(rnn),
        "baseline_mse": 1 / 6,
    }


if __name__ == "__main__":
    start = time.perf_counter()
    print(main(), f"in {time.perf_counter() - start:.1f} s")
