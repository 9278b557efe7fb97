from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks.examples import convnet_digits
from grader.checks import check_loss_gradient
from reference.convnet import ConvNet

F = torch.nn.functional

# input_shape, num_filters, filter_size, num_classes: square or not, odd sizes whose last row the
# pooling drops, and one of which a single pixel is left.
NETWORKS = [((1, 8, 8), 4, 3, 10), ((3, 5, 6), 2, 5, 3), ((2, 7, 3), 3, 1, 2), ((1, 2, 2), 5, 3, 4)]
every_network = pytest.mark.parametrize("network", NETWORKS, ids=str)


def setting(network, n=5):
    rng = np.random.default_rng(1)
    net = ConvNet(*network, rng)
    net.params = {name: rng.normal(size=value.shape) for name, value in net.params.items()}
    return net, rng.normal(size=(n, *network[0])), rng.integers(0, network[-1], n)


def torch_scores(X, params):
    W1 = params["W1"]
    hidden = F.max_pool2d(F.relu(F.conv2d(X, W1, params["b1"], padding=W1.shape[-1] // 2)), 2)
    return hidden.flatten(1) @ params["W2"] + params["b2"]


@every_network
def test_loss_gradients_and_predictions_agree_with_torch(network):
    net, X, y = setting(network)
    loss, grads = net.loss(X, y)
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in net.params.items()}
    scores = torch_scores(torch.tensor(X), leaves)
    expected = F.cross_entropy(scores, torch.tensor(y))
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert grads.keys() == net.params.keys()
    for name, want in zip(leaves, torch.autograd.grad(expected, leaves.values()), strict=True):
        np.testing.assert_allclose(grads[name], want, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(net.predict(X), scores.argmax(1))


@every_network
def test_the_gradient_of_every_parameter_agrees_with_differences(network):
    net, X, y = setting(network, n=2)

    def loss(params, X, y):
        net.params = params
        return net.loss(X, y)

    itself = SimpleNamespace(loss=loss)
    check_loss_gradient(itself, itself, "loss", net.params, X, y, rng=np.random.default_rng(2))


@every_network
def test_weights_start_as_he_et_al_say_and_biases_at_zero(network):
    (C, H, W), filters, size, classes = network
    many = [ConvNet(*network, np.random.default_rng(seed)).params for seed in range(500)]
    shapes = {"W1": (filters, C, size, size), "W2": (filters * (H // 2) * (W // 2), classes)}
    fan_ins = {"W1": C * size * size, "W2": filters * (H // 2) * (W // 2)}
    for name, shape in shapes.items():
        weights = np.array([params[name] for params in many])
        assert weights.shape[1:] == shape
        standard_error = np.sqrt(2 / weights.size)  # of the variance, relatively
        assert weights.var() * fan_ins[name] / 2 == pytest.approx(1, abs=5 * standard_error)
        assert abs(weights.mean()) < 5 * weights.std() / np.sqrt(weights.size)
    np.testing.assert_array_equal(many[0]["b1"], np.zeros(filters))
    np.testing.assert_array_equal(many[0]["b2"], np.zeros(classes))


def test_the_generator_decides_the_weights():
    first, same, other = (
        ConvNet((1, 4, 4), 2, 3, 3, np.random.default_rng(seed)).params for seed in (0, 0, 1)
    )
    assert all(np.array_equal(first[name], same[name]) for name in first)
    assert not np.array_equal(first["W1"], other["W1"])


def test_equal_scores_cost_log_of_the_number_of_classes_and_ties_go_to_the_first():
    net = ConvNet((1, 4, 4), 2, 3, 7, np.random.default_rng(0))
    X = np.zeros((3, 1, 4, 4))
    assert net.loss(X, np.array([0, 3, 6]))[0] == pytest.approx(np.log(7))
    np.testing.assert_array_equal(net.predict(X), [0, 0, 0])


def test_the_relu_passes_no_gradient_at_zero():
    net, X, y = setting(NETWORKS[0])
    net.params |= {"W1": np.zeros((4, 1, 3, 3)), "b1": np.zeros(4)}
    _, grads = net.loss(X, y)
    assert not grads["W1"].any()
    assert not grads["b1"].any()
    assert grads["b2"].all()


def test_huge_scores_give_a_finite_loss():
    net = ConvNet((1, 2, 2), 1, 1, 3, np.random.default_rng(0))
    net.params |= {"W2": np.zeros((1, 3)), "b2": np.array([1e4, 0.0, -1e4])}
    X = np.zeros((2, 1, 2, 2))
    loss, grads = net.loss(X, np.array([0, 2]))
    assert loss == pytest.approx(1e4)
    np.testing.assert_allclose(grads["b2"], [0.5, 0, -0.5], atol=1e-12)


def test_images_with_huge_and_with_small_scores_do_not_disturb_each_other():
    net = ConvNet((1, 2, 2), 1, 1, 3, np.random.default_rng(0))
    net.params |= {
        "W1": np.ones((1, 1, 1, 1)),
        "W2": np.ones((1, 3)),
        "b2": np.array([0.0, 1.0, 2.0]),
    }
    X = np.array([0.0, 1e4]).reshape(2, 1, 1, 1) * np.ones((2, 1, 2, 2))
    loss, grads = net.loss(X, np.array([0, 0]))
    p = np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum()
    assert loss == pytest.approx(-np.log(p[0]))
    np.testing.assert_allclose(grads["b2"], p - [1, 0, 0], rtol=1e-9)


def test_float32_stays_float32_and_the_inputs_are_not_modified():
    net, X, y = setting(NETWORKS[1])
    net.params = {name: value.astype(np.float32) for name, value in net.params.items()}
    X = X.astype(np.float32)
    before, params = X.copy(), {name: value.copy() for name, value in net.params.items()}
    loss, grads = net.loss(X, y)
    assert {np.asarray(value).dtype for value in (loss, *grads.values())} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(X, before)
    assert all(np.array_equal(net.params[name], params[name]) for name in params)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((1, 8, 8), 4, 2, 10), "^filter_size is 2, expected an odd number$"),
        (
            ((1, 1, 8), 4, 3, 10),
            r"^input_shape is \(1, 1, 8\), expected images of at least 2 x 2 pixels for the",
        ),
        (((1, 8, 1), 4, 3, 10), r"^input_shape is \(1, 8, 1\), expected images of at least 2 x 2"),
    ],
)
def test_networks_that_cannot_work_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ConvNet(*arguments, np.random.default_rng(0))


@pytest.mark.parametrize("shape", [(4, 1, 9, 9), (4, 2, 8, 8), (4, 64)], ids=str)
def test_images_of_another_shape_are_refused(shape):
    net = ConvNet((1, 8, 8), 2, 3, 10, np.random.default_rng(0))
    expected = rf"^X has shape \({', '.join(map(str, shape))}\), expected \(N, 1, 8, 8\)$"
    with pytest.raises(ValueError, match=expected):
        net.predict(np.zeros(shape))
    with pytest.raises(ValueError, match=expected):
        net.loss(np.zeros(shape), np.zeros(4, int))


@pytest.mark.parametrize(
    ("y", "found"),
    [
        ([0, 1, 3], r"\(3,\) labels from 0 to 3"),
        ([-1, 1, 2], r"\(3,\) labels from -1 to 2"),
        ([0, 1], r"\(2,\) labels from 0 to 1"),
    ],
)
def test_labels_that_do_not_fit_are_refused(y, found):
    net = ConvNet((1, 4, 4), 2, 3, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match=rf"^y has {found}, expected \(3,\) from 0 to 2$"):
        net.loss(np.zeros((3, 1, 4, 4)), np.array(y))


def test_it_reads_held_out_digits_and_shifts_cost_it_less_than_an_mlp():
    reached = convnet_digits.main()
    assert reached["held_out_accuracy"] >= 0.97
    assert reached["shifted_accuracy"] > reached["mlp_shifted_accuracy"] + 0.1
    lost = reached["held_out_accuracy"] - reached["shifted_accuracy"]
    assert lost < reached["mlp_held_out_accuracy"] - reached["mlp_shifted_accuracy"]
