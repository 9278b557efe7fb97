import numpy as np
import pytest

from grader.checks import (
    assert_close,
    assert_learns,
    assert_rejects,
    check_gradients,
    check_loss_gradient,
    mean_squared_error,
)

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


@pytest.mark.points(1)
@pytest.mark.concept("embedding")
@pytest.mark.depends("test_embedding_backward")
@pytest.mark.hidden(
    "Look up one symbol again and again, or none of most rows. Does dW keep the shape of W?"
)
@pytest.mark.parametrize("shape", [(1, 6), (5, 1)], ids=str)
def test_embedding_of_one_symbol(student, reference, rng, shape):
    """Embedding: one symbol everywhere, one sequence, one step"""
    check_gradients(
        student, reference, "embedding", np.full(shape, 3), rng.normal(size=(4, 1)), rng=rng
    )


@pytest.mark.points(1)
@pytest.mark.concept("embedding")
@pytest.mark.hidden(
    "Which symbols have a row in W? numpy takes -1 for the last row, and says nothing."
)
def test_embedding_rejects_symbols_without_a_row(student, rng):
    """Embedding: what is no index of a row, and a dout of another shape, raise a ValueError"""
    x, W = np.array([[0, 2, 1], [3, 3, 0]]), rng.normal(size=(4, 2))
    for wrong in (x - 1, x + 1, x + 0.5):
        assert_rejects(student.embedding_forward, wrong, W, naming="x")
    _, cache = student.embedding_forward(x, W)
    assert_rejects(student.embedding_backward, rng.normal(size=(2, 1, 2)), cache, naming="dout")


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


