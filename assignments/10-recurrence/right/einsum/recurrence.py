# Style: einsum; gates have an axis of their own, backward computes them again, and a cache holds inputs alone.
import numpy as np


def _arrays(names, values, gates, dims):
    arrays = dict(zip(names, map(np.asarray, values), strict=True))
    if arrays["x"].ndim != dims:
        raise ValueError(f"x must have {dims} axes and has {arrays['x'].ndim}")
    N, D, H = arrays["x"].shape[0], arrays["x"].shape[-1], arrays["Wh"].shape[0]
    for name, array in arrays.items():
        right = {"x": array.shape, "Wx": (D, gates * H), "Wh": (H, gates * H), "b": (gates * H,)}.get(name, (N, H))
        if array.shape != right:
            raise ValueError(f"{name} must be {right} and is {array.shape}")
    single = all(array.dtype == np.float32 for array in arrays.values())
    return [array.astype(np.float32 if single else np.float64) for array in arrays.values()]


def _same_shape(name, gradient, right):
    if np.shape(gradient) != right:
        raise ValueError(f"{name} must be {right} and is {np.shape(gradient)}")


def _sigmoid(a):
    return np.tanh(a / 2) / 2 + 0.5


def _by_gate(Wx, Wh, b):
    """Wx (D, G, H), Wh (H, G, H), b (G, H)."""
    H = len(Wh)
    return Wx.reshape(len(Wx), -1, H), Wh.reshape(H, -1, H), b.reshape(-1, H)


def _inputs_times_weights(x, Wx, b):
    return np.einsum("...d,dgh->...gh", x, Wx) + b


def _weights_back(x, h, du, dv):
    """The gradients of Wx, Wh and b from du and dv (…, G, H), whatever axes come before."""
    x, h = x.reshape(-1, x.shape[-1]), h.reshape(-1, h.shape[-1])
    du, dv = du.reshape(len(x), -1), dv.reshape(len(x), -1)
    return np.einsum("nd,nk->dk", x, du), np.einsum("nh,nk->hk", h, dv), np.einsum("nk->k", du)


# Each cell: gates(u, v, states) -> new states; back(u, v, states, upstream) -> du, dv, what goes straight to the states.


def _rnn(u, v, h):
    return (np.tanh(u + v)[:, 0],)


def _rnn_back(u, v, h, dh):
    da = np.einsum("nh,ngh->ngh", dh, 1 - np.tanh(u + v) ** 2)
    return da, da, np.zeros_like(h)


def _lstm(u, v, h, c):
    a = u + v
    i, f, o = np.moveaxis(_sigmoid(a[:, :3]), 1, 0)
    new = f * c + i * np.tanh(a[:, 3])
    return o * np.tanh(new), new


def _lstm_back(u, v, h, c, dh, dc):
    a = u + v
    i, f, o = np.moveaxis(_sigmoid(a[:, :3]), 1, 0)
    g = np.tanh(a[:, 3])
    shown = np.tanh(f * c + i * g)
    dc = dc + np.einsum("nh,nh,nh->nh", dh, o, 1 - shown**2)
    slopes = np.stack([g * i * (1 - i), c * f * (1 - f), shown * o * (1 - o), i * (1 - g * g)], axis=1)
    da = np.einsum("ngh,ngh->ngh", np.stack([dc, dc, dh, dc], axis=1), slopes)
    return da, da, np.zeros_like(h), dc * f


def _gru(u, v, h):
    r, z = np.moveaxis(_sigmoid(u[:, :2] + v[:, :2]), 1, 0)
    n = np.tanh(u[:, 2] + r * v[:, 2])
    return ((1 - z) * n + z * h,)


def _gru_back(u, v, h, dh):
    r, z = np.moveaxis(_sigmoid(u[:, :2] + v[:, :2]), 1, 0)
    n = np.tanh(u[:, 2] + r * v[:, 2])
    dn = np.einsum("nh,nh,nh->nh", dh, 1 - z, 1 - n**2)
    du = np.stack([dn * v[:, 2] * r * (1 - r), dh * (h - n) * z * (1 - z), dn], axis=1)
    dv = du * np.stack([np.ones_like(r), np.ones_like(r), r], axis=1)
    return du, dv, z * dh


def _step_forward(cell, gates, names, values):
    x, *states, Wx, Wh, b = _arrays(names, values, gates, 2)
    Wx, Wh, b = _by_gate(Wx, Wh, b)
    news = cell(_inputs_times_weights(x, Wx, b), np.einsum("nk,kgh->ngh", states[0], Wh), *states)
    return (*news, {"x": x, "states": states, "weights": (Wx, Wh, b)})


