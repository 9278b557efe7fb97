"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

import numpy as np

from grader.feedback import mistake

_NO_CHECK = ("_prepare(w, dw, config", "_prepare(w, np.broadcast_to(dw, np.shape(w)), config")


def momentum_in_a_default_argument(w, dw, config={}):  # noqa: B006 - that is the mistake
    given, own = config, {"learning_rate": 1e-2, "momentum": 0.9}
    config = _prepare(w, dw, config, ("velocity",), **own)[2]  # noqa: F821 - of the reference
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    if given is not None:
        given.update(config | {"velocity": v})
    return w + v, config | {"velocity": v}


def adam_in_place(w, dw, config=None):
    w, dw, config = _prepare(w, dw, config, ("m", "v"), **_ADAM)  # noqa: F821 - both live in the reference
    beta1, beta2, t = config["beta1"], config["beta2"], config["t"] + 1
    m, v = config["m"], config["v"]
    m *= beta1
    m += (1 - beta1) * dw
    v *= beta2
    v += (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return next_w, config | {"m": m, "v": v, "t": t}


def adamw_with_l2_in_the_gradient(w, dw, config=None):
    w, dw, config = _prepare(w, dw, config, ("m", "v"), **_ADAM, weight_decay=1e-2)  # noqa: F821 - as above
    weight_decay = config.pop("weight_decay")
    next_w, config = adam(w, dw + weight_decay * w, config)  # noqa: F821 - as above
    return next_w, config | {"weight_decay": weight_decay}


def averaged_sgd_from_the_start(w, dw, config=None):
    w, dw, config = _prepare(w, dw, config, ("average",), learning_rate=1e-2, t=0)  # noqa: F821 - as above
    next_w, t = w - config["learning_rate"] * dw, config["t"] + 1
    before = config["average"] if t > 1 else w
    return next_w, config | {"average": before + (next_w - before) / (t + 1), "t": t}


def clip_each_array_alone(grads, max_norm):
    if isinstance(grads, (np.ndarray, dict)):
        raise ValueError(f"grads is a {type(grads).__name__}")
    if not max_norm > 0:
        raise ValueError(f"max_norm is {max_norm}")
    grads = [_floating(g) for g in grads]  # noqa: F821 - as above
    norms = [float(np.linalg.norm(g.astype(np.float64))) for g in grads]
    clipped = [
        g * (max_norm / norm if norm > max_norm else 1.0)
        for g, norm in zip(grads, norms, strict=True)
    ]
    return clipped, float(np.linalg.norm(norms))


def minimise_with_the_first_gradient(f_and_grad, w0, rule, config, num_steps):
    if num_steps < 0:
        raise ValueError(f"num_steps is {num_steps}")
    w, config = _floating(w0).copy(), dict(config or {})  # noqa: F821 - as above
    loss, dw = f_and_grad(w)
    losses = [float(loss)]
    for _ in range(num_steps):
        w, config = rule(w, dw, config)
        losses.append(float(f_and_grad(w)[0]))
    return w, config, losses


MISTAKES = [
    # ---- sgd -------------------------------------------------------------------------------------
    mistake(
        "sgd",
        "steps uphill",
        "sgd steps along the gradient, which points uphill. To make the loss smaller, subtract "
        "learning_rate * dw.",
        ('return w - config["learning_rate"]', 'return w + config["learning_rate"]'),
    ),
    mistake(
        "sgd",
        "ignores the learning rate of config",
        "sgd steps with a learning rate of its own. Take config's, and 0.01 only where config has "
        "none.",
        ('config["learning_rate"] * dw', "1e-2 * dw"),
    ),
    mistake(
        "sgd",
        "has another default",
        "Without a learning rate in config sgd uses 0.1. The default that the docstring promises "
        "is 0.01.",
        ("learning_rate=1e-2", "learning_rate=1e-1"),
    ),
    mistake(
        "sgd",
        "modifies w",
        "sgd overwrites w and returns it. `w -= …` changes the caller's array; `w - …` makes a "
        "new one.",
        (
            'return w - config["learning_rate"] * dw, config',
            'w -= config["learning_rate"] * dw\n    return w, config',
        ),
    ),
    mistake(
        "sgd",
        "normalises the gradient",
        "sgd divides the gradient by its length, so that every step is equally long. Plain SGD "
        "takes dw as it is.",
        (
            'config["learning_rate"] * dw',
            'config["learning_rate"] * dw / max(np.linalg.norm(dw), 1e-12)',
        ),
    ),
    mistake(
        "sgd",
        "accepts a gradient of another shape",
        "sgd does not compare the shapes of dw and w. numpy broadcasts a dw of shape (2,) over "
        "every row of w.",
        _NO_CHECK,
    ),
    mistake(
        "sgd",
        "takes a learning rate of zero for a missing one",
        "sgd replaces a learning rate of 0 by the default: `or` takes 0 for missing. Ask whether "
        "config has the key.",
        ('config["learning_rate"] * dw', '(config["learning_rate"] or 1e-2) * dw'),
    ),
    mistake(
        "sgd",
        "accepts unknown keys",
        'sgd passes over a key of config that it does not know. A misspelt "lr" would train with '
        "the default rate.",
        (
            "dw, config, learning",
            'dw, {k: v for k, v in (config or {}).items() if k == "learning_rate"}, learning',
        ),
    ),
    # ---- sgd_momentum ----------------------------------------------------------------------------
    mistake(
        "sgd_momentum",
        "velocity points uphill",
        "Your velocity has the opposite sign: v ← μ v - η dw points downhill, and is added to w.",
        (
            'v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw',
            'v = config["momentum"] * config["velocity"] + config["learning_rate"] * dw',
        ),
        ("return w + v", "return w - v"),
    ),
    mistake(
        "sgd_momentum",
        "steps against the velocity",
        "sgd_momentum subtracts the velocity. v ← μ v - η dw points downhill already, so add it: "
        "w + v.",
        ("return w + v", "return w - v"),
    ),
    mistake(
        "sgd_momentum",
        "velocity without the learning rate",
        "Your velocity does not contain the learning rate: v ← μ v - η dw, then w + v.",
        ('- config["learning_rate"] * dw', "- dw"),
        ("return w + v", 'return w + config["learning_rate"] * v'),
    ),
    mistake(
        "sgd_momentum",
        "averages the gradient",
        "Your velocity weighs the new gradient by 1 - μ. Momentum adds the full step: v ← μ v - η "
        "dw.",
        ('config["learning_rate"] * dw', '(1 - config["momentum"]) * config["learning_rate"] * dw'),
    ),
    mistake(
        "sgd_momentum",
        "steps with the old velocity",
        "sgd_momentum steps with the velocity from before this gradient. Update v first, then add "
        "it.",
        ("return w + v", 'return w + config["velocity"]'),
    ),
    mistake(
        "sgd_momentum",
        "forgets the velocity",
        "sgd_momentum does not return the new velocity in config, so each step begins at rest.",
        ('config | {"velocity": v}', "config"),
    ),
    mistake(
        "sgd_momentum",
        "remembers in a default argument",
        "sgd_momentum keeps its velocity in the default value of config, or in the dict it was "
        "given: all parameters "
        "then share one velocity. Return a new dict.",
        instead=momentum_in_a_default_argument,
    ),
    mistake(
        "sgd_momentum",
        "accepts a gradient of another shape",
        "sgd_momentum does not compare the shapes of dw and w. numpy broadcasts a dw of shape "
        "(2,) over the rows of w.",
        _NO_CHECK,
    ),
    # ---- nesterov --------------------------------------------------------------------------------
    mistake(
        "nesterov",
        "is plain momentum",
        "nesterov moves by μ v - η dw with the old v, which is plain momentum. Update v first, "
        "then use the new one.",
        ('w + config["momentum"] * v - step', "w + v"),
    ),
    mistake(
        "nesterov",
        "leaves out the gradient",
        "nesterov moves by μ v alone. The gradient of this step belongs there, too: w + μ v - η "
        "dw.",
        ('w + config["momentum"] * v - step', 'w + config["momentum"] * v'),
    ),
    mistake(
        "nesterov",
        "looks ahead without the momentum",
        "nesterov moves by v - η dw. The look-ahead is one velocity further on, and that shrinks "
        "by μ: μ v - η dw.",
        ('w + config["momentum"] * v - step', "w + v - step"),
    ),
    mistake(
        "nesterov",
        "forgets the velocity",
        "nesterov does not return the new velocity in config, so each step begins at rest.",
        ('config | {"velocity": v}', "config"),
    ),
    # ---- adagrad ---------------------------------------------------------------------------------
    mistake(
        "adagrad",
        "decays",
        "Your cache decays as in RMSProp. AdaGrad's is the plain sum of all squares: it never "
        "shrinks.",
        ('config["cache"] + dw**2', '0.99 * config["cache"] + 0.01 * dw**2'),
    ),
    mistake(
        "adagrad",
        "forgets",
        "Your cache holds the square of the last gradient only. Add it to those of all steps "
        "before.",
        ('config["cache"] + dw**2', "dw**2"),
    ),
    mistake(
        "adagrad",
        "no root",
        "adagrad divides by the sum of squares itself. Take its root, or large gradients make "
        "tiny steps.",
        ("np.sqrt(cache)", "cache"),
    ),
    mistake(
        "adagrad",
        "uses the old cache",
        "adagrad divides by the cache from before this gradient, which is zero at the first step. "
        "Add dw² first.",
        ("np.sqrt(cache)", 'np.sqrt(config["cache"])'),
    ),
    mistake(
        "adagrad",
        "one step size for all weights",
        "adagrad divides all weights by one number. Each weight has a sum of its own: do not sum "
        "over the array.",
        ("dw**2", "np.sum(dw**2)"),
    ),
    mistake(
        "adagrad",
        "no epsilon",
        "adagrad gives NaN where a weight has never had a gradient: 0 / √0. Add epsilon to the "
        "root.",
        ('(np.sqrt(cache) + config["epsilon"])', "np.sqrt(cache)"),
    ),
    mistake(
        "adagrad",
        "sums absolute values",
        "Your cache adds up |dw|. AdaGrad adds up the squares, and takes the root of the sum.",
        ("dw**2", "np.abs(dw)"),
    ),
    # ---- adadelta --------------------------------------------------------------------------------
    mistake(
        "adadelta",
        "no average of the steps",
        "delta_cache never changes, so AdaDelta's steps never grow. Average the squares of δ: D ← "
        "ρ D + (1 - ρ) δ².",
        ('rho * config["delta_cache"] + (1 - rho) * delta**2', 'config["delta_cache"]'),
    ),
    mistake(
        "adadelta",
        "averages the gradients twice",
        "delta_cache averages the squares of dw. It averages the squares of the steps δ.",
        ("(1 - rho) * delta**2", "(1 - rho) * dw**2"),
    ),
    mistake(
        "adadelta",
        "average with the learning rate",
        "delta_cache averages η δ. Leave the learning rate out of it: D averages δ alone.",
        ("(1 - rho) * delta**2", '(1 - rho) * (config["learning_rate"] * delta) ** 2'),
    ),
    mistake(
        "adadelta",
        "epsilon outside the roots",
        "Both ε of AdaDelta stand inside their roots: √(D + ε) / √(G + ε). Outside, the first "
        "steps are √ε times "
        "as long: next to nothing.",
        ('np.sqrt(config["delta_cache"] + epsilon)', '(np.sqrt(config["delta_cache"]) + epsilon)'),
        ("np.sqrt(cache + epsilon)", "(np.sqrt(cache) + epsilon)"),
    ),
    mistake(
        "adadelta",
        "fraction upside down",
        "Your fraction stands on its head: the root of the steps' average goes above, that of the "
        "gradients' below.",
        (
            'np.sqrt(config["delta_cache"] + epsilon) / np.sqrt(cache + epsilon)',
            'np.sqrt(cache + epsilon) / np.sqrt(config["delta_cache"] + epsilon)',
        ),
    ),
    mistake(
        "adadelta",
        "ignores the learning rate",
        "adadelta does not multiply δ by the learning rate. Its default is 1, but config may hold "
        "another one.",
        ('config["learning_rate"] * delta', "delta"),
    ),
    mistake(
        "adadelta",
        "swaps the shares",
        "The old average gets 1 - ρ and the new square ρ. It is the other way round: ρ is what is "
        "kept.",
        ('rho * config["cache"] + (1 - rho) * dw**2', '(1 - rho) * config["cache"] + rho * dw**2'),
    ),
    # ---- rmsprop ---------------------------------------------------------------------------------
    mistake(
        "rmsprop",
        "never forgets",
        "Your cache is the sum of all squares, as in AdaGrad. RMSProp keeps a running mean: ρ G + "
        "(1 - ρ) dw².",
        ('rho * config["cache"] + (1 - rho) * dw**2', 'config["cache"] + dw**2'),
    ),
    mistake(
        "rmsprop",
        "swaps the shares",
        "The old mean gets 1 - ρ and the new square ρ. It is the other way round: ρ is what is "
        "kept.",
        ('rho * config["cache"] + (1 - rho) * dw**2', '(1 - rho) * config["cache"] + rho * dw**2'),
    ),
    mistake(
        "rmsprop",
        "adds the full square",
        "The new square enters the cache without the factor 1 - ρ, so the cache is no mean: it "
        "grows far too large.",
        ("(1 - rho) * dw**2", "dw**2"),
    ),
    mistake(
        "rmsprop",
        "multiplies by the root",
        "rmsprop multiplies by the root of the cache. Divide by it: large gradients are to be "
        "made smaller.",
        ('dw / (np.sqrt(cache) + config["epsilon"])', 'dw * (np.sqrt(cache) + config["epsilon"])'),
    ),
    mistake(
        "rmsprop",
        "no root",
        "rmsprop divides by the mean of the squares itself. Take its root first.",
        ("np.sqrt(cache)", "cache"),
    ),
    mistake(
        "rmsprop",
        "averages the gradient",
        "Your cache averages dw, not its square: gradients that change their sign cancel in it.",
        ("(1 - rho) * dw**2", "(1 - rho) * dw"),
        ("np.sqrt(cache)", "np.abs(cache)"),
    ),
    mistake(
        "rmsprop",
        "no epsilon",
        "rmsprop gives NaN where a weight has had no gradient yet: 0 / √0. Add epsilon to the "
        "root.",
        ('(np.sqrt(cache) + config["epsilon"])', "np.sqrt(cache)"),
    ),
    # ---- adam ------------------------------------------------------------------------------------
    mistake(
        "adam",
        "no bias correction",
        "adam takes m and v as they are. They start at zero, so divide them by 1 - β₁ᵗ and 1 - "
        "β₂ᵗ first.",
        ("m / (1 - beta1**t), v / (1 - beta2**t)", "m, v"),
    ),
    mistake(
        "adam",
        "correction without the power",
        "Your correction divides by 1 - β at every step. t is an exponent there: 1 - βᵗ, which "
        "approaches 1.",
        ("m / (1 - beta1**t), v / (1 - beta2**t)", "m / (1 - beta1), v / (1 - beta2)"),
    ),
    mistake(
        "adam",
        "t raised after use",
        "adam corrects with the t from before this step, and 1 - β⁰ is zero. Add 1 to t first.",
        (
            "m / (1 - beta1**t), v / (1 - beta2**t)",
            "m / (1 - beta1 ** (t - 1)), v / (1 - beta2 ** (t - 1))",
        ),
    ),
    mistake(
        "adam",
        "t does not count",
        "adam returns the t that it was given, so every step is corrected like the first one. "
        "Return t + 1 in config.",
        ('"v": v, "t": t}', '"v": v}'),
    ),
    mistake(
        "adam",
        "stores the corrected moments",
        "adam returns m̂ and v̂ in config. The correction serves one step only: keep m and v as "
        "they were before it.",
        ('"m": m, "v": v,', '"m": m_hat, "v": v_hat,'),
    ),
    mistake(
        "adam",
        "multiplies by the root",
        "adam multiplies by the root of v̂. Divide by it: large gradients are to be made smaller.",
        (
            'm_hat / (np.sqrt(v_hat) + config["epsilon"])',
            'm_hat * (np.sqrt(v_hat) + config["epsilon"])',
        ),
    ),
    mistake(
        "adam",
        "no root",
        "adam divides by v̂ itself. Take its root first: then the first step has the length η, "
        "for any gradient.",
        ("np.sqrt(v_hat)", "v_hat"),
    ),
    mistake(
        "adam",
        "swaps the betas",
        "The two β are swapped: β₁ belongs to m, the mean of the gradient, and β₂ to v, the mean "
        "of its square.",
        ('config["beta1"], config["beta2"]', 'config["beta2"], config["beta1"]'),
    ),
    mistake(
        "adam",
        "no momentum",
        "adam steps along dw. The numerator is m̂, the corrected mean of the gradients.",
        ("* m_hat /", "* dw /"),
    ),
    mistake(
        "adam",
        "no epsilon",
        "adam gives NaN where a weight has had no gradient yet: 0 / √0. Add epsilon to the root.",
        ('(np.sqrt(v_hat) + config["epsilon"])', "np.sqrt(v_hat)"),
    ),
    mistake(
        "adam",
        "ignores the epsilon of config",
        "adam has an epsilon of its own. Take config's, and 1e-8 only where config has none.",
        ('config["epsilon"]', "1e-8"),
    ),
    mistake(
        "adam",
        "modifies the moments",
        "adam overwrites the m and v that were passed in (`m *= …`). Compute new arrays: a saved "
        "config must stay.",
        instead=adam_in_place,
    ),
    mistake(
        "adam",
        "float64 by the way",
        "adam turns float32 weights into float64: np.sqrt of a number is a float64 of numpy's. "
        "Use ** 0.5 there.",
        ('config["learning_rate"] * m_hat', 'np.float64(config["learning_rate"]) * m_hat'),
    ),
    # ---- adamw -----------------------------------------------------------------------------------
    mistake(
        "adamw",
        "L2 in the gradient",
        "adamw adds λ w to the gradient. There it is divided by √v̂ and hardly decays anything: "
        "subtract η λ w from w, "
        "beside the adaptive step.",
        instead=adamw_with_l2_in_the_gradient,
    ),
    mistake(
        "adamw",
        "decay without the learning rate",
        "Your decay is λ w. It is multiplied by the learning rate here: η λ w.",
        ('config["learning_rate"] * weight_decay * w', "weight_decay * w"),
    ),
    mistake(
        "adamw",
        "decays the new weights",
        "Your decay multiplies the weights after the adaptive step. It uses w from before the "
        "step.",
        ("weight_decay * w,", "weight_decay * next_w,"),
    ),
    mistake(
        "adamw",
        "grows the weights",
        "adamw adds η λ w, so the weights grow. Decay subtracts it.",
        ('next_w - config["learning_rate"] * weight', 'next_w + config["learning_rate"] * weight'),
    ),
    mistake(
        "adamw",
        "no decay",
        "adamw is Adam: nothing shrinks the weights. Subtract η λ w from them as well.",
        ('next_w - config["learning_rate"] * weight_decay * w', "next_w"),
    ),
    mistake(
        "adamw",
        "forgets weight_decay",
        "adamw does not return weight_decay in config, so the second step falls back to the "
        "default.",
        ('config | {"weight_decay": weight_decay}', "config"),
    ),
    mistake(
        "adamw",
        "halves the decay",
        "Your decay is η λ w / 2. It is η λ w: the one half belongs to the penalty λ/2 ‖w‖², not "
        "to its slope.",
        ("weight_decay * w,", "weight_decay * w / 2,"),
    ),
    # ---- nadam -----------------------------------------------------------------------------------
    mistake(
        "nadam",
        "is Adam",
        "nadam uses m̂, as Adam does. It looks one step ahead: β₁ m / (1 - β₁ᵗ⁺¹) + (1 - β₁) dw / "
        "(1 - β₁ᵗ).",
        (
            "beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * dw / (1 - beta1**t)",
            "m / (1 - beta1**t)",
        ),
    ),
    mistake(
        "nadam",
        "correction one step late",
        "nadam corrects m with β₁ᵗ. In the look-ahead it is the moment of the next step, so the "
        "power is t + 1.",
        ("beta1 ** (t + 1)", "beta1**t"),
    ),
    mistake(
        "nadam",
        "leaves out the gradient",
        "nadam leaves the new gradient out of the look-ahead: (1 - β₁) dw / (1 - β₁ᵗ) is to be "
        "added.",
        (" + (1 - beta1) * dw / (1 - beta1**t)", ""),
    ),
    mistake(
        "nadam",
        "adds the full gradient",
        "The gradient enters nadam's look-ahead with weight 1. Its weight is 1 - β₁, before the "
        "correction.",
        ("+ (1 - beta1) * dw / (1 - beta1**t)", "+ dw / (1 - beta1**t)"),
    ),
    mistake(
        "nadam",
        "gradient without correction",
        "nadam does not correct the gradient's part of the look-ahead: divide (1 - β₁) dw by 1 - "
        "β₁ᵗ.",
        ("(1 - beta1) * dw / (1 - beta1**t)", "(1 - beta1) * dw"),
    ),
    mistake(
        "nadam",
        "v without correction",
        "nadam takes v as it is. It starts at zero, so divide it by 1 - β₂ᵗ.",
        ("v / (1 - beta2**t)", "v"),
    ),
    mistake(
        "nadam",
        "old moment in the look-ahead",
        "nadam looks ahead with the m from before this gradient. Update m first.",
        ("beta1 * m / (1", 'beta1 * config["m"] / (1'),
    ),
    # ---- averaged_sgd ----------------------------------------------------------------------------
    mistake(
        "averaged_sgd",
        "goes on from the average",
        "averaged_sgd returns the average as the next weights. Training goes on from the plain "
        "step; the average "
        "only stands in config.",
        ("return next_w,", "return average,"),
    ),
    mistake(
        "averaged_sgd",
        "averages the old weights",
        "Your average takes w from before the step. It is the mean of the weights after each step.",
        ("(next_w - config", "(w - config"),
    ),
    mistake(
        "averaged_sgd",
        "counts the start",
        "Your average counts the starting point as well. It is the mean of the weights after each "
        "step, w₁ to w_t.",
        instead=averaged_sgd_from_the_start,
    ),
    mistake(
        "averaged_sgd",
        "is a sum",
        "Your average is the sum of all weights. Move it by (w - average) / t, and it stays their "
        "mean.",
        ('(next_w - config["average"]) / t', "next_w"),
    ),
    mistake(
        "averaged_sgd",
        "forgets the old weights",
        "Your average gives the newest weights a fixed share. Here every step counts alike: the "
        "share is 1/t.",
        ('(next_w - config["average"]) / t', '(next_w - config["average"]) * 0.1'),
    ),
    mistake(
        "averaged_sgd",
        "t does not count",
        "averaged_sgd returns the t that it was given, so the average is always the newest "
        "weight. Return t + 1.",
        ('"average": average, "t": t}', '"average": average}'),
    ),
    # ---- clip_by_norm ----------------------------------------------------------------------------
    mistake(
        "clip_by_norm",
        "clips each array alone",
        "clip_by_norm shortens each array by its own norm, which turns the direction. One norm "
        "and one factor serve "
        "the whole list.",
        instead=clip_each_array_alone,
    ),
    mistake(
        "clip_by_norm",
        "makes short gradients longer",
        "clip_by_norm scales short gradients up to max_norm. What is short enough stays: the "
        "factor is at most 1.",
        (
            "float(max_norm) / norm if norm > max_norm else 1.0",
            "float(max_norm) / norm if norm > 0 else 1.0",
        ),
    ),
    mistake(
        "clip_by_norm",
        "adds up the norms",
        "Your norm is the sum of the arrays' norms. Add up the squares of all elements, and take "
        "one root at the end.",
        (
            "float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads)))",
            "float(sum(np.sqrt(np.sum(g.astype(np.float64) ** 2)) for g in grads))",
        ),
    ),
    mistake(
        "clip_by_norm",
        "no root",
        "Your norm is the sum of the squares. Take its root.",
        (
            "float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads)))",
            "float(sum(np.sum(g.astype(np.float64) ** 2) for g in grads))",
        ),
    ),
    mistake(
        "clip_by_norm",
        "returns the norm after clipping",
        "clip_by_norm returns the norm after clipping. Return the one from before: it shows when "
        "training explodes.",
        ("for g in grads], norm", "for g in grads], norm * scale"),
    ),
    mistake(
        "clip_by_norm",
        "clips by value",
        "clip_by_norm cuts off single elements, which turns the direction. Multiply all of them "
        "by one factor.",
        ("[g * scale for g in grads]", "[np.clip(g, -max_norm, max_norm) for g in grads]"),
    ),
    mistake(
        "clip_by_norm",
        "modifies grads",
        "clip_by_norm multiplies the arrays that it was given in place. Return new ones.",
        (
            "[g * scale for g in grads]",
            "[np.multiply(g, scale, out=g) if g.ndim else g * scale for g in grads]",
        ),
    ),
    mistake(
        "clip_by_norm",
        "divides by a norm of zero",
        "clip_by_norm gives NaN for a gradient of zeros. Only divide by the norm when it is "
        "larger than max_norm.",
        (
            "float(max_norm) / norm if norm > max_norm else 1.0",
            "float(max_norm) / norm if norm > max_norm else 1.0 if norm else float('nan')",
        ),
    ),
    mistake(
        "clip_by_norm",
        "overflows in float32",
        "clip_by_norm squares float32 values as float32: beyond 1e19 the square is infinite. Sum "
        "in float64.",
        ("np.sum(g.astype(np.float64) ** 2)", "np.sum(g**2)"),
    ),
    mistake(
        "clip_by_norm",
        "accepts any max_norm",
        "clip_by_norm accepts a max_norm of zero or less, which turns the gradient off or around. "
        "Raise ValueError.",
        ("not max_norm > 0", "False"),
    ),
    # ---- minimise --------------------------------------------------------------------------------
    mistake(
        "minimise",
        "drops the config",
        "minimise gives its first config to every step. Hand on the one that the rule returned: "
        "it holds the velocity.",
        ("w, config = rule(w, dw, config)", "w, _ = rule(w, dw, config)"),
    ),
    mistake(
        "minimise",
        "the last loss is missing",
        "losses lacks the value at the w that is returned: there is one before each step, and one "
        "after the last.",
        ("losses.append(float(f_and_grad(w)[0]))", ""),
    ),
    mistake(
        "minimise",
        "the first loss is missing",
        "losses lacks f(w0). There are num_steps + 1 of them, and losses[0] is the one before the "
        "first step.",
        ("return w, config, losses", "return w, config, losses[1:]"),
    ),
    mistake(
        "minimise",
        "one step too many",
        "minimise takes num_steps + 1 steps.",
        ("range(num_steps)", "range(num_steps + 1)"),
    ),
    mistake(
        "minimise",
        "one step too few",
        "minimise takes num_steps - 1 steps.",
        ("range(num_steps)", "range(num_steps - 1)"),
    ),
    mistake(
        "minimise",
        "keeps the first gradient",
        "minimise walks along the gradient at w0 all the way. Ask f_and_grad again at every new w.",
        instead=minimise_with_the_first_gradient,
    ),
    mistake(
        "minimise",
        "accepts a negative number of steps",
        "minimise does nothing when num_steps is negative. Raise a ValueError that names it.",
        ("num_steps < 0", "False"),
    ),
    mistake(
        "minimise",
        "needs a config",
        "minimise fails when config is None. It stands for an empty dict: the rule's defaults.",
        ("dict(config or {})", "dict(config)"),
    ),
]
