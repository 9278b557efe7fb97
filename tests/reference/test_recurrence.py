import numpy as np
import pytest
import torch

from grader.checks import check_gradients
from reference import recurrence
from reference.recurrence import (
    bidirectional_rnn_backward,
    bidirectional_rnn_forward,
    gru_backward,
    gru_forward,
    gru_step_backward,
    gru_step_forward,
    lstm_backward,
    lstm_forward,
    lstm_step_backward,
    lstm_step_forward,
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
)

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
FORWARD = {"rnn": rnn_forward, "lstm": lstm_forward, "gru": gru_forward}
BACKWARD = {"rnn": rnn_backward, "lstm": lstm_backward, "gru": gru_backward}
STEP = {"rnn": rnn_step_forward, "lstm": lstm_step_forward, "gru": gru_step_forward}
STEP_BACKWARD = {"rnn": rnn_step_backward, "lstm": lstm_step_backward, "gru": gru_step_backward}
TORCH = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
# torch's LSTM: input, forget, candidate, output
TORCH_ORDER = {"rnn": [0], "lstm": [0, 1, 3, 2], "gru": [0, 1, 2]}

cells = pytest.mark.parametrize("cell", BLOCKS)
sizes = pytest.mark.parametrize(("N", "T", "D", "H"), [(3, 5, 4, 2), (2, 7, 1, 3), (1, 1, 1, 1)])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def weights(rng, cell, D, H):
    """Wx, Wh and b, large enough for the gates to leave the middle of the sigmoid."""
    columns = BLOCKS[cell] * H
    return rng.normal(size=(D, columns)), rng.normal(size=(H, columns)), rng.normal(size=columns)


def step_inputs(rng, cell, N, D, H):
    states = [rng.normal(size=(N, H)) for _ in range(2 if cell == "lstm" else 1)]
    return rng.normal(size=(N, D)), *states, *weights(rng, cell, D, H)


def sequence_inputs(rng, cell, N, T, D, H):
    return rng.normal(size=(N, T, D)), rng.normal(size=(N, H)), *weights(rng, cell, D, H)


def bidirectional_inputs(rng, N, T, D, H):
    forward, backward = (
        sequence_inputs(rng, "rnn", N, T, D, H),
        sequence_inputs(rng, "rnn", N, T, D, H),
    )
    return forward[0], *(np.stack(pair) for pair in zip(forward[1:], backward[1:], strict=True))


def leaf(array):
    return torch.tensor(array, requires_grad=True)


def in_torch_order(cell, weight):
    """Blocks of columns of ours -> blocks of rows of torch's."""
    blocks = weight.T.chunk(BLOCKS[cell]) if weight.ndim == 2 else weight.chunk(BLOCKS[cell])
    return torch.cat([blocks[k] for k in TORCH_ORDER[cell]])


