"""What students get wrong in this assignment. Each entry is an edit, and what they should read.

Most edits are made in the plain versions below, each of which is right as it stands: they take the
mean and the variance with numpy's own functions, as students do, and write out instance norm, which
is group norm in the reference.
"""

from dataclasses import replace

import numpy as np

from grader.feedback import mistake


# ruff: noqa: F821 - the helpers (_checked) live in the reference, where these functions are put
def plain_batchnorm_forward(x, gamma, beta, bn_param):
    x = _checked(x, gamma, beta, "ND")
    mode = bn_param.get("mode")
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros_like(gamma))
    running_var = bn_param.get("running_var", np.ones_like(gamma))
    if mode not in ("train", "test"):
        raise ValueError(f"bn_param's mode is {mode!r}")
    if mode == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    else:
        mean, var = running_mean, running_var
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std, mode)


def plain_batchnorm_backward(dout, cache):
    x_hat, gamma, inv_std, mode = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    if mode == "test":
        return dx_hat * inv_std, dgamma, dbeta
    mean, slope = dx_hat.mean(axis=0), (dx_hat * x_hat).mean(axis=0)
    dx = inv_std * (dx_hat - mean - x_hat * slope)
    return dx, dgamma, dbeta


def plain_spatial_batchnorm_forward(x, gamma, beta, bn_param):
    x = _checked(x, gamma, beta, "NCHW")
    mode = bn_param.get("mode")
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros_like(gamma))
    running_var = bn_param.get("running_var", np.ones_like(gamma))
    if mode not in ("train", "test"):
        raise ValueError(f"bn_param's mode is {mode!r}")
    if mode == "train":
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    else:
        mean, var = running_mean, running_var
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = (x - mean[:, None, None]) * inv_std[:, None, None]
    out = gamma[:, None, None] * x_hat + beta[:, None, None]
    return out, (x_hat, gamma, inv_std, mode)


def plain_spatial_batchnorm_backward(dout, cache):
    x_hat, gamma, inv_std, mode = cache
    gamma, inv_std = gamma[:, None, None], inv_std[:, None, None]
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3))
    dx_hat = dout * gamma
    if mode == "test":
        return dx_hat * inv_std, dgamma, dbeta
    over = {"axis": (0, 2, 3), "keepdims": True}
    mean, slope = dx_hat.mean(**over), (dx_hat * x_hat).mean(**over)
    dx = inv_std * (dx_hat - mean - x_hat * slope)
    return dx, dgamma, dbeta


def plain_layernorm_forward(x, gamma, beta, ln_param):
    x = _checked(x, gamma, beta, "ND")
    eps = ln_param.get("eps", 1e-5)
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def plain_layernorm_backward(dout, cache):
    x_hat, gamma, inv_std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    mean, slope = dx_hat.mean(axis=1, keepdims=True), (dx_hat * x_hat).mean(axis=1, keepdims=True)
    dx = inv_std * (dx_hat - mean - x_hat * slope)
    return dx, dgamma, dbeta


def plain_groupnorm_forward(x, gamma, beta, G, gn_param):
    x = _checked(x, gamma, beta, "NCHW")
    N, C = x.shape[:2]
    eps = gn_param.get("eps", 1e-5)
    if not 1 <= G <= C or C % G:
        raise ValueError(f"G is {G}, but there are {C} channels")
    if (
        G == C
    ):  # instance norm, which the reference makes of this; its slips are listed on their own
        pixels = {"axis": (2, 3), "keepdims": True}
        inv_std = 1 / np.sqrt(x.var(**pixels) + eps)
        x_hat = (x - x.mean(**pixels)) * inv_std
        scale, shift = gamma.reshape(C, 1, 1), beta.reshape(C, 1, 1)
        return scale * x_hat + shift, (x_hat, gamma, inv_std[:, :, 0])
    groups = x.reshape(N, G, -1)
    mean, var = groups.mean(axis=2, keepdims=True), groups.var(axis=2, keepdims=True)
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = ((groups - mean) * inv_std).reshape(x.shape)
    out = gamma[:, None, None] * x_hat + beta[:, None, None]
    return out, (x_hat, gamma, inv_std)


def plain_groupnorm_backward(dout, cache):
    x_hat, gamma, inv_std = cache
    N, C = dout.shape[:2]
    G = inv_std.shape[1]
    if G == C:  # as in the forward
        pixels, scaled = {"axis": (2, 3), "keepdims": True}, dout * gamma[:, None, None]
        through = scaled.mean(**pixels) + x_hat * (scaled * x_hat).mean(**pixels)
        over = (0, 2, 3)
        return (
            inv_std[..., None] * (scaled - through),
            (dout * x_hat).sum(axis=over),
            np.sum(dout, axis=over),
        )
    groups = N, G, -1
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3))
    dx_hat = (dout * gamma[:, None, None]).reshape(groups)
    x_hat = x_hat.reshape(groups)
    mean, slope = dx_hat.mean(axis=2, keepdims=True), (dx_hat * x_hat).mean(axis=2, keepdims=True)
    dx = inv_std * (dx_hat - mean - x_hat * slope)
    return dx.reshape(dout.shape), dgamma, dbeta


def plain_instancenorm_forward(x, gamma, beta, in_param):
    x = _checked(x, gamma, beta, "NCHW")
    eps = in_param.get("eps", 1e-5)
    mean, var = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * inv_std
    out = gamma[:, None, None] * x_hat + beta[:, None, None]
    return out, (x_hat, gamma, inv_std.reshape(len(inv_std), -1, 1))


