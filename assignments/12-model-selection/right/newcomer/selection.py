# Style: small helpers and plain loops; the Gaussian process solves with LU instead of a Cholesky factor.
import math
import statistics

import numpy as np


def cross_validate(fit, score, X, y, k, rng):
    N = len(X)
    if len(y) != N:
        raise ValueError(f"X has {N} samples and y has {len(y)}")
    if k < 2 or k > N:
        raise ValueError(f"k = {k} does not lie between 2 and {N}")
    turn = np.empty(N, dtype=int)  # the fold in which each sample is validated
    for place, sample in enumerate(rng.permutation(N)):
        turn[sample] = place % k
    scores = []
    for fold in range(k):
        inside, outside = np.flatnonzero(turn == fold), np.flatnonzero(turn != fold)
        model = fit(X[outside], y[outside])
        scores.append(float(score(model, X[inside], y[inside])))
    return np.asarray(scores)


class Log:
    """The trials so far, and the best of them."""

    def __init__(self, objective):
        self.objective, self.trials, self.best = objective, [], None

    def add(self, params):
        value = float(self.objective(dict(params)))
        self.trials.append((params, value))
        if math.isfinite(value) and (self.best is None or value < self.trials[self.best][1]):
            self.best = len(self.trials) - 1

    def result(self):
        if self.best is None:
            raise ValueError("objective gave no finite value in any trial")
        params, value = self.trials[self.best]
        return params, value, self.trials


def grid_search(space, objective):
    if not space:
        raise ValueError("space is empty")
    for name, values in space.items():
        if not isinstance(values, list) or len(values) == 0:
            raise ValueError(f"space: {name} is {values!r}, not a list with something in it")
    log = Log(objective)

    def descend(names, chosen):
        if not names:
            log.add(chosen)
            return
        for value in space[names[0]]:
            descend(names[1:], {**chosen, names[0]: value})

    descend(list(space), {})
    return log.result()


class Interval:
    """An axis between two numbers, in units of itself: 0 is low and 1 is high."""

    def __init__(self, argument, name, axis):
        fine = isinstance(axis, tuple) and (len(axis) == 2 or (len(axis) == 3 and axis[2] == "log"))
        if not fine:
            raise ValueError(f"{argument}: {name} is {axis!r}, which is no axis")
        self.log = len(axis) == 3
        low, high = axis[0], axis[1]
        if not low < high or (self.log and not low > 0):
            raise ValueError(f"{argument}: {name} goes from {low} to {high}")
        self.low, self.high = float(low), float(high)

    def at(self, u):
        if self.log:
            value = self.low * (self.high / self.low) ** u
        else:
            value = (1 - u) * self.low + u * self.high
        return min(max(float(value), self.low), self.high)


def random_search(space, objective, n, rng):
    if not space:
        raise ValueError("space is empty")
    if n < 1:
        raise ValueError(f"n is {n}, but there has to be a trial")
    axes = {}
    for name, axis in space.items():
        if isinstance(axis, list):
            if not axis:
                raise ValueError(f"space: {name} has no values")
            axes[name] = axis
        else:
            axes[name] = Interval("space", name, axis)
    log = Log(objective)
    for _ in range(n):
        params = {}
        for name, axis in axes.items():
            params[name] = axis[int(rng.integers(len(axis)))] if isinstance(axis, list) else axis.at(rng.random())
        log.add(params)
    return log.result()


def matern_kernel(A, B, length_scale):
    A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    if A.shape[1] != B.shape[1]:
        raise ValueError(f"A has {A.shape[1]} columns and B has {B.shape[1]}")
    if not length_scale > 0:
        raise ValueError(f"length_scale is {length_scale}, not positive")
    K = np.empty((len(A), len(B)))
    for i, a in enumerate(A):
        s = np.sqrt(5) * np.linalg.norm(B - a, axis=1) / length_scale
        K[i] = (1 + s + s * s / 3) * np.exp(-s)
    return K


def noisy_kernel(X, y, length_scale, noise):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if y.shape != (len(X),):
        raise ValueError(f"y has the shape {y.shape}, but X has {len(X)} rows")
    if not noise > 0:
        raise ValueError(f"noise is {noise}, not positive")
    return matern_kernel(X, X, length_scale) + np.diag(np.full(len(X), float(noise))), y


