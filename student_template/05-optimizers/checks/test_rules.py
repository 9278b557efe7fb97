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


# ---- sgd ------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("sgd")
@settings(learning_rate=0.003)
def test_sgd(student, reference, rng, config):
    """SGD: each step goes against the gradient, the learning rate times as far"""
    walk(student, reference, rng, "sgd", (), config)


# ---- momentum ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("sgd_momentum")
@settings(learning_rate=0.002, momentum=0.6)
def test_sgd_momentum(student, reference, rng, config):
    """Momentum: the velocity gathers the past steps, and the weights move by it"""
    walk(student, reference, rng, "sgd_momentum", ("velocity",), config)


# ---- nesterov ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("nesterov")
@settings(learning_rate=0.002, momentum=0.6)
def test_nesterov(student, reference, rng, config):
    """Nesterov: the step looks one velocity ahead, w + μ v - η dw with the new v"""
    walk(student, reference, rng, "nesterov", ("velocity",), config)


# ---- adagrad ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("adagrad")
@settings(learning_rate=0.05)
def test_adagrad(student, reference, rng, config):
    """AdaGrad: the squares of all gradients add up, weight by weight, and shorten the steps"""
    walk(student, reference, rng, "adagrad", ("cache",), config)


# ---- adadelta ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("adadelta")
@settings(learning_rate=0.4, rho=0.7, epsilon=1e-3)
def test_adadelta(student, reference, rng, config):
    """AdaDelta: the running mean of past steps takes the place of a learning rate"""
    walk(student, reference, rng, "adadelta", ("cache", "delta_cache"), config)


# ---- rmsprop ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("rmsprop")
@settings(learning_rate=0.05, decay_rate=0.7)
def test_rmsprop(student, reference, rng, config):
    """RMSProp: each gradient is divided by the root of a running mean of its square"""
    walk(student, reference, rng, "rmsprop", ("cache",), config)


# ---- adam ------------------------------------------------------------------------------------


@pytest.mark.points(5)
@pytest.mark.concept("adam")
@settings(learning_rate=0.05, beta1=0.7, beta2=0.8)
def test_adam(student, reference, rng, config):
    """Adam: running means of the gradient and of its square, both corrected for their start
    at zero
    """
    walk(student, reference, rng, "adam", ("m", "v", "t"), config)


# ---- adamw ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("adamw")
@settings(learning_rate=0.05, beta1=0.7, beta2=0.8, weight_decay=0.4)
def test_adamw(student, reference, rng, config):
    """AdamW: the weights shrink beside the adaptive step, and the moments know nothing of it"""
    walk(student, reference, rng, "adamw", ("m", "v", "t"), config)


# ---- nadam ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("nadam")
@settings(learning_rate=0.05, beta1=0.7, beta2=0.8)
def test_nadam(student, reference, rng, config):
    """NAdam: Adam whose first moment looks one step ahead"""
    walk(student, reference, rng, "nadam", ("m", "v", "t"), config)


# ---- averaged sgd --------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("averaged_sgd")
@settings(learning_rate=0.003)
def test_averaged_sgd(student, reference, rng, config):
    """Averaged SGD: the steps are those of SGD, and the average is the mean of the weights after
    each step
    """
    walk(student, reference, rng, "averaged_sgd", ("average", "t"), config)
