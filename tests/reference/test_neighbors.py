"""Distances against scipy, and the classifier against scikit-learn and against a literal vote."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from reference.data import split_indices
from reference.neighbors import KNearestNeighbor, pairwise_distances

SCIPY = {"l1": "cityblock", "l2": "euclidean"}


def frozen(array):
    array.setflags(write=False)
    return array


# ---- distances -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shapes", [((5, 4), (7, 4)), ((1, 3), (1, 3)), ((3, 1), (2, 1)), ((0, 3), (2, 3))], ids=str
)
@pytest.mark.parametrize("metric", SCIPY)
def test_distances_agree_with_scipy(metric, shapes):
    rng = np.random.default_rng(0)
    a, b = frozen(rng.normal(size=shapes[0])), frozen(rng.normal(size=shapes[1]))
    distances = pairwise_distances(a, b, metric)
    assert distances.shape == (len(a), len(b))
    np.testing.assert_allclose(distances, cdist(a, b, SCIPY[metric]), rtol=1e-12)


@pytest.mark.parametrize("metric", SCIPY)
def test_to_no_samples_there_are_no_distances(metric):
    assert pairwise_distances(np.ones((2, 3)), np.ones((0, 3)), metric).shape == (2, 0)


@settings(deadline=None)
@given(arrays(np.float64, (4, 3), elements=st.floats(-100, 100)))
def test_distances_are_symmetric_and_near_zero_to_oneself(a):
    for metric in SCIPY:
        distances = pairwise_distances(a, a, metric)
        assert np.all(distances >= 0)
        np.testing.assert_allclose(distances, distances.T, atol=1e-4)
        np.testing.assert_allclose(np.diag(distances), 0, atol=1e-4)


@pytest.mark.parametrize("metric", SCIPY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_distances_of_whole_numbers_are_exact_and_data_may_lie_far_from_zero(metric, dtype):
    a = np.random.default_rng(1).integers(0, 9, (6, 4)).astype(dtype)
    distances = pairwise_distances(a + dtype(1e6), a[::-1] + dtype(1e6), metric)
    np.testing.assert_array_equal(distances, pairwise_distances(a, a[::-1], metric))
    np.testing.assert_allclose(distances, cdist(a, a[::-1], SCIPY[metric]), rtol=1e-6)
    assert distances.dtype == dtype
    assert not np.diag(pairwise_distances(a, a, metric)).any()


@pytest.mark.parametrize("metric", SCIPY)
def test_pixels_do_not_wrap_around(metric):
    a, b = np.array([[3, 250]], np.uint8), np.array([[200, 7], [4, 255]], np.uint8)
    for distances in (pairwise_distances(a, b, metric), pairwise_distances(b, a, metric).T):
        assert distances.dtype == np.float64
        expected = [197 + 243, 1 + 5] if metric == "l1" else [np.hypot(197, 243), np.hypot(1, 5)]
        np.testing.assert_allclose(distances, [expected], rtol=1e-12)


@pytest.mark.parametrize("metric", SCIPY)
def test_lists_will_do(metric):
    a, b = [[1, 2], [3, 4]], [[0, 5], [2, 1], [7, 7]]
    expected = pairwise_distances(np.array(a), np.array(b), metric)
    np.testing.assert_array_equal(pairwise_distances(a, b, metric), expected)
    assert KNearestNeighbor().fit(b, [0, 1, 1]).predict(a, 1, metric).tolist() == [1, 0]


@pytest.mark.parametrize("metric", SCIPY)
def test_distances_need_no_array_of_all_differences(metric):
    a, b = np.zeros((100, 200)), np.zeros((300, 200))
    pairwise_distances(a, b, metric)
    tracemalloc.start()
    pairwise_distances(a, b, metric)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 300 * 200 * 8 / 10


@pytest.mark.parametrize(
    ("a", "b", "metric", "message"),
    [
        (
            (2, 3),
            (2, 4),
            "l2",
            r"a has shape \(2, 3\) and b \(2, 4\), expected \(N, D\) and \(M, D\)",
        ),
        ((3,), (2, 3), "l2", r"a has shape \(3,\)"),
        ((2, 3), (3,), "l1", r"b \(3,\)"),
        ((2, 3), (2, 3), "cosine", "metric is 'cosine', expected one of l1, l2"),
    ],
)
def test_distances_refuse(a, b, metric, message):
    with pytest.raises(ValueError, match=message):
        pairwise_distances(np.ones(a), np.ones(b), metric)


# ---- classifier ----------------------------------------------------------------------------------


def vote(X, y, x, k, metric):
    """The rule, word for word: the k nearest, the earlier sample first; most votes, the smallest
    label first.
    """
    distances = [abs(row - x).sum() if metric == "l1" else ((row - x) ** 2).sum() for row in X]
    nearest = sorted(range(len(X)), key=lambda n: (distances[n], n))[:k]
    votes = Counter(int(y[n]) for n in nearest)
    return min(votes, key=lambda label: (-votes[label], label))


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(SCIPY)))
def test_predictions_are_the_literal_vote_with_all_its_ties(seed, metric):
    rng = np.random.default_rng(seed)
    X, y, queries = rng.integers(0, 3, (9, 2)), rng.integers(0, 4, 9), rng.integers(0, 3, (5, 2))
    model = KNearestNeighbor().fit(X, y)
    for k in range(1, 10):
        assert model.predict(queries, k, metric).tolist() == [
            vote(X, y, x, k, metric) for x in queries
        ]


@pytest.mark.parametrize("metric", SCIPY)
def test_predictions_agree_with_scikit_learn_and_reach_97_percent_on_held_out_digits(metric):
    X, y = load_digits(return_X_y=True)
    train, test = split_indices(len(X), (0.8, 0.2), np.random.default_rng(0))
    model = KNearestNeighbor().fit(X[train], y[train])
    for k in (1, 3, 5):
        predicted = model.predict(X[test], k, metric)
        other = KNeighborsClassifier(k, metric=SCIPY[metric], algorithm="brute").fit(
            X[train], y[train]
        )
        # ties are decided in another way there
        assert np.mean(predicted == other.predict(X[test])) >= 0.99
        assert np.mean(predicted == y[test]) >= 0.97


def test_l2_is_the_default_and_differs_from_l1():
    model = KNearestNeighbor().fit(np.array([[3.0, 3.0], [0.0, 5.0]]), np.array([0, 1]))
    x = np.zeros((1, 2))
    assert model.predict(x, 1).tolist() == model.predict(x, 1, "l2").tolist() == [0]
    assert model.predict(x, 1, "l1").tolist() == [1]


def test_a_tie_goes_to_the_smallest_label_and_not_to_the_nearest():
    model = KNearestNeighbor().fit(np.array([[0.0], [1.0], [2.0]]), np.array([7, 2, 5]))
    assert model.predict(np.array([[0.0]]), 2).tolist() == [2]
    assert model.predict(np.array([[0.0]]), 3).tolist() == [2]


def test_the_classifier_keeps_its_own_copy_and_counts_labels_in_any_integer_type():
    X, y = np.array([[0, 0], [200, 255]], np.uint8), np.array([3, 255], np.uint8)
    model = KNearestNeighbor()
    assert model.fit(X, y) is model
    X[:], y[:] = 7, 1
    assert model.predict(np.array([[255, 200], [10, 0]], np.uint8), 1).tolist() == [255, 3]
    assert model.predict(np.empty((0, 2)), 1).tolist() == []
    X = np.array([[0.0], [1.0]])
    model.fit(X, np.array([0, 1]))
    X[:] = 5
    assert model.predict(np.array([[1.5]]), 1).tolist() == [1]


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones(3), np.zeros(3, int), r"X has shape \(3,\), expected \(N, D\)"),
        (
            np.ones((0, 3)),
            np.zeros(0, int),
            r"X has shape \(0, 3\), expected \(N, D\) with at least one sample",
        ),
        (
            np.ones((3, 2)),
            np.zeros(2, int),
            r"y has shape \(2,\), but X has 3 rows: expected \(3,\)",
        ),
        (np.ones((2, 2)), np.array([0.0, 1.0]), "y has dtype float64, expected integer labels"),
        (np.ones((2, 2)), np.array([-1, 1]), "y has the label -1, expected labels from 0"),
    ],
)
def test_fit_refuses(X, y, message):
    with pytest.raises(ValueError, match=message):
        KNearestNeighbor().fit(X, y)


def test_predict_refuses():
    with pytest.raises(ValueError, match="X is None: the classifier must be fitted"):
        KNearestNeighbor().predict(np.ones((1, 2)), 1)
    model = KNearestNeighbor().fit(np.ones((3, 2)), np.array([0, 1, 1]))
    for k in (0, 4):
        with pytest.raises(
            ValueError,
            match=f"k is {k}, expected at least 1 and no more than the 3 training samples",
        ):
            model.predict(np.ones((1, 2)), k)
    with pytest.raises(ValueError, match="metric is 'cosine'"):
        model.predict(np.ones((1, 2)), 1, "cosine")
    with pytest.raises(ValueError, match=r"a has shape \(2,\)"):
        model.predict(np.ones(2), 1)
