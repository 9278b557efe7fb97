"""Dropout, penalties and weight decay against torch and scikit-learn; early stopping against its
rule.
"""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import Lasso

from grader.checks import check_gradients, check_loss_gradient
from reference import regularization
from reference.regularization import (
    EarlyStopping,
    adam_decoupled_step,
    adam_l2_step,
    dropout_backward,
    dropout_forward,
    elastic_net_penalty,
    l1_penalty,
    l2_penalty,
    sgd_l2_step,
    sgd_weight_decay_step,
    soft_shrinkage,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def train(p, seed=0):
    return {"mode": "train", "p": p, "rng": rng(seed)}


# ---- dropout


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_drops_with_probability_p_and_scales_the_rest(p):
    x = rng(1).uniform(1, 2, (200, 300))
    y, _ = dropout_forward(x, train(p))
    dropped = y == 0
    assert dropped.mean() == pytest.approx(p, abs=4 * (p * (1 - p) / x.size) ** 0.5)
    np.testing.assert_allclose(y[~dropped], x[~dropped] / (1 - p), rtol=1e-12)


def test_dropout_draws_for_each_element_alone():
    dropped = dropout_forward(np.ones((200, 300)), train(0.5))[0] == 0
    for axis in (0, 1):
        assert np.all(abs(dropped.mean(axis=axis) - 0.5) < 0.2)
    assert np.linalg.matrix_rank(dropped.astype(float)) > 190


@given(p=st.floats(0.05, 0.9), seed=st.integers(0, 2**32 - 1))
def test_dropout_keeps_the_expectation(p, seed):
    y, _ = dropout_forward(np.full(20_000, 3.0), train(p, seed))
    assert y.mean() == pytest.approx(3.0, abs=6 * 3.0 * (p / (1 - p) / y.size) ** 0.5)


def test_dropout_keeps_where_the_draw_is_at_least_p():
    x = rng(1).normal(size=(4, 5, 2))
    y, _ = dropout_forward(x, train(0.3, seed=7))
    draws = rng(7).random((4, 5, 2))
    for index in np.ndindex(x.shape):
        assert y[index] == pytest.approx(x[index] / 0.7 if draws[index] >= 0.3 else 0, rel=1e-12)


def test_a_draw_of_exactly_p_is_kept():
    class Fixed:
        def random(self, shape):
            return np.full(shape, 0.5)

    assert dropout_forward(np.ones(2), {"mode": "train", "p": 0.5, "rng": Fixed()})[0].tolist() == [
        2,
        2,
    ]


def test_p_is_one_half_unless_told_otherwise():
    y, _ = dropout_forward(np.ones(50), {"mode": "train", "rng": rng(7)})
    np.testing.assert_array_equal(y, dropout_forward(np.ones(50), train(0.5, 7))[0])


def test_dropping_nothing_is_the_identity():
    x = rng(1).normal(size=(4, 5))
    np.testing.assert_array_equal(dropout_forward(x, train(0.0))[0], x)


def test_test_mode_is_the_identity_and_draws_nothing():
    x, generator = rng(1).normal(size=(4, 5)), rng(2)
    y, cache = dropout_forward(x, {"mode": "test", "p": 0.5, "rng": generator})
    np.testing.assert_array_equal(y, x)
    assert not np.shares_memory(y, x)
    np.testing.assert_array_equal(dropout_backward(x, cache), x)
    assert generator.random() == rng(2).random()
    np.testing.assert_array_equal(dropout_forward(x, {"mode": "test"})[0], x)


@pytest.mark.parametrize("shape", [(6,), (4, 3), (2, 3, 2, 2), (1, 1)])
def test_dropout_gradients_are_those_of_its_own_mask(shape):
    for param in (train(0.4, seed=4), {"mode": "test", "p": 0.4}):
        check_gradients(
            regularization,
            regularization,
            "dropout",
            rng(3).normal(size=shape),
            param=param,
            rng=rng(5),
        )


def test_dropout_backward_uses_the_mask_of_the_forward_pass():
    y, cache = dropout_forward(np.ones((30, 30)), train(0.5))
    dout = rng(1).normal(size=(30, 30))
    before = dout.copy()
    np.testing.assert_array_equal(dropout_backward(dout, cache), dout * y)
    np.testing.assert_array_equal(dropout_backward(dout, cache), dout * y)
    np.testing.assert_array_equal(dout, before)


def test_two_forward_passes_draw_two_masks():
    param = train(0.5)
    assert not np.array_equal(
        dropout_forward(np.ones(50), param)[0], dropout_forward(np.ones(50), param)[0]
    )


@pytest.mark.parametrize("mode", ["train", "test"])
@pytest.mark.parametrize(
    ("dtype", "expected"),
    [(np.float32, np.float32), (np.float64, np.float64), (np.int64, np.float64)],
)
def test_dropout_keeps_dtypes_and_inputs(mode, dtype, expected):
    x = np.arange(12, dtype=dtype).reshape(3, 4)
    param = {"mode": mode, "p": np.float64(0.5), "rng": rng()}
    y, cache = dropout_forward(x, param)
    assert y.dtype == expected
    assert dropout_backward(np.ones((3, 4), expected), cache).dtype == expected
    np.testing.assert_array_equal(x, np.arange(12).reshape(3, 4))
    assert set(param) == {"mode", "p", "rng"}


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, float("nan")])
@pytest.mark.parametrize("mode", ["train", "test"])
def test_p_outside_its_range_is_refused(p, mode):
    with pytest.raises(ValueError, match=rf"p is {p}, but it must be in \[0, 1\)"):
        dropout_forward(np.ones(2), {"mode": mode, "p": p, "rng": rng()})


