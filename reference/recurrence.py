"""Recurrent cells (plain, LSTM, GRU) for one step and for a whole sequence, with backpropagation
through time.

The sequence functions compute what a loop over the step functions computes, with one saving:
everything that does not depend on the previous state (the product x Wx, the sums over time that
give the weights' gradients) is one matrix product over all N T steps. Only h Wh has to wait for the
step before.
"""

import numpy as np

__all__ = [  # noqa: RUF022 - the reading order
    "rnn_step_forward",
    "rnn_step_backward",
    "rnn_forward",
    "rnn_backward",
    "bidirectional_rnn_forward",
    "bidirectional_rnn_backward",
    "lstm_step_forward",
    "lstm_step_backward",
    "lstm_forward",
    "lstm_backward",
    "gru_step_forward",
    "gru_step_backward",
    "gru_forward",
    "gru_backward",
]


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """One step of the plain recurrent network: mix the new input into the state.

        hₜ = tanh(xₜ Wx + hₜ₋₁ Wh + b)

    Shapes: x (N, D); prev_h (N, H); Wx (D, H); Wh (H, H); b (H,)  ->  next_h (N, H), cache.
    The weights stand on the right (x Wx), so Wx is the transpose of torch's `weight_ih`.
    Raises ValueError when the shapes do not fit.

    Goodfellow, Bengio & Courville 2016, eqs. 10.8 and 10.9; lecture L3, with f = tanh.

    >>> h, _ = rnn_step_forward(
    ...     np.array([[1.0]]), np.array([[2.0]]), np.eye(1), np.eye(1), np.array([-3.0])
    ... )
    >>> h
    array([[0.]])
    """
    x, prev_h, Wx, Wh, b = _checked("ND", 1, x=x, prev_h=prev_h, Wx=Wx, Wh=Wh, b=b)
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)  # (N, H)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    """Gradients of one plain recurrent step.

        da = dnext_h (1 - hₜ²)        a = xₜ Wx + hₜ₋₁ Wh + b

    Shapes: dnext_h (N, H)  ->  dx (N, D), dprev_h (N, H), dWx (D, H), dWh (H, H), db (H,).
    tanh' is taken from the output hₜ, not from the input of the tanh: 1 - tanh²(a) = 1 - hₜ².
    Raises ValueError when dnext_h has another shape than next_h.

    Goodfellow, Bengio & Courville 2016, section 10.2.2.

    >>> _, cache = rnn_step_forward(
    ...     np.array([[1.0]]), np.array([[2.0]]), np.eye(1), np.eye(1), np.array([-3.0])
    ... )
    >>> dx, dprev_h, dWx, dWh, db = rnn_step_backward(np.array([[5.0]]), cache)
    >>> dWx, dWh
    (array([[5.]]), array([[10.]]))
    """
    x, prev_h, Wx, Wh, next_h = cache
    _check_shape("dnext_h", dnext_h, next_h.shape)
    da = dnext_h * (1 - next_h**2)  # (N, H)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    """Run the plain recurrent network over a sequence; every step uses the same weights.

        hₜ = tanh(xₜ Wx + hₜ₋₁ Wh + b)        t = 1 … T

    Shapes: x (N, T, D); h0 (N, H); Wx (D, H); Wh (H, H); b (H,)  ->  h (N, T, H), cache.
    h holds h₁ … h_T: the initial state h0 is not among them.
    Raises ValueError when the shapes do not fit.

    Elman 1990, "Finding structure in time"; Goodfellow, Bengio & Courville 2016, eqs. 10.8 and
    10.9; lecture L3.

    >>> h, _ = rnn_forward(
    ...     np.array([[[0.5], [0.0]]]), np.zeros((1, 1)), np.eye(1), np.eye(1), np.zeros(1)
    ... )
    >>> h.round(3)
    array([[[0.462],
            [0.432]]])
    """
    x, h0, Wx, Wh, b = _checked("NTD", 1, x=x, h0=h0, Wx=Wx, Wh=Wh, b=b)
    h = x @ Wx + b  # (N, T, H), not yet recurrent
    prev_h = h0  # (N, H)
    for t in range(h.shape[1]):
        h[:, t] = prev_h = np.tanh(h[:, t] + prev_h @ Wh)
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
    """Backpropagation through time for the plain recurrent network.

        ∂L/∂hₜ = dhₜ + daₜ₊₁ Whᵀ        daₜ = ∂L/∂hₜ (1 - hₜ²)        dWh = Σₜ hₜ₋₁ᵀ daₜ

    Shapes: dh (N, T, H)  ->  dx (N, T, D), dh0 (N, H), dWx (D, H), dWh (H, H), db (H,).
    dh holds what each hₜ receives from the layer above; what it receives from step t + 1 is added
    here. The weights are shared by all steps, so their gradients are sums over time.
    Raises ValueError when dh has another shape than h.

    Werbos 1990, "Backpropagation through time"; Goodfellow, Bengio & Courville 2016, section
    10.2.2; lecture L3.

    >>> _, cache = rnn_forward(
    ...     np.zeros((1, 2, 1)), np.zeros((1, 1)), np.eye(1), 3 * np.eye(1), np.zeros(1)
    ... )
    >>> dx, dh0, dWx, dWh, db = rnn_backward(np.array([[[0.0], [1.0]]]), cache)
    >>> dx.ravel(), dh0, db  # the gradient grows by Wh = 3 with every step back
    (array([3., 1.]), array([[9.]]), array([4.]))
    """
    x, h0, Wx, Wh, h = cache
    _check_shape("dh", dh, h.shape)
    da = 1 - h**2  # (N, T, H)
    dprev_h = np.zeros_like(h0)  # (N, H)
    for t in reversed(range(h.shape[1])):
        da[:, t] *= dh[:, t] + dprev_h
        dprev_h = da[:, t] @ Wh.T
    dx, dWx, dWh, db = _sequence_gradients(da, da, x, h0, h, Wx)
    return dx, dprev_h, dWx, dWh, db


def bidirectional_rnn_forward(x, h0, Wx, Wh, b):
    """Two plain recurrent networks, one reading forward and one reading backward; their states are
    concatenated.

        h→ₜ = tanh(xₜ Wx₀ + h→ₜ₋₁ Wh₀ + b₀)
        h←ₜ = tanh(xₜ Wx₁ + h←ₜ₊₁ Wh₁ + b₁)
        yₜ = [h→ₜ ; h←ₜ]

    Shapes: x (N, T, D); h0 (2, N, H); Wx (2, D, H); Wh (2, H, H); b (2, H) -> y (N, T, 2H), cache.
    Index 0 of h0, Wx, Wh and b reads forward, index 1 backward. Both halves of y are in the order
    of x: y[:, t, H:] has read x[:, t:], so the backward network's states are turned round again
    before they are concatenated.
    Raises ValueError when the shapes do not fit.

    Schuster & Paliwal 1997; lecture L3.

    >>> x, one = np.array([[[0.5], [0.0]]]), np.ones((2, 1, 1))
    >>> y, _ = bidirectional_rnn_forward(x, np.zeros((2, 1, 1)), one, one, np.zeros((2, 1)))
    >>> y.round(3)  # at step 2 only the forward network has seen the 0.5
    array([[[0.462, 0.462],
            [0.432, 0.   ]]])
    """
    for name, value in (("h0", h0), ("Wx", Wx), ("Wh", Wh), ("b", b)):
        if len(value) != 2:
            raise ValueError(
                f"{name} has {len(value)} entries on its first axis, expected 2: forward and "
                "backward"
            )
    forward, forward_cache = rnn_forward(x, h0[0], Wx[0], Wh[0], b[0])  # (N, T, H)
    # (N, T, H), from the end
    backward, backward_cache = rnn_forward(np.flip(x, axis=1), h0[1], Wx[1], Wh[1], b[1])
    y = np.concatenate([forward, np.flip(backward, axis=1)], axis=2)  # (N, T, 2H)
    return y, (forward_cache, backward_cache)


def bidirectional_rnn_backward(dy, cache):
    """Gradients of the bidirectional network.

        dx = dx→ + dx←        both networks read x, so its gradients add

    Shapes: dy (N, T, 2H)  ->  dx (N, T, D), dh0 (2, N, H), dWx (2, D, H), dWh (2, H, H), db (2, H).
    Index 0 of each gradient belongs to the forward network. The backward network saw time reversed,
    so its half of dy is reversed on the way in and its dx on the way out.
    Raises ValueError when dy has another shape than y.

    Schuster & Paliwal 1997; lecture L3.

    >>> x, one = np.array([[[0.5], [0.0]]]), np.ones((2, 1, 1))
    >>> _, cache = bidirectional_rnn_forward(x, np.zeros((2, 1, 1)), one, one, np.zeros((2, 1)))
    >>> dx, dh0, dWx, dWh, db = bidirectional_rnn_backward(
    ...     np.array([[[0.0, 0.0], [0.0, 1.0]]]), cache
    ... )
    >>> dx.ravel(), dh0.ravel()  # the backward state of step 2 has seen nothing but x₂
    (array([0., 1.]), array([0., 1.]))
    """
    forward_cache, backward_cache = cache
    N, T, H = forward_cache[-1].shape
    _check_shape("dy", dy, (N, T, 2 * H))
    dx, *forward = rnn_backward(dy[:, :, :H], forward_cache)
    dx_reversed, *backward = rnn_backward(np.flip(dy[:, :, H:], axis=1), backward_cache)
    dh0, dWx, dWh, db = (np.stack(pair) for pair in zip(forward, backward, strict=True))
    return dx + np.flip(dx_reversed, axis=1), dh0, dWx, dWh, db


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """One step of the LSTM: gates decide what the memory cell c forgets, takes in and shows.

        a = xₜ Wx + hₜ₋₁ Wh + b
        four blocks of H columns: aᵢ, a_f, aₒ, a_g
        i = σ(aᵢ)    f = σ(a_f)    o = σ(aₒ)    g = tanh(a_g)     input, forget, output, candidate
        cₜ = f cₜ₋₁ + i g
        hₜ = o tanh(cₜ)

    Shapes: x (N, D); prev_h, prev_c (N, H); Wx (D, 4H); Wh (H, 4H); b (4H,) -> next_h, next_c (N,
    H), cache.
    The blocks stand in the order input, forget, output, candidate; torch.nn.LSTM has input, forget,
    candidate, output. The candidate is a tanh, as in the papers (L3 prints σ). c is added to, not
    multiplied through a weight matrix: that is why its gradient survives many steps.
    Raises ValueError when the shapes do not fit.

    Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins 2000; in this form
    Graves 2013, arXiv:1308.0850, eqs. 7 to 11 without the peephole weights; lecture L3.

    >>> b = np.array([-20.0, 20.0, 20.0, 0.0])  # take in nothing, forget nothing, show everything
    >>> one, four = np.ones((1, 1)), np.ones((1, 4))
    >>> h, c, _ = lstm_step_forward(one, one, one, four, four, b)
    >>> c.round(3), h.round(3)
    (array([[1.]]), array([[0.762]]))
    """
    x, prev_h, prev_c, Wx, Wh, b = _checked(
        "ND", 4, x=x, prev_h=prev_h, prev_c=prev_c, Wx=Wx, Wh=Wh, b=b
    )
    next_h, next_c, gates = _lstm_gates(x @ Wx + prev_h @ Wh + b, prev_c)
    return next_h, next_c, (x, prev_h, Wx, Wh, gates)


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Gradients of one LSTM step.

        dc = dnext_c + dnext_h o (1 - tanh²(cₜ))
        di = dc g    df = dc cₜ₋₁    do = dnext_h tanh(cₜ)    dg = dc i    dcₜ₋₁ = dc f

    Shapes: dnext_h, dnext_c (N, H) -> dx (N, D), dprev_h, dprev_c (N, H), dWx (D, 4H), dWh (H, 4H),
    db (4H,).
    cₜ reaches the loss on two paths, through hₜ and through cₜ₊₁: dnext_c is the second alone, dc
    is their sum.
    Raises ValueError when dnext_h or dnext_c has another shape than next_h.

    Graves 2013, arXiv:1308.0850, eqs. 7 to 11, differentiated.

    >>> b, one, four = np.array([-20.0, 20.0, 20.0, 0.0]), np.ones((1, 1)), np.ones((1, 4))
    >>> _, _, cache = lstm_step_forward(one, one, one, four, four, b)
    >>> dx, dprev_h, dprev_c, dWx, dWh, db = lstm_step_backward(one, one, cache)
    >>> dprev_c.round(3)  # 1 from c and 1 - tanh²(1) from h
    array([[1.42]])
    """
    x, prev_h, Wx, Wh, gates = cache
    _check_shape("dnext_h", dnext_h, prev_h.shape)
    _check_shape("dnext_c", dnext_c, prev_h.shape)
    da, dprev_c = _lstm_gates_backward(dnext_h, dnext_c, gates)
    return da @ Wx.T, da @ Wh.T, dprev_c, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    """Run the LSTM over a sequence; the cell starts at c₀ = 0.

        hₜ, cₜ = lstm_step(xₜ, hₜ₋₁, cₜ₋₁)        t = 1 … T

    Shapes: x (N, T, D); h0 (N, H); Wx (D, 4H); Wh (H, 4H); b (4H,)  ->  h (N, T, H), cache.
    Gate order: input, forget, output, candidate. Every call starts with an empty cell, so nothing
    is carried over from one batch to the next.
    Raises ValueError when the shapes do not fit.

    Graves 2013, arXiv:1308.0850, eqs. 7 to 11 without the peephole weights; lecture L3.

    >>> zeros = np.zeros((1, 4))
    >>> h, _ = lstm_forward(
    ...     np.ones((1, 3, 1)), np.zeros((1, 1)), zeros, zeros, np.array([9, 9, 9, 9])
    ... )
    >>> np.arctanh(h.ravel()).round(1)  # all gates open: c counts the steps
    array([1., 2., 3.])
    """
    x, h0, Wx, Wh, b = _checked("NTD", 4, x=x, h0=h0, Wx=Wx, Wh=Wh, b=b)
    a = x @ Wx + b  # (N, T, 4H), not yet recurrent
    h = np.empty((*x.shape[:2], len(Wh)), x.dtype)  # (N, T, H)
    prev_h, prev_c, gates = h0, np.zeros_like(h0), []
    for t in range(x.shape[1]):
        prev_h, prev_c, gates_t = _lstm_gates(a[:, t] + prev_h @ Wh, prev_c)
        h[:, t] = prev_h
        gates.append(gates_t)
    return h, (x, h0, Wx, Wh, h, gates)


