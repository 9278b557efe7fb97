import numpy as np
import pytest

from grader.checks import assert_close, check_gradients

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}  # of H columns in Wx, Wh and b


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
