import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import reference.normalization as normalization
from grader.checks import check_gradients
from reference.normalization import (
    batchnorm_backward,
    batchnorm_forward,
    groupnorm_backward,
    groupnorm_forward,
    instancenorm_backward,
    instancenorm_forward,
    layernorm_backward,
    layernorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)

F = torch.nn.functional

TRAIN = {"mode": "train"}


def batch_norm(x, gamma, beta, eps):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


def layer_norm(x, gamma, beta, eps):
    return F.layer_norm(x, x.shape[1:], gamma, beta, eps)


def group_norm(groups):
    return lambda x, gamma, beta, eps: F.group_norm(x, groups, gamma, beta, eps)


def instance_norm(x, gamma, beta, eps):
    return F.instance_norm(x, weight=gamma, bias=beta, eps=eps)


# Each layer with its arguments after beta, torch's version of it, and the shape of x.
LAYERS = {
    "batchnorm": ((TRAIN,), batch_norm, (6, 3)),
    "batchnorm-wide": ((TRAIN,), batch_norm, (2, 7)),
    "spatial_batchnorm": ((TRAIN,), batch_norm, (4, 3, 2, 5)),
    "spatial_batchnorm-one": ((TRAIN,), batch_norm, (1, 2, 3, 2)),
    "layernorm": (({},), layer_norm, (4, 6)),
    "layernorm-one": (({},), layer_norm, (1, 3)),
    "groupnorm": ((2, {}), group_norm(2), (3, 6, 2, 4)),
    "groupnorm-all": ((1, {}), group_norm(1), (2, 3, 4, 1)),
    "groupnorm-each": ((4, {}), group_norm(4), (2, 4, 3, 2)),
    "instancenorm": (({},), instance_norm, (3, 2, 4, 3)),
}
every_layer = pytest.mark.parametrize("case", LAYERS)
one_of_each = pytest.mark.parametrize("case", [case for case in LAYERS if "-" not in case])


def functions(case):
    op = case.split("-")[0]
    return getattr(normalization, f"{op}_forward"), getattr(normalization, f"{op}_backward")


def draw(rng, shape, dtype=np.float64):
    x = 3 + 1e-2 * rng.normal(size=shape)  # a variance of 1e-4, so that a wrong eps of 1e-5 shows
    gamma, beta = rng.normal(size=(2, shape[1]))
    return tuple(array.astype(dtype) for array in (x, gamma, beta, rng.normal(size=shape)))


@pytest.mark.parametrize("eps", [None, 1e-3])
@every_layer
def test_forward_and_backward_agree_with_torch(case, eps):
    param, oracle, shape = LAYERS[case]
    forward, backward = functions(case)
    *inputs, dout = draw(np.random.default_rng(1), shape)
    *arguments, options = copy.deepcopy(param)
    out, cache = forward(*inputs, *arguments, options if eps is None else options | {"eps": eps})
    leaves = [torch.tensor(array, requires_grad=True) for array in inputs]
    expected = oracle(*leaves, 1e-5 if eps is None else eps)
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-9, atol=1e-11)
    for got, want in zip(
        backward(dout, cache),
        torch.autograd.grad(expected, leaves, torch.tensor(dout)),
        strict=True,
    ):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-9)


@every_layer
def test_gradients_agree_with_differences(case):
    rng = np.random.default_rng(2)
    param, _, shape = LAYERS[case]
    x, gamma, beta = rng.normal(1, 2, shape), rng.normal(size=shape[1]), rng.normal(size=shape[1])
    op, *constants, last = case.split("-")[0], *param
    check_gradients(
        normalization, normalization, op, x, gamma, beta, *constants, param=last, rng=rng
    )


@pytest.mark.parametrize(
    ("op", "shape"), [("batchnorm", (5, 3)), ("spatial_batchnorm", (2, 3, 4, 2))]
)
def test_gradients_in_test_mode_agree_with_differences(op, shape):
    rng = np.random.default_rng(3)
    param = {
        "mode": "test",
        "running_mean": rng.normal(size=3),
        "running_var": rng.uniform(1, 2, 3),
    }
    inputs = rng.normal(size=shape), *rng.normal(size=(2, 3))
    check_gradients(normalization, normalization, op, *inputs, param=param, rng=rng)


