"""Learning rate schedules: the rate to use at step t, where the first step is t = 0.

`lr` is always the largest rate of the schedule and `min_lr` the smallest that it decays to;
`total_steps` is the step by which the decay is complete, and from there on the rate stays where it
is. A step may be an update or an epoch, as long as all lengths are counted in the same unit.

    for t in range(total_steps):
        config["learning_rate"] = cosine_decay(t, 0.1, total_steps)
"""

import math

__all__ = [  # noqa: RUF022 - the reading order
    "constant",
    "inverse_time_decay",
    "linear_decay",
    "step_decay",
    "exponential_decay",
    "cosine_decay",
    "linear_warmup",
    "warmup_cosine",
    "triangular_cycle",
    "cosine_warm_restarts",
    "one_cycle",
    "ReduceOnPlateau",
]


def _check(t, **positive):
    if t < 0:
        raise ValueError(f"t is {t}, but the first step is 0")
    for name, value in positive.items():
        if not value > 0:
            raise ValueError(f"{name} is {value}, but it must be positive")


def constant(t, lr):
    """Return the same rate at every step.

        ηₜ = lr

    Raises ValueError when t is negative.

    Lecture L0.

    >>> constant(7, 0.1)
    0.1
    """
    _check(t)
    return lr


def inverse_time_decay(t, a, b):
    """Decay fast at first, then ever more slowly.

        ηₜ = a / (b + t)

    a sets the scale, b > 0 the number of steps after which the first rate, a / b, is halved.
    These rates add up to infinity but their squares do not, the condition under which stochastic
    gradient descent is proved to converge.

    Raises ValueError when t is negative or b is not positive.

    Robbins & Monro 1951; lecture L0.

    >>> inverse_time_decay(0, 1.0, 10), inverse_time_decay(10, 1.0, 10)
    (0.1, 0.05)
    """
    _check(t, b=b)
    return a / (b + t)


