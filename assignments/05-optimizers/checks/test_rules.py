import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close

STEPS = 6
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def weights(rng, shape):
    """Well away from zero, so that no step crosses it."""
    return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(5, 10, size=shape)


def gradients(rng, shape, steps=STEPS):
    """One for each step, of very different sizes, and all so large that no epsilon shows, wherever
    it stands.
    """
    return rng.choice([-1.0, 1.0], size=(steps, *shape)) * np.exp(
        rng.uniform(np.log(100), np.log(3000), (steps, *shape))
    )


def follow(student, reference, rule, w, grads, state=(), config=None, halve_after=None):
    """Walk with both, each from its own weights and config, and compare the weights and the state
    after every step.
    """
    mine, right = (w, config), (w, config)
    for step, dw in enumerate(grads, start=1):
        next_w, mine_config = getattr(student, rule)(mine[0], dw, mine[1])
        right_w, right_config = getattr(reference, rule)(right[0], dw, right[1])
        which = str(step).translate(SUBSCRIPTS)
        hint = (
            f"w{which} and config{which} are what the {ORDINALS[step - 1]} step of the walk "
            "returns."
        )
        assert_close(next_w, right_w, f"w{which}", hint=hint)
        if type(mine_config) is not dict:
            raise CheckFailure(
                f"{rule} returned a config that is no dict", hint="Return next_w, config."
            )
        kept = {key: mine_config[key] for key in state if key in mine_config}
        sizes = {"the learning rate": right_config.get("learning_rate", 1.0)}
        assert_close(
            kept,
            {key: right_config[key] for key in state},
            f"config{which}",
            sizes=sizes,
            hint=hint,
        )
        mine, right = (next_w, mine_config), (right_w, right_config)
        if step == halve_after:
            rate = config["learning_rate"] / 2
            mine, right = (
                (next_w, {**mine_config, "learning_rate": rate}),
                (right_w, right_config | {"learning_rate": rate}),
            )


def saved(rng, state, shape, t):
    """A state as some steps before may have left it."""
    sizes = {"velocity": 0.5, "m": 100, "average": 5}
    squares = {"cache": 1e6, "v": 1e6, "delta_cache": 1}
    drawn = {key: sizes[key] * rng.normal(size=shape) for key in state if key in sizes}
    drawn |= {
        key: squares[key] * rng.uniform(0.1, 1, size=shape) for key in state if key in squares
    }
    return drawn | {"t": t} if "t" in state else drawn


def settings(**config):
    """Two cases: defaults from the start, and settings of one's own that go on from a saved
    state.
    """
    return pytest.mark.parametrize("config", [None, config], ids=["defaults", "settings"])


def walk(student, reference, rng, rule, state, config):
    w, grads = weights(rng, (3, 2)), gradients(rng, (3, 2))
    if config is None:
        follow(student, reference, rule, w, grads, state)
    else:
        follow(
            student,
            reference,
            rule,
            w,
            grads,
            state,
            config | saved(rng, state, (3, 2), t=3),
            STEPS // 2,
        )


def corners(student, reference, rng, rule, state, zeros):
    """Arrays of other shapes, a late start, hyperparameters that are zero, gradients that are zero
    from the start.
    """
    for shape in ((), (1,), (2, 1, 3)):
        config = {"learning_rate": 0.02}
        follow(
            student, reference, rule, weights(rng, shape), gradients(rng, shape, 3), state, config
        )
    late = saved(rng, state, (5,), t=300)
    follow(student, reference, rule, weights(rng, (5,)), gradients(rng, (5,), 2), state, late)
    for key in zeros:
        follow(
            student, reference, rule, weights(rng, (4,)), gradients(rng, (4,), 3), state, {key: 0.0}
        )
    follow(student, reference, rule, weights(rng, (2, 2)), np.zeros((3, 2, 2)), state)


def epsilon_shortens(student, rng, rule):
    """A huge epsilon makes the step far shorter, beside the root as well as inside it."""
    (w, dw), steps = gradients(rng, (4,), 2), []
    for config in ({}, {"epsilon": 1e8}):
        next_w, _ = getattr(student, rule)(
            w, dw, config | ({"weight_decay": 0.0} if rule == "adamw" else {})
        )
        steps.append(next_w - w)
    share = steps[1] / steps[0]
    if not ((share > 0) & (share < 0.5)).all():
        raise CheckFailure(f"an epsilon of 1e8 in config does not shorten the steps of {rule}")


