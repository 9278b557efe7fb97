# Style: loops over samples, steps and gates; one dict of notes per sample and step as cache.
import math

import numpy as np


def float_type(*arrays):
    kinds = {np.asarray(array).dtype for array in arrays}
    return np.float32 if kinds == {np.dtype(np.float32)} else np.float64


def must(ok, name, shape):
    if not ok:
        raise ValueError(f"the shape {shape} of {name} does not fit")


def look_at_step(x, states, Wx, Wh, b, gates):
    """Compare the shapes of one step's arguments; x says N and D, Wh says H."""
    must(np.ndim(x) == 2, "x", np.shape(x))
    N, D = np.shape(x)
    H = np.shape(Wh)[0]
    must(np.shape(Wh) == (H, gates * H), "Wh", np.shape(Wh))
    must(np.shape(Wx) == (D, gates * H), "Wx", np.shape(Wx))
    must(np.shape(b) == (gates * H,), "b", np.shape(b))
    for name, state in states.items():
        must(np.shape(state) == (N, H), name, np.shape(state))


def look_at_sequence(x, h0, Wx, Wh, b, gates):
    must(np.ndim(x) == 3, "x", np.shape(x))
    look_at_step(np.zeros((np.shape(x)[0], np.shape(x)[2])), {"h0": h0}, Wx, Wh, b, gates)


def look_at_gradient(name, gradient, shape):
    must(np.shape(gradient) == tuple(shape), name, np.shape(gradient))


def sigmoid_of(number):
    if number < 0:
        e = math.exp(number)
        return e / (1 + e)
    return 1 / (1 + math.exp(-number))


def sigmoid(row):
    return np.array([sigmoid_of(float(number)) for number in row])


# ---- plain ----


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    look_at_step(x, {"prev_h": prev_h}, Wx, Wh, b, 1)
    next_h = np.zeros(np.shape(prev_h), float_type(x, prev_h, Wx, Wh, b))
    for n in range(len(x)):
        next_h[n] = np.tanh(np.dot(x[n], Wx) + np.dot(prev_h[n], Wh) + b)
    return next_h, {"x": np.array(x), "h": np.array(prev_h), "Wx": np.array(Wx), "Wh": np.array(Wh), "out": next_h.copy()}


def rnn_step_backward(dnext_h, cache):
    x, h, Wx, Wh, out = (cache[key] for key in ("x", "h", "Wx", "Wh", "out"))
    look_at_gradient("dnext_h", dnext_h, out.shape)
    dtype = out.dtype
    dx, dh = np.zeros(x.shape, dtype), np.zeros(h.shape, dtype)
    dWx, dWh, db = np.zeros(Wx.shape, dtype), np.zeros(Wh.shape, dtype), np.zeros(Wh.shape[1], dtype)
    for n in range(len(x)):
        da = dnext_h[n] * (1 - out[n] * out[n])
        dx[n], dh[n] = np.dot(Wx, da), np.dot(Wh, da)
        dWx += np.outer(x[n], da)
        dWh += np.outer(h[n], da)
        db += da
    return dx, dh, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    look_at_sequence(x, h0, Wx, Wh, b, 1)
    h = np.zeros((len(x), np.shape(x)[1], len(Wh)), float_type(x, h0, Wx, Wh, b))
    notes, state = [], h0
    for t in range(h.shape[1]):
        state, note = rnn_step_forward(np.asarray(x)[:, t], state, Wx, Wh, b)
        h[:, t] = state
        notes.append(note)
    return h, (notes, np.shape(x), Wx, Wh, h.dtype)


def rnn_backward(dh, cache):
    notes, shape, Wx, Wh, dtype = cache
    look_at_gradient("dh", dh, (*shape[:2], len(Wh)))
    dx = np.zeros(shape, dtype)
    totals = [np.zeros(np.shape(Wx), dtype), np.zeros(np.shape(Wh), dtype), np.zeros(np.shape(Wh)[1], dtype)]
    coming = np.zeros((shape[0], len(Wh)), dtype)
    for t in range(shape[1] - 1, -1, -1):
        dx[:, t], coming, *parts = rnn_step_backward(dh[:, t] + coming, notes[t])
        for total, part in zip(totals, parts):
            total += part
    return (dx, coming, *totals)


