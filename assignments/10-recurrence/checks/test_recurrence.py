import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_gradients

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}  # of H columns in Wx, Wh and b
OPERATIONS = ["rnn", "bidirectional_rnn", "lstm", "gru"]

ONE_SAMPLE, ONE_STEP, ONE_UNIT = (1, 3, 3, 2), (4, 1, 3, 2), (2, 3, 1, 1)  # N, T, D, H


def weights(rng, blocks, D, H):
    """Wx, Wh and b, of a size that leaves the gates half open."""
    return (
        rng.normal(size=(D, blocks * H)),
        rng.normal(size=(H, blocks * H)),
        rng.normal(size=blocks * H),
    )


def step_inputs(rng, cell, N=4, D=3, H=2):
    states = [rng.normal(size=(N, H)) for _ in range(2 if cell == "lstm" else 1)]
    return rng.normal(size=(N, D)), *states, *weights(rng, BLOCKS[cell], D, H)


def sequence_inputs(rng, operation, N=2, T=4, D=3, H=2):
    """x, h0, Wx, Wh, b of a sequence; those of the bidirectional network have one entry for each
    direction.
    """
    x = rng.normal(size=(N, T, D))
    if operation != "bidirectional_rnn":
        return x, rng.normal(size=(N, H)), *weights(rng, BLOCKS[operation], D, H)
    pairs = [
        np.stack(pair) for pair in zip(weights(rng, 1, D, H), weights(rng, 1, D, H), strict=True)
    ]
    return x, rng.normal(size=(2, N, H)), *pairs


# ---- plain recurrent network ---------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("rnn")
@pytest.mark.parametrize("sizes", [(4, 3, 2), (2, 5, 3)], ids=str)
def test_rnn_step_forward(student, reference, rng, sizes):
    """RNN step: the new state is tanh(x Wx + h Wh + b)"""
    inputs = step_inputs(rng, "rnn", *sizes)

    next_h, _ = student.rnn_step_forward(*inputs)

    assert_close(next_h, reference.rnn_step_forward(*inputs)[0], "next_h")


@pytest.mark.points(4)
@pytest.mark.concept("rnn")
@pytest.mark.depends("test_rnn_step_forward")
def test_rnn_step_backward(student, reference, rng):
    """RNN step: all five gradients agree with the numeric gradient, and dnext_h is left as
    it was
    """
    check_gradients(student, reference, "rnn_step", *step_inputs(rng, "rnn"), rng=rng)


@pytest.mark.points(3)
@pytest.mark.concept("rnn")
@pytest.mark.depends("test_rnn_step_forward")
@pytest.mark.parametrize("sizes", [(2, 4, 3, 2), (3, 2, 4, 5)], ids=str)
def test_rnn_forward(student, reference, rng, sizes):
    """RNN: every state comes from the one before, the first from h0"""
    inputs = sequence_inputs(rng, "rnn", *sizes)

    h, _ = student.rnn_forward(*inputs)

    assert_close(
        h,
        reference.rnn_forward(*inputs)[0],
        "h",
        hint="h[:, 0] is the state after the first step, not h0.",
    )


@pytest.mark.points(6)
@pytest.mark.concept("rnn")
@pytest.mark.depends("test_rnn_forward")
def test_rnn_backward(student, reference, rng):
    """RNN: backpropagation through time, summed over the steps that share the weights"""
    check_gradients(student, reference, "rnn", *sequence_inputs(rng, "rnn"), rng=rng)


@pytest.mark.points(2)
@pytest.mark.concept("rnn")
@pytest.mark.depends("test_rnn_backward")
@pytest.mark.hidden(
    "Try a batch of one sequence, a sequence of one step, one feature and one hidden unit."
)
@pytest.mark.parametrize("sizes", [ONE_SAMPLE, ONE_STEP, ONE_UNIT], ids=str)
def test_rnn_at_the_edges(student, reference, rng, sizes):
    """RNN: one sequence, one step, one feature and one unit"""
    check_gradients(student, reference, "rnn", *sequence_inputs(rng, "rnn", *sizes), rng=rng)


# ---- bidirectional -------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("bidirectional_rnn")
@pytest.mark.depends("test_rnn_forward")
def test_bidirectional_rnn_forward(student, reference, rng):
    """Bidirectional RNN: both directions side by side, both in the order of x"""
    inputs = sequence_inputs(rng, "bidirectional_rnn")

    y, _ = student.bidirectional_rnn_forward(*inputs)

    expected, _ = reference.bidirectional_rnn_forward(*inputs)
    assert_close(
        y,
        expected,
        "y",
        hint="y[:, t] has read x[:, : t + 1] in its first half, x[:, t:] in its second.",
    )


