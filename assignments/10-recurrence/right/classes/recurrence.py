# Style: classes; a cell is an object that remembers one step, a tape of them is the cache of a sequence.
import numpy as np


def logistic(a):
    small = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, small) / (1 + small)


class Parameters:
    """The three arrays that a cell needs, and the sums of their gradients."""

    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b

    def empty_gradients(self):
        return Gradients(*(np.zeros_like(value) for value in (self.Wx, self.Wh, self.b)))


class Gradients:
    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b

    def collect(self, x, h, du, dv):
        self.Wx = self.Wx + x.T @ du
        self.Wh = self.Wh + h.T @ dv
        self.b = self.b + np.ones(len(du), du.dtype) @ du


class Cell:
    """One step. Subclasses say how many gates they have, which states they keep, and what happens in between."""

    gates = 1
    states = ("h",)

    def __init__(self, parameters):
        self.parameters = parameters

    @classmethod
    def prepare(cls, x, states, Wx, Wh, b, dims):
        arrays = {"x": x, **states, "Wx": Wx, "Wh": Wh, "b": b}
        arrays = {name: np.asarray(value) for name, value in arrays.items()}
        if arrays["x"].ndim != dims:
            raise ValueError(f"x: expected {dims} axes, got {arrays['x'].ndim}")
        if arrays["Wh"].ndim != 2:
            raise ValueError("Wh: expected two axes")
        batch, features, units = len(arrays["x"]), arrays["x"].shape[-1], len(arrays["Wh"])
        wanted = {"Wx": (features, cls.gates * units), "Wh": (units, cls.gates * units), "b": (cls.gates * units,)}
        wanted.update(dict.fromkeys(states, (batch, units)))
        for name, shape in wanted.items():
            if arrays[name].shape != shape:
                raise ValueError(f"{name}: expected shape {shape}, got {arrays[name].shape}")
        floats = [v if np.issubdtype(v.dtype, np.floating) else v.astype(float) for v in arrays.values()]
        common = np.result_type(*floats)
        return [value.astype(common) for value in floats]

    def sums(self, x, h):
        self.x, self.h = x, h
        return x @ self.parameters.Wx + h @ self.parameters.Wh + self.parameters.b

    def expect(self, **upstream):
        for name, gradient in upstream.items():
            if np.shape(gradient) != self.h.shape:
                raise ValueError(f"{name}: expected shape {self.h.shape}, got {np.shape(gradient)}")

    def back(self, du, dv, gradients):
        gradients.collect(self.x, self.h, du, dv)
        return du @ self.parameters.Wx.T, dv @ self.parameters.Wh.T


class Plain(Cell):
    def forward(self, x, h):
        self.out = np.tanh(self.sums(x, h))
        return (self.out.copy(),)

    def backward(self, dh, gradients):
        da = dh - dh * np.square(self.out)
        return self.back(da, da, gradients)


class LSTM(Cell):
    gates = 4
    states = ("h", "c")

    def forward(self, x, h, c):
        H = h.shape[1]
        a = self.sums(x, h).reshape(len(x), 4, H)
        self.old = c
        self.open = logistic(a[:, :3])
        self.candidate = np.tanh(a[:, 3])
        i, f, o = self.open[:, 0], self.open[:, 1], self.open[:, 2]
        self.new = f * c + i * self.candidate
        return o * np.tanh(self.new), self.new.copy()

    def backward(self, dh, dc, gradients):
        i, f, o = self.open[:, 0], self.open[:, 1], self.open[:, 2]
        shown = np.tanh(self.new)
        whole = dc + dh * o * (1 - shown * shown)
        to_gates = np.stack([whole * self.candidate, whole * self.old, dh * shown], axis=1)
        to_sums = to_gates * self.open * (1 - self.open)
        da = np.concatenate([to_sums, (whole * i * (1 - self.candidate**2))[:, None]], axis=1)
        da = da.reshape(len(da), -1)
        return *self.back(da, da, gradients), whole * f


class GRU(Cell):
    gates = 3

    def forward(self, x, h):
        self.x, self.h = x, h
        H = h.shape[1]
        p = self.parameters
        u, v = x @ p.Wx + p.b, h @ p.Wh
        both = logistic(u[:, : 2 * H] + v[:, : 2 * H])
        self.reset, self.update, self.memory = both[:, :H], both[:, H:], v[:, 2 * H :]
        self.candidate = np.tanh(u[:, 2 * H :] + self.reset * self.memory)
        return (self.candidate - self.update * self.candidate + self.update * h,)

    def backward(self, dh, gradients):
        dn = dh * (1 - self.update) * (1 - self.candidate**2)
        dr = dn * self.memory * (self.reset - self.reset**2)
        dz = dh * (self.h - self.candidate) * (self.update - self.update**2)
        dx, through_gates = self.back(np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * self.reset]), gradients)
        return dx, dh * self.update + through_gates


