import numpy as np
import pytest

from grader.checks import (
    CheckFailure,
    StudentRaised,
    accuracy,
    assert_close,
    assert_rejects,
    digits,
)

NEEDED_ON_DIGITS = 0.97

# ---- distances -----------------------------------------------------------------------------------


@pytest.mark.points(6, each=True)
@pytest.mark.concept("pairwise_distances")
@pytest.mark.parametrize("metric", ["l1", "l2"])
def test_distances(student, reference, rng, metric):
    """Distances: every row of a to every row of b"""
    a, b = rng.normal(size=(4, 6)), rng.normal(size=(5, 6))

    distances = student.pairwise_distances(a, b, metric)

    expected = reference.pairwise_distances(a, b, metric)
    assert_close(
        distances,
        expected,
        "distances",
        rtol=1e-6,
        hint="Entry (n, m) is the distance from a[n] to b[m].",
    )
    if student.mutated:
        raise CheckFailure(f"pairwise_distances changes {student.mutated[0]} in place")


@pytest.mark.points(1)
@pytest.mark.concept("pairwise_distances")
@pytest.mark.depends("test_distances")
@pytest.mark.hidden(
    "One row against one, a single feature, float32: does anything change its shape or its dtype?"
)
@pytest.mark.parametrize("metric", ["l1", "l2"])
def test_distances_of_small_things(student, reference, rng, metric):
    """Distances: one row, one feature, float32"""
    for n, m, d in ((1, 1, 4), (3, 1, 2), (1, 4, 3), (3, 2, 1)):
        a, b = (
            rng.normal(size=(n, d)).astype(np.float32),
            rng.normal(size=(m, d)).astype(np.float32),
        )
        distances = student.pairwise_distances(a, b, metric)
        assert_close(
            distances, reference.pairwise_distances(a, b, metric), "distances", rtol=1e-3, atol=1e-3
        )
        got = distances.dtype
        assert got == np.float32, f"the distances of float32 points are {got}"


@pytest.mark.points(2)
@pytest.mark.concept("pairwise_distances")
@pytest.mark.depends("test_distances")
@pytest.mark.hidden(
    "The distance of a point to itself is zero. Can rounding make something under your root "
    "negative?"
)
def test_distances_to_itself(student, rng):
    """Distances: every point is at distance zero from itself"""
    for scale in (0.1, 1.0, 10.0):
        points = scale * rng.normal(1, 1, size=(30, 40))
        distances = student.pairwise_distances(points, points[::-1].copy(), "l2")
        own = np.diag(distances[:, ::-1])
        assert_close(own, np.zeros(30), "the distances of points to themselves", atol=1e-4 * scale)


@pytest.mark.points(3)
@pytest.mark.concept("pairwise_distances")
@pytest.mark.depends("test_distances")
@pytest.mark.hidden(
    "Pixels come as unsigned 8-bit integers. What is 3 - 5 there, and what is 200 * 200?"
)
@pytest.mark.parametrize("metric", ["l1", "l2"])
def test_distances_of_raw_images(student, reference, rng, metric):
    """Distances: raw images, whose pixels are integers from 0 to 255"""
    a, b = (rng.integers(256, size=(n, 8 * 8), dtype=np.uint8) for n in (5, 7))
    distances = student.pairwise_distances(a, b, metric)
    assert_close(distances, reference.pairwise_distances(a, b, metric), "distances", rtol=1e-6)


@pytest.mark.points(3)
@pytest.mark.concept("pairwise_distances")
@pytest.mark.depends("test_distances")
@pytest.mark.limits(memory=256)
@pytest.mark.hidden("How large is an array that holds the difference of every pair of images?")
def test_distances_in_little_memory(student, reference, rng):
    """Distances: 200 images against 200 others in 256 MiB, with l2"""
    a, b = rng.normal(size=(200, 3000)), rng.normal(size=(200, 3000))
    distances = student.pairwise_distances(a, b, "l2")
    assert_close(distances, reference.pairwise_distances(a, b, "l2"), "distances", rtol=1e-6)


# ---- nearest neighbours --------------------------------------------------------------------------


def predictions(subject, X, y, X_new, k, *metric):
    """What a classifier that was fitted to X and y predicts for X_new."""
    model = subject.KNearestNeighbor()
    model.fit(X, y)
    return model.predict(X_new, k, *metric)


@pytest.mark.points(5)
@pytest.mark.concept("KNearestNeighbor")
@pytest.mark.parametrize("k", [1, 3, 7])
def test_nearest_neighbours(student, reference, rng, k):
    """Nearest neighbours: the label that most of the k nearest have"""
    second = rng.integers(2, size=40)  # two classes and an odd k: no vote is tied
    X, y = second[:, None] + rng.normal(size=(40, 2)), np.where(second, 4, 1)
    X_new = rng.normal(0.5, 1, size=(25, 2))

    predicted = predictions(student, X, y, X_new, k)

    assert_close(predicted, predictions(reference, X, y, X_new, k), "predicted")


@pytest.mark.points(2)
@pytest.mark.concept("KNearestNeighbor")
@pytest.mark.depends("test_nearest_neighbours")
def test_nearest_neighbours_with_l1(student, reference, rng):
    """Nearest neighbours: the metric can be chosen, and l2 is the default"""
    X, y, X_new = rng.normal(size=(60, 5)), rng.integers(2, size=60), rng.normal(size=(60, 5))

    for metric in (("l1",), ("l2",), ()):
        predicted = predictions(student, X, y, X_new, 3, *metric)
        expected = predictions(reference, X, y, X_new, 3, *metric)
        assert_close(
            predicted, expected, f"predicted with {metric[0] if metric else 'the default metric'}"
        )