# ---- sgd ------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("sgd")
@settings(learning_rate=0.003)
def test_sgd(student, reference, rng, config):
    """SGD: each step goes against the gradient, the learning rate times as far"""
    walk(student, reference, rng, "sgd", (), config)


@pytest.mark.points(1)
@pytest.mark.concept("sgd")
@pytest.mark.depends("test_sgd")
@pytest.mark.hidden(
    "A learning rate of 0 is a number like any other, and a parameter may be a single number."
)
def test_sgd_in_the_corners(student, reference, rng):
    """SGD: a learning rate of zero, no gradient, arrays of any shape"""
    corners(student, reference, rng, "sgd", (), ["learning_rate"])


# ---- momentum ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("sgd_momentum")
@settings(learning_rate=0.002, momentum=0.6)
def test_sgd_momentum(student, reference, rng, config):
    """Momentum: the velocity gathers the past steps, and the weights move by it"""
    walk(student, reference, rng, "sgd_momentum", ("velocity",), config)


@pytest.mark.points(2)
@pytest.mark.concept("sgd_momentum")
@pytest.mark.depends("test_sgd_momentum")
@pytest.mark.hidden(
    "Without momentum (μ = 0) this is SGD. Does your code take a 0 in config for a missing value?"
)
def test_sgd_momentum_in_the_corners(student, reference, rng):
    """Momentum: a momentum of zero, no gradient, arrays of any shape"""
    corners(student, reference, rng, "sgd_momentum", ("velocity",), ["learning_rate", "momentum"])


# ---- nesterov ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("nesterov")
@settings(learning_rate=0.002, momentum=0.6)
def test_nesterov(student, reference, rng, config):
    """Nesterov: the step looks one velocity ahead, w + μ v - η dw with the new v"""
    walk(student, reference, rng, "nesterov", ("velocity",), config)


@pytest.mark.points(2)
@pytest.mark.concept("nesterov")
@pytest.mark.depends("test_nesterov")
@pytest.mark.hidden(
    "Without momentum (μ = 0) this is SGD. Does your code take a 0 in config for a missing value?"
)
def test_nesterov_in_the_corners(student, reference, rng):
    """Nesterov: a momentum of zero, no gradient, arrays of any shape"""
    corners(student, reference, rng, "nesterov", ("velocity",), ["learning_rate", "momentum"])


# ---- adagrad ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("adagrad")
@settings(learning_rate=0.05)
def test_adagrad(student, reference, rng, config):
    """AdaGrad: the squares of all gradients add up, weight by weight, and shorten the steps"""
    walk(student, reference, rng, "adagrad", ("cache",), config)


@pytest.mark.points(2)
@pytest.mark.concept("adagrad")
@pytest.mark.depends("test_adagrad")
@pytest.mark.hidden(
    "A weight that has never had a gradient divides 0 by 0, unless something stands beside the "
    "root."
)
def test_adagrad_in_the_corners(student, reference, rng):
    """AdaGrad: a weight that has no gradient, a learning rate of zero, arrays of any shape"""
    corners(student, reference, rng, "adagrad", ("cache",), ["learning_rate"])
    epsilon_shortens(student, rng, "adagrad")


# ---- adadelta ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("adadelta")
@settings(learning_rate=0.4, rho=0.7, epsilon=1e-3)
def test_adadelta(student, reference, rng, config):
    """AdaDelta: the running mean of past steps takes the place of a learning rate"""
    walk(student, reference, rng, "adadelta", ("cache", "delta_cache"), config)


@pytest.mark.points(2)
@pytest.mark.concept("adadelta")
@pytest.mark.depends("test_adadelta")
@pytest.mark.hidden(
    "With ρ = 0 nothing is remembered but the last step. Does your code take a 0 for a missing "
    "value?"
)
def test_adadelta_in_the_corners(student, reference, rng):
    """AdaDelta: a weight that has no gradient, a ρ of zero, arrays of any shape"""
    corners(student, reference, rng, "adadelta", ("cache", "delta_cache"), ["learning_rate", "rho"])


# ---- rmsprop ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("rmsprop")
@settings(learning_rate=0.05, decay_rate=0.7)
def test_rmsprop(student, reference, rng, config):
    """RMSProp: each gradient is divided by the root of a running mean of its square"""
    walk(student, reference, rng, "rmsprop", ("cache",), config)