def lstm_backward(dh, cache):
    """Backpropagation through time for the LSTM.

        ∂L/∂hₜ = dhₜ + daₜ₊₁ Whᵀ        ∂L/∂cₜ arrives from step t + 1 and from hₜ; c₀ is a constant

    Shapes: dh (N, T, H)  ->  dx (N, T, D), dh0 (N, H), dWx (D, 4H), dWh (H, 4H), db (4H,).
    Two gradients travel back through time, one along h and one along c; forgetting the second
    leaves an LSTM that learns no longer than a plain network does.
    Raises ValueError when dh has another shape than h.

    Graves 2013, arXiv:1308.0850, eqs. 7 to 11, differentiated; lecture L3.

    >>> zeros = np.zeros((1, 4))
    >>> _, cache = lstm_forward(
    ...     np.ones((1, 3, 1)), np.zeros((1, 1)), zeros, zeros, np.array([9, 9, 9, 0])
    ... )
    >>> dx, dh0, dWx, dWh, db = lstm_backward(np.array([[[0.0], [0.0], [1.0]]]), cache)
    >>> db.round(2)  # each of three steps adds its candidate to c
    array([0., 0., 0., 3.])
    """
    x, h0, Wx, Wh, h, gates = cache
    _check_shape("dh", dh, h.shape)
    da = np.empty((*h.shape[:2], Wh.shape[1]), h.dtype)  # (N, T, 4H)
    dprev_h, dprev_c = np.zeros_like(h0), np.zeros_like(h0)  # (N, H)
    for t in reversed(range(h.shape[1])):
        da_t, dprev_c = _lstm_gates_backward(dh[:, t] + dprev_h, dprev_c, gates[t])
        dprev_h = da_t @ Wh.T
        da[:, t] = da_t
    dx, dWx, dWh, db = _sequence_gradients(da, da, x, h0, h, Wx)
    return dx, dprev_h, dWx, dWh, db


