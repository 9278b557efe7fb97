import numpy as np


def _batch(x):
    x = np.asarray(x)
    if x.ndim != 4:
        raise ValueError("x should be N x C x H x W")
    return x


def _unit(x):
    x = _batch(x)
    if x.min() < 0 or x.max() > 1:
        raise ValueError("x should be in [0, 1]")
    return x


def horizontal_flip(x, rng, p=0.5):
    x = _batch(x)
    if p < 0 or p > 1:
        raise ValueError("p")
    y = x.copy()
    for n in range(len(x)):
        if rng.uniform() >= 1 - p:
            y[n] = x[n, :, :, ::-1]
    return y


def random_crop(x, rng, pad=4):
    x = _batch(x)
    if pad < 0:
        raise ValueError("pad")
    N, C, H, W = x.shape
    y = np.zeros_like(x)
    for n in range(N):
        big = np.zeros((C, H + 2 * pad, W + 2 * pad), x.dtype)
        big[:, pad : pad + H, pad : pad + W] = x[n]
        i, j = rng.integers(2 * pad + 1, size=2)
        y[n] = big[:, i : i + H, j : j + W]
    return y


def random_shift(x, rng, max_shift=2):
    x = _batch(x)
    if max_shift < 0:
        raise ValueError("max_shift")
    N, C, H, W = x.shape
    y = np.empty_like(x)
    for n in range(N):
        dy = rng.choice(np.arange(-max_shift, max_shift + 1))
        dx = rng.choice(np.arange(-max_shift, max_shift + 1))
        rows = np.clip(np.arange(H) + dy, 0, H - 1)
        cols = np.clip(np.arange(W) + dx, 0, W - 1)
        y[n] = x[n][:, rows][:, :, cols]
    return y


def rotate90(x, rng):
    x = _batch(x)
    if x.shape[2] != x.shape[3]:
        raise ValueError("x is not square")
    return np.stack([np.rot90(image, rng.integers(4), (1, 2)) for image in x])


def adjust_contrast(x, rng, strength=0.2):
    x = _unit(x)
    if not 0 <= strength <= 1:
        raise ValueError("strength")
    out = []
    for image in x:
        f = 1 + strength * (2 * rng.random() - 1)
        out.append(np.clip(f * image + (1 - f) * image.mean(), 0, 1))
    return np.array(out, dtype=x.dtype)


def adjust_brightness(x, rng, strength=0.2):
    x = _unit(x)
    if not 0 <= strength <= 1:
        raise ValueError("strength")
    return np.array([np.minimum(np.maximum(im + rng.uniform(-strength, strength), 0), 1) for im in x], dtype=x.dtype)


def gaussian_noise(x, rng, std=0.05):
    x = _unit(x)
    if std < 0:
        raise ValueError("std")
    return np.clip(x + std * rng.standard_normal(x.shape), 0, 1).astype(x.dtype)


class Augmenter:
    def __init__(self, steps):
        self.steps = steps

    def __call__(self, x, y, rng):
        if len(y) != len(x):
            raise ValueError("y does not fit x")
        for f in self.steps:
            x = f(x, rng)
        return x, y