@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (2, 3, 4, 2), (1, 3, 1, 1)], ids=str)
def test_test_mode_agrees_with_torch_and_changes_nothing(shape):
    rng = np.random.default_rng(4)
    x, gamma, beta, dout = draw(rng, shape)
    param = {
        "mode": "test",
        "eps": 0.3,
        "running_mean": rng.normal(size=3),
        "running_var": rng.uniform(size=3),
    }
    before = copy.deepcopy(param)
    op = "batchnorm" if len(shape) == 2 else "spatial_batchnorm"
    forward, backward = functions(op)
    out, cache = forward(x, gamma, beta, param)
    leaves = [torch.tensor(array, requires_grad=True) for array in (x, gamma, beta)]
    running = [torch.tensor(param[key]) for key in ("running_mean", "running_var")]
    expected = F.batch_norm(leaves[0], *running, *leaves[1:], training=False, eps=0.3)
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-12)
    wanted = torch.autograd.grad(expected, leaves, torch.tensor(dout))
    for got, want in zip(backward(dout, cache), wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    assert param.keys() == before.keys()
    assert all(np.array_equal(param[key], before[key]) for key in param)


@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4, 5)], ids=str)
def test_running_statistics_follow_the_batches_with_the_population_variance(shape):
    rng = np.random.default_rng(5)
    forward, _ = functions("batchnorm" if len(shape) == 2 else "spatial_batchnorm")
    axes = tuple(i for i in range(len(shape)) if i != 1)
    param, mean, var = {"mode": "train", "momentum": 0.7}, np.zeros(3), np.ones(3)
    for _ in range(3):
        x = rng.normal(2, 3, shape)
        forward(x, np.ones(3), np.zeros(3), param)
        mean, var = 0.7 * mean + 0.3 * x.mean(axes), 0.7 * var + 0.3 * x.var(axes)
        np.testing.assert_allclose(param["running_mean"], mean, rtol=1e-12)
        np.testing.assert_allclose(param["running_var"], var, rtol=1e-12)
        assert param["mode"] == "train"
        assert param["running_mean"].shape == param["running_var"].shape == (3,)


def test_running_statistics_agree_with_torch_up_to_its_sample_variance():
    rng = np.random.default_rng(6)
    x, mean, var = rng.normal(size=(5, 2)), rng.normal(size=2), rng.uniform(1, 2, 2)
    param = {"mode": "train", "running_mean": mean.copy(), "running_var": var.copy()}
    batchnorm_forward(x, np.ones(2), np.zeros(2), param)
    running = torch.tensor(mean), torch.tensor(var)
    F.batch_norm(torch.tensor(x), *running, training=True, momentum=0.1)
    np.testing.assert_allclose(param["running_mean"], running[0], rtol=1e-12)
    np.testing.assert_allclose(
        (param["running_var"] - 0.9 * var) * 5 / 4, running[1].numpy() - 0.9 * var, rtol=1e-10
    )


def test_the_running_arrays_that_came_in_stay_as_they_were():
    mean, var = np.zeros(2), np.ones(2)
    param = {"mode": "train", "running_mean": mean, "running_var": var}
    batchnorm_forward(np.array([[1.0, 5.0], [2.0, 9.0]]), np.ones(2), np.zeros(2), param)
    assert not mean.any()
    assert (var == 1).all()
    assert param["running_mean"].all()


def test_test_mode_before_any_training_leaves_x_as_it_is():
    x = np.random.default_rng(7).normal(size=(4, 3))
    out, _ = batchnorm_forward(x, np.ones(3), np.zeros(3), {"mode": "test", "eps": 0})
    np.testing.assert_array_equal(out, x)


@one_of_each
def test_a_mean_of_a_million_in_float32_costs_no_more_than_the_rounding_of_x(case):
    param, _, shape = LAYERS[case]
    big = (2000, shape[1]) if len(shape) == 2 else (shape[0], shape[1], 20, 25)
    if case == "layernorm":
        big = (3, 2000)
    rng = np.random.default_rng(9)
    x = rng.normal(1e6, 1, big).astype(np.float32)  # neighbouring floats are 1/16 apart here
    gamma, beta = np.ones(big[1]), np.zeros(big[1])
    out, _ = functions(case)[0](
        x, gamma.astype(np.float32), beta.astype(np.float32), *copy.deepcopy(param)
    )
    exact, _ = functions(case)[0](x.astype(np.float64), gamma, beta, *copy.deepcopy(param))
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, exact, atol=1 / 32 + 2e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
@one_of_each
def test_values_without_variance_give_beta_and_finite_gradients(case, value, dtype):
    param, _, shape = LAYERS[case]
    _, gamma, beta, dout = draw(np.random.default_rng(10), shape, dtype)
    forward, backward = functions(case)
    out, cache = forward(np.full(shape, value, dtype), gamma, beta, *copy.deepcopy(param))
    np.testing.assert_allclose(
        out, np.broadcast_to(beta.reshape(-1, *(1,) * (len(shape) - 2)), shape), atol=1e-5
    )
    assert all(np.isfinite(gradient).all() for gradient in backward(dout, cache))