@pytest.mark.parametrize("param", [{"mode": "eval"}, {}])
def test_an_unknown_or_missing_mode_is_refused(param):
    with pytest.raises(
        ValueError, match=rf"mode is {param.get('mode')!r}, but it must be 'train' or 'test'"
    ):
        dropout_forward(np.ones(2), {"p": 0.5, "rng": rng()} | param)


def test_training_without_a_generator_is_refused():
    with pytest.raises(ValueError, match="rng is missing in dropout_param"):
        dropout_forward(np.ones(2), {"mode": "train", "p": 0.5})


def test_an_upstream_gradient_of_another_shape_is_refused():
    _, cache = dropout_forward(np.ones((2, 3)), train(0.5))
    with pytest.raises(ValueError, match=r"dout has shape \(3,\), but x had shape \(2, 3\)"):
        dropout_backward(np.ones(3), cache)


# ---- penalties

PENALTIES = {  # name: (arguments, the same penalty in torch)
    "l2_penalty": ((0.7,), lambda W: 0.7 * (W**2).sum()),
    "l1_penalty": ((0.7,), lambda W: 0.7 * W.abs().sum()),
    "elastic_net_penalty": ((0.7, 0.2), lambda W: 0.7 * W.abs().sum() + 0.2 * (W**2).sum()),
}

every_penalty = pytest.mark.parametrize("name", PENALTIES)


@every_penalty
@pytest.mark.parametrize("shape", [(), (1,), (4, 3), (2, 3, 2, 2), (0, 3)])
def test_penalties_agree_with_torch(name, shape):
    arguments, torch_penalty = PENALTIES[name]
    W = np.asarray(rng(1).normal(size=shape))
    if W.size > 1:
        W.flat[0] = 0.0  # torch's sign is 0 there, too
    expected = torch.tensor(W, requires_grad=True)
    loss = torch_penalty(expected)
    loss.backward()
    penalty, dW = getattr(regularization, name)(W, *arguments)
    assert penalty == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(dW, expected.grad.numpy(), rtol=1e-12)
    assert np.shape(dW) == shape


