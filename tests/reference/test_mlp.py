"""The network against torch, its gradients against differences of its own loss, and what it learns."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from benchmarks.examples import mlp_digits, mlp_xor
from reference.mlp import MLP

# activation: the same in torch
ACTIVATIONS = {
    "identity": lambda x: x,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "softplus": functional.softplus,
}
SIZES = [(5, 3), (5, 4, 3), (5, 7, 6, 4, 3)]


def network(sizes, activation="tanh", seed=0):
    """An MLP whose biases are not zero, and a batch for it."""
    rng = np.random.default_rng(seed)
    model = MLP(sizes, activation, rng)
    for name in model.params:
        model.params[name] = rng.normal(size=model.params[name].shape)
    return model, rng.normal(size=(7, sizes[0])), rng.integers(sizes[-1], size=7)


def torch_loss(model, activation, X, y):
    """Loss and gradients of the same network in torch, written from the equations."""
    params = {name: torch.tensor(value, requires_grad=True) for name, value in model.params.items()}
    h, depth = torch.tensor(X), len(params) // 2
    for layer in range(1, depth + 1):
        h = h @ params[f"W{layer}"] + params[f"b{layer}"]
        if layer < depth:
            h = ACTIVATIONS[activation](h)
    loss = functional.cross_entropy(h, torch.tensor(y))
    loss.backward()
    return (
        h.detach().numpy(),
        loss.item(),
        {name: value.grad.numpy() for name, value in params.items()},
    )


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_loss_gradients_and_predictions_agree_with_torch(sizes, activation):
    model, X, y = network(sizes, activation)

    loss, grads = model.loss(X, y)

    scores, expected, expected_grads = torch_loss(model, activation, X, y)
    np.testing.assert_allclose(loss, expected, rtol=1e-12)
    assert grads.keys() == model.params.keys()
    for name, gradient in grads.items():
        np.testing.assert_allclose(
            gradient, expected_grads[name], rtol=1e-10, atol=1e-13, err_msg=name
        )
    np.testing.assert_array_equal(model.predict(X), scores.argmax(axis=1))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_gradient_agrees_with_differences_of_the_loss(sizes):
    model, X, y = network(sizes, "softplus")
    _, grads = model.loss(X, y)
    for name, value in model.params.items():
        for index in np.ndindex(value.shape):
            kept, losses = value[index], []
            for step in (1e-5, -1e-5):
                value[index] = kept + step
                losses.append(model.loss(X, y)[0])
            value[index] = kept
            numeric = (losses[0] - losses[1]) / 2e-5
            assert grads[name][index] == pytest.approx(numeric, rel=1e-6, abs=1e-9), (name, index)


def test_images_are_flattened_and_inputs_stay_as_they_were():
    model, X, y = network((12, 5, 3))
    X = np.random.default_rng(1).normal(size=(7, 3, 2, 2))
    for array in (X, y, *model.params.values()):
        array.setflags(write=False)
    loss, grads = model.loss(X, y)
    expected, expected_grads = model.loss(X.reshape(7, 12), y)
    assert loss == expected
    np.testing.assert_array_equal(grads["W1"], expected_grads["W1"])
    np.testing.assert_array_equal(model.predict(X), model.predict(X.reshape(7, 12)))


def test_params_are_used_as_they_are_now():
    model, X, y = network((5, 4, 3))
    model.params["W2"] = np.zeros((4, 3))
    model.params["b2"] = np.array([0.0, 2.0, 1.0])
    assert model.predict(X).tolist() == [1] * 7
    model.params["b2"] = np.array([0.0, 2.0, 2.0])
    assert model.predict(X).tolist() == [1] * 7  # a tie goes to the smallest label
    model.params["b2"] = np.zeros(3)
    assert model.loss(X, y)[0] == pytest.approx(np.log(3))


@pytest.mark.parametrize(
    ("activation", "variance"),
    [("relu", 2 / 300), *[(name, 2 / (300 + 500)) for name in ACTIVATIONS if name != "relu"]],
)
def test_weights_start_with_the_variance_that_carries_the_signal(activation, variance):
    params = MLP([300, 500, 20], activation, np.random.default_rng(2)).params
    assert {name: value.shape for name, value in params.items()} == {
        "W1": (300, 500),
        "b1": (500,),
        "W2": (500, 20),
        "b2": (20,),
    }
    assert all(value.dtype == np.float64 for value in params.values())
    # ±0.4 % is one standard deviation
    assert params["W1"].var() == pytest.approx(variance, rel=0.02)
    assert abs(params["W1"].mean()) < 4 * np.sqrt(variance / 150_000)
    assert not params["b1"].any()
    assert not params["b2"].any()


def test_the_same_seed_gives_the_same_weights_and_layers_differ():
    one, two = (MLP([4, 4, 4], "relu", np.random.default_rng(3)).params for _ in range(2))
    np.testing.assert_array_equal(one["W1"], two["W1"])
    assert not np.array_equal(one["W1"], one["W2"])


@pytest.mark.parametrize(
    ("sizes", "activation", "message"),
    [
        ([5], "relu", r"sizes is \[5\], expected at least two"),
        ([5, 0, 3], "relu", r"sizes is \[5, 0, 3\], but every layer needs at least one unit"),
        ([5, 3], "gelu", f"activation is 'gelu', expected one of {', '.join(ACTIVATIONS)}"),
    ],
)
def test_what_cannot_be_built_is_refused(sizes, activation, message):
    with pytest.raises(ValueError, match=message):
        MLP(sizes, activation, np.random.default_rng(0))


def test_a_layer_of_one_unit_and_a_single_class_are_allowed():
    model = MLP((2, 1, 1), "tanh", np.random.default_rng(0))
    assert model.loss(np.ones((3, 2)), np.zeros(3, int))[0] == 0


def test_bad_batches_are_refused():
    model = MLP([5, 3], "relu", np.random.default_rng(0))
    with pytest.raises(ValueError, match="w has 5 rows, but x has 4 features per sample"):
        model.predict(np.ones((2, 4)))
    with pytest.raises(ValueError, match="y has labels from 0 to 3"):
        model.loss(np.ones((2, 5)), np.array([0, 3]))


def test_learns_xor_from_nearly_every_seed_where_no_linear_network_can():
    reached = mlp_xor.main()
    # of ten seeds
    assert min(reached["solved_tanh"], reached["solved_relu"], reached["solved_softplus"]) >= 0.9
    assert reached["linear_accuracy"] <= 0.75
    assert reached["linear_loss"] == pytest.approx(np.log(2))


def test_reads_held_out_digits():
    assert mlp_digits.main()["held_out_accuracy"] >= 0.97