class Tape:
    """A cell for each step of a sequence."""

    def __init__(self, kind, x, h0, Wx, Wh, b):
        x, h, Wx, Wh, b = kind.prepare(x, {"h0": h0}, Wx, Wh, b, dims=3)
        self.parameters = Parameters(Wx, Wh, b)
        self.shape = (x.shape[0], x.shape[1], len(Wh))
        self.cells, states = [], [h] + [np.zeros_like(h) for _ in kind.states[1:]]
        outputs = []
        for step in np.moveaxis(x, 1, 0):
            self.cells.append(kind(self.parameters))
            states = self.cells[-1].forward(step, *states)
            outputs.append(states[0])
        self.h = np.stack(outputs, axis=1)

    def rewind(self, dh):
        if np.shape(dh) != self.shape:
            raise ValueError(f"dh: expected shape {self.shape}, got {np.shape(dh)}")
        gradients, dxs = self.parameters.empty_gradients(), []
        carried = [np.zeros_like(self.h[:, 0]) for _ in self.cells[0].states]
        for cell, above in zip(reversed(self.cells), np.moveaxis(dh, 1, 0)[::-1], strict=True):
            dx, *carried = cell.backward(above + carried[0], *carried[1:], gradients)
            dxs.insert(0, dx)
        return np.stack(dxs, axis=1), carried[0], gradients.Wx, gradients.Wh, gradients.b


def _forward(kind):
    def forward(x, h0, Wx, Wh, b):
        tape = Tape(kind, x, h0, Wx, Wh, b)
        return tape.h.copy(), tape

    return forward


def _step(kind, x, states, Wx, Wh, b):
    x, *values, Wx, Wh, b = kind.prepare(x, states, Wx, Wh, b, dims=2)
    cell = kind(Parameters(Wx, Wh, b))
    return *cell.forward(x, *values), cell


def _step_back(cell, *upstream):
    gradients = cell.parameters.empty_gradients()
    return *cell.backward(*upstream, gradients), gradients.Wx, gradients.Wh, gradients.b


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return _step(Plain, x, {"prev_h": prev_h}, Wx, Wh, b)


def rnn_step_backward(dnext_h, cache):
    cache.expect(dnext_h=dnext_h)
    return _step_back(cache, dnext_h)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    return _step(LSTM, x, {"prev_h": prev_h, "prev_c": prev_c}, Wx, Wh, b)


def lstm_step_backward(dnext_h, dnext_c, cache):
    cache.expect(dnext_h=dnext_h, dnext_c=dnext_c)
    return _step_back(cache, dnext_h, dnext_c)


def gru_step_forward(x, prev_h, Wx, Wh, b):
    return _step(GRU, x, {"prev_h": prev_h}, Wx, Wh, b)


def gru_step_backward(dnext_h, cache):
    cache.expect(dnext_h=dnext_h)
    return _step_back(cache, dnext_h)


rnn_forward, lstm_forward, gru_forward = _forward(Plain), _forward(LSTM), _forward(GRU)
rnn_backward = lstm_backward = gru_backward = lambda dh, cache: cache.rewind(dh)


class BothWays:
    def __init__(self, x, h0, Wx, Wh, b):
        for name, value in (("h0", h0), ("Wx", Wx), ("Wh", Wh), ("b", b)):
            if len(value) != 2:
                raise ValueError(f"{name}: expected one entry for each direction, got {len(value)}")
        x = np.asarray(x)
        self.tapes = [
            Tape(Plain, x[:, ::way], h0[k], Wx[k], Wh[k], b[k]) for k, way in enumerate((1, -1))
        ]
        self.y = np.dstack([self.tapes[0].h, self.tapes[1].h[:, ::-1]])

    def rewind(self, dy):
        if np.shape(dy) != self.y.shape:
            raise ValueError(f"dy: expected shape {self.y.shape}, got {np.shape(dy)}")
        right, left = np.split(dy, 2, axis=2)
        right, left = self.tapes[0].rewind(right), self.tapes[1].rewind(left[:, ::-1])
        return right[0] + left[0][:, ::-1], *(np.array(pair) for pair in zip(right[1:], left[1:], strict=True))


def bidirectional_rnn_forward(x, h0, Wx, Wh, b):
    both = BothWays(x, h0, Wx, Wh, b)
    return both.y, both


def bidirectional_rnn_backward(dy, cache):
    return cache.rewind(dy)
