import copy

import numpy as np


def _f(a):
    a = np.asarray(a)
    return a.astype(float) if a.dtype.kind != "f" else a


def dropout_forward(x, dropout_param):
    x = _f(x)
    p = dropout_param.get("p", 0.5)
    mode = dropout_param["mode"]
    if p < 0 or p >= 1:
        raise ValueError("p out of range")
    if mode == "train":
        if "rng" not in dropout_param:
            raise ValueError("need an rng")
        keep = dropout_param["rng"].binomial(1, 1 - p, size=x.shape).astype(bool)
        out = np.where(keep, x / x.dtype.type(1 - p), x.dtype.type(0))
        return out, (keep, p, "train")
    if mode == "test":
        return x.copy(), (np.ones(x.shape, bool), 0.0, "test")
    raise ValueError(f"mode {mode}?")


def dropout_backward(dout, cache):
    keep, p, mode = cache
    if dout.shape != keep.shape:
        raise ValueError("dout does not fit")
    dx = dout.copy()
    dx[~keep] = 0
    dx /= 1 - p
    return dx


def l2_penalty(W, reg):
    if reg < 0:
        raise ValueError("reg < 0")
    W = _f(W)
    return float(0.5 * reg * (W * W).sum()), reg * W


def l1_penalty(W, reg):
    if reg < 0:
        raise ValueError("reg < 0")
    W = _f(W)
    return sum(abs(w) for w in W.ravel()) * reg, np.where(W > 0, reg, -reg).astype(W.dtype)


def elastic_net_penalty(W, reg1, reg2):
    if reg1 < 0:
        raise ValueError("reg1 < 0")
    if reg2 < 0:
        raise ValueError("reg2 < 0")
    a, da = l1_penalty(W, reg1)
    b, db = l2_penalty(W, reg2)
    return np.array(a + b), da + db


def soft_shrinkage(W, threshold):
    if threshold < 0:
        raise ValueError("threshold < 0")
    W = _f(W)
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


def _config(w, dw, config, adam):
    if np.shape(w) != np.shape(dw):
        raise ValueError("dw has another shape")
    full = {"learning_rate": 1e-3 if adam else 1e-2, "weight_decay": 1e-2}
    if adam:
        full.update(beta1=0.9, beta2=0.999, epsilon=1e-8, t=0, m=np.zeros_like(w), v=np.zeros_like(w))
    for key in config or {}:
        if key not in full:
            raise ValueError("unknown key: " + key)
    full.update(config or {})
    for key in ("learning_rate", "weight_decay"):
        if full[key] < 0:
            raise ValueError(key + " < 0")
    for key in ("beta1", "beta2"):
        if adam and not 0 <= full[key] < 1:
            raise ValueError(key)
    return full


def sgd_l2_step(w, dw, config=None):
    c = _config(w, dw, config, False)
    return w - c["learning_rate"] * dw - c["learning_rate"] * c["weight_decay"] * w, c


def sgd_weight_decay_step(w, dw, config=None):
    c = _config(w, dw, config, False)
    w = w * (1 - c["learning_rate"] * c["weight_decay"])
    return w - c["learning_rate"] * dw, c


def _adam(w, dw, c):
    c["t"] += 1
    c["m"] = c["m"] + (1 - c["beta1"]) * (dw - c["m"])
    c["v"] = c["v"] + (1 - c["beta2"]) * (dw * dw - c["v"])
    rate = c["learning_rate"] * np.sqrt(1 - c["beta2"] ** c["t"]) / (1 - c["beta1"] ** c["t"])
    return (w - rate * c["m"] / (np.sqrt(c["v"] + c["epsilon"] ** 2))).astype(w.dtype)


def adam_l2_step(w, dw, config=None):
    c = _config(w, dw, config, True)
    return _adam(w, dw + c["weight_decay"] * w, c), c


def adam_decoupled_step(w, dw, config=None):
    c = _config(w, dw, config, True)
    return _adam(w * (1 - c["learning_rate"] * c["weight_decay"]), dw, c), c


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience <= 0:
            raise ValueError("patience must be positive")
        if min_delta < 0:
            raise ValueError("min_delta must not be negative")
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = float("inf")
        self.best_params = None
        self.num_bad = 0

    def update(self, loss, params):
        if self.best_loss - loss > self.min_delta:
            self.best_loss = loss
            self.best_params = copy.deepcopy(params)
            self.num_bad = 0
            return False
        self.num_bad += 1
        if self.num_bad >= self.patience:
            return True
