import numpy as np
import pytest

from grader.checks import CheckFailure, accuracy, assert_close, digits

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
