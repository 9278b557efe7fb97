# Style: one function that normalises over any axes, one that goes back; the rest is reshaping and bookkeeping
import numpy as np


def standardise(x, axes, eps, mean=None, var=None):
    x = x.astype(np.result_type(x, np.float32) if x.dtype.kind == "f" else np.float64)
    wide = x.astype(np.float64)
    fixed = mean is not None
    if not fixed:
        mean, var = wide.mean(axis=axes, keepdims=True), wide.var(axis=axes, keepdims=True)
    scale = np.power(var + eps, -0.5)
    x_hat = ((wide - mean) * scale).astype(x.dtype)
    return x_hat, dict(axes=axes, scale=scale.astype(x.dtype), x_hat=x_hat, fixed=fixed), mean, var


def unstandardise(dx_hat, memory):
    if memory["fixed"]:
        return dx_hat * memory["scale"]
    axes, x_hat = memory["axes"], memory["x_hat"]
    centred = dx_hat - dx_hat.mean(axis=axes, keepdims=True)
    return memory["scale"] * (centred - x_hat * (dx_hat * x_hat).mean(axis=axes, keepdims=True))


def fitting(x, gamma, beta, ndim):
    x, gamma, beta = np.asarray(x), np.asarray(gamma), np.asarray(beta)
    if x.ndim != ndim:
        raise ValueError(f"x has {x.ndim} axes, it needs {ndim}")
    for name, array in {"gamma": gamma, "beta": beta}.items():
        if array.shape != (x.shape[1],):
            raise ValueError(f"{name} has shape {array.shape}, it needs ({x.shape[1]},)")
    form = (1, -1) + (1,) * (ndim - 2)
    return x, gamma.reshape(form), beta.reshape(form)


def others(x):
    """All axes but that of the channels."""
    return tuple(axis for axis in range(x.ndim) if axis != 1)


def batch(x, gamma, beta, bn_param, ndim):
    x, gamma, beta = fitting(x, gamma, beta, ndim)
    mode, eps = bn_param.get("mode"), bn_param.get("eps", 1e-5)
    width = x.shape[1]
    running = {"running_mean": np.zeros(width), "running_var": np.ones(width)}
    running = {key: np.asarray(bn_param.get(key, value)) for key, value in running.items()}
    if mode == "test":
        stats = [running[key].astype(float).reshape(gamma.shape) for key in ("running_mean", "running_var")]
        x_hat, memory, *_ = standardise(x, others(x), eps, *stats)
    elif mode == "train":
        x_hat, memory, *stats = standardise(x, others(x), eps)
        keep = bn_param.get("momentum", 0.9)
        for key, new in zip(("running_mean", "running_var"), stats, strict=True):
            bn_param[key] = (keep * running[key] + (1 - keep) * new.ravel()).astype(x_hat.dtype)
    else:
        raise ValueError(f"mode is {mode!r}; it is either 'train' or 'test'")
    return (gamma * x_hat + beta).astype(x_hat.dtype), (memory, gamma)


def back(dout, cache):
    memory, gamma = cache
    axes = others(dout)
    x_hat = memory["x_hat"].reshape(dout.shape)
    inner = (dout * gamma).reshape(memory["x_hat"].shape)
    dx = unstandardise(inner, memory).reshape(dout.shape).astype(dout.dtype)
    return dx, (dout * x_hat).sum(axis=axes), dout.sum(axis=axes)


def batchnorm_forward(x, gamma, beta, bn_param):
    return batch(x, gamma, beta, bn_param, 2)


def batchnorm_backward(dout, cache):
    return back(dout, cache)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    return batch(x, gamma, beta, bn_param, 4)


def spatial_batchnorm_backward(dout, cache):
    return back(dout, cache)


def layernorm_forward(x, gamma, beta, ln_param):
    x, gamma, beta = fitting(x, gamma, beta, 2)
    x_hat, memory, *_ = standardise(x, (1,), ln_param.get("eps", 1e-5))
    return (gamma * x_hat + beta).astype(x_hat.dtype), (memory, gamma)


def layernorm_backward(dout, cache):
    return back(dout, cache)


def groupnorm_forward(x, gamma, beta, G, gn_param):
    x, gamma, beta = fitting(x, gamma, beta, 4)
    N, C, H, W = x.shape
    if G < 1 or C % G != 0:
        raise ValueError(f"G = {G} does not divide {C} channels")
    x_hat, memory, *_ = standardise(x.reshape(N, G, C // G, H, W), (2, 3, 4), gn_param.get("eps", 1e-5))
    return (gamma * x_hat.reshape(x.shape) + beta).astype(x_hat.dtype), (memory, gamma)


def groupnorm_backward(dout, cache):
    return back(dout, cache)


def instancenorm_forward(x, gamma, beta, in_param):
    x, gamma, beta = fitting(x, gamma, beta, 4)
    x_hat, memory, *_ = standardise(x, (2, 3), in_param.get("eps", 1e-5))
    return (gamma * x_hat + beta).astype(x_hat.dtype), (memory, gamma)


def instancenorm_backward(dout, cache):
    return back(dout, cache)
