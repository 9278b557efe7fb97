"""Recurrent cells (plain, LSTM, GRU) for one step and for a whole sequence, with backpropagation
through time.

The sequence functions compute what a loop over the step functions computes, with one saving:
everything that does not depend on the previous state (the product x Wx, the sums over time that
give the weights' gradients) is one matrix product over all N T steps. Only h Wh has to wait for the
step before.
"""

import numpy as np


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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError



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
    raise NotImplementedError
