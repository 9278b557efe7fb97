import math

import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects


def compare(student, reference, name, steps, *arguments):
    """The rates at all these steps, asked for in one go."""
    questions = [(t, *arguments) for t in steps]
    rates = np.array(student.batch(name, questions))
    shown = ", ".join(["t", *map(str, arguments)])
    assert_close(
        rates,
        np.array(reference.batch(name, questions), dtype=float),
        f"{name}({shown}) for t in {steps}",
    )


# ---- constant ------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("constant")
def test_constant(student, reference):
    """Constant: the same rate at every step"""
    compare(student, reference, "constant", range(5), 0.3)


# ---- decays ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("inverse_time_decay")
def test_inverse_time_decay(student, reference):
    """Inverse time decay: a / (b + t)"""
    compare(student, reference, "inverse_time_decay", range(8), 3.0, 4)
    compare(student, reference, "inverse_time_decay", range(4), 0.2, 0.5)


@pytest.mark.points(3)
@pytest.mark.concept("linear_decay")
def test_linear_decay(student, reference):
    """Linear decay: a straight line from lr at t = 0 to 0 at t = total_steps"""
    compare(student, reference, "linear_decay", range(8), 0.3, 7)


@pytest.mark.points(1)
@pytest.mark.concept("linear_decay")
@pytest.mark.depends("test_linear_decay")
@pytest.mark.hidden(
    "Training may go on for longer than planned. A learning rate below zero climbs uphill."
)
def test_linear_decay_beyond_the_end(student, reference):
    """Linear decay: what comes after the last step"""
    compare(student, reference, "linear_decay", range(12), 0.3, 7)
    compare(student, reference, "linear_decay", range(3), 0.3, 1)


@pytest.mark.points(3)
@pytest.mark.concept("step_decay")
def test_step_decay(student, reference):
    """Step decay: the rate stays for step_size steps, then drops by the factor"""
    compare(student, reference, "step_decay", range(13), 0.3, 4, 0.5)


@pytest.mark.points(2)
@pytest.mark.concept("step_decay")
@pytest.mark.depends("test_step_decay")
@pytest.mark.hidden(
    "What is the factor when nobody gives one, and how often does it drop with step_size = 1?"
)
def test_step_decay_in_the_corners(student, reference):
    """Step decay: the default factor, a drop at every step"""
    compare(student, reference, "step_decay", range(10), 0.3, 3)
    compare(student, reference, "step_decay", range(5), 0.3, 1, 0.7)


@pytest.mark.points(2)
@pytest.mark.concept("exponential_decay")
def test_exponential_decay(student, reference):
    """Exponential decay: the factor after every step"""
    compare(student, reference, "exponential_decay", range(8), 0.3, 0.8)


@pytest.mark.points(4)
@pytest.mark.concept("cosine_decay")
@pytest.mark.parametrize("arguments", [(0.3, 7), (0.3, 8, 0.02)], ids=["to zero", "to min_lr"])
def test_cosine_decay(student, reference, arguments):
    """Cosine decay: half a cosine from lr at t = 0 to min_lr at t = total_steps"""
    compare(student, reference, "cosine_decay", range(arguments[1] + 1), *arguments)


@pytest.mark.points(2)
@pytest.mark.concept("cosine_decay")
@pytest.mark.depends("test_cosine_decay")
@pytest.mark.hidden(
    "Training may go on for longer than planned. A cosine climbs again after half a turn."
)
def test_cosine_decay_beyond_the_end(student, reference):
    """Cosine decay: what comes after the last step"""
    compare(student, reference, "cosine_decay", range(20), 0.3, 6, 0.02)
    compare(student, reference, "cosine_decay", range(3), 0.3, 1)


# ---- warm-up ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("linear_warmup")
def test_linear_warmup(student, reference):
    """Linear warm-up: from 0 at t = 0 to lr at t = warmup_steps, and then no further"""
    compare(student, reference, "linear_warmup", range(9), 0.3, 5)


@pytest.mark.points(1)
@pytest.mark.concept("linear_warmup")
@pytest.mark.depends("test_linear_warmup")
@pytest.mark.hidden("Even a warm-up of a single step begins at zero.")
def test_linear_warmup_of_one_step(student, reference):
    """Linear warm-up: a single step, and many steps later"""
    compare(student, reference, "linear_warmup", [0, 1, 2, 1000], 0.3, 1)
    compare(student, reference, "linear_warmup", [0, 6, 7, 8, 1000], 50.0, 7)


