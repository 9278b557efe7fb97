"""The optimizers against torch.optim, against the papers' equations, and on surfaces where their
differences show.
"""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reference import optim
from reference.optim import clip_by_norm, minimise

# rule: torch's optimizer with this curriculum's defaults written out
TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=1e-2),
    "averaged_sgd": lambda p: torch.optim.SGD(p, lr=1e-2),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=1e-2, eps=1e-8),
    "adadelta": lambda p: torch.optim.Adadelta(p, lr=1.0, rho=0.95, eps=1e-6),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-2, alpha=0.99, eps=1e-8),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-3, betas=(0.9, 0.999), eps=1e-8),
    "adamw": lambda p: torch.optim.AdamW(
        p, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2
    ),
    # A momentum_decay beyond all bounds is the constant β₁ of this curriculum.
    "nadam": lambda p: torch.optim.NAdam(
        p, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, momentum_decay=1e9
    ),
}

# rule: a config away from every default, and torch's optimizer with the same values
CONFIGURED = {
    "sgd": ({"learning_rate": 0.3}, lambda p: torch.optim.SGD(p, lr=0.3)),
    "averaged_sgd": ({"learning_rate": 0.3}, lambda p: torch.optim.SGD(p, lr=0.3)),
    "sgd_momentum": (
        {"learning_rate": 0.3, "momentum": 0.6},
        lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.6),
    ),
    "nesterov": (
        {"learning_rate": 0.3, "momentum": 0.6},
        lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.6, nesterov=True),
    ),
    "adagrad": (
        {"learning_rate": 0.3, "epsilon": 0.2},
        lambda p: torch.optim.Adagrad(p, lr=0.3, eps=0.2),
    ),
    "adadelta": (
        {"learning_rate": 0.3, "rho": 0.7, "epsilon": 0.2},
        lambda p: torch.optim.Adadelta(p, lr=0.3, rho=0.7, eps=0.2),
    ),
    "rmsprop": (
        {"learning_rate": 0.3, "decay_rate": 0.7, "epsilon": 0.2},
        lambda p: torch.optim.RMSprop(p, lr=0.3, alpha=0.7, eps=0.2),
    ),
    "adam": (
        {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.8, "epsilon": 0.2},
        lambda p: torch.optim.Adam(p, lr=0.3, betas=(0.7, 0.8), eps=0.2),
    ),
    "adamw": (
        {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.8, "epsilon": 0.2, "weight_decay": 0.4},
        lambda p: torch.optim.AdamW(p, lr=0.3, betas=(0.7, 0.8), eps=0.2, weight_decay=0.4),
    ),
    "nadam": (
        {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.8, "epsilon": 0.2},
        lambda p: torch.optim.NAdam(p, lr=0.3, betas=(0.7, 0.8), eps=0.2, momentum_decay=1e9),
    ),
}

# rule: the arrays it remembers
STATE = {
    "sgd": (),
    "averaged_sgd": ("average",),
    "sgd_momentum": ("velocity",),
    "nesterov": ("velocity",),
    "adagrad": ("cache",),
    "adadelta": ("cache", "delta_cache"),
    "rmsprop": ("cache",),
    "adam": ("m", "v"),
    "adamw": ("m", "v"),
    "nadam": ("m", "v"),
}

HYPERPARAMETERS = {name: list(config) for name, (config, _) in CONFIGURED.items()}

every_rule = pytest.mark.parametrize("name", TORCH)


def gradients(steps=12, shape=(3, 2), seed=0):
    return (
        np.random.default_rng(seed).normal(size=(steps, *shape))
        * np.geomspace(1, 100, steps)[:, None, None]
    )


def run(rule, w, grads, config=None):
    """The weights after each step, and the last config."""
    path = []
    for dw in grads:
        w, config = rule(w, dw, config)
        path.append(w)
    return np.array(path), config