def torch_parameters(cell, Wx, Wh, b, suffix=""):
    names = [f"{name}_l0{suffix}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    values = [in_torch_order(cell, w) for w in (Wx, Wh, b)]
    return dict(zip(names, [*values, torch.zeros_like(values[2])], strict=True))


def torch_forward(cell, x, h0, Wx, Wh, b):
    network = TORCH[cell](x.shape[2], h0.shape[1], batch_first=True).double()
    state = (h0[None], torch.zeros_like(h0)[None]) if cell == "lstm" else h0[None]
    return torch.func.functional_call(network, torch_parameters(cell, Wx, Wh, b), (x, state))[0]


def assert_all_close(got, expected):
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@cells
@sizes
def test_a_sequence_agrees_with_torch_in_states_and_gradients(cell, N, T, D, H, rng):
    inputs = sequence_inputs(rng, cell, N, T, D, H)
    h, cache = FORWARD[cell](*inputs)
    dh = rng.normal(size=h.shape)

    leaves = [leaf(a) for a in inputs]
    expected = torch_forward(cell, *leaves)
    expected.backward(torch.tensor(dh))

    assert_all_close([h], [expected.detach().numpy()])
    assert_all_close(BACKWARD[cell](dh, cache), [a.grad.numpy() for a in leaves])


@cells
@sizes
def test_a_step_agrees_with_torch_in_states_and_gradients(cell, N, T, D, H, rng):
    inputs = step_inputs(rng, cell, N, D, H)
    *outs, cache = STEP[cell](*inputs)
    douts = [rng.normal(size=out.shape) for out in outs]

    x, *states, Wx, Wh, b = leaves = [leaf(a) for a in inputs]
    module = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[cell](
        D, H
    ).double()
    parameters = {
        name.removesuffix("_l0"): w for name, w in torch_parameters(cell, Wx, Wh, b).items()
    }
    expected = torch.func.functional_call(
        module, parameters, (x, tuple(states) if cell == "lstm" else states[0])
    )
    expected = expected if cell == "lstm" else [expected]
    torch.autograd.backward(expected, [torch.tensor(d) for d in douts])

    assert_all_close(outs, [out.detach().numpy() for out in expected])
    assert_all_close(STEP_BACKWARD[cell](*douts, cache), [a.grad.numpy() for a in leaves])


@sizes
def test_both_directions_agree_with_torch_in_states_and_gradients(N, T, D, H, rng):
    inputs = bidirectional_inputs(rng, N, T, D, H)
    y, cache = bidirectional_rnn_forward(*inputs)
    dy = rng.normal(size=y.shape)

    x, h0, Wx, Wh, b = leaves = [leaf(a) for a in inputs]
    network = torch.nn.RNN(D, H, batch_first=True, bidirectional=True).double()
    parameters = torch_parameters("rnn", Wx[0], Wh[0], b[0]) | torch_parameters(
        "rnn", Wx[1], Wh[1], b[1], "_reverse"
    )
    expected = torch.func.functional_call(network, parameters, (x, h0))[0]
    expected.backward(torch.tensor(dy))

    assert_all_close([y], [expected.detach().numpy()])
    assert_all_close(bidirectional_rnn_backward(dy, cache), [a.grad.numpy() for a in leaves])


@cells
def test_gradients_are_derivatives_of_the_forward(cell, rng):
    check_gradients(
        recurrence, recurrence, f"{cell}_step", *step_inputs(rng, cell, 3, 4, 2), rng=rng
    )
    check_gradients(recurrence, recurrence, cell, *sequence_inputs(rng, cell, 2, 4, 3, 2), rng=rng)


def test_gradients_of_both_directions_are_derivatives_of_the_forward(rng):
    check_gradients(
        recurrence, recurrence, "bidirectional_rnn", *bidirectional_inputs(rng, 2, 4, 3, 2), rng=rng
    )


@cells
def test_a_sequence_is_a_loop_over_steps(cell, rng):
    x, prev_h, Wx, Wh, b = sequence_inputs(rng, cell, 3, 6, 2, 4)
    h, _ = FORWARD[cell](x, prev_h, Wx, Wh, b)
    states = [prev_h, np.zeros_like(prev_h)] if cell == "lstm" else [prev_h]
    for t in range(6):
        *states, _ = STEP[cell](x[:, t], *states, Wx, Wh, b)
        np.testing.assert_allclose(h[:, t], states[0], rtol=1e-12)


def test_an_lstm_step_is_its_equations(rng):
    x, prev_h, prev_c, Wx, Wh, b = step_inputs(rng, "lstm", 2, 3, 2)
    next_h, next_c, _ = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    for n, j in np.ndindex(2, 2):
        a_i, a_f, a_o, a_g = (
            x[n] @ Wx[:, k] + prev_h[n] @ Wh[:, k] + b[k] for k in (j, 2 + j, 4 + j, 6 + j)
        )
        i, f, o = (1 / (1 + np.exp(-a)) for a in (a_i, a_f, a_o))
        c = f * prev_c[n, j] + i * np.tanh(a_g)
        np.testing.assert_allclose((next_c[n, j], next_h[n, j]), (c, o * np.tanh(c)), rtol=1e-12)


def test_a_gru_step_is_its_equations(rng):
    x, prev_h, Wx, Wh, b = step_inputs(rng, "gru", 2, 3, 2)
    next_h, _ = gru_step_forward(x, prev_h, Wx, Wh, b)
    for n, j in np.ndindex(2, 2):
        u, v = x[n] @ Wx + b, prev_h[n] @ Wh
        r, z = (1 / (1 + np.exp(-(u[k] + v[k]))) for k in (j, 2 + j))
        candidate = np.tanh(u[4 + j] + r * v[4 + j])
        np.testing.assert_allclose(next_h[n, j], (1 - z) * candidate + z * prev_h[n, j], rtol=1e-12)


def test_time_reversed_and_directions_exchanged_is_the_same_network(rng):
    x, *parameters = bidirectional_inputs(rng, 2, 5, 3, 4)
    y, _ = bidirectional_rnn_forward(x, *parameters)
    other, _ = bidirectional_rnn_forward(x[:, ::-1], *(p[::-1] for p in parameters))
    np.testing.assert_array_equal(
        other[:, ::-1], np.concatenate([y[:, :, 4:], y[:, :, :4]], axis=2)
    )


def test_the_past_does_not_read_the_future_in_one_direction_but_does_in_two(rng):
    x, h0, Wx, Wh, b = bidirectional_inputs(rng, 1, 4, 2, 3)
    changed = x.copy()
    changed[:, -1] += 1
    for cell in BLOCKS:
        inputs = sequence_inputs(rng, cell, 1, 4, 2, 3)[1:]
        np.testing.assert_array_equal(
            FORWARD[cell](x, *inputs)[0][:, :3], FORWARD[cell](changed, *inputs)[0][:, :3]
        )
    before, after = (bidirectional_rnn_forward(a, h0, Wx, Wh, b)[0] for a in (x, changed))
    assert (before[:, 0, 3:] != after[:, 0, 3:]).all()


@cells
def test_float32_stays_float32(cell, rng):
    inputs = [a.astype(np.float32) for a in sequence_inputs(rng, cell, 2, 3, 4, 5)]
    h, cache = FORWARD[cell](*inputs)
    results = [h, *BACKWARD[cell](np.ones_like(h), cache)]
    *outs, step_cache = STEP[cell](*(a.astype(np.float32) for a in step_inputs(rng, cell, 2, 3, 4)))
    results += [*outs, *STEP_BACKWARD[cell](*(np.ones_like(out) for out in outs), step_cache)]
    assert {a.dtype for a in results} == {np.dtype(np.float32)}


def test_float32_stays_float32_in_both_directions(rng):
    y, cache = bidirectional_rnn_forward(
        *(a.astype(np.float32) for a in bidirectional_inputs(rng, 2, 3, 4, 5))
    )
    assert {a.dtype for a in (y, *bidirectional_rnn_backward(np.ones_like(y), cache))} == {
        np.dtype(np.float32)
    }


@cells
def test_whole_numbers_and_lists_count_as_float64(cell, rng):
    x, h0, Wx, Wh, b = (np.rint(a).astype(int) for a in sequence_inputs(rng, cell, 2, 3, 4, 2))
    h, _ = FORWARD[cell](x, h0, Wx, Wh, b)
    expected, _ = FORWARD[cell](*(a.astype(float) for a in (x, h0, Wx, Wh, b)))
    assert h.dtype == np.float64
    np.testing.assert_array_equal(h, expected)
    np.testing.assert_array_equal(
        FORWARD[cell](x.tolist(), h0, Wx.tolist(), Wh, b.tolist())[0], expected
    )


@cells
def test_one_float64_input_makes_all_float64(cell, rng):
    x, h0, Wx, Wh, b = (a.astype(np.float32) for a in sequence_inputs(rng, cell, 2, 3, 4, 2))
    h, cache = FORWARD[cell](x, h0, Wx.astype(np.float64), Wh, b)
    assert {a.dtype for a in (h, *BACKWARD[cell](h, cache))} == {np.dtype(np.float64)}


@cells
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_inputs_saturate_without_overflow(cell, dtype, rng):
    inputs = [a.astype(dtype) for a in sequence_inputs(rng, cell, 3, 4, 2, 3)]
    inputs[0] *= dtype(1e4)
    h, cache = FORWARD[cell](*inputs)
    assert np.abs(h).max() <= 1 + np.abs(inputs[1]).max()
    assert all(np.isfinite(a).all() for a in BACKWARD[cell](np.ones_like(h), cache))


@cells
def test_a_sequence_without_steps_has_no_states_and_no_gradients(cell, rng):
    inputs = sequence_inputs(rng, cell, 2, 0, 3, 4)
    h, cache = FORWARD[cell](*inputs)
    assert h.shape == (2, 0, 4)
    for gradient, value in zip(BACKWARD[cell](h, cache), inputs, strict=True):
        np.testing.assert_array_equal(gradient, np.zeros_like(value))


@cells
def test_nothing_that_comes_in_is_modified(cell, rng):
    inputs = sequence_inputs(rng, cell, 2, 3, 4, 5)
    copies = [a.copy() for a in inputs]
    h, cache = FORWARD[cell](*inputs)
    dh = rng.normal(size=h.shape)
    upstream = dh.copy()
    first = BACKWARD[cell](dh, cache)
    assert_all_close(first, BACKWARD[cell](dh, cache))
    np.testing.assert_array_equal(dh, upstream)
    for value, copy in zip(inputs, copies, strict=True):
        np.testing.assert_array_equal(value, copy)


@cells
def test_the_gradient_of_the_last_state_reaches_the_first_input(cell, rng):
    h, cache = FORWARD[cell](*sequence_inputs(rng, cell, 2, 6, 3, 4))
    dh = np.zeros_like(h)
    dh[:, -1] = 1
    assert (BACKWARD[cell](dh, cache)[0][:, 0] != 0).all()


def test_an_lstm_keeps_a_gradient_that_a_plain_network_loses():
    steps, x, h0 = 100, np.zeros((1, 100, 1)), np.zeros((1, 1))
    x[0, 0] = 1
    _, cache = rnn_forward(x, h0, np.ones((1, 1)), np.full((1, 1), 0.9), np.zeros(1))
    dh = np.zeros((1, steps, 1))
    dh[:, -1] = 1
    plain = rnn_backward(dh, cache)[0][0, 0, 0]

    remember = np.array([0.0, 20.0, 0.0, 0.0])  # the forget gate wide open
    _, cache = lstm_forward(x, h0, np.ones((1, 4)), np.zeros((1, 4)), remember)
    assert abs(plain) < 1e-4
    assert lstm_backward(dh, cache)[0][0, 0, 0] > 0.1


def re_shape(shape):
    return rf"\({', '.join(map(str, shape))}\)"


WRONG = {"prev_h": (2, 5), "prev_c": (3, 4), "h0": (2, 5), "Wx": (4, 20), "Wh": (5, 4), "b": (1, 4)}


@cells
@pytest.mark.parametrize("name", ["h0", "Wx", "Wh", "b"])
def test_a_shape_that_does_not_fit_is_named(cell, name, rng):
    arguments = dict(
        zip(("x", "h0", "Wx", "Wh", "b"), sequence_inputs(rng, cell, 2, 3, 3, 4), strict=True)
    )
    arguments[name] = np.zeros(WRONG[name])
    with pytest.raises(
        ValueError, match=rf"^{name} has shape {re_shape(WRONG[name])}, expected \("
    ):
        FORWARD[cell](**arguments)


@cells
def test_a_shape_that_does_not_fit_a_step_is_named(cell, rng):
    states = ["prev_h", "prev_c"] if cell == "lstm" else ["prev_h"]
    arguments = dict(
        zip(("x", *states, "Wx", "Wh", "b"), step_inputs(rng, cell, 2, 3, 4), strict=True)
    )
    for name in (*states, "Wx", "Wh", "b"):
        with pytest.raises(
            ValueError, match=rf"^{name} has shape {re_shape(WRONG[name])}, expected \("
        ):
            STEP[cell](**arguments | {name: np.zeros(WRONG[name])})


def test_the_expected_shape_is_the_one_that_fits(rng):
    x, h0, Wx, Wh, b = sequence_inputs(rng, "lstm", 2, 3, 4, 5)
    for wrong, message in [
        ((x, h0[:1], Wx, Wh, b), r"h0 has shape \(1, 5\), expected \(2, 5\)"),
        ((x, h0, Wx[1:], Wh, b), r"Wx has shape \(3, 20\), expected \(4, 20\)"),
        ((x, h0, Wx, Wh[:, 1:], b), r"Wh has shape \(5, 19\), expected \(5, 20\)"),
        ((x, h0[:, 1:], Wx, Wh, b), r"h0 has shape \(2, 4\), expected \(2, 5\)"),
        ((x, h0, Wx, Wh, b[1:]), r"b has shape \(19,\), expected \(20,\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            lstm_forward(*wrong)


@cells
def test_x_needs_a_time_axis_in_a_sequence_and_none_in_a_step(cell, rng):
    x, *rest = sequence_inputs(rng, cell, 2, 3, 4, 5)
    with pytest.raises(ValueError, match=r"x has shape \(2, 4\), expected \(N, T, D\)"):
        FORWARD[cell](x[:, 0], *rest)
    _, *rest = step_inputs(rng, cell, 2, 4, 5)
    with pytest.raises(ValueError, match=r"x has shape \(2, 3, 4\), expected \(N, D\)"):
        STEP[cell](x, *rest)


@cells
def test_an_upstream_gradient_of_another_shape_is_refused(cell, rng):
    h, cache = FORWARD[cell](*sequence_inputs(rng, cell, 2, 3, 4, 5))
    with pytest.raises(ValueError, match=r"dh has shape \(2, 5\), expected \(2, 3, 5\)"):
        BACKWARD[cell](h[:, 0], cache)
    *outs, cache = STEP[cell](*step_inputs(rng, cell, 2, 4, 5))
    with pytest.raises(ValueError, match=r"dnext_h has shape \(1, 5\), expected \(2, 5\)"):
        STEP_BACKWARD[cell](outs[0][:1], *outs[1:], cache)


def test_an_upstream_gradient_of_the_cell_of_another_shape_is_refused(rng):
    next_h, next_c, cache = lstm_step_forward(*step_inputs(rng, "lstm", 2, 4, 5))
    with pytest.raises(ValueError, match=r"dnext_c has shape \(1, 5\), expected \(2, 5\)"):
        lstm_step_backward(next_h, next_c[:1], cache)


def test_both_directions_need_two_of_everything_and_a_gradient_of_both(rng):
    inputs = dict(
        zip(("x", "h0", "Wx", "Wh", "b"), bidirectional_inputs(rng, 2, 3, 4, 5), strict=True)
    )
    for name in ("h0", "Wx", "Wh", "b"):
        with pytest.raises(ValueError, match=f"{name} has 1 entries on its first axis, expected 2"):
            bidirectional_rnn_forward(**inputs | {name: inputs[name][:1]})
    y, cache = bidirectional_rnn_forward(**inputs)
    with pytest.raises(ValueError, match=r"dy has shape \(2, 3, 5\), expected \(2, 3, 10\)"):
        bidirectional_rnn_backward(y[:, :, :5], cache)