def _step_backward(back, cache, **upstream):
    x, states, (Wx, Wh, b) = cache["x"], cache["states"], cache["weights"]
    for name, gradient in upstream.items():
        _same_shape(name, gradient, states[0].shape)
    u, v = _inputs_times_weights(x, Wx, b), np.einsum("nk,kgh->ngh", states[0], Wh)
    du, dv, straight, *others = back(u, v, *states, *upstream.values())
    dx, dh = np.einsum("ngh,dgh->nd", du, Wx), np.einsum("ngh,kgh->nk", dv, Wh) + straight
    return (dx, dh, *others, *_weights_back(x, states[0], du, dv))


def _sequence_forward(cell, gates, cells, x, h0, Wx, Wh, b):
    x, h0, Wx, Wh, b = _arrays(("x", "h0", "Wx", "Wh", "b"), (x, h0, Wx, Wh, b), gates, 3)
    Wx, Wh, b = _by_gate(Wx, Wh, b)
    u = _inputs_times_weights(x, Wx, b)
    visited = [[h0] + [np.zeros_like(h0)] * cells]
    for t in range(x.shape[1]):
        v = np.einsum("nk,kgh->ngh", visited[-1][0], Wh)
        visited.append(cell(u[:, t], v, *visited[-1]))
    return np.stack([states[0] for states in visited[1:]], axis=1), (x, u, visited, Wx, Wh)


def _sequence_backward(back, dh, cache):
    x, u, visited, Wx, Wh = cache
    N, T, _ = x.shape
    _same_shape("dh", dh, (N, T, Wh.shape[0]))
    du, dv = np.empty_like(u), np.empty_like(u)
    coming = [np.zeros_like(state) for state in visited[0]]
    for t in range(T)[::-1]:
        v = np.einsum("nk,kgh->ngh", visited[t][0], Wh)
        upstream = [dh[:, t] + coming[0], *coming[1:]]
        du[:, t], dv[:, t], straight, *others = back(u[:, t], v, *visited[t], *upstream)
        coming = [straight + np.einsum("ngh,kgh->nk", dv[:, t], Wh), *others]
    before = np.stack([states[0] for states in visited[:-1]], axis=1)
    return np.einsum("ntgh,dgh->ntd", du, Wx), coming[0], *_weights_back(x, before, du, dv)


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return _step_forward(_rnn, 1, ("x", "prev_h", "Wx", "Wh", "b"), (x, prev_h, Wx, Wh, b))


def rnn_step_backward(dnext_h, cache):
    return _step_backward(_rnn_back, cache, dnext_h=dnext_h)


def rnn_forward(x, h0, Wx, Wh, b):
    return _sequence_forward(_rnn, 1, 0, x, h0, Wx, Wh, b)


def rnn_backward(dh, cache):
    return _sequence_backward(_rnn_back, dh, cache)


def bidirectional_rnn_forward(x, h0, Wx, Wh, b):
    for name, value in {"h0": h0, "Wx": Wx, "Wh": Wh, "b": b}.items():
        if np.shape(value)[0] != 2:
            raise ValueError(f"{name} must have two entries and has {np.shape(value)[0]}")
    runs = [rnn_forward(side, *(value[k] for value in (h0, Wx, Wh, b))) for k, side in enumerate((x, np.flip(x, 1)))]
    return np.concatenate([runs[0][0], np.flip(runs[1][0], 1)], axis=-1), [cache for _, cache in runs]


def bidirectional_rnn_backward(dy, cache):
    N, T, _ = cache[0][0].shape
    H = cache[0][4].shape[0]
    _same_shape("dy", dy, (N, T, 2 * H))
    halves = dy.reshape(N, T, 2, H)
    forth = rnn_backward(halves[:, :, 0], cache[0])
    back = rnn_backward(np.flip(halves[:, :, 1], 1), cache[1])
    return forth[0] + np.flip(back[0], 1), *map(np.stack, zip(forth[1:], back[1:], strict=True))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    names = ("x", "prev_h", "prev_c", "Wx", "Wh", "b")
    return _step_forward(_lstm, 4, names, (x, prev_h, prev_c, Wx, Wh, b))


def lstm_step_backward(dnext_h, dnext_c, cache):
    return _step_backward(_lstm_back, cache, dnext_h=dnext_h, dnext_c=dnext_c)


def lstm_forward(x, h0, Wx, Wh, b):
    return _sequence_forward(_lstm, 4, 1, x, h0, Wx, Wh, b)


def lstm_backward(dh, cache):
    return _sequence_backward(_lstm_back, dh, cache)


def gru_step_forward(x, prev_h, Wx, Wh, b):
    return _step_forward(_gru, 3, ("x", "prev_h", "Wx", "Wh", "b"), (x, prev_h, Wx, Wh, b))


def gru_step_backward(dnext_h, cache):
    return _step_backward(_gru_back, cache, dnext_h=dnext_h)


def gru_forward(x, h0, Wx, Wh, b):
    return _sequence_forward(_gru, 3, 0, x, h0, Wx, Wh, b)


def gru_backward(dh, cache):
    return _sequence_backward(_gru_back, dh, cache)
