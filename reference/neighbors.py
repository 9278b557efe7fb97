"""Nearest neighbours: no training at all, and hard to beat on small data."""

import numpy as np

__all__ = [  # noqa: RUF022 - the reading order
    "pairwise_distances",
    "KNearestNeighbor",
]


def pairwise_distances(a, b, metric):
    """Distance of every row of a to every row of b.

        "l1":  d(a, b) = Σᵢ |aᵢ - bᵢ|
        "l2":  d(a, b) = √(Σᵢ (aᵢ - bᵢ)²) = √(‖a‖² - 2 a·b + ‖b‖²)

    Shapes: a (N, D), b (M, D)  ->  (N, M).
    The last form needs one matrix product and no (N, M, D) array, which would not fit into memory
    for a data set of images. Rounding can make a zero slightly negative, so it is cut off before
    the root. "l2" is the distance itself, not its square. Integer pixels become float64 first: a
    difference of uint8 would wrap around at 0.

    Raises ValueError when a or b is not a matrix, their numbers of features differ, or metric is
    unknown.

    Lecture L3.

    >>> a, b = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [1.0, 1.0]])
    >>> pairwise_distances(a, b, "l1"), pairwise_distances(a, b, "l2").round(3)
    (array([[7., 2.]]), array([[5.   , 1.414]]))
    """
    a, b = _floating(a), _floating(b)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"a has shape {a.shape} and b {b.shape}, expected (N, D) and (M, D)")
    if metric not in _METRICS:
        raise ValueError(f"metric is {metric!r}, expected one of {', '.join(_METRICS)}")
    return _METRICS[metric](a, b)


class KNearestNeighbor:
    """Classify a sample as most of the k training samples nearest to it.

        ŷ(x) = argmax_c |{n among the k nearest to x : yₙ = c}|

    There is nothing to train: fit stores the samples, and predict does all the work.

    Cover & Hart 1967, "Nearest neighbor pattern classification". Lectures L0, L3.

    >>> model = KNearestNeighbor().fit(
    ...     np.array([[0.0], [1.0], [5.0], [6.0]]), np.array([0, 0, 1, 1])
    ... )
    >>> model.predict(np.array([[0.4], [5.2]]), k=3)
    array([0, 1])
    """

    def __init__(self):
        self.X = self.y = None

    def fit(self, X, y):
        """Remember the training data; returns self.

        Shapes: X (N, D), y (N,) integer labels from 0.

        Raises ValueError when X is not (N, D) with at least one sample, or y is not of N integers
        from 0.
        """
        X, y = _floating(X), np.asarray(y)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"X has shape {X.shape}, expected (N, D) with at least one sample")
        if y.shape != X.shape[:1]:
            raise ValueError(
                f"y has shape {y.shape}, but X has {len(X)} rows: expected ({len(X)},)"
            )
        if y.dtype.kind not in "iu":
            raise ValueError(f"y has dtype {y.dtype}, expected integer labels")
        if y.min() < 0:
            raise ValueError(f"y has the label {y.min()}, expected labels from 0")
        self.X, self.y = X.copy(), y.copy()
        return self

    def predict(self, X, k, metric="l2"):
        """Return the label that most of the k nearest training samples have, for each sample.

        Shapes: X (M, D)  ->  (M,) integer labels. metric: "l1" or "l2", as in `pairwise_distances`.
        Where several labels have equally many votes, the smallest wins, not the one that was met
        first. Of training samples at equal distance, those that come first in the training data are
        the nearer ones.

        Raises ValueError before fit, when k is not between 1 and N, metric is unknown, or X is not
        (M, D).
        """
        if self.X is None:
            raise ValueError("X is None: the classifier must be fitted before it can predict")
        if not 1 <= k <= len(self.X):
            raise ValueError(
                f"k is {k}, expected at least 1 and no more than the {len(self.X)} training samples"
            )
        distances = pairwise_distances(X, self.X, metric)  # (M, N)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]  # (M, k)
        classes = np.arange(int(self.y.max()) + 1)  # (C,)
        votes = (self.y[nearest][:, :, None] == classes).sum(axis=1)  # (M, C)
        return votes.argmax(axis=1)  # the first maximum: the smallest label


def _l1(a, b):
    distances = np.empty((len(a), len(b)), np.result_type(a, b))
    for n, row in enumerate(a):  # one (M, D) array at a time
        distances[n] = np.abs(row - b).sum(axis=1)
    return distances


def _l2(a, b):
    origin = b[:1].sum(axis=0)  # moving both changes no distance, but saves digits far from zero
    a, b = a - origin, b - origin
    squared = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)  # (N, M)
    return np.sqrt(np.maximum(squared, 0))


_METRICS = {"l1": _l1, "l2": _l2}


def _floating(x):
    """Return x as an array of its own floating dtype; integers become float64."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)
