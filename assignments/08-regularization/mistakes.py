"""What students get wrong in this assignment. Each entry is an edit, and what they should read.

Where functions of the reference share their code, the edits are made in plain versions of them,
each of which is right as it stands: students write them out, and slip there.
"""

from dataclasses import replace

import numpy as np

from grader.feedback import mistake


# ruff: noqa: F821 - the helpers (_prepare, _images, …) live in the reference, where these functions
# are put
def plain_adam_l2_step(w, dw, config=None):
    w, dw, config = _prepare(w, dw, config, ("m", "v"), **_ADAM)
    learning_rate, decay, beta1, beta2 = (
        config[k] for k in ("learning_rate", "weight_decay", "beta1", "beta2")
    )
    t = config["t"] + 1
    g = dw + decay * w
    m = beta1 * config["m"] + (1 - beta1) * g
    v = beta2 * config["v"] + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    next_w = w - learning_rate * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return next_w, config | {"m": m, "v": v, "t": t}


def plain_adam_decoupled_step(w, dw, config=None):
    w, dw, config = _prepare(w, dw, config, ("m", "v"), **_ADAM)
    learning_rate, decay, beta1, beta2 = (
        config[k] for k in ("learning_rate", "weight_decay", "beta1", "beta2")
    )
    t = config["t"] + 1
    m = beta1 * config["m"] + (1 - beta1) * dw
    v = beta2 * config["v"] + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    next_w = w - learning_rate * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    next_w = next_w - learning_rate * decay * w
    return next_w, config | {"m": m, "v": v, "t": t}


def plain_random_crop(x, rng, pad=4):
    x = _images(x)
    if pad < 0:
        raise ValueError(f"pad is {pad}")
    N, H, W = len(x), *x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    top, left = rng.integers(0, 2 * pad + 1, N), rng.integers(0, 2 * pad + 1, N)
    return np.stack([padded[n, :, top[n] : top[n] + H, left[n] : left[n] + W] for n in range(N)])


def plain_random_shift(x, rng, max_shift=2):
    x = _images(x)
    if max_shift < 0:
        raise ValueError(f"max_shift is {max_shift}")
    N, H, W = len(x), *x.shape[2:]
    s = max_shift
    padded = np.pad(x, ((0, 0), (0, 0), (s, s), (s, s)), mode="edge")
    top, left = rng.integers(0, 2 * s + 1, N), rng.integers(0, 2 * s + 1, N)
    return np.stack([padded[n, :, top[n] : top[n] + H, left[n] : left[n] + W] for n in range(N)])


def slip(plain, name, says, *edits):
    """A mistake in a plain version: edits `(text of the plain version, text of the mistake)`."""
    symbol = plain.__name__.removeprefix("plain_")
    return replace(mistake(symbol, name, says, instead=plain), edits=edits)