def linear_decay(t, lr, total_steps):
    """Go down to zero in a straight line.

        ηₜ = lr (T - t) / T        T = total_steps; 0 from t = T on

    The last of T steps, t = T - 1, still has the rate lr / T.

    Raises ValueError when t is negative or total_steps is not positive.

    Lectures L0, L4.

    >>> [linear_decay(t, 1.0, 4) for t in range(6)]
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    _check(t, total_steps=total_steps)
    return lr * max(0.0, (total_steps - t) / total_steps)


def step_decay(t, lr, step_size, factor=0.1):
    """Keep the rate for step_size steps, then multiply it by factor, and so on.

        ηₜ = lr · factor^⌊t / step_size⌋

    factor (default 0.1). The first drop comes at t = step_size, not before.

    Raises ValueError when t is negative, or step_size or factor is not positive.

    Lectures L0, L3.

    >>> [step_decay(t, 8.0, step_size=2, factor=0.5) for t in range(6)]
    [8.0, 8.0, 4.0, 4.0, 2.0, 2.0]
    """
    _check(t, step_size=step_size, factor=factor)
    return lr * factor ** (t // step_size)


def exponential_decay(t, lr, factor):
    """Multiply the rate by factor after every step.

        ηₜ = lr · factorᵗ

    With factor = e⁻ᵏ this is the form lr · e⁻ᵏᵗ.

    Raises ValueError when t is negative or factor is not positive.

    Lectures L3, L4.

    >>> [exponential_decay(t, 8.0, factor=0.5) for t in range(4)]
    [8.0, 4.0, 2.0, 1.0]
    """
    _check(t, factor=factor)
    return lr * factor**t


def cosine_decay(t, lr, total_steps, min_lr=0.0):
    """Go down along half a cosine: gently at both ends, steeply in between.

        ηₜ = min_lr + (lr - min_lr) (1 + cos(π t / T)) / 2
        T = total_steps; min_lr from t = T on

    min_lr (default 0). After T the rate stays at min_lr; the cosine itself would climb again.

    Raises ValueError when t is negative or total_steps is not positive.

    Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5 (one period); lectures L0, L3.

    >>> [round(cosine_decay(t, 1.0, 4), 3) for t in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    _check(t, total_steps=total_steps)
    return min_lr + (lr - min_lr) * (1 + math.cos(math.pi * min(1.0, t / total_steps))) / 2


def linear_warmup(t, lr, warmup_steps):
    """Go up to lr in a straight line, then stay there: most explosions happen in the first steps.

        ηₜ = lr min(1, t / K)        K = warmup_steps

    lr is reached at t = K. As the lecture has it, the rate at t = 0 is zero: the first step changes
    no weight.

    Raises ValueError when t is negative or warmup_steps is not positive.

    Goyal et al. 2017, arXiv:1706.02677, section 2.2; lectures L0, L3.

    >>> [linear_warmup(t, 1.0, 4) for t in range(6)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """
    _check(t, warmup_steps=warmup_steps)
    return lr * min(1.0, t / warmup_steps)


def warmup_cosine(t, lr, total_steps, warmup_steps, min_lr=0.0):
    """Warm up in a straight line, then decay along half a cosine: the usual schedule of large
    networks.

        ηₜ = lr t / K                                                  for t < K = warmup_steps
        ηₜ = min_lr + (lr - min_lr) (1 + cos(π (t - K) / (T - K))) / 2
        from K to T = total_steps; then min_lr

    min_lr (default 0) is where the decay ends; the warm-up starts from 0. total_steps counts the
    warm-up, too: the decay has T - K steps left. The two pieces meet at t = K with the full lr.

    Raises ValueError when t is negative, warmup_steps is not positive, or total_steps is not more
    than warmup_steps.

    Loshchilov & Hutter 2017, arXiv:1608.03983; Goyal et al. 2017, arXiv:1706.02677; lecture L0.

    >>> [round(warmup_cosine(t, 1.0, total_steps=6, warmup_steps=2), 3) for t in range(8)]
    [0.0, 0.5, 1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    _check(t, warmup_steps=warmup_steps)
    if not total_steps > warmup_steps:
        raise ValueError(
            f"total_steps is {total_steps}, but it must be more than the {warmup_steps} "
            "warmup_steps"
        )
    if t < warmup_steps:
        return linear_warmup(t, lr, warmup_steps)
    return cosine_decay(t - warmup_steps, lr, total_steps - warmup_steps, min_lr)


def triangular_cycle(t, lr, min_lr, half_cycle):
    """Go up and down between min_lr and lr in straight lines, for ever.

        ηₜ = min_lr + (lr - min_lr) (1 - |r / h - 1|)        h = half_cycle, r = t mod 2h

    half_cycle: the steps from the bottom to the top, as many as from the top to the bottom (the
    paper's stepsize). Starts at the bottom: min_lr at t = 0, lr at t = h, min_lr at t = 2h.

    Raises ValueError when t is negative or half_cycle is not positive.

    Smith 2017, arXiv:1506.01186, section 3; lecture L4.

    >>> [triangular_cycle(t, 1.0, 0.0, half_cycle=2) for t in range(7)]
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5, 1.0]
    """
    _check(t, half_cycle=half_cycle)
    return min_lr + (lr - min_lr) * (1 - abs(t % (2 * half_cycle) / half_cycle - 1))


def cosine_warm_restarts(t, lr, period, growth=1, min_lr=0.0):
    """Decay along half a cosine, jump back to lr, decay again, each time growth times as long.

        ηₜ = min_lr + (lr - min_lr) (1 + cos(π s / P)) / 2
        P is the length of the period that t is in (period, period · growth, period · growth², …), s
        the steps since that period began

    growth (default 1: all periods equally long; the paper's T_mult), min_lr (default 0).
    The restart is at s = 0 of the next period: at t = period the rate is lr again, and min_lr
    itself is never reached.

    Raises ValueError when t is negative, period is not positive, or growth is less than 1.

    Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5; lecture L4.

    >>> [round(cosine_warm_restarts(t, 1.0, period=2, growth=2), 3) for t in range(8)]
    [1.0, 0.5, 1.0, 0.854, 0.5, 0.146, 1.0, 0.962]
    """
    _check(t, period=period)
    if not growth >= 1:
        raise ValueError(f"growth is {growth}, but periods must not shrink: it must be at least 1")
    while t >= period:
        t -= period
        period *= growth
    return cosine_decay(t, lr, period, min_lr)


def one_cycle(t, lr, total_steps, warmup_fraction=0.3, div_factor=25.0, final_div_factor=1e4):
    """Rise to a large rate and come down far below the start, once: both ways along half a cosine.

        start = lr / div_factor
        end = start / final_div_factor
        K = warmup_fraction · T, T = total_steps
        ηₜ = lr + (start - lr) (1 + cos(π t / K)) / 2                      for t < K
        ηₜ = end + (lr - end) (1 + cos(π (t - K) / (T - K))) / 2           from K to T; then end

    warmup_fraction (default 0.3), div_factor (25), final_div_factor (1e4).
    lr is the peak at t = K, not the rate to start with; end is measured from start, not from the
    peak. (`torch.optim.lr_scheduler.OneCycleLR` has the peak and the end one step earlier, at K - 1
    and T - 1.)

    Raises ValueError when t is negative, total_steps or a divisor is not positive, or
    warmup_fraction is outside
    (0, 1).

    Smith & Topin 2018, arXiv:1708.07120; lecture L4.

    >>> [round(one_cycle(t, 1.0, total_steps=8, warmup_fraction=0.25), 4) for t in range(9)]
    [0.04, 0.52, 1.0, 0.933, 0.75, 0.5, 0.25, 0.067, 0.0]
    """
    _check(t, total_steps=total_steps, div_factor=div_factor, final_div_factor=final_div_factor)
    if not 0 < warmup_fraction < 1:
        raise ValueError(f"warmup_fraction is {warmup_fraction}, but it must be between 0 and 1")
    start, peak = lr / div_factor, warmup_fraction * total_steps
    if t < peak:
        return cosine_decay(t, start, peak, min_lr=lr)  # upwards: from start to lr
    return cosine_decay(t - peak, lr, total_steps - peak, min_lr=start / final_div_factor)


class ReduceOnPlateau:
    """Multiply the rate by a factor whenever a metric has stopped falling.

        lr ← max(min_lr, lr · factor)
        after `patience` measurements in a row that are not below the best

    lr: the rate to start with; factor (default 0.1), patience (10), min_lr (0).
    Call step(metric) after each measurement, as a rule the validation loss of an epoch: smaller is
    better; pass the negative of an accuracy. Any value below the best so far resets the count, and
    so does a reduction, but a reduction does not forget the best. A NaN counts as no improvement.
    patience = 1 reduces at the first measurement that is no better, as Keras counts. (PyTorch's
    ReduceLROnPlateau lets one more pass, and by default it ignores improvements of less than a
    ten-thousandth.)

    Attributes: lr, best (the lowest metric, inf at first), num_bad (measurements since the best or
    the last reduction).

    Raises ValueError when factor is outside (0, 1), patience is less than 1, or min_lr is negative
    or above lr.

    Lectures L0, L3, L4.

    >>> plateau = ReduceOnPlateau(lr=1.0, factor=0.5, patience=2)
    >>> [plateau.step(loss) for loss in (3.0, 2.0, 2.0, 2.5, 2.2, 1.0)]
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]
    """

    def __init__(self, lr, factor=0.1, patience=10, min_lr=0.0):
        if not 0 < factor < 1:
            raise ValueError(f"factor is {factor}, but it must be between 0 and 1")
        if patience < 1:
            raise ValueError(f"patience is {patience}, but it must be at least 1")
        if not 0 <= min_lr <= lr:
            raise ValueError(f"min_lr is {min_lr}, but it must be between 0 and lr, which is {lr}")
        self.lr, self.factor, self.patience, self.min_lr = lr, factor, patience, min_lr
        self.best, self.num_bad = math.inf, 0

    def step(self, metric):
        """Take one measurement into account and return the rate to use from now on."""
        if metric < self.best:
            self.best, self.num_bad = metric, 0
        else:
            self.num_bad += 1
        if self.num_bad >= self.patience:
            self.lr, self.num_bad = max(self.min_lr, self.lr * self.factor), 0
        return self.lr
