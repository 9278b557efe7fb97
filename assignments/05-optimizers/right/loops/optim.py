# Style: plain loops over single weights, and lists of numbers
import copy

import numpy as np


def check(name, w, dw, config, hyper, shares, states):
    w, dw = np.asarray(w), np.asarray(dw)
    if np.shape(dw) != np.shape(w):
        raise ValueError("the shape of dw is not that of w")
    config = copy.deepcopy(config) if config is not None else {}
    for key in list(config):
        if key not in hyper and key not in states and key != "t":
            raise ValueError(name + ": I do not know the key " + str(key))
        if key == "t" and "t" not in hyper:
            raise ValueError(name + ": I do not know the key t")
    for key, default in hyper.items():
        config.setdefault(key, default)
        if config[key] < 0:
            raise ValueError(key + " must not be negative")
        if key in shares and config[key] >= 1:
            raise ValueError(key + " must be below 1")
    kind = w.dtype if w.dtype in (np.float32, np.float64, np.float16) else np.float64
    for key in states:
        config.setdefault(key, np.zeros(w.shape))
        if np.shape(config[key]) != w.shape:
            raise ValueError("the shape of " + key + " is not that of w")
    return w, dw, config, kind


def each(function, w, kind, *arrays):
    """Apply a function of numbers to every weight; back come arrays of the shape of w, one for each result."""
    columns = None
    for numbers in zip(w.ravel().tolist(), *(np.asarray(a).ravel().tolist() for a in arrays), strict=True):
        results = function(*numbers)
        columns = columns or [[] for _ in results]
        for column, result in zip(columns, results, strict=True):
            column.append(result)
    if columns is None:
        columns = [[] for _ in range(1 + len(arrays) - 1)]
    return [np.array(column, dtype=kind).reshape(w.shape) for column in columns]


def sgd(w, dw, config=None):
    w, dw, c, kind = check("sgd", w, dw, config, {"learning_rate": 0.01}, [], [])
    (new,) = each(lambda a, g: (a - c["learning_rate"] * g,), w, kind, dw)
    return new, c


def momentum_rule(name, look_ahead, w, dw, config):
    w, dw, c, kind = check(name, w, dw, config, {"learning_rate": 0.01, "momentum": 0.9}, ["momentum"], ["velocity"])
    lr, mu = c["learning_rate"], c["momentum"]

    def one(a, g, v):
        v = mu * v - lr * g
        return (a + mu * v - lr * g if look_ahead else a + v), v

    new, c["velocity"] = each(one, w, kind, dw, c["velocity"])
    return new, c


def sgd_momentum(w, dw, config=None):
    return momentum_rule("sgd_momentum", False, w, dw, config)


def nesterov(w, dw, config=None):
    return momentum_rule("nesterov", True, w, dw, config)


def adagrad(w, dw, config=None):
    w, dw, c, kind = check("adagrad", w, dw, config, {"learning_rate": 0.01, "epsilon": 1e-8}, [], ["cache"])

    def one(a, g, total):
        total = total + g**2
        bottom = total**0.5 + c["epsilon"]
        return (a - c["learning_rate"] * g / bottom if g else a), total

    new, c["cache"] = each(one, w, kind, dw, c["cache"])
    return new, c


def adadelta(w, dw, config=None):
    hyper = {"rho": 0.95, "epsilon": 1e-6, "learning_rate": 1.0}
    w, dw, c, kind = check("adadelta", w, dw, config, hyper, ["rho"], ["cache", "delta_cache"])
    rho, eps = c["rho"], c["epsilon"]

    def one(a, g, G, D):
        G = rho * G + (1 - rho) * g**2
        step = (D + eps) ** 0.5 / (G + eps) ** 0.5 * g
        return a - c["learning_rate"] * step, G, rho * D + (1 - rho) * step**2

    new, c["cache"], c["delta_cache"] = each(one, w, kind, dw, c["cache"], c["delta_cache"])
    return new, c


def rmsprop(w, dw, config=None):
    hyper = {"learning_rate": 0.01, "decay_rate": 0.99, "epsilon": 1e-8}
    w, dw, c, kind = check("rmsprop", w, dw, config, hyper, ["decay_rate"], ["cache"])
    rho = c["decay_rate"]

    def one(a, g, G):
        G = rho * G + (1 - rho) * g**2
        return (a - c["learning_rate"] * g / (G**0.5 + c["epsilon"]) if g else a), G

    new, c["cache"] = each(one, w, kind, dw, c["cache"])
    return new, c


def adam_rule(name, w, dw, config, decay=False, look_ahead=False):
    hyper = {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    if decay:
        hyper["weight_decay"] = 0.01
    w, dw, c, kind = check(name, w, dw, config, hyper, ["beta1", "beta2"], ["m", "v"])
    c["t"] = t = c["t"] + 1
    b1, b2 = c["beta1"], c["beta2"]

    def one(a, g, m, v):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        first = m / (1 - b1**t)
        if look_ahead:
            first = b1 * m / (1 - b1 ** (t + 1)) + (1 - b1) * g / (1 - b1**t)
        bottom = (v / (1 - b2**t)) ** 0.5 + c["epsilon"]
        step = first / bottom if first else 0.0
        if decay:
            step += c["weight_decay"] * a
        return a - c["learning_rate"] * step, m, v

    new, c["m"], c["v"] = each(one, w, kind, dw, c["m"], c["v"])
    return new, c


def adam(w, dw, config=None):
    return adam_rule("adam", w, dw, config)


def adamw(w, dw, config=None):
    return adam_rule("adamw", w, dw, config, decay=True)


def nadam(w, dw, config=None):
    return adam_rule("nadam", w, dw, config, look_ahead=True)


def averaged_sgd(w, dw, config=None):
    w, dw, c, kind = check("averaged_sgd", w, dw, config, {"learning_rate": 0.01, "t": 0}, [], ["average"])
    c["t"] = t = c["t"] + 1

    def one(a, g, mean):
        a = a - c["learning_rate"] * g
        return a, ((t - 1) * mean + a) / t

    new, c["average"] = each(one, w, kind, dw, c["average"])
    return new, c


def clip_by_norm(grads, max_norm):
    if isinstance(grads, (np.ndarray, dict)):
        raise ValueError("grads should be a list, one array for each parameter")
    if max_norm <= 0:
        raise ValueError("max_norm should be positive")
    total = 0.0
    for gradient in grads:
        for number in np.asarray(gradient).ravel().tolist():
            total += number * number
    norm = total**0.5
    clipped = []
    for gradient in grads:
        gradient = np.array(gradient)
        if norm > max_norm:
            gradient = (gradient * float(max_norm / norm)).astype(gradient.dtype)
        clipped.append(gradient)
    return clipped, norm


def minimise(f_and_grad, w0, rule, config, num_steps):
    if num_steps < 0:
        raise ValueError("num_steps should not be negative")
    w, c = copy.deepcopy(w0), copy.deepcopy(config)
    value, gradient = f_and_grad(np.asarray(w, dtype=float))
    losses = [float(value)]
    while len(losses) <= num_steps:
        w, c = rule(np.asarray(w, dtype=float), gradient, c)
        value, gradient = f_and_grad(w)
        losses.append(float(value))
    return np.asarray(w, dtype=float), c or {}, losses
