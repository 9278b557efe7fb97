import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects

STEPS = 4
# Where Adam's ε stands shows in the seventh digit of a step, and is no mistake.
ANY_EPSILON = {"rtol": 1e-6, "atol": 1e-7}
RULES = ["sgd_l2_step", "sgd_weight_decay_step", "adam_l2_step", "adam_decoupled_step"]


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


# ---- corners -----------------------------------------------------------------------------------


ALL_STEPS = (
    "test_sgd_with_l2",
    "test_sgd_with_weight_decay",
    "test_adam_with_l2",
    "test_adam_with_decoupled_decay",
)


@pytest.mark.points(2)
@pytest.mark.concept("adam_decoupled_step")
@pytest.mark.depends(*ALL_STEPS)
@pytest.mark.hidden(
    "What are η, λ and the rest by default? And what is 0 / 0 for a weight that never had a "
    "gradient?"
)
def test_steps_by_default(student, reference, rng):
    """Steps: the defaults of the docstring, and a weight that is zero and has no gradient"""
    w, dws = rng.normal(size=(3, 2)), gradients(rng, 3, 2)
    w[0, 0], dws[:, 0, 0] = 0, 0
    for rule in RULES:
        expected = walk(reference, rule, w, dws, None)
        for t, mine in enumerate(walk(student, rule, w, dws, None)):
            assert_close(mine, expected[t], f"{rule}: w after step {t + 1}", **ANY_EPSILON)


@pytest.mark.points(3)
@pytest.mark.concept("adam_l2_step")
@pytest.mark.depends(*ALL_STEPS)
@pytest.mark.hidden(
    "Train two arrays of different shape in turn, and float32. Does w stay as it was?"
)
def test_steps_of_several_weights(student, reference, rng):
    """Steps: two parameters in turn, float32, and w and dw are left as they were"""
    for rule in RULES:
        step, ws = getattr(student, rule), [rng.normal(size=(3, 2)), rng.normal(size=4)]
        grads = [gradients(rng, *w.shape) for w in ws]
        config = ADAM if "adam" in rule else {"learning_rate": 0.1, "weight_decay": 0.3}
        expected = [
            walk(reference, rule, w, dws, config)[-1] for w, dws in zip(ws, grads, strict=True)
        ]
        configs = [config, config]
        for t in range(STEPS):
            for i in (0, 1):
                ws[i], configs[i] = step(ws[i], grads[i][t], configs[i])
                changed = {"w", "dw"} & set(student.mutated)
                if changed:
                    raise CheckFailure(f"{rule} changes its argument {min(changed)} in place")
        assert_close(ws, expected, f"{rule}: both arrays after {STEPS} steps", **ANY_EPSILON)

        w, _ = step(ws[0].astype(np.float32), grads[0][0].astype(np.float32), config)
        if w.dtype != np.float32:
            raise CheckFailure(f"{rule}: next_w has dtype {w.dtype} where w has float32")


@pytest.mark.points(2)
@pytest.mark.concept("sgd_l2_step")
@pytest.mark.depends(*ALL_STEPS)
@pytest.mark.hidden(
    "What if dw has another shape than w, if a rate is negative, if a key of config is misspelt?"
)
def test_steps_reject_what_does_not_fit(student, rng):
    """Steps: a dw of another shape, a negative rate or decay, and an unknown key raise a
    ValueError
    """
    w = rng.normal(size=(3, 2))
    for rule in RULES:
        step = getattr(student, rule)
        assert_rejects(step, w, w[:1], {}, naming="dw")
        assert_rejects(step, w, w, {"learning_rate": -0.1}, naming="learning_rate")
        assert_rejects(step, w, w, {"weight_decay": -0.1}, naming="weight_decay")
        assert_rejects(step, w, w, {"wieght_decay": 0.1}, naming="wieght_decay")
    for rule in RULES[2:]:
        assert_rejects(getattr(student, rule), w, w, {"beta1": 1.0}, naming="beta1")
