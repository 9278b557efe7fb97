# Style: every rule is a table of defaults and a formula; one decorator keeps the contract
import math
from functools import wraps

import numpy as np

SHARES = {"momentum", "rho", "decay_rate", "beta1", "beta2"}
ARRAYS = {"velocity", "cache", "delta_cache", "m", "v", "average"}


def rule(**defaults):
    def decorate(formula):
        @wraps(formula)
        def step(w, dw, config=None):
            given = config or {}
            w, dw = np.asarray(w), np.asarray(dw)
            if dw.shape != w.shape:
                raise ValueError(f"dw has shape {dw.shape}, w has {w.shape}")
            dtype = w.dtype if w.dtype.kind == "f" else np.dtype(float)
            for key in given:
                if key not in defaults:
                    raise ValueError(f"{key} is no setting of {formula.__name__}")
            values = {}
            for key, default in defaults.items():
                value = given.get(key, default)
                if key in ARRAYS:
                    value = np.zeros(w.shape, dtype) if value is None else np.asarray(value).astype(dtype)
                    if value.shape != w.shape:
                        raise ValueError(f"{key} has shape {value.shape}, w has {w.shape}")
                elif key != "t":
                    value = float(value)
                    if value < 0 or (key in SHARES and value >= 1):
                        raise ValueError(f"{key} = {value} is out of range")
                values[key] = value
            return formula(w.astype(dtype), dw.astype(dtype), values)

        return step

    return decorate


@rule(learning_rate=1e-2)
def sgd(w, dw, c):
    return w - c["learning_rate"] * dw, c


@rule(learning_rate=1e-2, momentum=0.9, velocity=None)
def sgd_momentum(w, dw, c):
    v = c["momentum"] * c["velocity"] - c["learning_rate"] * dw
    return w + v, c | {"velocity": v}


@rule(learning_rate=1e-2, momentum=0.9, velocity=None)
def nesterov(w, dw, c):
    v = c["momentum"] * c["velocity"] - c["learning_rate"] * dw
    return w + c["momentum"] * v - c["learning_rate"] * dw, c | {"velocity": v}


@rule(learning_rate=1e-2, epsilon=1e-8, cache=None)
def adagrad(w, dw, c):
    G = c["cache"] + dw * dw
    return w - c["learning_rate"] * dw / (np.sqrt(G) + c["epsilon"]), c | {"cache": G}


@rule(learning_rate=1.0, rho=0.95, epsilon=1e-6, cache=None, delta_cache=None)
def adadelta(w, dw, c):
    rho, eps = c["rho"], c["epsilon"]
    G = rho * c["cache"] + (1 - rho) * dw * dw
    delta = np.sqrt((c["delta_cache"] + eps) / (G + eps)) * dw
    D = rho * c["delta_cache"] + (1 - rho) * delta * delta
    return w - c["learning_rate"] * delta, c | {"cache": G, "delta_cache": D}


@rule(learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=None)
def rmsprop(w, dw, c):
    G = c["decay_rate"] * c["cache"] + (1 - c["decay_rate"]) * dw * dw
    return w - c["learning_rate"] * dw / (np.sqrt(G) + c["epsilon"]), c | {"cache": G}


def moments(dw, c):
    b1, b2 = c["beta1"], c["beta2"]
    return c | {"t": c["t"] + 1, "m": b1 * c["m"] + (1 - b1) * dw, "v": b2 * c["v"] + (1 - b2) * dw * dw}


def adam_direction(c):
    corrected = c["v"] / (1 - c["beta2"] ** c["t"])
    return c["m"] / (1 - c["beta1"] ** c["t"]) / (np.sqrt(corrected) + c["epsilon"])


@rule(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, m=None, v=None, t=0)
def adam(w, dw, c):
    c = moments(dw, c)
    return w - c["learning_rate"] * adam_direction(c), c


@rule(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=1e-2, m=None, v=None, t=0)
def adamw(w, dw, c):
    c = moments(dw, c)
    return w - c["learning_rate"] * (adam_direction(c) + c["weight_decay"] * w), c


@rule(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, m=None, v=None, t=0)
def nadam(w, dw, c):
    c = moments(dw, c)
    b1, t = c["beta1"], c["t"]
    ahead = b1 * c["m"] / (1 - b1 ** (t + 1)) + (1 - b1) * dw / (1 - b1**t)
    root = np.sqrt(c["v"] / (1 - c["beta2"] ** t))
    return w - c["learning_rate"] * ahead / (root + c["epsilon"]), c


@rule(learning_rate=1e-2, average=None, t=0)
def averaged_sgd(w, dw, c):
    w = w - c["learning_rate"] * dw
    t = c["t"] + 1
    return w, c | {"t": t, "average": c["average"] + (w - c["average"]) / t}


def clip_by_norm(grads, max_norm):
    if not isinstance(grads, list | tuple):
        raise ValueError("grads has to be a list of arrays")
    if not max_norm > 0:
        raise ValueError(f"max_norm = {max_norm} is not positive")
    grads = [np.asarray(g) for g in grads]
    norm = math.hypot(*(float(np.linalg.norm(g.astype(float).ravel())) for g in grads))
    factor = max_norm / norm if norm > max_norm else 1.0
    return [(g * factor).astype(g.dtype if g.dtype.kind == "f" else float) for g in grads], norm


def minimise(f_and_grad, w0, rule, config, num_steps):
    if num_steps < 0:
        raise ValueError(f"num_steps = {num_steps} is negative")
    w, losses = np.array(w0), []
    for _ in range(num_steps):
        loss, gradient = f_and_grad(w)
        losses.append(float(loss))
        w, config = rule(w, gradient, config)
    losses.append(float(f_and_grad(w)[0]))
    return w, dict(config or {}), losses
