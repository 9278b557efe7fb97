"""Loops, one value at a time where it can be."""
import math

import numpy as np


def _dt(x):
    return x.dtype if x.dtype.kind == "f" else np.dtype(float)


def _ok(x, gamma, beta, ndim):
    if np.ndim(x) != ndim:
        raise ValueError(f"x should have {ndim} axes")
    C = np.shape(x)[1]
    for name, v in [("gamma", gamma), ("beta", beta)]:
        if np.shape(v) != (C,):
            raise ValueError(f"{name} should have {C} entries")


def _stats(values):
    values = [float(v) for v in values]
    n = len(values)
    m = sum(values) / n
    return m, sum((v - m) ** 2 for v in values) / n


def batchnorm_forward(x, gamma, beta, bn_param):
    _ok(x, gamma, beta, 2)
    mode = bn_param.get("mode")
    if mode != "train" and mode != "test":
        raise ValueError("mode must be train or test")
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    rm = np.array(bn_param.get("running_mean", [0.0] * D), dtype=_dt(x))
    rv = np.array(bn_param.get("running_var", [1.0] * D), dtype=_dt(x))
    out = np.empty((N, D), dtype=_dt(x))
    xhat = np.empty((N, D), dtype=_dt(x))
    sig = np.empty(D, dtype=_dt(x))
    for d in range(D):
        if mode == "train":
            m, v = _stats(x[:, d])
            rm[d] = momentum * rm[d] + (1 - momentum) * m
            rv[d] = momentum * rv[d] + (1 - momentum) * v
        else:
            m, v = float(rm[d]), float(rv[d])
        sig[d] = math.sqrt(v + eps)
        for n in range(N):
            xhat[n, d] = (float(x[n, d]) - m) / float(sig[d])
            out[n, d] = gamma[d] * xhat[n, d] + beta[d]
    if mode == "train":
        bn_param["running_mean"], bn_param["running_var"] = rm, rv
    return out, (xhat, sig, gamma, mode)


def batchnorm_backward(dout, cache):
    xhat, sig, gamma, mode = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.empty_like(dout), np.empty(D, dout.dtype), np.empty(D, dout.dtype)
    for d in range(D):
        g = dout[:, d]
        dbeta[d], dgamma[d] = g.sum(), (g * xhat[:, d]).sum()
        if mode == "train":
            dx[:, d] = gamma[d] / sig[d] / N * (N * g - dbeta[d] - xhat[:, d] * dgamma[d])
        else:
            dx[:, d] = gamma[d] / sig[d] * g
    return dx, dgamma, dbeta


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    _ok(x, gamma, beta, 4)
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dg, db = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, C), cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dg, db


def layernorm_forward(x, gamma, beta, ln_param):
    _ok(x, gamma, beta, 2)
    eps = ln_param.get("eps", 1e-5)
    xhat, sig = [], []
    for row in x:
        m, v = _stats(row)
        sig.append(math.sqrt(v + eps))
        xhat.append([(float(a) - m) / sig[-1] for a in row])
    xhat = np.array(xhat, dtype=_dt(x))
    return (xhat * gamma + beta).astype(_dt(x)), (xhat, np.array(sig, dtype=_dt(x)), gamma)


def layernorm_backward(dout, cache):
    xhat, sig, gamma = cache
    dx = np.zeros_like(dout)
    for n in range(len(dout)):
        h = dout[n] * gamma
        dx[n] = (h - h.mean() - xhat[n] * (h * xhat[n]).mean()) / sig[n]
    return dx, sum(dout[n] * xhat[n] for n in range(len(dout))), sum(dout[n] for n in range(len(dout)))


def groupnorm_forward(x, gamma, beta, G, gn_param):
    _ok(x, gamma, beta, 4)
    N, C, H, W = x.shape
    if G <= 0 or C % G:
        raise ValueError(f"G = {G} does not divide the channels")
    eps = gn_param.get("eps", 1e-5)
    k = C // G
    xhat = np.empty(x.shape, _dt(x))
    sig = np.empty((N, G), _dt(x))
    for n in range(N):
        for g in range(G):
            part = x[n, g * k : (g + 1) * k]
            m, v = _stats(part.ravel())
            sig[n, g] = np.sqrt(v + eps)
            xhat[n, g * k : (g + 1) * k] = (part.astype(float) - m) / sig[n, g]
    out = np.empty(x.shape, _dt(x))
    for c in range(C):
        out[:, c] = gamma[c] * xhat[:, c] + beta[c]
    return out, (xhat, sig, gamma, G)


def groupnorm_backward(dout, cache):
    xhat, sig, gamma, G = cache
    N, C, H, W = dout.shape
    k = C // G
    dx = np.empty_like(dout)
    dgamma = np.array([(dout[:, c] * xhat[:, c]).sum() for c in range(C)])
    dbeta = np.array([dout[:, c].sum() for c in range(C)])
    for n in range(N):
        for g in range(G):
            s = slice(g * k, (g + 1) * k)
            h = dout[n, s] * gamma[s, None, None]
            dx[n, s] = (h - h.mean() - xhat[n, s] * (h * xhat[n, s]).mean()) / sig[n, g]
    return dx, dgamma, dbeta


def instancenorm_forward(x, gamma, beta, in_param):
    _ok(x, gamma, beta, 4)
    return groupnorm_forward(x, gamma, beta, x.shape[1], in_param)


def instancenorm_backward(dout, cache):
    return groupnorm_backward(dout, cache)
