import numpy as np
import pytest

from grader.checks import assert_close, assert_learns, assert_rejects

# ---- the loop ------------------------------------------------------------------------------------


def valley(w):
    """A function with a gradient that is another one everywhere."""
    w = np.asarray(w, dtype=float)
    return np.sum(w**4 / 4 - w**2), w**3 - 2 * w


def slowing(w, dw, config):
    """A rule of the check's own, which needs its config: the k-th step is 1/k as long."""
    config = config or {}
    k = config.get("k", 0) + 1
    return w - config.get("rate", 0.1) / k * dw, {**config, "k": k}


@pytest.mark.points(4)
@pytest.mark.concept("minimise")
def test_minimise(student, reference, rng):
    """minimise: takes the steps that the rule says, hands its config on, and keeps all losses"""
    w0 = rng.normal(size=(2, 3))

    w, config, losses = student.minimise(valley, w0, slowing, {"rate": 0.2}, 5)

    expected_w, expected_config, expected_losses = reference.minimise(
        valley, w0, slowing, {"rate": 0.2}, 5
    )
    assert_close(
        w,
        expected_w,
        "w",
        hint="Each step needs the gradient at the newest w, and the config of the last step.",
    )
    assert_close(config, expected_config, "config")
    assert_close(
        losses,
        expected_losses,
        "losses",
        hint="losses[t] is f at w after t steps, from w0 to the w returned.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("minimise")
@pytest.mark.depends("test_minimise")
@pytest.mark.hidden(
    "No step at all, no config, a w0 that is one number or a list: what do w, config and losses "
    "hold?"
)
def test_minimise_in_the_corners(student, reference, rng):
    """minimise: no step, no config, a single number"""
    for w0, config, steps in (
        (rng.normal(size=3), {"rate": 0.3}, 0),
        (1.5, None, 3),
        (np.array([2, -1]), None, 2),
    ):
        w, kept, losses = student.minimise(valley, w0, slowing, config, steps)

        expected_w, expected_config, expected_losses = reference.minimise(
            valley, w0, slowing, config, steps
        )
        assert_close(w, expected_w, "w")
        assert_close(kept, expected_config, "config")
        assert_close(losses, expected_losses, "losses")
        assert not student.mutated, "minimise changes w0 in place"


@pytest.mark.points(1)
@pytest.mark.concept("minimise")
@pytest.mark.depends("test_minimise")
@pytest.mark.hidden("range(-1) is empty and says nothing.")
def test_minimise_rejects_negative_steps(student, rng):
    """minimise: a negative number of steps raises a ValueError that names num_steps"""
    assert_rejects(
        student.minimise, valley, rng.normal(size=3), slowing, None, -1, naming="num_steps"
    )


# ---- where the rules lead ------------------------------------------------------------------------


def bowl(w):
    x, y = w
    return (x**2 + y**2) / 2, np.array([x, y])


def ravine(w):
    """Fifty times as steep across as along."""
    x, y = w
    return (x**2 + 50 * y**2) / 2, np.array([x, 50 * y])


def saddle(w):
    """Flat at the origin, which is no minimum; those are at (±1, 0)."""
    x, y = w
    return (x**2 - 1) ** 2 / 4 + y**2 / 2, np.array([x**3 - x, y])


def rosenbrock(w):
    """A bent valley with a flat floor, and the minimum at (1, 1) (Rosenbrock 1960)."""
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2, np.array(
        [-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)]
    )


# surface: the function, the steps, and between which bounds x and y start
SURFACES = {
    "bowl": (bowl, 40, [(1, 2), (1, 2)]),
    "ravine": (ravine, 80, [(1, 2), (1, 2)]),
    "saddle": (saddle, 60, [(0.02, 0.05), (0.5, 1)]),
    "rosenbrock": (rosenbrock, 200, [(-1.3, -1.1), (0.9, 1.1)]),
}

# rule: a learning rate for each surface, with which the reference comes close to the minimum and
# does not hit it
RATES = {
    "sgd": (0.1, 0.03, 0.1, 0.0025),
    "sgd_momentum": (0.02, 0.02, 0.05, 0.0015),
    "nesterov": (0.02, 0.02, 0.05, 0.001),
    "adagrad": (0.3, 0.3, 0.1, 1.5),
    "adadelta": (20, 10, 5, 10),
    "rmsprop": (0.03, 0.03, 0.01, 0.2),
    "adam": (0.1, 0.1, 0.05, 0.5),
    "adamw": (0.1, 0.1, 0.05, 0.5),
    "nadam": (0.1, 0.1, 0.05, 0.3),
}