@pytest.mark.points(3)
@pytest.mark.concept("bidirectional_rnn")
@pytest.mark.depends("test_bidirectional_rnn_forward", "test_rnn_backward")
def test_bidirectional_rnn_backward(student, reference, rng):
    """Bidirectional RNN: the gradients of both directions"""
    check_gradients(
        student, reference, "bidirectional_rnn", *sequence_inputs(rng, "bidirectional_rnn"), rng=rng
    )


@pytest.mark.points(2)
@pytest.mark.concept("bidirectional_rnn")
@pytest.mark.depends("test_bidirectional_rnn_backward")
@pytest.mark.hidden(
    "Try a batch of one sequence, a sequence of one step, one feature and one hidden unit."
)
@pytest.mark.parametrize("sizes", [ONE_SAMPLE, ONE_STEP, ONE_UNIT], ids=str)
def test_bidirectional_rnn_at_the_edges(student, reference, rng, sizes):
    """Bidirectional RNN: one sequence, one step, one feature and one unit"""
    inputs = sequence_inputs(rng, "bidirectional_rnn", *sizes)
    check_gradients(student, reference, "bidirectional_rnn", *inputs, rng=rng)


# ---- LSTM ----------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("lstm")
@pytest.mark.parametrize("sizes", [(4, 3, 2), (2, 5, 3)], ids=str)
def test_lstm_step_forward(student, reference, rng, sizes):
    """LSTM step: the gates, the cell and the state"""
    inputs = step_inputs(rng, "lstm", *sizes)

    next_h, next_c, _ = student.lstm_step_forward(*inputs)

    expected_h, expected_c, _ = reference.lstm_step_forward(*inputs)
    assert_close(
        next_c,
        expected_c,
        "next_c",
        hint="The blocks stand in the order input, forget, output, candidate.",
    )
    assert_close(next_h, expected_h, "next_h")


@pytest.mark.points(5)
@pytest.mark.concept("lstm")
@pytest.mark.depends("test_lstm_step_forward")
def test_lstm_step_backward(student, reference, rng):
    """LSTM step: all six gradients agree with the numeric gradient, and dnext_h and dnext_c are
    left as they were
    """
    check_gradients(student, reference, "lstm_step", *step_inputs(rng, "lstm"), rng=rng)


@pytest.mark.points(2)
@pytest.mark.concept("lstm")
@pytest.mark.depends("test_lstm_step_forward")
@pytest.mark.parametrize("sizes", [(2, 4, 3, 2), (3, 2, 4, 5)], ids=str)
def test_lstm_forward(student, reference, rng, sizes):
    """LSTM: state and cell go from step to step; the cell begins empty"""
    inputs = sequence_inputs(rng, "lstm", *sizes)

    h, _ = student.lstm_forward(*inputs)

    assert_close(h, reference.lstm_forward(*inputs)[0], "h")


@pytest.mark.points(4)
@pytest.mark.concept("lstm")
@pytest.mark.depends("test_lstm_forward")
def test_lstm_backward(student, reference, rng):
    """LSTM: the gradient goes back through time along h and along c"""
    check_gradients(student, reference, "lstm", *sequence_inputs(rng, "lstm"), rng=rng)