def bidirectional_rnn_forward(x, h0, Wx, Wh, b):
    for name, value in {"h0": h0, "Wx": Wx, "Wh": Wh, "b": b}.items():
        must(len(value) == 2, name, np.shape(value))
    x = np.asarray(x)
    left, left_cache = rnn_forward(x, h0[0], Wx[0], Wh[0], b[0])
    right, right_cache = rnn_forward(x[:, ::-1], h0[1], Wx[1], Wh[1], b[1])
    N, T, H = left.shape
    y = np.zeros((N, T, 2 * H), left.dtype)
    for t in range(T):
        y[:, t, :H] = left[:, t]
        y[:, t, H:] = right[:, T - 1 - t]
    return y, (left_cache, right_cache, y.shape)


def bidirectional_rnn_backward(dy, cache):
    left_cache, right_cache, shape = cache
    look_at_gradient("dy", dy, shape)
    T, H = shape[1], shape[2] // 2
    turned = np.zeros((shape[0], T, H), np.asarray(dy).dtype)
    for t in range(T):
        turned[:, t] = dy[:, T - 1 - t, H:]
    left, right = rnn_backward(dy[:, :, :H], left_cache), rnn_backward(turned, right_cache)
    dx = np.zeros_like(left[0])
    for t in range(T):
        dx[:, t] = left[0][:, t] + right[0][:, T - 1 - t]
    return (dx, *[np.array([one, other]) for one, other in zip(left[1:], right[1:])])


# ---- LSTM ----


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    look_at_step(x, {"prev_h": prev_h, "prev_c": prev_c}, Wx, Wh, b, 4)
    dtype, H = float_type(x, prev_h, prev_c, Wx, Wh, b), len(Wh)
    next_h, next_c, notes = np.zeros((len(x), H), dtype), np.zeros((len(x), H), dtype), []
    for n in range(len(x)):
        a = np.dot(x[n], Wx) + np.dot(prev_h[n], Wh) + b
        i, f, o = sigmoid(a[:H]), sigmoid(a[H : 2 * H]), sigmoid(a[2 * H : 3 * H])
        g = np.tanh(a[3 * H :])
        c = f * prev_c[n] + i * g
        next_c[n], next_h[n] = c, o * np.tanh(c)
        notes.append({"x": np.array(x[n]), "h": np.array(prev_h[n]), "c0": np.array(prev_c[n]), "c": c, "gates": (i, f, o, g)})
    return next_h, next_c, (notes, Wx, Wh, dtype)


def lstm_step_backward(dnext_h, dnext_c, cache):
    notes, Wx, Wh, dtype = cache
    H = len(Wh)
    look_at_gradient("dnext_h", dnext_h, (len(notes), H))
    look_at_gradient("dnext_c", dnext_c, (len(notes), H))
    dx, dh, dc0 = [np.zeros((len(notes), width), dtype) for width in (len(Wx), H, H)]
    dWx, dWh, db = np.zeros(np.shape(Wx), dtype), np.zeros(np.shape(Wh), dtype), np.zeros(4 * H, dtype)
    for n, note in enumerate(notes):
        i, f, o, g = note["gates"]
        shown = np.tanh(note["c"])
        dc = dnext_c[n] + dnext_h[n] * o * (1 - shown**2)
        da = np.zeros(4 * H)
        da[:H] = dc * g * i * (1 - i)
        da[H : 2 * H] = dc * note["c0"] * f * (1 - f)
        da[2 * H : 3 * H] = dnext_h[n] * shown * o * (1 - o)
        da[3 * H :] = dc * i * (1 - g**2)
        dx[n], dh[n], dc0[n] = np.dot(Wx, da), np.dot(Wh, da), dc * f
        dWx += np.outer(note["x"], da)
        dWh += np.outer(note["h"], da)
        db += da
    return dx, dh, dc0, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    look_at_sequence(x, h0, Wx, Wh, b, 4)
    h = np.zeros((len(x), np.shape(x)[1], len(Wh)), float_type(x, h0, Wx, Wh, b))
    notes, state, cell = [], h0, np.zeros(np.shape(h0), h.dtype)
    for t in range(h.shape[1]):
        state, cell, note = lstm_step_forward(np.asarray(x)[:, t], state, cell, Wx, Wh, b)
        h[:, t] = state
        notes.append(note)
    return h, (notes, np.shape(x), Wx, Wh, h.dtype)


