import numpy as np


def _norm(x, axes, eps):
    mu = x.mean(axis=axes, keepdims=True)
    xc = x - mu
    var = (xc ** 2).mean(axis=axes, keepdims=True)
    std = np.sqrt(var)
    return xc, mu, var, std + eps      # eps outside of the root


def _norm_back(dxhat, xc, std_eps, axes, eps):
    n = 1
    for a in axes:
        n *= xc.shape[a]
    std = std_eps - eps
    dstd = -(dxhat * xc).sum(axis=axes, keepdims=True) / std_eps ** 2
    safe = np.where(std > 0, std, 1).astype(xc.dtype)
    dvar = dstd / (2 * safe)
    dxc = dxhat / std_eps + 2 * xc * dvar / n
    return dxc - dxc.mean(axis=axes, keepdims=True)


def _fl(x):
    x = np.array(x)
    return x if x.dtype.kind == "f" else x.astype(float)


def _check(x, gamma, beta, ndim):
    if x.ndim != ndim:
        raise ValueError("x has the wrong number of axes")
    if gamma.shape != (x.shape[1],):
        raise ValueError("bad gamma")
    if beta.shape != (x.shape[1],):
        raise ValueError("bad beta")


def _c(v, ndim):
    return v.reshape((1, -1) + (1,) * (ndim - 2))


def _batch(x, gamma, beta, p, ndim):
    x = _fl(x)
    _check(x, gamma, beta, ndim)
    axes = (0,) + tuple(range(2, ndim))
    mode = p["mode"]
    eps = p.get("eps", 1e-5)
    mom = p.get("momentum", 0.9)
    C = x.shape[1]
    p.setdefault("running_mean", np.zeros(C, dtype=x.dtype))
    p.setdefault("running_var", np.ones(C, dtype=x.dtype))
    if mode == "train":
        xc, mu, var, s = _norm(x, axes, eps)
        p["running_mean"] *= mom
        p["running_mean"] += (1 - mom) * mu.ravel()
        p["running_var"] *= mom
        p["running_var"] += (1 - mom) * var.ravel()
    elif mode == "test":
        xc = x - _c(p["running_mean"], ndim)
        s = _c(np.sqrt(p["running_var"]) + eps, ndim)
    else:
        raise ValueError(f"unknown mode {mode}")
    out = _c(gamma, ndim) * xc / s + _c(beta, ndim)
    return out, dict(xc=xc, s=s, gamma=gamma, axes=axes, eps=eps, mode=mode)


def _batch_back(dout, k):
    axes = k["axes"]
    xhat = k["xc"] / k["s"]
    dgamma, dbeta = (dout * xhat).sum(axis=axes), dout.sum(axis=axes)
    dxhat = dout * _c(k["gamma"], dout.ndim)
    if k["mode"] == "test":
        return dxhat / k["s"], dgamma, dbeta
    return _norm_back(dxhat, k["xc"], k["s"], axes, k["eps"]), dgamma, dbeta


def batchnorm_forward(x, gamma, beta, bn_param):
    return _batch(x, gamma, beta, bn_param, 2)


def batchnorm_backward(dout, cache):
    return _batch_back(dout, cache)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    return _batch(x, gamma, beta, bn_param, 4)


def spatial_batchnorm_backward(dout, cache):
    return _batch_back(dout, cache)


def layernorm_forward(x, gamma, beta, ln_param):
    x = _fl(x)
    _check(x, gamma, beta, 2)
    eps = ln_param.get("eps", 1e-5)
    xc, _, _, s = _norm(x, (1,), eps)
    return gamma * (xc / s) + beta, (xc, s, gamma, eps)


def layernorm_backward(dout, cache):
    xc, s, gamma, eps = cache
    return _norm_back(dout * gamma, xc, s, (1,), eps), (dout * xc / s).sum(0), dout.sum(0)


def groupnorm_forward(x, gamma, beta, G, gn_param):
    x = _fl(x)
    _check(x, gamma, beta, 4)
    N, C, H, W = x.shape
    if G < 1 or C % G != 0:
        raise ValueError("G does not divide C")
    eps = gn_param.get("eps", 1e-5)
    xc, _, _, s = _norm(x.reshape(N, G, C // G, H, W), (2, 3, 4), eps)
    xhat = (xc / s).reshape(x.shape)
    return xhat * _c(gamma, 4) + _c(beta, 4), (xc, s, xhat, gamma, eps)


def groupnorm_backward(dout, cache):
    xc, s, xhat, gamma, eps = cache
    dx = _norm_back((dout * _c(gamma, 4)).reshape(xc.shape), xc, s, (2, 3, 4), eps).reshape(dout.shape)
    return dx, np.einsum("nchw,nchw->c", dout, xhat), np.einsum("nchw->c", dout)


def instancenorm_forward(x, gamma, beta, in_param):
    return groupnorm_forward(x, gamma, beta, np.shape(x)[1], in_param)


instancenorm_backward = groupnorm_backward
