"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

import numpy as np

from grader.feedback import mistake


def positional_encoding_with_a_wavelength_per_column(T, D):
    if D % 2:
        raise ValueError(f"D is {D}, expected an even number: sines and cosines come in pairs")
    angle = np.arange(T)[:, None] / 10000 ** (np.arange(D) / D)
    return np.where(np.arange(D) % 2 == 0, np.sin(angle), np.cos(angle))


MISTAKES = [
    # ---- attention_forward -----------------------------------------------------------------------
    mistake(
        "attention_forward",
        "scores not scaled",
        "attention_forward does not divide the scores by √d. Without it they grow with d, and the "
        "softmax saturates.",
        ("(q / q.shape[-1] ** 0.5)", "q"),
    ),
    mistake(
        "attention_forward",
        "root forgotten",
        "attention_forward divides the scores by d. It is the root of d: a sum of d random "
        "products grows like √d.",
        ("q.shape[-1] ** 0.5", "q.shape[-1]"),
    ),
    mistake(
        "attention_forward",
        "root of the number of keys",
        "attention_forward divides by the root of the number of keys. It is the root of d, the "
        "size of one key.",
        ("q.shape[-1] ** 0.5", "k.shape[-2] ** 0.5"),
    ),
    mistake(
        "attention_forward",
        "softmax over the queries",
        "The weights of attention_forward add up to one over the queries. Each query shares out "
        "its attention among "
        "the keys: softmax along the last axis.",
        ("A = _softmax(S)", "A = _softmax(S.mT.copy()).mT"),
    ),
    mistake(
        "attention_forward",
        "weights not normalised",
        "The weights of attention_forward do not add up to one. Divide exp by its sum over the "
        "keys.",
        ("A = _softmax(S)", "A = np.exp(S)"),
    ),
    mistake(
        "attention_forward",
        "no maximum subtracted",
        "attention_forward overflows: exp of a large score is infinite. Subtract the largest "
        "score of each query "
        "first.",
        (
            "A = _softmax(S)",
            "A = np.exp(S) / np.maximum(np.exp(S).sum(axis=-1, keepdims=True), 1e-300)",
        ),
    ),
    mistake(
        "attention_forward",
        "global maximum",
        "attention_forward subtracts the maximum of all scores. A query far below it gets 0/0: "
        "take each query's own.",
        ("A = _softmax(S)", "A = np.exp(S - S.max())\n    A = A / A.sum(axis=-1, keepdims=True)"),
    ),
    mistake(
        "attention_forward",
        "all keys hidden gives NaN",
        "A query that may look nowhere gets NaN from attention_forward: minus infinity less minus "
        "infinity. It gets "
        "zeros.",
        (
            "A = _softmax(S)",
            "A = np.exp(S - S.max(axis=-1, keepdims=True))\n    A = A / A.sum(axis=-1, "
            "keepdims=True)",
        ),
    ),
    mistake(
        "attention_forward",
        "all keys hidden gives the mean",
        "A query that may look nowhere gets the mean of all values: equally low scores are equal "
        "scores. It gets "
        "zeros.",
        ("-np.inf", "-1e9"),
    ),
    mistake(
        "attention_forward",
        "mask the wrong way round",
        "attention_forward hides what the mask allows. It is True where a query may look.",
        ("np.where(mask, S, -np.inf)", "np.where(mask, -np.inf, S)"),
    ),
    mistake(
        "attention_forward",
        "hidden scores are zero",
        "attention_forward sets hidden scores to zero, and exp(0) is 1: these keys still count. "
        "Set them to minus "
        "infinity.",
        ("-np.inf", "0.0"),
    ),
    mistake(
        "attention_forward",
        "mask after the softmax",
        "attention_forward hides weights after the softmax, so that those left no longer add up "
        "to one. Hide the "
        "scores.",
        ("S = np.where(mask, S, -np.inf)", "S = S.copy()"),
        ("A = _softmax(S)", "A = _softmax(S) * (1 if mask is None else mask)"),
    ),
    mistake(
        "attention_forward",
        "ignores the mask",
        "attention_forward does nothing with the mask.",
        ("np.where(mask, S, -np.inf)", "S"),
    ),
    mistake(
        "attention_forward",
        "mask on the wrong axis",
        "attention_forward lays the mask across the queries. Its rows are queries, its columns "
        "keys, as in the scores.",
        ("np.where(mask, S, -np.inf)", "np.where(np.swapaxes(mask, -1, -2), S, -np.inf)"),
    ),
    mistake(
        "attention_forward",
        "transposes all axes",
        "attention_forward uses k.T, which turns round the batch as well. Only the last two axes "
        "change places.",
        ("k.mT", "k.T"),
    ),
    mistake(
        "attention_forward",
        "accepts masks of numbers",
        "attention_forward takes a mask of numbers, and nobody knows whether 1 means look or "
        "hide. Refuse it.",
        (
            "_check_attention(q, k, v, mask)",
            "_check_attention(q, k, v, None if mask is None else np.asarray(mask) != 0)",
        ),
    ),
    mistake(
        "attention_forward",
        "accepts any keys and values",
        "attention_forward takes keys and values of another batch, which broadcast. Compare the "
        "axes in front first.",
        (
            "_check_attention(q, k, v, mask)",
            "_check_attention(q, k, v, mask) if k.shape[:-2] == q.shape[:-2] == v.shape[:-2] else "
            "None",
        ),
    ),
    mistake(
        "attention_forward",
        "always float64",
        "attention_forward makes float64 of float32. Does a number of numpy's, such as "
        "np.sqrt(d), join the product?",
        ("q.shape[-1] ** 0.5", "np.sqrt(np.float64(q.shape[-1]))"),
    ),
    # ---- attention_backward ----------------------------------------------------------------------
    mistake(
        "attention_backward",
        "softmax taken element by element",
        "attention_backward goes back through the softmax with A (1 - A). Every score moves all "
        "weights of its query: "
        "dS = A (dA - Σ A dA).",
        ("dS -= np.vecdot(A, dS)[..., None]", "dS *= 1 - A"),
    ),
    mistake(
        "attention_backward",
        "sum of the softmax forgotten",
        "attention_backward takes dS = A dA. The weights of a query add up to one, which brings "
        "in a sum: A (dA - Σ A "
        "dA).",
        ("dS -= np.vecdot(A, dS)[..., None]", ""),
    ),
    mistake(
        "attention_backward",
        "sum over the queries",
        "The sum in dS runs over the queries. The softmax ran over the keys, and so does the sum.",
        ("np.vecdot(A, dS)[..., None]", "(A * dS).sum(axis=-2, keepdims=True)"),
    ),
    mistake(
        "attention_backward",
        "scale forgotten",
        "dq and dk are √d times too large. The scores were divided by √d, so their gradients are, "
        "too.",
        ("q.shape[-1] ** -0.5", "1.0"),
    ),
    mistake(
        "attention_backward",
        "scale forgotten in dk",
        "dk is √d times too large. Both dq and dk go through the division by √d.",
        ("dS.mT @ q * scale", "dS.mT @ q"),
    ),
    mistake(
        "attention_backward",
        "multiplied by the scale",
        "dq and dk are multiplied by √d. The scores were divided by it, and the derivative of x/c "
        "is 1/c.",
        ("q.shape[-1] ** -0.5", "q.shape[-1] ** 0.5"),
    ),
    mistake(
        "attention_backward",
        "dv from the scores",
        "dv is made with dS. The values meet the weights: dV = Aᵀ dout.",
        ("A.mT @ dout", "dS.mT @ dout"),
    ),
    mistake(
        "attention_backward",
        "dq and dk swapped",
        "attention_backward returns dk first. Gradients come in the order of the inputs: q, k, v.",
        ("dS @ k * scale, dS.mT @ q * scale", "dS.mT @ q * scale, dS @ k * scale"),
    ),
    mistake(
        "attention_backward",
        "modifies dout",
        "attention_backward changes dout in place. Build a new array: the layer above still needs "
        "its gradient.",
        ("dS = dout @ v.mT", "dout *= q.shape[-1] ** -0.5\n    dS = dout @ v.mT"),
        ("A.mT @ dout", "A.mT @ dout / scale"),
        ("dS @ k * scale, dS.mT @ q * scale", "dS @ k, dS.mT @ q"),
    ),
    mistake(
        "attention_backward",
        "accepts any dout",
        "attention_backward takes a dout of any shape that broadcasts. It must have the shape of "
        "the output.",
        (
            '_check_shape("dout", dout, (*A.shape[:-1], v.shape[-1]))',
            "dout = np.broadcast_to(dout, (*A.shape[:-1], v.shape[-1]))",
        ),
    ),
    # ---- causal_mask -----------------------------------------------------------------------------
    mistake(
        "causal_mask",
        "does not see itself",
        "causal_mask hides the diagonal. Each position may look at itself, too; otherwise the "
        "first sees nothing.",
        ("np.tri(T, dtype=bool)", "np.tri(T, k=-1, dtype=bool)"),
    ),
    mistake(
        "causal_mask",
        "looks into the future",
        "causal_mask is the upper triangle: each position looks at itself and ahead. It should "
        "look back.",
        ("np.tri(T, dtype=bool)", "np.tri(T, dtype=bool).T"),
    ),
    mistake(
        "causal_mask",
        "true where it is forbidden",
        "causal_mask is True where looking is forbidden. It is True where a query may look.",
        ("np.tri(T, dtype=bool)", "~np.tri(T, dtype=bool)"),
    ),
    mistake(
        "causal_mask",
        "numbers instead of truth values",
        "causal_mask holds zeros and ones. It should hold True and False: dtype=bool.",
        ("np.tri(T, dtype=bool)", "np.tri(T)"),
    ),
    mistake(
        "causal_mask",
        "to be added to the scores",
        "causal_mask holds zeros and minus infinities, to be added. Here a mask is boolean, True "
        "where one may look.",
        ("np.tri(T, dtype=bool)", "np.where(np.tri(T, dtype=bool), 0.0, -np.inf)"),
    ),
    # ---- multi_head_attention_forward ------------------------------------------------------------
    mistake(
        "multi_head_attention_forward",
        "root of the width of the model",
        "The scores of multi-head attention are divided by √D. Each head works with D/h features: "
        "divide by √(D/h).",
        ("attention_forward(Q, K, V", "attention_forward(Q * num_heads**-0.5, K, V"),
    ),
    mistake(
        "multi_head_attention_forward",
        "heads take every h-th column",
        "Each head takes every h-th column. Head i owns a block of neighbours, columns i D/h to "
        "(i + 1) D/h - 1: "
        "reshape to (N, T, h, D/h).",
        (
            "(_split_heads(y, num_heads) for y in (q @ Wq, k @ Wk, v @ Wv))",
            "(y.reshape(*y.shape[:2], -1, num_heads).transpose(0, 3, 1, 2) for y in (q @ Wq, k @ "
            "Wk, v @ Wv))",
        ),
    ),
    mistake(
        "multi_head_attention_forward",
        "splits the time into heads",
        "Reshaping (N, T, D) to (N, h, T, D/h) at once mixes the positions. Reshape to (N, T, h, "
        "D/h), then swap axes.",
        ("_split_heads(y, num_heads)", "y.reshape(len(y), num_heads, y.shape[1], -1)"),
    ),
    mistake(
        "multi_head_attention_forward",
        "heads joined in the wrong order",
        "The heads are joined by a reshape alone, which mixes positions and heads. Swap the axes "
        "back to (N, T, h, "
        "D/h) first.",
        ("_join_heads(heads)", "heads.reshape(q.shape)"),
    ),
    mistake(
        "multi_head_attention_forward",
        "output not projected",
        "Multi-head attention ends with the joined heads. They still go through Wo.",
        ("return joined @ Wo,", "return joined,"),
    ),
    mistake(
        "multi_head_attention_forward",
        "ignores the mask",
        "Multi-head attention does nothing with mha_param['mask']. Hand it on to "
        "attention_forward.",
        ('mha_param.get("mask")', "None"),
    ),
    mistake(
        "multi_head_attention_forward",
        "values made from the keys",
        "Multi-head attention makes its values from k. They come from v: in cross-attention the "
        "two can differ.",
        ("v @ Wv", "k @ Wv"),
    ),
    mistake(
        "multi_head_attention_forward",
        "matrices transposed",
        "Multi-head attention multiplies by the transposed matrices. Rows are samples here: q Wq, "
        "not q Wqᵀ.",
        ("(q @ Wq, k @ Wk, v @ Wv)", "(q @ Wq.T, k @ Wk.T, v @ Wv.T)"),
    ),
    mistake(
        "multi_head_attention_forward",
        "one head whatever is asked for",
        "Multi-head attention ignores num_heads: it attends once, over all D features.",
        ('num_heads = mha_param["num_heads"]', "num_heads = 1"),
    ),
    mistake(
        "multi_head_attention_forward",
        "accepts any number of heads",
        "Multi-head attention takes a num_heads that does not divide D, and runs into an error of "
        "numpy's. Look first.",
        (
            "_check_multi_head(q, k, v, Wq, Wk, Wv, Wo, num_heads)",
            "_check_multi_head(q, k, v, Wq, Wk, Wv, Wo, 1)",
        ),
    ),
    # ---- multi_head_attention_backward -----------------------------------------------------------
    mistake(
        "multi_head_attention_backward",
        "way back around Wo",
        "The gradient reaches the heads without Wo. The output was [heads] Wo, so d[heads] = dout "
        "Woᵀ.",
        ("_split_heads(djoined, num_heads)", "_split_heads(dout, num_heads)"),
    ),
    mistake(
        "multi_head_attention_backward",
        "dWo transposed",
        "dWo is transposed. It is [heads]ᵀ dout, with a row for each joined feature.",
        ("dq, dk, dv, dWq, dWk, dWv, dWo", "dq, dk, dv, dWq, dWk, dWv, dWo.T"),
    ),
    mistake(
        "multi_head_attention_backward",
        "dq before its projection",
        "dq is the gradient after the projection. Take it back through the matrix: dq = dQ Wqᵀ.",
        ("return dq,", "return dQ,"),
    ),
    mistake(
        "multi_head_attention_backward",
        "dk and dv swapped",
        "The gradients of k and v are returned in each other's place. They come in the order of "
        "the inputs.",
        ("return dq, dk, dv,", "return dq, dv, dk,"),
    ),
    mistake(
        "multi_head_attention_backward",
        "dWv from the keys",
        "dWv is made with k. The values were v Wv, so dWv = vᵀ dV.",
        ("_product_backward(dV, v, Wv)", "_product_backward(dV, k, Wv)"),
    ),
    mistake(
        "multi_head_attention_backward",
        "matrices not transposed",
        "dq, dk and dv are multiplied by the matrices as they are. On the way back they are "
        "transposed: dq = dQ Wqᵀ.",
        ("return dq, dk, dv,", "return dQ @ Wq, dK @ Wk, dV @ Wv,"),
    ),
    mistake(
        "multi_head_attention_backward",
        "gradients of the matrices are means",
        "The gradients of the four matrices are means over the batch. The 1/N belongs to the "
        "loss: sum here.",
        ("dWq, dWk, dWv, dWo\n", "*(dW / len(q) for dW in (dWq, dWk, dWv, dWo))\n"),
    ),
    mistake(
        "multi_head_attention_backward",
        "accepts any dout",
        "multi_head_attention_backward takes a dout of any shape that broadcasts. It must have "
        "the shape of out.",
        ('_check_shape("dout", dout, joined.shape)', "dout = np.broadcast_to(dout, joined.shape)"),
    ),
    # ---- positional_encoding ---------------------------------------------------------------------
    mistake(
        "positional_encoding",
        "sines first, then cosines",
        "positional_encoding puts all sines in front of all cosines. Here they alternate, column "
        "by column.",
        (
            "np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(T, D)",
            "np.concatenate([np.sin(angle), np.cos(angle)], axis=1)",
        ),
    ),
    mistake(
        "positional_encoding",
        "cosines before sines",
        "positional_encoding begins with a cosine. Even columns are sines.",
        ("[np.sin(angle), np.cos(angle)]", "[np.cos(angle), np.sin(angle)]"),
    ),
    mistake(
        "positional_encoding",
        "exponent too small by half",
        "The exponent in positional_encoding is i/D for the i-th pair. It is 2i/D.",
        ("np.arange(0, D, 2) / D", "np.arange(D // 2) / D"),
    ),
    mistake(
        "positional_encoding",
        "counts from one",
        "positional_encoding starts at position 1. The first position is 0, whose sines are all 0.",
        ("np.arange(T)[:, None]", "np.arange(1, T + 1)[:, None]"),
    ),
    mistake(
        "positional_encoding",
        "a wavelength for each column",
        "In positional_encoding each column has a wavelength of its own. A sine and the cosine "
        "beside it share one.",
        instead=positional_encoding_with_a_wavelength_per_column,
    ),
    mistake(
        "positional_encoding",
        "another base",
        "positional_encoding has a base of 1000. It is 10000.",
        ("10000 **", "1000 **"),
    ),
    mistake(
        "positional_encoding",
        "accepts an odd size",
        "positional_encoding takes an odd D, in which the last sine has no cosine. Refuse it.",
        ("if D % 2:", "if False:"),
        (".reshape(T, D)", ".reshape(T, -1)[:, :D]"),
    ),
    # ---- transformer_block_forward ---------------------------------------------------------------
    mistake(
        "transformer_block_forward",
        "no skip around the attention",
        "The block forgets x after the attention. The first norm takes the sum x + attention.",
        ("_layernorm_forward(x + attended,", "_layernorm_forward(attended,"),
    ),
    mistake(
        "transformer_block_forward",
        "no skip around the network",
        "The block forgets u after the network. The second norm takes the sum u + network.",
        ("_layernorm_forward(u + thought,", "_layernorm_forward(thought,"),
    ),
    mistake(
        "transformer_block_forward",
        "skip from the input",
        "The second skip starts at x. It starts at u, what comes out of the first norm.",
        ("_layernorm_forward(u + thought,", "_layernorm_forward(x + thought,"),
    ),
    mistake(
        "transformer_block_forward",
        "first norm left out",
        "The block has no norm after the attention. There are two, one after each sum.",
        (
            'u, norm1_cache = _layernorm_forward(x + attended, p["gamma1"], p["beta1"], eps)',
            '_, norm1_cache = _layernorm_forward(x + attended, p["gamma1"], p["beta1"], eps)\n    '
            "u = x + attended",
        ),
    ),
    mistake(
        "transformer_block_forward",
        "one norm for both",
        "The block uses gamma1 and beta1 twice. The second norm has parameters of its own.",
        ('p["gamma2"], p["beta2"], eps', 'p["gamma1"], p["beta1"], eps'),
    ),
    mistake(
        "transformer_block_forward",
        "no ReLU",
        "The small network of the block has no ReLU: two affine maps in a row are one.",
        ('np.maximum(u @ p["W1"] + p["b1"], 0)', 'u @ p["W1"] + p["b1"]'),
    ),
    mistake(
        "transformer_block_forward",
        "ReLU at the end of the network",
        "The block applies ReLU after the second affine map as well. There is one, between the "
        "two.",
        ('hidden @ p["W2"] + p["b2"]', 'np.maximum(hidden @ p["W2"] + p["b2"], 0)'),
    ),
    mistake(
        "transformer_block_forward",
        "norm before the attention",
        "The block normalises before the attention (pre-norm). Here each norm comes after the sum.",
        (
            "attended, attention_cache = multi_head_attention_forward(x, x, x,",
            'n, _ = _layernorm_forward(x, p["gamma1"], p["beta1"], eps)\n'
            "    attended, attention_cache = multi_head_attention_forward(n, n, n,",
        ),
        ('_layernorm_forward(x + attended, p["gamma1"], p["beta1"], eps)', "(x + attended, None)"),
    ),
    mistake(
        "transformer_block_forward",
        "norm over time",
        "The block normalises each feature over the positions. A layer norm runs over the "
        "features of each position "
        "alone.",
        (
            'y, norm2_cache = _layernorm_forward(u + thought, p["gamma2"], p["beta2"], eps)',
            "s = u + thought\n"
            "    s = (s - s.mean(axis=1, keepdims=True)) / np.sqrt(s.var(axis=1, keepdims=True) + "
            "eps)\n"
            '    y, norm2_cache = p["gamma2"] * s + p["beta2"], None',
        ),
    ),
    mistake(
        "transformer_block_forward",
        "deviation with D - 1",
        "The norm of the block divides the squares by D - 1. The variance of a layer norm divides "
        "by D.",
        (
            'y, norm2_cache = _layernorm_forward(u + thought, p["gamma2"], p["beta2"], eps)',
            "s = u + thought\n"
            "    s = (s - s.mean(axis=2, keepdims=True)) / np.sqrt(s.var(axis=2, ddof=1, "
            "keepdims=True) + eps)\n"
            '    y, norm2_cache = p["gamma2"] * s + p["beta2"], None',
        ),
    ),
    mistake(
        "transformer_block_forward",
        "ignores eps",
        "The block always takes 1e-5 for eps. That is only the default of block_param['eps'].",
        ('block_param.get("eps", 1e-5)', "1e-5"),
    ),
    mistake(
        "transformer_block_forward",
        "ignores the mask",
        "The block does not hand the mask on to its attention.",
        ("*Ws, block_param)", '*Ws, {"num_heads": block_param["num_heads"]})'),
    ),
    mistake(
        "transformer_block_forward",
        "parameters by their order",
        "The block takes the parameters in the order of the dict. Look each one up by its name.",
        (
            'Ws = (p["Wq"], p["Wk"], p["Wv"], p["Wo"])',
            'Ws = [W for name, W in p.items() if name in ("Wq", "Wk", "Wv", "Wo")]',
        ),
    ),
    mistake(
        "transformer_block_forward",
        "accepts any parameters",
        "The block takes gains and biases of any shape that broadcasts. Compare each with D and F "
        "first.",
        ("_check_network(x, p)", ""),
    ),
    mistake(
        "transformer_block_forward",
        "always float64",
        "The block makes float64 of float32. Which array of yours has another dtype than x?",
        ('eps = block_param.get("eps", 1e-5)', 'eps = np.float64(block_param.get("eps", 1e-5))'),
    ),
    # ---- transformer_block_backward --------------------------------------------------------------
    mistake(
        "transformer_block_backward",
        "first skip forgotten",
        "dx lacks the way around the attention. The skip connection hands the gradient of its sum "
        "on as it is.",
        ("return dsum1 + dq + dk + dv, d", "return dq + dk + dv, d"),
    ),
    mistake(
        "transformer_block_backward",
        "second skip forgotten",
        "The gradient does not pass the skip around the network. Add the gradient of the second "
        "sum to that of the "
        "network.",
        ("_layernorm_backward(du + dsum2, norm1_cache)", "_layernorm_backward(du, norm1_cache)"),
    ),
    mistake(
        "transformer_block_backward",
        "only the queries",
        "dx only has the part of the queries. x is query, key and value at once: their three "
        "gradients add up.",
        ("return dsum1 + dq + dk + dv, d", "return dsum1 + dq, d"),
    ),
    mistake(
        "transformer_block_backward",
        "passes a closed ReLU",
        "The gradient passes the ReLU where it was closed. Only hidden units that were positive "
        "let it through.",
        ("dhidden = dhidden * (hidden > 0)", ""),
    ),
    mistake(
        "transformer_block_backward",
        "biases keep the time axis",
        "The gradients of b1 and b2 are summed over the batch only. A bias is added at every "
        "position, too: sum over "
        "both axes.",
        (
            "dhidden.sum(axis=(0, 1)), dsum2.sum(axis=(0, 1))",
            "dhidden.sum(axis=0), dsum2.sum(axis=0)",
        ),
    ),
    mistake(
        "transformer_block_backward",
        "norm taken for a scaling",
        "The first norm is differentiated as if its mean and deviation were constants. Both "
        "depend on every feature.",
        (
            'dq, dk, dv, d["Wq"]',
            'dsum1 = (du + dsum2) * norm1_cache[2] * norm1_cache[1]\n    dq, dk, dv, d["Wq"]',
        ),
    ),
    mistake(
        "transformer_block_backward",
        "gains are means",
        "The gradients of gamma and beta are means. Every position uses them, so their gradients "
        "are sums.",
        (
            "return dsum1 + dq",
            'for name in ("gamma1", "beta1", "gamma2", "beta2"):\n'
            "        d[name] = d[name] / (dy.shape[0] * dy.shape[1])\n"
            "    return dsum1 + dq",
        ),
    ),
    mistake(
        "transformer_block_backward",
        "Wk and Wq swapped",
        "The gradients of Wq and Wk stand under each other's names.",
        ('d["Wq"], d["Wk"], d["Wv"]', 'd["Wk"], d["Wq"], d["Wv"]'),
    ),
    mistake(
        "transformer_block_backward",
        "accepts any dy",
        "transformer_block_backward takes a dy of any shape that broadcasts. It must have the "
        "shape of y.",
        ('_check_shape("dy", dy, u.shape)', "dy = np.broadcast_to(dy, u.shape)"),
    ),
]
