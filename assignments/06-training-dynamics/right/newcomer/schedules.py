# Style: two curves, a line and a squared cosine of the half angle, from which everything is put together
import math


def _check(t, **positive):
    if not t >= 0:
        raise ValueError(f"t must not be negative, and is {t}")
    for name, value in positive.items():
        if not value > 0:
            raise ValueError(f"{name} must be positive, and is {value}")


def _line(start, end, progress):
    return end if progress >= 1 else start + (end - start) * progress


def _wave(start, end, progress):
    return end if progress >= 1 else end + (start - end) * math.cos(progress * math.pi / 2) ** 2


def constant(t, lr):
    _check(t)
    return lr


def inverse_time_decay(t, a, b):
    _check(t, b=b)
    return a / (b + t)


def linear_decay(t, lr, total_steps):
    _check(t, total_steps=total_steps)
    return _line(lr, 0.0, t / total_steps)


def step_decay(t, lr, step_size, factor=0.1):
    _check(t, step_size=step_size, factor=factor)
    return exponential_decay(t // step_size, lr, factor)


def exponential_decay(t, lr, factor):
    _check(t, factor=factor)
    return lr * math.exp(t * math.log(factor))


def cosine_decay(t, lr, total_steps, min_lr=0.0):
    _check(t, total_steps=total_steps)
    return _wave(lr, min_lr, t / total_steps)


def linear_warmup(t, lr, warmup_steps):
    _check(t, warmup_steps=warmup_steps)
    return _line(0.0, lr, t / warmup_steps)


def warmup_cosine(t, lr, total_steps, warmup_steps, min_lr=0.0):
    _check(t, warmup_steps=warmup_steps)
    if not total_steps > warmup_steps:
        raise ValueError(f"total_steps must be more than the {warmup_steps} of the warm-up, and is {total_steps}")
    if t < warmup_steps:
        return linear_warmup(t, lr, warmup_steps)
    return cosine_decay(t - warmup_steps, lr, total_steps - warmup_steps, min_lr)


def triangular_cycle(t, lr, min_lr, half_cycle):
    _check(t, half_cycle=half_cycle)
    cycles, r = divmod(t, half_cycle)
    return _line(lr, min_lr, r / half_cycle) if cycles % 2 else _line(min_lr, lr, r / half_cycle)


def cosine_warm_restarts(t, lr, period, growth=1, min_lr=0.0):
    _check(t, period=period)
    if not growth >= 1:
        raise ValueError(f"growth must be at least 1, and is {growth}")
    if growth == 1:
        return cosine_decay(t % period, lr, period, min_lr)
    begin, end = 0, period
    while t >= end:
        begin, end = end, end + (end - begin) * growth
    return cosine_decay(t - begin, lr, end - begin, min_lr)


def one_cycle(t, lr, total_steps, warmup_fraction=0.3, div_factor=25.0, final_div_factor=1e4):
    _check(t, total_steps=total_steps, div_factor=div_factor, final_div_factor=final_div_factor)
    if not 0 < warmup_fraction < 1:
        raise ValueError(f"warmup_fraction must lie between 0 and 1, and is {warmup_fraction}")
    start = lr / div_factor
    done = t / total_steps
    if done < warmup_fraction:
        return _wave(start, lr, done / warmup_fraction)
    return lr / div_factor / final_div_factor if done >= 1 else _wave(
        lr, start / final_div_factor, (done - warmup_fraction) / (1 - warmup_fraction)
    )


class ReduceOnPlateau:
    def __init__(self, lr, factor=0.1, patience=10, min_lr=0.0):
        if not 0 < factor < 1:
            raise ValueError(f"factor must lie between 0 and 1, and is {factor}")
        if patience < 1:
            raise ValueError(f"patience must be at least 1, and is {patience}")
        if not 0 <= min_lr <= lr:
            raise ValueError(f"min_lr must lie between 0 and lr = {lr}, and is {min_lr}")
        self.lr, self.best, self.num_bad = lr, math.inf, 0
        self._factor, self._patience, self._min_lr = factor, patience, min_lr

    def step(self, metric):
        self.num_bad = 0 if metric < self.best else self.num_bad + 1
        if not self.num_bad:
            self.best = metric
        elif self.num_bad == self._patience:
            self.lr, self.num_bad = max(self._min_lr, self.lr * self._factor), 0
        return self.lr