every_surface = pytest.mark.parametrize("surface", SURFACES)


def reaches_the_minimum(student, calibration, rule, surface):
    """Walk from random starts, and compare f where the walk ends with where the walks of the
    reference ended.
    """
    function, steps, bounds = SURFACES[surface]
    config = {"learning_rate": RATES[rule][list(SURFACES).index(surface)]}

    def train(seed):
        rng = np.random.default_rng(seed)
        w0 = np.array([rng.uniform(low, high) for low, high in bounds])
        w, _, losses = student.minimise(function, w0, getattr(student, rule), config, steps)
        return w, losses

    assert_learns(
        train,
        metric=lambda result: function(result[0])[0],
        key=f"{rule}-{surface}",
        calibration=calibration,
        history=lambda result: result[1],
        better="lower",
        name=f"f at the end of the walk on the {surface}",
    )


@pytest.mark.points(0.5)
@pytest.mark.concept("sgd")
@pytest.mark.depends("test_sgd", "test_minimise")
@every_surface
def test_sgd_descends(student, calibration, surface):
    """SGD: comes down a bowl, a ravine, past a saddle, and into Rosenbrock's valley"""
    reaches_the_minimum(student, calibration, "sgd", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("sgd_momentum")
@pytest.mark.depends("test_sgd_momentum", "test_minimise")
@every_surface
def test_sgd_momentum_descends(student, calibration, surface):
    """Momentum: runs along the floor of a ravine where SGD only crawls"""
    reaches_the_minimum(student, calibration, "sgd_momentum", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("nesterov")
@pytest.mark.depends("test_nesterov", "test_minimise")
@every_surface
def test_nesterov_descends(student, calibration, surface):
    """Nesterov: comes down all four surfaces, and swings less than momentum"""
    reaches_the_minimum(student, calibration, "nesterov", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("adagrad")
@pytest.mark.depends("test_adagrad", "test_minimise")
@every_surface
def test_adagrad_descends(student, calibration, surface):
    """AdaGrad: does not care that a ravine is steeper across than along"""
    reaches_the_minimum(student, calibration, "adagrad", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("adadelta")
@pytest.mark.depends("test_adadelta", "test_minimise")
@every_surface
def test_adadelta_descends(student, calibration, surface):
    """AdaDelta: finds its own step size on all four surfaces"""
    reaches_the_minimum(student, calibration, "adadelta", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("rmsprop")
@pytest.mark.depends("test_rmsprop", "test_minimise")
@every_surface
def test_rmsprop_descends(student, calibration, surface):
    """RMSProp: leaves the saddle, where the gradient is tiny, as fast as any other place"""
    reaches_the_minimum(student, calibration, "rmsprop", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("adam")
@pytest.mark.depends("test_adam", "test_minimise")
@every_surface
def test_adam_descends(student, calibration, surface):
    """Adam: comes down all four surfaces, Rosenbrock's bent valley among them"""
    reaches_the_minimum(student, calibration, "adam", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("adamw")
@pytest.mark.depends("test_adamw", "test_minimise")
@every_surface
def test_adamw_descends(student, calibration, surface):
    """AdamW: comes down all four surfaces, a little short of minima that are not at zero"""
    reaches_the_minimum(student, calibration, "adamw", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("nadam")
@pytest.mark.depends("test_nadam", "test_minimise")
@every_surface
def test_nadam_descends(student, calibration, surface):
    """NAdam: comes down all four surfaces"""
    reaches_the_minimum(student, calibration, "nadam", surface)


@pytest.mark.points(0.5)
@pytest.mark.concept("averaged_sgd")
@pytest.mark.depends("test_averaged_sgd", "test_minimise")
def test_averaged_sgd_descends(student, calibration):
    """Averaged SGD: with noisy gradients the average comes closer to the minimum than any single
    step
    """

    def train(seed):
        rng = np.random.default_rng(seed)

        def noisy_bowl(w):
            value, gradient = bowl(w)
            return value, gradient + rng.normal(size=2)

        w0 = rng.choice([-1, 1], size=2) * rng.uniform(0.5, 1, size=2)
        _, config, losses = student.minimise(
            noisy_bowl, w0, student.averaged_sgd, {"learning_rate": 0.3}, 250
        )
        return config["average"], losses

    assert_learns(
        train,
        metric=lambda result: bowl(result[0])[0],
        key="averaged_sgd-noisy-bowl",
        calibration=calibration,
        history=lambda result: result[1],
        better="lower",
        name="f at the average of the walk in the noisy bowl",
    )
