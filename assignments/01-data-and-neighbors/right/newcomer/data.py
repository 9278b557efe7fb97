# Style: newcomer, plain steps with a loop where it is easier to read
import numpy as np


def as_floating(x):
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(float)
    return x


def check_vector(x, name):
    x = as_floating(x)
    if x.ndim != 1:
        raise ValueError(f"{name} should be a vector but has shape {x.shape}")
    return x


def check_samples(x):
    x = as_floating(x)
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"x has no samples, its shape is {x.shape}")
    return x


def fit_threshold(x, y):
    x = check_vector(x, "x")
    y = np.asarray(y)
    if len(x) == 0:
        raise ValueError("x is empty")
    if y.shape != x.shape:
        raise ValueError(f"x and y should have the same shape, not {x.shape} and {y.shape}")
    for label in y:
        if label not in (0, 1):
            raise ValueError(f"y has the label {label}, expected 0 or 1")

    values = sorted(set(x.tolist()))
    candidates = [-np.inf]
    for left, right in zip(values[:-1], values[1:], strict=True):
        candidates.append((left + right) / 2)
    candidates.append(np.inf)

    best, fewest = None, len(x) + 1
    for a in candidates:
        predicted = np.where(x < a, 0, 1)
        errors = np.sum(predicted != y)
        if errors < fewest:
            best, fewest = a, errors
    return float(best)


def polynomial_features(x, degree):
    x = check_vector(x, "x")
    if degree < 0:
        raise ValueError(f"degree is {degree}, it should not be negative")
    columns = [np.ones_like(x)]
    for _ in range(degree):
        columns.append(columns[-1] * x)
    return np.stack(columns, axis=1)


def fit_least_squares(X, y):
    X, y = as_floating(X), as_floating(y)
    if X.ndim != 2:
        raise ValueError(f"X should be a matrix but has shape {X.shape}")
    if y.shape != (X.shape[0],):
        raise ValueError(f"X and y do not fit together: {X.shape} and {y.shape}")
    return np.linalg.lstsq(X, y, rcond=None)[0]


def predict_polynomial(x, w):
    w = check_vector(w, "w")
    if len(w) == 0:
        raise ValueError("w has no entries")
    return polynomial_features(x, len(w) - 1) @ w


def center(x):
    x = check_samples(x)
    return x - np.mean(x, axis=0)


def standardize(x, mean=None, std=None):
    x = check_samples(x)
    constant = np.max(x, axis=0) == np.min(x, axis=0)  # rounding may hide it in the mean and the std
    if mean is None:
        mean = np.where(constant, x[0], np.mean(x, axis=0))
    if std is None:
        std = np.where(constant, 0, np.std(x, axis=0))
    mean, std = as_floating(mean), as_floating(std)
    if mean.shape != x.shape[1:]:
        raise ValueError(f"mean has shape {mean.shape}, one sample of x has {x.shape[1:]}")
    if std.shape != x.shape[1:]:
        raise ValueError(f"std has shape {std.shape}, one sample of x has {x.shape[1:]}")
    if np.any(std < 0):
        raise ValueError("std is negative")
    z = (x - mean) / np.where(std == 0, 1, std)
    return z.astype(x.dtype), mean, std


def rescale(x, low, high):
    x = check_samples(x)
    if not low < high:
        raise ValueError(f"low should be below high, but low is {low} and high is {high}")
    smallest = np.min(x, axis=0)
    width = np.max(x, axis=0) - smallest
    u = (x - smallest) / np.where(width == 0, 1, width).astype(x.dtype)
    return float(low) * (1 - u) + float(high) * u


def one_hot(y, num_classes):
    y = np.asarray(y)
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise ValueError(f"y should be a vector of integers, not {y.dtype} of shape {y.shape}")
    Y = np.zeros((len(y), num_classes))
    for n, c in enumerate(y):
        if c < 0 or c >= num_classes:
            raise ValueError(f"y has the label {c}, but num_classes is {num_classes}")
        Y[n, c] = 1
    return Y


def split_indices(n, fractions, rng):
    if n < 0:
        raise ValueError(f"n is {n}, it should not be negative")
    if any(f < 0 for f in fractions):
        raise ValueError(f"fractions has a negative share: {fractions}")
    if not np.isclose(sum(fractions), 1):
        raise ValueError(f"fractions add up to {sum(fractions)}, expected 1")
    indices = rng.permutation(n)
    parts, start, share = [], 0, 0
    for f in fractions:
        share += f
        end = round(n * share)
        parts.append(indices[start:end])
        start = end
    return parts


def k_fold_indices(n, k, rng):
    if k < 2 or k > n:
        raise ValueError(f"k is {k}, expected at least 2 and at most n = {n}")
    indices = rng.permutation(n)
    folds, start = [], 0
    for i in range(k):
        size = n // k
        if i < n % k:
            size += 1
        folds.append(indices[start : start + size])
        start += size
    return folds
