"""Initial weights against the distributions that define them, and the deep stack against torch's
autograd.
"""

import functools

import numpy as np
import pytest
import scipy.stats
import torch

from reference import init
from reference.init import (
    activation_statistics,
    fan_in_init,
    gradient_norms_by_layer,
    he_normal_init,
    small_normal_init,
    xavier_uniform_init,
    zeros_init,
)

DISTRIBUTIONS = {  # initialiser: its distribution for fan_in = 300, fan_out = 200
    "small_normal_init": scipy.stats.norm(0, 0.01),
    "fan_in_init": scipy.stats.norm(0, (1 / 300) ** 0.5),
    "he_normal_init": scipy.stats.norm(0, (2 / 300) ** 0.5),
    "xavier_uniform_init": scipy.stats.uniform(-((6 / 500) ** 0.5), 2 * (6 / 500) ** 0.5),
}

INITIALISERS = ["zeros_init", *DISTRIBUTIONS]

random_initialisers = pytest.mark.parametrize("name", DISTRIBUTIONS)
every_initialiser = pytest.mark.parametrize("name", INITIALISERS)

ACTIVATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}


def rng(seed=0):
    return np.random.default_rng(seed)


@random_initialisers
def test_weights_have_the_documented_distribution(name):
    W = getattr(init, name)(300, 200, rng())
    assert scipy.stats.kstest(W.ravel(), DISTRIBUTIONS[name].cdf).pvalue > 0.01
    assert W.std() == pytest.approx(DISTRIBUTIONS[name].std(), rel=0.01)
    assert abs(W.mean()) < 4 * DISTRIBUTIONS[name].std() / W.size**0.5


@random_initialisers
def test_rows_and_columns_are_all_alike(name):
    W, std = getattr(init, name)(300, 200, rng()), DISTRIBUTIONS[name].std()
    np.testing.assert_allclose(W.std(axis=0), std, rtol=0.2)
    np.testing.assert_allclose(W.std(axis=1), std, rtol=0.25)


@pytest.mark.parametrize(
    ("name", "torch_init"),
    [
        ("he_normal_init", functools.partial(torch.nn.init.kaiming_normal_, nonlinearity="relu")),
        ("fan_in_init", functools.partial(torch.nn.init.kaiming_normal_, nonlinearity="linear")),
        ("xavier_uniform_init", torch.nn.init.xavier_uniform_),
    ],
)
def test_weights_are_distributed_as_those_of_torch(name, torch_init):
    expected = (
        torch_init(torch.empty(200, 300), generator=torch.Generator().manual_seed(0))
        .numpy()
        .ravel()
    )
    assert (
        scipy.stats.ks_2samp(getattr(init, name)(300, 200, rng()).ravel(), expected).pvalue > 0.01
    )


def test_xavier_stays_within_its_bound_and_comes_close_to_it():
    largest = np.abs(xavier_uniform_init(300, 200, rng())).max()
    assert 0.999 * (6 / 500) ** 0.5 < largest <= (6 / 500) ** 0.5


def test_std_is_a_standard_deviation_and_may_be_zero():
    assert small_normal_init(300, 200, rng(), 0.5).std() == pytest.approx(0.5, rel=0.01)
    assert not small_normal_init(3, 2, rng(), std=0).any()


def test_zeros_are_zeros_with_or_without_a_generator():
    np.testing.assert_array_equal(zeros_init(3, 2), np.zeros((3, 2)))
    np.testing.assert_array_equal(zeros_init(3, 2, rng()), np.zeros((3, 2)))


@every_initialiser
def test_weights_are_float64_of_shape_fan_in_by_fan_out(name):
    for shape in ((3, 5), (1, 1)):
        W = getattr(init, name)(*shape, rng())
        assert W.shape == shape
        assert W.dtype == np.float64


@random_initialisers
def test_the_generator_decides_the_weights(name):
    function = getattr(init, name)
    np.testing.assert_array_equal(function(4, 3, rng(1)), function(4, 3, rng(1)))
    assert not np.array_equal(function(4, 3, rng(1)), function(4, 3, rng(2)))
    shared = rng(1)
    assert not np.array_equal(function(4, 3, shared), function(4, 3, shared))


@every_initialiser
@pytest.mark.parametrize(("fans", "message"), [((0, 3), "fan_in is 0"), ((3, -1), "fan_out is -1")])
def test_a_fan_below_one_is_refused(name, fans, message):
    with pytest.raises(ValueError, match=f"{message}, but it must be at least 1"):
        getattr(init, name)(*fans, rng())


@pytest.mark.parametrize("std", [-0.1, float("nan")])
def test_a_negative_std_is_refused(std):
    with pytest.raises(ValueError, match=f"std is {std}, but it must not be negative"):
        small_normal_init(2, 2, rng(), std)


@pytest.mark.parametrize(("weights", "identical"), [(zeros_init, True), (small_normal_init, False)])
def test_units_that_start_equal_stay_equal(weights, identical):
    x, y = rng(1).normal(size=(32, 3)), rng(2).normal(size=(32, 1))
    W1, W2 = weights(3, 4, rng()), np.ones((4, 1))
    for _ in range(50):
        h = np.tanh(x @ W1)
        derror = (h @ W2 - y) / len(x)
        dW1, dW2 = x.T @ (derror @ W2.T * (1 - h**2)), h.T @ derror
        W1, W2 = W1 - 0.1 * dW1, W2 - 0.1 * dW2
    assert np.all(W1[:, 0] != 0)
    assert np.array_equal(W1, W1[:, :1] @ np.ones((1, 4))) == identical