@pytest.mark.points(1)
@pytest.mark.concept("temporal_affine")
@pytest.mark.depends("test_temporal_affine_forward")
@pytest.mark.hidden(
    "Try one sequence, one step, one feature and one output: does every array keep its shape?"
)
@pytest.mark.parametrize("sizes", [(1, 4, 3, 2), (3, 1, 2, 4), (2, 3, 1, 1)], ids=str)
def test_temporal_affine_at_the_edges(student, reference, rng, sizes):
    """Affine over time: one sequence, one step, one feature and one output"""
    check_gradients(student, reference, "temporal_affine", *affine_inputs(rng, *sizes), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("temporal_affine")
@pytest.mark.hidden(
    "A b of length one and a dout of one step are broadcast by numpy. Is that what you want?"
)
def test_temporal_affine_rejects_shapes_that_do_not_fit(student, rng):
    """Affine over time: shapes that do not fit raise a ValueError that names the argument"""
    x, w, b = affine_inputs(rng)
    assert_rejects(student.temporal_affine_forward, x[0], w, b, naming="x")
    assert_rejects(student.temporal_affine_forward, x, w[:-1], b, naming="w")
    assert_rejects(student.temporal_affine_forward, x, w, b[:1], naming="b")
    out, cache = student.temporal_affine_forward(x, w, b)
    assert_rejects(
        student.temporal_affine_backward,
        rng.normal(size=np.shape(out))[:, :1],
        cache,
        naming="dout",
    )


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


@pytest.mark.points(1)
@pytest.mark.concept("temporal_softmax_loss")
@pytest.mark.depends("test_temporal_softmax_loss_value")
@pytest.mark.hidden(
    "Scores can be very large, and differ by thousands between steps. What does exp(1000) give?"
)
def test_temporal_softmax_loss_is_stable(student, reference, rng):
    """Softmax loss over time: finite and right for very large scores"""
    x, y, mask = scored_sequences(rng)
    for scores in (1e4 * x, x + 2000.0 * np.arange(x.shape[1])[:, None]):
        loss, dx = student.temporal_softmax_loss(scores, y, mask)

        expected, dexpected = reference.temporal_softmax_loss(scores, y, mask)
        assert_close(loss, expected, "loss")
        assert_close(dx, dexpected, "dx")


@pytest.mark.points(2)
@pytest.mark.concept("temporal_softmax_loss")
@pytest.mark.depends("test_temporal_softmax_loss_gradient")
@pytest.mark.hidden(
    "Padding may hold anything: labels that do not exist, scores that are NaN. And 0 times NaN is "
    "NaN."
)
def test_temporal_softmax_loss_ignores_what_is_masked(student, reference, rng):
    """Softmax loss over time: what stands at a masked step does not matter, not even when a whole
    sequence is masked
    """
    x, y, mask = scored_sequences(rng)
    expected, dexpected = reference.temporal_softmax_loss(x, y, mask)

    loss, dx = student.temporal_softmax_loss(x, np.where(mask, y, -1), mask)
    assert_close(loss, expected, "loss with labels -1 in the padding")
    assert_close(dx, dexpected, "dx with labels -1 in the padding")

    loss, dx = student.temporal_softmax_loss(
        np.where(mask[:, :, None], x, np.nan), np.where(mask, y, 99), mask
    )
    assert_close(loss, expected, "loss with NaN in the padding")
    assert_close(dx, dexpected, "dx with NaN in the padding")

    mask[1] = False
    loss, dx = student.temporal_softmax_loss(x, y, mask)
    expected, dexpected = reference.temporal_softmax_loss(x, y, mask)
    assert_close(loss, expected, "loss with a sequence that is all padding")
    assert_close(dx, dexpected, "dx with a sequence that is all padding")

    loss, dx = student.temporal_softmax_loss(x, y, np.zeros_like(mask))
    assert_close(loss, 0.0, "loss with nothing but padding")
    assert_close(dx, np.zeros_like(x), "dx with nothing but padding")


@pytest.mark.points(1)
@pytest.mark.concept("temporal_softmax_loss")
@pytest.mark.hidden(
    "Labels that count must be classes, and y and mask have one entry for every sequence and step."
)
def test_temporal_softmax_loss_rejects_what_does_not_fit(student, rng):
    """Softmax loss over time: labels that are no class and shapes that do not fit raise a
    ValueError
    """
    x, y, mask = scored_sequences(rng)
    loss = student.temporal_softmax_loss
    for wrong in (np.where(mask, 3, y), np.where(mask, -1, y), y + 0.5, y[:, :1]):
        assert_rejects(loss, x, wrong, mask, naming="y")
    assert_rejects(loss, x, y, mask[:, :1], naming="mask")
    assert_rejects(loss, x[0], y, mask, naming="x")


# ---- what all layers have in common --------------------------------------------------------------


def in_float32(*arrays):
    return [array.astype(np.float32) if array.dtype.kind == "f" else array for array in arrays]


@pytest.mark.points(1)
@pytest.mark.concept("house_conventions")
@pytest.mark.hidden("Give all floating numbers as float32. Where does a float64 come from?")
def test_layers_keep_float32(student, rng):
    """Embedding, affine over time and softmax loss over time: float32 in, float32 out, forward and
    backward
    """
    layers = {
        "embedding": (rng.integers(7, size=(3, 4)), rng.normal(size=(7, 2))),
        "temporal_affine": affine_inputs(rng),
    }
    for name, inputs in layers.items():
        out, cache = getattr(student, f"{name}_forward")(*in_float32(*inputs))
        (dout,) = in_float32(rng.normal(size=np.shape(out)))
        gradients = getattr(student, f"{name}_backward")(dout, cache)
        arrays = [out, *(gradients if isinstance(gradients, tuple) else [gradients])]
        dtypes = sorted({str(array.dtype) for array in arrays})
        assert dtypes == ["float32"], f"{name} gives {' and '.join(dtypes)} for float32"

    _, dx = student.temporal_softmax_loss(*in_float32(*scored_sequences(rng)))
    assert str(dx.dtype) == "float32", f"temporal_softmax_loss gives a dx of {dx.dtype} for float32"


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


@pytest.mark.points(1)
@pytest.mark.concept("adding_problem")
@pytest.mark.depends("test_adding_problem")
@pytest.mark.hidden(
    "Draw thousands of sequences and look: how are the numbers spread, and where do the marks "
    "stand?"
)
def test_adding_problem_is_spread_evenly(student, rng):
    """Adding problem: numbers uniform in [0, 1), and every step of a half is marked equally
    often
    """
    x, _ = student.adding_problem(4000, 8, rng)

    u, marks = x[:, :, 0], x[:, :, 1]
    assert u.min() >= 0, f"the smallest of the numbers is {u.min():.3g}; expected none below 0"
    assert u.max() < 1, f"the largest of the numbers is {u.max():.3g}; expected none of 1 or more"
    # The bounds are at least seven standard errors wide.
    assert_close(u.mean(), 0.5, "the mean of the numbers", rtol=0, atol=0.015)
    assert_close(
        u.std(), 1 / np.sqrt(12), "the standard deviation of the numbers", rtol=0, atol=0.01
    )
    assert_close(
        u.std(axis=0), np.full(8, u.std()), "the standard deviation at each step", rtol=0, atol=0.02
    )
    assert_close(
        marks.mean(axis=0), np.full(8, 0.25), "the share of marks at each step", rtol=0, atol=0.05
    )
    together = marks[:, :4].T @ marks[:, 4:] / len(marks)  # (4, 4)
    assert_close(
        together,
        np.full((4, 4), 1 / 16),
        "the share of each pair of marked steps",
        rtol=0,
        atol=0.03,
    )


@pytest.mark.points(1)
@pytest.mark.concept("adding_problem")
@pytest.mark.hidden(
    "What do sequences of two steps hold, and those of one? And do all random numbers come from "
    "rng, the argument?"
)
def test_adding_problem_uses_its_arguments(student):
    """Adding problem: two steps are enough, one is refused, and equal generators give equal data"""
    assert_rejects(student.adding_problem, 3, 1, np.random.default_rng(0), naming="T")
    x, y = student.adding_problem(3, 2, np.random.default_rng(0))
    assert_close(x[:, :, 1], np.ones((3, 2)), "the marks of two steps")
    assert_close(y, x[:, :, 0].sum(axis=1, keepdims=True), "y of two steps")

    first, second = (student.adding_problem(5, 6, np.random.default_rng(3)) for _ in range(2))
    assert_close(second, first, "what the second of two equal generators gives")
    assert not np.array_equal(
        student.adding_problem(5, 6, np.random.default_rng(4))[0], first[0]
    ), "two different generators give equal data"


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
@pytest.mark.depends("test_classifier_loss", "test_lstm_backward")
@pytest.mark.hidden("Build the model with an LSTM. How wide are its weights, and which cell runs?")
def test_classifier_with_an_lstm(student, reference, rng):
    """SequenceClassifier: an LSTM in the place of the plain cell"""
    X, y = classes(rng)

    loss, grads = model(student, "lstm", rng).loss(X, y)

    expected, dexpected = model(reference, "lstm", rng).loss(X, y)
    assert_close(loss, expected, "loss")
    assert_close(grads, dexpected, "grads")


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends("test_classifier_loss", "test_gru_backward")
@pytest.mark.hidden("Build the model with a GRU, and give it a sequence of one step.")
def test_classifier_with_a_gru(student, reference, rng):
    """SequenceClassifier: a GRU in the place of the plain cell, also for one step"""
    for T in (4, 1):
        X, y = classes(rng, T=T)

        loss, grads = model(student, "gru", rng).loss(X, y)

        expected, dexpected = model(reference, "gru", rng).loss(X, y)
        assert_close(loss, expected, "loss")
        assert_close(grads, dexpected, "grads")


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends("test_classifier_loss")
@pytest.mark.hidden(
    'With loss="mse" the answer is a vector of numbers. What is its error averaged over?'
)
@pytest.mark.parametrize("M", [1, 2])
def test_classifier_for_numbers(student, reference, rng, M):
    """SequenceClassifier: with loss="mse", the mean squared error over all numbers, and predict
    gives the numbers
    """
    X, y = rng.normal(size=(6, 4, 3)), rng.normal(size=(6, M))
    mine, right = (
        model(subject, "rnn", rng, sizes=(3, 4, M), loss="mse") for subject in (student, reference)
    )

    loss, grads = mine.loss(X, y)

    expected, dexpected = right.loss(X, y)
    assert_close(loss, expected, "loss", sizes={"N": 6, "M": M})
    assert_close(grads, dexpected, "grads", sizes={"N": 6, "M": M})
    assert_close(mine.predict(X), right.predict(X), "predict(X)")


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends("test_classifier_has_parameters")
@pytest.mark.hidden(
    "How are the first weights spread, and how large? Which biases do not begin at zero?"
)
@pytest.mark.parametrize("cell", BLOCKS)
def test_classifier_starts_well(student, rng, cell):
    """SequenceClassifier: weights begin uniform in ±1/√H, biases at zero, the LSTM's forget biases
    at one
    """
    D, H, M = 40, 25, 30
    params = student.SequenceClassifier(cell, D, H, M, rng).params

    bound = 1 / np.sqrt(H)
    for name in ("Wx", "Wh", "W_out"):
        w = params[name]
        # The smallest has 625 draws. All bounds are at least eight standard errors wide.
        assert_close(np.abs(w).max(), bound, f"the largest absolute value of {name}", rtol=0.05)
        assert_close(w.std(), bound / np.sqrt(3), f"the standard deviation of {name}", rtol=0.15)
        assert_close(w.mean(), 0.0, f"the mean of {name}", rtol=0, atol=0.25 * bound)
    expected = np.zeros(BLOCKS[cell] * H)
    if cell == "lstm":
        expected[H : 2 * H] = 1
    assert_close(params["b"], expected, "b")
    assert_close(params["b_out"], np.zeros(M), "b_out")


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


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends("test_classifier_trains")
@pytest.mark.hidden(
    "With a learning rate of 0 nothing is learnt, and the losses show which samples are drawn."
)
def test_classifier_draws_batches(student, reference, rng):
    """SequenceClassifier: every training step draws a new batch from all samples"""
    N, batch_size, num_steps = 40, 5, 120
    X, _ = classes(rng, N=N, T=2)
    right = model(reference, "rnn", rng)
    y = right.predict(X)  # the most probable: any other label would cost more

    losses = np.array(model(student, "rnn", rng).train(X, y, 0.0, num_steps, batch_size, rng))

    each = np.array([right.loss(X[n : n + 1], y[n : n + 1])[0] for n in range(N)])
    spread = each.std() / np.sqrt(batch_size)
    assert_close(losses.shape, (num_steps,), "the shape of the losses")
    # Six standard errors of the mean, seven of the standard deviation. Draws without replacement
    # spread a little less.
    assert_close(
        losses.mean(), each.mean(), "the mean loss", rtol=0, atol=6 * spread / np.sqrt(num_steps)
    )
    assert_close(losses.std(), spread, "the standard deviation of the losses", rtol=0.5)


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.depends("test_classifier_trains")
@pytest.mark.hidden(
    "Build and train the model twice with generators of the same seed. Are the results the same?"
)
def test_classifier_takes_its_random_numbers_from_rng(student, rng):
    """SequenceClassifier: equal generators give equal weights and equal training"""
    X, y = classes(rng, N=20)
    first, second, other = (np.random.default_rng(seed) for seed in (1, 1, 2))
    mine, again, others = (
        student.SequenceClassifier("rnn", 3, 4, 5, made) for made in (first, second, other)
    )

    assert_close(
        again.params, mine.params, "the params that the second of two equal generators gives"
    )
    assert not np.array_equal(others.params["Wx"], mine.params["Wx"]), (
        "two different generators give equal weights"
    )

    losses, repeated = (
        np.array(made.train(X, y, 0.05, 6, 3, np.random.default_rng(5))) for made in (mine, again)
    )
    assert_close(repeated, losses, "the losses that the second of two equal generators gives")


@pytest.mark.points(1)
@pytest.mark.concept("SequenceClassifier")
@pytest.mark.hidden(
    "Targets of shape (N,) and numbers of shape (N, 1) broadcast to (N, N). Which names do you "
    "know?"
)
def test_classifier_rejects_what_does_not_fit(student, rng):
    """SequenceClassifier: unknown names, labels that are no class and shapes that do not fit raise
    a ValueError
    """
    assert_rejects(student.SequenceClassifier, "LSTM", 3, 4, 5, rng, naming="cell")
    assert_rejects(student.SequenceClassifier, "rnn", 3, 4, 5, rng, loss="hinge", naming="loss")
    classifier = student.SequenceClassifier("rnn", 3, 4, 5, rng)
    regression = student.SequenceClassifier("rnn", 3, 4, 1, rng, loss="mse")

    def loss(model, X, y):
        return model.loss(X, y)

    X, y = classes(rng)
    assert_rejects(loss, classifier, X, y + 5, naming="y")
    assert_rejects(loss, classifier, X, y[:-1], naming="y")
    assert_rejects(loss, classifier, X[0], y, naming="X")
    assert_rejects(loss, classifier, X[:, :0], y, naming="X")
    assert_rejects(loss, regression, X, rng.normal(size=len(X)), naming="y")


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