def gru_step_forward(x, prev_h, Wx, Wh, b):
    """One step of the gated recurrent unit: an LSTM's idea with two gates and no separate cell.

        u = xₜ Wx + b    v = hₜ₋₁ Wh                  three blocks of H columns: r, z, n
        r = σ(uᵣ + vᵣ)   z = σ(u_z + v_z)             reset, update
        n = tanh(uₙ + r vₙ)                           candidate
        hₜ = (1 - z) n + z hₜ₋₁

    Shapes: x (N, D); prev_h (N, H); Wx (D, 3H); Wh (H, 3H); b (3H,)  ->  next_h (N, H), cache.
    Two conventions differ between sources. Here z = 1 keeps the old state, and the reset gate
    multiplies the product hₜ₋₁ Whₙ, not hₜ₋₁: both as in torch.nn.GRU (without its second bias,
    which r would multiply too) and in the paper's first version; the third has (r hₜ₋₁) Whₙ. Chung
    et al. 2014 (arXiv:1412.3555) swap z and 1 - z.
    Raises ValueError when the shapes do not fit.

    Cho et al. 2014, arXiv:1406.1078, eqs. 5 to 8.

    >>> one, three = np.ones((1, 1)), np.ones((1, 3))
    >>> gru_step_forward(one, 5 * one, three, three, np.array([0.0, 20.0, 0.0]))[0].round(
    ...     3
    ... )  # z = 1: h is kept
    array([[5.]])
    >>> gru_step_forward(one, 5 * one, three, three, np.array([-30.0, -30.0, 0.0]))[0].round(
    ...     3
    ... )  # r = z = 0: tanh(x)
    array([[0.762]])
    """
    x, prev_h, Wx, Wh, b = _checked("ND", 3, x=x, prev_h=prev_h, Wx=Wx, Wh=Wh, b=b)
    next_h, gates = _gru_gates(x @ Wx + b, prev_h @ Wh, prev_h)
    return next_h, (x, prev_h, Wx, Wh, gates)


