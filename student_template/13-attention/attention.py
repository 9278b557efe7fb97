"""Attention, from the scaled dot product to a transformer block."""

import numpy as np


def attention_forward(q, k, v, mask=None):
    """Every query takes a weighted mean of the values; a weight says how well the value's key
    matches the query.

        S = Q Kᵀ / √d        A = softmax(S) along the keys        out = A V

    Shapes: q (…, T, d); k (…, S, d); v (…, S, e); mask broadcastable to (…, T, S) -> out (…, T, e),
    cache.
    The axes … (batch, heads) are the same in q, k and v; d is the size of a key, not of the model.
    mask is True where a query may look, as in torch.nn.functional.scaled_dot_product_attention and
    the opposite of torch.nn.MultiheadAttention. A query that may look nowhere gets zeros, not NaN.
    Raises ValueError when the shapes do not fit or mask is not boolean.

    Vaswani et al. 2017, arXiv:1706.03762, eq. 1; lecture L0 names the layer.

    >>> q, k, v = np.array([[0.0]]), np.array([[1.0], [2.0]]), np.array([[10.0], [30.0]])
    >>> attention_forward(q, k, v)[0]  # equal scores: the plain mean
    array([[20.]])
    >>> attention_forward(q, k, v, np.array([[True, False]]))[0]
    array([[10.]])
    """
    raise NotImplementedError



def attention_backward(dout, cache):
    """Gradients of scaled dot-product attention.

        dV = Aᵀ dout    dA = dout Vᵀ    dS = A (dA - Σ A dA)    dQ = dS K / √d    dK = dSᵀ Q / √d

    Shapes: dout (…, T, e)  ->  dq (…, T, d), dk (…, S, d), dv (…, S, e).
    The sum in dS runs over the keys, as the softmax did. Where the mask was False A is 0, and so is
    dS.
    Raises ValueError when dout has another shape than out.

    Vaswani et al. 2017, arXiv:1706.03762, eq. 1, differentiated.

    >>> q, k, v = np.array([[0.0]]), np.array([[1.0], [2.0]]), np.array([[10.0], [30.0]])
    >>> _, cache = attention_forward(q, k, v)
    >>> dq, dk, dv = attention_backward(np.array([[1.0]]), cache)
    >>> dq, dv.ravel()
    (array([[5.]]), array([0.5, 0.5]))
    """
    raise NotImplementedError



def causal_mask(T):
    """The mask of a model that must not see the future: position t may look at 0 … t.

    Shapes: T an integer  ->  mask (T, T), boolean; rows are queries, columns keys.

    Vaswani et al. 2017, section 3.2.3.

    >>> causal_mask(3).astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]])
    """
    raise NotImplementedError



def multi_head_attention_forward(q, k, v, Wq, Wk, Wv, Wo, mha_param):
    """Attend num_heads times at once, each time in a subspace of its own.

        headᵢ = attention(q Wqᵢ, k Wkᵢ, v Wvᵢ)        out = [head₁ … head_h] Wo

    Shapes: q (N, T, D); k, v (N, S, D); Wq, Wk, Wv, Wo (D, D)  ->  out (N, T, D), cache.
    mha_param: num_heads, a divisor of D; mask (default None), broadcastable to (N, num_heads, T,
    S).
    Head i owns the columns i D/h … (i + 1) D/h - 1 of Wq, Wk, Wv and the rows of the same numbers
    of Wo; the scores are divided by √(D/h). Self-attention is q = k = v, and the three gradients
    then add up. There are no biases.
    Raises ValueError when the shapes do not fit or num_heads does not divide D.

    Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2.

    >>> x, one, none = np.array([[[2.0, 4.0]]]), np.eye(2), np.zeros((2, 2))
    >>> multi_head_attention_forward(x, x, x, none, none, one, 3 * one, {"num_heads": 2})[0]
    array([[[ 6., 12.]]])
    """
    raise NotImplementedError



def multi_head_attention_backward(dout, cache):
    """Gradients of multi-head attention.

        d[heads] = dout Woᵀ
        dWo = [heads]ᵀ dout
        dq = dQ Wqᵀ
        dWq = qᵀ dQ
        likewise k and v

    Shapes: dout (N, T, D)  ->  dq (N, T, D), dk, dv (N, S, D), dWq, dWk, dWv, dWo (D, D).
    Raises ValueError when dout has another shape than out.

    Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2, differentiated.

    >>> x, one, none = np.array([[[2.0, 4.0]]]), np.eye(2), np.zeros((2, 2))
    >>> _, cache = multi_head_attention_forward(x, x, x, none, none, one, 3 * one, {"num_heads": 2})
    >>> dq, dk, dv, *dW = multi_head_attention_backward(np.array([[[1.0, 0.0]]]), cache)
    >>> dq, dv, dW[2].ravel()  # one key: only the value's path carries a gradient
    (array([[[0., 0.]]]), array([[[3., 0.]]]), array([ 6.,  0., 12.,  0.]))
    """
    raise NotImplementedError



