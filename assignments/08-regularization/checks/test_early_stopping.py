import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects


def watch(stopping, losses):
    """What update says to each loss, and best_loss and num_bad after it, up to the first stop."""
    said, best, bad = [], [], []
    for loss in losses:
        said.append(bool(stopping.update(loss, {"W": np.array([loss])})))
        best.append(stopping.best_loss)
        bad.append(stopping.num_bad)
        if said[-1]:
            break
    return said, best, bad


def assert_stops(said, after, losses, setting):
    """Assert that update said stop after so many losses, and not before."""
    came = f"after {len(said)} losses" if said[-1] else "never"
    if came != f"after {after} losses":
        text = ", ".join(f"{loss:g}" for loss in losses)
        raise CheckFailure(
            f"with {setting} and the losses {text} it stops {came}; it should after {after} losses"
        )


@pytest.mark.points(3)
@pytest.mark.concept("EarlyStopping")
@pytest.mark.parametrize("patience", [2, 3])
def test_early_stopping_waits(student, patience):
    """Early stopping: it stops after so many updates in a row without improvement"""
    losses = [1.0, 0.8, 0.9, 0.7, 0.75, 0.72, 0.7, 0.6]
    stopping = student.EarlyStopping(patience)
    assert_close(stopping.best_params, None, "best_params before the first update")
    assert_close(stopping.best_loss, np.inf, "best_loss before the first update")

    said, best, bad = watch(stopping, losses)

    last = 4 + patience  # the fourth is the best
    assert_stops(said, last, losses, f"a patience of {patience}")
    assert_close(best, [1.0, 0.8, 0.8, 0.7, 0.7, 0.7, 0.7][:last], "best_loss after each update")
    assert_close(bad, [0, 0, 1, 0, 1, 2, 3][:last], "num_bad after each update")
    assert_close(stopping.best_params, {"W": np.array([0.7])}, "best_params")


@pytest.mark.points(3)
@pytest.mark.concept("EarlyStopping")
def test_early_stopping_keeps_a_copy(student, rng):
    """Early stopping: the best parameters are kept as they were, while training changes the arrays
    in place
    """
    layers, bias, vector = (
        [rng.normal(size=(3, 2)), rng.normal(size=(2, 4))],
        rng.normal(size=4),
        rng.normal(size=5),
    )
    inner = student.hold(layers)
    params, alone = student.hold({"layers": inner, "b": bias}), student.hold(vector)
    stopping, other = student.EarlyStopping(patience=2), student.EarlyStopping(patience=2)

    stopping.update(0.5, params)
    other.update(0.5, alone)
    for epoch in (1, 2):
        student.write(params, {"b": bias + epoch})
        student.write(inner, {0: layers[0] + epoch})
        student.write(alone, {...: vector + epoch})
        if epoch == 1:
            stopping.update(0.6, params)

    hint = (
        "params holds the same arrays in the next epoch, with other numbers. Copy them, also "
        "inside lists and dicts."
    )
    kept, alone = stopping.best_params, other.best_params
    assert_close(kept, {"layers": layers, "b": bias}, "best_params", hint=hint)
    assert_close(alone, vector, "best_params", hint=hint)


@pytest.mark.points(3)
@pytest.mark.concept("EarlyStopping")
@pytest.mark.depends("test_early_stopping_waits")
@pytest.mark.hidden(
    "Many small gains can add up to a large one. And is NaN, or the same loss again, an "
    "improvement?"
)
def test_early_stopping_on_unusual_losses(student):
    """Early stopping: small gains, the same loss again, NaN, and a patience of one"""
    cases = [
        (3, 0.12, [1.0, 0.95, 0.97, 0.85, 0.8, 0.78, 0.74, 0.1], 6, 0.85),
        (3, 0.3, [1.0, 0.9, 0.8, 0.75, 0.1], 3, 1.0),
        (2, 0.0, [1.0, 1.0, 1.0, 0.5], 2, 1.0),
        (2, 0.0, [1.0, float("nan"), float("nan"), 0.5], 2, 1.0),
        (2, 0.0, [float("nan"), 1.0, 2.0, 0.5, 0.7, 0.6], 5, 0.5),
        (1, 0.0, [1.0, 0.5, -0.5, -0.2, -1.0], 3, -0.5),
    ]
    for patience, min_delta, losses, last, best in cases:
        stopping = student.EarlyStopping(patience, min_delta)
        said, losses_kept, _ = watch(stopping, losses)
        assert_stops(
            said, last + 1, losses, f"a patience of {patience} and a min_delta of {min_delta}"
        )
        assert_close(losses_kept[-1], best, "best_loss")
        assert_close(stopping.best_params, {"W": np.array([best])}, "best_params")


@pytest.mark.points(1)
@pytest.mark.concept("EarlyStopping")
@pytest.mark.depends("test_early_stopping_waits")
@pytest.mark.hidden("Can one stop before the first bad update, or ask for less than no gain?")
def test_early_stopping_rejects_what_does_not_fit(student):
    """Early stopping: a patience below one and a negative min_delta raise a ValueError"""
    assert_rejects(student.EarlyStopping, 0, naming="patience")
    assert_rejects(student.EarlyStopping, 2, -0.1, naming="min_delta")
