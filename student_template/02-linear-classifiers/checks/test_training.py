import numpy as np
import pytest

from grader.checks import accuracy, assert_close, assert_learns, digits


def blobs(rng, N=24, D=3, C=4):
    """Samples around one centre for each class; every class occurs, and class 0 twice as often as
    the others.
    """
    y = np.arange(N) % (C + 1) % C
    return rng.normal(size=(C, D))[y] * 2 + rng.normal(size=(N, D)), y


# ---- mini-batches --------------------------------------------------------------------------------


def assert_deals(batches, n, batch_size):
    sizes = [len(batch) for batch in batches]
    expected = [batch_size] * (n // batch_size) + ([n % batch_size] if n % batch_size else [])
    assert sizes == expected, f"the batches of {n} samples have sizes {sizes}; expected {expected}"
    dealt = (
        np.sort(np.concatenate([np.asarray(batch) for batch in batches]))
        if batches
        else np.arange(0)
    )
    assert_close(dealt, np.arange(n), "all indices of the epoch, sorted")


@pytest.mark.points(3)
@pytest.mark.concept("minibatches")
def test_minibatches(student, rng):
    """Mini-batches: every index exactly once, shuffled, the last batch takes what is left"""
    batches = student.minibatches(50, 8, rng)

    assert_deals(batches, 50, 8)
    order = np.concatenate(batches)
    assert (order != np.arange(50)).any(), (
        "the indices come in their natural order; they should be shuffled"
    )


# ---- the classifier ------------------------------------------------------------------------------


def assert_trains_alike(student, reference, *settings):
    """Both classifiers, after the same training: gradient descent on the whole batch leaves nothing
    to chance.
    """
    model, expected = student.LinearClassifier(), reference.LinearClassifier()
    losses, W, b = model.train(*settings), model.W, model.b
    wanted = np.asarray(expected.train(*settings))
    assert_close(
        np.asarray(losses),
        wanted,
        "losses",
        hint="Each loss is taken before its step, and W starts at zero.",
    )
    assert_close(W, expected.W, "W")
    assert_close(b, expected.b, "b")


@pytest.mark.points(3)
@pytest.mark.concept("LinearClassifier")
@pytest.mark.depends("test_linear_scores", "test_softmax_loss_gradient")
def test_classifier_descends(student, reference, rng):
    """Linear classifier: three steps of gradient descent on the whole batch"""
    X, y = blobs(rng)
    assert_trains_alike(student, reference, X, y, "softmax", 0.1, 0.0, 3, len(X), rng)


@pytest.mark.points(1)
@pytest.mark.concept("LinearClassifier")
@pytest.mark.depends("test_classifier_descends", "test_svm_loss_gradient")
def test_classifier_takes_the_svm_loss(student, reference, rng):
    """Linear classifier: the same with the SVM loss"""
    X, y = blobs(rng)
    assert_trains_alike(student, reference, X, y, "svm", 0.1, 0.0, 3, len(X), rng)


@pytest.mark.points(3)
@pytest.mark.concept("LinearClassifier")
@pytest.mark.depends("test_classifier_descends", "test_l2_penalty")
def test_classifier_is_regularised(student, reference, rng):
    """Linear classifier: the penalty is in the loss and in the gradient of W, not in that of b"""
    X, y = blobs(rng)
    assert_trains_alike(student, reference, X, y, "softmax", 0.2, 0.15, 4, len(X), rng)


@pytest.mark.points(1)
@pytest.mark.concept("LinearClassifier")
@pytest.mark.depends("test_classifier_descends")
def test_classifier_predicts(student, reference, rng):
    """Linear classifier: predict gives the class with the highest score"""
    X, y = blobs(rng)
    model, expected = student.LinearClassifier(), reference.LinearClassifier()
    for classifier in (model, expected):
        classifier.train(X, y, "softmax", 0.1, 0.0, 5, len(X), rng)
    new = rng.normal(size=(11, 3))

    assert_close(model.predict(new), expected.predict(new), "predict(X)")


@pytest.mark.points(3)
@pytest.mark.concept("LinearClassifier")
@pytest.mark.depends("test_classifier_descends", "test_classifier_predicts", "test_minibatches")
def test_classifier_learns_digits(student, calibration, plot):
    """Linear classifier: reads handwritten digits after 300 mini-batches"""
    data = digits()

    def train(seed):
        model = student.LinearClassifier()
        rng = np.random.default_rng(seed)
        losses = model.train(data.X_train, data.y_train, "softmax", 0.5, 1e-4, 300, 64, rng)
        plot("The loss of each mini-batch", loss=losses)
        return model.predict(data.X_test), losses

    assert_learns(
        train,
        metric=lambda result: accuracy(result[0], data.y_test),
        history=lambda result: result[1],
        key="linear-digits",
        calibration=calibration,
        name="the classifier",
    )


# ---- random local search -------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("random_local_search")
def test_random_local_search_goes_downhill(student, rng):
    """Random local search: every step that it keeps lowers f"""
    centre, w0 = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)) + 2

    def f(w):
        return float(np.sum((w - centre) ** 2))

    w, losses = student.random_local_search(f, w0, 0.2, 150, rng)

    assert np.shape(w) == (2, 3), f"w has shape {np.shape(w)}; expected (2, 3), as w0 has"
    assert len(losses) == 151, (
        f"150 steps gave {len(losses)} losses; expected 151, the first for w0"
    )
    assert_close(losses[0], f(w0), "losses[0]")
    assert_close(
        losses[-1], f(w), "losses[-1]", hint="The last loss is that of the w that you return."
    )
    rises = int(np.sum(np.diff(losses) > 0))
    assert rises == 0, (
        f"the loss rises in {rises} of 150 steps; a step that does not lower f is not kept"
    )
    assert losses[-1] < 0.2 * losses[0], (
        f"150 steps lower f only from {losses[0]:.3g} to {losses[-1]:.3g}"
    )
    assert not student.mutated, "random_local_search changes w0"
