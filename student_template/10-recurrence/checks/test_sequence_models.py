import numpy as np
import pytest

from grader.checks import assert_close, assert_learns, check_gradients, check_loss_gradient, mean_squared_error

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}  # of H columns in Wx, Wh and b

# The adding problem at a length that an LSTM learns in a second and a plain network does not.
LENGTH, UNITS, STEPS, BATCH, LEARNING_RATE = 16, 16, 400, 24, 0.03


def model(subject, cell, rng, sizes=(3, 4, 5), loss="softmax"):
    """A SequenceClassifier of the subject whose parameters the check has chosen."""
    D, H, M = sizes
    made = subject.SequenceClassifier(cell, D, H, M, rng, loss=loss)
    draw, columns = np.random.default_rng(D + H + M), BLOCKS[cell] * H
    shapes = {
        "Wx": (D, columns),
        "Wh": (H, columns),
        "b": (columns,),
        "W_out": (H, M),
        "b_out": (M,),
    }
    subject.write(
        subject.attribute(made, "params"),
        {name: 0.5 * draw.normal(size=shape) for name, shape in shapes.items()},
    )
    return made


def classes(rng, N=6, T=4, D=3, M=5):
    return rng.normal(size=(N, T, D)), rng.integers(M, size=N)


# ---- embedding -----------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("embedding")
def test_embedding_forward(student, reference, rng):
    """Embedding: every symbol becomes its row of W"""
    x, W = rng.integers(7, size=(3, 4)), rng.normal(size=(7, 2))

    out, _ = student.embedding_forward(x, W)

    assert_close(out, reference.embedding_forward(x, W)[0], "out")


@pytest.mark.points(2)
@pytest.mark.concept("embedding")
@pytest.mark.depends("test_embedding_forward")
def test_embedding_backward(student, reference, rng):
    """Embedding: a row that was looked up several times collects all its gradients"""
    x = np.array([[2, 0, 2, 1], [1, 2, 5, 0], [4, 4, 2, 1]])

    check_gradients(student, reference, "embedding", x, rng.normal(size=(7, 2)), rng=rng)


# ---- affine over time ----------------------------------------------------------------------------


def affine_inputs(rng, N=2, T=4, D=3, M=5):
    return rng.normal(size=(N, T, D)), rng.normal(size=(D, M)), rng.normal(size=M)


@pytest.mark.points(1)
@pytest.mark.concept("temporal_affine")
def test_temporal_affine_forward(student, reference, rng):
    """Affine over time: the same layer at every step"""
    inputs = affine_inputs(rng)

    out, _ = student.temporal_affine_forward(*inputs)

    assert_close(out, reference.temporal_affine_forward(*inputs)[0], "out")


@pytest.mark.points(1)
@pytest.mark.concept("temporal_affine")
@pytest.mark.depends("test_temporal_affine_forward")
def test_temporal_affine_backward(student, reference, rng):
    """Affine over time: the gradients of w and b are sums over batch and time"""
    check_gradients(student, reference, "temporal_affine", *affine_inputs(rng), rng=rng)


# ---- softmax loss over time ----------------------------------------------------------------------


def scored_sequences(rng, N=4, T=6, V=3):
    """Scores, labels and a mask as padding makes it: each sequence has another length."""
    lengths = rng.permutation(np.arange(N) + 2)[:, None]
    return rng.normal(size=(N, T, V)), rng.integers(V, size=(N, T)), np.arange(T) < lengths


