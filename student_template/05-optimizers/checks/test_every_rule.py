"""What all rules promise alike, whatever they compute."""

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
