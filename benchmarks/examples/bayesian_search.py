"""Bayesian search finds better points than random search with the same number of trials.

Two test functions of global optimisation, and the two hyper-parameters of a classifier of digits.
Run from the project's root: python -m benchmarks.examples.bayesian_search
"""

import math
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from reference.selection import bayesian_search, random_search

NUM_TRIALS, SEEDS = 30, range(10)

# Hartmann's function of six variables: Dixon & Szegö 1978.
HARTMANN_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def branin(p):
    """How far a point is above the minimum of Branin's function, which has three."""
    x, y = p["x"], p["y"]
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.397887


def hartmann(p):
    """How far a point is above the minimum of Hartmann's function."""
    wells = np.exp(-(HARTMANN_A * (np.array(list(p.values())) - HARTMANN_P) ** 2).sum(axis=1))
    return 3.32237 - float(np.array([1.0, 1.2, 3.0, 3.2]) @ wells)


def digits_error(p):
    """Share of held-out digits that a kernel SVM with these hyper-parameters gets wrong."""
    return 1 - SVC(C=p["C"], gamma=p["gamma"]).fit(X[:300], Y[:300]).score(X[300:900], Y[300:900])


X, Y = load_digits(return_X_y=True)
TASKS = {
    "branin": (branin, {"x": (-5, 10), "y": (0, 15)}, NUM_TRIALS),
    "hartmann": (hartmann, {f"x{i}": (0, 1) for i in range(6)}, NUM_TRIALS),
    "digits": (digits_error, {"C": (1e-3, 1e3, "log"), "gamma": (1e-7, 1.0, "log")}, 12),
}


def main():
    """Reached for each task: the median best value of either search over the seeds, and how often
    the Bayesian won."""
    reached = {}
    for name, (objective, bounds, n) in TASKS.items():
        best = {
            search: np.array(
                [search(bounds, objective, n, np.random.default_rng(seed))[1] for seed in SEEDS]
            )
            for search in (bayesian_search, random_search)
        }
        bayesian, random = best[bayesian_search], best[random_search]
        reached[f"{name}_bayesian"] = float(np.median(bayesian))
        reached[f"{name}_random"] = float(np.median(random))
        reached[f"{name}_wins"] = float(np.mean(bayesian < random))
        reached[f"{name}_losses"] = float(np.mean(bayesian > random))
    return reached


if __name__ == "__main__":
    start = time.perf_counter()
    print(main(), f"in {time.perf_counter() - start:.1f} s")