@pytest.mark.points(2)
@pytest.mark.concept("temporal_softmax_loss")
def test_temporal_softmax_loss_value(student, reference, rng):
    """Softmax loss over time: summed over the steps that count, averaged over the batch"""
    inputs = scored_sequences(rng)

    loss, _ = student.temporal_softmax_loss(*inputs)

    expected, _ = reference.temporal_softmax_loss(*inputs)
    N, T = inputs[1].shape
    assert_close(
        loss,
        expected,
        "loss",
        sizes={"N": N, "T": T},
        hint="The sum over the steps that count is divided by N alone.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("temporal_softmax_loss")
@pytest.mark.depends("test_temporal_softmax_loss_value")
def test_temporal_softmax_loss_gradient(student, reference, rng):
    """Softmax loss over time: dx agrees with the numeric gradient of your loss"""
    check_loss_gradient(
        student, reference, "temporal_softmax_loss", *scored_sequences(rng), rng=rng
    )


# ---- the adding problem --------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("adding_problem")
def test_adding_problem(student, rng):
    """Adding problem: two marks, one in each half, and the sum of the two marked numbers"""
    x, y = student.adding_problem(40, 10, rng)

    assert_close(np.shape(x), (40, 10, 2), "the shape of x")
    assert_close(np.shape(y), (40, 1), "the shape of y")
    u, marks = x[:, :, 0], x[:, :, 1]
    assert set(np.unique(marks)) == {0, 1}, "x[:, :, 1] holds something other than 0 and 1"
    assert_close(marks[:, :5].sum(axis=1), np.ones(40), "the number of marks in the first half")
    assert_close(marks[:, 5:].sum(axis=1), np.ones(40), "the number of marks in the second half")
    assert_close(y, np.sum(u * marks, axis=1, keepdims=True), "y")


# ---- the model -----------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.parametrize("cell", BLOCKS)
def test_classifier_has_parameters(student, rng, cell):
    """SequenceClassifier: params holds Wx, Wh, b, W_out and b_out in the right shapes"""
    params = student.SequenceClassifier(cell, 3, 4, 5, rng).params

    columns = 4 * BLOCKS[cell]
    expected = {
        "Wx": (3, columns),
        "Wh": (4, columns),
        "b": (columns,),
        "W_out": (4, 5),
        "b_out": (5,),
    }
    shapes = {name: np.shape(value) for name, value in params.items()}
    assert shapes == expected, f"params has {shapes}; expected {expected}"


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends(
    "test_classifier_has_parameters",
    "test_rnn_forward",
    "test_temporal_affine_forward",
    "test_temporal_softmax_loss_value",
)
def test_classifier_loss(student, reference, rng):
    """SequenceClassifier: the softmax loss of scores that come from the last state"""
    X, y = classes(rng)

    loss, _ = model(student, "rnn", rng).loss(X, y)

    assert_close(loss, model(reference, "rnn", rng).loss(X, y)[0], "loss", sizes={"N": len(X)})


@pytest.mark.points(2)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends(
    "test_classifier_loss",
    "test_rnn_backward",
    "test_temporal_affine_backward",
    "test_temporal_softmax_loss_gradient",
)
def test_classifier_gradients(student, reference, rng):
    """SequenceClassifier: the gradient of every parameter"""
    X, y = classes(rng)

    _, grads = model(student, "rnn", rng).loss(X, y)

    assert_close(grads, model(reference, "rnn", rng).loss(X, y)[1], "grads", sizes={"N": len(X)})


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends("test_classifier_loss")
def test_classifier_predicts_classes(student, reference, rng):
    """SequenceClassifier: predict gives the class with the largest score"""
    X, _ = classes(rng, N=30)

    predicted = model(student, "rnn", rng).predict(X)

    assert_close(predicted, model(reference, "rnn", rng).predict(X), "predict(X)")


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends("test_classifier_gradients")
def test_classifier_trains(student, reference, rng):
    """SequenceClassifier: train is Adam on gradients whose joint norm is clipped"""
    # Drawn once for all: some draws give a weight so small a gradient that ε, which may also stand
    # inside Adam's root, decides the training. Here that changes a loss by 1e-6, and a slip by 0.2.
    draw = np.random.default_rng(13)
    X = draw.normal(size=(1, 4, 3))
    X[:, :, 1] = 0  # the weights of this feature have no gradient, and Adam must not divide 0 by 0
    y = 3 * draw.normal(size=(1, 5))
    X, y = np.repeat(X, 7, axis=0), np.repeat(y, 7, axis=0)  # equal: any batch is as good
    settings = {"lr": 0.1, "num_steps": 30, "batch_size": 3, "max_norm": 2.0}

    losses = model(student, "rnn", rng, loss="mse").train(X, y, rng=rng, **settings)

    expected = np.array(model(reference, "rnn", rng, loss="mse").train(X, y, rng=rng, **settings))
    name, atol = "the losses of the training steps", 0.01 * expected.mean()
    assert_close(np.array(losses), expected, name, rtol=0.01, atol=atol)


def sums_to_learn(n, rng):
    """The adding problem, as the handout has it."""
    x = np.stack([rng.uniform(size=(n, LENGTH)), np.zeros((n, LENGTH))], axis=2)
    first, second = rng.integers(LENGTH // 2, size=n), rng.integers(LENGTH // 2, LENGTH, size=n)
    for marked in (first, second):
        x[np.arange(n), marked, 1] = 1
    return x, x.prod(axis=2).sum(axis=1, keepdims=True)


@pytest.mark.points(2)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends("test_classifier_trains", "test_lstm_backward")
@pytest.mark.limits(seconds=60)
def test_lstm_beats_the_plain_network(student, calibration, plot):
    """SequenceClassifier: on the adding problem the LSTM's error is a small part of the plain
    network's
    """

    def train(seed):
        rng = np.random.default_rng(seed)
        (X, y), (X_test, y_test) = sums_to_learn(2000, rng), sums_to_learn(500, rng)
        losses, predicted = {}, {}
        for cell in ("rnn", "lstm"):
            learner = student.SequenceClassifier(cell, 2, UNITS, 1, rng, loss="mse")
            losses[cell] = learner.train(X, y, LEARNING_RATE, STEPS, BATCH, rng)
            predicted[cell] = learner.predict(X_test)
        plot(f"Loss on the adding problem, {LENGTH} steps", **losses)
        return predicted, y_test, losses["lstm"]

    def share(result):
        predicted, y_test, _ = result
        return mean_squared_error(predicted["lstm"], y_test) / mean_squared_error(
            predicted["rnn"], y_test
        )

    assert_learns(
        train,
        metric=share,
        key="adding-problem",
        calibration=calibration,
        better="lower",
        history=lambda result: result[2],
        name="the LSTM's error divided by the plain network's",
    )