def gru_step_backward(dnext_h, cache):
    """Gradients of one GRU step.

        dz = dnext_h (hₜ₋₁ - n)
        dn = dnext_h (1 - z)
        duₙ = dn (1 - n²)
        dr = duₙ vₙ
        dvₙ = duₙ r
        dhₜ₋₁ = dnext_h z + dv Whᵀ

    Shapes: dnext_h (N, H)  ->  dx (N, D), dprev_h (N, H), dWx (D, 3H), dWh (H, 3H), db (3H,).
    du and dv are equal for r and z but not for n, where r stands between them: dWx and db come from
    du, dWh from dv. Raises ValueError when dnext_h has another shape than next_h.

    Cho et al. 2014, arXiv:1406.1078, eqs. 5 to 8, differentiated.

    >>> one, three = np.ones((1, 1)), np.ones((1, 3))
    >>> _, cache = gru_step_forward(one, 5 * one, three, three, np.array([0.0, 20.0, 0.0]))
    >>> dx, dprev_h, dWx, dWh, db = gru_step_backward(one, cache)
    >>> dprev_h.round(3)  # z = 1: the gradient passes unchanged
    array([[1.]])
    """
    x, prev_h, Wx, Wh, gates = cache
    _check_shape("dnext_h", dnext_h, prev_h.shape)
    du, dv, dprev_h = _gru_gates_backward(dnext_h, gates)
    return du @ Wx.T, dprev_h + dv @ Wh.T, x.T @ du, prev_h.T @ dv, du.sum(axis=0)