@pytest.mark.points(2)
@pytest.mark.concept("rmsprop")
@pytest.mark.depends("test_rmsprop")
@pytest.mark.hidden(
    "A weight that has never had a gradient divides 0 by 0, unless something stands beside the "
    "root."
)
def test_rmsprop_in_the_corners(student, reference, rng):
    """RMSProp: a weight that has no gradient, a decay rate of zero, arrays of any shape"""
    corners(student, reference, rng, "rmsprop", ("cache",), ["learning_rate", "decay_rate"])
    epsilon_shortens(student, rng, "rmsprop")


# ---- adam ------------------------------------------------------------------------------------


@pytest.mark.points(5)
@pytest.mark.concept("adam")
@settings(learning_rate=0.05, beta1=0.7, beta2=0.8)
def test_adam(student, reference, rng, config):
    """Adam: running means of the gradient and of its square, both corrected for their start
    at zero
    """
    walk(student, reference, rng, "adam", ("m", "v", "t"), config)


@pytest.mark.points(4)
@pytest.mark.concept("adam")
@pytest.mark.depends("test_adam")
@pytest.mark.hidden(
    "With both β = 0 every step is ±η. What comes out where the gradient is 0 from the start, and "
    "after 1000 steps?"
)
def test_adam_in_the_corners(student, reference, rng):
    """Adam: a weight that has no gradient, a β of zero, a late start, arrays of any shape"""
    corners(student, reference, rng, "adam", ("m", "v", "t"), ["learning_rate", "beta1", "beta2"])
    epsilon_shortens(student, rng, "adam")


# ---- adamw ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("adamw")
@settings(learning_rate=0.05, beta1=0.7, beta2=0.8, weight_decay=0.4)
def test_adamw(student, reference, rng, config):
    """AdamW: the weights shrink beside the adaptive step, and the moments know nothing of it"""
    walk(student, reference, rng, "adamw", ("m", "v", "t"), config)


@pytest.mark.points(3)
@pytest.mark.concept("adamw")
@pytest.mark.depends("test_adamw")
@pytest.mark.hidden("Without a gradient AdamW still shrinks the weights; with λ = 0 it is Adam.")
def test_adamw_in_the_corners(student, reference, rng):
    """AdamW: no gradient, no decay, a late start, arrays of any shape"""
    corners(
        student,
        reference,
        rng,
        "adamw",
        ("m", "v", "t"),
        ["learning_rate", "beta1", "beta2", "weight_decay"],
    )
    epsilon_shortens(student, rng, "adamw")


# ---- nadam ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("nadam")
@settings(learning_rate=0.05, beta1=0.7, beta2=0.8)
def test_nadam(student, reference, rng, config):
    """NAdam: Adam whose first moment looks one step ahead"""
    walk(student, reference, rng, "nadam", ("m", "v", "t"), config)


@pytest.mark.points(3)
@pytest.mark.concept("nadam")
@pytest.mark.depends("test_nadam")
@pytest.mark.hidden(
    "With β₁ = 0 there is nothing to look ahead with, and NAdam is Adam. How does a saved state "
    "go on?"
)
def test_nadam_in_the_corners(student, reference, rng):
    """NAdam: a weight that has no gradient, a β of zero, a late start, arrays of any shape"""
    corners(student, reference, rng, "nadam", ("m", "v", "t"), ["learning_rate", "beta1", "beta2"])
    epsilon_shortens(student, rng, "nadam")


# ---- averaged sgd --------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("averaged_sgd")
@settings(learning_rate=0.003)
def test_averaged_sgd(student, reference, rng, config):
    """Averaged SGD: the steps are those of SGD, and the average is the mean of the weights after
    each step
    """
    walk(student, reference, rng, "averaged_sgd", ("average", "t"), config)


@pytest.mark.points(2)
@pytest.mark.concept("averaged_sgd")
@pytest.mark.depends("test_averaged_sgd")
@pytest.mark.hidden(
    "The mean counts every step once, however many have gone before. Which weight has the newest "
    "one?"
)
def test_averaged_sgd_in_the_corners(student, reference, rng):
    """Averaged SGD: a late start, a learning rate of zero, arrays of any shape"""
    corners(student, reference, rng, "averaged_sgd", ("average", "t"), ["learning_rate"])