def test_a_batch_of_one_gives_beta_and_no_gradient():
    x, gamma, beta = np.array([[1.0, -5.0]]), np.array([2.0, 3.0]), np.array([0.5, -0.5])
    out, cache = batchnorm_forward(x, gamma, beta, {"mode": "train"})
    np.testing.assert_array_equal(out, [beta])
    dx, dgamma, dbeta = batchnorm_backward(np.array([[1.0, 2.0]]), cache)
    assert not dx.any()
    assert not dgamma.any()
    np.testing.assert_array_equal(dbeta, [1, 2])


@settings(deadline=None)
@given(st.integers(2, 8), st.integers(1, 5), st.floats(-100, 100), st.integers(0, 2**32 - 1))
def test_batch_norm_fixes_mean_and_deviation_and_ignores_shifts(n, d, shift, seed):
    rng = np.random.default_rng(seed)
    x, gamma, beta = rng.normal(size=(n, d)), rng.uniform(0.5, 2, d), rng.normal(size=d)
    out, _ = batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": 0})
    np.testing.assert_allclose(out.mean(0), beta, atol=1e-9)
    np.testing.assert_allclose(out.std(0), gamma, rtol=1e-9)
    shifted, _ = batchnorm_forward(x + shift, gamma, beta, {"mode": "train", "eps": 0})
    np.testing.assert_allclose(shifted, out, atol=1e-6)


def test_spatial_batch_norm_is_batch_norm_of_the_pixels():
    x, gamma, beta, dout = draw(np.random.default_rng(11), (3, 2, 4, 5))

    def rows(images):
        return images.transpose(0, 2, 3, 1).reshape(-1, 2)

    out, cache = spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
    flat_out, flat_cache = batchnorm_forward(rows(x), gamma, beta, {"mode": "train"})
    np.testing.assert_allclose(rows(out), flat_out, rtol=1e-10)
    dx, dgamma, dbeta = spatial_batchnorm_backward(dout, cache)
    flat_dx, flat_dgamma, flat_dbeta = batchnorm_backward(rows(dout), flat_cache)
    np.testing.assert_allclose(rows(dx), flat_dx, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(dgamma, flat_dgamma, rtol=1e-10)
    np.testing.assert_allclose(dbeta, flat_dbeta, rtol=1e-10)


@pytest.mark.parametrize("case", ["layernorm", "groupnorm", "instancenorm"])
def test_samples_do_not_depend_on_each_other(case):
    param, _, shape = LAYERS[case]
    x, gamma, beta, dout = draw(np.random.default_rng(12), shape)
    forward, backward = functions(case)
    out, cache = forward(x, gamma, beta, *param)
    alone, cache_alone = forward(x[1:2], gamma, beta, *param)
    np.testing.assert_allclose(out[1:2], alone, rtol=1e-12)
    np.testing.assert_allclose(
        backward(dout, cache)[0][1:2], backward(dout[1:2], cache_alone)[0], rtol=1e-10
    )


def test_one_group_is_layer_norm_and_a_group_per_channel_is_instance_norm():
    x, gamma, beta, dout = draw(np.random.default_rng(13), (3, 4, 2, 5))
    one, _ = groupnorm_forward(x, np.ones(4), np.zeros(4), 1, {})
    flat, _ = layernorm_forward(x.reshape(3, -1), np.ones(40), np.zeros(40), {})
    np.testing.assert_allclose(one.reshape(3, -1), flat, rtol=1e-10)
    each, cache = groupnorm_forward(x, gamma, beta, 4, {})
    instance, instance_cache = instancenorm_forward(x, gamma, beta, {})
    np.testing.assert_array_equal(each, instance)
    for a, b in zip(
        groupnorm_backward(dout, cache), instancenorm_backward(dout, instance_cache), strict=True
    ):
        np.testing.assert_array_equal(a, b)


@one_of_each
def test_a_gradient_that_moves_all_values_together_is_cancelled(case):
    param, _, shape = LAYERS[case]
    forward, backward = functions(case)
    x = np.random.default_rng(14).normal(size=shape)
    _, cache = forward(x, np.full(shape[1], 2.0), np.zeros(shape[1]), *copy.deepcopy(param))
    np.testing.assert_allclose(backward(np.ones(shape), cache)[0], 0, atol=1e-12)


@pytest.mark.parametrize("mode", ["train", "test"])
@every_layer
def test_the_dtype_is_kept_and_the_inputs_are_not_modified(case, mode):
    param, _, shape = LAYERS[case]
    forward, backward = functions(case)
    for dtype in (np.float32, np.float64):
        arrays = draw(np.random.default_rng(15), shape, dtype)
        before = copy.deepcopy(arrays)
        own = copy.deepcopy(param)
        own[-1].update(eps=np.float64(1e-5))  # a numpy scalar must not raise the precision
        if "mode" in own[-1]:
            own[-1].update(mode=mode, momentum=np.float64(0.9))
            own[-1].update(running_mean=np.zeros(shape[1]), running_var=np.ones(shape[1]))
        out, cache = forward(*arrays[:3], *own)
        gradients = backward(arrays[3], cache)
        again = backward(arrays[3], cache)
        assert {array.dtype for array in (out, *gradients)} == {np.dtype(dtype)}
        assert all(np.array_equal(a, b) for a, b in zip(gradients, again, strict=True))
        assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))
        if mode == "train" and "running_var" in own[-1]:
            assert own[-1]["running_mean"].dtype == own[-1]["running_var"].dtype == dtype