@every_penalty
def test_gradients_belong_to_the_penalties(name):
    function = getattr(regularization, name)
    subject = type(
        "Subject", (), {"loss": staticmethod(lambda W: function(W, *PENALTIES[name][0]))}
    )
    check_loss_gradient(subject, subject, "loss", rng(1).normal(size=(4, 3)), rng=rng(2))


def test_the_gradient_of_the_absolute_value_is_zero_at_zero():
    np.testing.assert_array_equal(
        l1_penalty(np.array([0.0, -0.0, 1e-300, -1e-300]), 2.0)[1], [0, 0, 2, -2]
    )


@given(arrays(np.float64, 5, elements=st.floats(-1e3, 1e3)), st.floats(0, 10), st.floats(0, 10))
def test_the_elastic_net_is_the_sum_of_both(W, reg1, reg2):
    penalty, dW = elastic_net_penalty(W, reg1, reg2)
    assert penalty == l1_penalty(W, reg1)[0] + l2_penalty(W, reg2)[0]
    np.testing.assert_array_equal(dW, l1_penalty(W, reg1)[1] + l2_penalty(W, reg2)[1])


@every_penalty
@pytest.mark.parametrize(
    ("dtype", "expected"),
    [(np.float32, np.float32), (np.float64, np.float64), (np.int64, np.float64)],
)
def test_penalties_keep_dtypes_and_inputs(name, dtype, expected):
    W = np.arange(-3, 3).astype(dtype)
    penalty, dW = getattr(regularization, name)(W, *map(np.float64, PENALTIES[name][0]))
    assert penalty.dtype == dW.dtype == expected
    np.testing.assert_array_equal(W, np.arange(-3, 3))
    assert not np.shares_memory(W, dW)


@every_penalty
def test_numbers_and_lists_are_weights_too(name):
    function, arguments = getattr(regularization, name), PENALTIES[name][0]
    penalty, dW = function([2, -3], *arguments)
    expected, dexpected = function(np.array([2.0, -3.0]), *arguments)
    assert penalty == expected
    assert dW.dtype == np.float64
    np.testing.assert_array_equal(dW, dexpected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: l2_penalty(np.ones(2), -0.1), "reg is -0.1"),
        (lambda: l1_penalty(np.ones(2), -0.1), "reg is -0.1"),
        (lambda: elastic_net_penalty(np.ones(2), -0.1, 0.0), "reg1 is -0.1"),
        (lambda: elastic_net_penalty(np.ones(2), 0.0, -0.1), "reg2 is -0.1"),
        (lambda: l2_penalty(np.ones(2), float("nan")), "reg is nan"),
        (lambda: soft_shrinkage(np.ones(2), -0.1), "threshold is -0.1"),
        (lambda: EarlyStopping(1, -0.1), "min_delta is -0.1"),
    ],
)
def test_negative_strengths_are_refused(call, message):
    with pytest.raises(ValueError, match=f"{message}, but it must not be negative"):
        call()


@given(arrays(np.float64, 8, elements=st.floats(-5, 5)), st.floats(0, 3))
def test_soft_shrinkage_agrees_with_torch(W, threshold):
    expected = torch.nn.functional.softshrink(torch.tensor(W), threshold).numpy()
    np.testing.assert_allclose(soft_shrinkage(W, threshold), expected, rtol=1e-12, atol=1e-12)


@given(st.floats(-5, 5), st.floats(0, 3), st.floats(-5, 5))
def test_soft_shrinkage_minimises_what_its_docstring_says(w, threshold, other):
    def objective(v):
        return 0.5 * (v - w) ** 2 + threshold * abs(v)

    assert objective(float(soft_shrinkage(w, threshold))) <= objective(other) + 1e-12


def test_soft_shrinkage_makes_exact_zeros_up_to_the_threshold():
    W = np.array([-1.5, -1.0, -0.2, 0.0, 0.2, 1.0, 1.5], np.float32)
    before = W.copy()
    shrunk = soft_shrinkage(W, np.float64(1.0))
    np.testing.assert_array_equal(shrunk, [-0.5, 0, 0, 0, 0, 0, 0.5])
    assert shrunk.dtype == np.float32
    assert soft_shrinkage([2, -1], 1).tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(W, before)