@pytest.mark.points(3)
@pytest.mark.concept("warmup_cosine")
@pytest.mark.parametrize(
    "arguments", [(0.3, 11, 4), (0.3, 9, 3, 0.02)], ids=["to zero", "to min_lr"]
)
def test_warmup_cosine(student, reference, arguments):
    """Warm-up and cosine: up to lr at t = warmup_steps, and down to min_lr at t = total_steps"""
    compare(student, reference, "warmup_cosine", range(arguments[1] + 1), *arguments)


@pytest.mark.points(3)
@pytest.mark.concept("warmup_cosine")
@pytest.mark.depends("test_warmup_cosine")
@pytest.mark.hidden(
    "The warm-up may take all steps but one, or only one. What comes after total_steps?"
)
def test_warmup_cosine_in_the_corners(student, reference):
    """Warm-up and cosine: very short pieces, and what comes after the last step"""
    compare(student, reference, "warmup_cosine", range(20), 0.3, 8, 3, 0.02)
    compare(student, reference, "warmup_cosine", range(8), 0.3, 5, 4, 0.02)
    compare(student, reference, "warmup_cosine", range(4), 0.3, 2, 1)
    compare(student, reference, "warmup_cosine", range(8), 50.0, 6, 4)


# ---- cycles ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("triangular_cycle")
def test_triangular_cycle(student, reference):
    """Triangular cycle: up from min_lr to lr in half_cycle steps, and down again in as many"""
    compare(student, reference, "triangular_cycle", range(7), 0.3, 0.02, 3)


@pytest.mark.points(2)
@pytest.mark.concept("triangular_cycle")
@pytest.mark.depends("test_triangular_cycle")
@pytest.mark.hidden(
    "The cycle goes on for ever. Does your second one look like the first, and the hundredth?"
)
def test_triangular_cycle_goes_on(student, reference):
    """Triangular cycle: many cycles, and the shortest one"""
    compare(student, reference, "triangular_cycle", range(25), 0.3, 0.02, 4)
    compare(student, reference, "triangular_cycle", range(1000, 1012), 0.3, 0.0, 5)
    compare(student, reference, "triangular_cycle", range(5), 0.3, 0.1, 1)


@pytest.mark.points(3)
@pytest.mark.concept("cosine_warm_restarts")
@pytest.mark.parametrize(
    "arguments", [(0.3, 4), (0.3, 3, 2, 0.02)], ids=["equal periods", "growing periods"]
)
def test_cosine_warm_restarts(student, reference, arguments):
    """Warm restarts: down along half a cosine, back to lr, and down again, growth times as long"""
    compare(student, reference, "cosine_warm_restarts", range(12), *arguments)


@pytest.mark.points(3)
@pytest.mark.concept("cosine_warm_restarts")
@pytest.mark.depends("test_cosine_warm_restarts")
@pytest.mark.hidden(
    "Write down when the third and the fourth period begin if each is three times as long as the "
    "last."
)
def test_cosine_warm_restarts_go_on(student, reference):
    """Warm restarts: many periods, and periods of one step"""
    compare(student, reference, "cosine_warm_restarts", range(60), 0.3, 2, 3, 0.01)
    compare(student, reference, "cosine_warm_restarts", range(40), 0.3, 1, 2)
    compare(student, reference, "cosine_warm_restarts", range(4), 0.3, 1)


@pytest.mark.points(3)
@pytest.mark.concept("one_cycle")
@pytest.mark.parametrize(
    "arguments", [(0.3, 20), (0.3, 12, 0.25, 5.0, 40.0)], ids=["defaults", "settings"]
)
def test_one_cycle(student, reference, arguments):
    """One cycle: up to lr along half a cosine, and down to far below the start"""
    compare(student, reference, "one_cycle", range(arguments[1] + 1), *arguments)


@pytest.mark.points(3)
@pytest.mark.concept("one_cycle")
@pytest.mark.depends("test_one_cycle")
@pytest.mark.hidden(
    "warmup_fraction · total_steps need not be a whole number. What comes after total_steps?"
)
def test_one_cycle_in_the_corners(student, reference):
    """One cycle: a peak between two steps, and what comes after the last one"""
    compare(student, reference, "one_cycle", range(20), 0.3, 9, 0.4, 4.0, 3.0)
    compare(student, reference, "one_cycle", range(16), 0.3, 11, 0.85, 10.0, 2.0)
    compare(student, reference, "one_cycle", range(4), 0.3, 1, 0.5, 2.0, 2.0)


# ---- bad input -----------------------------------------------------------------------------------

