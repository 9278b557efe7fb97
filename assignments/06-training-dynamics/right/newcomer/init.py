# Style: closures: every layer leaves behind the function that goes back through it
import numpy as np


def _count(**counts):
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, not {count}")


def zeros_init(fan_in, fan_out, rng=None):
    _count(fan_in=fan_in, fan_out=fan_out)
    return np.zeros((fan_in, fan_out))


def small_normal_init(fan_in, fan_out, rng, std=0.01):
    _count(fan_in=fan_in, fan_out=fan_out)
    if std < 0:
        raise ValueError(f"std must not be negative, and is {std}")
    return std * rng.standard_normal((fan_in, fan_out))


def fan_in_init(fan_in, fan_out, rng):
    _count(fan_in=fan_in, fan_out=fan_out)
    return rng.standard_normal((fan_in, fan_out)) / np.sqrt(fan_in)


def he_normal_init(fan_in, fan_out, rng):
    return np.sqrt(2) * fan_in_init(fan_in, fan_out, rng)


def xavier_uniform_init(fan_in, fan_out, rng):
    _count(fan_in=fan_in, fan_out=fan_out)
    return (2 * rng.random((fan_in, fan_out)) - 1) * np.sqrt(6 / (fan_in + fan_out))


# name: (φ, φ' as a function of the output of φ)
_ACTIVATIONS = {
    "sigmoid": (lambda z: (1 + np.tanh(z / 2)) / 2, lambda a: a - a**2),
    "tanh": (np.tanh, lambda a: (1 - a) * (1 + a)),
    "relu": (lambda z: z * (z > 0), np.sign),
}


def _layer(h, W, activation, skip):
    phi, slope = _ACTIVATIONS[activation]
    a = phi(h @ W)

    def back(dout):
        dz = dout * slope(a)
        return np.linalg.norm(h.T @ dz), dz @ W.T + skip * dout

    return a + skip * h, back


def _stack(depth, activation, init, rng, width, batch_size, skip):
    """Yield the output of each layer and the way back through it."""
    _count(depth=depth, width=width, batch_size=batch_size)
    if activation not in _ACTIVATIONS:
        raise ValueError(f"activation must be one of {sorted(_ACTIVATIONS)}, not {activation!r}")
    h = rng.normal(size=(batch_size, width))
    for _ in range(depth):
        h, back = _layer(h, init(width, width, rng), activation, bool(skip))
        yield h, back


def activation_statistics(depth, activation, init, rng, width=64, batch_size=64, skip=False):
    table = [(h.mean(), h.std()) for h, _ in _stack(depth, activation, init, rng, width, batch_size, skip)]
    means, stds = np.transpose(table)
    return means, stds


def gradient_norms_by_layer(depth, activation, init, rng, width=64, batch_size=64, skip=False):
    way_back = [back for _, back in _stack(depth, activation, init, rng, width, batch_size, skip)]
    gradient = rng.normal(size=(batch_size, width)) / batch_size
    norms = []
    while way_back:
        norm, gradient = way_back.pop()(gradient)
        norms.insert(0, float(norm))
    return norms
