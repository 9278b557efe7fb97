"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

import numpy as np

from grader.feedback import mistake


def statistics_with_one_weight_matrix(
    depth, activation, init, rng, width=64, batch_size=64, skip=False
):
    W = init(width, width, rng)
    _, _, outputs = _forward(depth, activation, lambda *_: W, rng, width, batch_size, skip)  # noqa: F821 - the reference's
    return np.array([h.mean() for h in outputs[1:]]), np.array([h.std() for h in outputs[1:]])


def norms_with_one_weight_matrix(depth, activation, init, rng, width=64, batch_size=64, skip=False):
    W = init(width, width, rng)
    weights, branches, outputs = _forward(  # noqa: F821 - lives in the reference, where this function is put
        depth, activation, lambda *_: W, rng, width, batch_size, skip
    )
    _, slope = _ACTIVATIONS[activation]  # noqa: F821 - as above
    dh, norms = rng.normal(size=(batch_size, width)) / batch_size, []
    for W, a, h in reversed(list(zip(weights, branches, outputs[:-1], strict=True))):
        dz = dh * slope(a)
        norms.append(np.linalg.norm(h.T @ dz))
        dh = dz @ W.T + (dh if skip else 0)
    return np.array(norms[::-1])


def statistics_before_the_activation(
    depth, activation, init, rng, width=64, batch_size=64, skip=False
):
    weights, _, outputs = _forward(depth, activation, init, rng, width, batch_size, skip)  # noqa: F821 - as above
    z = [h @ W for h, W in zip(outputs[:-1], weights, strict=True)]
    return np.array([one.mean() for one in z]), np.array([one.std() for one in z])


