"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

from grader.feedback import mistake

MISTAKES = [
    # ---- rnn_step_forward ------------------------------------------------------------------------
    mistake(
        "rnn_step_forward",
        "forgets the tanh",
        "rnn_step_forward gives the sum itself. The new state is its tanh.",
        ("np.tanh(x @ Wx + prev_h @ Wh + b)", "x @ Wx + prev_h @ Wh + b"),
    ),
    mistake(
        "rnn_step_forward",
        "sigmoid for tanh",
        "rnn_step_forward squashes with a sigmoid. The plain network uses tanh, so its state lies "
        "between -1 and 1.",
        ("np.tanh(x @ Wx + prev_h @ Wh + b)", "_sigmoid(x @ Wx + prev_h @ Wh + b)"),
    ),
    mistake(
        "rnn_step_forward",
        "forgets the bias",
        "rnn_step_forward never adds b.",
        (" + prev_h @ Wh + b", " + prev_h @ Wh"),
    ),
    mistake(
        "rnn_step_forward",
        "ignores the previous state",
        "rnn_step_forward does not use prev_h. Without the term prev_h Wh the network has no "
        "memory.",
        (" + prev_h @ Wh + b", " + b"),
    ),
    mistake(
        "rnn_step_forward",
        "Wh is transposed",
        "rnn_step_forward multiplies prev_h by the transpose of Wh. The weights stand on the "
        "right: prev_h @ Wh.",
        (" + prev_h @ Wh + b", " + prev_h @ Wh.T + b"),
    ),
    mistake(
        "rnn_step_forward",
        "tanh of the input alone",
        "prev_h Wh is added outside the tanh. The whole sum goes into the tanh: x Wx + prev_h Wh "
        "+ b.",
        ("np.tanh(x @ Wx + prev_h @ Wh + b)", "np.tanh(x @ Wx + b) + prev_h @ Wh"),
    ),
    mistake(
        "rnn_step_forward",
        "accepts any b",
        "rnn_step_forward does not look at the shape of b. A b of length one is broadcast by "
        "numpy without a word.",
        ("b=b)", "b=b if np.size(b) > 1 else np.resize(b, len(Wh)))"),
    ),
    mistake(
        "rnn_step_forward",
        "accepts any prev_h",
        "rnn_step_forward does not look at the shape of prev_h. A state of one row is broadcast "
        "over the whole batch.",
        ("prev_h=prev_h", "prev_h=np.broadcast_to(prev_h, (len(x), len(Wh)))"),
    ),
    # ---- rnn_step_backward -----------------------------------------------------------------------
    mistake(
        "rnn_step_backward",
        "tanh of the tanh",
        "rnn_step_backward takes the tanh of next_h, which is a tanh already. The derivative is 1 "
        "- next_h², no more.",
        ("(1 - next_h**2)", "(1 - np.tanh(next_h) ** 2)"),
    ),
    mistake(
        "rnn_step_backward",
        "no square",
        "rnn_step_backward multiplies by 1 - next_h. The derivative of tanh is 1 - next_h².",
        ("(1 - next_h**2)", "(1 - next_h)"),
    ),
    mistake(
        "rnn_step_backward",
        "derivative of the sigmoid",
        "rnn_step_backward uses h (1 - h), the derivative of the sigmoid. That of tanh is 1 - h².",
        ("(1 - next_h**2)", "next_h * (1 - next_h)"),
    ),
    mistake(
        "rnn_step_backward",
        "no derivative of tanh",
        "rnn_step_backward hands dnext_h on as it is. On its way it passes the tanh: multiply by "
        "1 - next_h².",
        ("dnext_h * (1 - next_h**2)", "dnext_h"),
    ),
    mistake(
        "rnn_step_backward",
        "modifies dnext_h",
        "rnn_step_backward changes dnext_h in place. Make a new array: the caller still needs its "
        "gradient.",
        ("da = dnext_h * (1 - next_h**2)", "dnext_h *= 1 - next_h**2\n    da = dnext_h"),
    ),
    mistake(
        "rnn_step_backward",
        "Wh not transposed",
        "dprev_h is multiplied by Wh. On the way back the product turns round: da @ Wh.T.",
        ("da @ Wh.T", "da @ Wh"),
    ),
    mistake(
        "rnn_step_backward",
        "dWh from the new state",
        "dWh is computed from next_h. Wh was multiplied by the state before, so dWh = prev_h.T @ "
        "da.",
        ("prev_h.T @ da", "next_h.T @ da"),
    ),
    mistake(
        "rnn_step_backward",
        "db is the mean",
        "db is the mean over the batch. The 1/N belongs to the loss, which has put it into "
        "dnext_h already: sum here.",
        ("da.sum(axis=0)", "da.mean(axis=0)"),
    ),
    mistake(
        "rnn_step_backward",
        "db keeps the batch axis",
        "db still has the batch axis. b is added to every row, so its gradient is the sum over "
        "the rows: shape (H,).",
        ("da.sum(axis=0)", "da"),
    ),
    mistake(
        "rnn_step_backward",
        "accepts any dnext_h",
        "rnn_step_backward does not look at the shape of dnext_h. One row is broadcast over the "
        "whole batch.",
        ('_check_shape("dnext_h", dnext_h, next_h.shape)', ""),
    ),
    # ---- rnn_forward -----------------------------------------------------------------------------
    mistake(
        "rnn_forward",
        "ignores h0",
        "rnn_forward begins with a state of zeros. It begins with h0, the argument.",
        ("prev_h = h0 ", "prev_h = np.zeros_like(h0) "),
    ),
    mistake(
        "rnn_forward",
        "every step begins with h0",
        "rnn_forward gives h0 to every step. Each step gets the state of the step before; only "
        "the first gets h0.",
        ("h[:, t] = prev_h = np.tanh", "h[:, t] = np.tanh"),
    ),
    mistake(
        "rnn_forward",
        "returns h0 for the first state",
        "rnn_forward returns h₀ … h_T₋₁. h[:, 0] is the state after the first step, h[:, -1] that "
        "after the last.",
        ("return h, (", "return np.concatenate([h0[:, None], h[:, :-1]], axis=1), ("),
    ),
    mistake(
        "rnn_forward",
        "time before batch",
        "rnn_forward returns h with the time first. The batch comes first: (N, T, H).",
        ("return h, (", "return h.transpose(1, 0, 2), ("),
    ),
    mistake(
        "rnn_forward",
        "reads backwards",
        "rnn_forward reads the sequence from its end. Step t needs the state of step t - 1.",
        ("in range(h.shape[1])", "in reversed(range(h.shape[1]))"),
    ),
    mistake(
        "rnn_forward",
        "returns the last state only",
        "rnn_forward returns the last state only. h holds the states of all steps: (N, T, H).",
        ("return h, (", "return prev_h, ("),
    ),
    mistake(
        "rnn_forward",
        "integer states",
        "rnn_forward writes its states into an array of integers when x is one, which cuts every "
        "tanh off. Make an "
        "array of floating numbers.",
        ("return h, (", "return h.astype(np.int64 if x_is_whole else h.dtype), ("),
        (
            "x, h0, Wx, Wh, b = ",
            'x_is_whole = np.asarray(x).dtype.kind == "i"\n    x, h0, Wx, Wh, b = ',
        ),
    ),
    mistake(
        "rnn_forward",
        "float64 states",
        "rnn_forward makes its states float64 whatever comes in: np.zeros does, unless it is told "
        "the dtype of x.",
        ("x @ Wx + b ", "(x @ Wx + b).astype(np.float64) "),
    ),
    mistake(
        "rnn_forward",
        "accepts any h0",
        "rnn_forward does not look at the shape of h0. A state of one row is broadcast over the "
        "whole batch.",
        ("h0=h0", "h0=np.broadcast_to(h0, (len(x), len(Wh)))"),
    ),
    # ---- rnn_backward ----------------------------------------------------------------------------
    mistake(
        "rnn_backward",
        "only the gradient of the last state",
        "rnn_backward uses dh of the last step alone. Every hₜ has a gradient from above: add "
        "dh[:, t] at each step.",
        ("dh[:, t] + dprev_h", "(dh[:, t] if t == h.shape[1] - 1 else 0) + dprev_h"),
    ),
    mistake(
        "rnn_backward",
        "nothing goes back through time",
        "rnn_backward looks at each step by itself. hₜ also reaches the loss through hₜ₊₁: add "
        "what comes back.",
        ("dh[:, t] + dprev_h", "dh[:, t]"),
    ),
    mistake(
        "rnn_backward",
        "gradients of the weights are overwritten",
        "rnn_backward overwrites dWx, dWh and db at every step. All steps share the weights: add "
        "them up.",
        (
            "return dx, dprev_h",
            "_, dWx, dWh, db = _sequence_gradients(da[:, :1], da[:, :1], x[:, :1], h0, h[:, :1], "
            "Wx)\n"
            "    return dx, dprev_h",
        ),
    ),
    mistake(
        "rnn_backward",
        "gradients of the weights are means over time",
        "rnn_backward averages dWx, dWh and db over the steps. All steps share the weights: their "
        "gradients are sums.",
        (
            "return dx, dprev_h, dWx, dWh, db",
            "T = h.shape[1]\n    return dx, dprev_h, dWx / T, dWh / T, db / T",
        ),
    ),
    mistake(
        "rnn_backward",
        "walks forward in time",
        "rnn_backward walks from the first step to the last. The gradient comes from the future: "
        "begin at the end.",
        ("reversed(range(h.shape[1]))", "range(h.shape[1])"),
    ),
    mistake(
        "rnn_backward",
        "dh0 is zero",
        "dh0 is zero. h0 goes into the first step, so its gradient is what that step sends back.",
        ("return dx, dprev_h,", "return dx, np.zeros_like(dprev_h),"),
    ),
    mistake(
        "rnn_backward",
        "dWh without h0",
        "dWh lacks the first step: the state before it is h0, not zero.",
        (
            "_sequence_gradients(da, da, x, h0, h, Wx)",
            "_sequence_gradients(da, da, x, 0 * h0, h, Wx)",
        ),
    ),
    mistake(
        "rnn_backward",
        "dWh from the new states",
        "dWh pairs each step with the state that it made. Wh was multiplied by the state before: "
        "dWh = Σₜ hₜ₋₁ᵀ daₜ.",
        (
            "return dx, dprev_h",
            "dWh = np.einsum('nti,ntj->ij', h, da)\n    return dx, dprev_h",
        ),
    ),
    mistake(
        "rnn_backward",
        "no derivative of tanh on the way",
        "rnn_backward sends the gradient back without the derivative of tanh. Each step "
        "multiplies by 1 - hₜ².",
        ("da = 1 - h**2", "da = np.ones_like(h)"),
    ),
    mistake(
        "rnn_backward",
        "modifies dh",
        "rnn_backward adds into dh. Make a new array: the layer above still needs its gradient.",
        ("da[:, t] *= dh[:, t] + dprev_h", "dh[:, t] += dprev_h\n        da[:, t] *= dh[:, t]"),
    ),
    mistake(
        "rnn_backward",
        "accepts any dh",
        "rnn_backward does not look at the shape of dh. The gradient of one step is no gradient "
        "of the whole sequence.",
        ('_check_shape("dh", dh, h.shape)', "dh = np.broadcast_to(dh, h.shape)"),
    ),
    # ---- bidirectional ---------------------------------------------------------------------------
    mistake(
        "bidirectional_rnn_forward",
        "backward states stay reversed",
        "The states of the backward network are still in its own order. Turn them round before "
        "they are put beside the "
        "forward ones.",
        (
            "np.concatenate([forward, np.flip(backward, axis=1)], axis=2)",
            "np.concatenate([forward, backward], axis=2)",
        ),
    ),
    mistake(
        "bidirectional_rnn_forward",
        "both read forward",
        "Both networks read from left to right. The second must read x from its end.",
        ("rnn_forward(np.flip(x, axis=1), h0[1]", "rnn_forward(x, h0[1]"),
        ("np.flip(backward, axis=1)", "backward"),
    ),
    mistake(
        "bidirectional_rnn_forward",
        "flips the batch",
        "The backward network gets the batch in reverse order, not the time. x is (N, T, D), so "
        "time is axis 1.",
        ("np.flip(x, axis=1)", "np.flip(x, axis=0)"),
        ("np.flip(backward, axis=1)", "np.flip(backward, axis=0)"),
    ),
    mistake(
        "bidirectional_rnn_forward",
        "halves swapped",
        "The two halves of y are swapped: the forward states come first.",
        ("[forward, np.flip(backward, axis=1)]", "[np.flip(backward, axis=1), forward]"),
    ),
    mistake(
        "bidirectional_rnn_forward",
        "adds the states",
        "The states of both directions are added. They are put side by side: y has 2H columns.",
        (
            "np.concatenate([forward, np.flip(backward, axis=1)], axis=2)",
            "forward + np.flip(backward, axis=1)",
        ),
    ),
    mistake(
        "bidirectional_rnn_forward",
        "weights shared by both directions",
        "Both directions use the weights at index 0. The backward network has its own, at index 1.",
        ("h0[1], Wx[1], Wh[1], b[1]", "h0[1], Wx[0], Wh[0], b[0]"),
    ),
    mistake(
        "bidirectional_rnn_forward",
        "takes more than two",
        "bidirectional_rnn_forward uses the first two entries of an argument that has more. Raise "
        "a ValueError that "
        "names it.",
        ("if len(value) != 2:", "if len(value) < 2:"),
    ),
    mistake(
        "bidirectional_rnn_backward",
        "dx of the forward network only",
        "dx lacks the backward network. Both have read x, so their gradients add.",
        ("return dx + np.flip(dx_reversed, axis=1),", "return dx,"),
    ),
    mistake(
        "bidirectional_rnn_backward",
        "dx is not turned round",
        "The backward network's dx is added in its own order. It saw time reversed: turn its dx "
        "round first.",
        ("np.flip(dx_reversed, axis=1)", "dx_reversed"),
    ),
    mistake(
        "bidirectional_rnn_backward",
        "dy is not turned round",
        "The backward network gets its half of dy in the order of x. It saw time reversed: turn "
        "dy round for it.",
        ("np.flip(dy[:, :, H:], axis=1)", "dy[:, :, H:]"),
    ),
    mistake(
        "bidirectional_rnn_backward",
        "halves of dy swapped",
        "The halves of dy are swapped: the first H columns belong to the forward network.",
        ("rnn_backward(dy[:, :, :H], forward_cache)", "rnn_backward(dy[:, :, H:], forward_cache)"),
        ("np.flip(dy[:, :, H:], axis=1)", "np.flip(dy[:, :, :H], axis=1)"),
    ),
    mistake(
        "bidirectional_rnn_backward",
        "gradients of the directions swapped",
        "dh0, dWx, dWh and db hold the backward network first. Index 0 belongs to the forward "
        "network.",
        ("zip(forward, backward, strict=True)", "zip(backward, forward, strict=True)"),
    ),
    mistake(
        "bidirectional_rnn_backward",
        "gradients of the directions added",
        "The gradients of the two directions are added. Each direction has its own weights: stack "
        "them, forward first.",
        ("(np.stack(pair) for pair", "(sum(pair) for pair"),
    ),
    mistake(
        "bidirectional_rnn_backward",
        "accepts half a dy",
        "bidirectional_rnn_backward does not look at the shape of dy. It has 2H columns, H for "
        "each direction.",
        ('_check_shape("dy", dy, (N, T, 2 * H))', ""),
        (
            "rnn_backward(np.flip(dy[:, :, H:], axis=1)",
            "rnn_backward(np.flip(dy[:, :, -H:], axis=1)",
        ),
    ),
    # ---- lstm_step_forward -----------------------------------------------------------------------
    mistake(
        "lstm_step_forward",
        "gates in the order of torch",
        "The blocks are read as input, forget, candidate, output, torch's order. Here it is "
        "input, forget, output, "
        "candidate.",
        (
            "_lstm_gates(x @ Wx + prev_h @ Wh + b, prev_c)",
            "_lstm_gates(np.hstack([_blocks(x @ Wx + prev_h @ Wh + b, 4)[k] for k in (0, 1, 3, "
            "2)]), prev_c)",
        ),
    ),
    mistake(
        "lstm_step_forward",
        "input and forget gate swapped",
        "The input gate and the forget gate have changed places. f multiplies the old cell, i the "
        "candidate, and i is "
        "the first block.",
        (
            "_lstm_gates(x @ Wx + prev_h @ Wh + b, prev_c)",
            "_lstm_gates(np.hstack([_blocks(x @ Wx + prev_h @ Wh + b, 4)[k] for k in (1, 0, 2, "
            "3)]), prev_c)",
        ),
    ),
    mistake(
        "lstm_step_forward",
        "sigmoid for the candidate",
        "The candidate g goes through a sigmoid. It is a tanh, so that the cell can also be "
        "pushed down.",
        (
            "return next_h, next_c, (",
            "i, f, o, a_g = _blocks(x @ Wx + prev_h @ Wh + b, 4)\n"
            "    next_c = _sigmoid(f) * prev_c + _sigmoid(i) * _sigmoid(a_g)\n"
            "    next_h = _sigmoid(o) * np.tanh(next_c)\n"
            "    return next_h, next_c, (",
        ),
    ),
    mistake(
        "lstm_step_forward",
        "cell shown without tanh",
        "next_h is o times the cell. The cell goes through a tanh first: h = o tanh(c).",
        ("return next_h, next_c, (", "next_h = gates[2] * next_c\n    return next_h, next_c, ("),
    ),
    mistake(
        "lstm_step_forward",
        "shows the old cell",
        "next_h is taken from prev_c. Update the cell first, and show the new one: h = o "
        "tanh(next_c).",
        (
            "return next_h, next_c, (",
            "next_h = gates[2] * np.tanh(prev_c)\n    return next_h, next_c, (",
        ),
    ),
    mistake(
        "lstm_step_forward",
        "no forget gate",
        "The old cell is added as it is. The forget gate decides how much of it stays: f c.",
        (
            "return next_h, next_c, (",
            "next_c = prev_c + gates[0] * gates[3]\n"
            "    next_h = gates[2] * np.tanh(next_c)\n"
            "    return next_h, next_c, (",
        ),
    ),
    mistake(
        "lstm_step_forward",
        "no input gate",
        "The candidate is added as it is. The input gate decides how much of it is taken in: i g.",
        (
            "return next_h, next_c, (",
            "next_c = gates[1] * prev_c + gates[3]\n"
            "    next_h = gates[2] * np.tanh(next_c)\n"
            "    return next_h, next_c, (",
        ),
    ),
    mistake(
        "lstm_step_forward",
        "forget gate is 1 - i",
        "1 - i stands in the place of the forget gate. f has weights of its own, the second block.",
        (
            "return next_h, next_c, (",
            "next_c = (1 - gates[0]) * prev_c + gates[0] * gates[3]\n"
            "    next_h = gates[2] * np.tanh(next_c)\n"
            "    return next_h, next_c, (",
        ),
    ),
    mistake(
        "lstm_step_forward",
        "ignores the previous state",
        "The gates look at x alone. They also look at the previous state: prev_h Wh is missing.",
        (" + prev_h @ Wh + b", " + b"),
    ),
    mistake(
        "lstm_step_forward",
        "cell and state swapped",
        "lstm_step_forward returns the cell first. The order is next_h, next_c, cache.",
        ("return next_h, next_c, (", "return next_c, next_h, ("),
    ),
    mistake(
        "lstm_step_forward",
        "sigmoid overflows",
        "The sigmoid overflows: exp(1000) / (1 + exp(1000)) is NaN. Let exp see negative numbers "
        "only, or use tanh.",
        (
            "return next_h, next_c, (",
            "grown = np.exp(x @ Wx + prev_h @ Wh + b)\n"
            "    i, f, o, _ = _blocks(grown / (1 + grown), 4)\n"
            "    next_c = f * prev_c + i * gates[3]\n"
            "    next_h = o * np.tanh(next_c)\n"
            "    return next_h, next_c, (",
        ),
    ),
    mistake(
        "lstm_step_forward",
        "accepts any prev_c",
        "lstm_step_forward does not look at the shape of prev_c. A cell of one row is broadcast "
        "over the whole batch.",
        ("prev_c=prev_c", "prev_c=np.broadcast_to(prev_c, (len(x), len(Wh)))"),
    ),
    # ---- lstm_step_backward ----------------------------------------------------------------------
    mistake(
        "lstm_step_backward",
        "forgets dnext_c",
        "lstm_step_backward does not use dnext_c. The new cell also reaches the loss through the "
        "next step: dc is the "
        "sum of both paths.",
        (
            "_lstm_gates_backward(dnext_h, dnext_c, gates)",
            "_lstm_gates_backward(dnext_h, 0 * dnext_c, gates)",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "forgets the path from h to c",
        "lstm_step_backward takes dnext_c for the whole gradient of the cell. next_h shows the "
        "cell too: add "
        "dnext_h o (1 - tanh²(c)).",
        (
            "return da @ Wx.T",
            "_, f, o, *_ = gates\n"
            "    da_o = _blocks(da, 4)[2]\n"
            "    da, dprev_c = _lstm_gates_backward(0 * dnext_h, dnext_c, gates)\n"
            "    da[:, 2 * o.shape[1] : 3 * o.shape[1]] = da_o\n"
            "    return da @ Wx.T",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "modifies dnext_c",
        "lstm_step_backward adds to dnext_c in place. Make a new array: the caller still needs "
        "its gradient.",
        (
            "da, dprev_c = _lstm_gates_backward(dnext_h, dnext_c, gates)",
            "_, _, o, _, _, tanh_c = gates\n"
            "    da, dprev_c = _lstm_gates_backward(dnext_h, dnext_c, gates)\n"
            "    dnext_c += dnext_h * o * (1 - tanh_c**2)",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "dprev_c without the forget gate",
        "dprev_c lacks the forget gate. The old cell was multiplied by f, and so is its gradient.",
        ("da @ Wh.T, dprev_c,", "da @ Wh.T, dprev_c / gates[1],"),
    ),
    mistake(
        "lstm_step_backward",
        "no derivative of tanh(c)",
        "The path from next_h to the cell lacks the derivative of the tanh: dnext_h o (1 - "
        "tanh²(c)).",
        (
            "da, dprev_c = _lstm_gates_backward(dnext_h, dnext_c, gates)",
            "_, _, o, _, _, tanh_c = gates\n"
            "    extra = dnext_h * o * tanh_c**2\n"
            "    da, dprev_c = _lstm_gates_backward(dnext_h, dnext_c + extra, gates)",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "output gate's gradient without tanh",
        "The gradient of the output gate is multiplied by c. The gate multiplied tanh(c).",
        (
            "return da @ Wx.T",
            "_, _, o, _, _, tanh_c = gates\n"
            "    H = o.shape[1]\n"
            "    da[:, 2 * H : 3 * H] *= np.arctanh(tanh_c) / tanh_c\n"
            "    return da @ Wx.T",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "no derivatives of the gates",
        "The gradients of the gates stop before their sigmoids and the tanh. Multiply by i (1 - "
        "i), f (1 - f), "
        "o (1 - o) and 1 - g².",
        (
            "return da @ Wx.T",
            "i, f, o, g, *_ = gates\n"
            "    da = da / np.hstack([i * (1 - i), f * (1 - f), o * (1 - o), 1 - g**2])\n"
            "    return da @ Wx.T",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "sigmoid's derivative for the candidate",
        "The gradient of the candidate is multiplied by g (1 - g), as if it were a sigmoid. It is "
        "a tanh: 1 - g².",
        (
            "return da @ Wx.T",
            "g = gates[3]\n    da[:, -g.shape[1] :] *= g / (1 + g)\n    return da @ Wx.T",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "forget gate's gradient from the new cell",
        "The gradient of the forget gate is taken from the new cell. The gate multiplied the old "
        "one: df = dc prev_c.",
        (
            "return da @ Wx.T",
            "i, f, _, g, prev_c, _ = gates\n"
            "    H = f.shape[1]\n"
            "    da[:, H : 2 * H] *= (f * prev_c + i * g) / prev_c\n"
            "    return da @ Wx.T",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "gates in another order than forward",
        "lstm_step_backward puts the gradients of the gates together in torch's order. They stand "
        "as in forward: "
        "input, forget, output, candidate.",
        (
            "return da @ Wx.T",
            "da = np.hstack([_blocks(da, 4)[k] for k in (0, 1, 3, 2)])\n    return da @ Wx.T",
        ),
    ),
    mistake(
        "lstm_step_backward",
        "db is the mean",
        "db is the mean over the batch. The 1/N belongs to the loss, which has put it into the "
        "gradients already: sum.",
        ("da.sum(axis=0)", "da.mean(axis=0)"),
    ),
    mistake(
        "lstm_step_backward",
        "accepts any dnext_c",
        "lstm_step_backward does not look at the shape of dnext_c. One row is broadcast over the "
        "whole batch.",
        ('_check_shape("dnext_c", dnext_c, prev_h.shape)', ""),
    ),
    # ---- lstm_forward ----------------------------------------------------------------------------
    mistake(
        "lstm_forward",
        "ignores h0",
        "lstm_forward begins with a state of zeros. It begins with h0, the argument; only the "
        "cell begins with zeros.",
        ("= h0, np.zeros_like(h0), []", "= np.zeros_like(h0), np.zeros_like(h0), []"),
    ),
    mistake(
        "lstm_forward",
        "cell begins as h0",
        "lstm_forward begins with h0 in the cell as well. The cell begins empty: c₀ = 0.",
        ("= h0, np.zeros_like(h0), []", "= h0, h0, []"),
    ),
    mistake(
        "lstm_forward",
        "empties the cell at every step",
        "lstm_forward begins every step with an empty cell. The cell is the memory: hand next_c "
        "on to the next step.",
        (
            "_lstm_gates(a[:, t] + prev_h @ Wh, prev_c)",
            "_lstm_gates(a[:, t] + prev_h @ Wh, 0 * prev_c)",
        ),
    ),
    mistake(
        "lstm_forward",
        "every step begins with h0",
        "lstm_forward gives h0 to every step. Each step gets the state of the step before; only "
        "the first gets h0.",
        ("a[:, t] + prev_h @ Wh", "a[:, t] + h0 @ Wh"),
    ),
    mistake(
        "lstm_forward",
        "returns the cells",
        "lstm_forward returns the cells. The output of an LSTM is its states h; the cells stay "
        "inside.",
        ("h[:, t] = prev_h", "h[:, t] = prev_c"),
        ("return h, (", "return h.copy(), ("),
    ),
    mistake(
        "lstm_forward",
        "cell carried over to the next call",
        "lstm_forward begins with the cell that the call before left behind. Every call begins "
        "with an empty cell.",
        ("np.zeros_like(h0), []", "_carried(h0), []"),
        (
            "return h, (",
            "lstm_forward.carried = prev_c\n    return h, (",
        ),
        (
            "x, h0, Wx, Wh, b = _checked(",
            "def _carried(h0):\n"
            '        left = getattr(lstm_forward, "carried", None)\n'
            "        return np.zeros_like(h0) if np.shape(left) != h0.shape else "
            "left.astype(h0.dtype)\n\n"
            "    x, h0, Wx, Wh, b = _checked(",
        ),
    ),
    mistake(
        "lstm_forward",
        "float64 states",
        "lstm_forward makes its states float64 whatever comes in: np.zeros does, unless it is "
        "told the dtype of x.",
        ("len(Wh)), x.dtype)", "len(Wh)))"),
    ),
    # ---- lstm_backward ---------------------------------------------------------------------------
    mistake(
        "lstm_backward",
        "gradient through c forgotten",
        "lstm_backward sends nothing back along the cell. That path is why an LSTM remembers: "
        "hand dprev_c on to the "
        "step before.",
        ("dh[:, t] + dprev_h, dprev_c, gates[t]", "dh[:, t] + dprev_h, 0 * dprev_c, gates[t]"),
    ),
    mistake(
        "lstm_backward",
        "gradient through h forgotten",
        "lstm_backward sends nothing back along h. hₜ reaches the gates of step t + 1: add da Whᵀ "
        "to dh[:, t].",
        ("dh[:, t] + dprev_h, dprev_c, gates[t]", "dh[:, t], dprev_c, gates[t]"),
    ),
    mistake(
        "lstm_backward",
        "only the gradient of the last state",
        "lstm_backward uses dh of the last step alone. Every hₜ has a gradient from above: add "
        "dh[:, t] at each step.",
        ("dh[:, t] + dprev_h,", "(dh[:, t] if t == h.shape[1] - 1 else 0) + dprev_h,"),
    ),
    mistake(
        "lstm_backward",
        "gradients of the weights are overwritten",
        "lstm_backward overwrites dWx, dWh and db at every step. All steps share the weights: add "
        "them up.",
        (
            "return dx, dprev_h",
            "_, dWx, dWh, db = _sequence_gradients(da[:, :1], da[:, :1], x[:, :1], h0, h[:, :1], "
            "Wx)\n"
            "    return dx, dprev_h",
        ),
    ),
    mistake(
        "lstm_backward",
        "walks forward in time",
        "lstm_backward walks from the first step to the last. The gradient comes from the future: "
        "begin at the end.",
        ("reversed(range(h.shape[1]))", "range(h.shape[1])"),
    ),
    mistake(
        "lstm_backward",
        "dh0 contains the cell's gradient",
        "dh0 contains the gradient of the first cell. The cell began with zeros, not with h0: c₀ "
        "is a constant.",
        ("return dx, dprev_h,", "return dx, dprev_h + dprev_c,"),
    ),
    mistake(
        "lstm_backward",
        "dh0 is zero",
        "dh0 is zero. h0 goes into the gates of the first step, so its gradient is what that step "
        "sends back.",
        ("return dx, dprev_h,", "return dx, np.zeros_like(dprev_h),"),
    ),
    mistake(
        "lstm_backward",
        "modifies dh",
        "lstm_backward adds into dh. Make a new array: the layer above still needs its gradient.",
        (
            "da_t, dprev_c = _lstm_gates_backward(dh[:, t] + dprev_h,",
            "dh[:, t] += dprev_h\n        da_t, dprev_c = _lstm_gates_backward(dh[:, t],",
        ),
    ),
    # ---- gru_step_forward ------------------------------------------------------------------------
    mistake(
        "gru_step_forward",
        "z and 1 - z swapped",
        "z and 1 - z have changed places. Sources differ; here z = 1 keeps the old state: h = (1 "
        "- z) n + z h.",
        (
            "return next_h, (",
            "_, z, n, *_ = gates\n    next_h = z * n + (1 - z) * prev_h\n    return next_h, (",
        ),
    ),
    mistake(
        "gru_step_forward",
        "update gate first",
        "The blocks are read as update, reset, candidate. Here the reset gate comes first.",
        (
            "next_h, gates = _gru_gates(x @ Wx + b, prev_h @ Wh, prev_h)",
            "u, v = (np.hstack([_blocks(a, 3)[k] for k in (1, 0, 2)]) for a in (x @ Wx + b, "
            "prev_h @ Wh))\n"
            "    next_h, gates = _gru_gates(u, v, prev_h)",
        ),
    ),
    mistake(
        "gru_step_forward",
        "reset before the product",
        "The reset gate multiplies the state before the product, (r h) Wh. Sources differ; here "
        "it multiplies the "
        "product: r (h Wh).",
        (
            "return next_h, (",
            "r, z, *_ = gates\n"
            "    n = np.tanh(_blocks(x @ Wx + b, 3)[2] + (r * prev_h) @ _blocks(Wh, 3)[2])\n"
            "    next_h = (1 - z) * n + z * prev_h\n"
            "    return next_h, (",
        ),
    ),
    mistake(
        "gru_step_forward",
        "reset multiplies the bias too",
        "The reset gate multiplies the candidate's bias as well. b stays outside: n = tanh(x Wx + "
        "b + r (h Wh)).",
        (
            "return next_h, (",
            "r, z, _, v_n, _ = gates\n"
            "    n = np.tanh(_blocks(x @ Wx, 3)[2] + r * (v_n + _blocks(b[None], 3)[2]))\n"
            "    next_h = (1 - z) * n + z * prev_h\n"
            "    return next_h, (",
        ),
    ),
    mistake(
        "gru_step_forward",
        "no reset gate",
        "The candidate sees all of the old state. The reset gate says how much of it: n = tanh(x "
        "Wx + b + r (h Wh)).",
        (
            "return next_h, (",
            "_, z, _, v_n, _ = gates\n"
            "    n = np.tanh(_blocks(x @ Wx + b, 3)[2] + v_n)\n"
            "    next_h = (1 - z) * n + z * prev_h\n"
            "    return next_h, (",
        ),
    ),
    mistake(
        "gru_step_forward",
        "sigmoid for the candidate",
        "The candidate n goes through a sigmoid. It is a tanh.",
        (
            "return next_h, (",
            "r, z, _, v_n, _ = gates\n"
            "    n = _sigmoid(_blocks(x @ Wx + b, 3)[2] + r * v_n)\n"
            "    next_h = (1 - z) * n + z * prev_h\n"
            "    return next_h, (",
        ),
    ),
    mistake(
        "gru_step_forward",
        "sigmoid overflows",
        "The sigmoid overflows: exp(1000) / (1 + exp(1000)) is NaN. Let exp see negative numbers "
        "only, or use tanh.",
        (
            "return next_h, (",
            "grown = np.exp(x @ Wx + b + prev_h @ Wh)\n"
            "    r, z, _ = _blocks(grown / (1 + grown), 3)\n"
            "    n = np.tanh(_blocks(x @ Wx + b, 3)[2] + r * gates[3])\n"
            "    next_h = (1 - z) * n + z * prev_h\n"
            "    return next_h, (",
        ),
    ),
    # ---- gru_step_backward -----------------------------------------------------------------------
    mistake(
        "gru_step_backward",
        "forgets the kept state",
        "dprev_h lacks the direct path. z keeps part of the old state, so dnext_h z belongs to "
        "its gradient.",
        ("dprev_h + dv @ Wh.T", "dv @ Wh.T"),
    ),
    mistake(
        "gru_step_backward",
        "dWh without the reset gate",
        "dWh and dprev_h lack the reset gate. r multiplies the candidate's product h Wh, and so "
        "its gradient.",
        ("return du @ Wx.T", "dv = du\n    return du @ Wx.T"),
    ),
    mistake(
        "gru_step_backward",
        "db with the reset gate",
        "dWx and db of the candidate are multiplied by r. The reset gate stands before h Wh only, "
        "not before x Wx + b.",
        ("return du @ Wx.T", "du = dv\n    return du @ Wx.T"),
    ),
    mistake(
        "gru_step_backward",
        "reset gate has no gradient",
        "The reset gate gets no gradient. It multiplies h Wh inside the candidate: dr = du_n (h "
        "Wh_n).",
        (
            "return du @ Wx.T",
            "H = dprev_h.shape[1]\n    du[:, :H] = dv[:, :H] = 0\n    return du @ Wx.T",
        ),
    ),
    mistake(
        "gru_step_backward",
        "sign of the update gate",
        "The gradient of the update gate has the wrong sign: z multiplies the old state and 1 - z "
        "the candidate, so "
        "dz = dnext_h (h - n).",
        (
            "return du @ Wx.T",
            "H = dprev_h.shape[1]\n    du[:, H : 2 * H] *= -1\n    dv[:, H : 2 * H] *= -1\n    "
            "return du @ Wx.T",
        ),
    ),
    mistake(
        "gru_step_backward",
        "modifies dnext_h",
        "gru_step_backward changes dnext_h in place. Make a new array: the caller still needs its "
        "gradient.",
        (
            "du, dv, dprev_h = _gru_gates_backward(dnext_h, gates)",
            "du, dv, dprev_h = _gru_gates_backward(dnext_h, gates)\n    dnext_h *= gates[1]",
        ),
    ),
    mistake(
        "gru_step_backward",
        "accepts any dnext_h",
        "gru_step_backward does not look at the shape of dnext_h. One row is broadcast over the "
        "whole batch.",
        (
            '_check_shape("dnext_h", dnext_h, prev_h.shape)',
            "dnext_h = np.broadcast_to(dnext_h, prev_h.shape)",
        ),
    ),
    # ---- gru_forward -----------------------------------------------------------------------------
    mistake(
        "gru_forward",
        "ignores h0",
        "gru_forward begins with a state of zeros. It begins with h0, the argument.",
        ("prev_h, gates = h0, []", "prev_h, gates = np.zeros_like(h0), []"),
    ),
    mistake(
        "gru_forward",
        "every step begins with h0",
        "gru_forward gives h0 to every step. Each step gets the state of the step before; only "
        "the first gets h0.",
        ("_gru_gates(u[:, t], prev_h @ Wh, prev_h)", "_gru_gates(u[:, t], h0 @ Wh, h0)"),
    ),
    mistake(
        "gru_forward",
        "keeps h0 in the place of the last state",
        "gru_forward lets the update gate keep h0 at every step. It keeps the state of the step "
        "before.",
        ("_gru_gates(u[:, t], prev_h @ Wh, prev_h)", "_gru_gates(u[:, t], prev_h @ Wh, h0)"),
    ),
    mistake(
        "gru_forward",
        "float64 states",
        "gru_forward makes its states float64 whatever comes in: np.zeros does, unless it is told "
        "the dtype of x.",
        ("len(Wh)), x.dtype)", "len(Wh)))"),
    ),
    # ---- gru_backward ----------------------------------------------------------------------------
    mistake(
        "gru_backward",
        "forgets the kept state",
        "gru_backward sends back only what goes through the gates. z also keeps part of the old "
        "state: add that path.",
        ("dprev_h = kept + dv_t @ Wh.T", "dprev_h = dv_t @ Wh.T"),
    ),
    mistake(
        "gru_backward",
        "forgets the gates",
        "gru_backward sends back only what z keeps. The old state also goes into the gates: add "
        "dv Whᵀ.",
        ("dprev_h = kept + dv_t @ Wh.T", "dprev_h = kept"),
    ),
    mistake(
        "gru_backward",
        "only the gradient of the last state",
        "gru_backward uses dh of the last step alone. Every hₜ has a gradient from above: add "
        "dh[:, t] at each step.",
        ("dh[:, t] + dprev_h,", "(dh[:, t] if t == h.shape[1] - 1 else 0) + dprev_h,"),
    ),
    mistake(
        "gru_backward",
        "gradients of the weights are overwritten",
        "gru_backward overwrites dWx, dWh and db at every step. All steps share the weights: add "
        "them up.",
        (
            "return dx, dprev_h",
            "_, dWx, dWh, db = _sequence_gradients(du[:, :1], dv[:, :1], x[:, :1], h0, h[:, :1], "
            "Wx)\n"
            "    return dx, dprev_h",
        ),
    ),
    mistake(
        "gru_backward",
        "modifies dh",
        "gru_backward adds into dh. Make a new array: the layer above still needs its gradient.",
        (
            "du_t, dv_t, kept = _gru_gates_backward(dh[:, t] + dprev_h,",
            "dh[:, t] += dprev_h\n        du_t, dv_t, kept = _gru_gates_backward(dh[:, t],",
        ),
    ),
    # ---- embedding -------------------------------------------------------------------------------
    mistake(
        "embedding_forward",
        "counts from one",
        "embedding_forward looks up the row before the right one. Symbols count from 0: symbol 0 "
        "has the row W[0].",
        ("return W[x], (x, W)", "return W[x - 1], (x, W)"),
    ),
    mistake(
        "embedding_forward",
        "takes the columns",
        "embedding_forward takes columns of W. Each symbol has a row: W[x].",
        (
            "return W[x], (x, W)",
            "return W[:, x % W.shape[1]].transpose(1, 2, 0)[:, :, : W.shape[1]], (x, W)",
        ),
    ),
    mistake(
        "embedding_forward",
        "time before batch",
        "embedding_forward returns the time first. The batch comes first: (N, T, D).",
        ("return W[x], (x, W)", "return W[x.T], (x, W)"),
    ),
    mistake(
        "embedding_forward",
        "accepts negative symbols",
        "embedding_forward accepts negative symbols, and numpy counts them from the end of W. "
        "Raise a ValueError.",
        ('_check_indices("x", x,', '_check_indices("x", x % len(W) if x.max() < len(W) else x,'),
    ),
    mistake(
        "embedding_forward",
        "rounds fractions",
        "embedding_forward rounds fractions down to symbols. What is not of integers is no index: "
        "raise a ValueError.",
        ("x, W = np.asarray(x), _as_float(W)", "x, W = np.asarray(x).astype(int), _as_float(W)"),
    ),
    mistake(
        "embedding_backward",
        "repeated symbols keep one place",
        "dW keeps only one of the places where a symbol was looked up. Their gradients add: "
        "np.add.at(dW, x, dout).",
        ("np.add.at(dW, x, dout)", "dW[x] = dout"),
    ),
    mistake(
        "embedding_backward",
        "averages repeated symbols",
        "dW is averaged over the places where a symbol was looked up. They add up.",
        (
            "np.add.at(dW, x, dout)",
            "np.add.at(dW, x, dout / np.bincount(x.ravel(), minlength=len(W))[x][:, :, None])",
        ),
    ),
    mistake(
        "embedding_backward",
        "adds to the weights",
        "dW begins with the values of W. It begins with zeros: it is the gradient, not the "
        "updated table.",
        ("dW = np.zeros_like(W)", "dW = W.copy()"),
    ),
    mistake(
        "embedding_backward",
        "averages over the batch",
        "dW is divided by the batch size. The 1/N belongs to the loss, which has put it into dout "
        "already: sum here.",
        ("return dW", "return dW / len(x)"),
    ),
    mistake(
        "embedding_backward",
        "float64 gradient",
        "dW is float64 whatever W is: np.zeros gives that, unless it is told the dtype of W.",
        ("np.zeros_like(W)", "np.zeros(W.shape)"),
    ),
    mistake(
        "embedding_backward",
        "accepts any dout",
        "embedding_backward does not look at the shape of dout. One step is broadcast over the "
        "whole sequence.",
        ('_check_shape("dout", dout, (*x.shape, W.shape[1]))', ""),
    ),
    # ---- affine over time ------------------------------------------------------------------------
    mistake(
        "temporal_affine_forward",
        "forgets the bias",
        "temporal_affine_forward never adds b.",
        ("return x @ w + b,", "return x @ w,"),
    ),
    mistake(
        "temporal_affine_forward",
        "only the last step",
        "temporal_affine_forward uses the last step alone. The layer works on every step: out is "
        "(N, T, M).",
        ("return x @ w + b,", "return x[:, -1] @ w + b,"),
    ),
    mistake(
        "temporal_affine_forward",
        "stays flat",
        "temporal_affine_forward leaves batch and time in one axis. Bring out back to (N, T, M) "
        "at the end.",
        ("return x @ w + b,", "return x.reshape(-1, x.shape[2]) @ w + b,"),
    ),
    mistake(
        "temporal_affine_forward",
        "accepts any b",
        "temporal_affine_forward does not look at the shape of b. A b of length one is broadcast "
        "without a word.",
        ('_check_shape("b", b, w.shape[1:])', ""),
    ),
    mistake(
        "temporal_affine_backward",
        "db keeps the time",
        "db is summed over the batch only. b is added at every step, so sum over time as well: "
        "shape (M,).",
        ("np.sum(dout, axis=(0, 1))", "np.sum(dout, axis=0)"),
    ),
    mistake(
        "temporal_affine_backward",
        "averages over time",
        "dw and db are averaged over the steps. All steps share w and b: their gradients are sums.",
        (
            "np.tensordot(x, dout, axes=([0, 1], [0, 1])), np.sum(dout, axis=(0, 1))",
            "np.tensordot(x, dout, axes=([0, 1], [0, 1])) / x.shape[1], np.mean(np.sum(dout, "
            "axis=0), axis=0)",
        ),
    ),
    mistake(
        "temporal_affine_backward",
        "averages over the batch",
        "dw and db are divided by the batch size. The 1/N belongs to the loss, which has put it "
        "into dout already.",
        (
            "np.tensordot(x, dout, axes=([0, 1], [0, 1])), np.sum(dout, axis=(0, 1))",
            "np.tensordot(x, dout, axes=([0, 1], [0, 1])) / len(x), np.sum(dout, axis=(0, 1)) / "
            "len(x)",
        ),
    ),
    mistake(
        "temporal_affine_backward",
        "dw is transposed",
        "dw is transposed. It must have the shape of w: xᵀ dout, not doutᵀ x.",
        ("np.tensordot(x, dout,", "np.tensordot(dout, x,"),
    ),
    mistake(
        "temporal_affine_backward",
        "dw of the last step",
        "dw comes from the last step alone. Every step uses w, so all their products add up.",
        ("np.tensordot(x, dout, axes=([0, 1], [0, 1]))", "x[:, -1].T @ dout[:, -1]"),
    ),
    # ---- softmax loss over time ------------------------------------------------------------------
    mistake(
        "temporal_softmax_loss",
        "ignores the mask",
        "temporal_softmax_loss counts the padding too. Only the steps where mask is True belong "
        "to the loss.",
        (
            "x, mask = _as_float(x), np.asarray(mask, bool)",
            "x, mask = _as_float(x), np.ones_like(mask, dtype=bool)",
        ),
    ),
    mistake(
        "temporal_softmax_loss",
        "mask the wrong way round",
        "temporal_softmax_loss counts the steps where mask is False. True marks the steps that "
        "count.",
        (
            "x, mask = _as_float(x), np.asarray(mask, bool)",
            "x, mask = _as_float(x), ~np.asarray(mask, bool)",
        ),
    ),
    mistake(
        "temporal_softmax_loss",
        "averages over the steps that count",
        "temporal_softmax_loss divides by the number of steps that count. It sums over time and "
        "divides by N alone.",
        ("where=one_hot & mask[:, :, None]) / N", "where=one_hot & mask[:, :, None]) / mask.sum()"),
        ("np.exp(log_p) - one_hot, 0) / N", "np.exp(log_p) - one_hot, 0) / mask.sum()"),
    ),
    mistake(
        "temporal_softmax_loss",
        "averages over time",
        "temporal_softmax_loss divides by N T. It sums over time and divides by N alone.",
        ("where=one_hot & mask[:, :, None]) / N", "where=one_hot & mask[:, :, None]) / (N * T)"),
        ("np.exp(log_p) - one_hot, 0) / N", "np.exp(log_p) - one_hot, 0) / (N * T)"),
    ),
    mistake(
        "temporal_softmax_loss",
        "sums over the batch",
        "temporal_softmax_loss is a sum over the batch. Divide by N, or a larger batch costs more.",
        ("where=one_hot & mask[:, :, None]) / N", "where=one_hot & mask[:, :, None])"),
        ("np.exp(log_p) - one_hot, 0) / N", "np.exp(log_p) - one_hot, 0)"),
    ),
    mistake(
        "temporal_softmax_loss",
        "gradient without 1/N",
        "dx is N times too large: the loss is averaged over the batch, so its gradient divides by "
        "N.",
        ("np.exp(log_p) - one_hot, 0) / N", "np.exp(log_p) - one_hot, 0)"),
    ),
    mistake(
        "temporal_softmax_loss",
        "gradient ignores the mask",
        "dx is not zero at the masked steps. They do not belong to the loss, so they have no "
        "gradient.",
        (
            "np.where(mask[:, :, None], np.exp(log_p) - one_hot, 0) / N",
            "(np.exp(log_p) - one_hot) / N",
        ),
    ),
    mistake(
        "temporal_softmax_loss",
        "gradient of the probabilities",
        "dx is the probabilities themselves. Subtract 1 at the true label of each step: p - "
        "onehot(y).",
        ("np.exp(log_p) - one_hot", "np.exp(log_p)"),
    ),
    mistake(
        "temporal_softmax_loss",
        "softmax over time",
        "The softmax runs over the steps. Each step has its own probabilities, over the V scores: "
        "use the last axis.",
        ("x.max(axis=2, keepdims=True)", "x.max(axis=1, keepdims=True)"),
        (
            "np.exp(shifted).sum(axis=2, keepdims=True)",
            "np.exp(shifted).sum(axis=1, keepdims=True)",
        ),
    ),
    mistake(
        "temporal_softmax_loss",
        "no maximum subtracted",
        "temporal_softmax_loss overflows: exp(1000) is infinite. Subtract the largest score of "
        "each step before exp.",
        ("shifted = x - x.max(axis=2, keepdims=True)", "shifted = x"),
    ),
    mistake(
        "temporal_softmax_loss",
        "global maximum",
        "The maximum of all scores is subtracted. A step far below it underflows to log(0): take "
        "each step's own.",
        ("x.max(axis=2, keepdims=True)", "x.max()"),
    ),
    mistake(
        "temporal_softmax_loss",
        "log of a probability that is zero",
        "temporal_softmax_loss takes log(0): a probability can round to zero. Compute log p as s "
        "- log Σ exp(s).",
        (
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))",
            "log_p = np.log(np.exp(shifted) / np.exp(shifted).sum(axis=2, keepdims=True))",
        ),
    ),
    mistake(
        "temporal_softmax_loss",
        "multiplies by the mask",
        "temporal_softmax_loss multiplies what stands in the padding by 0, and 0 times NaN is "
        "NaN. Select the steps "
        "that count instead.",
        (
            "x = np.where(mask[:, :, None], x, 0)",
            "x = x + 0 * np.where(mask[:, :, None], 0, x).sum()",
        ),
    ),
    mistake(
        "temporal_softmax_loss",
        "float64 gradient",
        "temporal_softmax_loss makes dx float64 whatever x is: np.zeros and np.eye do, unless "
        "they are told the dtype.",
        ("np.exp(log_p) - one_hot, 0) / N", "np.exp(log_p) - one_hot.astype(np.float64), 0) / N"),
    ),
    mistake(
        "temporal_softmax_loss",
        "accepts any mask",
        "temporal_softmax_loss does not look at the shape of mask. One column is broadcast over "
        "all steps.",
        ('_check_shape("mask", mask, (N, T))', "mask = np.broadcast_to(mask, (N, T))"),
    ),
    # ---- adding_problem --------------------------------------------------------------------------
    mistake(
        "adding_problem",
        "both marks anywhere",
        "adding_problem marks two steps anywhere. One mark stands in each half.",
        ("rng.integers(T // 2, T, n)", "rng.integers(0, T, n)"),
    ),
    mistake(
        "adding_problem",
        "the sum of all numbers",
        "y is the sum of all numbers. Only the two marked ones are added.",
        ("np.sum(u * m, axis=1, keepdims=True)", "np.sum(u, axis=1, keepdims=True)"),
    ),
    mistake(
        "adding_problem",
        "y has one axis",
        "y has the shape (n,). It is a column, (n, 1): one number for each sequence.",
        ("np.sum(u * m, axis=1, keepdims=True)", "np.sum(u * m, axis=1)"),
    ),
    mistake(
        "adding_problem",
        "the mean of the marked numbers",
        "y is the mean of the two marked numbers. It is their sum.",
        ("np.sum(u * m, axis=1, keepdims=True)", "np.sum(u * m, axis=1, keepdims=True) / 2"),
    ),
    mistake(
        "adding_problem",
        "normal numbers",
        "The numbers are drawn from a normal distribution. They are uniform in [0, 1).",
        ("rng.uniform(size=(n, T))", "rng.normal(size=(n, T))"),
    ),
    mistake(
        "adding_problem",
        "the last step of each half is never marked",
        "The last step of each half is never marked. rng.integers leaves its upper end out by "
        "itself.",
        ("rng.integers(0, T // 2, n)", "rng.integers(0, T // 2 - 1, n)"),
        ("rng.integers(T // 2, T, n)", "rng.integers(T // 2, T - 1, n)"),
    ),
    mistake(
        "adding_problem",
        "all sequences are marked alike",
        "All sequences have their marks at the same two steps. Draw them for each sequence.",
        ("rng.integers(0, T // 2, n)", "rng.integers(0, T // 2)"),
        ("rng.integers(T // 2, T, n)", "rng.integers(T // 2, T)"),
    ),
    mistake(
        "adding_problem",
        "second mark half a sequence later",
        "The second mark always stands half a sequence after the first. Draw it by itself.",
        (
            "m[np.arange(n), rng.integers(T // 2, T, n)] = 1",
            "m[:, T // 2 :][:, : T // 2] = m[:, : T // 2]",
        ),
    ),
    mistake(
        "adding_problem",
        "accepts one step",
        "adding_problem accepts a sequence of one step, which has no two halves. Raise a "
        "ValueError that names T.",
        ("if T < 2:", "if T < 1:"),
        ("rng.integers(0, T // 2, n)", "rng.integers(0, max(T // 2, 1), n)"),
    ),
    # ---- SequenceClassifier ----------------------------------------------------------------------
    mistake(
        "SequenceClassifier.__init__",
        "bound without the root",
        "The weights begin uniform in ±1/H. The bound is 1/√H.",
        ("1 / np.sqrt(hidden_size)", "1 / hidden_size"),
    ),
    mistake(
        "SequenceClassifier.__init__",
        "bound from the number of inputs",
        "The weights begin in a range that depends on the number of inputs. Here it is 1/√H for "
        "all of them.",
        ("1 / np.sqrt(hidden_size)", "1 / np.sqrt(input_size)"),
    ),
    mistake(
        "SequenceClassifier.__init__",
        "weights are never negative",
        "The weights begin between 0 and 1/√H. They begin on both sides of zero: uniform in ±1/√H.",
        (
            "rng.uniform(-bound, bound, (input_size, columns))",
            "rng.uniform(0, bound, (input_size, columns))",
        ),
        (
            "rng.uniform(-bound, bound, (hidden_size, columns))",
            "rng.uniform(0, bound, (hidden_size, columns))",
        ),
        (
            "rng.uniform(-bound, bound, (hidden_size, output_size))",
            "rng.uniform(0, bound, (hidden_size, output_size))",
        ),
    ),
    mistake(
        "SequenceClassifier.__init__",
        "forget gates begin half shut",
        "All biases begin at zero. Those of the LSTM's forget gates begin at 1, so that it "
        "remembers from the outset.",
        ('if cell == "lstm":', 'if cell == "an LSTM":'),
    ),
    mistake(
        "SequenceClassifier.__init__",
        "ones for the wrong gate",
        "The biases of the input gates begin at 1. It is the forget gates, the second block, that "
        "begin open.",
        ("[hidden_size : 2 * hidden_size] = 1", "[:hidden_size] = 1"),
    ),
    mistake(
        "SequenceClassifier.__init__",
        "random numbers of its own",
        "The weights come from another generator. Draw them from rng, the argument, so that a run "
        "can be repeated.",
        (
            "self.cell, self.objective = cell, loss",
            "self.cell, self.objective = cell, loss\n        rng = np.random.default_rng(0)",
        ),
    ),
    mistake(
        "SequenceClassifier.__init__",
        "any loss is taken for a regression",
        "SequenceClassifier accepts a loss that it does not know. Raise a ValueError that names "
        "loss.",
        ("if loss not in LOSSES:", "if False:"),
    ),
    mistake(
        "SequenceClassifier.loss",
        "scores from the first state",
        "The gradient of the scores goes into the first state. The scores come from the last one, "
        "h_T.",
        ("dh[:, -1:] = dlast", "dh[:, :1] = dlast"),
    ),
    mistake(
        "SequenceClassifier.loss",
        "gradient into every state",
        "The gradient of the scores is given to every state. They come from h_T alone, so all "
        "others get zero.",
        ("dh[:, -1:] = dlast", "dh[:] = dlast"),
    ),
    mistake(
        "SequenceClassifier.loss",
        "stops before the recurrent cell",
        "Wx, Wh and b get no gradient. Send the gradient of the last state back through the cell.",
        (
            "_, _, dWx, dWh, db = backward(dh, cell_cache)",
            "_, _, dWx, dWh, db = backward(0 * dh, cell_cache)",
        ),
    ),
    mistake(
        "SequenceClassifier.loss",
        "names of the gradients swapped",
        "grads holds dWx under W_out and dW_out under Wx, or the like: each key names the "
        "parameter of its gradient.",
        ('"b": db, "W_out": dW_out, "b_out": db_out', '"b": db_out, "W_out": dW_out, "b_out": db'),
    ),
    mistake(
        "SequenceClassifier.predict",
        "predicts the smallest score",
        "predict takes the smallest score. The most probable class is the one with the largest.",
        ("scores.argmax(axis=1)", "scores.argmin(axis=1)"),
    ),
    mistake(
        "SequenceClassifier.predict",
        "predicts along the batch",
        "predict looks for the best sample of each class. It should give the best class of each "
        "sample: use axis 1.",
        ("scores.argmax(axis=1)", "scores.argmax(axis=0)"),
    ),
    mistake(
        "SequenceClassifier.predict",
        "returns scores",
        "predict gives the scores. For classes it gives labels: the position of the largest score.",
        ("scores.argmax(axis=1)", "scores"),
    ),
    mistake(
        "SequenceClassifier.predict",
        "labels for a regression",
        'predict gives labels for loss="mse" too. There the scores are the answer.',
        ('if self.objective == "softmax" else scores', "if self.objective else scores"),
    ),
    mistake(
        "SequenceClassifier.train",
        "no clipping",
        "train does not clip. When the joint norm of all gradients is above max_norm, scale them "
        "down to it.",
        ("min(1.0, max_norm / _joint_norm(grads))", "1.0"),
    ),
    mistake(
        "SequenceClassifier.train",
        "clips each tensor alone",
        "train clips each gradient by its own norm. The norm is taken over all of them together, "
        "so that the direction "
        "stays.",
        ("scale * grads[name],", "min(1.0, max_norm / np.linalg.norm(grads[name])) * grads[name],"),
    ),
    mistake(
        "SequenceClassifier.train",
        "scales small gradients up",
        "train brings every gradient to max_norm, small ones too. Clipping only makes gradients "
        "smaller.",
        ("min(1.0, max_norm / _joint_norm(grads))", "max_norm / _joint_norm(grads)"),
    ),
    mistake(
        "SequenceClassifier.train",
        "no bias correction",
        "train's Adam lacks the bias correction. Divide the moments by 1 - βᵗ, where t begins "
        "with 1.",
        ("moments[name], t, lr)", "moments[name], 10**9, lr)"),
    ),
    mistake(
        "SequenceClassifier.train",
        "no ε in Adam",
        "train's Adam divides by a root that is 0 where no gradient has come yet, and 0/0 is NaN. "
        "Add ε to the root.",
        (
            "self.params[name], moments[name] = _adam(w, scale * grads[name], moments[name], t, "
            "lr)",
            "self.params[name], moments[name] = _adam(w, scale * grads[name], moments[name], t, "
            "lr, epsilon=0.0)",
        ),
    ),
    mistake(
        "SequenceClassifier.train",
        "plain gradient descent",
        "train takes plain gradient steps. It should take those of Adam.",
        (
            "self.params[name], moments[name] = _adam(w, scale * grads[name], moments[name], t, "
            "lr)",
            "self.params[name] = w - lr * scale * grads[name]",
        ),
    ),
    mistake(
        "SequenceClassifier.train",
        "forgets the moments",
        "train begins with empty moments at every step. Adam keeps a running mean of the gradient "
        "and of its square.",
        ("moments[name], t, lr)", "(0.0, 0.0), 1, lr)"),
    ),
    mistake(
        "SequenceClassifier.train",
        "climbs",
        "train walks uphill. The step goes against the gradient.",
        ("scale * grads[name]", "-scale * grads[name]"),
    ),
    mistake(
        "SequenceClassifier.train",
        "always the first samples",
        "train uses the first batch_size samples at every step. Draw a new batch from all samples "
        "each time.",
        ("rng.integers(len(X), size=batch_size)", "np.arange(len(X))[:batch_size]"),
    ),
    mistake(
        "SequenceClassifier.train",
        "the whole data at every step",
        "train uses all samples at every step. Draw batch_size of them each time.",
        ("rng.integers(len(X), size=batch_size)", "np.arange(len(X))"),
    ),
    mistake(
        "SequenceClassifier.train",
        "one batch for all steps",
        "train draws one batch and uses it at every step. Draw a new one each time.",
        (
            "losses, moments = [],",
            "fixed = rng.integers(len(X), size=batch_size)\n        losses, moments = [],",
        ),
        (
            "batch = rng.integers(len(X), size=batch_size)\n            loss,",
            "batch = fixed\n            loss,",
        ),
    ),
    mistake(
        "SequenceClassifier.train",
        "answers of other samples",
        "train draws sequences and answers separately, and they do not belong together. Use the "
        "same indices for both.",
        (
            "self.loss(X[batch], y[batch])",
            "self.loss(X[batch], y[rng.integers(len(X), size=batch_size)])",
        ),
    ),
    mistake(
        "SequenceClassifier.train",
        "one step too few",
        "train takes one step too few. It takes num_steps steps, and returns as many losses.",
        ("range(1, num_steps + 1)", "range(1, num_steps)"),
    ),
]
