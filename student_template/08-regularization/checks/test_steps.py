import pytest

from grader.checks import assert_close

STEPS = 4
# Where Adam's ε stands shows in the seventh digit of a step, and is no mistake.
ANY_EPSILON = {"rtol": 1e-6, "atol": 1e-7}


def gradients(rng, *shape):
    """A gradient for each step; none is so small that ε matters."""
    return rng.uniform(0.5, 2, (STEPS, *shape)) * rng.choice([-1, 1], (STEPS, *shape))


def walk(subject, rule, w, dws, config):
    """The weights after each step, with the config handed on."""
    visited = []
    for dw in dws:
        w, config = getattr(subject, rule)(w, dw, config)
        visited.append(w)
    return visited


@pytest.mark.points(2)
@pytest.mark.concept("sgd_l2_step")
def test_sgd_with_l2(student, reference, rng):
    """SGD with an L2 penalty: the gradient gets λ w added"""
    w, dws, config = (
        rng.normal(size=(4, 3)),
        gradients(rng, 4, 3),
        {"learning_rate": 0.1, "weight_decay": 0.3},
    )
    expected = walk(reference, "sgd_l2_step", w, dws, config)
    for t, mine in enumerate(walk(student, "sgd_l2_step", w, dws, config)):
        assert_close(mine, expected[t], f"w after step {t + 1}", hint="w - η (dw + λ w)")


@pytest.mark.points(2)
@pytest.mark.concept("sgd_weight_decay_step")
def test_sgd_with_weight_decay(student, reference, rng):
    """SGD with weight decay: the weights shrink by 1 - ηλ, which comes to the same"""
    w, dws, config = (
        rng.normal(size=(4, 3)),
        gradients(rng, 4, 3),
        {"learning_rate": 0.1, "weight_decay": 0.3},
    )
    expected = walk(reference, "sgd_weight_decay_step", w, dws, config)
    for t, mine in enumerate(walk(student, "sgd_weight_decay_step", w, dws, config)):
        assert_close(mine, expected[t], f"w after step {t + 1}", hint="(1 - η λ) w - η dw")


ADAM = {"learning_rate": 0.05, "weight_decay": 0.3, "beta1": 0.8, "beta2": 0.95}


@pytest.mark.points(4)
@pytest.mark.concept("adam_l2_step")
def test_adam_with_l2(student, reference, rng):
    """Adam with an L2 penalty: λ w joins the gradient, and so both moments"""
    w, dws = rng.normal(size=(4, 3)), gradients(rng, 4, 3)
    expected = walk(reference, "adam_l2_step", w, dws, ADAM)
    for t, mine in enumerate(walk(student, "adam_l2_step", w, dws, ADAM)):
        assert_close(
            mine,
            expected[t],
            f"w after step {t + 1}",
            **ANY_EPSILON,
            hint="g = dw + λ w, then Adam with g.",
        )


@pytest.mark.points(4)
@pytest.mark.concept("adam_decoupled_step")
def test_adam_with_decoupled_decay(student, reference, rng):
    """AdamW: the weights shrink by 1 - ηλ, and neither moment knows of it"""
    w, dws = rng.normal(size=(4, 3)), gradients(rng, 4, 3)
    expected = walk(reference, "adam_decoupled_step", w, dws, ADAM)
    for t, mine in enumerate(walk(student, "adam_decoupled_step", w, dws, ADAM)):
        hint = "(1 - η λ) w - η m̂ / (√v̂ + ε), with moments of dw alone."
        assert_close(mine, expected[t], f"w after step {t + 1}", **ANY_EPSILON, hint=hint)
