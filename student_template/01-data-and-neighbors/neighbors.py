"""Nearest neighbours: no training at all, and hard to beat on small data."""

import numpy as np


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
    raise NotImplementedError



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
        raise NotImplementedError

    def fit(self, X, y):
        """Remember the training data; returns self.

        Shapes: X (N, D), y (N,) integer labels from 0.

        Raises ValueError when X is not (N, D) with at least one sample, or y is not of N integers
        from 0.
        """
        raise NotImplementedError

    def predict(self, X, k, metric="l2"):
        """Return the label that most of the k nearest training samples have, for each sample.

        Shapes: X (M, D)  ->  (M,) integer labels. metric: "l1" or "l2", as in `pairwise_distances`.
        Where several labels have equally many votes, the smallest wins, not the one that was met
        first. Of training samples at equal distance, those that come first in the training data are
        the nearer ones.

        Raises ValueError before fit, when k is not between 1 and N, metric is unknown, or X is not
        (M, D).
        """
        raise NotImplementedError