def lstm_backward(dh, cache):
    notes, shape, Wx, Wh, dtype = cache
    look_at_gradient("dh", dh, (*shape[:2], len(Wh)))
    dx = np.zeros(shape, dtype)
    totals = [np.zeros(np.shape(Wx), dtype), np.zeros(np.shape(Wh), dtype), np.zeros(np.shape(Wh)[1], dtype)]
    along_h, along_c = np.zeros((shape[0], len(Wh)), dtype), np.zeros((shape[0], len(Wh)), dtype)
    for t in range(shape[1] - 1, -1, -1):
        dx[:, t], along_h, along_c, *parts = lstm_step_backward(dh[:, t] + along_h, along_c, notes[t])
        for total, part in zip(totals, parts):
            total += part
    return (dx, along_h, *totals)


# ---- GRU ----


def gru_step_forward(x, prev_h, Wx, Wh, b):
    look_at_step(x, {"prev_h": prev_h}, Wx, Wh, b, 3)
    dtype, H = float_type(x, prev_h, Wx, Wh, b), len(Wh)
    next_h, notes = np.zeros((len(x), H), dtype), []
    for n in range(len(x)):
        u, v = np.dot(x[n], Wx) + b, np.dot(prev_h[n], Wh)
        r, z = sigmoid(u[:H] + v[:H]), sigmoid(u[H : 2 * H] + v[H : 2 * H])
        new = np.tanh(u[2 * H :] + r * v[2 * H :])
        next_h[n] = new + z * (prev_h[n] - new)
        notes.append((np.array(x[n]), np.array(prev_h[n]), r, z, new, v[2 * H :]))
    return next_h, (notes, Wx, Wh, dtype)


def gru_step_backward(dnext_h, cache):
    notes, Wx, Wh, dtype = cache
    H = len(Wh)
    look_at_gradient("dnext_h", dnext_h, (len(notes), H))
    dx, dh = np.zeros((len(notes), len(Wx)), dtype), np.zeros((len(notes), H), dtype)
    dWx, dWh, db = np.zeros(np.shape(Wx), dtype), np.zeros(np.shape(Wh), dtype), np.zeros(3 * H, dtype)
    for n, (x, h, r, z, new, product) in enumerate(notes):
        dcandidate = dnext_h[n] * (1 - z) * (1 - new**2)
        dreset = dcandidate * product * r * (1 - r)
        dupdate = dnext_h[n] * (h - new) * z * (1 - z)
        du = np.concatenate([dreset, dupdate, dcandidate])
        dv = np.concatenate([dreset, dupdate, dcandidate * r])
        dx[n], dh[n] = np.dot(Wx, du), np.dot(Wh, dv) + dnext_h[n] * z
        dWx += np.outer(x, du)
        dWh += np.outer(h, dv)
        db += du
    return dx, dh, dWx, dWh, db


def gru_forward(x, h0, Wx, Wh, b):
    look_at_sequence(x, h0, Wx, Wh, b, 3)
    h = np.zeros((len(x), np.shape(x)[1], len(Wh)), float_type(x, h0, Wx, Wh, b))
    notes, state = [], h0
    for t in range(h.shape[1]):
        state, note = gru_step_forward(np.asarray(x)[:, t], state, Wx, Wh, b)
        h[:, t] = state
        notes.append(note)
    return h, (notes, np.shape(x), Wx, Wh, h.dtype)


def gru_backward(dh, cache):
    notes, shape, Wx, Wh, dtype = cache
    look_at_gradient("dh", dh, (*shape[:2], len(Wh)))
    dx = np.zeros(shape, dtype)
    totals = [np.zeros(np.shape(Wx), dtype), np.zeros(np.shape(Wh), dtype), np.zeros(np.shape(Wh)[1], dtype)]
    coming = np.zeros((shape[0], len(Wh)), dtype)
    for t in range(shape[1] - 1, -1, -1):
        dx[:, t], coming, *parts = gru_step_backward(dh[:, t] + coming, notes[t])
        for total, part in zip(totals, parts):
            total += part
    return (dx, coming, *totals)
