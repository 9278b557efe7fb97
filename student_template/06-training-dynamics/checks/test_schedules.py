import numpy as np
import pytest

from grader.checks import assert_close


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


@pytest.mark.points(3)
@pytest.mark.concept("step_decay")
def test_step_decay(student, reference):
    """Step decay: the rate stays for step_size steps, then drops by the factor"""
    compare(student, reference, "step_decay", range(13), 0.3, 4, 0.5)


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


# ---- warm-up ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("linear_warmup")
def test_linear_warmup(student, reference):
    """Linear warm-up: from 0 at t = 0 to lr at t = warmup_steps, and then no further"""
    compare(student, reference, "linear_warmup", range(9), 0.3, 5)


@pytest.mark.points(3)
@pytest.mark.concept("warmup_cosine")
@pytest.mark.parametrize(
    "arguments", [(0.3, 11, 4), (0.3, 9, 3, 0.02)], ids=["to zero", "to min_lr"]
)
def test_warmup_cosine(student, reference, arguments):
    """Warm-up and cosine: up to lr at t = warmup_steps, and down to min_lr at t = total_steps"""
    compare(student, reference, "warmup_cosine", range(arguments[1] + 1), *arguments)


# ---- cycles ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("triangular_cycle")
def test_triangular_cycle(student, reference):
    """Triangular cycle: up from min_lr to lr in half_cycle steps, and down again in as many"""
    compare(student, reference, "triangular_cycle", range(7), 0.3, 0.02, 3)


@pytest.mark.points(3)
@pytest.mark.concept("cosine_warm_restarts")
@pytest.mark.parametrize(
    "arguments", [(0.3, 4), (0.3, 3, 2, 0.02)], ids=["equal periods", "growing periods"]
)
def test_cosine_warm_restarts(student, reference, arguments):
    """Warm restarts: down along half a cosine, back to lr, and down again, growth times as long"""
    compare(student, reference, "cosine_warm_restarts", range(12), *arguments)


@pytest.mark.points(3)
@pytest.mark.concept("one_cycle")
@pytest.mark.parametrize(
    "arguments", [(0.3, 20), (0.3, 12, 0.25, 5.0, 40.0)], ids=["defaults", "settings"]
)
def test_one_cycle(student, reference, arguments):
    """One cycle: up to lr along half a cosine, and down to far below the start"""
    compare(student, reference, "one_cycle", range(arguments[1] + 1), *arguments)


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
