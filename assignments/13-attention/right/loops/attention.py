# Style: loops: plain Python loops over samples, heads and positions; caches are dicts; hidden keys are left out
import math

import numpy as np


def as_floats(arrays):
    """The arrays, all in one floating type: float32 only if all of them are."""
    arrays = [np.asarray(a) for a in arrays]
    dtype = np.result_type(np.float32, *arrays)
    return [a.astype(dtype, copy=False) for a in arrays]


def expect(name, array, shape):
    if np.shape(array) != tuple(shape):
        raise ValueError(f"{name} has the shape {np.shape(array)}, expected {tuple(shape)}")


def full_mask(mask, shape):
    """The mask, or everything allowed, in full size."""
    mask = np.asarray(True if mask is None else mask)
    if mask.dtype != bool:
        raise ValueError(f"mask has the type {mask.dtype}, expected bool")
    try:
        return np.broadcast_to(mask, shape)
    except ValueError:
        raise ValueError(f"mask of shape {mask.shape} does not broadcast to {shape}") from None


def attention_forward(q, k, v, mask=None):
    q, k, v = as_floats([q, k, v])
    for name, array in (("q", q), ("k", k), ("v", v)):
        if array.ndim < 2:
            raise ValueError(f"{name} has the shape {array.shape}, expected two axes at least")
    batch, (T, d), S, e = q.shape[:-2], q.shape[-2:], k.shape[-2], v.shape[-1]
    if k.shape != (*batch, S, d):
        raise ValueError(f"q {q.shape} and k {k.shape} do not fit")
    if v.shape != (*batch, S, e):
        raise ValueError(f"k {k.shape} and v {v.shape} do not fit")
    mask = full_mask(mask, (*batch, T, S))

    weights = np.zeros((*batch, T, S), dtype=q.dtype)
    out = np.zeros((*batch, T, e), dtype=q.dtype)
    for n in np.ndindex(batch):
        for t in range(T):
            seen = np.flatnonzero(mask[n][t])
            if len(seen) == 0:
                continue  # nothing to look at: zeros
            scores = k[n][seen] @ q[n][t] / d**0.5
            a = np.exp(scores - scores.max())
            a /= a.sum()
            weights[n][t][seen] = a
            out[n][t] = a @ v[n][seen]
    return out, {"q": q, "k": k, "v": v, "weights": weights, "out_shape": out.shape}


def attention_backward(dout, cache):
    expect("dout", dout, cache["out_shape"])
    q, k, v = cache["q"], cache["k"], cache["v"]
    dout = np.asarray(dout)
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    root = q.shape[-1] ** 0.5
    for n in np.ndindex(q.shape[:-2]):
        for t in range(q.shape[-2]):
            a, g = cache["weights"][n][t], dout[n][t]
            da = v[n] @ g
            ds = a * (da - a @ da) / root
            dv[n] += np.outer(a, g)
            dq[n][t] = ds @ k[n]
            dk[n] += np.outer(ds, q[n][t])
    return dq, dk, dv


def causal_mask(T):
    mask = np.zeros((T, T), dtype=bool)
    for t in range(T):
        mask[t, : t + 1] = True
    return mask


def multi_head_attention_forward(q, k, v, Wq, Wk, Wv, Wo, mha_param):
    q, k, v, Wq, Wk, Wv, Wo = as_floats([q, k, v, Wq, Wk, Wv, Wo])
    for name, array in (("q", q), ("k", k), ("v", v)):
        if array.ndim != 3:
            raise ValueError(f"{name} has the shape {array.shape}, expected three axes")
    (N, T, D), S = q.shape, k.shape[1]
    expect("k", k, (N, S, D))
    expect("v", v, (N, S, D))
    for name, W in (("Wq", Wq), ("Wk", Wk), ("Wv", Wv), ("Wo", Wo)):
        expect(name, W, (D, D))
    num_heads = mha_param["num_heads"]
    if num_heads < 1 or D % num_heads != 0:
        raise ValueError(f"num_heads is {num_heads}, expected a divisor of {D}")
    mask = full_mask(mha_param.get("mask"), (N, num_heads, T, S))

    size = D // num_heads
    columns = [slice(i * size, (i + 1) * size) for i in range(num_heads)]
    heads, out, caches = np.zeros_like(q), np.zeros_like(q), {}
    for n in range(N):
        for i, own in enumerate(columns):
            heads[n][:, own], caches[n, i] = attention_forward(
                q[n] @ Wq[:, own], k[n] @ Wk[:, own], v[n] @ Wv[:, own], mask[n, i]
            )
        out[n] = heads[n] @ Wo
    return out, {"inputs": (q, k, v, Wq, Wk, Wv, Wo), "columns": columns, "heads": heads, "caches": caches}