def plain_instancenorm_backward(dout, cache):
    x_hat, gamma, inv_std = cache
    inv_std = inv_std[..., None]
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3))
    dx_hat = dout * gamma[:, None, None]
    mean, slope = (
        dx_hat.mean(axis=(2, 3), keepdims=True),
        (dx_hat * x_hat).mean(axis=(2, 3), keepdims=True),
    )
    dx = inv_std * (dx_hat - mean - x_hat * slope)
    return dx, dgamma, dbeta


def slip(plain, name, says, *edits):
    """A mistake in a plain version: edits `(text of the plain version, text of the mistake)`."""
    symbol = plain.__name__.removeprefix("plain_")
    return replace(mistake(symbol, name, says, instead=plain), edits=edits)


MISTAKES = [
    # ---- batchnorm_forward -----------------------------------------------------------------------
    slip(
        plain_batchnorm_forward,
        "one mean for all features",
        "batchnorm_forward takes one mean and one variance over the whole batch. Each feature has "
        "its own: use axis 0.",
        ("x.mean(axis=0), x.var(axis=0)", "x.mean(), x.var()"),
    ),
    slip(
        plain_batchnorm_forward,
        "variance with N - 1",
        "The variance divides by N - 1. Batch norm divides by N, which is what np.var does on its "
        "own.",
        ("x.var(axis=0)", "x.var(axis=0, ddof=1 if len(x) > 1 else 0)"),
    ),
    slip(
        plain_batchnorm_forward,
        "divides by the variance",
        "batchnorm_forward divides by the variance. Divide by its root, the standard deviation.",
        ("1 / np.sqrt(var + eps)", "1 / (var + eps)"),
    ),
    slip(
        plain_batchnorm_forward,
        "forgets gamma",
        "batchnorm_forward never multiplies by gamma.",
        ("gamma * x_hat + beta", "x_hat + beta"),
    ),
    slip(
        plain_batchnorm_forward,
        "forgets beta",
        "batchnorm_forward never adds beta.",
        ("gamma * x_hat + beta", "gamma * x_hat"),
    ),
    slip(
        plain_batchnorm_forward,
        "no scale and shift in test mode",
        "In test mode batchnorm_forward gives x̂ alone. γ and β are part of the layer in both "
        "modes.",
        (
            "return gamma * x_hat + beta,",
            'return (gamma * x_hat + beta if mode == "train" else x_hat),',
        ),
    ),
    slip(
        plain_batchnorm_forward,
        "running statistics while training",
        "While training batchnorm_forward normalises with the running statistics. Use "
        "those of the batch; the running ones are for test mode.",
        (
            "    else:\n        mean, var = running_mean, running_var",
            "    mean, var = running_mean, running_var",
        ),
    ),
    slip(
        plain_batchnorm_forward,
        "batch statistics in test mode",
        "In test mode batchnorm_forward uses the mean and variance of the batch. Use the running "
        "ones: a sample must "
        "not depend on the others that are tested with it.",
        ("mean, var = running_mean, running_var", "mean, var = x.mean(axis=0), x.var(axis=0)"),
    ),
    slip(
        plain_batchnorm_forward,
        "test mode updates the running statistics",
        "Test mode changes the running statistics. Only training may do that.",
        (
            "mean, var = running_mean, running_var",
            "mean, var = running_mean, running_var\n"
            '        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * '
            "x.mean(axis=0)\n"
            '        bn_param["running_var"] = momentum * running_var + (1 - momentum) * '
            "x.var(axis=0)",
        ),
    ),
    slip(
        plain_batchnorm_forward,
        "momentum the other way round",
        "The moving averages weight the batch with momentum. It is the weight "
        "of the old value, and the batch gets 1 - momentum.",
        (
            "momentum * running_mean + (1 - momentum) * mean",
            "(1 - momentum) * running_mean + momentum * mean",
        ),
        (
            "momentum * running_var + (1 - momentum) * var",
            "(1 - momentum) * running_var + momentum * var",
        ),
    ),
    slip(
        plain_batchnorm_forward,
        "running statistics not stored",
        "The new running statistics never reach the caller. Write them into the bn_param that you "
        "were given, not "
        "into a copy or a local variable.",
        (
            'mode = bn_param.get("mode")',
            'bn_param = dict(bn_param)\n    mode = bn_param.get("mode")',
        ),
    ),
    slip(
        plain_batchnorm_forward,
        "running statistics are those of the last batch",
        "The running statistics hold the last batch only. Average: momentum * running + (1 - "
        "momentum) * batch.",
        ("momentum * running_mean + (1 - momentum) * mean", "mean"),
        ("momentum * running_var + (1 - momentum) * var", "var"),
    ),
    slip(
        plain_batchnorm_forward,
        "running variance contains eps",
        "running_var contains ε. Store the variance alone, and add ε only under the root.",
        ("+ (1 - momentum) * var", "+ (1 - momentum) * (var + eps)"),
    ),
    slip(
        plain_batchnorm_forward,
        "running variance with N - 1",
        "running_var averages variances divided by N - 1, as torch does. "
        "Here they divide by N, as in the layer itself.",
        ("+ (1 - momentum) * var", "+ (1 - momentum) * x.var(axis=0, ddof=1)"),
    ),
    slip(
        plain_batchnorm_forward,
        "running standard deviation",
        "running_var averages standard deviations. Average the variances; the root comes "
        "afterwards, in test mode.",
        ("+ (1 - momentum) * var", "+ (1 - momentum) * np.sqrt(var)"),
    ),
    slip(
        plain_batchnorm_forward,
        "running variance begins at zero",
        "running_var begins at zero. It begins at one, so that an "
        "untrained layer hardly changes its input in test mode.",
        (
            'bn_param.get("running_var", np.ones_like(gamma))',
            'bn_param.get("running_var", np.zeros_like(gamma))',
        ),
    ),
    slip(
        plain_batchnorm_forward,
        "test mode needs a training step",
        "Test mode fails when no batch has come before it. Without running statistics, take zeros "
        "and ones.",
        (
            "mean, var = running_mean, running_var",
            'mean, var = bn_param["running_mean"], bn_param["running_var"]',
        ),
    ),
    slip(
        plain_batchnorm_forward,
        "eps ignored",
        "batchnorm_forward leaves ε out. A feature with the same value in "
        "all samples has variance zero, and 0/0 is NaN.",
        ("np.sqrt(var + eps)", "np.sqrt(var)"),
    ),
    slip(
        plain_batchnorm_forward,
        "eps ignored in test mode",
        "Test mode leaves ε out: with a running variance of zero it gives 0/0, which is NaN.",
        ("np.sqrt(var + eps)", 'np.sqrt(var + (eps if mode == "train" else 0))'),
    ),
    slip(
        plain_batchnorm_forward,
        "eps hard-coded",
        "batchnorm_forward always takes ε = 1e-5. That is the default; what bn_param says goes "
        "first.",
        ('bn_param.get("eps", 1e-5)', "1e-5"),
    ),
    slip(
        plain_batchnorm_forward,
        "momentum hard-coded",
        "batchnorm_forward always takes a momentum of 0.9. That is the default; what bn_param "
        "says goes first.",
        ('bn_param.get("momentum", 0.9)', "0.9"),
    ),
    slip(
        plain_batchnorm_forward,
        "variance as the mean of squares minus the squared mean",
        "The variance is computed as E[x²] - μ². Far from zero both are huge and "
        "their difference is lost: take the mean of (x - μ)².",
        ("x.var(axis=0)", "(x**2).mean(axis=0) - x.mean(axis=0) ** 2"),
    ),
    slip(
        plain_batchnorm_forward,
        "whole numbers in, whole numbers out",
        "batchnorm_forward rounds its result for integer x. An array made "
        "like x holds integers, and cuts off the rest.",
        (
            'x = _checked(x, gamma, beta, "ND")',
            'dtype, x = np.asarray(x).dtype, _checked(x, gamma, beta, "ND")',
        ),
        ("return gamma * x_hat + beta,", "return (gamma * x_hat + beta).astype(dtype),"),
    ),
    slip(
        plain_batchnorm_forward,
        "float32 becomes float64",
        "batchnorm_forward gives float64 for float32. Keep the dtype of x: np.zeros and "
        "astype(float) make float64.",
        ("return gamma * x_hat + beta,", "return (gamma * x_hat + beta).astype(np.float64),"),
    ),
    slip(
        plain_batchnorm_forward,
        "every other mode is test mode",
        'batchnorm_forward takes any mode that is not "train" for test mode. A misspelt one '
        "should raise a ValueError.",
        ('if mode not in ("train", "test")', 'if mode not in ("train", "test", "eval")'),
    ),
    slip(
        plain_batchnorm_forward,
        "shapes not checked",
        "batchnorm_forward accepts what does not fit: a γ or β of length one is "
        "broadcast by numpy without a word. Compare the shapes first.",
        ('_checked(x, gamma, beta, "ND")', "np.asarray(x)"),
    ),
    slip(
        plain_batchnorm_forward,
        "modifies x",
        "batchnorm_forward changes x in place (-= does that). The caller still needs it: write x "
        "- mean.",
        ("inv_std = 1 / np.sqrt", "x -= mean\n    mean = 0\n    inv_std = 1 / np.sqrt"),
    ),
    # ---- batchnorm_backward ----------------------------------------------------------------------
    slip(
        plain_batchnorm_backward,
        "mean and variance as constants",
        "dx treats μ and σ as constants. Each sample moves them too, so dx "
        "has two more terms; in test mode it does not.",
        ("dx_hat - mean - x_hat * slope", "dx_hat"),
    ),
    slip(
        plain_batchnorm_backward,
        "no path through the variance",
        "dx lacks the path through the variance: subtract x̂ times the mean of dx̂ x̂.",
        ("dx_hat - mean - x_hat * slope", "dx_hat - mean"),
    ),
    slip(
        plain_batchnorm_backward,
        "no path through the mean",
        "dx lacks the path through the mean: subtract the mean of dx̂ over the batch.",
        ("dx_hat - mean - x_hat * slope", "dx_hat - x_hat * slope"),
    ),
    slip(
        plain_batchnorm_backward,
        "sums instead of means",
        "dx subtracts sums over the batch. μ and σ² are means, so both terms carry a 1/N.",
        (
            "dx_hat.mean(axis=0), (dx_hat * x_hat).mean(axis=0)",
            "dx_hat.sum(axis=0), (dx_hat * x_hat).sum(axis=0)",
        ),
    ),
    slip(
        plain_batchnorm_backward,
        "forgets gamma",
        "dx lacks the factor γ: dx̂ is γ times dout.",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
    ),
    slip(
        plain_batchnorm_backward,
        "forgets the standard deviation",
        "dx is not divided by the standard deviation, though x̂ = (x - μ)/σ.",
        ("dx = inv_std * (", "dx = ("),
    ),
    slip(
        plain_batchnorm_backward,
        "dgamma with x in place of x̂",
        "dgamma multiplies dout by x before it was divided by σ. γ is multiplied by x̂, so its "
        "gradient is Σ dout x̂.",
        ("(dout * x_hat).sum(axis=0)", "(dout * x_hat / inv_std).sum(axis=0)"),
    ),
    slip(
        plain_batchnorm_backward,
        "dgamma and dbeta are means",
        "dgamma and dbeta are means over the batch. The 1/N belongs to the loss, which has put it "
        "into dout: sum here.",
        ("dout.sum(axis=0)", "dout.mean(axis=0)"),
        ("(dout * x_hat).sum(axis=0)", "(dout * x_hat).mean(axis=0)"),
    ),
    slip(
        plain_batchnorm_backward,
        "dgamma and dbeta swapped",
        "batchnorm_backward gives dbeta before dgamma. The order is that of the inputs: dx, "
        "dgamma, dbeta.",
        ("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),
    ),
    slip(
        plain_batchnorm_backward,
        "modifies dout",
        "batchnorm_backward changes dout in place. Build a new array: the layer above still needs "
        "its gradient.",
        ("dx_hat = dout * gamma", "dout *= gamma\n    dx_hat = dout"),
    ),
    slip(
        plain_batchnorm_backward,
        "modifies its cache",
        "batchnorm_backward changes x̂ in its cache, so a second call gives another result. Write "
        "x_hat = x_hat * "
        "slope, which makes a new array.",
        (
            "dx = inv_std * (dx_hat - mean - x_hat * slope)",
            "x_hat *= slope\n    dx = inv_std * (dx_hat - mean - x_hat)",
        ),
    ),
    slip(
        plain_batchnorm_backward,
        "test mode as if it were training",
        "In test mode dx has the terms of training. There μ and σ are constants, so dx is γ/σ "
        "times dout.",
        ('if mode == "test"', "if False"),
    ),
    slip(
        plain_batchnorm_backward,
        "test mode forgets the standard deviation",
        "In test mode dx lacks the division by the running standard deviation.",
        ("return dx_hat * inv_std, dgamma, dbeta", "return dx_hat, dgamma, dbeta"),
    ),
    # ---- spatial_batchnorm_forward ---------------------------------------------------------------
    slip(
        plain_spatial_batchnorm_forward,
        "each sample alone",
        "Each image is normalised on its own. Spatial batch norm shares the statistics of a "
        "channel over N, H and W.",
        (
            "x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))",
            "x.mean(axis=(2, 3)), x.var(axis=(2, 3))",
        ),
        ("+ (1 - momentum) * mean", "+ (1 - momentum) * mean.mean(axis=0)"),
        ("+ (1 - momentum) * var", "+ (1 - momentum) * var.mean(axis=0)"),
        (
            "(x - mean[:, None, None]) * inv_std[:, None, None]",
            "(x - mean[..., None, None]) * inv_std[..., None, None]",
        ),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "each pixel alone",
        "Each pixel has a mean of its own. All pixels of a channel share one: average over N, H "
        "and W.",
        ("x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))", "x.mean(axis=0), x.var(axis=0)"),
        ("+ (1 - momentum) * mean", "+ (1 - momentum) * mean.mean(axis=(1, 2))"),
        ("+ (1 - momentum) * var", "+ (1 - momentum) * var.mean(axis=(1, 2))"),
        ("(x - mean[:, None, None]) * inv_std[:, None, None]", "(x - mean) * inv_std"),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "all channels together",
        "One mean and one variance serve all channels. Each channel has its own: leave axis 1 out "
        "of the average.",
        (
            "x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))",
            "np.full_like(gamma, x.mean()), np.full_like(gamma, x.var())",
        ),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "reshaped without a transpose",
        "x.reshape(-1, C) does not make columns of channels: it cuts the pixels of one channel "
        "into pieces. Bring the "
        "channels to the end first, with x.transpose(0, 2, 3, 1).",
        (
            "x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))",
            "x.reshape(-1, x.shape[1]).mean(axis=0), x.reshape(-1, x.shape[1]).var(axis=0)",
        ),
        (
            "(x - mean[:, None, None]) * inv_std[:, None, None]",
            "((x.reshape(-1, x.shape[1]) - mean) * inv_std).reshape(x.shape)",
        ),
        (
            "gamma[:, None, None] * x_hat + beta[:, None, None]",
            "(gamma * x_hat.reshape(-1, x.shape[1]) + beta).reshape(x.shape)",
        ),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "shaped back without a transpose",
        "The rows of C features are right, but their result is reshaped to (N, C, H, W) at once. "
        "Reshape to (N, H, W, "
        "C) and bring the channels back with transpose(0, 3, 1, 2).",
        (
            "out = gamma[:, None, None] * x_hat + beta[:, None, None]",
            "out = gamma[:, None, None] * x_hat + beta[:, None, None]\n"
            "    out = out.transpose(0, 2, 3, 1).reshape(x.shape)",
        ),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "height and width swapped",
        "The rows are shaped back to (N, W, H, C), which mixes up the pixels of images that are "
        "not square.",
        (
            "out = gamma[:, None, None] * x_hat + beta[:, None, None]",
            "out = gamma[:, None, None] * x_hat + beta[:, None, None]\n"
            "    out = out.reshape(*x.shape[:2], x.shape[3], x.shape[2]).transpose(0, 1, 3, 2)",
        ),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "variance with one less",
        "The variance divides by one less than the number of values. Batch norm divides by N H W.",
        ("x.var(axis=(0, 2, 3))", "x.var(axis=(0, 2, 3), ddof=1)"),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "forgets beta",
        "spatial_batchnorm_forward never adds beta.",
        ("gamma[:, None, None] * x_hat + beta[:, None, None]", "gamma[:, None, None] * x_hat"),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "batch statistics in test mode",
        "In test mode the statistics of the batch are used. Use the running ones.",
        (
            "mean, var = running_mean, running_var",
            "mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))",
        ),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "running statistics not stored",
        "The new running statistics never reach the caller. Hand the same bn_param on, not a copy "
        "of it.",
        (
            'mode = bn_param.get("mode")',
            'bn_param = dict(bn_param)\n    mode = bn_param.get("mode")',
        ),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "eps ignored",
        "spatial_batchnorm_forward leaves ε out. A channel that is the same everywhere then gives "
        "0/0, which is NaN.",
        ("np.sqrt(var + eps)", "np.sqrt(var)"),
    ),
    slip(
        plain_spatial_batchnorm_forward,
        "shapes not checked",
        "spatial_batchnorm_forward accepts a γ or β that does not have one "
        "entry for each channel. Compare the shapes first.",
        ('_checked(x, gamma, beta, "NCHW")', "np.asarray(x)"),
    ),
    # ---- spatial_batchnorm_backward --------------------------------------------------------------
    slip(
        plain_spatial_batchnorm_backward,
        "divides by N instead of N H W",
        "dx divides its sums by N. A channel has N H W values, and that is what the mean divides "
        "by.",
        (
            "mean, slope = dx_hat.mean(**over), (dx_hat * x_hat).mean(**over)",
            "mean, slope = dx_hat.sum(**over) / len(dout), (dx_hat * x_hat).sum(**over) / "
            "len(dout)",
        ),
    ),
    slip(
        plain_spatial_batchnorm_backward,
        "means over the batch only",
        "dx subtracts means over the batch, for each pixel alone. The "
        "pixels of a channel share μ and σ: use N, H and W.",
        ('{"axis": (0, 2, 3), "keepdims": True}', '{"axis": 0, "keepdims": True}'),
    ),
    slip(
        plain_spatial_batchnorm_backward,
        "mean and variance as constants",
        "dx treats μ and σ as constants. Each pixel moves them too, so dx has two more terms.",
        ("dx_hat - mean - x_hat * slope", "dx_hat"),
    ),
    slip(
        plain_spatial_batchnorm_backward,
        "no path through the variance",
        "dx lacks the path through the variance: subtract x̂ times the mean of dx̂ x̂ over N, H "
        "and W.",
        ("dx_hat - mean - x_hat * slope", "dx_hat - mean"),
    ),
    slip(
        plain_spatial_batchnorm_backward,
        "dgamma and dbeta keep the pixels",
        "dgamma and dbeta still have an entry for each pixel. γ and β act on all of them, so sum "
        "over N, H and W.",
        ("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=0)"),
        ("(dout * x_hat).sum(axis=(0, 2, 3))", "(dout * x_hat).sum(axis=0)"),
    ),
    slip(
        plain_spatial_batchnorm_backward,
        "dgamma and dbeta are means",
        "dgamma and dbeta are means. γ and β act on every pixel, so their gradients are sums over "
        "N, H and W.",
        ("dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))"),
        ("(dout * x_hat).sum(axis=(0, 2, 3))", "(dout * x_hat).mean(axis=(0, 2, 3))"),
    ),
    slip(
        plain_spatial_batchnorm_backward,
        "modifies dout",
        "spatial_batchnorm_backward changes dout in place. Build a new array.",
        ("dx_hat = dout * gamma", "dout *= gamma\n    dx_hat = dout"),
    ),
    slip(
        plain_spatial_batchnorm_backward,
        "test mode as if it were training",
        "In test mode dx has the terms of training. There μ and σ are constants, so dx is γ/σ "
        "times dout.",
        ('if mode == "test"', "if False"),
    ),
    # ---- layernorm_forward -----------------------------------------------------------------------
    slip(
        plain_layernorm_forward,
        "over the batch",
        "layernorm_forward normalises over the batch: that is batch norm. Use axis 1, the "
        "features of each sample.",
        (
            "x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)",
            "x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)",
        ),
    ),
    slip(
        plain_layernorm_forward,
        "over everything",
        "layernorm_forward takes one mean and one variance over the whole batch. Each sample has "
        "its own: use axis 1.",
        (
            "x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)",
            "x.mean(keepdims=True), x.var(keepdims=True)",
        ),
    ),
    slip(
        plain_layernorm_forward,
        "variance with D - 1",
        "The variance divides by D - 1. Layer norm divides by D, which is what np.var does on its "
        "own.",
        ("x.var(axis=1, keepdims=True)", "x.var(axis=1, keepdims=True, ddof=1)"),
    ),
    slip(
        plain_layernorm_forward,
        "divides by the variance",
        "layernorm_forward divides by the variance. Divide by its root, the standard deviation.",
        ("1 / np.sqrt(var + eps)", "1 / (var + eps)"),
    ),
    slip(
        plain_layernorm_forward,
        "forgets gamma and beta",
        "layernorm_forward gives x̂ alone: multiply by γ and add β.",
        ("return gamma * x_hat + beta,", "return x_hat,"),
    ),
    slip(
        plain_layernorm_forward,
        "forgets beta",
        "layernorm_forward never adds beta.",
        ("gamma * x_hat + beta", "gamma * x_hat"),
    ),
    slip(
        plain_layernorm_forward,
        "eps ignored",
        "layernorm_forward leaves ε out. A sample whose features are all equal has variance zero, "
        "and 0/0 is NaN.",
        ("np.sqrt(var + eps)", "np.sqrt(var)"),
    ),
    slip(
        plain_layernorm_forward,
        "eps hard-coded",
        "layernorm_forward always takes ε = 1e-5. That is the default; what ln_param says goes "
        "first.",
        ('ln_param.get("eps", 1e-5)', "1e-5"),
    ),
    slip(
        plain_layernorm_forward,
        "variance as the mean of squares minus the squared mean",
        "The variance is computed as E[x²] - μ². Far from zero both are huge and "
        "their difference is lost: take the mean of (x - μ)².",
        (
            "x.var(axis=1, keepdims=True)",
            "(x**2).mean(axis=1, keepdims=True) - x.mean(axis=1, keepdims=True) ** 2",
        ),
    ),
    slip(
        plain_layernorm_forward,
        "float32 becomes float64",
        "layernorm_forward gives float64 for float32. Keep the dtype of x.",
        ("return gamma * x_hat + beta,", "return (gamma * x_hat + beta).astype(np.float64),"),
    ),
    slip(
        plain_layernorm_forward,
        "shapes not checked",
        "layernorm_forward accepts what does not fit: a γ of length one, or one β for each "
        "sample, is broadcast by "
        "numpy. Compare the shapes first.",
        ('_checked(x, gamma, beta, "ND")', "np.asarray(x)"),
    ),
    # ---- layernorm_backward ----------------------------------------------------------------------
    slip(
        plain_layernorm_backward,
        "means over the batch",
        "dx subtracts means over the batch, as batch norm does. Here the "
        "features of a sample share μ and σ: use axis 1.",
        (
            "dx_hat.mean(axis=1, keepdims=True), (dx_hat * x_hat).mean(axis=1, keepdims=True)",
            "dx_hat.mean(axis=0, keepdims=True), (dx_hat * x_hat).mean(axis=0, keepdims=True)",
        ),
    ),
    slip(
        plain_layernorm_backward,
        "gamma outside the means",
        "dx multiplies by γ at the end. γ differs by feature, so it belongs inside the means: "
        "start from dx̂ = γ dout.",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        ("dx = inv_std * (", "dx = gamma * inv_std * ("),
    ),
    slip(
        plain_layernorm_backward,
        "forgets gamma",
        "dx lacks γ: start from dx̂ = γ dout.",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
    ),
    slip(
        plain_layernorm_backward,
        "mean and variance as constants",
        "dx treats μ and σ as constants. Each feature moves them too, so dx has two more terms.",
        ("dx_hat - mean - x_hat * slope", "dx_hat"),
    ),
    slip(
        plain_layernorm_backward,
        "no path through the variance",
        "dx lacks the path through the variance: subtract x̂ times the mean of dx̂ x̂ over the "
        "features.",
        ("dx_hat - mean - x_hat * slope", "dx_hat - mean"),
    ),
    slip(
        plain_layernorm_backward,
        "divides by N instead of D",
        "dx divides its sums by the number of samples. μ and σ² of a sample are means over its D "
        "features.",
        (
            "mean, slope = dx_hat.mean(axis=1, keepdims=True), (dx_hat * x_hat).mean(axis=1, "
            "keepdims=True)",
            "mean, slope = (s.sum(axis=1, keepdims=True) / len(dout) for s in (dx_hat, dx_hat * "
            "x_hat))",
        ),
    ),
    slip(
        plain_layernorm_backward,
        "dgamma and dbeta summed over the features",
        "dgamma and dbeta are summed over the features. γ and β have one entry for each feature: "
        "sum over the samples.",
        ("dout.sum(axis=0)", "dout.sum(axis=1)"),
        ("(dout * x_hat).sum(axis=0)", "(dout * x_hat).sum(axis=1)"),
    ),
    slip(
        plain_layernorm_backward,
        "dgamma and dbeta are means",
        "dgamma and dbeta are means over the batch. The 1/N belongs to the loss, which has put it "
        "into dout: sum here.",
        ("dout.sum(axis=0)", "dout.mean(axis=0)"),
        ("(dout * x_hat).sum(axis=0)", "(dout * x_hat).mean(axis=0)"),
    ),
    slip(
        plain_layernorm_backward,
        "modifies dout",
        "layernorm_backward changes dout in place. Build a new array: the layer above still needs "
        "its gradient.",
        ("dx_hat = dout * gamma", "dout *= gamma\n    dx_hat = dout"),
    ),
    # ---- groupnorm_forward -----------------------------------------------------------------------
    slip(
        plain_groupnorm_forward,
        "every G-th channel",
        "A group takes every G-th channel. Groups are neighbours: channels 0 to C/G - 1 are the "
        "first one.",
        (
            "groups = x.reshape(N, G, -1)",
            "x = x.reshape(N, -1, G, *x.shape[2:]).swapaxes(1, 2)\n    groups = x.reshape(N, G, "
            "-1)",
        ),
        (
            "x_hat = ((groups - mean) * inv_std).reshape(x.shape)",
            "x_hat = ((groups - mean) * inv_std).reshape(x.shape).swapaxes(1, 2).reshape(N, C, "
            "*x.shape[3:])",
        ),
    ),
    slip(
        plain_groupnorm_forward,
        "G channels in a group",
        "There are G channels in each group. G is the number of groups, and each has C/G channels.",
        ("groups = x.reshape(N, G, -1)", "G = C // G\n    groups = x.reshape(N, G, -1)"),
    ),
    slip(
        plain_groupnorm_forward,
        "each channel alone",
        "Each channel is normalised on its own: that is instance norm. The C/G channels of a "
        "group share μ and σ.",
        ("groups = x.reshape(N, G, -1)", "groups = x.reshape(N, C, -1)"),
    ),
    slip(
        plain_groupnorm_forward,
        "all channels together",
        "All channels of a sample share one mean: that is layer norm. Each of the G groups has "
        "its own.",
        ("groups = x.reshape(N, G, -1)", "groups = x.reshape(N, 1, -1)"),
    ),
    slip(
        plain_groupnorm_forward,
        "each pixel alone",
        "Each pixel has a mean of its own over the channels of its group. The pixels of a group "
        "share one.",
        ("groups = x.reshape(N, G, -1)", "groups = x.reshape(N, G, C // G, *x.shape[2:])"),
    ),
    slip(
        plain_groupnorm_forward,
        "over the batch",
        "The samples share the mean and the variance of a group. In group norm every sample has "
        "its own.",
        (
            "groups.mean(axis=2, keepdims=True), groups.var(axis=2, keepdims=True)",
            "groups.mean(axis=(0, 2), keepdims=True), groups.var(axis=(0, 2), keepdims=True)",
        ),
    ),
    slip(
        plain_groupnorm_forward,
        "variance with one less",
        "The variance divides by one less than the number of values. Group norm divides by all "
        "C/G · H · W of them.",
        ("groups.var(axis=2, keepdims=True)", "groups.var(axis=2, keepdims=True, ddof=1)"),
    ),
    slip(
        plain_groupnorm_forward,
        "gamma and beta along the width",
        "γ and β follow another axis than the channels. Shape them to (C, 1, 1) before they meet "
        "x̂.",
        (
            "gamma[:, None, None] * x_hat + beta[:, None, None]",
            "np.resize(gamma, x.shape[3]) * x_hat + np.resize(beta, x.shape[3])",
        ),
    ),
    slip(
        plain_groupnorm_forward,
        "one gamma for a group",
        "The channels of a group share γ and β. Only μ and σ belong to a group: γ and β belong to "
        "a channel.",
        (
            "gamma[:, None, None] * x_hat + beta[:, None, None]",
            "np.repeat(gamma[:G], C // G)[:, None, None] * x_hat + np.repeat(beta[:G], C // G)[:, "
            "None, None]",
        ),
    ),
    slip(
        plain_groupnorm_forward,
        "eps ignored",
        "groupnorm_forward leaves ε out. A group whose pixels are all equal has variance zero, "
        "and 0/0 is NaN.",
        ("np.sqrt(var + eps)", "np.sqrt(var)"),
    ),
    slip(
        plain_groupnorm_forward,
        "eps hard-coded",
        "groupnorm_forward always takes ε = 1e-5. That is the default; what gn_param says goes "
        "first.",
        ('gn_param.get("eps", 1e-5)', "1e-5"),
    ),
    slip(
        plain_groupnorm_forward,
        "any G",
        "groupnorm_forward does not look at G. Groups are equally large, so G must divide C.",
        ("if not 1 <= G <= C or C % G", "if False"),
    ),
    slip(
        plain_groupnorm_forward,
        "variance as the mean of squares minus the squared mean",
        "The variance is computed as E[x²] - μ². Far from zero both are huge and "
        "their difference is lost: take the mean of (x - μ)².",
        (
            "groups.var(axis=2, keepdims=True)",
            "(groups**2).mean(axis=2, keepdims=True) - groups.mean(axis=2, keepdims=True) ** 2",
        ),
    ),
    # ---- groupnorm_backward ----------------------------------------------------------------------
    slip(
        plain_groupnorm_backward,
        "means over a channel",
        "dx subtracts means over each channel alone. All channels of a group share μ and σ: "
        "average over the group.",
        (
            "groups = N, G, -1",
            "groups = N, C, -1\n    inv_std = np.repeat(inv_std, C // G, axis=1)",
        ),
    ),
    slip(
        plain_groupnorm_backward,
        "gamma outside the means",
        "dx multiplies by γ at the end. γ differs within a group, so it "
        "belongs inside the means: start from dx̂ = γ dout.",
        ("dx_hat = (dout * gamma[:, None, None]).reshape(groups)", "dx_hat = dout.reshape(groups)"),
        ("return dx.reshape(dout.shape)", "return gamma[:, None, None] * dx.reshape(dout.shape)"),
    ),
    slip(
        plain_groupnorm_backward,
        "no path through the variance",
        "dx lacks the path through the variance: subtract x̂ times the mean of dx̂ x̂ over the group.",
        ("dx_hat - mean - x_hat * slope", "dx_hat - mean"),
    ),
    slip(
        plain_groupnorm_backward,
        "mean and variance as constants",
        "dx treats μ and σ as constants. Each pixel moves those of its group, so dx has two more "
        "terms.",
        ("dx_hat - mean - x_hat * slope", "dx_hat"),
    ),
    slip(
        plain_groupnorm_backward,
        "dgamma and dbeta keep the batch axis",
        "dgamma and dbeta still have the batch axis. γ and β act on every sample: sum over N, H "
        "and W.",
        ("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(2, 3))"),
        ("(dout * x_hat).sum(axis=(0, 2, 3))", "(dout * x_hat).sum(axis=(2, 3))"),
    ),
    slip(
        plain_groupnorm_backward,
        "dgamma and dbeta are means",
        "dgamma and dbeta are means. γ and β act on every pixel, so their gradients are sums over "
        "N, H and W.",
        ("dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))"),
        ("(dout * x_hat).sum(axis=(0, 2, 3))", "(dout * x_hat).mean(axis=(0, 2, 3))"),
    ),
    slip(
        plain_groupnorm_backward,
        "modifies dout",
        "groupnorm_backward changes dout in place. Build a new array: the layer above still needs "
        "its gradient.",
        (
            "dx_hat = (dout * gamma[:, None, None]).reshape(groups)",
            "dout *= gamma[:, None, None]\n    dx_hat = dout.reshape(groups)",
        ),
    ),
    # ---- instancenorm_forward --------------------------------------------------------------------
    slip(
        plain_instancenorm_forward,
        "over the batch",
        "The samples share the statistics of a channel: that is spatial batch norm. Here each "
        "sample has its own.",
        (
            "x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)",
            "x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)",
        ),
    ),
    slip(
        plain_instancenorm_forward,
        "over the channels",
        "All channels of a sample share one mean: that is layer norm. Here each channel has its "
        "own.",
        (
            "x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)",
            "x.mean(axis=(1, 2, 3), keepdims=True), x.var(axis=(1, 2, 3), keepdims=True)",
        ),
    ),
    slip(
        plain_instancenorm_forward,
        "each row alone",
        "Each row of an image is normalised on its own. The whole channel shares one mean: "
        "average over H and W.",
        (
            "x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)",
            "x.mean(axis=3, keepdims=True), x.var(axis=3, keepdims=True)",
        ),
    ),
    slip(
        plain_instancenorm_forward,
        "variance with one less",
        "The variance divides by one less than the number of pixels. Instance norm divides by H W.",
        ("x.var(axis=(2, 3), keepdims=True)", "x.var(axis=(2, 3), keepdims=True, ddof=1)"),
    ),
    slip(
        plain_instancenorm_forward,
        "forgets gamma and beta",
        "instancenorm_forward gives x̂ alone: multiply by γ and add β, one of each for a channel.",
        ("gamma[:, None, None] * x_hat + beta[:, None, None]", "x_hat"),
    ),
    slip(
        plain_instancenorm_forward,
        "eps ignored",
        "instancenorm_forward leaves ε out. A channel of a single pixel has variance zero, and "
        "0/0 is NaN.",
        ("np.sqrt(var + eps)", "np.sqrt(var)"),
    ),
    # ---- instancenorm_backward -------------------------------------------------------------------
    slip(
        plain_instancenorm_backward,
        "means over the batch too",
        "dx subtracts means over the batch as well. Only the pixels of one channel of one sample "
        "share μ and σ.",
        (
            "dx_hat.mean(axis=(2, 3), keepdims=True), (dx_hat * x_hat).mean(axis=(2, 3), "
            "keepdims=True)",
            "dx_hat.mean(axis=(0, 2, 3), keepdims=True), (dx_hat * x_hat).mean(axis=(0, 2, 3), "
            "keepdims=True)",
        ),
    ),
    slip(
        plain_instancenorm_backward,
        "no path through the variance",
        "dx lacks the path through the variance: subtract x̂ times the mean of dx̂ x̂ over the "
        "pixels.",
        ("dx_hat - mean - x_hat * slope", "dx_hat - mean"),
    ),
    slip(
        plain_instancenorm_backward,
        "mean and variance as constants",
        "dx treats μ and σ as constants. Each pixel moves those of its channel, so dx has two "
        "more terms.",
        ("dx_hat - mean - x_hat * slope", "dx_hat"),
    ),
    slip(
        plain_instancenorm_backward,
        "dgamma and dbeta are means",
        "dgamma and dbeta are means. γ and β act on every pixel of every sample, so their "
        "gradients are sums.",
        ("dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))"),
        ("(dout * x_hat).sum(axis=(0, 2, 3))", "(dout * x_hat).mean(axis=(0, 2, 3))"),
    ),
    slip(
        plain_instancenorm_backward,
        "dgamma and dbeta keep the batch axis",
        "dgamma and dbeta still have the batch axis. γ and β act on every sample: sum over N, H "
        "and W.",
        ("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(2, 3))"),
        ("(dout * x_hat).sum(axis=(0, 2, 3))", "(dout * x_hat).sum(axis=(2, 3))"),
    ),
]