@every_layer
def test_integers_become_float64(case):
    param, _, shape = LAYERS[case]
    x = np.random.default_rng(16).integers(0, 9, shape)
    gamma, beta = np.full(shape[1], 2.0), np.ones(shape[1])
    out, _ = functions(case)[0](x, gamma, beta, *copy.deepcopy(param))
    exact, _ = functions(case)[0](x.astype(float), gamma, beta, *copy.deepcopy(param))
    assert out.dtype == np.float64
    np.testing.assert_array_equal(out, exact)


@pytest.mark.parametrize("mode", [None, "training", "TRAIN"])
@pytest.mark.parametrize("op", ["batchnorm", "spatial_batchnorm"])
def test_an_unknown_mode_is_refused(op, mode):
    x = np.ones((2, 3) if op == "batchnorm" else (2, 3, 1, 1))
    param = {} if mode is None else {"mode": mode}
    with pytest.raises(
        ValueError, match=rf"^bn_param\['mode'\] is {mode!r}, expected 'train' or 'test'"
    ):
        functions(op)[0](x, np.ones(3), np.zeros(3), param)


@one_of_each
def test_shapes_that_do_not_fit_are_refused(case):
    param, _, shape = LAYERS[case]
    forward, _ = functions(case)
    good, channels = np.ones(shape), shape[1]
    axes, letter = ("N, D", "D") if len(shape) == 2 else ("N, C, H, W", "C")
    with pytest.raises(ValueError, match=rf"^x has shape \(2, 3, 4\), expected \({axes}\)"):
        forward(np.ones((2, 3, 4)), np.ones(3), np.ones(3), *param)
    too_long = np.ones(channels + 1)
    for name, arguments in (
        ("gamma", (too_long, np.ones(channels))),
        ("beta", (np.ones(channels), too_long)),
    ):
        expected = rf"^{name} has shape \({channels + 1},\), expected \({letter},\) = \({channels},\) for this x"
        with pytest.raises(ValueError, match=expected):
            forward(good, *arguments, *param)


@pytest.mark.parametrize("G", [0, -2, 4, 12])
def test_groups_that_do_not_divide_the_channels_are_refused(G):
    with pytest.raises(ValueError, match=rf"^G is {G}, expected a divisor of the 6 channels of x"):
        groupnorm_forward(np.ones((1, 6, 2, 2)), np.ones(6), np.ones(6), G, {})


def test_layer_norm_scales_features_and_not_samples():
    out, cache = layernorm_forward(
        np.array([[1.0, 3.0], [5.0, 1.0]]), np.array([1.0, 10.0]), np.zeros(2), {"eps": 0}
    )
    np.testing.assert_allclose(out, [[-1, 10], [1, -10]])
    _, dgamma, dbeta = layernorm_backward(np.array([[1.0, 2.0], [3.0, 5.0]]), cache)
    np.testing.assert_allclose(dgamma, [-1 + 3, 2 - 5])
    np.testing.assert_allclose(dbeta, [4, 7])