def gp_posterior(X, y, X_new, length_scale, noise):
    K, y = noisy_kernel(X, y, length_scale, noise)
    across = matern_kernel(X, X_new, length_scale)
    mean = np.dot(np.linalg.solve(K, y), across)
    explained = np.sum(across * np.linalg.solve(K, across), axis=0)
    return mean, np.sqrt(np.clip(1.0 - explained, 0.0, None))


def gp_log_likelihood(X, y, length_scale, noise):
    K, y = noisy_kernel(X, y, length_scale, noise)
    fit = float(np.dot(y, np.linalg.solve(K, y)))
    flexible = float(np.linalg.slogdet(K)[1])
    return -(fit + flexible + len(y) * math.log(2 * math.pi)) / 2


def expected_improvement(mean, std, best):
    mean, std = np.asarray(mean, dtype=float), np.asarray(std, dtype=float)
    if mean.shape != std.shape:
        raise ValueError(f"mean has the shape {mean.shape}, but std has {std.shape}")
    if np.any(std < 0):
        raise ValueError("std is negative somewhere")
    gains = []
    for mu, sigma in zip(mean, std):
        gap = float(best - mu)
        if sigma == 0:
            gains.append(max(gap, 0.0))
            continue
        z = gap / sigma
        below = math.erfc(-z / math.sqrt(2)) / 2
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        gains.append(max(gap * below + sigma * density, 0.0))
    return np.array(gains)


def bayesian_search(bounds, objective, n, rng):
    if not bounds:
        raise ValueError("bounds is empty")
    if n < 1:
        raise ValueError(f"n is {n}, but there has to be a trial")
    axes = {name: Interval("bounds", name, axis) for name, axis in bounds.items()}
    D, log, tried = len(axes), Log(objective), []
    while len(tried) < n:
        u = rng.random(D) if len(tried) < 2 * D + 1 else promising(np.array(tried), log, rng)
        tried.append(u)
        log.add({name: axis.at(x) for x, (name, axis) in zip(u, axes.items())})
    return log.result()


def promising(U, log, rng):
    values = np.array([value for _, value in log.trials])
    finite = np.isfinite(values)
    if not finite.any():
        return rng.random(U.shape[1])
    values = np.where(finite, values, values[finite].max())
    spread = values.std()
    z = (values - values.mean()) / (spread if spread > 0 else 1.0)

    settings = [(scale, noise) for scale in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6) for noise in (1e-6, 1e-4, 1e-2)]
    scale, noise = max(settings, key=lambda setting: gp_log_likelihood(U, z, *setting))

    far = rng.random((1000, U.shape[1]))
    reach = 10.0 ** rng.uniform(-3, -0.3, size=(1000, 1))
    near = np.clip(U[log.best] + reach * rng.standard_normal((1000, U.shape[1])), 0, 1)
    points = np.vstack([far, near])
    mean, std = gp_posterior(U, z, points, scale, noise)
    return points[np.argmax(expected_improvement(mean, std, z.min()))]


def jitter(curve):
    bends = [abs(a - 2 * b + c) for a, b, c in zip(curve, curve[1:], curve[2:])]
    return statistics.median(bends) / 1.65


def diagnose_learning_curves(train, val):
    train, val = [float(x) for x in train], [float(x) for x in val]
    if len(train) != len(val):
        raise ValueError(f"train has {len(train)} epochs, but val has {len(val)}")
    T = len(train)
    if T < 5:
        raise ValueError(f"train and val have {T} epochs, but it takes 5")
    for name, curve in (("train", train), ("val", val)):
        if not all(math.isfinite(x) and x >= 0 for x in curve):
            raise ValueError(f"{name} has losses that are negative or not finite")
    q = T // 5

    def mean(curve, start):
        return statistics.fmean(curve[start : start + q])

    end, val_end = mean(train, T - q), mean(val, T - q)
    fall, noise, val_noise = train[0] - end, jitter(train), jitter(val)
    if fall <= 0.1 * train[0] or fall <= 3 * noise:
        return "underfit"
    if val_noise > 0.05 * fall and val_noise > 3 * noise:
        return "validation too small"
    if end - val_end > 0.1 * fall:
        return "validation easier"
    if val_end - min(mean(val, t) for t in range(T - q + 1)) > 0.1 * fall:
        return "overfit"
    if all(mean(curve, T - 2 * q) - mean(curve, T - q) > 0.05 * fall for curve in (train, val)):
        return "stopped early"
    if val_end - end > 0.25 * fall:
        return "overfit"
    return "good fit"
