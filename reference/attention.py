"""Attention, from the scaled dot product to a transformer block."""

import numpy as np

__all__ = [  # noqa: RUF022 - the reading order
    "attention_forward",
    "attention_backward",
    "causal_mask",
    "multi_head_attention_forward",
    "multi_head_attention_backward",
    "positional_encoding",
    "transformer_block_forward",
    "transformer_block_backward",
]


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
    q, k, v = _floats(q, k, v)
    _check_attention(q, k, v, mask)
    S = (q / q.shape[-1] ** 0.5) @ k.mT  # (…, T, S)
    if mask is not None:
        S = np.where(mask, S, -np.inf)
    A = _softmax(S)  # (…, T, S)
    return A @ v, (q, k, v, A)  # (…, T, e)


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
    q, k, v, A = cache
    _check_shape("dout", dout, (*A.shape[:-1], v.shape[-1]))
    dS = dout @ v.mT  # (…, T, S), still dA
    dS -= np.vecdot(A, dS)[..., None]
    dS *= A
    scale = q.shape[-1] ** -0.5
    return dS @ k * scale, dS.mT @ q * scale, A.mT @ dout


def causal_mask(T):
    """The mask of a model that must not see the future: position t may look at 0 … t.

    Shapes: T an integer  ->  mask (T, T), boolean; rows are queries, columns keys.

    Vaswani et al. 2017, section 3.2.3.

    >>> causal_mask(3).astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]])
    """
    return np.tri(T, dtype=bool)


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
    q, k, v, Wq, Wk, Wv, Wo = _floats(q, k, v, Wq, Wk, Wv, Wo)
    num_heads = mha_param["num_heads"]
    _check_multi_head(q, k, v, Wq, Wk, Wv, Wo, num_heads)
    Q, K, V = (_split_heads(y, num_heads) for y in (q @ Wq, k @ Wk, v @ Wv))  # (N, h, T or S, D/h)
    heads, attention_cache = attention_forward(Q, K, V, mha_param.get("mask"))  # (N, h, T, D/h)
    joined = _join_heads(heads)  # (N, T, D)
    return joined @ Wo, (q, k, v, Wq, Wk, Wv, Wo, joined, attention_cache)


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
    q, k, v, Wq, Wk, Wv, Wo, joined, attention_cache = cache
    _check_shape("dout", dout, joined.shape)
    djoined, dWo = _product_backward(dout, joined, Wo)
    num_heads = attention_cache[0].shape[1]
    dheads = attention_backward(_split_heads(djoined, num_heads), attention_cache)
    dQ, dK, dV = (_join_heads(d) for d in dheads)  # (N, T or S, D)
    dq, dWq = _product_backward(dQ, q, Wq)
    dk, dWk = _product_backward(dK, k, Wk)
    dv, dWv = _product_backward(dV, v, Wv)
    return dq, dk, dv, dWq, dWk, dWv, dWo


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
    if D % 2:
        raise ValueError(f"D is {D}, expected an even number: sines and cosines come in pairs")
    angle = np.arange(T)[:, None] / 10000 ** (np.arange(0, D, 2) / D)  # (T, D/2)
    return np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(T, D)


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
    x, *values = _floats(x, *params.values())
    p = dict(zip(params, values, strict=True))
    _check_network(x, p)
    eps = block_param.get("eps", 1e-5)
    Ws = (p["Wq"], p["Wk"], p["Wv"], p["Wo"])
    attended, attention_cache = multi_head_attention_forward(x, x, x, *Ws, block_param)  # (N, T, D)
    u, norm1_cache = _layernorm_forward(x + attended, p["gamma1"], p["beta1"], eps)  # (N, T, D)
    hidden = np.maximum(u @ p["W1"] + p["b1"], 0)  # (N, T, F)
    thought = hidden @ p["W2"] + p["b2"]  # (N, T, D)
    y, norm2_cache = _layernorm_forward(u + thought, p["gamma2"], p["beta2"], eps)  # (N, T, D)
    return y, (p, u, hidden, attention_cache, norm1_cache, norm2_cache)


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
    p, u, hidden, attention_cache, norm1_cache, norm2_cache = cache
    _check_shape("dy", dy, u.shape)
    d = {}
    dsum2, d["gamma2"], d["beta2"] = _layernorm_backward(dy, norm2_cache)  # (N, T, D)
    dhidden, d["W2"] = _product_backward(dsum2, hidden, p["W2"])  # (N, T, F)
    dhidden = dhidden * (hidden > 0)
    du, d["W1"] = _product_backward(dhidden, u, p["W1"])  # (N, T, D)
    d["b1"], d["b2"] = dhidden.sum(axis=(0, 1)), dsum2.sum(axis=(0, 1))
    dsum1, d["gamma1"], d["beta1"] = _layernorm_backward(du + dsum2, norm1_cache)  # (N, T, D)
    dq, dk, dv, d["Wq"], d["Wk"], d["Wv"], d["Wo"] = multi_head_attention_backward(
        dsum1, attention_cache
    )
    return dsum1 + dq + dk + dv, d