# ---- the deep stack

STACKS = pytest.mark.parametrize("skip", [False, True])


def torch_stack(depth, activation, weights, generator, width, batch_size, skip):
    """The same network by autograd: the outputs of its layers and the gradients of its weights."""
    h = torch.tensor(generator.normal(size=(batch_size, width)))
    parameters = [
        torch.tensor(weights(width, width, generator), requires_grad=True) for _ in range(depth)
    ]
    outputs = []
    for W in parameters:
        h = ACTIVATIONS[activation](h @ W) + (h if skip else 0)
        outputs.append(h.detach().numpy())
    ((torch.tensor(generator.normal(size=(batch_size, width))) * h).sum() / batch_size).backward()
    return outputs, [W.grad.numpy() for W in parameters]


@STACKS
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("depth", "width", "batch_size"), [(1, 3, 5), (6, 7, 2), (4, 1, 1)])
def test_stack_agrees_with_torch(activation, skip, depth, width, batch_size):
    arguments = (depth, activation, fan_in_init)
    sizes = {"width": width, "batch_size": batch_size, "skip": skip}
    outputs, gradients = torch_stack(*arguments, rng(3), **sizes)
    means, stds = activation_statistics(*arguments, rng(3), **sizes)
    np.testing.assert_allclose(means, [h.mean() for h in outputs], rtol=1e-10)
    np.testing.assert_allclose(stds, [h.std() for h in outputs], rtol=1e-10)
    norms = gradient_norms_by_layer(*arguments, rng(3), **sizes)
    np.testing.assert_allclose(norms, [np.sqrt((g**2).sum()) for g in gradients], rtol=1e-10)
    assert means.shape == stds.shape == norms.shape == (depth,)


def test_stack_has_64_units_64_samples_and_no_skip_connections_unless_told_otherwise():
    sizes = {"width": 64, "batch_size": 64, "skip": False}
    arguments = (3, "tanh", fan_in_init)
    np.testing.assert_array_equal(
        activation_statistics(*arguments, rng()), activation_statistics(*arguments, rng(), **sizes)
    )
    np.testing.assert_array_equal(
        gradient_norms_by_layer(*arguments, rng()),
        gradient_norms_by_layer(*arguments, rng(), **sizes),
    )


def first_over_last(activation, weights, seed=0, **options):
    norms = gradient_norms_by_layer(30, activation, weights, rng(seed), **options)
    return norms[0] / norms[-1]


large_init = functools.partial(small_normal_init, std=0.5)  # √(2 / 64) = 0.18 would be right

seeds = pytest.mark.parametrize("seed", range(5))


@seeds
def test_gradients_vanish_with_sigmoid(seed):
    assert first_over_last("sigmoid", fan_in_init, seed) < 1e-12
    assert first_over_last("sigmoid", he_normal_init, seed) < 1e-10


@seeds
def test_gradients_explode_with_large_weights(seed):
    norms = gradient_norms_by_layer(30, "relu", large_init, rng(seed))
    cured = gradient_norms_by_layer(30, "relu", he_normal_init, rng(seed))
    assert norms.min() > 1e6 * cured.max()


@seeds
def test_signals_die_out_with_small_weights_and_explode_with_large_ones(seed):
    _, small = activation_statistics(30, "relu", small_normal_init, rng(seed))
    _, large = activation_statistics(30, "relu", large_init, rng(seed))
    _, he = activation_statistics(30, "relu", he_normal_init, rng(seed))
    assert small[-1] < 1e-25
    assert large[-1] > 1e8
    assert 0.1 < he[-1] / he[0] < 10


@seeds
def test_he_init_keeps_the_gradient_of_relu(seed):
    assert 0.1 < first_over_last("relu", he_normal_init, seed) < 10
    assert first_over_last("relu", fan_in_init, seed) == pytest.approx(
        first_over_last("relu", he_normal_init, seed), rel=1e-6
    )  # all layers shrink alike, so that the ratio hides what the size shows:
    norms = gradient_norms_by_layer(30, "relu", fan_in_init, rng(seed))
    assert norms.max() < 1e-3 * gradient_norms_by_layer(30, "relu", he_normal_init, rng(seed)).min()


@seeds
def test_skip_connections_bring_back_the_gradient_of_sigmoid(seed):
    assert first_over_last("sigmoid", fan_in_init, seed, skip=True) > 0.01


@pytest.mark.parametrize("function", [activation_statistics, gradient_norms_by_layer])
@pytest.mark.parametrize("size", ["depth", "width", "batch_size"])
def test_empty_stacks_are_refused(function, size):
    arguments = {"depth": 2, "activation": "relu", "init": fan_in_init, "rng": rng()} | {size: 0}
    with pytest.raises(ValueError, match=f"{size} is 0, but it must be at least 1"):
        function(**arguments)


@pytest.mark.parametrize("function", [activation_statistics, gradient_norms_by_layer])
def test_unknown_activations_are_refused(function):
    with pytest.raises(
        ValueError, match="activation is 'gelu', but it must be one of sigmoid, tanh, relu"
    ):
        function(2, "gelu", fan_in_init, rng())


def test_sigmoid_stays_silent_on_inputs_that_overflow_exp():
    means, _ = activation_statistics(
        2, "sigmoid", functools.partial(small_normal_init, std=1e4), rng()
    )
    assert np.all((means > 0.3) & (means < 0.7))