def positional_encoding(T, D):
    """Tell attention, which knows no order, where each element stands: sines and cosines of many
    wavelengths.

        P[t, 2i] = sin(t / 10000^(2i/D))        P[t, 2i + 1] = cos(t / 10000^(2i/D))

    Shapes: T and D integers, D even  ->  P (T, D), float64. Positions count from 0.
    Sines and cosines alternate; a sine and the cosine to its right share one wavelength.
    Raises ValueError when D is odd.

    Vaswani et al. 2017, arXiv:1706.03762, section 3.5.

    >>> positional_encoding(2, 4).round(2)
    array([[0.  , 1.  , 0.  , 1.  ],
           [0.84, 0.54, 0.01, 1.  ]])
    """
    raise NotImplementedError



def transformer_block_forward(x, params, block_param):
    """One encoder block: look around (attention), then think (a small network), each with a skip
    connection.

        u = layernorm₁(x + multi_head_attention(x, x, x))
        y = layernorm₂(u + relu(u W1 + b1) W2 + b2)

    Shapes: x (N, T, D)  ->  y (N, T, D), cache.
    params: Wq, Wk, Wv, Wo (D, D); W1 (D, F); b1 (F,); W2 (F, D); b2, gamma1, beta1, gamma2, beta2
    (D,).
    block_param: num_heads; mask (default None), as in multi_head_attention_forward; eps of both
    norms (default 1e-5). The norm comes after the sum, as in the paper and in
    torch.nn.TransformerEncoderLayer by default; many later models put it before the attention and
    the network ("pre-norm"). No dropout.
    Raises ValueError when the shapes do not fit or num_heads does not divide D.

    Vaswani et al. 2017, arXiv:1706.03762, section 3.1 and eq. 2.

    >>> rng, D, F = np.random.default_rng(0), 4, 8
    >>> params = {name: rng.normal(size=(D, D)) for name in ("Wq", "Wk", "Wv", "Wo")}
    >>> params |= {
    ...     "W1": rng.normal(size=(D, F)),
    ...     "b1": np.zeros(F),
    ...     "W2": rng.normal(size=(F, D)),
    ...     "b2": np.zeros(D),
    ... }
    >>> params |= {
    ...     "gamma1": np.ones(D),
    ...     "beta1": np.zeros(D),
    ...     "gamma2": np.ones(D),
    ...     "beta2": np.zeros(D),
    ... }
    >>> y, _ = transformer_block_forward(rng.normal(size=(2, 3, D)), params, {"num_heads": 2})
    >>> y.shape, bool(np.allclose(y.mean(axis=2), 0))
    ((2, 3, 4), True)
    """
    raise NotImplementedError



def transformer_block_backward(dy, cache):
    """Gradients of the encoder block.

        A skip connection copies its input, so two gradients add: du = d(sum₂) + dnetwork, dx =
        d(sum₁) + dq + dk + dv

    Shapes: dy (N, T, D)  ->  dx (N, T, D), dparams (a dict with the keys and shapes of params).
    x is query, key and value at once and goes round the attention as well: dx has four terms.
    Raises ValueError when dy has another shape than y.

    Vaswani et al. 2017, arXiv:1706.03762, section 3.1 and eq. 2, differentiated.

    >>> D, eye, zero = 2, np.eye(2), np.zeros(2)
    >>> params = {
    ...     "Wq": eye,
    ...     "Wk": eye,
    ...     "Wv": eye,
    ...     "Wo": eye,
    ...     "W1": eye,
    ...     "b1": zero,
    ...     "W2": eye,
    ...     "b2": zero,
    ... }
    >>> params |= {"gamma1": np.ones(D), "beta1": zero, "gamma2": np.ones(D), "beta2": zero}
    >>> _, cache = transformer_block_forward(np.array([[[1.0, 2.0]]]), params, {"num_heads": 1})
    >>> dx, dparams = transformer_block_backward(np.array([[[3.0, 5.0]]]), cache)
    >>> dparams["beta2"], dparams["gamma2"].round(3)
    (array([3., 5.]), array([-3.,  5.]))
    """
    raise NotImplementedError