def gru_forward(x, h0, Wx, Wh, b):
    """Run the GRU over a sequence.

        hₜ = gru_step(xₜ, hₜ₋₁)        t = 1 … T

    Shapes: x (N, T, D); h0 (N, H); Wx (D, 3H); Wh (H, 3H); b (3H,)  ->  h (N, T, H), cache.
    Gate order: reset, update, candidate. The conventions are those of gru_step_forward.
    Raises ValueError when the shapes do not fit.

    Cho et al. 2014, arXiv:1406.1078, eqs. 5 to 8.

    >>> zeros = np.zeros((1, 3))
    >>> h, _ = gru_forward(np.ones((1, 3, 1)), np.zeros((1, 1)), zeros, zeros, np.array([0, 0, 9]))
    >>> h.ravel().round(3)  # z = ½: half of the way to tanh(9) ≈ 1 with every step
    array([0.5  , 0.75 , 0.875])
    """
    x, h0, Wx, Wh, b = _checked("NTD", 3, x=x, h0=h0, Wx=Wx, Wh=Wh, b=b)
    u = x @ Wx + b  # (N, T, 3H)
    h = np.empty((*x.shape[:2], len(Wh)), x.dtype)  # (N, T, H)
    prev_h, gates = h0, []
    for t in range(x.shape[1]):
        prev_h, gates_t = _gru_gates(u[:, t], prev_h @ Wh, prev_h)
        h[:, t] = prev_h
        gates.append(gates_t)
    return h, (x, h0, Wx, Wh, h, gates)