def test_shrinkage_after_each_step_finds_the_zeros_of_the_lasso_and_subgradients_do_not():
    X = rng(0).normal(size=(80, 10))
    y = X[:, :3] @ np.array([2.0, -1.0, 0.5]) + 0.1 * rng(1).normal(size=80)
    lasso = Lasso(alpha=0.2, fit_intercept=False, tol=1e-10).fit(X, y).coef_
    shrunk = stepped = np.zeros(10)
    for _ in range(500):
        shrunk = soft_shrinkage(shrunk - 0.1 * X.T @ (X @ shrunk - y) / 80, 0.1 * 0.2)
        stepped = stepped - 0.1 * (X.T @ (X @ stepped - y) / 80 + l1_penalty(stepped, 0.2)[1])
    np.testing.assert_allclose(shrunk, lasso, atol=1e-8)
    np.testing.assert_array_equal(shrunk == 0, lasso == 0)
    assert np.any(shrunk == 0)
    assert np.all(stepped != 0)


# ---- weight decay

CUSTOM = {"learning_rate": 0.3, "weight_decay": 0.4}
CUSTOM_ADAM = CUSTOM | {"beta1": 0.7, "beta2": 0.8, "epsilon": 0.2}

STEPS = {  # rule: (config, torch with the defaults, torch with the config)
    "sgd_l2_step": (
        CUSTOM,
        lambda p: torch.optim.SGD(p, lr=1e-2, weight_decay=1e-2),
        lambda p: torch.optim.SGD(p, lr=0.3, weight_decay=0.4),
    ),
    "sgd_weight_decay_step": (
        CUSTOM,
        lambda p: torch.optim.SGD(p, lr=1e-2, weight_decay=1e-2),
        lambda p: torch.optim.SGD(p, lr=0.3, weight_decay=0.4),
    ),
    "adam_l2_step": (
        CUSTOM_ADAM,
        lambda p: torch.optim.Adam(p, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2),
        lambda p: torch.optim.Adam(p, lr=0.3, betas=(0.7, 0.8), eps=0.2, weight_decay=0.4),
    ),
    "adam_decoupled_step": (
        CUSTOM_ADAM,
        lambda p: torch.optim.AdamW(p, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2),
        lambda p: torch.optim.AdamW(p, lr=0.3, betas=(0.7, 0.8), eps=0.2, weight_decay=0.4),
    ),
}

every_step = pytest.mark.parametrize("name", STEPS)

STATE = {name: ("m", "v") if "adam" in name else () for name in STEPS}


def gradients(steps=12, shape=(3, 2), seed=0):
    return rng(seed).normal(size=(steps, *shape)) * np.geomspace(1, 100, steps)[:, None, None]


def run(rule, w, grads, config=None):
    path = []
    for dw in grads:
        w, config = rule(w, dw, config)
        path.append(w)
    return np.array(path), config


def torch_run(make, w, grads):
    parameter = torch.nn.Parameter(torch.tensor(w))
    optimizer, path = make([parameter]), []
    for dw in grads:
        parameter.grad = torch.tensor(dw)
        optimizer.step()
        path.append(parameter.detach().numpy().copy())
    return np.array(path)


@every_step
def test_steps_agree_with_torch(name):
    rule, w, grads = getattr(regularization, name), gradients(1, seed=1)[0], gradients()
    config, with_defaults, with_config = STEPS[name]
    np.testing.assert_allclose(
        run(rule, w, grads)[0], torch_run(with_defaults, w, grads), rtol=1e-12
    )
    np.testing.assert_allclose(
        run(rule, w, grads, config)[0], torch_run(with_config, w, grads), rtol=1e-11
    )


