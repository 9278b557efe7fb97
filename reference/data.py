"""Data: from raw numbers to what a model can learn from, and the two simplest models there are."""

import numpy as np

__all__ = [  # noqa: RUF022 - the reading order
    "fit_threshold",
    "polynomial_features",
    "fit_least_squares",
    "predict_polynomial",
    "center",
    "standardize",
    "rescale",
    "one_hot",
    "split_indices",
    "k_fold_indices",
]


def fit_threshold(x, y):
    """Learn the rule "x < a is class 0, everything else class 1" with the fewest training errors.

        a = argmin Σₙ [1{xₙ < a} ≠ 1{yₙ = 0}]

    Shapes: x (N,), y (N,) labels 0 and 1  ->  a, a float.
    Only the gaps between samples matter, so a is midway between two neighbouring values of x, or -∞
    (all is class 1) or ∞ (all is class 0). Of several thresholds with equally few errors, the
    smallest.

    Raises ValueError when x is not (N,) with at least one sample, or y is not of N labels 0 or 1.

    Lecture L0 (the first example of a parameter that is learned).

    >>> fit_threshold(np.array([3.0, 0.0, 1.0, 4.0]), np.array([1, 0, 0, 1]))
    2.0
    """
    x, y = _floating(x), np.asarray(y)
    _check_vector("x", x)
    if y.shape != x.shape:
        raise ValueError(f"y has shape {y.shape}, but x has shape {x.shape}")
    if not np.isin(y, [0, 1]).all():
        raise ValueError(f"y has the labels {np.unique(y)}, expected 0 and 1")
    values, index = np.unique(x, return_inverse=True)  # (V,) sorted, (N,)
    zeros = np.bincount(index, weights=y == 0)  # (V,) samples of class 0 at each value
    ones = np.bincount(index, weights=y == 1)  # (V,)
    # (V + 1,) the gap before each value, and the last
    ones_below = np.concatenate([[0], np.cumsum(ones)])
    zeros_above = zeros.sum() - np.concatenate([[0], np.cumsum(zeros)])
    best = np.argmin(ones_below + zeros_above)  # the first of the best gaps
    # Between two adjacent floats there is no midpoint; x < a excludes a, so the upper one separates
    # them.
    midpoints = np.maximum(values[:-1] / 2 + values[1:] / 2, np.nextafter(values[:-1], np.inf))
    return float(np.concatenate([[-np.inf], midpoints, [np.inf]])[best])


def polynomial_features(x, degree):
    """Give a linear model the powers of x as features.

        Φ = [1, x, x², …, x^M]

    Shapes: x (N,)  ->  (N, M + 1). degree M ≥ 0.
    The constant comes first, so column k holds the k-th power.

    Raises ValueError when x is not (N,), or degree is negative.

    Bishop 2006, "Pattern recognition and machine learning", section 1.1. Lecture L0.

    >>> polynomial_features(np.array([2.0, 3.0]), degree=2)
    array([[1., 2., 4.],
           [1., 3., 9.]])
    """
    x = _floating(x)
    if x.ndim != 1:
        raise ValueError(f"x has shape {x.shape}, expected (N,)")
    if degree < 0:
        raise ValueError(f"degree is {degree}, but it must not be negative")
    return np.stack([x**k for k in range(degree + 1)], axis=1)  # (N, M + 1)


def fit_least_squares(X, y):
    """Find the weights of a linear model with the smallest squared error.

        w = argmin ‖X w - y‖²

    Shapes: X (N, D), y (N,)  ->  w (D,).
    Where several w fit equally well (fewer samples than features, equal columns), the shortest of
    them. np.linalg.lstsq finds it from the singular values of X. The textbook formula (XᵀX)⁻¹ Xᵀy
    squares the condition number: with
    powers of x it soon has no correct digit left.

    Raises ValueError when X is not (N, D), or y is not (N,).

    Legendre 1805, Gauss 1809. Lecture L0.

    >>> fit_least_squares(
    ...     np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 5.0])
    ... ).round(6)
    array([1., 2.])
    """
    X, y = _floating(X), _floating(y)
    if X.ndim != 2 or X.size == 0:
        raise ValueError(f"X has shape {X.shape}, expected (N, D) with at least one sample")
    if y.shape != X.shape[:1]:
        raise ValueError(f"y has shape {y.shape}, but X has {len(X)} rows: expected ({len(X)},)")
    return np.linalg.lstsq(X, y)[0]  # (D,)