@pytest.mark.points(1)
@pytest.mark.concept("KNearestNeighbor")
@pytest.mark.depends("test_nearest_neighbours")
def test_fit_returns_the_classifier(student):
    """Nearest neighbours: fit returns the classifier, so that calls can be chained"""
    X, y = np.array([[0.0], [1.0], [5.0]]), np.array([0, 0, 1])

    predicted = student.KNearestNeighbor().fit(X, y).predict(np.array([[4.5], [0.2]]), 1)

    assert_close(predicted, np.array([1, 0]), "KNearestNeighbor().fit(X, y).predict(X_new, k=1)")


@pytest.mark.points(4)
@pytest.mark.concept("KNearestNeighbor")
@pytest.mark.depends("test_nearest_neighbours")
@pytest.mark.hidden(
    "Two labels may have equally many votes, whichever was met first. Which one wins?"
)
def test_a_tied_vote(student, rng):
    """Nearest neighbours: the smallest label wins a tied vote"""
    X = np.array([[1.0], [2.0], [3.5], [5.0], [7.0], [9.5]])
    y = np.array([2, 0, 3, 3, 0, 2])
    order = rng.permutation(6)

    predicted = [
        predictions(student, X[order], y[order], np.zeros((1, 1)), k)[0] for k in range(1, 7)
    ]

    assert_close(
        np.array(predicted), np.array([2, 0, 0, 3, 0, 0]), "the label predicted for k = 1 … 6"
    )


@pytest.mark.points(1)
@pytest.mark.concept("KNearestNeighbor")
@pytest.mark.depends("test_nearest_neighbours")
@pytest.mark.hidden(
    "Several training samples may be at the same distance. Which of them are among the k nearest?"
)
def test_equal_distances(student, rng):
    """Nearest neighbours: at equal distances, what comes first in the training data is nearer"""
    X, y = np.tile([[-2.0], [2.0]], (12, 1)), rng.permutation(np.repeat([0, 1], 12))

    for k in (1, 5, 9, 13):
        votes = np.bincount(y[:k])  # of two labels by an odd number: never tied
        predicted = predictions(student, X, y, np.zeros((2, 1)), k)
        assert_close(predicted, np.full(2, votes.argmax()), f"predicted with k = {k}")


@pytest.mark.points(2)
@pytest.mark.concept("KNearestNeighbor")
@pytest.mark.depends("test_nearest_neighbours")
@pytest.mark.hidden(
    "Not every label up to the largest has to occur, and k may be all of the training data."
)
def test_odd_labels_and_all_neighbours(student, reference, rng):
    """Nearest neighbours: labels with gaps, one sample, one class, raw images, k = N"""
    X = rng.integers(256, size=(9, 16), dtype=np.uint8)
    X_new = rng.integers(256, size=(4, 16), dtype=np.uint8)
    assert_close(
        predictions(student, X[:1], np.array([3]), X_new, 1),
        np.full(4, 3),
        "predicted after one sample",
    )
    for y in (np.array([7, 2, 7, 2, 11, 11, 7, 2, 7]), np.full(9, 5)):
        for k in (1, 9):
            predicted = predictions(student, X, y, X_new, k)
            assert_close(predicted, predictions(reference, X, y, X_new, k), "predicted")


@pytest.mark.points(5)
@pytest.mark.concept("KNearestNeighbor")
@pytest.mark.depends("test_nearest_neighbours")
@pytest.mark.limits(seconds=30)
def test_nearest_neighbours_read_digits(student):
    """Nearest neighbours: reads handwritten digits, 97 of 100"""
    data = digits()

    share = accuracy(predictions(student, data.X_train, data.y_train, data.X_test, 3), data.y_test)

    if share < NEEDED_ON_DIGITS:
        raise CheckFailure(
            f"with k = 3, {share:.3f} of the digits were read; {NEEDED_ON_DIGITS} is needed"
        )


def with_nothing_to_compare(model, X):
    """Fail unless predict raises a ValueError before fit, whatever it says."""
    try:
        model.predict(X, 1)
    except StudentRaised as error:
        if error.raised.kind != "ValueError":
            raise
    else:
        raise CheckFailure("predict gives an answer before fit has seen any training data")


@pytest.mark.points(3, each=True)
@pytest.mark.hidden(
    "The docstrings say under Raises what must not come in. A k that is too large is one of them."
)
@pytest.mark.parametrize("what", ["distances", "fit", "predict", "too early"])
def test_bad_neighbours(student, what):
    """Neighbours: what the docstrings rule out raises a ValueError that names the argument"""
    X, y = np.eye(4), np.array([0, 1, 1, 0])
    if what == "distances":
        assert_rejects(student.pairwise_distances, X, X[0], "l1", naming="b")
        # numpy would broadcast it
        assert_rejects(student.pairwise_distances, X, X[:, :1], "l1", naming="b")
        assert_rejects(student.pairwise_distances, X, X, "cosine", naming="metric")
        return
    model = student.KNearestNeighbor()
    if what == "fit":
        assert_rejects(model.fit, X[0], y, naming="X")
        assert_rejects(model.fit, X[:0], y[:0], naming="X")
        assert_rejects(model.fit, X, y[:3], naming="y")
        assert_rejects(model.fit, X, y / 2, naming="y")
        assert_rejects(model.fit, X, y - 1, naming="y")
        return
    if what == "too early":
        with_nothing_to_compare(model, X)
        return
    model.fit(X, y)
    for k in (0, 5):
        assert_rejects(model.predict, X, k, naming="k")
    assert_rejects(model.predict, X, 1, "cosine", naming="metric")