# name: arguments after t that fit, and others that do not, with the one to be named
REFUSED = {
    "constant": ((0.1,), []),
    "inverse_time_decay": ((1.0, 4), [((1.0, 0), "b"), ((1.0, -2), "b")]),
    "linear_decay": ((0.1, 5), [((0.1, 0), "total_steps")]),
    "step_decay": ((0.1, 5), [((0.1, 0), "step_size"), ((0.1, 5, -0.5), "factor")]),
    "exponential_decay": ((0.1, 0.5), [((0.1, 0.0), "factor")]),
    "cosine_decay": ((0.1, 5), [((0.1, 0), "total_steps")]),
    "linear_warmup": ((0.1, 5), [((0.1, 0), "warmup_steps")]),
    "warmup_cosine": ((0.1, 9, 3), [((0.1, 9, 0), "warmup_steps"), ((0.1, 9, 9), "total_steps")]),
    "triangular_cycle": ((0.1, 0.0, 4), [((0.1, 0.0, 0), "half_cycle")]),
    "cosine_warm_restarts": ((0.1, 4), [((0.1, 0), "period"), ((0.1, 4, 0.5), "growth")]),
    "one_cycle": (
        (0.1, 9),
        [
            ((0.1, 0), "total_steps"),
            ((0.1, 9, 1.0), "warmup_fraction"),
            ((0.1, 9, 0.0), "warmup_fraction"),
            ((0.1, 9, 0.3, 0.0), "div_factor"),
            ((0.1, 9, 0.3, 25.0, -1.0), "final_div_factor"),
        ],
    ),
}


@pytest.mark.points(5, each=True)
@pytest.mark.hidden(
    "A step before the first, no steps at all, a factor that is not positive: which argument is it?"
)
@pytest.mark.parametrize("name", [*REFUSED, "ReduceOnPlateau"])
def test_bad_arguments_are_refused(student, name):
    """Schedules: arguments that make no sense raise a ValueError that names them"""
    if name == "ReduceOnPlateau":
        bad = [((0.1, 1.0), "factor"), ((0.1, 0.5, 0), "patience"), ((0.1, 0.5, 3, -0.1), "min_lr")]
        for arguments, naming in [*bad, ((0.1, 0.0), "factor"), ((0.1, 0.5, 3, 0.2), "min_lr")]:
            assert_rejects(student.ReduceOnPlateau, *arguments, naming=naming)
        return
    right, wrong = REFUSED[name]
    assert_rejects(getattr(student, name), -1, *right, naming="t")
    for arguments, naming in wrong:
        assert_rejects(getattr(student, name), 0, *arguments, naming=naming)


# ---- ReduceOnPlateau -----------------------------------------------------------------------------


def measure(student, reference, metrics, *arguments):
    """Both take the same measurements; then the rates after each of them are compared, and the
    attributes.
    """
    mine, right = student.ReduceOnPlateau(*arguments), reference.ReduceOnPlateau(*arguments)
    rates, right_rates = ([plateau.step(metric) for metric in metrics] for plateau in (mine, right))
    assert_close(np.array(rates), np.array(right_rates), f"the rate after each of {metrics}")
    for name in ("lr", "best", "num_bad"):
        assert_close(getattr(mine, name), getattr(right, name), f"{name} after {metrics}")


@pytest.mark.points(3)
@pytest.mark.concept("ReduceOnPlateau")
def test_reduce_on_plateau(student, reference):
    """Plateau: the rate drops when `patience` measurements in a row are not below the best"""
    measure(
        student, reference, [5.0, 4.0, 4.5, 4.2, 4.1, 4.05, 3.0, 3.5, 3.4, 3.6, 3.7], 0.8, 0.5, 3
    )
    measure(student, reference, [5.0, 5.0, 6.0, 5.0, 5.5, 7.0], 0.8, 0.5, 2)


@pytest.mark.points(4)
@pytest.mark.concept("ReduceOnPlateau")
@pytest.mark.depends("test_reduce_on_plateau")
@pytest.mark.hidden(
    "Is the best forgotten after a reduction, is a NaN an improvement, and where does lr end?"
)
def test_reduce_on_plateau_in_the_corners(student, reference):
    """Plateau: better than lately but not than ever, NaN, negative metrics, the lowest rate, the
    defaults
    """
    measure(student, reference, [1.0, 3.0, 3.0, 2.0, 2.0, 2.5, 0.5, 0.6], 0.8, 0.5, 2)
    measure(
        student, reference, [2.0, math.nan, math.nan, 1.0, math.nan, math.nan, 0.5], 0.8, 0.5, 2
    )
    measure(student, reference, [-1.0, -2.0, -1.5, -3.0, -2.5, -2.9], 0.8, 0.5, 2)
    measure(student, reference, [math.nan, math.nan, 3.0, 3.0], 0.8, 0.5, 3)
    measure(student, reference, [1.0] * 7, 0.8, 0.1, 1, 0.05)
    measure(student, reference, [1.0] * 4, 0.8, 0.1, 2, 0.8)
    measure(student, reference, [1.0] * 23, 1.0)
