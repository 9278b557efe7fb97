"""What all rules promise alike, whatever they compute."""

import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects

# rule: the arrays that it remembers
RULES = {
    "sgd": (),
    "sgd_momentum": ("velocity",),
    "nesterov": ("velocity",),
    "adagrad": ("cache",),
    "adadelta": ("cache", "delta_cache"),
    "rmsprop": ("cache",),
    "adam": ("m", "v"),
    "adamw": ("m", "v"),
    "nadam": ("m", "v"),
    "averaged_sgd": ("average",),
}
SHARES = {  # the hyperparameters below one
    "sgd_momentum": ("momentum",),
    "nesterov": ("momentum",),
    "adadelta": ("rho",),
    "rmsprop": ("decay_rate",),
    "adam": ("beta1", "beta2"),
    "adamw": ("beta1", "beta2"),
    "nadam": ("beta1", "beta2"),
}

every_rule = pytest.mark.parametrize("rule", RULES)


@pytest.mark.points(3, each=True)
@every_rule
def test_inputs_stay_as_they_were(student, rng, rule):
    """Every rule: w, dw and the arrays in config stay as they were"""
    function, config = getattr(student, rule), {"learning_rate": 0.1}
    for _ in range(2):  # the second time there is a state
        w, dw = rng.normal(size=(2, 3, 2))
        _, config = function(w, dw, config)
        if student.mutated:
            raise CheckFailure(
                f"{rule} changes an array of {' and '.join(student.mutated)} in place",
                hint="Compute a new array: `w = w - step` makes one, `w -= step` overwrites the "
                "caller's.",
            )


@pytest.mark.points(3, each=True)
@every_rule
def test_parameters_share_no_state(student, rng, rule):
    """Every rule: two parameters that start from one config do not disturb each other"""
    function = getattr(student, rule)
    (w1, w2), (dw1, dw2) = rng.normal(size=(2, 2, 3, 2))
    for config in (student.hold({"learning_rate": 0.1}), None):
        alone, _ = function(w1, dw1, config)
        function(w2, dw2, config)
        again, _ = function(w1, dw1, config)
        assert_close(
            again,
            alone,
            "w of the same step, asked again after a step of another parameter,",
            hint="Is something remembered outside the config that you return, or written into the "
            "one that was given?",
        )


@pytest.mark.points(2, each=True)
@every_rule
def test_gradients_of_another_shape_are_refused(student, rng, rule):
    """Every rule: a dw whose shape is not that of w raises a ValueError that names dw"""
    assert_rejects(getattr(student, rule), rng.normal(size=(3, 2)), rng.normal(size=2), naming="dw")


@pytest.mark.points(5, each=True)
@pytest.mark.hidden(
    "float32 weights stay float32, and so does the state. What does np.sqrt make of a Python "
    "number?"
)
@every_rule
def test_dtypes(student, rng, rule):
    """Every rule: float32 stays float32, integers become floating numbers"""
    function, config = getattr(student, rule), None
    w = rng.normal(size=(3, 2)).astype(np.float32)
    for _ in range(2):
        w, config = function(w, rng.normal(size=(3, 2)).astype(np.float32), config)
        for name, array in [
            ("next_w", w),
            *((f"config[{key!r}]", config[key]) for key in RULES[rule]),
        ]:
            if type(array) is not np.ndarray or array.dtype != np.float32:
                dtype = f"has dtype {array.dtype}" if type(array) is np.ndarray else "is no array"
                raise CheckFailure(f"{rule}: w has dtype float32, and {name} {dtype}")

    w, dw = rng.integers(5, 10, size=(2, 4))
    of_integers, _ = function(w, dw)
    of_floats, _ = function(w.astype(np.float64), dw.astype(np.float64))
    assert_close(of_integers, of_floats, "next_w of integers")


@pytest.mark.points(5, each=True)
@pytest.mark.hidden(
    "A misspelt key, a negative learning rate, a decay of 1, the velocity of another parameter: "
    "say so."
)
@every_rule
def test_bad_configs_are_refused(student, rng, rule):
    """Every rule: a config that does not fit raises a ValueError that names the key"""
    function = getattr(student, rule)
    w, dw = rng.normal(size=(2, 3, 2))
    assert_rejects(function, w, dw, {"lr": 0.1}, naming="lr")
    assert_rejects(function, w, dw, {"learning_rate": -0.1}, naming="learning_rate")
    for key in SHARES.get(rule, ()):
        assert_rejects(function, w, dw, {key: 1.0}, naming=key)
        assert_rejects(function, w, dw, {key: -0.1}, naming=key)
    for key in RULES[rule]:
        assert_rejects(function, w, dw, {key: np.zeros(2)}, naming=key)