def predict_polynomial(x, w):
    """Evaluate the polynomial with the coefficients w.

        ŷ = w₀ + w₁ x + … + w_M x^M

    Shapes: x (N,), w (M + 1,)  ->  (N,). The constant comes first, as in `polynomial_features`.

    Raises ValueError when x is not (N,), or w is not a vector with at least one entry.

    Lecture L0.

    >>> predict_polynomial(np.array([2.0, 3.0]), np.array([1.0, 0.0, 2.0]))
    array([ 9., 19.])
    """
    w = _floating(w)
    _check_vector("w", w)
    return polynomial_features(x, len(w) - 1) @ w  # (N,)


def center(x):
    """Move the data so that every feature has mean zero.

        z = x - μ        with μ the mean of each feature over the samples

    Shapes: x (N, …)  ->  the same shape. The mean runs over axis 0.

    Raises ValueError when x has no sample.

    Lectures L0, L3, L4.

    >>> center(np.array([[1.0, 10.0], [3.0, 10.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    x = _floating(x)
    _check_samples(x)
    return x - _mean_and_std(x)[0]


def standardize(x, mean=None, std=None):
    """Bring every feature to mean 0 and standard deviation 1.

        z = (x - μ) / σ        σ² = 1/N Σₙ (xₙ - μ)²

    Shapes: x (N, …)  ->  z of that shape, mean μ and std σ of the shape of one sample.
    What is given is used, what is not is computed from x over axis 0. So take both from the
    training split, and hand them on: test data must not have a say in how they are prepared.

        z_train, mean, std = standardize(x_train)
        z_test, _, _ = standardize(x_test, mean, std)

    σ divides by N, not N - 1. A feature with σ = 0 says nothing: it is only centred, not divided by
    zero.

    Raises ValueError when x has no sample, mean or std has not the shape of one sample, or std is
    negative.

    LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.3. Lectures L0, L3, L4.

    >>> standardize(np.array([[1.0, 10.0], [3.0, 10.0]]))
    (array([[-1.,  0.],
           [ 1.,  0.]]), array([ 2., 10.]), array([1., 0.]))
    """
    x = _floating(x)
    _check_samples(x)
    own_mean, own_std = _mean_and_std(x)
    mean = own_mean if mean is None else _statistic("mean", mean, x)
    std = own_std if std is None else _statistic("std", std, x)
    if np.any(std < 0):
        raise ValueError(f"std has the minimum {std.min()}, but it must not be negative")
    return (x - mean) / np.where(std == 0, 1, std), mean, std


def rescale(x, low, high):
    """Stretch every feature linearly, so that its smallest value is low and its largest is high.

        z = low (1 - u) + high u        u = (x - min) / (max - min)

    Shapes: x (N, …) -> the same shape. Minimum and maximum run over axis 0; low < high are numbers.
    A constant feature becomes low.

    Raises ValueError when x has no sample, or low is not below high.

    Lecture L3.

    >>> rescale(np.array([[0, 7], [51, 7], [255, 7]]), 0, 1)
    array([[0. , 0. ],
           [0.2, 0. ],
           [1. , 0. ]])
    """
    x, low, high = _floating(x), float(low), float(high)
    _check_samples(x)
    if not low < high:
        raise ValueError(f"low is {low} and high is {high}, expected low < high")
    smallest, span = x.min(axis=0), np.ptp(x, axis=0)
    u = (x - smallest) / np.where(span == 0, 1, span)
    return low * (1 - u) + high * u


def one_hot(y, num_classes):
    """Write each label as a row with a single 1, in the column of its class.

        Y[n, c] = 1 if c = yₙ, else 0

    Shapes: y (N,) integer labels in [0, C)  ->  (N, C), float64. num_classes C.

    Raises ValueError when y is not a vector of integers, or one of them is outside [0, C).

    Lecture L4.

    >>> one_hot(np.array([2, 0]), num_classes=3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    y = np.asarray(y)
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise ValueError(f"y has shape {y.shape} and dtype {y.dtype}, expected (N,) and integers")
    if np.any((y < 0) | (y >= num_classes)):
        raise ValueError(
            f"y has labels from {y.min()} to {y.max()}, expected at least 0 and less than "
            f"{num_classes}"
        )
    return np.eye(num_classes)[y]  # (N, C)


def split_indices(n, fractions, rng):
    """Divide n samples at random into parts, such as training, validation and test.

    fractions: the share of each part, adding up to 1, such as (0.6, 0.2, 0.2). Returns a list of
    index arrays, one for each part. Every index is in exactly one of them. The k-th boundary is at
    n (f₁ + … + f_k), rounded.
    Shuffled, because data often comes sorted; disjoint, because a sample that was seen in training
    tests nothing.

    Raises ValueError when n is negative, a fraction is negative, or they do not add up to 1.

    Lectures L0, L3.

    >>> train, validation, test = split_indices(10, (0.6, 0.2, 0.2), np.random.default_rng(0))
    >>> len(train), len(validation), len(test)
    (6, 2, 2)
    """
    fractions = np.asarray(fractions, dtype=np.float64)
    if n < 0:
        raise ValueError(f"n is {n}, but it must not be negative")
    if fractions.ndim != 1 or np.any(fractions < 0) or not np.isclose(fractions.sum(), 1):
        raise ValueError(
            f"fractions is {fractions.tolist()}, expected shares >= 0 that add up to 1"
        )
    boundaries = np.rint(n * np.cumsum(fractions)[:-1]).astype(int)
    return np.split(rng.permutation(n), boundaries)


def k_fold_indices(n, k, rng):
    """Divide n samples at random into k folds, for cross-validation.

    Returns a list of k index arrays. Every index is in exactly one fold, and the sizes differ by at
    most one, the larger first. Each fold is once the validation split, while the other k - 1
    together are the training split.

    Raises ValueError when k is below 2 (nothing would be left to train on) or above n (a fold would
    be empty).

    Stone 1974, "Cross-validatory choice and assessment of statistical predictions". Lecture L3.

    >>> [len(fold) for fold in k_fold_indices(10, 4, np.random.default_rng(0))]
    [3, 3, 2, 2]
    """
    if not 2 <= k <= n:
        raise ValueError(f"k is {k}, expected at least 2 folds and no more than the {n} samples")
    return np.array_split(rng.permutation(n), k)


def _mean_and_std(x):
    """Mean and standard deviation over axis 0, measured from the first sample.

    So a constant feature has exactly the standard deviation 0, and a mean of a million costs no
    digits.
    """
    from_first = x - x[0]  # (N, …)
    return x[0] + from_first.mean(axis=0), from_first.std(axis=0)


def _floating(x):
    """Return x as an array of its own floating dtype; integers become float64."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _check_vector(name, x):
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"{name} has shape {x.shape}, expected a vector with at least one entry")


def _check_samples(x):
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"x has shape {x.shape}, expected (N, …) with at least one sample")


def _statistic(name, value, x):
    value = np.asarray(value).astype(x.dtype)
    if value.shape != x.shape[1:]:
        raise ValueError(
            f"{name} has shape {value.shape}, but a sample of x has shape {x.shape[1:]}"
        )
    return value