@given(arrays(np.float64, (3, 2), elements=st.floats(-10, 10)), st.floats(0, 1), st.floats(0, 1))
def test_l2_and_weight_decay_are_the_same_for_sgd(w, learning_rate, weight_decay):
    config = {"learning_rate": learning_rate, "weight_decay": weight_decay}
    a, _ = run(sgd_l2_step, w, gradients(5), config)
    b, _ = run(sgd_weight_decay_step, w, gradients(5), config)
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_l2_and_weight_decay_are_not_the_same_for_adam():
    w, grads = gradients(1, seed=1)[0], gradients()
    a, _ = run(adam_l2_step, w, grads, {"weight_decay": 0.1})
    b, _ = run(adam_decoupled_step, w, grads, {"weight_decay": 0.1})
    assert np.abs(a - b).max() > 1e-4


def test_with_adam_l2_hardly_reaches_weights_with_large_gradients_and_decay_reaches_all_alike():
    def shrinkage(rule):
        """How far the decay alone has pulled two weights whose gradients, of random sign, differ a
        thousandfold.
        """
        signs = rng(0).choice([-1.0, 1.0], 400)[:, None]
        grads = signs * np.array([0.01, 10.0])
        pulled, _ = run(rule, np.ones(2), grads, {"learning_rate": 1e-3, "weight_decay": 0.1})
        free, _ = run(rule, np.ones(2), grads, {"learning_rate": 1e-3, "weight_decay": 0.0})
        return (free - pulled)[-1]

    small, large = shrinkage(adam_l2_step)
    assert small > 50 * large
    small, large = shrinkage(adam_decoupled_step)
    assert small == pytest.approx(large, rel=0.05)


@pytest.mark.parametrize(
    "pair", [(adam_l2_step, adam_decoupled_step), (sgd_l2_step, sgd_weight_decay_step)]
)
def test_without_decay_the_pairs_agree(pair):
    w, grads = gradients(1, seed=1)[0], gradients()
    paths = [run(rule, w, grads, {"weight_decay": 0.0})[0] for rule in pair]
    np.testing.assert_array_equal(*paths)


@every_step
def test_config_comes_back_complete_and_leads_on(name):
    rule, w, grads = getattr(regularization, name), gradients(1, seed=1)[0], gradients()
    path, config = run(rule, w, grads)
    halfway, saved = run(rule, w, grads[:5])
    rest, _ = run(rule, halfway[-1], grads[5:], copy.deepcopy(saved))
    np.testing.assert_array_equal(np.concatenate([halfway, rest]), path)
    assert set(config) == {*STEPS[name][0], *STATE[name]} | ({"t"} if STATE[name] else set())
    assert config.get("t", 12) == 12
    assert (config["learning_rate"], config["weight_decay"]) == (
        1e-3 if STATE[name] else 1e-2,
        1e-2,
    )


@every_step
def test_steps_do_not_modify_their_inputs(name):
    rule = getattr(regularization, name)
    w, dw = gradients(2)
    _, config = rule(w, dw, None)
    before = copy.deepcopy((w, dw, config))
    next_w, next_config = rule(w, dw, config)
    np.testing.assert_array_equal(w, before[0])
    np.testing.assert_array_equal(dw, before[1])
    for key in before[2]:
        np.testing.assert_array_equal(config[key], before[2][key])
    outputs = [next_w] + [next_config[key] for key in STATE[name]]
    assert not any(
        np.shares_memory(a, b)
        for a in outputs
        for b in [w, dw, *(config[key] for key in STATE[name])]
    )


@every_step
def test_steps_keep_dtypes(name):
    rule = getattr(regularization, name)
    w, config = np.ones(2, np.float32), {key: np.float64(0.5) for key in STEPS[name][0]}
    for _ in range(2):
        w, config = rule(w, np.ones(2), config)
    assert w.dtype == np.float32
    assert {config[key].dtype for key in STATE[name]} <= {np.dtype(np.float32)}
    assert rule([1, 2], [3, 4])[0].dtype == np.float64