def gru_backward(dh, cache):
    """Backpropagation through time for the GRU.

        ∂L/∂hₜ = dhₜ + ∂L/∂hₜ₊₁ zₜ₊₁ + dvₜ₊₁ Whᵀ

    Shapes: dh (N, T, H)  ->  dx (N, T, D), dh0 (N, H), dWx (D, 3H), dWh (H, 3H), db (3H,).
    hₜ reaches step t + 1 on two paths: kept by z, and through the gates.
    Raises ValueError when dh has another shape than h.

    Cho et al. 2014, arXiv:1406.1078, eqs. 5 to 8, differentiated.

    >>> zeros = np.zeros((1, 3))
    >>> _, cache = gru_forward(
    ...     np.ones((1, 3, 1)), np.zeros((1, 1)), zeros, zeros, np.array([0.0, 0.0, 9.0])
    ... )
    >>> dx, dh0, dWx, dWh, db = gru_backward(np.array([[[0.0], [0.0], [1.0]]]), cache)
    >>> dh0  # z = ½ three times
    array([[0.125]])
    """
    x, h0, Wx, Wh, h, gates = cache
    _check_shape("dh", dh, h.shape)
    du = np.empty((*h.shape[:2], Wh.shape[1]), h.dtype)  # (N, T, 3H)
    dv = np.empty_like(du)  # (N, T, 3H)
    dprev_h = np.zeros_like(h0)  # (N, H)
    for t in reversed(range(h.shape[1])):
        du_t, dv_t, kept = _gru_gates_backward(dh[:, t] + dprev_h, gates[t])
        dprev_h = kept + dv_t @ Wh.T
        du[:, t], dv[:, t] = du_t, dv_t
    dx, dWx, dWh, db = _sequence_gradients(du, dv, x, h0, h, Wx)
    return dx, dprev_h, dWx, dWh, db


