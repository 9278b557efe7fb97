"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

import numpy as np

from grader.feedback import mistake


def distances_through_every_pair(a, b, metric):
    a, b = _floating(a), _floating(b)  # noqa: F821 - lives in the reference, where this function is put
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"a has shape {a.shape} and b {b.shape}, expected (N, D) and (M, D)")
    if metric not in ("l1", "l2"):
        raise ValueError(f"metric is {metric!r}, expected l1 or l2")
    difference = a[:, None] - b
    return (
        np.abs(difference).sum(axis=2) if metric == "l1" else np.sqrt((difference**2).sum(axis=2))
    )


def distances_without_cut_off(a, b, metric):
    a, b = _floating(a), _floating(b)  # noqa: F821 - as above
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"a has shape {a.shape} and b {b.shape}, expected (N, D) and (M, D)")
    if metric not in ("l1", "l2"):
        raise ValueError(f"metric is {metric!r}, expected l1 or l2")
    if metric == "l1":
        return np.stack([np.abs(row - b).sum(axis=1) for row in a])
    return np.sqrt((a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1))


MISTAKES = [
    # ---- fit_threshold ---------------------------------------------------------------------------
    mistake(
        "fit_threshold",
        "threshold lies on a sample",
        "The threshold lies on a sample. It belongs midway between two neighbouring values of x.",
        ("values[:-1] / 2 + values[1:] / 2", "values[1:]"),
    ),
    mistake(
        "fit_threshold",
        "ties go to the largest threshold",
        "Of several thresholds with equally few errors, yours is the largest. Take the smallest "
        "of them.",
        (
            "best = np.argmin(ones_below + zeros_above)",
            "best = len(ones_below) - 1 - np.argmin((ones_below + zeros_above)[::-1])",
        ),
    ),
    mistake(
        "fit_threshold",
        "never puts everything into one class",
        "Your threshold always lies between two samples. It may lie beyond all of them: -∞ or ∞ "
        "can have fewer errors.",
        (
            "best = np.argmin(ones_below + zeros_above)",
            "best = 1 + np.argmin((ones_below + zeros_above)[1:-1])",
        ),
        (
            "np.concatenate([[-np.inf], midpoints, [np.inf]])[best]",
            "np.concatenate([[x[0]], midpoints, [x[0]]])[best]",
        ),
    ),
    mistake(
        "fit_threshold",
        "swaps the classes",
        "The two classes are swapped: everything below the threshold is class 0, what is above it "
        "class 1.",
        ("ones = np.bincount(index, weights=y == 1)", "ones = np.bincount(index, weights=y == 0)"),
        (
            "zeros = np.bincount(index, weights=y == 0)",
            "zeros = np.bincount(index, weights=y == 1)",
        ),
    ),
    mistake(
        "fit_threshold",
        "takes the means of the classes",
        "The threshold is midway between the means of the classes. Look for the gap with the "
        "fewest training errors.",
        (
            "values, index = np.unique(x, return_inverse=True)",
            "if 0 < y.sum() < len(y):\n        return float((x[y == 0].mean() + x[y == 1].mean()) "
            "/ 2)\n"
            "    values, index = np.unique(x, return_inverse=True)",
        ),
    ),
    mistake(
        "fit_threshold",
        "counts each value of x once",
        "Samples at the same place count once only. An error is counted for every sample, also "
        "where x repeats.",
        (
            "ones_below = np.concatenate",
            "zeros, ones = np.minimum(zeros, 1), np.minimum(ones, 1)\n    ones_below = "
            "np.concatenate",
        ),
    ),
    mistake(
        "fit_threshold",
        "sorts x in place",
        "fit_threshold sorts the caller's x. np.sort and np.argsort leave it as it is.",
        ("best = np.argmin", "x.sort()\n    best = np.argmin"),
    ),
    mistake(
        "fit_threshold",
        "accepts any labels",
        "fit_threshold takes labels other than 0 and 1. Raise a ValueError that names y.",
        ("if not np.isin(y, [0, 1]).all():", "if False:"),
    ),
    # ---- polynomials -----------------------------------------------------------------------------
    mistake(
        "polynomial_features",
        "highest power first",
        "The powers fall from left to right, as np.vander has them. Column k holds the k-th "
        "power: 1 comes first.",
        ("range(degree + 1)", "range(degree, -1, -1)"),
    ),
    mistake(
        "polynomial_features",
        "no constant column",
        "The constant column is missing. Φ begins with x⁰ = 1, so it has degree + 1 columns.",
        ("range(degree + 1)", "range(1, degree + 1)"),
    ),
    mistake(
        "polynomial_features",
        "stops one power early",
        "The highest power is missing: range(degree) ends at degree - 1.",
        ("range(degree + 1)", "range(max(degree, 1))"),
    ),
    mistake(
        "polynomial_features",
        "samples in columns",
        "The features are transposed: one row per sample, one column per power, (N, degree + 1).",
        ("axis=1)", "axis=0)"),
    ),
    mistake(
        "polynomial_features",
        "integers overflow",
        "The powers are computed in the dtype of x, and small integers wrap around. Make x "
        "floating first.",
        ("x = _floating(x)", "x = np.asarray(x)"),
    ),
    mistake(
        "fit_least_squares",
        "normal equations",
        "w loses its digits when columns are nearly parallel: XᵀX squares the condition number. "
        "Use np.linalg.lstsq.",
        ("np.linalg.lstsq(X, y)[0]", "np.linalg.solve(X.T @ X, X.T @ y)"),
    ),
    mistake(
        "fit_least_squares",
        "returns all of lstsq",
        "np.linalg.lstsq gives the solution, the residuals, the rank and the singular values. "
        "Return the first alone.",
        ("np.linalg.lstsq(X, y)[0]", "tuple(np.linalg.lstsq(X, y))"),
    ),
    mistake(
        "fit_least_squares",
        "adds a penalty",
        "Something is added to the diagonal of XᵀX, which shrinks w: that is ridge regression. "
        "Add nothing here.",
        (
            "np.linalg.lstsq(X, y)[0]",
            "np.linalg.solve(X.T @ X + 1e-3 * np.eye(X.shape[1]), X.T @ y)",
        ),
    ),
    mistake(
        "fit_least_squares",
        "centres the targets",
        "The mean of y is taken away before the fit. The constant column of X is there for that: "
        "fit y as it is.",
        ("np.linalg.lstsq(X, y)[0]", "np.linalg.lstsq(X, y - y.mean())[0]"),
    ),
    mistake(
        "fit_least_squares",
        "accepts a column as y",
        "fit_least_squares takes a y of shape (N, 1), and w becomes a matrix. Raise a ValueError "
        "that names y.",
        ("if y.shape != X.shape[:1]:", "if len(y) != len(X):"),
    ),
    mistake(
        "predict_polynomial",
        "highest power first",
        "The coefficients are read from the highest power down, as np.polyval does. w[0] is the "
        "constant.",
        ("@ w", "@ w[::-1]"),
    ),
    mistake(
        "predict_polynomial",
        "no constant",
        "The constant w[0] is missing from the prediction.",
        ("@ w", "@ w - w[0]"),
    ),
    mistake(
        "predict_polynomial",
        "powers begin at one",
        "w[k] is multiplied by the power k + 1. The first coefficient is the constant, without "
        "any x.",
        ("polynomial_features(x, len(w) - 1) @ w", "polynomial_features(x, len(w) - 1) @ w * x"),
    ),
    # ---- scales ----------------------------------------------------------------------------------
    mistake(
        "center",
        "one mean for all features",
        "center takes one mean over everything. Every feature has its own: the mean over axis 0.",
        ("_mean_and_std(x)[0]", "x.mean()"),
    ),
    mistake(
        "center",
        "mean of each sample",
        "center takes the mean of each sample. The mean of a feature runs over the samples, axis "
        "0.",
        (
            "_mean_and_std(x)[0]",
            "x.reshape(len(x), -1).mean(axis=1).reshape(-1, *[1] * (x.ndim - 1))",
        ),
    ),
    mistake(
        "center",
        "mean over the pixels too",
        "The mean runs over all axes but the last. Each entry of a sample is a feature: average "
        "over axis 0 alone.",
        ("_mean_and_std(x)[0]", "x.mean(axis=tuple(range(x.ndim - 1)))"),
    ),
    mistake(
        "center",
        "changes x in place",
        "center changes the caller's x: -= works in place. Write x - mean, which makes a new "
        "array.",
        ("return x - _mean_and_std(x)[0]", "x -= _mean_and_std(x)[0]\n    return x"),
    ),
    mistake(
        "standardize",
        "ignores the given statistics",
        "standardize computes mean and std from x although they are given. Test data use those of "
        "the training data.",
        ("own_mean if mean is None else", "own_mean if True else"),
        ("own_std if std is None else", "own_std if True else"),
    ),
    mistake(
        "standardize",
        "uses statistics only as a pair",
        "When only std is given, standardize computes its own. Look at mean and std one by one.",
        (
            "std = own_std if std is None else",
            "std = own_std if std is None or mean is own_mean else",
        ),
    ),
    mistake(
        "standardize",
        "divides by N - 1",
        "σ is computed with N - 1. Here it divides by N, as np.std does by default.",
        (
            "own_mean, own_std = _mean_and_std(x)",
            "own_mean, own_std = x.mean(axis=0), x.std(axis=0) * np.sqrt(len(x) / (len(x) - 1))",
        ),
    ),
    mistake(
        "standardize",
        "divides by the variance",
        "z is divided by the variance. Divide by its root, the standard deviation σ.",
        ("np.where(std == 0, 1, std)", "np.where(std == 0, 1, std) ** 2"),
    ),
    mistake(
        "standardize",
        "returns the variance",
        "The third result is the variance, and so is what z is divided by. Take its root: np.std, "
        "not np.var.",
        (
            "own_mean, own_std = _mean_and_std(x)",
            "own_mean, own_std = x.mean(axis=0), x.var(axis=0)",
        ),
    ),
    mistake(
        "standardize",
        "statistics over all features",
        "standardize takes one mean and one std over everything. Every feature has its own: use "
        "axis 0.",
        (
            "own_mean, own_std = _mean_and_std(x)",
            "own_mean, own_std = np.full(x.shape[1:], x.mean()), np.full(x.shape[1:], x.std())",
        ),
    ),
    mistake(
        "standardize",
        "divides by zero",
        "A constant feature is divided by σ = 0. It says nothing, so only centre it: divide by 1 "
        "where σ is 0.",
        ("np.where(std == 0, 1, std)", "std"),
    ),
    mistake(
        "standardize",
        "adds an epsilon to std",
        "A small number is added to σ, and a feature in a small unit drowns in it. Treat σ = 0 "
        "separately instead.",
        ("np.where(std == 0, 1, std)", "(std + 1e-8)"),
    ),
    mistake(
        "standardize",
        "does not centre",
        "standardize divides by σ and never takes the mean away.",
        ("(x - mean) /", "x /"),
    ),
    mistake(
        "standardize",
        "changes x in place",
        "standardize changes the caller's x. Make a new array: x - mean, not x -= mean.",
        ("return (x - mean)", "x -= mean\n    return x"),
    ),
    mistake(
        "standardize",
        "accepts any std",
        "standardize takes a std that is negative, or that numpy has to broadcast. Raise a "
        "ValueError that names std.",
        ('_statistic("std", std, x)', "np.asarray(std)"),
        ("if np.any(std < 0):", "if False:"),
    ),
    mistake(
        "rescale",
        "one range for all features",
        "rescale takes minimum and maximum over everything. Every feature has its own: use axis 0.",
        ("x.min(axis=0), np.ptp(x, axis=0)", "x.min(), np.ptp(x)"),
    ),
    mistake(
        "rescale",
        "always 0 to 1",
        "rescale always ends at 0 … 1. Stretch u to low … high: low + (high - low) u.",
        ("return low * (1 - u) + high * u", "return u"),
    ),
    mistake(
        "rescale",
        "multiplies by high only",
        "rescale gives low + high · u, which ends at low + high. The width of the range is high - "
        "low.",
        ("return low * (1 - u) + high * u", "return low + high * u"),
    ),
    mistake(
        "rescale",
        "divides by the maximum",
        "rescale divides by the maximum. Divide by the distance from the minimum to the maximum.",
        ("np.ptp(x, axis=0)", "x.max(axis=0)"),
    ),
    mistake(
        "rescale",
        "divides by zero",
        "A constant feature is divided by max - min = 0. It becomes low: divide by 1 there.",
        ("np.where(span == 0, 1, span)", "span"),
    ),
    mistake(
        "rescale",
        "changes x in place",
        "rescale changes the caller's x. Make a new array for the result.",
        ("u = (x - smallest) /", "x -= smallest\n    u = x /"),
    ),
    mistake(
        "rescale",
        "accepts low = high",
        "rescale takes a low that is not below high. Raise a ValueError that names low.",
        ("if not low < high:", "if low > high:"),
    ),
    # ---- labels ----------------------------------------------------------------------------------
    mistake(
        "one_hot",
        "counts the classes itself",
        "one_hot makes as many columns as the batch has classes. A class may be absent: use "
        "num_classes.",
        ("np.eye(num_classes)[y]", "np.eye(int(y.max()) + 1)[y]"),
    ),
    mistake(
        "one_hot",
        "classes count from one",
        "The 1 is one column too far left: labels begin at 0, so class c has column c.",
        ("np.eye(num_classes)[y]", "np.eye(num_classes)[y - 1]"),
    ),
    mistake(
        "one_hot",
        "transposed",
        "one_hot is transposed: one row per sample, one column per class.",
        ("np.eye(num_classes)[y]", "np.eye(num_classes)[y].T"),
    ),
    mistake(
        "one_hot",
        "integers",
        "one_hot gives integers. A loss wants floating numbers: float64.",
        ("np.eye(num_classes)[y]", "np.eye(num_classes, dtype=int)[y]"),
    ),
    mistake(
        "one_hot",
        "accepts negative labels",
        "one_hot takes the label -1, which numpy reads as the last class. Raise a ValueError that "
        "names y.",
        ("(y < 0) | (y >= num_classes)", "y >= num_classes"),
    ),
    # ---- splits ----------------------------------------------------------------------------------
    mistake(
        "split_indices",
        "not shuffled",
        "The parts are consecutive indices. Data often comes sorted by class: permute the indices "
        "before you cut them.",
        ("rng.permutation(n)", "np.arange(n)"),
    ),
    mistake(
        "split_indices",
        "parts overlap",
        "Each part is drawn on its own, so a sample can be in training and in test. Draw one "
        "permutation, and cut it.",
        (
            "return np.split(rng.permutation(n), boundaries)",
            "sizes = np.diff([0, *boundaries, n])\n    return [rng.choice(n, size, replace=False) "
            "for size in sizes]",
        ),
    ),
    mistake(
        "split_indices",
        "drawn with replacement",
        "Indices are drawn with replacement: some come twice, others never. A split is a "
        "permutation that is cut.",
        ("rng.permutation(n)", "rng.integers(n, size=n)"),
    ),
    mistake(
        "split_indices",
        "boundaries cut off",
        "The boundaries are cut off to whole numbers, so the last part grows. Round n (f₁ + … + "
        "f_k).",
        (
            "np.rint(n * np.cumsum(fractions)[:-1])",
            "np.floor(n * np.cumsum(fractions)[:-1] + 1e-9)",
        ),
    ),
    mistake(
        "split_indices",
        "sizes rounded one by one",
        "The size of each part is rounded, and the last one bears the errors. Round the "
        "boundaries n (f₁ + … + f_k).",
        ("np.rint(n * np.cumsum(fractions)[:-1])", "np.cumsum(np.rint(n * fractions))[:-1]"),
    ),
    mistake(
        "split_indices",
        "other random numbers",
        "split_indices draws from numpy's global generator. Use rng, or nobody can repeat the "
        "experiment.",
        ("rng.permutation(n)", "np.random.permutation(n)"),
    ),
    mistake(
        "split_indices",
        "always the same split",
        "split_indices makes a generator of its own with a fixed seed, so every split is the "
        "same. Use rng.",
        ("rng.permutation(n)", "np.random.default_rng(0).permutation(n)"),
    ),
    mistake(
        "split_indices",
        "accepts any fractions",
        "split_indices takes fractions that do not add up to 1. Raise a ValueError that names "
        "fractions.",
        (" or not np.isclose(fractions.sum(), 1)", ""),
    ),
    mistake(
        "k_fold_indices",
        "not shuffled",
        "The folds are consecutive indices. Data often comes sorted by class: permute the indices "
        "before you cut them.",
        ("rng.permutation(n)", "np.arange(n)"),
    ),
    mistake(
        "k_fold_indices",
        "remainder left out",
        "When k does not divide n, the remaining samples are in no fold. The first n mod k folds "
        "take one more each.",
        ("np.array_split(rng.permutation(n), k)", "np.split(rng.permutation(n)[: n // k * k], k)"),
    ),
    mistake(
        "k_fold_indices",
        "remainder in the last fold",
        "The last fold takes all samples that are left over. Give one each to the first n mod k "
        "folds.",
        (
            "np.array_split(rng.permutation(n), k)",
            "np.split(rng.permutation(n), n // k * np.arange(1, k))",
        ),
    ),
    mistake(
        "k_fold_indices",
        "folds overlap",
        "Each fold is drawn on its own, so folds overlap and some samples are in none. Cut one "
        "permutation into k.",
        (
            "np.array_split(rng.permutation(n), k)",
            "[rng.choice(n, n // k, replace=False) for _ in range(k)]",
        ),
    ),
    mistake(
        "k_fold_indices",
        "other random numbers",
        "k_fold_indices draws from numpy's global generator. Use rng, or nobody can repeat the "
        "experiment.",
        ("rng.permutation(n)", "np.random.permutation(n)"),
    ),
    mistake(
        "k_fold_indices",
        "accepts more folds than samples",
        "k_fold_indices makes empty folds when k is larger than n. Raise a ValueError that names "
        "k.",
        ("if not 2 <= k <= n:", "if not 2 <= k:"),
    ),
    # ---- distances -------------------------------------------------------------------------------
    mistake(
        "pairwise_distances",
        "l2 without the root",
        "l2 is the squared distance. Take the square root at the end.",
        (
            "return _METRICS[metric](a, b)",
            "return _METRICS[metric](a, b) ** (1 + (metric == 'l2'))",
        ),
    ),
    mistake(
        "pairwise_distances",
        "l1 without the absolute value",
        "l1 adds the differences with their signs, so they cancel. Take the absolute value of "
        "each one first.",
        (
            "return _METRICS[metric](a, b)",
            "signed = a.sum(axis=1)[:, None] - b.sum(axis=1)\n"
            "    return signed if metric == 'l1' else _METRICS[metric](a, b)",
        ),
    ),
    mistake(
        "pairwise_distances",
        "metrics swapped",
        "The metrics are swapped: l1 adds absolute differences, l2 is the root of the sum of "
        "their squares.",
        (
            "return _METRICS[metric](a, b)",
            "return _METRICS['l1' if metric == 'l2' else 'l2'](a, b)",
        ),
    ),
    mistake(
        "pairwise_distances",
        "transposed",
        "The distances are transposed. Entry (n, m) belongs to a[n] and b[m]: shape (len(a), "
        "len(b)).",
        ("return _METRICS[metric](a, b)", "return _METRICS[metric](b, a)"),
    ),
    mistake(
        "pairwise_distances",
        "mean over the features",
        "The distance is averaged over the features. It is their sum: do not divide by D.",
        (
            "return _METRICS[metric](a, b)",
            "return _METRICS[metric](a, b) / (a.shape[1] if metric == 'l1' else "
            "np.sqrt(a.shape[1]))",
        ),
    ),
    mistake(
        "pairwise_distances",
        "raw images wrap around",
        "Differences of unsigned integers wrap around: 3 - 5 is 254 in uint8. Turn integers into "
        "float64 first.",
        ("a, b = _floating(a), _floating(b)", "a, b = np.asarray(a), np.asarray(b)"),
    ),
    mistake(
        "pairwise_distances",
        "root of a negative number",
        "‖a‖² - 2 a·b + ‖b‖² can round to slightly less than zero, and its root is NaN. Cut it "
        "off at 0 first.",
        instead=distances_without_cut_off,
    ),
    mistake(
        "pairwise_distances",
        "an array of all differences",
        "l2 builds an array of shape (N, M, D), which is too large for images. Use ‖a‖² - 2 a·b + "
        "‖b‖².",
        instead=distances_through_every_pair,
    ),
    mistake(
        "pairwise_distances",
        "always float64",
        "float32 points come back with float64 distances. The result has the dtype of the points.",
        ("return _METRICS[metric](a, b)", "return _METRICS[metric](a, b).astype(np.float64)"),
    ),
    mistake(
        "pairwise_distances",
        "accepts other numbers of features",
        "pairwise_distances takes points with other numbers of features, which numpy broadcasts. "
        "Raise a ValueError.",
        (" or a.shape[1] != b.shape[1]", ""),
    ),
    # ---- nearest neighbours ----------------------------------------------------------------------
    mistake(
        "KNearestNeighbor.predict",
        "only the nearest counts",
        "predict looks at the nearest sample alone. All k nearest vote.",
        ("[:, :k]", "[:, :1]"),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "one neighbour too few",
        "predict lets k - 1 neighbours vote. The slice [:k] holds k of them.",
        ("[:, :k]", "[:, : max(k - 1, 1)]"),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "leaves out the nearest",
        "predict leaves the nearest sample out. That is right for training data only, where it is "
        "the sample itself.",
        ("[:, :k]", "[:, 1 : k + 1]"),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "the farthest vote",
        "The k farthest samples vote. Sort the distances upwards.",
        ("np.argsort(distances,", "np.argsort(-distances,"),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "ties go to the label seen first",
        "A tied vote goes to the label that was met first. It goes to the smallest, as "
        "np.bincount(…).argmax() has it.",
        (
            "return votes.argmax(axis=1)",
            "return np.array([max(row, key=list(row).count) for row in self.y[nearest].tolist()])",
        ),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "ties go to the largest label",
        "A tied vote goes to the largest label. It goes to the smallest.",
        (
            "return votes.argmax(axis=1)",
            "return votes.shape[1] - 1 - votes[:, ::-1].argmax(axis=1)",
        ),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "stops at the first label that leads",
        "predict stops counting once a label has two votes. Count all k votes before you decide.",
        (
            "return votes.argmax(axis=1)",
            "winners = []\n"
            "        for row in self.y[nearest]:\n"
            "            seen = [c for i, c in enumerate(row) if c in row[:i]]\n"
            "            winners.append(seen[0] if seen else row.min())\n"
            "        return np.array(winners)",
        ),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "averages the labels",
        "predict averages the labels of the neighbours. Labels are names, not quantities: count "
        "the votes of each.",
        ("return votes.argmax(axis=1)", "return np.rint(self.y[nearest].mean(axis=1)).astype(int)"),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "gives positions instead of labels",
        "predict gives the position of a training sample. Look its label up: y[nearest].",
        ("return votes.argmax(axis=1)", "return nearest[:, 0]"),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "ignores the metric",
        "predict always measures with l2. Hand metric on to pairwise_distances.",
        ("pairwise_distances(X, self.X, metric)", "pairwise_distances(X, self.X, 'l2')"),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "later samples are nearer",
        "Of samples at equal distance, the later ones vote. Those that come first in the training "
        "data are nearer.",
        (
            'nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]',
            'nearest = len(self.X) - 1 - np.argsort(distances[:, ::-1], axis=1, kind="stable")[:, '
            ":k]",
        ),
    ),
    mistake(
        "KNearestNeighbor.predict",
        "accepts any k",
        "predict takes a k that is larger than the training data. Raise a ValueError that names k.",
        ("if not 1 <= k <= len(self.X):", "if not 1 <= k:"),
    ),
    mistake(
        "KNearestNeighbor.fit",
        "returns nothing",
        "fit returns None. Return self, so that KNearestNeighbor().fit(X, y).predict(…) can be "
        "written.",
        ("return self", "return None"),
    ),
    mistake(
        "KNearestNeighbor.fit",
        "accepts labels that are no integers",
        "fit takes floating labels, which cannot be counted. Raise a ValueError that names y.",
        ('if y.dtype.kind not in "iu":', 'if y.dtype.kind not in "iuf":'),
        ("self.y = X.copy(), y.copy()", "self.y = X.copy(), y.astype(int)"),
    ),
]