@every_step
def test_state_of_another_dtype_is_converted(name):
    for key in STATE[name]:
        w, config = getattr(regularization, name)(
            np.ones(2, np.float32), np.ones(2), {key: np.ones(2)}
        )
        assert w.dtype == config[key].dtype == np.float32


@every_step
def test_bad_arguments_of_a_step_are_refused(name):
    rule, w = getattr(regularization, name), np.ones((2, 3))
    with pytest.raises(ValueError, match=r"dw has shape \(3,\), but w has shape \(2, 3\)"):
        rule(w, np.ones(3))
    for key in STATE[name]:
        with pytest.raises(
            ValueError, match=rf"config's {key} has shape \(3,\), but w has shape \(2, 3\)"
        ):
            rule(w, w, {key: np.ones(3)})
    with pytest.raises(
        ValueError,
        match=r"config has the key 'lr', but this rule knows learning_rate, .*weight_decay",
    ):
        rule(w, w, {"lr": 0.1})
    for key in STEPS[name][0]:
        with pytest.raises(ValueError, match=rf"{key} is -0.1, but it must be in \[0, "):
            rule(w, w, {key: -0.1})
        rule(w, w, {"epsilon": 1.0, key: 0.0} if STATE[name] else {key: 0.0})
        if key.startswith("beta"):
            with pytest.raises(ValueError, match=rf"{key} is 1.0, but it must be in \[0, 1\)"):
                rule(w, w, {key: 1.0})
        else:
            rule(w, w, {key: 1.0})


# ---- early stopping


def stops(losses, patience, min_delta=0.0):
    stopping = EarlyStopping(patience, min_delta)
    return [stopping.update(loss, None) for loss in losses]


def test_it_stops_after_patience_updates_in_a_row_without_improvement():
    assert stops([3, 2, 2, 1, 2, 2, 2, 2], patience=3) == [False] * 6 + [True] * 2
    assert stops([3, 2, 2], patience=1) == [False, False, True]


def test_an_improvement_after_the_stop_takes_it_back():
    assert stops([1, 2, 0], patience=1) == [False, True, False]


def test_smaller_gains_than_min_delta_do_not_count_unless_they_add_up():
    assert stops([1.0, 0.75, 0.5], patience=1, min_delta=0.25) == [False, True, False]
    assert stops([1.0, 0.75, 0.5], patience=1) == [False, False, False]


@given(
    losses=st.lists(
        st.sampled_from([1.0, 1.5, 2.0, 3.0, 0.5, -1.0, math.nan, math.inf]), max_size=30
    ),
    patience=st.integers(1, 4),
    min_delta=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_early_stopping_follows_its_rule(losses, patience, min_delta):
    stopping = EarlyStopping(patience, min_delta)
    best, best_at = math.inf, -1
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, best_at = loss, epoch
        assert stopping.update(loss, {"epoch": np.array(epoch)}) is (epoch - best_at >= patience)
        assert stopping.best_loss == best
        assert stopping.num_bad == epoch - best_at
        assert stopping.best_params == (None if best_at < 0 else {"epoch": best_at})


@pytest.mark.parametrize("wrap", [lambda W: W, lambda W: [W], lambda W: {"layer": {"W": W}}])
def test_the_best_parameters_are_a_deep_copy(wrap):
    W = np.array([1.0, 2.0])
    stopping = EarlyStopping(patience=2)
    stopping.update(1.0, wrap(W))
    W += 10
    stopping.update(2.0, wrap(W))
    np.testing.assert_equal(stopping.best_params, wrap(np.array([1.0, 2.0])))


def test_a_new_early_stopping_knows_nothing():
    stopping = EarlyStopping(5)
    assert (stopping.patience, stopping.min_delta) == (5, 0)
    assert (stopping.best_loss, stopping.best_params, stopping.num_bad) == (math.inf, None, 0)


@pytest.mark.parametrize("patience", [0, -1])
def test_a_patience_below_one_is_refused(patience):
    with pytest.raises(ValueError, match=f"patience is {patience}, but it must be at least 1"):
        EarlyStopping(patience)