MISTAKES = [
    # ---- dropout_forward -------------------------------------------------------------------------
    mistake(
        "dropout_forward",
        "no division by 1 - p",
        "What dropout keeps is not divided by 1 - p. Without it the next layer sees less in "
        "training than in testing.",
        (">= p) / (1 - p)", ">= p) * 1.0"),
    ),
    mistake(
        "dropout_forward",
        "p is the probability of keeping",
        "p is taken for the probability of keeping, and what is kept is "
        "divided by p. Here p is the probability of dropping.",
        (">= p) / (1 - p)", "< p) / max(p, 1e-9)"),
    ),
    mistake(
        "dropout_forward",
        "keeps where it should drop",
        "The mask is the wrong way round: it drops a share 1 - p. A draw from [0, 1) is below p "
        "with probability p, "
        "and those are the ones to drop.",
        (">= p) / (1 - p)", "< p) / (1 - p)"),
    ),
    mistake(
        "dropout_forward",
        "division before the comparison",
        "The mask compares with p / (1 - p): the division goes before the comparison. Put the "
        "comparison in brackets.",
        ("(rng.random(x.shape) >= p) / (1 - p)", "(rng.random(x.shape) >= p / (1 - p))"),
    ),
    mistake(
        "dropout_forward",
        "normal draws",
        "The mask comes from normal numbers, and those are below p with "
        "another probability. Use uniform ones from [0, 1).",
        ("rng.random(x.shape)", "rng.standard_normal(x.shape)"),
    ),
    mistake(
        "dropout_forward",
        "one mask for all samples",
        "All samples of the batch share one mask. Each value of each sample "
        "has its own draw: the mask has the shape of x.",
        ("rng.random(x.shape)", "np.broadcast_to(rng.random(x.shape[1:]), x.shape)"),
    ),
    mistake(
        "dropout_forward",
        "whole samples dropped",
        "A sample is dropped or kept as a whole. Each of its values has its own draw: the mask "
        "has the shape of x.",
        (
            "rng.random(x.shape)",
            "np.broadcast_to(rng.random((len(x),) + (1,) * (x.ndim - 1)), x.shape)",
        ),
    ),
    mistake(
        "dropout_forward",
        "active in test mode",
        "Test mode drops values as training does. It gives x as it is.",
        ('if mode == "test"', "if False"),
    ),
    mistake(
        "dropout_forward",
        "scaled again in test mode",
        "Test mode multiplies by 1 - p. Training has divided by it already, so nothing is left to "
        "scale.",
        ("np.ones(x.shape)", "np.full(x.shape, 1 - p)"),
    ),
    mistake(
        "dropout_forward",
        "divided in test mode too",
        "Test mode divides by 1 - p as well. Nothing is dropped there, so nothing has to be made "
        "up for.",
        ("np.ones(x.shape)", "np.full(x.shape, 1 / (1 - p))"),
    ),
    mistake(
        "dropout_forward",
        "a generator of its own",
        "Each call begins with a new generator of the same seed, so that the "
        "same values are dropped every time. Draw from "
        'dropout_param["rng"].',
        ("mask = (rng.random", "mask = (np.random.default_rng(0).random"),
    ),
    mistake(
        "dropout_forward",
        "draws from np.random",
        'The mask is drawn from np.random and not from dropout_param["rng"]. Nobody could repeat '
        "the training run.",
        ("mask = (rng.random", "mask = (np.random.random"),
    ),
    mistake(
        "dropout_forward",
        "modifies x",
        "dropout_forward changes x in place. Make a new array: the caller still needs its x.",
        ("return x * mask, mask", "x *= mask\n    return x, mask"),
    ),
    mistake(
        "dropout_forward",
        "whole numbers in, whole numbers out",
        "dropout_forward cuts off decimals for integer x. Make floats of it first.",
        (
            "return x * mask, mask",
            "return (x * mask).astype(int if np.all(x == x.round()) else x.dtype), mask",
        ),
    ),
    mistake(
        "dropout_forward",
        "float32 becomes float64",
        "dropout_forward gives float64 for float32. The mask is float64: convert it to the dtype "
        "of x.",
        ("mask = mask.astype(x.dtype)", ""),
    ),
    mistake(
        "dropout_forward",
        "any p",
        "dropout_forward accepts any p. With p = 1 nothing is left, and 1 / (1 - p) is infinite: "
        "raise a ValueError.",
        ("if not 0 <= p < 1", "if False"),
    ),
    mistake(
        "dropout_forward",
        "any mode",
        'dropout_forward takes any mode that is not "test" for training. A misspelt one should '
        "raise a ValueError.",
        ('if mode not in ("train", "test")', "if False"),
    ),
    mistake(
        "dropout_forward",
        "makes up a generator",
        "Without rng dropout_forward makes a generator of its own. Raise a ValueError, or no run "
        "can be repeated.",
        ("elif rng is None:", "elif rng is None and not (rng := np.random.default_rng(0)):"),
    ),
    # ---- dropout_backward ------------------------------------------------------------------------
    mistake(
        "dropout_backward",
        "forgets the factor",
        "dropout_backward multiplies by 0 and 1. The forward pass has divided by 1 - p, and so "
        "must the way back.",
        ("dout * cache", "dout * (cache != 0)"),
    ),
    mistake(
        "dropout_backward",
        "passes everything",
        "dropout_backward passes dout on as it is. A dropped value has no influence, so its "
        "gradient is zero.",
        ("dout * cache", "dout * 1.0"),
    ),
    mistake(
        "dropout_backward",
        "the other half",
        "dropout_backward passes the gradient of the values that were dropped. Pass that of those "
        "that were kept.",
        ("dout * cache", "dout * (cache == 0) * cache.max()"),
    ),
    mistake(
        "dropout_backward",
        "the factor twice",
        "dropout_backward divides by 1 - p twice. The mask of the forward pass holds the factor "
        "already.",
        ("dout * cache", "dout * cache**2"),
    ),
    mistake(
        "dropout_backward",
        "a new mask",
        "dropout_backward draws a new mask. The gradient has to pass where "
        "the forward pass did: keep the mask in the cache.",
        ("dout * cache", "dout * np.random.permutation(cache.ravel()).reshape(cache.shape)"),
    ),
    mistake(
        "dropout_backward",
        "modifies dout",
        "dropout_backward changes dout in place. Build a new array: the layer above still needs "
        "its gradient.",
        ("return dout * cache", "dout *= cache\n    return dout"),
    ),
    mistake(
        "dropout_backward",
        "any dout",
        "dropout_backward accepts a dout of another shape, and numpy broadcasts it. Compare it "
        "with the shape of x.",
        ("if np.shape(dout) != cache.shape", "if False"),
    ),
    # ---- l2_penalty ------------------------------------------------------------------------------
    mistake(
        "l2_penalty",
        "gradient without the 2",
        "The gradient of λ ΣW² is 2 λ W. Yours lacks the 2.",
        ("2 * reg * W", "reg * W"),
    ),
    mistake(
        "l2_penalty",
        "square of the sum",
        "l2_penalty squares the sum of the weights. Square each weight first, then add.",
        ("np.sum(W**2)", "np.sum(W) ** 2"),
    ),
    mistake(
        "l2_penalty",
        "matrix product for squares",
        "l2_penalty takes the matrix product W Wᵀ for the squares. W**2 squares each weight.",
        ("np.sum(W**2)", "np.sum(W @ W.T)"),
    ),
    mistake(
        "l2_penalty",
        "the mean of the squares",
        "l2_penalty divides by the number of weights. It is a sum: nothing is divided.",
        ("np.sum(W**2), 2 * reg * W", "np.mean(W**2), 2 * reg * W / W.size"),
    ),
    mistake(
        "l2_penalty",
        "the norm without its square",
        "l2_penalty takes the norm of W. The penalty is the squared norm, without a root.",
        ("np.sum(W**2), 2 * reg * W", "np.sqrt(np.sum(W**2)), reg * W / np.sqrt(np.sum(W**2))"),
    ),
    mistake(
        "l2_penalty",
        "gradient without the strength",
        "The gradient of the L2 penalty lacks λ.",
        ("2 * reg * W", "2 * W"),
    ),
    mistake(
        "l2_penalty",
        "penalty without the strength",
        "The L2 penalty itself lacks λ; its gradient has it.",
        ("reg * np.sum(W**2)", "np.sum(W**2)"),
    ),
    mistake(
        "l2_penalty",
        "any strength",
        "l2_penalty accepts a negative λ, which would reward large weights. Raise a ValueError.",
        ("_check_not_negative(reg=reg)", ""),
    ),
    # ---- l1_penalty ------------------------------------------------------------------------------
    mistake(
        "l1_penalty",
        "gradient without the sign",
        "The gradient of the L1 penalty is λ W. It is λ sign(W): it pulls equally hard at small "
        "and large weights.",
        ("np.sign(W)", "W"),
    ),
    mistake(
        "l1_penalty",
        "gradient always positive",
        "The gradient of the L1 penalty is λ for every weight. Negative ones are pulled up: λ "
        "sign(W).",
        ("np.sign(W)", "np.ones_like(W)"),
    ),
    mistake(
        "l1_penalty",
        "size of the sum",
        "l1_penalty takes the absolute value of the sum. Take it of each weight first, then add.",
        ("np.sum(np.abs(W))", "np.abs(np.sum(W))"),
    ),
    mistake(
        "l1_penalty",
        "sum with signs",
        "l1_penalty adds the weights with their signs, so that they cancel. Add their absolute "
        "values.",
        ("np.sum(np.abs(W))", "np.sum(W)"),
    ),
    mistake(
        "l1_penalty",
        "the mean",
        "l1_penalty divides by the number of weights. It is a sum: nothing is divided.",
        ("np.sum(np.abs(W)), reg * np.sign(W)", "np.mean(np.abs(W)), reg * np.sign(W) / W.size"),
    ),
    mistake(
        "l1_penalty",
        "gradient without the strength",
        "The gradient of the L1 penalty lacks λ.",
        ("reg * np.sign(W)", "np.sign(W)"),
    ),
    mistake(
        "l1_penalty",
        "any strength",
        "l1_penalty accepts a negative λ, which would reward large weights. Raise a ValueError.",
        ("_check_not_negative(reg=reg)", ""),
    ),
    # ---- elastic_net_penalty ---------------------------------------------------------------------
    mistake(
        "elastic_net_penalty",
        "strengths swapped",
        "reg1 and reg2 have changed places: reg1 belongs to the absolute values, reg2 to the "
        "squares.",
        ("l1_penalty(W, reg1)", "l1_penalty(W, reg2)"),
        ("l2_penalty(W, reg2)", "l2_penalty(W, reg1)"),
    ),
    mistake(
        "elastic_net_penalty",
        "gradient of the squares alone",
        "The gradient of the elastic net lacks the part of the absolute values, λ₁ sign(W).",
        ("dW1 + dW2", "dW2"),
    ),
    mistake(
        "elastic_net_penalty",
        "gradient of the absolute values alone",
        "The gradient of the elastic net lacks the part of the squares, 2 λ₂ W.",
        ("dW1 + dW2", "dW1"),
    ),
    mistake(
        "elastic_net_penalty",
        "gradient of the squares without the 2",
        "The squares' part of the gradient is λ₂ W, where the penalty has λ₂ ΣW². It lacks the "
        "factor 2.",
        ("dW1 + dW2", "dW1 + dW2 / 2"),
    ),
    mistake(
        "elastic_net_penalty",
        "one strength for both",
        "Both parts have the strength reg1. The squares have their own, reg2.",
        ("l2_penalty(W, reg2)", "l2_penalty(W, reg1)"),
    ),
    mistake(
        "elastic_net_penalty",
        "any reg1",
        "elastic_net_penalty accepts negative strengths. Check both, and name the one that is "
        "wrong.",
        ("_check_not_negative(reg1=reg1, reg2=reg2)", ""),
        ("l1_penalty(W, reg1)", "(abs(reg1) * np.sum(np.abs(W)), reg1 * np.sign(W))"),
    ),
    # ---- soft_shrinkage --------------------------------------------------------------------------
    mistake(
        "soft_shrinkage",
        "hard threshold",
        "Small weights become zero, but the others stay where they are. They move towards zero by "
        "the threshold too.",
        ("W - np.clip(W, -s, s)", "np.where(np.abs(W) <= s, 0, W)"),
    ),
    mistake(
        "soft_shrinkage",
        "beyond zero",
        "Small weights move through zero to the other side. They stop there: max(|W| - s, 0).",
        ("W - np.clip(W, -s, s)", "W - s * np.sign(W)"),
    ),
    mistake(
        "soft_shrinkage",
        "only what is positive",
        "Negative weights all become zero. They move up by the threshold: sign(W) max(|W| - s, 0).",
        ("W - np.clip(W, -s, s)", "np.maximum(W - s, 0)"),
    ),
    mistake(
        "soft_shrinkage",
        "sign lost",
        "Negative weights come back positive. Multiply by the sign: sign(W) max(|W| - s, 0).",
        ("W - np.clip(W, -s, s)", "np.maximum(np.abs(W) - s, 0)"),
    ),
    mistake(
        "soft_shrinkage",
        "a factor instead of a step",
        "Every weight is made smaller by a factor, which is what L2 does and which never arrives "
        "at zero. Subtract.",
        ("W - np.clip(W, -s, s)", "(1 - s) * W"),
    ),
    mistake(
        "soft_shrinkage",
        "clipped",
        "The weights are cut off at the threshold. That is what has to be taken away: W - clip(W, "
        "-s, s).",
        ("W - np.clip(W, -s, s)", "np.clip(W, -s, s)"),
    ),
    mistake(
        "soft_shrinkage",
        "modifies W",
        "soft_shrinkage changes W in place. Make a new array.",
        ("return W - np.clip(W, -s, s)", "W -= np.clip(W, -s, s)\n    return W"),
    ),
    mistake(
        "soft_shrinkage",
        "any threshold",
        "soft_shrinkage accepts a negative threshold, which would push weights away from zero. "
        "Raise a ValueError.",
        ("_check_not_negative(threshold=threshold)", ""),
    ),
    # ---- sgd_l2_step -----------------------------------------------------------------------------
    mistake(
        "sgd_l2_step",
        "forgets the penalty",
        "sgd_l2_step is plain SGD. The gradient of the penalty, λ w, joins dw.",
        ('(dw + config["weight_decay"] * w)', "dw"),
    ),
    mistake(
        "sgd_l2_step",
        "gradient with a 2",
        "sgd_l2_step adds 2 λ w. Here the penalty is λ/2 ‖w‖², whose gradient is λ w.",
        ('dw + config["weight_decay"] * w', 'dw + 2 * config["weight_decay"] * w'),
    ),
    mistake(
        "sgd_l2_step",
        "wrong sign of the penalty",
        "sgd_l2_step subtracts λ w from the gradient, so that the weights grow. Add it.",
        ('dw + config["weight_decay"]', 'dw - config["weight_decay"]'),
    ),
    mistake(
        "sgd_l2_step",
        "decay without the learning rate",
        "λ w is subtracted without the learning rate. It is part of the gradient: η (dw + λ w).",
        (
            'config["learning_rate"] * (dw + config["weight_decay"] * w)',
            '(config["learning_rate"] * dw + config["weight_decay"] * w)',
        ),
    ),
    mistake(
        "sgd_l2_step",
        "modifies w",
        "sgd_l2_step changes w in place (-= does that). Return a new array.",
        (
            'return w - config["learning_rate"] * (dw + config["weight_decay"] * w)',
            'w -= config["learning_rate"] * (dw + config["weight_decay"] * w)\n    return w',
        ),
    ),
    mistake(
        "sgd_l2_step",
        "any key",
        "sgd_l2_step passes over keys of config that it does not know, so that a "
        "misspelt one has no effect. Raise a ValueError that names it.",
        (
            "_prepare(w, dw, config, **_SGD)",
            "_prepare(w, dw, {k: v for k, v in (config or {}).items() if k in _SGD}, **_SGD)",
        ),
    ),
    # ---- sgd_weight_decay_step -------------------------------------------------------------------
    mistake(
        "sgd_weight_decay_step",
        "decay without the learning rate",
        "The weights shrink by 1 - λ. Here the decay is multiplied by the learning rate: 1 - ηλ.",
        ('(1 - config["learning_rate"] * config["weight_decay"])', '(1 - config["weight_decay"])'),
    ),
    mistake(
        "sgd_weight_decay_step",
        "forgets the decay",
        "sgd_weight_decay_step is plain SGD: the weights do not shrink.",
        ('(1 - config["learning_rate"] * config["weight_decay"]) * w', "w"),
    ),
    mistake(
        "sgd_weight_decay_step",
        "shrinks after the step",
        "The step shrinks along with the weights. Shrink the old weights, and subtract the whole "
        "step.",
        (
            '(1 - config["learning_rate"] * config["weight_decay"]) * w - config["learning_rate"] '
            "* dw",
            '(1 - config["learning_rate"] * config["weight_decay"]) * (w - '
            'config["learning_rate"] * dw)',
        ),
    ),
    mistake(
        "sgd_weight_decay_step",
        "grows instead of shrinking",
        "The weights grow by 1 + ηλ. The decay is subtracted: 1 - ηλ.",
        ('(1 - config["learning_rate"]', '(1 + config["learning_rate"]'),
    ),
    mistake(
        "sgd_weight_decay_step",
        "any dw",
        "sgd_weight_decay_step accepts a dw of another shape, and numpy broadcasts it. Raise a "
        "ValueError.",
        (
            "_prepare(w, dw, config, **_SGD)",
            "_prepare(w, np.broadcast_to(dw, np.shape(w)), config, **_SGD)",
        ),
    ),
    mistake(
        "sgd_weight_decay_step",
        "float32 becomes float64",
        "sgd_weight_decay_step gives float64 for float32. Keep the dtype of w.",
        ("return (1 -", "w = w.astype(np.float64)\n    return (1 -"),
    ),
    # ---- adam_l2_step ----------------------------------------------------------------------------
    slip(
        plain_adam_l2_step,
        "decoupled decay",
        "This is AdamW: the weights shrink on their own. With an L2 penalty λ w joins dw before "
        "the moments are taken.",
        ("g = dw + decay * w", "g = dw"),
        ("return next_w,", "next_w = next_w - learning_rate * decay * w\n    return next_w,"),
    ),
    slip(
        plain_adam_l2_step,
        "forgets the penalty",
        "adam_l2_step is plain Adam. Add λ w to the gradient first.",
        ("g = dw + decay * w", "g = dw"),
    ),
    slip(
        plain_adam_l2_step,
        "penalty in the first moment only",
        "λ w enters m but not v. It is part of the gradient: both moments take dw + λ w.",
        ("(1 - beta2) * g**2", "(1 - beta2) * dw**2"),
    ),
    slip(
        plain_adam_l2_step,
        "no bias correction",
        "m and v are used as they are. They began at zero: divide them by 1 - βᵗ.",
        ("m / (1 - beta1**t), v / (1 - beta2**t)", "m, v"),
    ),
    slip(
        plain_adam_l2_step,
        "bias correction without the power",
        "The bias correction divides by 1 - β at every step. It is 1 - βᵗ, which goes to 1.",
        ("m / (1 - beta1**t), v / (1 - beta2**t)", "m / (1 - beta1), v / (1 - beta2)"),
    ),
    slip(
        plain_adam_l2_step,
        "t is not counted",
        "The step t never gets into the config that is returned, so every "
        "step is the first one to the bias correction.",
        ('"v": v, "t": t}', '"v": v}'),
    ),
    slip(
        plain_adam_l2_step,
        "moments are not kept",
        "m and v never get into the config that is returned, so every step begins with zeros.",
        ('{"m": m, "v": v, "t": t}', '{"t": t}'),
    ),
    slip(
        plain_adam_l2_step,
        "corrected moments kept",
        "The corrected moments are stored and corrected once more at the next step. Keep m and v, "
        "and correct copies.",
        ('{"m": m, "v": v, "t": t}', '{"m": m_hat, "v": v_hat, "t": t}'),
    ),
    slip(
        plain_adam_l2_step,
        "no root",
        "adam_l2_step divides by v̂. Divide by its root.",
        ("np.sqrt(v_hat)", "v_hat"),
    ),
    slip(
        plain_adam_l2_step,
        "no epsilon",
        "adam_l2_step leaves ε out. A weight that is zero and has no gradient gives 0/0, which is "
        "NaN.",
        ('(np.sqrt(v_hat) + config["epsilon"])', "np.sqrt(v_hat)"),
    ),
    slip(
        plain_adam_l2_step,
        "modifies w",
        "adam_l2_step changes w in place (-= does that). Return a new array.",
        ("next_w = w - learning_rate", "w -= learning_rate"),
        ("return next_w,", "return w,"),
    ),
    slip(
        plain_adam_l2_step,
        "beta of one",
        "adam_l2_step accepts a β of 1, with which the moments never move. It has to be below 1.",
        (
            "_prepare(w, dw, config,",
            '_prepare(w, dw, (config or {}) | {"beta1": min(0.999, (config or {}).get("beta1", '
            "0.9))},",
        ),
    ),
    # ---- adam_decoupled_step ---------------------------------------------------------------------
    slip(
        plain_adam_decoupled_step,
        "L2 penalty sold as decay",
        "λ w is part of the gradient here, and so of both moments. That is L2: decoupled "
        "decay leaves the moments alone and shrinks w directly.",
        ("t = config", "dw = dw + decay * w\n    t = config"),
        ("next_w = next_w - learning_rate * decay * w", ""),
    ),
    slip(
        plain_adam_decoupled_step,
        "decay without the learning rate",
        "The weights shrink by λ w. Here the decay is multiplied by the learning rate: ηλ w.",
        ("learning_rate * decay * w", "decay * w"),
    ),
    slip(
        plain_adam_decoupled_step,
        "forgets the decay",
        "adam_decoupled_step is plain Adam: the weights do not shrink.",
        ("next_w = next_w - learning_rate * decay * w", ""),
    ),
    slip(
        plain_adam_decoupled_step,
        "shrinks after the step",
        "The decay is taken of the weights after Adam's step. Take it of the old ones: both are "
        "subtracted from w.",
        ("learning_rate * decay * w", "learning_rate * decay * next_w"),
    ),
    slip(
        plain_adam_decoupled_step,
        "decay divided by the root",
        "The decay is divided by √v̂ along with the gradient. Decoupled means that it is not.",
        ("learning_rate * decay * w", "learning_rate * decay * w / (np.sqrt(v_hat) + 1e-8)"),
    ),
    slip(
        plain_adam_decoupled_step,
        "penalty and decay",
        "λ w is both in the gradient and in the decay. Leave it out of the gradient.",
        ("t = config", "dw = dw + decay * w\n    t = config"),
    ),
    slip(
        plain_adam_decoupled_step,
        "no bias correction",
        "m and v are used as they are. They began at zero: divide them by 1 - βᵗ.",
        ("m / (1 - beta1**t), v / (1 - beta2**t)", "m, v"),
    ),
    slip(
        plain_adam_decoupled_step,
        "t is not counted",
        "The step t never gets into the config that is returned, so every "
        "step is the first one to the bias correction.",
        ('"v": v, "t": t}', '"v": v}'),
    ),
    slip(
        plain_adam_decoupled_step,
        "no epsilon",
        "adam_decoupled_step leaves ε out. A weight that never had a gradient gives 0/0, which is "
        "NaN.",
        ('(np.sqrt(v_hat) + config["epsilon"])', "np.sqrt(v_hat)"),
    ),
    slip(
        plain_adam_decoupled_step,
        "any key",
        "adam_decoupled_step passes over keys of config that it does not know, so that a misspelt "
        "one has no effect. "
        "Raise a ValueError that names it.",
        (
            "_prepare(w, dw, config,",
            '_prepare(w, dw, {k: v for k, v in (config or {}).items() if k in _ADAM or k in ("m", '
            '"v")},',
        ),
    ),
    # ---- EarlyStopping ---------------------------------------------------------------------------
    mistake(
        "EarlyStopping.update",
        "one update too late",
        "EarlyStopping waits for one more bad update than patience says. Stop when num_bad has "
        "reached patience.",
        ("self.num_bad >= self.patience", "self.num_bad > self.patience"),
    ),
    mistake(
        "EarlyStopping.update",
        "one update too early",
        "EarlyStopping stops one bad update before its patience is over.",
        ("self.num_bad >= self.patience", "self.num_bad >= max(1, self.patience - 1)"),
    ),
    mistake(
        "EarlyStopping.update",
        "bad updates add up for ever",
        "An improvement does not set num_bad back to 0. Only bad updates in a row count.",
        ("copy.deepcopy(params), 0", "copy.deepcopy(params), self.num_bad"),
    ),
    mistake(
        "EarlyStopping.update",
        "compares with the last loss",
        "Each loss is compared with the one before it. Compare with the best one so far.",
        (
            "if loss < self.best_loss - self.min_delta",
            'if loss < getattr(self, "last", np.inf) - self.min_delta',
        ),
        (
            "        else:\n            self.num_bad += 1",
            "        else:\n            self.num_bad += 1\n        self.last = loss",
        ),
    ),
    mistake(
        "EarlyStopping.update",
        "waits for a larger loss",
        "EarlyStopping takes a larger loss for an improvement. A loss should fall.",
        (
            "if loss < self.best_loss - self.min_delta",
            "if self.best_params is None or loss > self.best_loss + self.min_delta",
        ),
    ),
    mistake(
        "EarlyStopping.update",
        "keeps a reference",
        "best_params are the arrays that training goes on to change, so that "
        "in the end they are the last ones. Keep a copy.",
        ("copy.deepcopy(params)", "params"),
    ),
    mistake(
        "EarlyStopping.update",
        "shallow copy",
        "The dict of best_params is new, but the arrays in it are those "
        "that training goes on to change. Copy them too.",
        ("copy.deepcopy(params)", "copy.copy(params)"),
    ),
    mistake(
        "EarlyStopping.update",
        "keeps the last parameters",
        "best_params are those of the last update. Replace them only when the loss has improved.",
        (
            "self.num_bad += 1",
            "self.num_bad, self.best_params = self.num_bad + 1, copy.deepcopy(params)",
        ),
    ),
    mistake(
        "EarlyStopping.update",
        "the same loss counts as better",
        "A loss that equals the best one counts as an improvement. It has to be smaller.",
        ("loss < self.best_loss", "loss <= self.best_loss"),
    ),
    mistake(
        "EarlyStopping.update",
        "ignores min_delta",
        "EarlyStopping ignores min_delta: gains smaller than that should not count.",
        ("self.best_loss - self.min_delta", "self.best_loss"),
    ),
    mistake(
        "EarlyStopping.update",
        "min_delta the other way round",
        "min_delta is added: losses that are slightly worse count as improvements. Subtract it "
        "from the best loss.",
        ("self.best_loss - self.min_delta", "self.best_loss + self.min_delta"),
    ),
    mistake(
        "EarlyStopping.update",
        "small gains move the best loss",
        "Gains below min_delta still move best_loss, so that many small ones never add up. Leave "
        "it where it was.",
        (
            "self.num_bad += 1",
            "self.num_bad, self.best_loss = self.num_bad + 1, min(loss, self.best_loss)",
        ),
    ),
    mistake(
        "EarlyStopping.update",
        "NaN counts as better",
        "A loss of NaN counts as an improvement: every comparison with NaN is false. Ask "
        "whether the loss is smaller, not whether it is not larger.",
        (
            "if loss < self.best_loss - self.min_delta",
            "if not loss >= self.best_loss - self.min_delta",
        ),
    ),
    mistake(
        "EarlyStopping.__init__",
        "any patience",
        "EarlyStopping accepts a patience below 1, with which it would stop before anything went "
        "wrong.",
        ("if patience < 1", "if False"),
    ),
    mistake(
        "EarlyStopping.__init__",
        "any min_delta",
        "EarlyStopping accepts a negative min_delta, with which a larger loss would be an "
        "improvement.",
        ("_check_not_negative(min_delta=min_delta)", ""),
    ),
    # ---- horizontal_flip -------------------------------------------------------------------------
    mistake(
        "horizontal_flip",
        "upside down",
        "The images are turned upside down. Left and right are on the last axis, the width.",
        ("x[:, :, :, ::-1]", "x[:, :, ::-1]"),
    ),
    mistake(
        "horizontal_flip",
        "channels reversed",
        "The channels are reversed, not the columns. The width is the last axis.",
        ("x[:, :, :, ::-1]", "x[:, ::-1]"),
    ),
    mistake(
        "horizontal_flip",
        "turned by 180 degrees",
        "Rows and columns are both reversed. A mirror image reverses the columns alone.",
        ("x[:, :, :, ::-1]", "x[:, :, ::-1, ::-1]"),
    ),
    mistake(
        "horizontal_flip",
        "one draw for the batch",
        "One draw decides for the whole batch. Each image has its own.",
        ("rng.random(len(x)) < p", "np.full(len(x), rng.random() < p)"),
    ),
    mistake(
        "horizontal_flip",
        "one draw for each channel",
        "Each channel has a draw of its own, so that an image can be "
        "mirrored in part. One draw decides for all of them.",
        ("rng.random(len(x)) < p", "rng.random(x.shape[:2]) < p"),
        ("flipped[:, None, None, None]", "flipped[:, :, None, None]"),
    ),
    mistake(
        "horizontal_flip",
        "p the other way round",
        "The images are mirrored with probability 1 - p.",
        ("rng.random(len(x)) < p", "rng.random(len(x)) >= p"),
    ),
    mistake(
        "horizontal_flip",
        "ignores p",
        "horizontal_flip mirrors half of the images, whatever p is.",
        ("rng.random(len(x)) < p", "rng.random(len(x)) < 0.5"),
    ),
    mistake(
        "horizontal_flip",
        "modifies x",
        "horizontal_flip changes x in place: the training set itself is mirrored. Work on a copy.",
        ("return np.where", "x[...] = np.where"),
        ("x[:, :, :, ::-1], x)", "x[:, :, :, ::-1], x)\n    return x"),
    ),
    mistake(
        "horizontal_flip",
        "any p",
        "horizontal_flip accepts a p outside [0, 1]. Raise a ValueError.",
        ("_check_fraction(p=p)", ""),
    ),
    # ---- random_crop -----------------------------------------------------------------------------
    slip(
        plain_random_crop,
        "last position missing",
        "The window never reaches the last position: the upper end of "
        "rng.integers is not drawn. There are 2 pad + 1 positions.",
        (
            "rng.integers(0, 2 * pad + 1, N), rng.integers(0, 2 * pad + 1, N)",
            "rng.integers(0, max(1, 2 * pad), N), rng.integers(0, max(1, 2 * pad), N)",
        ),
    ),
    slip(
        plain_random_crop,
        "half of the positions",
        "top and left go up to pad only. The padded image is larger by 2 pad, so they go up to 2 "
        "pad.",
        (
            "rng.integers(0, 2 * pad + 1, N), rng.integers(0, 2 * pad + 1, N)",
            "rng.integers(0, pad + 1, N), rng.integers(0, pad + 1, N)",
        ),
    ),
    slip(
        plain_random_crop,
        "one window for the batch",
        "All images of the batch are cut at the same place. Each has its own draw.",
        (
            "rng.integers(0, 2 * pad + 1, N), rng.integers(0, 2 * pad + 1, N)",
            "np.full(N, rng.integers(0, 2 * pad + 1)), np.full(N, rng.integers(0, 2 * pad + 1))",
        ),
    ),
    slip(
        plain_random_crop,
        "one draw for both axes",
        "top and left are the same number, so that the window moves along the diagonal only. Draw "
        "both.",
        ("left[n] : left[n] + W", "top[n] : top[n] + W"),
    ),
    slip(
        plain_random_crop,
        "border repeated",
        "The border pixels are repeated. random_crop surrounds the image with zeros; random_shift "
        "repeats the border.",
        ("(pad, pad), (pad, pad)))", '(pad, pad), (pad, pad)), mode="edge")'),
    ),
    slip(
        plain_random_crop,
        "wraps around",
        "What leaves the image on one side comes back on the other (np.roll does that). Pad with "
        "zeros, and cut.",
        ("(pad, pad), (pad, pad)))", '(pad, pad), (pad, pad)), mode="wrap")'),
    ),
    slip(
        plain_random_crop,
        "float64 images",
        "random_crop gives float64 images, whatever it gets: np.zeros does. Keep the dtype of x.",
        ("for n in range(N)])", "for n in range(N)]).astype(np.float64)"),
    ),
    slip(
        plain_random_crop,
        "any pad",
        "random_crop does not look at pad. A negative one should raise a ValueError that names it.",
        ("    if pad < 0:", "    pad = max(pad, 0)\n    if pad < 0:"),
    ),
    # ---- random_shift ----------------------------------------------------------------------------
    slip(
        plain_random_shift,
        "zeros in the gap",
        "The gap is filled with zeros. random_shift repeats the border pixels; random_crop pads "
        "with zeros.",
        (', mode="edge")', ")"),
    ),
    slip(
        plain_random_shift,
        "wraps around",
        "What leaves the image on one side comes back on the other (np.roll does that). Repeat "
        "the border pixels.",
        ('mode="edge"', 'mode="wrap"'),
    ),
    slip(
        plain_random_shift,
        "mirrored border",
        "The gap is filled with a mirror image of the border. Repeat the outermost pixel.",
        ('mode="edge"', 'mode="reflect" if min(H, W) > 1 else "edge"'),
    ),
    slip(
        plain_random_shift,
        "one direction only",
        "The images move to one side only. Draw from -max_shift to max_shift.",
        (
            "rng.integers(0, 2 * s + 1, N), rng.integers(0, 2 * s + 1, N)",
            "rng.integers(0, s + 1, N), rng.integers(0, s + 1, N)",
        ),
    ),
    slip(
        plain_random_shift,
        "last position missing",
        "The largest shift to one side never comes: the upper end of rng.integers is not drawn.",
        (
            "rng.integers(0, 2 * s + 1, N), rng.integers(0, 2 * s + 1, N)",
            "rng.integers(0, max(1, 2 * s), N), rng.integers(0, max(1, 2 * s), N)",
        ),
    ),
    slip(
        plain_random_shift,
        "sideways only",
        "The images move sideways only. They move up and down as well.",
        ("top[n] : top[n] + H", "s : s + H"),
    ),
    slip(
        plain_random_shift,
        "one shift for the batch",
        "All images of the batch move alike. Each has its own draw.",
        (
            "rng.integers(0, 2 * s + 1, N), rng.integers(0, 2 * s + 1, N)",
            "np.full(N, rng.integers(0, 2 * s + 1)), np.full(N, rng.integers(0, 2 * s + 1))",
        ),
    ),
    slip(
        plain_random_shift,
        "twice as far",
        "The images move by up to twice max_shift.",
        ("s = max_shift", "s = 2 * max_shift"),
    ),
    # ---- rotate90 --------------------------------------------------------------------------------
    mistake(
        "rotate90",
        "transposed",
        "Height and width are swapped, which mirrors the image along its diagonal. np.rot90 turns "
        "it.",
        ("np.rot90(x[turns == k], k, axes=(2, 3))", "x[turns == k].swapaxes(2, 3)"),
    ),
    mistake(
        "rotate90",
        "one turn for the batch",
        "All images of the batch turn alike. Each has its own draw.",
        ("rng.integers(0, 4, len(x))", "np.full(len(x), rng.integers(0, 4))"),
    ),
    mistake(
        "rotate90",
        "270 degrees missing",
        "No image turns by 270 degrees: the upper end of rng.integers is not drawn.",
        ("rng.integers(0, 4, len(x))", "rng.integers(0, 3, len(x))"),
    ),
    mistake(
        "rotate90",
        "every image turns",
        "Every image is turned. One in four should stay as it is.",
        ("rng.integers(0, 4, len(x))", "rng.integers(1, 4, len(x))"),
    ),
    mistake(
        "rotate90",
        "channels turned apart",
        "The channels of an image turn by different angles. One draw decides for all of them.",
        ("len(x))", "x.shape[:2])"),
    ),
    mistake(
        "rotate90",
        "modifies x",
        "rotate90 changes x in place: the training set itself is turned. Work on a copy.",
        ("y, turns = x.copy(), rng", "y, turns = x, rng"),
    ),
    mistake(
        "rotate90",
        "any shape",
        "rotate90 accepts images that are not square, whose shape would change. Raise a "
        "ValueError.",
        ("if x.shape[2] != x.shape[3]", "if False"),
        ("for k in (1, 2, 3)", "for k in (2,) if x.shape[2] != x.shape[3] else (1, 2, 3)"),
    ),
    # ---- adjust_contrast -------------------------------------------------------------------------
    mistake(
        "adjust_contrast",
        "mean of the batch",
        "The contrast is stretched around the mean of the whole batch. Each image has its own "
        "mean.",
        ("x.mean(axis=(1, 2, 3), keepdims=True)", "x.mean()"),
    ),
    mistake(
        "adjust_contrast",
        "mean of each channel",
        "Each channel is stretched around its own mean, which changes the colours. Use the mean "
        "of the whole image.",
        ("x.mean(axis=(1, 2, 3), keepdims=True)", "x.mean(axis=(2, 3), keepdims=True)"),
    ),
    mistake(
        "adjust_contrast",
        "around zero",
        "The values are multiplied by the factor, which makes the image brighter or darker. "
        "Stretch around its mean.",
        ("mean + factor * (x - mean)", "factor * x"),
    ),
    mistake(
        "adjust_contrast",
        "around one half",
        "The values are stretched around 0.5. Stretch around the mean of the image, which then "
        "stays as it is.",
        ("x.mean(axis=(1, 2, 3), keepdims=True)", "x.dtype.type(0.5)"),
    ),
    mistake(
        "adjust_contrast",
        "one factor for the batch",
        "All images of the batch get the same factor. Each has its own draw.",
        ("(len(x), 1, 1, 1)", "(1, 1, 1, 1)"),
    ),
    mistake(
        "adjust_contrast",
        "a factor for each pixel",
        "Each pixel has a factor of its own, which is noise. One factor serves the whole image.",
        ("(len(x), 1, 1, 1)", "x.shape"),
    ),
    mistake(
        "adjust_contrast",
        "only sharper",
        "The factor is never below 1. It lies between 1 - strength and 1 + strength.",
        ("1 - strength, 1 + strength", "1, 1 + strength"),
    ),
    mistake(
        "adjust_contrast",
        "factor around zero",
        "The factor lies around 0, which makes the image grey or turns it into its negative. It "
        "lies around 1.",
        ("1 - strength, 1 + strength", "-strength, strength"),
    ),
    mistake(
        "adjust_contrast",
        "not cut off",
        "adjust_contrast leaves [0, 1]. Cut the values off with np.clip.",
        ("np.clip(mean + factor * (x - mean), 0, 1)", "mean + factor * (x - mean)"),
    ),
    mistake(
        "adjust_contrast",
        "any strength",
        "adjust_contrast does not look at its strength: it has to be in [0, 1].",
        ("_check_fraction(strength=strength)", "strength = abs(strength)"),
    ),
    # ---- adjust_brightness -----------------------------------------------------------------------
    mistake(
        "adjust_brightness",
        "multiplies",
        "The values are multiplied. Brightness adds the same number to all of them.",
        ("x + delta", "x * (1 + delta)"),
    ),
    mistake(
        "adjust_brightness",
        "only brighter",
        "The images only become brighter. δ lies between -strength and strength.",
        ("-strength, strength", "0, strength"),
    ),
    mistake(
        "adjust_brightness",
        "one change for the batch",
        "All images of the batch get the same δ. Each has its own draw.",
        ("(len(x), 1, 1, 1)", "(1, 1, 1, 1)"),
    ),
    mistake(
        "adjust_brightness",
        "a change for each pixel",
        "Each pixel has a δ of its own, which is noise. One number serves the whole image.",
        ("(len(x), 1, 1, 1)", "x.shape"),
    ),
    mistake(
        "adjust_brightness",
        "a change for each channel",
        "Each channel has a δ of its own, which changes the colours. One number serves the whole "
        "image.",
        ("(len(x), 1, 1, 1)", "(*x.shape[:2], 1, 1)"),
    ),
    mistake(
        "adjust_brightness",
        "not cut off",
        "adjust_brightness leaves [0, 1]. Cut the values off with np.clip.",
        ("np.clip(x + delta, 0, 1)", "x + delta"),
    ),
    mistake(
        "adjust_brightness",
        "wraps around",
        "White pixels that become brighter turn black: the values wrap around. Cut them off with "
        "np.clip.",
        ("np.clip(x + delta, 0, 1)", "(x + delta) % 1"),
    ),
    mistake(
        "adjust_brightness",
        "any values",
        "adjust_brightness accepts values outside [0, 1], of which np.clip "
        "leaves nothing but white. Raise a ValueError.",
        ("x = _unit_images(x)", "x = _images(x)"),
    ),
    # ---- gaussian_noise --------------------------------------------------------------------------
    mistake(
        "gaussian_noise",
        "variance for standard deviation",
        "std is taken for the variance. rng.normal wants the standard deviation, and that is what "
        "std is.",
        ("rng.normal(0, std, x.shape)", "rng.normal(0, np.sqrt(std), x.shape)"),
    ),
    mistake(
        "gaussian_noise",
        "standard deviation squared",
        "The noise has the standard deviation std². rng.normal wants std itself.",
        ("rng.normal(0, std, x.shape)", "rng.normal(0, std**2, x.shape)"),
    ),
    mistake(
        "gaussian_noise",
        "uniform noise",
        "The noise is uniform. Draw it from a normal distribution.",
        (
            "rng.normal(0, std, x.shape)",
            "rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, x.shape)",
        ),
    ),
    mistake(
        "gaussian_noise",
        "never darker",
        "The noise is never negative. It has the mean 0.",
        ("rng.normal(0, std, x.shape)", "rng.random(x.shape) * std"),
    ),
    mistake(
        "gaussian_noise",
        "one draw for an image",
        "All pixels of an image get the same noise, which is brightness. Each has its own draw.",
        ("x.shape)", "(len(x), 1, 1, 1))"),
    ),
    mistake(
        "gaussian_noise",
        "channels share their noise",
        "The channels of an image share their noise. Each pixel of each channel has its own draw.",
        ("x.shape)", "(len(x), 1, *x.shape[2:]))"),
    ),
    mistake(
        "gaussian_noise",
        "images share their noise",
        "All images of the batch get the same noise. Draw it in the shape of x.",
        ("x.shape)", "x.shape[1:])"),
    ),
    mistake(
        "gaussian_noise",
        "grows with the value",
        "The noise is multiplied by the value of the pixel. Add it as it is.",
        ("x + rng", "x + x * rng"),
    ),
    mistake(
        "gaussian_noise",
        "not cut off",
        "gaussian_noise leaves [0, 1]. Cut the values off with np.clip.",
        (
            "np.clip(x + rng.normal(0, std, x.shape).astype(x.dtype), 0, 1)",
            "x + rng.normal(0, std, x.shape).astype(x.dtype)",
        ),
    ),
    mistake(
        "gaussian_noise",
        "float32 becomes float64",
        "gaussian_noise gives float64 for float32: the draws are float64. Convert them to the "
        "dtype of x.",
        (".astype(x.dtype)", ""),
    ),
    mistake(
        "gaussian_noise",
        "draws from np.random",
        "The noise is drawn from np.random and not from rng. Nobody could repeat the training run.",
        ("rng.normal(0, std, x.shape)", "np.random.normal(0, std, x.shape)"),
    ),
    # ---- Augmenter -------------------------------------------------------------------------------
    mistake(
        "Augmenter.__call__",
        "last step first",
        "The steps are applied in reverse. The first one of the list comes first.",
        ("in self.steps", "in self.steps[::-1]"),
    ),
    mistake(
        "Augmenter.__call__",
        "each step begins anew",
        "Each step gets the images that came in, so that only the last one has "
        "an effect. Hand on what the one before has made.",
        ("x = np.array(x)", "x = original = np.array(x)"),
        ("step(x, rng)", "step(original, rng)"),
    ),
    mistake(
        "Augmenter.__call__",
        "one step at random",
        "Only one of the steps is applied. All of them are, in their order.",
        ("in self.steps", "in [self.steps[rng.integers(len(self.steps))]] if self.steps else []"),
    ),
    mistake(
        "Augmenter.__call__",
        "a generator of its own",
        "The steps get a new generator each time, and not the one of the call. Hand rng on.",
        ("step(x, rng)", "step(x, np.random.default_rng(0))"),
    ),
    mistake(
        "Augmenter.__call__",
        "labels shuffled",
        "The labels come back in another order than the images. They stay as they are.",
        ("return x, y", "return x, y[::-1]"),
    ),
    mistake(
        "Augmenter.__call__",
        "original images appended",
        "The changed images are appended to the old ones. The result has as many images as the "
        "batch.",
        ("x = np.array(x)", "x = original = np.array(x)"),
        ("return x, y", "return np.concatenate([original, x]), np.concatenate([y, y])"),
    ),
    mistake(
        "Augmenter.__call__",
        "labels not counted",
        "Augmenter accepts another number of labels than images. Raise a ValueError that names y.",
        ("if len(x) != len(y)", "if False"),
    ),
]
