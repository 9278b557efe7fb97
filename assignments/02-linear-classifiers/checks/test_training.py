import numpy as np
import pytest

from grader.checks import (
    StudentRaised,
    accuracy,
    assert_close,
    assert_learns,
    assert_rejects,
    digits,
)


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


@pytest.mark.points(1)
@pytest.mark.concept("minibatches")
@pytest.mark.depends("test_minibatches")
@pytest.mark.hidden(
    "Draw from the rng that you are given, and from nothing else. Is the next epoch another order?"
)
def test_minibatches_come_from_rng(student, rng):
    """Mini-batches: the order comes from rng, and is a new one in every epoch"""
    generator = student.hold(rng)
    first, second = (np.concatenate(student.minibatches(40, 8, generator)) for _ in range(2))
    assert (first != second).any(), "two epochs with one generator have the same order"

    one, same = (
        np.concatenate(student.minibatches(40, 8, np.random.default_rng(7))) for _ in range(2)
    )
    assert_close(one, same, "the order from a generator with the same seed")


@pytest.mark.points(1)
@pytest.mark.concept("minibatches")
@pytest.mark.depends("test_minibatches")
@pytest.mark.hidden(
    "What if a batch is larger than the data, or the sizes fit evenly, or make no sense?"
)
def test_minibatches_in_the_corners(student, rng):
    """Mini-batches: sizes that fit evenly, one batch, single samples, no samples, sizes that make
    no sense
    """
    for n, batch_size in ((12, 4), (5, 9), (6, 6), (7, 1), (0, 3)):
        assert_deals(student.minibatches(n, batch_size, rng), n, batch_size)
    assert_rejects(student.minibatches, 5, 0, rng, naming="batch_size")
    assert_rejects(student.minibatches, -1, 2, rng, naming="n")


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


@pytest.mark.points(2)
@pytest.mark.concept("LinearClassifier")
@pytest.mark.depends("test_classifier_descends", "test_minibatches")
@pytest.mark.hidden(
    "Does each step take the next batch, so that one epoch sees every sample exactly once?"
)
@pytest.mark.parametrize("batch_size", [1, 5], ids="batches of {}".format)
def test_classifier_sees_every_sample_once_in_an_epoch(student, rng, batch_size):
    """Linear classifier: one batch for each step, and every sample once in an epoch"""
    X, y = (
        np.eye(15),
        np.arange(15) % 3,
    )  # each sample has a feature of its own: its row of W shows how often it counted
    lr = 1e-6  # so small that the scores stay near zero, and dscores at (1/3 - onehot) / batch_size
    model = student.LinearClassifier()

    model.train(X, y, "softmax", lr, 0.0, 2, batch_size, rng)
    seen = int(np.any(model.W, axis=1).sum())
    assert seen == 2 * batch_size, (
        f"2 steps with batches of {batch_size} saw {seen} samples; expected {2 * batch_size}"
    )

    losses = model.train(X, y, "softmax", lr, 0.0, 15 // batch_size, batch_size, rng)
    assert_close(
        model.W, lr / batch_size * (np.eye(3)[y] - 1 / 3), "W after one epoch", rtol=1e-4, atol=0
    )
    assert_close(np.asarray(losses), np.full(15 // batch_size, np.log(3)), "losses", rtol=1e-4)


@pytest.mark.points(1)
@pytest.mark.concept("LinearClassifier")
@pytest.mark.depends("test_classifier_descends")
@pytest.mark.hidden(
    "Train the same object again, on other data and on the same. Does it remember anything?"
)
def test_classifier_starts_anew(student, reference, rng):
    """Linear classifier: every training starts from zero"""
    model, expected = student.LinearClassifier(), reference.LinearClassifier()
    for N, D, C in ((12, 3, 4), (10, 5, 2), (10, 5, 2)):
        X, y = blobs(rng, N, D, C)
        settings = (X, y, "softmax", 0.3, 0.0, 3, N, rng)
        losses = model.train(*settings)
        assert_close(np.asarray(losses), np.asarray(expected.train(*settings)), "losses")
        assert_close(model.predict(X), expected.predict(X), "predict(X)")
        assert_close(model.W, expected.W, "W")

    losses = model.train(X, y, "softmax", 0.3, 0.0, 8, 4, rng)
    assert len(losses) == 8, f"8 steps gave {len(losses)} losses"


@pytest.mark.points(1)
@pytest.mark.concept("LinearClassifier")
@pytest.mark.depends("test_classifier_descends")
@pytest.mark.hidden(
    "Which losses are there? Are the labels classes, one for each sample? What if nothing was "
    "trained yet?"
)
def test_classifier_rejects_what_does_not_fit(student, rng):
    """Linear classifier: what does not fit raises a ValueError that names the argument"""
    X, y = blobs(rng)
    model = student.LinearClassifier()
    with pytest.raises(StudentRaised) as error:
        model.predict(X)
    assert "ValueError" in (error.value.raised.kind, *error.value.raised.bases), (
        "predict before train: no ValueError"
    )
    train = model.train
    assert_rejects(train, X, y, "hinge", 0.1, 0.0, 2, 8, rng, naming="loss")
    assert_rejects(train, X, y[:-1], "softmax", 0.1, 0.0, 2, 8, rng, naming="y")
    assert_rejects(train, X, y - 1, "softmax", 0.1, 0.0, 2, 8, rng, naming="y")
    assert_rejects(train, X[0], y, "softmax", 0.1, 0.0, 2, 8, rng, naming="X")
    assert_rejects(train, X, y, "softmax", 0.1, -0.5, 2, 8, rng, naming="reg")


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


@pytest.mark.points(2)
@pytest.mark.concept("random_local_search")
@pytest.mark.depends("test_random_local_search_goes_downhill")
@pytest.mark.hidden(
    "How long are the steps, and in which directions? What happens where every step is as good as "
    "none?"
)
def test_random_local_search_takes_normal_steps(student, rng):
    """Random local search: the steps are normal with the given scale, and one that gains nothing is
    not kept
    """
    w0, scale = rng.normal(size=(2, 3)), 0.3

    def search(value):
        """Search where the n-th new point costs value(n), and give what came out, with all points
        in their order.
        """
        points, costs = [], {}

        def f(w):
            if w.tobytes() not in costs:
                costs[w.tobytes()] = value(len(points))
                points.append(w)
            return costs[w.tobytes()]

        return *student.random_local_search(f, w0, scale, 200, rng), np.array(points)

    w, losses, points = search(lambda n: -float(n))
    assert len(points) == 201, f"f was asked about {len(points)} points in 200 steps; expected 201"
    assert_close(w, points[-1], "w where every step lowers f")
    steps = np.diff(points, axis=0) / scale
    assert np.abs(steps.mean(axis=0)).max() < 0.4, (
        "the steps are not centred: in every direction their mean is zero"
    )
    spread = steps.std(axis=0)
    assert 0.7 < spread.min() <= spread.max() < 1.4, (
        "the size of the steps is not scale in every direction"
    )
    assert np.abs(steps).max() > 2.2, (
        "the steps are never long: they should be normally distributed"
    )
    alike = np.abs(np.corrcoef(steps.reshape(200, -1).T) - np.eye(6)).max()
    assert alike < 0.5, (
        "the steps always go in the same directions: draw a number for each coordinate"
    )

    w, losses, _ = search(lambda n: float(n % 2))
    assert_close(
        w, w0, "w where no step lowers f", hint="A step that leaves f as it was is not kept."
    )
    assert_close(np.asarray(losses), np.zeros(201), "losses")