@pytest.fixture(autouse=True)
def torch_counts_in_float64():
    """NAdam keeps the product of its momenta in torch's default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def torch_run(make, w, grads):
    parameter = torch.nn.Parameter(torch.tensor(w))
    optimizer, path = make([parameter]), []
    for dw in grads:
        parameter.grad = torch.tensor(dw)
        optimizer.step()
        path.append(parameter.detach().numpy().copy())
    return np.array(path), optimizer.state[parameter]


@every_rule
def test_defaults_agree_with_torch_at_every_step(name):
    w, grads = gradients(1, seed=1)[0], gradients()
    path, _ = run(getattr(optim, name), w, grads)
    expected, _ = torch_run(TORCH[name], w, grads)
    np.testing.assert_allclose(path, expected, rtol=1e-12)


@every_rule
def test_every_hyperparameter_agrees_with_torch(name):
    w, grads = gradients(1, seed=1)[0], gradients()
    config, make = CONFIGURED[name]
    path, _ = run(getattr(optim, name), w, grads, config)
    expected, _ = torch_run(make, w, grads)
    np.testing.assert_allclose(path, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "key", "torch_key"),
    [
        ("adagrad", "cache", "sum"),
        ("adadelta", "cache", "square_avg"),
        ("adadelta", "delta_cache", "acc_delta"),
        ("rmsprop", "cache", "square_avg"),
        ("adam", "m", "exp_avg"),
        ("adam", "v", "exp_avg_sq"),
        ("adamw", "m", "exp_avg"),
        ("adamw", "v", "exp_avg_sq"),
        ("nadam", "m", "exp_avg"),
        ("nadam", "v", "exp_avg_sq"),
    ],
)
def test_state_is_the_one_torch_keeps(name, key, torch_key):
    w, grads = gradients(1, seed=1)[0], gradients()
    config, make = CONFIGURED[name]
    _, config = run(getattr(optim, name), w, grads, config)
    _, state = torch_run(make, w, grads)
    np.testing.assert_allclose(config[key], state[torch_key].numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", ["sgd_momentum", "nesterov"])
def test_velocity_points_downhill_and_contains_the_learning_rate(name):
    w, grads = gradients(1, seed=1)[0], gradients()
    _, config = run(getattr(optim, name), w, grads, {"learning_rate": 0.3})
    _, state = torch_run(lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9), w, grads)
    np.testing.assert_allclose(
        config["velocity"], -0.3 * state["momentum_buffer"].numpy(), rtol=1e-12
    )


def test_velocity_from_before_a_change_of_the_learning_rate_keeps_its_length():
    w, config = optim.sgd_momentum(np.zeros(1), np.ones(1), {"learning_rate": 1.0, "momentum": 0.5})
    w, config = optim.sgd_momentum(w, np.ones(1), config | {"learning_rate": 0.1})
    assert config["velocity"] == pytest.approx([0.5 * -1 - 0.1])
    assert w == pytest.approx([-1 - 0.6])


def test_nesterov_is_the_look_ahead_form_of_the_lectures_in_the_shifted_variable():
    eta, mu = 0.05, 0.8
    hessian = np.array([[3.0, 1.0], [1.0, 2.0]])
    theta, v = np.array([1.0, -2.0]), np.zeros(2)
    w, config = theta, {"learning_rate": eta, "momentum": mu}
    for _ in range(20):
        v = mu * v - eta * hessian @ (theta + mu * v)
        theta = theta + v
        w, config = optim.nesterov(w, hessian @ w, config)
        np.testing.assert_allclose(w, theta + mu * v, rtol=1e-10)


def test_nesterov_is_not_plain_momentum():
    w, grads = gradients(1, seed=1)[0], gradients()
    assert not np.allclose(run(optim.nesterov, w, grads)[0], run(optim.sgd_momentum, w, grads)[0])


@pytest.mark.parametrize("name", ["adam", "adamw", "nadam", "averaged_sgd"])
def test_t_counts_the_steps(name):
    _, config = run(getattr(optim, name), np.ones((3, 2)), gradients(5))
    assert config["t"] == 5
    assert type(config["t"]) is int


def test_adam_first_step_has_the_length_of_the_learning_rate_for_any_gradient():
    w, _ = optim.adam(np.zeros(3), np.array([1e-3, -1.0, 1e8]), {"learning_rate": 0.5})
    np.testing.assert_allclose(w, [-0.5, 0.5, -0.5], rtol=1e-4)


def test_adam_follows_algorithm_1_from_a_state_in_the_middle():
    w, dw, m, v = np.random.default_rng(0).uniform(1, 2, (4, 5))
    config = {
        "learning_rate": 0.1,
        "beta1": 0.8,
        "beta2": 0.6,
        "epsilon": 1e-3,
        "m": m,
        "v": v,
        "t": 4,
    }
    next_w, _ = optim.adam(w, dw, config)
    for i in range(5):
        m_hat = (0.8 * m[i] + 0.2 * dw[i]) / (1 - 0.8**5)
        v_hat = (0.6 * v[i] + 0.4 * dw[i] ** 2) / (1 - 0.6**5)
        assert next_w[i] == pytest.approx(w[i] - 0.1 * m_hat / (v_hat**0.5 + 1e-3), rel=1e-12)


def test_adamw_without_decay_is_adam():
    w, grads = gradients(1, seed=1)[0], gradients()
    path, config = run(optim.adamw, w, grads, {"weight_decay": 0.0})
    np.testing.assert_array_equal(path, run(optim.adam, w, grads)[0])
    assert config["weight_decay"] == 0


def test_adamw_decay_stays_out_of_the_moments():
    w, grads = gradients(1, seed=1)[0], gradients()
    _, config = run(optim.adamw, w, grads, {"weight_decay": 0.9})
    _, plain = run(optim.adam, w, grads)
    np.testing.assert_array_equal(config["m"], plain["m"])
    np.testing.assert_array_equal(config["v"], plain["v"])


def test_average_is_the_mean_of_the_weights_after_each_step():
    path, config = run(optim.averaged_sgd, gradients(1, seed=1)[0], gradients(7))
    np.testing.assert_allclose(config["average"], path.mean(axis=0), rtol=1e-12)


def test_average_beats_the_last_iterate_when_gradients_are_noisy():
    rng = np.random.default_rng(0)
    w, config = np.full(20, 3.0), {"learning_rate": 0.5}
    for _ in range(2000):
        w, config = optim.averaged_sgd(w, w + rng.normal(size=20), config)
    assert np.linalg.norm(config["average"]) < 0.1 * np.linalg.norm(w)


@every_rule
def test_a_missing_config_means_the_documented_defaults(name):
    documented = {
        "learning_rate": {"adadelta": 1.0, "adam": 1e-3, "adamw": 1e-3, "nadam": 1e-3}.get(
            name, 1e-2
        ),
        "epsilon": 1e-6 if name == "adadelta" else 1e-8,
        "momentum": 0.9,
        "rho": 0.95,
        "decay_rate": 0.99,
        "beta1": 0.9,
        "beta2": 0.999,
        "weight_decay": 1e-2,
    }
    w, dw = gradients(2)
    for config in (None, {}):
        _, config = getattr(optim, name)(w, dw, config)
        assert {key: config[key] for key in HYPERPARAMETERS[name]} == {
            key: documented[key] for key in HYPERPARAMETERS[name]
        }


@every_rule
def test_config_comes_back_complete_and_leads_on(name):
    rule, w, grads = getattr(optim, name), gradients(1, seed=1)[0], gradients()
    path, config = run(rule, w, grads, dict(CONFIGURED[name][0]))
    halfway, saved = run(rule, w, grads[:5], dict(CONFIGURED[name][0]))
    rest, resumed = run(rule, halfway[-1], grads[5:], copy.deepcopy(saved))
    np.testing.assert_array_equal(np.concatenate([halfway, rest]), path)
    assert set(config) - {"t"} == {*HYPERPARAMETERS[name], *STATE[name]}
    for key in config:
        np.testing.assert_array_equal(resumed[key], config[key])


@every_rule
def test_inputs_are_not_modified_and_results_share_no_memory_with_them(name):
    rule = getattr(optim, name)
    w, dw = gradients(2)
    _, config = rule(w, dw, None)
    before = copy.deepcopy((w, dw, config))
    next_w, next_config = rule(w, dw, config)
    np.testing.assert_array_equal(w, before[0])
    np.testing.assert_array_equal(dw, before[1])
    assert set(config) == set(before[2])
    for key in config:
        np.testing.assert_array_equal(config[key], before[2][key])
    outputs = [next_w] + [next_config[key] for key in STATE[name]]
    inputs = [w, dw] + [config[key] for key in STATE[name]]
    assert not any(np.shares_memory(a, b) for a in outputs for b in inputs)


@every_rule
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept_even_when_hyperparameters_are_numpy_float64(name, dtype):
    rule = getattr(optim, name)
    w, config = np.ones((2, 2), dtype), {key: np.float64(0.5) for key in HYPERPARAMETERS[name]}
    for dw in (np.ones((2, 2), np.float64), np.ones((2, 2), dtype)):
        w, config = rule(w, dw, config)
    assert w.dtype == dtype
    assert {config[key].dtype for key in STATE[name]} <= {np.dtype(dtype)}


@every_rule
def test_state_of_another_dtype_is_converted(name):
    for key in STATE[name]:
        w, config = getattr(optim, name)(np.ones(2, np.float32), np.ones(2), {key: np.ones(2)})
        assert w.dtype == config[key].dtype == np.float32


@every_rule
def test_integer_weights_become_float64(name):
    w, _ = getattr(optim, name)([1, 2], [3, 4])
    expected, _ = getattr(optim, name)(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    assert w.dtype == np.float64
    np.testing.assert_array_equal(w, expected)


@every_rule
@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 0), (2, 3, 4)])
def test_any_shape_is_kept(name, shape):
    w, config = getattr(optim, name)(np.ones(shape), np.ones(shape))
    assert np.shape(w) == shape
    assert all(np.shape(config[key]) == shape for key in STATE[name])


@every_rule
def test_zero_gradients_from_the_start_give_finite_weights(name):
    path, _ = run(getattr(optim, name), np.ones((3, 2)), np.zeros((3, 3, 2)))
    assert np.all(np.isfinite(path))


@every_rule
def test_weights_do_not_influence_each_other(name):
    w, grads = gradients(1, seed=1)[0], gradients()
    path, _ = run(getattr(optim, name), w, grads)
    alone, _ = run(getattr(optim, name), w[1:2], grads[:, 1:2])
    np.testing.assert_array_equal(path[:, 1:2], alone)


@every_rule
def test_a_gradient_of_another_shape_is_refused(name):
    with pytest.raises(ValueError, match=r"dw has shape \(3,\), but w has shape \(2, 3\)"):
        getattr(optim, name)(np.ones((2, 3)), np.ones(3))


@every_rule
def test_the_state_of_another_parameter_is_refused(name):
    for key in STATE[name]:
        with pytest.raises(
            ValueError, match=rf"config's {key} has shape \(3,\), but w has shape \(2, 3\)"
        ):
            getattr(optim, name)(np.ones((2, 3)), np.ones((2, 3)), {key: np.ones(3)})


@every_rule
def test_an_unknown_key_is_refused_with_the_known_ones(name):
    with pytest.raises(
        ValueError, match=r"config has the key 'lr', but this rule knows .*learning_rate"
    ) as error:
        getattr(optim, name)(np.ones(2), np.ones(2), {"lr": 0.1})
    for key in (*HYPERPARAMETERS[name], *STATE[name]):
        assert key in str(error.value)


@every_rule
def test_hyperparameters_out_of_range_are_refused(name):
    rule, one = getattr(optim, name), np.ones(1)
    for key in HYPERPARAMETERS[name]:
        with pytest.raises(ValueError, match=rf"{key} is -0.1, but it must be in \[0, "):
            rule(one, one, {key: -0.1})
        with pytest.raises(ValueError, match=f"{key} is nan"):
            rule(one, one, {key: float("nan")})
        rule(
            one, one, {"epsilon": 1.0, key: 0.0} if "epsilon" in HYPERPARAMETERS[name] else {key: 0}
        )
        if key in ("momentum", "rho", "decay_rate", "beta1", "beta2"):
            with pytest.raises(ValueError, match=rf"{key} is 1.0, but it must be in \[0, 1\)"):
                rule(one, one, {key: 1.0})
        else:
            rule(one, one, {key: 1.0})


# ---- clip_by_norm


def tensors(scale, seed=0):
    rng = np.random.default_rng(seed)
    return [scale * rng.normal(size=shape) for shape in ((3, 4), (4,), (), (2, 1, 2))]


@pytest.mark.parametrize("scale", [1e-3, 0.5, 10.0, 1e6])
@pytest.mark.parametrize("max_norm", [0.1, 1.0, 25.0])
def test_clipping_agrees_with_torch(scale, max_norm):
    grads, norm = clip_by_norm(tensors(scale), max_norm)
    parameters = [
        torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in tensors(scale)
    ]
    for parameter, g in zip(parameters, tensors(scale), strict=True):
        parameter.grad = torch.tensor(g)
    expected = torch.nn.utils.clip_grad_norm_(parameters, max_norm)
    assert norm == pytest.approx(expected.item(), rel=1e-12)
    for g, parameter in zip(
        grads, parameters, strict=True
    ):  # torch adds 1e-6 to the norm that it divides by
        np.testing.assert_allclose(g, parameter.grad.numpy(), rtol=1e-6 / min(norm, 1) + 1e-12)


@given(
    st.lists(arrays(np.float64, (2, 2), elements=st.floats(-1e6, 1e6)), min_size=1, max_size=3),
    st.floats(1e-3, 1e3),
)
def test_clipped_gradients_are_no_longer_than_allowed_and_keep_their_direction(grads, max_norm):
    clipped, norm = clip_by_norm(grads, max_norm)
    before, after = np.concatenate(grads).ravel(), np.concatenate(clipped).ravel()
    assert norm == pytest.approx(np.linalg.norm(before))
    assert np.linalg.norm(after) == pytest.approx(min(max_norm, norm), rel=1e-12)
    np.testing.assert_allclose(after * norm, before * np.linalg.norm(after), rtol=1e-9, atol=1e-12)


def test_gradients_that_are_short_enough_are_equal_copies():
    grads = tensors(1e-3)
    clipped, _ = clip_by_norm(grads, 1.0)
    for g, c in zip(grads, clipped, strict=True):
        np.testing.assert_array_equal(c, g)
        assert not np.shares_memory(c, g)


def test_clipping_does_not_modify_its_inputs():
    grads = tensors(10.0)
    clip_by_norm(grads, 1.0)
    for g, expected in zip(grads, tensors(10.0), strict=True):
        np.testing.assert_array_equal(g, expected)


def test_zero_gradients_and_an_empty_list_have_norm_zero():
    grads, norm = clip_by_norm([np.zeros(3), np.zeros((2, 2))], 1.0)
    assert norm == 0
    assert not any(g.any() for g in grads)
    assert clip_by_norm([], 1.0) == ([], 0.0)


def test_a_norm_whose_square_overflows_float32_is_right():
    grads, norm = clip_by_norm([np.full(4, 1e30, np.float32)], 2.0)
    assert norm == pytest.approx(2e30, rel=1e-6)
    np.testing.assert_allclose(grads[0], np.ones(4), rtol=1e-6)


def test_clipping_keeps_dtypes_and_makes_integers_float64():
    grads, norm = clip_by_norm(
        [np.ones(2, np.float32), np.ones(2, np.float16), np.ones(2, int)], np.float64(0.5)
    )
    assert [g.dtype for g in grads] == [np.float32, np.float16, np.float64]
    assert type(norm) is float


def test_numbers_and_lists_are_gradients_too():
    grads, norm = clip_by_norm([3, [[4.0]]], 1.0)
    assert norm == 5
    np.testing.assert_allclose(grads[0], 0.6)
    np.testing.assert_allclose(grads[1], [[0.8]])


def test_nan_gradients_show_in_the_norm():
    grads, norm = clip_by_norm([np.array([np.nan, 1.0]), np.array([2.0])], 1.0)
    assert np.isnan(norm)
    np.testing.assert_array_equal(grads[1], [2.0])


@pytest.mark.parametrize("max_norm", [0.0, -1.0, float("nan")])
def test_a_max_norm_that_is_not_positive_is_refused(max_norm):
    with pytest.raises(ValueError, match=f"max_norm is {max_norm}, but it must be positive"):
        clip_by_norm([np.ones(2)], max_norm)


@pytest.mark.parametrize(
    ("grads", "kind"), [(np.ones((2, 2)), "ndarray"), ({"W": np.ones(2)}, "dict")]
)
def test_anything_but_a_list_of_gradients_is_refused(grads, kind):
    with pytest.raises(ValueError, match=f"grads is a {kind}, but a list of arrays is expected"):
        clip_by_norm(grads, 1.0)


# ---- minimise


def bowl(w):
    return 0.5 * np.sum(w**2), w


def ravine(w):
    """A hundred times steeper across than along."""
    curvature = np.array([100.0, 1.0])
    return 0.5 * np.sum(curvature * w**2), curvature * w


def saddle(w):
    """A saddle at the origin, minima of -1/4 at (0, ±1)."""
    x, y = w
    return 0.5 * x**2 - 0.5 * y**2 + 0.25 * y**4, np.array([x, y**3 - y])


def rosenbrock(w):
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2, np.array(
        [2 * (x - 1) - 400 * x * (y - x**2), 200 * (y - x**2)]
    )


SURFACES = {  # surface: (function, start, lowest value, steps)
    "bowl": (bowl, (3.0, -4.0), 0.0, 500),
    "ravine": (ravine, (1.0, 1.0), 0.0, 500),
    "saddle": (saddle, (1.0, 1e-3), -0.25, 500),
    "rosenbrock": (rosenbrock, (-1.2, 1.0), 0.0, 5000),
}

# (surface, rule): (learning rate, how far above the lowest value the rule may end). The starts are
# 12.5, 50.5, 0.75 and 24.2 above it. AdaDelta begins with steps of √ε and needs long to find its
# speed; AdamW comes to rest where the decay balances the gradient.
THRESHOLDS = {
    ("bowl", "sgd"): (0.1, 1e-40),
    ("bowl", "sgd_momentum"): (0.1, 1e-20),
    ("bowl", "nesterov"): (0.1, 1e-40),
    ("bowl", "adagrad"): (1.0, 1e-60),
    ("bowl", "adadelta"): (1.0, 2.5),
    ("bowl", "rmsprop"): (0.03, 1e-30),
    ("bowl", "adam"): (0.1, 1e-20),
    ("bowl", "adamw"): (0.1, 1e-20),
    ("bowl", "nadam"): (0.1, 1e-20),
    ("bowl", "averaged_sgd"): (0.1, 1e-40),
    ("ravine", "sgd"): (0.018, 1e-7),
    ("ravine", "sgd_momentum"): (0.01, 1e-20),
    ("ravine", "nesterov"): (0.01, 1e-25),
    ("ravine", "adagrad"): (0.3, 1e-20),
    ("ravine", "adadelta"): (1.0, 1e-10),
    ("ravine", "rmsprop"): (0.01, 1e-60),
    ("ravine", "adam"): (0.1, 1e-18),
    ("ravine", "adamw"): (0.1, 1e-18),
    ("ravine", "nadam"): (0.1, 1e-20),
    ("ravine", "averaged_sgd"): (0.018, 1e-7),
    ("saddle", "sgd"): (0.1, 1e-15),
    ("saddle", "sgd_momentum"): (0.03, 1e-15),
    ("saddle", "nesterov"): (0.03, 1e-15),
    ("saddle", "adagrad"): (0.3, 1e-15),
    ("saddle", "adadelta"): (1.0, 1e-12),
    ("saddle", "rmsprop"): (0.01, 1e-15),
    ("saddle", "adam"): (0.03, 1e-15),
    ("saddle", "adamw"): (0.03, 1e-6),
    ("saddle", "nadam"): (0.03, 1e-15),
    ("saddle", "averaged_sgd"): (0.1, 1e-15),
    ("rosenbrock", "sgd"): (0.002, 1e-4),
    ("rosenbrock", "sgd_momentum"): (0.001, 1e-18),
    ("rosenbrock", "nesterov"): (0.001, 1e-17),
    ("rosenbrock", "adagrad"): (1.0, 2e-4),
    ("rosenbrock", "adadelta"): (0.1, 0.2),
    ("rosenbrock", "rmsprop"): (0.001, 1e-3),
    ("rosenbrock", "adam"): (0.03, 1e-25),
    ("rosenbrock", "adamw"): (0.03, 2e-4),
    ("rosenbrock", "nadam"): (0.01, 1e-8),
    ("rosenbrock", "averaged_sgd"): (0.002, 1e-4),
}


def excess(surface, name, learning_rate):
    """How far above the lowest value the rule ends."""
    function, start, lowest, steps = SURFACES[surface]
    _, _, losses = minimise(
        function, start, getattr(optim, name), {"learning_rate": learning_rate}, steps
    )
    return losses[-1] - lowest


@pytest.mark.parametrize(("surface", "name"), THRESHOLDS)
def test_convergence(surface, name):
    learning_rate, allowed = THRESHOLDS[surface, name]
    assert excess(surface, name, learning_rate) <= allowed


def test_every_rule_has_a_threshold_on_every_surface():
    assert set(THRESHOLDS) == {(surface, name) for surface in SURFACES for name in TORCH}


def test_sgd_on_a_quadratic_contracts_by_one_minus_the_learning_rate_times_the_curvature():
    w, _, _ = minimise(ravine, [1.0, 1.0], optim.sgd, {"learning_rate": 0.015}, 40)
    np.testing.assert_allclose(w, [(1 - 0.015 * 100) ** 40, (1 - 0.015) ** 40], rtol=1e-9)


def test_sgd_diverges_once_the_learning_rate_exceeds_two_over_the_curvature():
    below = minimise(ravine, [1.0, 1.0], optim.sgd, {"learning_rate": 0.0199}, 100)[2]
    above = minimise(ravine, [1.0, 1.0], optim.sgd, {"learning_rate": 0.0201}, 100)[2]
    assert below[-1] < below[0] < above[-1]


@pytest.mark.parametrize("name", ["sgd_momentum", "nesterov"])
def test_momentum_passes_the_ravine_faster_than_sgd_at_the_same_learning_rate(name):
    assert excess("ravine", name, 0.003) < 1e-10 * excess("ravine", "sgd", 0.003)


def test_on_the_ridge_sgd_runs_into_the_saddle_and_beside_it_it_escapes():
    ridge, _, losses = minimise(saddle, [1.0, 0.0], optim.sgd, {"learning_rate": 0.1}, 500)
    np.testing.assert_allclose(ridge, [0, 0], atol=1e-20)
    assert losses[-1] == pytest.approx(0, abs=1e-20)
    beside, _, _ = minimise(saddle, [1.0, -1e-6], optim.sgd, {"learning_rate": 0.1}, 500)
    np.testing.assert_allclose(beside, [0, -1], atol=1e-9)


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "nadam"])
def test_adaptive_rules_leave_the_saddle_sooner_than_sgd(name):
    def steps_to_leave(rule):
        losses = minimise(saddle, [1.0, 1e-6], rule, {"learning_rate": 0.03}, 800)[2]
        return next(t for t, loss in enumerate(losses) if loss < -0.1)

    assert steps_to_leave(getattr(optim, name)) < 0.5 * steps_to_leave(optim.sgd)


def test_losses_are_those_of_all_iterates_from_the_start_to_the_result():
    seen = []

    def recorded(w):
        seen.append(w.copy())
        return bowl(w)

    w, config, losses = minimise(
        recorded, np.array([3.0, -4.0]), optim.adam, {"learning_rate": 0.5}, 7
    )
    assert losses == [bowl(point)[0] for point in seen]
    assert len(losses) == 8
    assert {type(loss) for loss in losses} == {float}
    np.testing.assert_array_equal(seen[0], [3.0, -4.0])
    np.testing.assert_array_equal(seen[-1], w)
    assert config["t"] == 7


def test_no_steps_return_the_start():
    w0 = np.array([3.0, -4.0], np.float32)
    w, config, losses = minimise(bowl, w0, optim.sgd, None, 0)
    np.testing.assert_array_equal(w, w0)
    assert w.dtype == np.float32
    assert not np.shares_memory(w, w0)
    assert (config, losses) == ({}, [12.5])


def test_integer_starts_become_float64():
    w, _, losses = minimise(
        lambda w: (1 / w[0] ** 2, np.array([-2 / w[0] ** 3])), [2], optim.sgd, {}, 1
    )
    np.testing.assert_allclose(w, [2 + 0.01 * 2 / 8])
    assert losses[0] == 0.25


def test_start_and_config_survive_a_rule_that_works_in_place():
    def in_place(w, dw, config):
        w -= config["learning_rate"] * dw
        config["steps"] = config.get("steps", 0) + 1
        return w, config

    w0, config = np.array([3.0, -4.0]), {"learning_rate": 0.1}
    _, after, _ = minimise(bowl, w0, in_place, config, 3)
    np.testing.assert_array_equal(w0, [3.0, -4.0])
    assert config == {"learning_rate": 0.1}
    assert after["steps"] == 3


def test_a_negative_number_of_steps_is_refused():
    with pytest.raises(ValueError, match="num_steps is -1, but it must not be negative"):
        minimise(bowl, [1.0], optim.sgd, None, -1)