MISTAKES = [
    # ---- zeros_init ------------------------------------------------------------------------------
    mistake(
        "zeros_init",
        "swaps the fans",
        "zeros_init gives an array (fan_out, fan_in). x @ W needs (fan_in, fan_out).",
        ("np.zeros((fan_in, fan_out))", "np.zeros((fan_out, fan_in))"),
    ),
    mistake(
        "zeros_init",
        "gives ones",
        "zeros_init gives ones.",
        ("np.zeros(", "np.ones("),
    ),
    mistake(
        "zeros_init",
        "gives integers",
        "zeros_init gives an array of integers, which cuts off every fraction that is written "
        "into it. Use float64.",
        ("np.zeros((fan_in, fan_out))", "np.zeros((fan_in, fan_out), dtype=int)"),
    ),
    mistake(
        "zeros_init",
        "accepts empty layers",
        "zeros_init accepts a layer without inputs or outputs. Raise a ValueError that names "
        "fan_in or fan_out.",
        ("_check_positive(fan_in=fan_in, fan_out=fan_out)", ""),
        ("np.zeros((fan_in, fan_out))", "np.zeros((max(fan_in, 0), max(fan_out, 0)))"),
    ),
    # ---- small_normal_init -----------------------------------------------------------------------
    mistake(
        "small_normal_init",
        "takes std for the variance",
        "Your weights have the variance std. std is the standard deviation, which is what "
        "rng.normal takes.",
        ("rng.normal(0, std, ", "rng.normal(0, np.sqrt(std), "),
    ),
    mistake(
        "small_normal_init",
        "ignores std",
        "small_normal_init draws with 0.01 whatever std says.",
        ("rng.normal(0, std, ", "rng.normal(0, 0.01, "),
    ),
    mistake(
        "small_normal_init",
        "uniform",
        "Your weights are uniform between -std and std. Draw them with rng.normal.",
        ("rng.normal(0, std, ", "rng.uniform(-std, std, "),
    ),
    mistake(
        "small_normal_init",
        "around std",
        "Your weights scatter around std. Their mean is 0: rng.normal takes mean, standard "
        "deviation, shape.",
        ("rng.normal(0, std, ", "rng.normal(std, std, "),
    ),
    mistake(
        "small_normal_init",
        "a generator of its own",
        "small_normal_init draws with a generator of its own, so all layers get the same weights. "
        "Draw with rng.",
        ("rng.normal", "np.random.default_rng(0).normal"),
    ),
    mistake(
        "small_normal_init",
        "accepts a negative std",
        "small_normal_init does not refuse a negative std with a ValueError that names it.",
        ("not std >= 0", "False"),
        ("rng.normal(0, std, ", "rng.normal(0, abs(std), "),
    ),
    # ---- fan_in_init -----------------------------------------------------------------------------
    mistake(
        "fan_in_init",
        "variance for standard deviation",
        "1/fan_in is the variance, and rng.normal takes the standard deviation: its root.",
        ("np.sqrt(1 / fan_in)", "1 / fan_in"),
    ),
    mistake(
        "fan_in_init",
        "counts the outputs",
        "fan_in_init divides by fan_out. A unit sums fan_in terms, one for each row of W.",
        ("np.sqrt(1 / fan_in)", "np.sqrt(1 / fan_out)"),
    ),
    mistake(
        "fan_in_init",
        "swaps the axes",
        "fan_in_init gives an array (fan_out, fan_in). x @ W needs (fan_in, fan_out).",
        ("(fan_in, fan_out))", "(fan_out, fan_in))"),
    ),
    mistake(
        "fan_in_init",
        "uniform",
        "Your weights are uniform between ±1/√fan_in, which has a third of the variance. Draw "
        "them with rng.normal.",
        (
            "rng.normal(0, np.sqrt(1 / fan_in)",
            "rng.uniform(-np.sqrt(1 / fan_in), np.sqrt(1 / fan_in)",
        ),
    ),
    mistake(
        "fan_in_init",
        "a generator of its own",
        "fan_in_init draws with a generator of its own, so all layers get the same weights. Draw "
        "with rng.",
        ("rng.normal", "np.random.default_rng(0).normal"),
    ),
    # ---- he_normal_init --------------------------------------------------------------------------
    mistake(
        "he_normal_init",
        "without the 2",
        "The variance is 1/fan_in. ReLU sets half of the signal to zero, so He's weights have "
        "twice that: 2/fan_in.",
        ("np.sqrt(2 / fan_in)", "np.sqrt(1 / fan_in)"),
    ),
    mistake(
        "he_normal_init",
        "variance for standard deviation",
        "2/fan_in is the variance, and rng.normal takes the standard deviation: its root.",
        ("np.sqrt(2 / fan_in)", "2 / fan_in"),
    ),
    mistake(
        "he_normal_init",
        "root of fan_in alone",
        "Your standard deviation is 2/√fan_in. The 2 belongs under the root as well: √(2/fan_in).",
        ("np.sqrt(2 / fan_in)", "2 / np.sqrt(fan_in)"),
    ),
    mistake(
        "he_normal_init",
        "counts the outputs",
        "he_normal_init divides by fan_out. A unit sums fan_in terms, one for each row of W.",
        ("np.sqrt(2 / fan_in)", "np.sqrt(2 / fan_out)"),
    ),
    mistake(
        "he_normal_init",
        "counts inputs and outputs",
        "Your variance is 2/(fan_in + fan_out), which is Xavier's. He's is 2/fan_in.",
        ("np.sqrt(2 / fan_in)", "np.sqrt(2 / (fan_in + fan_out))"),
    ),
    mistake(
        "he_normal_init",
        "a generator of its own",
        "he_normal_init draws with a generator of its own, so all layers get the same weights. "
        "Draw with rng.",
        ("rng.normal", "np.random.default_rng(0).normal"),
    ),
    # ---- xavier_uniform_init ---------------------------------------------------------------------
    mistake(
        "xavier_uniform_init",
        "6 / fan_in + fan_out",
        "6 / fan_in + fan_out divides first. The sum needs brackets: 6 / (fan_in + fan_out).",
        ("np.sqrt(6 / (fan_in + fan_out))", "np.sqrt(6 / fan_in + fan_out)"),
    ),
    mistake(
        "xavier_uniform_init",
        "no root",
        "Your bound is 6/(fan_in + fan_out). a is the root of that.",
        ("np.sqrt(6 / (fan_in + fan_out))", "6 / (fan_in + fan_out)"),
    ),
    mistake(
        "xavier_uniform_init",
        "bound is the standard deviation",
        "Your bound is √(2/(fan_in + fan_out)), the standard deviation. That of a uniform number "
        "in ±a is a/√3: "
        "so a = √(6/(fan_in + fan_out)).",
        ("np.sqrt(6 / (fan_in + fan_out))", "np.sqrt(2 / (fan_in + fan_out))"),
    ),
    mistake(
        "xavier_uniform_init",
        "the heuristic",
        "Your bound is 1/√fan_in. That is the heuristic which the paper replaces: a = √(6/(fan_in "
        "+ fan_out)).",
        ("np.sqrt(6 / (fan_in + fan_out))", "1 / np.sqrt(fan_in)"),
    ),
    mistake(
        "xavier_uniform_init",
        "one-sided",
        "Your weights lie between 0 and a. They are uniform from -a to a, with mean 0.",
        ("rng.uniform(-bound, bound, ", "rng.uniform(0, bound, "),
    ),
    mistake(
        "xavier_uniform_init",
        "normal",
        "Your weights are normal, with the right variance. Xavier's are uniform here, and none is "
        "beyond ±a.",
        ("rng.uniform(-bound, bound, ", "rng.normal(0, bound / np.sqrt(3), "),
    ),
    mistake(
        "xavier_uniform_init",
        "a generator of its own",
        "xavier_uniform_init draws with a generator of its own, so all layers get the same "
        "weights. Draw with rng.",
        ("rng.uniform", "np.random.default_rng(0).uniform"),
    ),
    # ---- activation_statistics -------------------------------------------------------------------
    mistake(
        "activation_statistics",
        "counts the input",
        "means and stds begin with the input h₀. They are those of h₁ … h_depth: the outputs of "
        "the layers.",
        ("[h.mean() for h in outputs[1:]]", "[h.mean() for h in outputs]"),
        ("[h.std() for h in outputs[1:]]", "[h.std() for h in outputs]"),
    ),
    mistake(
        "activation_statistics",
        "leaves out the last layer",
        "means and stds are those of the layers' inputs, h₀ to the last but one. Measure what "
        "comes out of each layer.",
        ("[h.mean() for h in outputs[1:]]", "[h.mean() for h in outputs[:-1]]"),
        ("[h.std() for h in outputs[1:]]", "[h.std() for h in outputs[:-1]]"),
    ),
    mistake(
        "activation_statistics",
        "variance for standard deviation",
        "stds holds variances. Take their roots.",
        ("h.std()", "h.var()"),
    ),
    mistake(
        "activation_statistics",
        "before the activation",
        "You measure z = h W, before the activation. Measure the output of the layer, after φ and "
        "the skip connection.",
        instead=statistics_before_the_activation,
    ),
    mistake(
        "activation_statistics",
        "no skip connections",
        "activation_statistics does not use skip. With it, each layer adds its input: h + φ(h W).",
        ("batch_size, skip)", "batch_size, False)"),
    ),
    mistake(
        "activation_statistics",
        "one weight matrix for all layers",
        "All layers use the same W. Call init once for each layer.",
        instead=statistics_with_one_weight_matrix,
    ),
    mistake(
        "activation_statistics",
        "swaps width and batch",
        "Your input has the shape (width, batch_size). Samples are rows: (batch_size, width).",
        ("width, batch_size, skip", "batch_size, width, skip"),
    ),
    # ---- gradient_norms_by_layer -----------------------------------------------------------------
    mistake(
        "gradient_norms_by_layer",
        "last layer first",
        "norms runs from the last layer to the first, as you compute it. Turn it round: norms[0] "
        "is the first layer's.",
        ("norms[::-1]", "norms"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "no slope",
        "You leave out φ'. The gradient passes the activation, dz = dh φ'(z), before it meets h "
        "and W.",
        ("dh * slope(a)", "dh"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "W not transposed",
        "The gradient goes back through Wᵀ: dh = dz Wᵀ. W is square here, so a missing transpose "
        "raises no error.",
        ("dz @ W.T", "dz @ W"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "no mean over the batch",
        "Your norms are batch_size times too large. L is divided by N, and so is its gradient.",
        ("size=(batch_size, width)) / batch_size", "size=(batch_size, width))"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "gradient skips no layer",
        "With skip connections the gradient also goes around the layer: dh ← dz Wᵀ + dh.",
        ("(dh if skip else 0)", "0"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "squared norms",
        "You return squared norms. Take the root of the sum of squares.",
        ("np.linalg.norm(h.T @ dz)", "np.sum((h.T @ dz) ** 2)"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "gradient of the wrong thing",
        "You measure dz, the gradient of a layer's output before φ. That of its weights is hᵀ dz.",
        ("np.linalg.norm(h.T @ dz)", "np.linalg.norm(dz)"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "output of the layer for its input",
        "∂L/∂W is hᵀ dz with the input h of the layer. You take its output.",
        ("outputs[:-1]", "outputs[1:]"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "the activation is passed by",
        "The gradient that you hand to the layer below has not passed the activation: it is dz "
        "Wᵀ, not dh Wᵀ.",
        ("dz @ W.T", "dh @ W.T"),
    ),
    mistake(
        "gradient_norms_by_layer",
        "one weight matrix for all layers",
        "All layers use the same W. Call init once for each layer.",
        instead=norms_with_one_weight_matrix,
    ),
    # ---- constant --------------------------------------------------------------------------------
    mistake(
        "constant",
        "accepts steps before the first",
        "constant takes a negative t. The first step is 0: raise a ValueError that names t.",
        ("_check(t)", ""),
    ),
    # ---- inverse_time_decay ----------------------------------------------------------------------
    mistake(
        "inverse_time_decay",
        "a / b + t",
        "a / b + t divides first. The sum needs brackets: a / (b + t).",
        ("a / (b + t)", "a / b + t"),
    ),
    mistake(
        "inverse_time_decay",
        "b as a rate",
        "You compute a / (1 + b t). Here b counts steps: a / (b + t).",
        ("a / (b + t)", "a / (1 + b * t)"),
    ),
    mistake(
        "inverse_time_decay",
        "one step late",
        "Your rates lag by a step. The first step is t = 0 and has the rate a / b.",
        ("a / (b + t)", "a / (b + max(t - 1, 0))"),
    ),
    # ---- linear_decay ----------------------------------------------------------------------------
    mistake(
        "linear_decay",
        "below zero",
        "After total_steps your rate is negative, and training climbs uphill. It stays at 0.",
        ("max(0.0, (total_steps - t) / total_steps)", "(total_steps - t) / total_steps"),
    ),
    mistake(
        "linear_decay",
        "one step ahead",
        "Your rates are one step ahead. The first step is t = 0 and has the full lr.",
        ("(total_steps - t) / total_steps", "(total_steps - t - 1) / total_steps"),
    ),
    mistake(
        "linear_decay",
        "zero at the last step",
        "Your rate is 0 at the last step, t = total_steps - 1, which is wasted then. It is 0 from "
        "t = total_steps on.",
        ("(total_steps - t) / total_steps", "(total_steps - 1 - t) / max(total_steps - 1, 1)"),
    ),
    mistake(
        "linear_decay",
        "whole numbers",
        "You divide with //, which gives 1 or 0 and nothing between.",
        ("(total_steps - t) / total_steps", "(total_steps - t) // total_steps"),
    ),
    # ---- step_decay ------------------------------------------------------------------------------
    mistake(
        "step_decay",
        "smooth",
        "You divide with /, so the rate falls at every step. Whole periods count: t // step_size.",
        ("t // step_size", "t / step_size"),
    ),
    mistake(
        "step_decay",
        "drops one step early",
        "Your first drop comes one step early. It comes at t = step_size, not before.",
        ("t // step_size", "(t + 1) // step_size"),
    ),
    mistake(
        "step_decay",
        "multiplies the number of drops",
        "You multiply by factor times the number of drops. Each drop multiplies once more: factor "
        "to that power.",
        ("factor ** (t // step_size)", "(factor * (t // step_size) or 1)"),
    ),
    mistake(
        "step_decay",
        "ignores the factor",
        "step_decay always drops by 0.1. The factor is an argument.",
        ("factor ** (t", "0.1 ** (t"),
    ),
    mistake(
        "step_decay",
        "drops once",
        "Your rate drops at t = step_size and never again. It drops every step_size steps.",
        ("t // step_size", "min(t // step_size, 1)"),
    ),
    # ---- exponential_decay -----------------------------------------------------------------------
    mistake(
        "exponential_decay",
        "one step ahead",
        "Your rates are one step ahead. The first step is t = 0 and has the full lr.",
        ("factor**t", "factor ** (t + 1)"),
    ),
    mistake(
        "exponential_decay",
        "factor as an exponent",
        "You compute lr · exp(-factor · t). Here the rate is multiplied by factor after every "
        "step: lr · factorᵗ.",
        ("factor**t", "math.exp(-factor * t)"),
    ),
    mistake(
        "exponential_decay",
        "multiplies by t",
        "You multiply factor by t. It is a power: lr · factorᵗ, which is lr at t = 0.",
        ("factor**t", "factor * t"),
    ),
    # ---- cosine_decay ----------------------------------------------------------------------------
    mistake(
        "cosine_decay",
        "climbs again",
        "After total_steps your cosine climbs again. The rate stays at min_lr.",
        ("min(1.0, t / total_steps)", "t / total_steps"),
    ),
    mistake(
        "cosine_decay",
        "without the one half",
        "Your first rate is 2 lr - min_lr: 1 + cos(0) is 2. Halve it.",
        (
            "(1 + math.cos(math.pi * min(1.0, t / total_steps))) / 2",
            "(1 + math.cos(math.pi * min(1.0, t / total_steps)))",
        ),
    ),
    mistake(
        "cosine_decay",
        "ignores min_lr",
        "cosine_decay always ends at 0. It goes down to min_lr.",
        ("min_lr + (lr - min_lr) * (1", "lr * (1"),
    ),
    mistake(
        "cosine_decay",
        "min_lr on top",
        "You add min_lr to a decay of the whole lr, so the first rate is lr + min_lr. Only lr - "
        "min_lr decays.",
        ("(lr - min_lr)", "lr"),
    ),
    mistake(
        "cosine_decay",
        "a quarter of the turn",
        "Your cosine runs over a quarter of a turn only. Half a turn, π, takes it from 1 to -1.",
        ("math.pi * min", "math.pi / 2 * min"),
    ),
    mistake(
        "cosine_decay",
        "upside down",
        "Your rate rises from min_lr to lr. Decay starts at lr: 1 + cos, not 1 - cos.",
        ("(1 + math.cos", "(1 - math.cos"),
    ),
    # ---- linear_warmup ---------------------------------------------------------------------------
    mistake(
        "linear_warmup",
        "keeps rising",
        "Your rate keeps rising after warmup_steps. From there on it is lr.",
        ("min(1.0, t / warmup_steps)", "t / warmup_steps"),
    ),
    mistake(
        "linear_warmup",
        "starts one step ahead",
        "Your rates are one step ahead. This warm-up starts at 0, and reaches lr at t = "
        "warmup_steps.",
        ("min(1.0, t / warmup_steps)", "min(1.0, (t + 1) / warmup_steps)"),
    ),
    mistake(
        "linear_warmup",
        "does not arrive",
        "Your warm-up is one step too long: at t = warmup_steps the rate is lr.",
        ("min(1.0, t / warmup_steps)", "min(1.0, t / (warmup_steps + 1))"),
    ),
    mistake(
        "linear_warmup",
        "never reaches lr",
        "Your warm-up never reaches lr: it stops one step below. At t = warmup_steps the rate is "
        "lr.",
        ("min(1.0, t / warmup_steps)", "min(t, warmup_steps - 1) / warmup_steps"),
    ),
    # ---- warmup_cosine ---------------------------------------------------------------------------
    mistake(
        "warmup_cosine",
        "cosine counts from the first step",
        "Your cosine counts its steps from t = 0, so the rate jumps where the pieces meet. It "
        "begins at warmup_steps.",
        ("cosine_decay(t - warmup_steps,", "cosine_decay(t,"),
    ),
    mistake(
        "warmup_cosine",
        "total_steps without the warm-up",
        "Your decay takes total_steps steps after the warm-up. total_steps counts the warm-up "
        "too: T - K are left.",
        ("total_steps - warmup_steps, min_lr", "total_steps, min_lr"),
    ),
    mistake(
        "warmup_cosine",
        "warms up from min_lr",
        "Your warm-up starts at min_lr. It starts at 0; min_lr is where the decay ends.",
        (
            "return linear_warmup(t, lr, warmup_steps)",
            "return min_lr + linear_warmup(t, lr - min_lr, warmup_steps)",
        ),
    ),
    mistake(
        "warmup_cosine",
        "cosine alone",
        "Your rate has no warm-up: before t = warmup_steps it is lr t / K.",
        ("return linear_warmup(t, lr, warmup_steps)", "return lr"),
    ),
    # ---- triangular_cycle ------------------------------------------------------------------------
    mistake(
        "triangular_cycle",
        "starts at the top",
        "Your cycle starts at lr. It starts at the bottom: min_lr at t = 0.",
        (
            "(1 - abs(t % (2 * half_cycle) / half_cycle - 1))",
            "abs(t % (2 * half_cycle) / half_cycle - 1)",
        ),
    ),
    mistake(
        "triangular_cycle",
        "saw",
        "Your rate jumps back to min_lr after half_cycle steps. It goes down as slowly as it went "
        "up: the period is "
        "2 half_cycle.",
        ("(1 - abs(t % (2 * half_cycle) / half_cycle - 1))", "(t % half_cycle / half_cycle)"),
    ),
    mistake(
        "triangular_cycle",
        "half a period",
        "Your cycle is over after half_cycle steps. That is the way up; the way down takes as "
        "many.",
        ("t % (2 * half_cycle) / half_cycle - 1", "2 * (t % half_cycle) / half_cycle - 1"),
    ),
    mistake(
        "triangular_cycle",
        "ignores min_lr",
        "Your cycle goes down to 0. Its bottom is min_lr.",
        ("min_lr + (lr - min_lr) *", "lr *"),
    ),
    mistake(
        "triangular_cycle",
        "min_lr on top",
        "Your cycle rises to lr + min_lr. Only lr - min_lr goes up and down.",
        ("(lr - min_lr)", "lr"),
    ),
    mistake(
        "triangular_cycle",
        "one cycle only",
        "Your cycle is not repeated. After 2 half_cycle steps it begins anew: look at t % (2 * "
        "half_cycle).",
        ("t % (2 * half_cycle) / half_cycle", "min(t, 2 * half_cycle) / half_cycle"),
    ),
    # ---- cosine_warm_restarts --------------------------------------------------------------------
    mistake(
        "cosine_warm_restarts",
        "periods do not grow",
        "All your periods are equally long. Each one is growth times as long as the one before.",
        ("period *= growth", "pass"),
    ),
    mistake(
        "cosine_warm_restarts",
        "restarts one step late",
        "Your restart comes one step late. At t = period the rate is lr again, and min_lr itself "
        "is never reached.",
        ("while t >= period", "while t > period"),
    ),
    mistake(
        "cosine_warm_restarts",
        "periods grow by a sum",
        "Your periods grow by the same number of steps each time. They grow by a factor: period · "
        "growth, · growth², …",
        (
            "while t >= period:\n        t -= period\n        period *= growth",
            "first = period\n    while t >= period:\n        t -= period\n        period += first "
            "* (growth - 1)",
        ),
    ),
    mistake(
        "cosine_warm_restarts",
        "never restarts",
        "Your rate stays at the bottom after the first period. It jumps back to lr, again and "
        "again.",
        ("while t >= period", "while False"),
    ),
    mistake(
        "cosine_warm_restarts",
        "grows once",
        "Only your second period is longer. The third is growth times as long as the second, and "
        "so on.",
        ("period *= growth", "period, growth = period * growth, 1"),
    ),
    # ---- one_cycle -------------------------------------------------------------------------------
    mistake(
        "one_cycle",
        "lr is the start",
        "Your cycle starts at lr and rises to lr · div_factor. lr is the peak: the start is lr / "
        "div_factor.",
        (
            "start, peak = lr / div_factor, warmup_fraction * total_steps",
            "start, peak, lr = lr, warmup_fraction * total_steps, lr * div_factor",
        ),
    ),
    mistake(
        "one_cycle",
        "end measured from the peak",
        "Your end is lr / final_div_factor. It is measured from the start: lr / div_factor / "
        "final_div_factor.",
        ("min_lr=start / final_div_factor", "min_lr=lr / final_div_factor"),
    ),
    mistake(
        "one_cycle",
        "ends at the start",
        "Your cycle ends where it started. It goes on down to start / final_div_factor.",
        ("min_lr=start / final_div_factor", "min_lr=start"),
    ),
    mistake(
        "one_cycle",
        "straight way up",
        "Your way up is a straight line. It is half a cosine here, as the way down.",
        ("cosine_decay(t, start, peak, min_lr=lr)", "start + (lr - start) * t / peak"),
    ),
    mistake(
        "one_cycle",
        "way down too long",
        "Your way down takes total_steps steps. The way up counts: total_steps - K are left.",
        ("total_steps - peak, min_lr", "total_steps, min_lr"),
    ),
    mistake(
        "one_cycle",
        "peak in the middle",
        "Your peak is in the middle, whatever warmup_fraction says. It is at t = warmup_fraction "
        "· total_steps.",
        ("warmup_fraction * total_steps", "total_steps / 2"),
    ),
    mistake(
        "one_cycle",
        "rounds the peak",
        "You round the peak to a whole step. K = warmup_fraction · total_steps may lie between "
        "two.",
        ("warmup_fraction * total_steps", "max(1, int(warmup_fraction * total_steps))"),
    ),
    # ---- ReduceOnPlateau -------------------------------------------------------------------------
    mistake(
        "ReduceOnPlateau.step",
        "lets one more pass",
        "Your rate drops one measurement late: the patience-th that is no better reduces it, as "
        "in Keras.",
        ("self.num_bad >= self.patience", "self.num_bad > self.patience"),
    ),
    mistake(
        "ReduceOnPlateau.step",
        "does not reset the count after a reduction",
        "After a reduction your count goes on, so every further bad measurement reduces again. "
        "Set num_bad to 0.",
        (
            "self.lr, self.num_bad = max(self.min_lr, self.lr * self.factor), 0",
            "self.lr = max(self.min_lr, self.lr * self.factor)",
        ),
    ),
    mistake(
        "ReduceOnPlateau.step",
        "does not reset the count at an improvement",
        "You count all bad measurements since the last reduction. They have to come in a row: a "
        "new best sets it to 0.",
        ("self.best, self.num_bad = metric, 0", "self.best = metric"),
    ),
    mistake(
        "ReduceOnPlateau.step",
        "an equal metric is an improvement",
        "A metric that equals the best resets your count. Only what is below the best does.",
        ("metric < self.best", "metric <= self.best"),
    ),
    mistake(
        "ReduceOnPlateau.step",
        "compares with the last measurement",
        "You compare with the measurement before. Compare with the best of all.",
        (
            "            self.num_bad += 1",
            "            self.best = metric\n            self.num_bad += 1",
        ),
    ),
    mistake(
        "ReduceOnPlateau.step",
        "forgets the best",
        "After a reduction you forget the best metric. A reduction resets the count, not the best.",
        (
            "self.lr, self.num_bad = max(self.min_lr, self.lr * self.factor), 0",
            "self.lr, self.num_bad, self.best = max(self.min_lr, self.lr * self.factor), 0, "
            "math.inf",
        ),
    ),
    mistake(
        "ReduceOnPlateau.step",
        "ignores min_lr",
        "Your rate falls below min_lr.",
        ("max(self.min_lr, self.lr * self.factor)", "self.lr * self.factor"),
    ),
    mistake(
        "ReduceOnPlateau.step",
        "takes NaN for an improvement",
        "A NaN becomes your best, and nothing is below it any more. Ask for metric < best, not "
        "for the opposite.",
        ("metric < self.best", "not metric >= self.best"),
    ),
    mistake(
        "ReduceOnPlateau.step",
        "divides by the factor",
        "You divide by the factor, which is below 1: the rate grows. Multiply.",
        ("self.lr * self.factor", "self.lr / self.factor"),
    ),
    mistake(
        "ReduceOnPlateau.__init__",
        "best starts at zero",
        "best starts at 0, so no positive metric is ever an improvement. Start at infinity.",
        ("math.inf", "0.0"),
    ),
    mistake(
        "ReduceOnPlateau.__init__",
        "accepts a factor of one",
        "A factor of 1 or more never reduces anything. Raise a ValueError that names it.",
        ("not 0 < factor < 1", "factor <= 0"),
    ),
]