@pytest.mark.points(2)
@pytest.mark.concept("lstm")
@pytest.mark.depends("test_lstm_backward")
@pytest.mark.hidden(
    "Try a batch of one sequence, a sequence of one step, one feature and one hidden unit."
)
@pytest.mark.parametrize("sizes", [ONE_SAMPLE, ONE_STEP, ONE_UNIT], ids=str)
def test_lstm_at_the_edges(student, reference, rng, sizes):
    """LSTM: one sequence, one step, one feature and one unit"""
    check_gradients(student, reference, "lstm", *sequence_inputs(rng, "lstm", *sizes), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("lstm")
@pytest.mark.depends("test_lstm_forward")
@pytest.mark.hidden(
    "Call lstm_forward twice with the same batch. Does the second call know of the first?"
)
def test_lstm_carries_nothing_over(student, reference, rng):
    """LSTM: every call begins with an empty cell"""
    other, inputs = sequence_inputs(rng, "lstm", N=5), sequence_inputs(rng, "lstm")
    student.lstm_forward(*other)

    first, _ = student.lstm_forward(*inputs)
    second, _ = student.lstm_forward(*inputs)

    expected, _ = reference.lstm_forward(*inputs)
    assert_close(first, expected, "h of the first call")
    assert_close(second, expected, "h of the second call")


@pytest.mark.points(2)
@pytest.mark.concept("lstm")
@pytest.mark.depends("test_lstm_step_forward")
@pytest.mark.hidden(
    "A gate may be pushed very far open or shut. What does your sigmoid give at -1000 and at +1000?"
)
def test_lstm_step_is_stable(student, reference, rng):
    """LSTM step: gates that are pushed very far open or shut"""
    x, prev_h, prev_c, Wx, Wh, b = step_inputs(rng, "lstm")
    inputs = x, prev_h, prev_c, Wx, Wh, b + 1000 * rng.choice([-1, 1], size=b.shape)

    next_h, next_c, _ = student.lstm_step_forward(*inputs)

    expected_h, expected_c, _ = reference.lstm_step_forward(*inputs)
    assert_close(next_c, expected_c, "next_c")
    assert_close(next_h, expected_h, "next_h")


# ---- GRU -----------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("gru")
@pytest.mark.parametrize("sizes", [(4, 3, 2), (2, 5, 3)], ids=str)
def test_gru_step_forward(student, reference, rng, sizes):
    """GRU step: reset, update and candidate"""
    inputs = step_inputs(rng, "gru", *sizes)

    next_h, _ = student.gru_step_forward(*inputs)

    expected, _ = reference.gru_step_forward(*inputs)
    assert_close(
        next_h,
        expected,
        "next_h",
        hint="z = 1 keeps the old state; r multiplies the product h Wh alone.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("gru")
@pytest.mark.depends("test_gru_step_forward")
def test_gru_step_backward(student, reference, rng):
    """GRU step: all five gradients agree with the numeric gradient, and dnext_h is left as
    it was
    """
    check_gradients(student, reference, "gru_step", *step_inputs(rng, "gru"), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("gru")
@pytest.mark.depends("test_gru_step_forward")
@pytest.mark.parametrize("sizes", [(2, 4, 3, 2), (3, 2, 4, 5)], ids=str)
def test_gru_forward(student, reference, rng, sizes):
    """GRU: every state comes from the one before, the first from h0"""
    inputs = sequence_inputs(rng, "gru", *sizes)

    h, _ = student.gru_forward(*inputs)

    assert_close(h, reference.gru_forward(*inputs)[0], "h")


@pytest.mark.points(2)
@pytest.mark.concept("gru")
@pytest.mark.depends("test_gru_forward")
def test_gru_backward(student, reference, rng):
    """GRU: the gradient goes back through time along both paths"""
    check_gradients(student, reference, "gru", *sequence_inputs(rng, "gru"), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("gru")
@pytest.mark.depends("test_gru_backward")
@pytest.mark.hidden(
    "Try a batch of one sequence, a sequence of one step, one feature and one hidden unit."
)
@pytest.mark.parametrize("sizes", [ONE_SAMPLE, ONE_STEP, ONE_UNIT], ids=str)
def test_gru_at_the_edges(student, reference, rng, sizes):
    """GRU: one sequence, one step, one feature and one unit"""
    check_gradients(student, reference, "gru", *sequence_inputs(rng, "gru", *sizes), rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("gru")
@pytest.mark.depends("test_gru_step_forward")
@pytest.mark.hidden(
    "A gate may be pushed very far open or shut. What does your sigmoid give at -1000 and at +1000?"
)
def test_gru_step_is_stable(student, reference, rng):
    """GRU step: gates that are pushed very far open or shut"""
    x, prev_h, Wx, Wh, b = step_inputs(rng, "gru")
    inputs = x, prev_h, Wx, Wh, b + 1000 * rng.choice([-1, 1], size=b.shape)

    next_h, _ = student.gru_step_forward(*inputs)

    assert_close(next_h, reference.gru_step_forward(*inputs)[0], "next_h")


# ---- what all of them have in common -------------------------------------------------------------


@pytest.mark.points(2, each=True)
@pytest.mark.concept("house_conventions")
@pytest.mark.hidden(
    "Give all arrays as float32. Does np.zeros bring a float64 into your states or your gradients?"
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_sequences_keep_float32(student, rng, operation):
    """All sequences: float32 in, float32 out, forward and backward"""
    inputs = [array.astype(np.float32) for array in sequence_inputs(rng, operation)]

    out, cache = getattr(student, f"{operation}_forward")(*inputs)
    gradients = getattr(student, f"{operation}_backward")(
        rng.normal(size=np.shape(out)).astype(np.float32), cache
    )

    dtypes = [str(array.dtype) for array in (out, *gradients)]
    assert dtypes == ["float32"] * 6, (
        f"{operation} gives {', '.join(sorted(set(dtypes)))} for float32"
    )


@pytest.mark.points(2, each=True)
@pytest.mark.concept("house_conventions")
@pytest.mark.hidden(
    "Give x and h0 as integers, 0 and 1 for example. An array of integers has no room for a tanh."
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_sequences_of_integers(student, rng, operation):
    """All sequences: integers are treated as the floating numbers that they stand for"""
    x, h0, *parameters = sequence_inputs(rng, operation)
    x, h0 = rng.integers(3, size=x.shape), rng.integers(2, size=h0.shape)
    forward = getattr(student, f"{operation}_forward")

    out, _ = forward(x, h0, *parameters)

    expected, _ = forward(x.astype(float), h0.astype(float), *parameters)
    assert_close(np.shape(out), (*x.shape[:2], expected.shape[2]), "the shape of out")
    assert_close(out, expected, "out for integers")


@pytest.mark.points(3, each=True)
@pytest.mark.concept("house_conventions")
@pytest.mark.hidden(
    "numpy broadcasts an array of length one without a word. Do you look at every shape first?"
)
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_forward_rejects_shapes_that_do_not_fit(student, rng, cell):
    """All cells: shapes that do not fit raise a ValueError that names the argument"""
    x, prev_h, *prev_c, Wx, Wh, b = step_inputs(rng, cell)
    step = getattr(student, f"{cell}_step_forward")
    assert_rejects(step, x, prev_h[:1], *prev_c, Wx, Wh, b, naming="prev_h")
    assert_rejects(step, x, prev_h, *prev_c, Wx[:-1], Wh, b, naming="Wx")
    assert_rejects(step, x, prev_h, *prev_c, Wx, Wh[:, :-1], b, naming="Wh")
    assert_rejects(step, x, prev_h, *prev_c, Wx, Wh, b[:1], naming="b")
    if prev_c:
        assert_rejects(step, x, prev_h, prev_c[0][:1], Wx, Wh, b, naming="prev_c")

    x, h0, Wx, Wh, b = sequence_inputs(rng, cell)
    whole = getattr(student, f"{cell}_forward")
    assert_rejects(whole, x[:, 0], h0, Wx, Wh, b, naming="x")
    assert_rejects(whole, x, h0[:1], Wx, Wh, b, naming="h0")
    assert_rejects(whole, x, h0, Wx, Wh, b[:1], naming="b")


@pytest.mark.points(3, each=True)
@pytest.mark.concept("house_conventions")
@pytest.mark.hidden(
    "backward knows which shape its upstream gradient must have. What if it gets another one?"
)
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_backward_rejects_shapes_that_do_not_fit(student, rng, cell):
    """All cells: an upstream gradient of another shape raises a ValueError that names it"""
    *states, cache = getattr(student, f"{cell}_step_forward")(*step_inputs(rng, cell))
    dnext_h, *dnext_c = (rng.normal(size=np.shape(state)) for state in states)
    step = getattr(student, f"{cell}_step_backward")
    assert_rejects(step, dnext_h[:1], *dnext_c, cache, naming="dnext_h")
    if dnext_c:
        assert_rejects(step, dnext_h, dnext_c[0][:1], cache, naming="dnext_c")

    h, cache = getattr(student, f"{cell}_forward")(*sequence_inputs(rng, cell))
    whole = getattr(student, f"{cell}_backward")
    assert_rejects(whole, rng.normal(size=np.shape(h))[:, :1], cache, naming="dh")


@pytest.mark.points(1)
@pytest.mark.concept("bidirectional_rnn")
@pytest.mark.hidden(
    "The bidirectional network needs two of every weight, and a dy with both halves."
)
def test_bidirectional_rnn_rejects_shapes_that_do_not_fit(student, rng):
    """Bidirectional RNN: shapes that do not fit raise a ValueError that names the argument"""
    x, h0, Wx, Wh, b = sequence_inputs(rng, "bidirectional_rnn")
    forward = student.bidirectional_rnn_forward
    assert_rejects(forward, x, h0[:1], Wx, Wh, b, naming="h0")
    assert_rejects(forward, x, h0, np.concatenate([Wx, Wx]), Wh, b, naming="Wx")
    assert_rejects(forward, x, h0, Wx, np.concatenate([Wh, Wh]), b, naming="Wh")
    assert_rejects(forward, x, h0, Wx, Wh, b[:1], naming="b")

    y, cache = forward(x, h0, Wx, Wh, b)
    half = rng.normal(size=np.shape(y))[:, :, : h0.shape[2]]
    assert_rejects(student.bidirectional_rnn_backward, half, cache, naming="dy")