def multi_head_attention_backward(dout, cache):
    q, k, v, Wq, Wk, Wv, Wo = cache["inputs"]
    expect("dout", dout, q.shape)
    dout = np.asarray(dout)
    dq, dk, dv, dWq, dWk, dWv, dWo = (np.zeros_like(array) for array in cache["inputs"])
    for n in range(len(q)):
        dWo += cache["heads"][n].T @ dout[n]
        dheads = dout[n] @ Wo.T
        for i, own in enumerate(cache["columns"]):
            dhead_q, dhead_k, dhead_v = attention_backward(dheads[:, own], cache["caches"][n, i])
            dq[n] += dhead_q @ Wq[:, own].T
            dk[n] += dhead_k @ Wk[:, own].T
            dv[n] += dhead_v @ Wv[:, own].T
            dWq[:, own] += q[n].T @ dhead_q
            dWk[:, own] += k[n].T @ dhead_k
            dWv[:, own] += v[n].T @ dhead_v
    return dq, dk, dv, dWq, dWk, dWv, dWo


def positional_encoding(T, D):
    if D % 2 != 0:
        raise ValueError(f"D is {D}, expected an even number")
    P = np.zeros((T, D))
    for t in range(T):
        for i in range(0, D, 2):
            angle = t / 10000 ** (i / D)
            P[t, i], P[t, i + 1] = math.sin(angle), math.cos(angle)
    return P


def norm_forward(x, gamma, beta, eps):
    y, normed, deviations = np.zeros_like(x), np.zeros_like(x), []
    for n, sample in enumerate(x):
        deviation = np.sqrt(sample.var(axis=1, keepdims=True) + eps)
        normed[n] = (sample - sample.mean(axis=1, keepdims=True)) / deviation
        y[n] = gamma * normed[n] + beta
        deviations.append(deviation)
    return y, {"normed": normed, "deviations": deviations, "gamma": gamma}


def norm_backward(dy, cache):
    gamma = cache["gamma"]
    dx, dgamma, dbeta = np.zeros_like(cache["normed"]), np.zeros_like(gamma), np.zeros_like(gamma)
    for n, (normed, deviation) in enumerate(zip(cache["normed"], cache["deviations"], strict=True)):
        g = gamma * dy[n]
        along = (g * normed).mean(axis=1, keepdims=True)
        dx[n] = (g - g.mean(axis=1, keepdims=True) - normed * along) / deviation
        dgamma += (dy[n] * normed).sum(axis=0)
        dbeta += dy[n].sum(axis=0)
    return dx, dgamma, dbeta


NAMES = ("Wq", "Wk", "Wv", "Wo", "W1", "b1", "W2", "b2", "gamma1", "beta1", "gamma2", "beta2")


def transformer_block_forward(x, params, block_param):
    for name in NAMES:
        if name not in params:
            raise ValueError(f"params lacks {name}")
    x, *values = as_floats([x, *(params[name] for name in NAMES)])
    p = dict(zip(NAMES, values, strict=True))
    if x.ndim != 3:
        raise ValueError(f"x has the shape {x.shape}, expected (N, T, D)")
    D, F = x.shape[2], p["b1"].size
    for name in ("Wq", "Wk", "Wv", "Wo"):
        expect(name, p[name], (D, D))
    for name in ("b2", "gamma1", "beta1", "gamma2", "beta2"):
        expect(name, p[name], (D,))
    expect("b1", p["b1"], (F,))
    expect("W1", p["W1"], (D, F))
    expect("W2", p["W2"], (F, D))
    eps = float(block_param.get("eps", 1e-5))

    attended, attention = multi_head_attention_forward(x, x, x, p["Wq"], p["Wk"], p["Wv"], p["Wo"], block_param)
    u, norm1 = norm_forward(x + attended, p["gamma1"], p["beta1"], eps)
    hidden, total = [], np.zeros_like(u)
    for n in range(len(x)):
        hidden.append(np.maximum(u[n] @ p["W1"] + p["b1"], 0))
        total[n] = u[n] + hidden[n] @ p["W2"] + p["b2"]
    y, norm2 = norm_forward(total, p["gamma2"], p["beta2"], eps)
    return y, {"params": p, "attention": attention, "norm1": norm1, "u": u, "hidden": hidden, "norm2": norm2}


def transformer_block_backward(dy, cache):
    p, u, hidden = cache["params"], cache["u"], cache["hidden"]
    expect("dy", dy, u.shape)
    grads = {name: np.zeros_like(value) for name, value in p.items()}

    dtotal, grads["gamma2"], grads["beta2"] = norm_backward(np.asarray(dy), cache["norm2"])
    du = np.zeros_like(u)
    for n in range(len(u)):
        dhidden = (dtotal[n] @ p["W2"].T) * (hidden[n] > 0)
        grads["W2"] += hidden[n].T @ dtotal[n]
        grads["b2"] += dtotal[n].sum(axis=0)
        grads["W1"] += u[n].T @ dhidden
        grads["b1"] += dhidden.sum(axis=0)
        du[n] = dtotal[n] + dhidden @ p["W1"].T

    dsum, grads["gamma1"], grads["beta1"] = norm_backward(du, cache["norm1"])
    dq, dk, dv, *dW = multi_head_attention_backward(dsum, cache["attention"])
    grads.update(zip(("Wq", "Wk", "Wv", "Wo"), dW, strict=True))
    return dsum + dq + dk + dv, grads