def _softmax(scores):
    """Softmax along the last axis, in the memory of scores; a row of nothing but -inf becomes a row
    of zeros.
    """
    scores -= scores.max(axis=-1, keepdims=True, initial=np.finfo(scores.dtype).min)
    np.exp(scores, out=scores)
    # a row's maximum alone adds exp(0) = 1
    scores /= np.maximum(scores.sum(axis=-1, keepdims=True), 1)
    return scores


def _split_heads(y, num_heads):
    N, T, D = y.shape
    return y.reshape(N, T, num_heads, D // num_heads).swapaxes(1, 2)  # (N, h, T, D/h)


def _join_heads(heads):
    N, h, T, size = heads.shape
    return heads.swapaxes(1, 2).reshape(N, T, h * size)  # (N, T, D)


def _product_backward(dy, x, W):
    """Gradients (dx, dW) of y = x W, where x has two axes of samples."""
    return dy @ W.T, x.reshape(-1, W.shape[0]).T @ dy.reshape(-1, W.shape[1])


def _layernorm_forward(x, gamma, beta, eps):
    centred = x - x.mean(axis=-1, keepdims=True)  # (N, T, D)
    inv_std = 1 / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + eps)  # (N, T, 1)
    x_hat = centred * inv_std
    return gamma * x_hat + beta, (x_hat, inv_std, gamma)


def _layernorm_backward(dy, cache):
    x_hat, inv_std, gamma = cache
    g = dy * gamma  # (N, T, D)
    mean = g.mean(axis=-1, keepdims=True)  # the path through μ
    slope = np.mean(g * x_hat, axis=-1, keepdims=True)  # the path through σ
    return (
        inv_std * (g - mean - x_hat * slope),
        np.sum(dy * x_hat, axis=(0, 1)),
        dy.sum(axis=(0, 1)),
    )


def _floats(*arrays):
    """The arrays in one floating type: float32 when all are float32, float64 for integers."""
    arrays = [np.asarray(a) for a in arrays]
    dtype = np.result_type(*(a.dtype if a.dtype.kind == "f" else np.float64 for a in arrays))
    return [a.astype(dtype, copy=False) for a in arrays]


def _check_attention(q, k, v, mask):
    if q.ndim < 2:
        raise ValueError(f"q has shape {q.shape}, expected (…, T, d)")
    *batch, T, d = q.shape
    if k.ndim != q.ndim or [*k.shape[:-2], k.shape[-1]] != [*batch, d]:
        raise ValueError(f"k has shape {k.shape}, expected {(*batch, 'S', d)} to fit q")
    if v.shape[:-1] != k.shape[:-1]:
        raise ValueError(f"v has shape {v.shape}, expected {(*k.shape[:-1], 'e')} to fit k")
    if mask is None:
        return
    if np.asarray(mask).dtype != bool:
        raise ValueError(
            f"mask has dtype {np.asarray(mask).dtype}, expected bool: True where a query may look"
        )
    scores = (*batch, T, k.shape[-2])
    try:
        np.broadcast_to(mask, scores)
    except ValueError:
        raise ValueError(
            f"mask has shape {np.shape(mask)}, which does not broadcast to {scores}"
        ) from None


def _check_multi_head(q, k, v, Wq, Wk, Wv, Wo, num_heads):
    if q.ndim != 3:
        raise ValueError(f"q has shape {q.shape}, expected (N, T, D)")
    N, _, D = q.shape
    for name, array in (("k", k), ("v", v)):
        if array.ndim != 3 or (len(array), array.shape[2]) != (N, D):
            raise ValueError(f"{name} has shape {array.shape}, expected ({N}, S, {D})")
    for name, W in (("Wq", Wq), ("Wk", Wk), ("Wv", Wv), ("Wo", Wo)):
        _check_shape(name, W, (D, D))
    if num_heads < 1 or D % num_heads:
        raise ValueError(f"num_heads is {num_heads}, expected a divisor of D = {D}")


def _check_network(x, p):
    D, F = x.shape[-1], len(p["b1"])
    _check_shape("W1", p["W1"], (D, F))
    _check_shape("W2", p["W2"], (F, D))
    for name in ("b2", "gamma1", "beta1", "gamma2", "beta2"):
        _check_shape(name, p[name], (D,))


def _check_shape(name, array, expected):
    if np.shape(array) != expected:
        raise ValueError(f"{name} has shape {np.shape(array)}, expected {expected}")
