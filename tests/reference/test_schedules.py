"""The schedules against torch.optim.lr_scheduler, at their corners, and step by step against their
equations.
"""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference import schedules
from reference.schedules import (
    ReduceOnPlateau,
    constant,
    cosine_decay,
    cosine_warm_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_decay,
    linear_warmup,
    one_cycle,
    step_decay,
    triangular_cycle,
    warmup_cosine,
)

torch_schedulers = torch.optim.lr_scheduler


def torch_rates(make, lr, steps):
    """The rate that torch uses at steps 0, 1, …, steps - 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def rates(schedule, steps):
    return [schedule(t) for t in range(steps)]


AGAINST_TORCH = {  # name: (schedule, torch's scheduler, its first rate, steps)
    "constant": (
        lambda t: constant(t, 0.3),
        lambda o: torch_schedulers.ConstantLR(o, factor=1.0),
        0.3,
        20,
    ),
    "linear": (
        lambda t: linear_decay(t, 0.3, 15),
        lambda o: torch_schedulers.PolynomialLR(o, total_iters=15, power=1.0),
        0.3,
        20,
    ),
    "step, factor 0.1": (
        lambda t: step_decay(t, 0.3, 4),
        lambda o: torch_schedulers.StepLR(o, 4),
        0.3,
        20,
    ),
    "step": (
        lambda t: step_decay(t, 0.3, 3, 0.7),
        lambda o: torch_schedulers.StepLR(o, 3, gamma=0.7),
        0.3,
        20,
    ),
    "exponential": (
        lambda t: exponential_decay(t, 0.3, 0.8),
        lambda o: torch_schedulers.ExponentialLR(o, gamma=0.8),
        0.3,
        20,
    ),
    "cosine": (
        lambda t: cosine_decay(t, 0.3, 15, 0.02),
        lambda o: torch_schedulers.CosineAnnealingLR(o, T_max=15, eta_min=0.02),
        0.3,
        16,
    ),
    "cosine to zero": (
        lambda t: cosine_decay(t, 0.3, 15),
        lambda o: torch_schedulers.CosineAnnealingLR(o, T_max=15),
        0.3,
        15,
    ),
    "triangular": (
        lambda t: triangular_cycle(t, 0.3, 0.02, 4),
        lambda o: torch_schedulers.CyclicLR(
            o, base_lr=0.02, max_lr=0.3, step_size_up=4, cycle_momentum=False
        ),
        0.02,
        30,
    ),
    "restarts": (
        lambda t: cosine_warm_restarts(t, 0.3, 5),
        lambda o: torch_schedulers.CosineAnnealingWarmRestarts(o, T_0=5),
        0.3,
        30,
    ),
    "growing restarts": (
        lambda t: cosine_warm_restarts(t, 0.3, 3, 2, 0.02),
        lambda o: torch_schedulers.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.02),
        0.3,
        50,
    ),
    # Torch's cycle is complete at total_steps - 1 and peaks at pct_start * total_steps - 1, so both
    # are moved by one.
    "one cycle": (
        lambda t: one_cycle(t, 0.3, 20),
        lambda o: torch_schedulers.OneCycleLR(
            o, max_lr=0.3, total_steps=21, pct_start=(0.3 * 20 + 1) / 21, cycle_momentum=False
        ),
        0.3,
        20,
    ),
    "one cycle, other factors": (
        lambda t: one_cycle(t, 0.3, 20, 0.41, 7.0, 30.0),
        lambda o: torch_schedulers.OneCycleLR(
            o,
            max_lr=0.3,
            total_steps=21,
            pct_start=(0.41 * 20 + 1) / 21,
            div_factor=7.0,
            final_div_factor=30.0,
            cycle_momentum=False,
        ),
        0.3,
        20,
    ),
}


@pytest.mark.parametrize("name", AGAINST_TORCH)
def test_agrees_with_torch_at_every_step(name):
    schedule, make, lr, steps = AGAINST_TORCH[name]
    np.testing.assert_allclose(
        rates(schedule, steps), torch_rates(make, lr, steps), rtol=1e-9, atol=1e-15
    )


@given(t=st.integers(0, 10_000), a=st.floats(1e-3, 10), b=st.floats(1e-3, 1e3))
def test_inverse_time_decay_is_its_equation(t, a, b):
    assert inverse_time_decay(t, a, b) == pytest.approx(a / (b + t), rel=1e-12)


@given(t=st.integers(0, 50), steps=st.integers(1, 20))
def test_warmup_is_its_equation(t, steps):
    assert linear_warmup(t, 0.3, steps) == pytest.approx(0.3 * min(1, t / steps), rel=1e-12)


def test_warmup_starts_at_zero_and_reaches_its_target_at_the_last_warmup_step():
    assert linear_warmup(0, 0.3, 7) == 0
    assert linear_warmup(6, 0.3, 7) < 0.3
    assert linear_warmup(7, 0.3, 7) == linear_warmup(1000, 0.3, 7) == 0.3


@given(
    warmup=st.integers(1, 20),
    decay=st.integers(1, 30),
    lr=st.sampled_from([0.3, 50.0]),
    min_lr=st.floats(0, 0.3),
)
def test_warmup_cosine_is_a_warmup_and_then_a_cosine(warmup, decay, lr, min_lr):
    got = rates(lambda t: warmup_cosine(t, lr, warmup + decay, warmup, min_lr), warmup + decay + 5)
    up = [lr * t / warmup for t in range(warmup)]
    down = [min_lr + (lr - min_lr) * (1 + math.cos(math.pi * s / decay)) / 2 for s in range(decay)]
    np.testing.assert_allclose(got, up + down + [min_lr] * 5, rtol=1e-9, atol=1e-12)


def test_warmup_cosine_ends_at_zero_unless_told_otherwise():
    assert warmup_cosine(12, 0.3, 12, 4) == 0


@given(
    t=st.integers(0, 500),
    lr=st.floats(0.1, 1),
    low=st.floats(0, 0.1),
    length=st.integers(2, 100),
    factor=st.floats(0.1, 1),
)
def test_every_rate_lies_between_the_lowest_and_the_highest(t, lr, low, length, factor):
    slack = 1e-12
    for rate in (
        cosine_decay(t, lr, length, low),
        triangular_cycle(t, lr, low, length),
        cosine_warm_restarts(t, lr, length, 2, low),
    ):
        assert low - slack <= rate <= lr + slack
    for rate in (
        constant(t, lr),
        linear_decay(t, lr, length),
        step_decay(t, lr, length, factor),
        exponential_decay(t, lr, factor),
        linear_warmup(t, lr, length),
        warmup_cosine(t, lr, length, length - 1, low),
        one_cycle(t, lr, length),
    ):
        assert 0 <= rate <= lr + slack


def test_decays_reach_their_end_at_total_steps_and_stay_there():
    for t in (10, 11, 17, 1000):
        assert linear_decay(t, 0.3, 10) == 0
        assert cosine_decay(t, 0.3, 10, 0.02) == 0.02
        assert warmup_cosine(t, 0.3, 10, 4, 0.02) == 0.02
        assert one_cycle(t, 0.3, 10, 0.3, 25.0, 4.0) == pytest.approx(0.3 / 100, rel=1e-12)


def test_decays_start_at_the_full_rate():
    assert constant(0, 0.3) == linear_decay(0, 0.3, 10) == 0.3
    assert step_decay(0, 0.3, 5) == exponential_decay(0, 0.3, 0.5) == 0.3
    assert cosine_decay(0, 0.3, 10, 0.02) == cosine_warm_restarts(0, 0.3, 10) == 0.3


def test_one_cycle_starts_low_peaks_once_and_ends_far_below_its_start():
    got = rates(lambda t: one_cycle(t, 0.5, 100, 0.2), 101)
    assert got[0] == pytest.approx(0.5 / 25, rel=1e-12)
    assert got[20] == max(got) == pytest.approx(0.5, rel=1e-12)
    assert got[100] == pytest.approx(0.5 / 25 / 1e4, rel=1e-9)
    assert np.all(np.diff(got[:21]) > 0)
    assert np.all(np.diff(got[20:]) < 0)


def test_restarts_come_at_the_end_of_each_period_and_reach_the_full_rate_again():
    got = rates(lambda t: cosine_warm_restarts(t, 0.3, 3, 2), 22)
    assert [t for t in range(22) if got[t] == 0.3] == [0, 3, 9, 21]


def test_periods_may_grow_by_a_fraction():
    got = rates(lambda t: cosine_warm_restarts(t, 0.3, 4, 1.5), 20)
    assert [t for t in range(20) if got[t] == 0.3] == [0, 4, 10, 19]


REFUSED = [
    (lambda: cosine_decay(0, 0.1, 0), "total_steps is 0, but it must be positive"),
    (lambda: linear_decay(0, 0.1, -3), "total_steps is -3, but it must be positive"),
    (lambda: one_cycle(0, 0.1, 0), "total_steps is 0, but it must be positive"),
    (lambda: one_cycle(0, 0.1, 10, div_factor=0.0), "div_factor is 0.0, but it must be positive"),
    (
        lambda: one_cycle(0, 0.1, 10, final_div_factor=-1.0),
        "final_div_factor is -1.0, but it must be positive",
    ),
    (lambda: one_cycle(0, 0.1, 10, 0.0), "warmup_fraction is 0.0, but it must be between 0 and 1"),
    (lambda: one_cycle(0, 0.1, 10, 1.0), "warmup_fraction is 1.0, but it must be between 0 and 1"),
    (lambda: inverse_time_decay(0, 1.0, 0), "b is 0, but it must be positive"),
    (lambda: step_decay(0, 0.1, 0), "step_size is 0, but it must be positive"),
    (lambda: step_decay(0, 0.1, 5, -0.1), "factor is -0.1, but it must be positive"),
    (lambda: exponential_decay(0, 0.1, 0.0), "factor is 0.0, but it must be positive"),
    (lambda: linear_warmup(0, 0.1, 0), "warmup_steps is 0, but it must be positive"),
    (lambda: warmup_cosine(0, 0.1, 10, 0), "warmup_steps is 0, but it must be positive"),
    (
        lambda: warmup_cosine(0, 0.1, 10, 10),
        "total_steps is 10, but it must be more than the 10 warmup_steps",
    ),
    (lambda: triangular_cycle(0, 0.1, 0.0, 0), "half_cycle is 0, but it must be positive"),
    (lambda: cosine_warm_restarts(0, 0.1, 0), "period is 0, but it must be positive"),
    (lambda: cosine_warm_restarts(0, 0.1, 5, 0.9), "growth is 0.9, but periods must not shrink"),
    (lambda: cosine_decay(0, 0.1, float("nan")), "total_steps is nan, but it must be positive"),
    (lambda: ReduceOnPlateau(0.1, factor=0.0), "factor is 0.0, but it must be between 0 and 1"),
    (lambda: ReduceOnPlateau(0.1, factor=1.0), "factor is 1.0, but it must be between 0 and 1"),
    (lambda: ReduceOnPlateau(0.1, patience=0), "patience is 0, but it must be at least 1"),
    (
        lambda: ReduceOnPlateau(0.1, min_lr=-0.1),
        "min_lr is -0.1, but it must be between 0 and lr, which is 0.1",
    ),
    (
        lambda: ReduceOnPlateau(0.1, min_lr=0.2),
        "min_lr is 0.2, but it must be between 0 and lr, which is 0.1",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", [name for name in schedules.__all__ if name != "ReduceOnPlateau"])
def test_negative_steps_are_refused(name):
    arguments = {
        "constant": (0.1,),
        "inverse_time_decay": (1.0, 10),
        "exponential_decay": (0.1, 0.5),
        "warmup_cosine": (0.1, 10, 5),
        "triangular_cycle": (0.1, 0.01, 5),
    }.get(name, (0.1, 10))
    with pytest.raises(ValueError, match="t is -1, but the first step is 0"):
        getattr(schedules, name)(-1, *arguments)
    assert getattr(schedules, name)(0, *arguments) >= 0


# ---- ReduceOnPlateau


def torch_plateau(metrics, lr, factor, patience, min_lr):
    """Torch lets `patience` bad measurements pass and reduces at the next; here the patience-th one
    reduces.
    """
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = torch_schedulers.ReduceLROnPlateau(
        optimizer, factor=factor, patience=patience - 1, threshold=0.0, min_lr=min_lr, eps=0.0
    )
    after = []
    for metric in metrics:
        scheduler.step(metric)
        after.append(optimizer.param_groups[0]["lr"])
    return after


@given(
    metrics=st.lists(
        st.sampled_from([1.0, 2.0, 3.0, 4.0, 0.5, -1.0, math.nan, math.inf]), max_size=40
    ),
    patience=st.integers(1, 4),
    factor=st.sampled_from([0.1, 0.5, 0.9]),
    min_lr=st.sampled_from([0.0, 0.03, 0.3]),
)
def test_plateau_agrees_with_torch(metrics, patience, factor, min_lr):
    plateau = ReduceOnPlateau(0.3, factor, patience, min_lr)
    expected = torch_plateau(metrics, 0.3, factor, patience, min_lr)
    assert [plateau.step(metric) for metric in metrics] == pytest.approx(expected, rel=1e-12)


def test_plateau_defaults_divide_by_ten_after_ten_bad_measurements():
    plateau = ReduceOnPlateau(1.0)
    got = [plateau.step(1.0) for _ in range(21)]
    assert got == pytest.approx([1.0] * 10 + [0.1] * 10 + [0.01], rel=1e-12)
    assert plateau.min_lr == 0


def test_an_equal_metric_is_no_improvement_and_a_lower_one_resets_the_count():
    plateau = ReduceOnPlateau(1.0, 0.5, 3)
    assert [plateau.step(m) for m in (5.0, 5.0, 5.0, 4.0, 4.0, 4.0, 4.0)] == [1, 1, 1, 1, 1, 1, 0.5]
    assert (plateau.lr, plateau.best, plateau.num_bad) == (0.5, 4.0, 0)


def test_a_reduction_resets_the_count_but_not_the_best():
    plateau = ReduceOnPlateau(1.0, 0.5, 2)
    assert [plateau.step(m) for m in (1.0, 3.0, 3.0, 2.0, 2.0, 2.0)] == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert (plateau.best, plateau.num_bad) == (1.0, 1)


def test_plateau_never_goes_below_its_lowest_rate():
    plateau = ReduceOnPlateau(1.0, 0.1, 1, min_lr=0.05)
    assert [plateau.step(1.0) for _ in range(4)] == pytest.approx([1.0, 0.1, 0.05, 0.05], rel=1e-12)
