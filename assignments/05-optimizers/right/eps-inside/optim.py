# Style: small helpers that hand the settings out as tuples; epsilon inside the roots, Adam's correction in the rate
import numpy as np


def start(w, dw, config, defaults, arrays=(), shares=()):
    w = np.array(w, dtype=np.result_type(w, np.float16) if np.asarray(w).dtype.kind == "f" else np.float64)
    dw = np.asarray(dw).astype(w.dtype)
    if dw.shape != w.shape:
        raise ValueError(f"dw: expected shape {w.shape}, got {dw.shape}")
    given = {} if config is None else dict(config)
    if unknown := set(given) - set(defaults) - set(arrays):
        raise ValueError(f"unknown key {sorted(unknown)[0]}")
    settings = {**defaults, **{key: given[key] for key in given if key in defaults}}
    for key, value in settings.items():
        if not value >= 0 or (key in shares and not value < 1):
            raise ValueError(f"{key}: {value} is not possible")
    state = {}
    for key in arrays:
        state[key] = np.array(given.get(key, np.zeros_like(w)), dtype=w.dtype)
        if state[key].shape != w.shape:
            raise ValueError(f"{key}: expected shape {w.shape}, got {state[key].shape}")
    return w, dw, settings, state


def quotient(top, squares, eps):
    return np.divide(top, np.sqrt(squares + eps**2))


def sgd(w, dw, config=None):
    w, dw, s, _ = start(w, dw, config, {"learning_rate": 1e-2})
    return w - float(s["learning_rate"]) * dw, s


def sgd_momentum(w, dw, config=None):
    w, dw, s, a = start(w, dw, config, {"learning_rate": 1e-2, "momentum": 0.9}, ["velocity"], ["momentum"])
    velocity = float(s["momentum"]) * a["velocity"] - float(s["learning_rate"]) * dw
    return w + velocity, {**s, "velocity": velocity}


def nesterov(w, dw, config=None):
    old = np.array((config or {}).get("velocity", np.zeros(np.shape(w))))
    _, s = sgd_momentum(w, dw, config)
    mu, velocity = float(s["momentum"]), s["velocity"]
    return (np.asarray(w) - mu * old + (1 + mu) * velocity).astype(velocity.dtype), s


def adagrad(w, dw, config=None):
    w, dw, s, a = start(w, dw, config, {"learning_rate": 1e-2, "epsilon": 1e-8}, ["cache"])
    cache = a["cache"] + dw**2
    return w - float(s["learning_rate"]) * quotient(dw, cache, float(s["epsilon"])), {**s, "cache": cache}


def adadelta(w, dw, config=None):
    defaults = {"rho": 0.95, "epsilon": 1e-6, "learning_rate": 1.0}
    w, dw, s, a = start(w, dw, config, defaults, ["cache", "delta_cache"], ["rho"])
    rho, eps = float(s["rho"]), float(s["epsilon"])
    cache = rho * a["cache"] + (1 - rho) * dw**2
    delta = dw * np.sqrt(a["delta_cache"] + eps) / np.sqrt(cache + eps)
    delta_cache = rho * a["delta_cache"] + (1 - rho) * delta**2
    return w - float(s["learning_rate"]) * delta, {**s, "cache": cache, "delta_cache": delta_cache}


def rmsprop(w, dw, config=None):
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}
    w, dw, s, a = start(w, dw, config, defaults, ["cache"], ["decay_rate"])
    rho = float(s["decay_rate"])
    cache = rho * a["cache"] + (1 - rho) * dw**2
    return w - float(s["learning_rate"]) * quotient(dw, cache, float(s["epsilon"])), {**s, "cache": cache}


ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}


def moments(w, dw, config, defaults):
    w, dw, s, a = start(w, dw, config, defaults, ["m", "v"], ["beta1", "beta2"])
    b1, b2 = float(s["beta1"]), float(s["beta2"])
    m, v = a["m"] + (1 - b1) * (dw - a["m"]), a["v"] + (1 - b2) * (dw**2 - a["v"])
    return w, dw, {**s, "t": s["t"] + 1, "m": m, "v": v}


def adam(w, dw, config=None, defaults=None):
    w, dw, s = moments(w, dw, config, defaults or ADAM)
    top, bottom = 1 - float(s["beta1"]) ** s["t"], (1 - float(s["beta2"]) ** s["t"]) ** 0.5
    rate = float(s["learning_rate"]) * bottom / top
    return w - rate * quotient(s["m"], s["v"], float(s["epsilon"]) * bottom), s


def adamw(w, dw, config=None):
    after, s = adam(w, dw, config, {**ADAM, "weight_decay": 1e-2})
    return (after - float(s["learning_rate"] * s["weight_decay"]) * np.asarray(w)).astype(after.dtype), s


def nadam(w, dw, config=None):
    w, dw, s = moments(w, dw, config, ADAM)
    b1, t = float(s["beta1"]), s["t"]
    top = b1 / (1 - b1 ** (t + 1)) * s["m"] + (1 - b1) / (1 - b1**t) * dw
    return w - float(s["learning_rate"]) * quotient(top, s["v"] / (1 - float(s["beta2"]) ** t), float(s["epsilon"])), s


def averaged_sgd(w, dw, config=None):
    w, dw, s, a = start(w, dw, config, {"learning_rate": 1e-2, "t": 0}, ["average"])
    w, t = w - float(s["learning_rate"]) * dw, s["t"] + 1
    return w, {**s, "t": t, "average": a["average"] * ((t - 1) / t) + w / t}


def clip_by_norm(grads, max_norm):
    if not isinstance(grads, (list, tuple)):
        raise ValueError("grads: expected a list of arrays")
    if not max_norm > 0:
        raise ValueError("max_norm: expected a positive number")
    arrays = [np.asarray(g) for g in grads]
    wide = np.concatenate([np.zeros(1), *(a.ravel().astype(np.float64) for a in arrays)])
    norm = np.sqrt(wide @ wide)
    factor = 1.0 if norm <= max_norm or np.isnan(norm) else max_norm / norm
    return [np.multiply(a, float(factor)).astype(a.dtype) if factor < 1 else a.copy() for a in arrays], norm


def minimise(f_and_grad, w0, rule, config, num_steps):
    if num_steps < 0:
        raise ValueError("num_steps: expected at least 0")
    path = [np.asarray(w0)]
    losses = []
    for step in range(num_steps + 1):
        loss, gradient = f_and_grad(path[-1])
        losses.append(float(loss))
        if step < num_steps:
            w, config = rule(path[-1], gradient, config)
            path.append(w)
    return np.array(path[-1]), {} if config is None else dict(config), losses