def _lstm_gates(a, prev_c):
    H = prev_c.shape[1]
    i, f, o = np.split(_sigmoid(a[:, : 3 * H]), 3, axis=1)  # (N, H) each
    g = np.tanh(a[:, 3 * H :])  # (N, H)
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    return o * tanh_c, next_c, (i, f, o, g, prev_c, tanh_c)


def _lstm_gates_backward(dnext_h, dnext_c, gates):
    i, f, o, g, prev_c, tanh_c = gates
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)  # (N, H)
    da_i = dc * g * i * (1 - i)
    da_f = dc * prev_c * f * (1 - f)
    da_o = dnext_h * tanh_c * o * (1 - o)
    da_g = dc * i * (1 - g**2)
    return np.concatenate([da_i, da_f, da_o, da_g], axis=1), dc * f  # (N, 4H), (N, H)


def _gru_gates(u, v, prev_h):
    u_r, u_z, u_n = _blocks(u, 3)  # (N, H) each
    v_r, v_z, v_n = _blocks(v, 3)
    r, z = _sigmoid(u_r + v_r), _sigmoid(u_z + v_z)
    n = np.tanh(u_n + r * v_n)
    return (1 - z) * n + z * prev_h, (r, z, n, v_n, prev_h)


def _gru_gates_backward(dnext_h, gates):
    r, z, n, v_n, prev_h = gates
    du_n = dnext_h * (1 - z) * (1 - n**2)  # (N, H)
    da_r = du_n * v_n * r * (1 - r)
    da_z = dnext_h * (prev_h - n) * z * (1 - z)
    du = np.concatenate([da_r, da_z, du_n], axis=1)  # (N, 3H)
    dv = np.concatenate([da_r, da_z, du_n * r], axis=1)  # (N, 3H)
    return du, dv, dnext_h * z


def _sigmoid(a):
    return 0.5 * (1 + np.tanh(0.5 * a))  # equal to 1 / (1 + exp(-a)), and cannot overflow


def _blocks(a, count):
    H = a.shape[1] // count
    return [a[:, k * H : (k + 1) * H] for k in range(count)]


def _sequence_gradients(du, dv, x, h0, h, Wx):
    """dx, dWx, dWh and db of the products u = xₜ Wx + b and v = hₜ₋₁ Wh: one matrix product each
    for all N T steps.
    """
    prev_h = np.concatenate([h0[:, None], h], axis=1)[:, :-1].reshape(-1, h.shape[2])  # (N T, H)
    du, dv, flat_x = (array.reshape(-1, array.shape[2]) for array in (du, dv, x))  # (N T, …)
    return (du @ Wx.T).reshape(x.shape), flat_x.T @ du, prev_h.T @ dv, du.sum(axis=0)


def _checked(axes, blocks, **inputs):
    """The inputs as arrays of one floating type, once their shapes fit: Wx, Wh and b have `blocks`
    times H columns.
    """
    arrays = {name: np.asarray(value) for name, value in inputs.items()}
    x, Wh = arrays["x"], arrays["Wh"]
    if x.ndim != len(axes):
        raise ValueError(f"x has shape {x.shape}, expected ({', '.join(axes)})")
    D, H = x.shape[-1], len(Wh)
    _check_shape("Wh", Wh, (H, blocks * H))
    expected = {"x": x.shape, "Wx": (D, blocks * H), "Wh": Wh.shape, "b": (blocks * H,)}
    for name, array in arrays.items():
        _check_shape(name, array, expected.get(name, (len(x), H)))  # not in the table: a state
    dtype = np.result_type(
        *(a.dtype if a.dtype.kind == "f" else np.float64 for a in arrays.values())
    )
    return [a.astype(dtype, copy=False) for a in arrays.values()]


def _check_shape(name, array, expected):
    if np.shape(array) != expected:
        raise ValueError(f"{name} has shape {np.shape(array)}, expected {expected}")
