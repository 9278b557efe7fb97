"""reference.torch_models against transcriptions of listings and equations, and on tasks that show
what each is for."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation gives it
from torch import nn

from reference.torch_models import BiLSTMTagger, DigitCNN, LSTMClassifier, ResidualCNN
from reference.torch_training import evaluate, fit, load_digits


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def num_parameters(model):
    return sum(p.numel() for p in model.parameters())


# --- DigitCNN


class Listing(nn.Module):
    """The lecture's class Net, for images padded by `padding` before each convolution."""

    def __init__(self, padding, features):
        super().__init__()
        self.padding, self.features = padding, features
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(features, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        def pad(x):
            return F.pad(x, [self.padding] * 4)

        x = F.relu(F.max_pool2d(self.conv1(pad(x)), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(pad(x))), 2))
        x = x.view(-1, self.features)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, training=self.training)
        x = self.fc2(x)
        return F.log_softmax(x, dim=1)


@pytest.mark.parametrize(("size", "padding", "features"), [(28, 0, 320), (8, 2, 80)])
@pytest.mark.parametrize("training", [True, False])
def test_digit_cnn_is_the_network_of_the_listing(size, padding, features, training):
    model, listing = (
        DigitCNN(size).double().train(training),
        Listing(padding, features).double().train(training),
    )
    listing.load_state_dict(model.state_dict())
    x = torch.rand(6, 1, size, size, dtype=torch.float64)
    torch.manual_seed(5)
    got = model(x)
    torch.manual_seed(5)  # the same dropout masks
    torch.testing.assert_close(got, listing(x), rtol=1e-12, atol=1e-12)
    assert got.shape == (6, 10)
    torch.testing.assert_close(got.exp().sum(dim=1), torch.ones(6, dtype=torch.float64))


def test_digit_cnn_has_the_lectures_size_by_default():
    assert num_parameters(DigitCNN()) == 10 * 26 + 20 * 251 + 50 * 321 + 10 * 51 == 21840


def test_digit_cnn_drops_out_in_train_mode_only():
    model, x = DigitCNN(8), torch.rand(4, 1, 8, 8)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))


def test_digit_cnn_names_another_image_size():
    with pytest.raises(
        ValueError, match=r"image_size is 32, expected 28 \(MNIST\) or 8 \(the bundled digits\)"
    ):
        DigitCNN(32)


@pytest.mark.parametrize(
    "shape", [(1, 28, 28), (2, 3, 28, 28), (2, 1, 28, 27), (2, 1, 8, 8), (2, 784)]
)
def test_digit_cnn_names_the_shape_it_cannot_use(shape):
    with pytest.raises(ValueError, match=r"x has the shape .*, expected \(N, 1, 28, 28\)"):
        DigitCNN(28)(torch.zeros(shape))


# --- ResidualCNN


def residual_by_hand(model, x, n, residual=True):
    """The forward pass in eval mode, from the parameters in their order of creation."""
    parameters = iter(model.state_dict().items())

    def conv_norm(x, stride, padding):
        (_, w), (_, gamma), (_, beta), (_, mean), (_, var), _ = (next(parameters) for _ in range(6))
        x = F.conv2d(x, w, stride=stride, padding=padding)
        return F.batch_norm(x, mean, var, gamma, beta)

    x = F.relu(conv_norm(x, 1, 1))
    for stage in range(3):
        for block in range(n):
            stride = 2 if stage > 0 and block == 0 else 1
            change = conv_norm(F.relu(conv_norm(x, stride, 1)), 1, 1)
            if residual:
                change = change + (conv_norm(x, stride, 0) if stride == 2 else x)
            x = F.relu(change)
    (_, w), (_, b) = parameters
    return x.flatten(2).mean(dim=2) @ w.T + b


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize(("depth", "size"), [(8, (8, 8)), (14, (9, 12))])
def test_residual_cnn_follows_the_equations(residual, depth, size):
    model = ResidualCNN(depth, in_channels=2, num_classes=5, width=3, residual=residual).double()
    x = torch.randn(4, 2, *size, dtype=torch.float64)
    for _ in range(3):
        model(x)  # moves the running statistics away from 0 and 1
    model.eval()
    with torch.no_grad():
        got = model(x)
        expected = residual_by_hand(model, x, (depth - 2) // 6, residual)
    assert got.shape == (4, 5)
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("depth", [8, 20, 56])
def test_depth_counts_the_3x3_convolutions_and_the_affine_layer(depth):
    layers = list(ResidualCNN(depth, width=2).modules())
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    assert sum(conv.kernel_size == (3, 3) for conv in convolutions) + 1 == depth
    assert sum(conv.kernel_size == (1, 1) for conv in convolutions) == 2
    assert all(conv.bias is None for conv in convolutions)


def test_the_defaults_are_the_papers_network_of_20_layers():
    model = ResidualCNN(in_channels=3)
    assert num_parameters(ResidualCNN(20, 3, 10, 16, True)) == num_parameters(model)
    # The paper counts 0.27 million parameters for this depth.
    assert num_parameters(model) == 272474
    assert ResidualCNN()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_a_block_that_changes_nothing_passes_its_input_on():
    block = ResidualCNN(8, width=4).blocks[0]
    nn.init.zeros_(block.change[-1].weight)
    x = torch.rand(2, 4, 5, 5)
    torch.testing.assert_close(block(x), x)


def test_a_block_can_subtract():
    block = ResidualCNN(8, width=4).blocks[0]
    assert (block(torch.rand(8, 4, 5, 5)) < torch.rand(8, 4, 5, 5)).any()
    nn.init.zeros_(block.change[-1].weight)
    nn.init.constant_(block.change[-1].bias, -1.0)
    torch.testing.assert_close(block(torch.full((2, 4, 5, 5), 3.0)), torch.full((2, 4, 5, 5), 2.0))


def test_a_residual_network_trains_at_a_depth_where_the_plain_stack_stalls():
    data = load_digits()
    accuracy = {}
    for residual in (True, False):
        torch.manual_seed(0)
        model = ResidualCNN(depth=56, width=8, residual=residual)
        fit(model, data, {"num_epochs": 2, "learning_rate": 3e-3}, "cpu", rng_seed=0)
        _, accuracy[residual] = evaluate(model, [(data["X_train"], data["y_train"])], "cpu")
    assert accuracy[True] > 0.75
    assert accuracy[False] < 0.25


@pytest.mark.parametrize("depth", [-4, 2, 7, 9, 19, 21])
def test_residual_cnn_names_an_impossible_depth(depth):
    with pytest.raises(
        ValueError,
        match=rf"depth is {depth}, expected 8, 14, 20, … \(2 more than a multiple of 6\)",
    ):
        ResidualCNN(depth)


@pytest.mark.parametrize("shape", [(2, 1, 8, 8), (3, 8, 8), (8, 3, 8), (2, 3, 8, 8, 1)])
def test_residual_cnn_names_the_shape_it_cannot_use(shape):
    with pytest.raises(ValueError, match=r"x has the shape .*, expected \(N, 3, H, W\)"):
        ResidualCNN(8, in_channels=3)(torch.zeros(shape))


# --- LSTMClassifier and BiLSTMTagger


def lstm_by_hand(x, w_x, w_h, b_x, b_h):
    """Hidden states of one direction (T, N, H), step by step; torch's gates are input, forget,
    cell, output.
    """
    N, T, _ = x.shape
    h = c = torch.zeros(N, w_h.shape[1], dtype=x.dtype)
    states = []
    for t in range(T):
        i, f, g, o = (x[:, t] @ w_x.T + b_x + h @ w_h.T + b_h).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    return states


def test_lstm_classifier_decides_from_the_last_state():
    model = LSTMClassifier(3, 5, 4).double()
    x = torch.randn(6, 7, 3, dtype=torch.float64)
    h = lstm_by_hand(x, *model.lstm.parameters())[-1]
    torch.testing.assert_close(
        model(x), h @ model.head.weight.T + model.head.bias, rtol=1e-10, atol=1e-12
    )


def test_bilstm_tagger_joins_both_directions_at_every_step():
    model = BiLSTMTagger(3, 5, 4).double()
    x = torch.randn(6, 7, 3, dtype=torch.float64)
    parameters = list(model.lstm.parameters())
    forward = lstm_by_hand(x, *parameters[:4])
    backward = lstm_by_hand(x.flip(1), *parameters[4:])[::-1]
    h = torch.stack([torch.cat(pair, dim=1) for pair in zip(forward, backward, strict=True)], dim=1)
    got = model(x)
    assert got.shape == (6, 7, 4)
    torch.testing.assert_close(
        got, h @ model.head.weight.T + model.head.bias, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("model", [LSTMClassifier(3, 5, 4), BiLSTMTagger(3, 5, 4)])
def test_only_the_forget_gates_begin_open(model):
    fresh = dict(model.lstm.named_parameters())
    for name in [name for name in fresh if name.startswith("bias_ih")]:
        total = fresh[name] + fresh[name.replace("_ih", "_hh")]
        torch.testing.assert_close(total[5:10], torch.ones(5))
        others = torch.cat([total[:5], total[10:]])
        assert (others.abs() < 2 / 5**0.5).all()
        assert len(others.unique()) == 15


def test_no_state_is_carried_over_between_batches():
    for model in (LSTMClassifier(2, 4, 3), BiLSTMTagger(2, 4, 3)):
        x = torch.randn(3, 5, 2)
        first = model(x)
        model(torch.randn(3, 5, 2))
        assert torch.equal(model(x), first)


def adding_problem(n, length, rng):
    """Sequences of (number, mark) with one mark in either half; the target is the sum of the two
    marked numbers.
    """
    values, marks = rng.random((n, length)), np.zeros((n, length))
    marks[np.arange(n), rng.integers(length // 2, size=n)] = 1
    marks[np.arange(n), rng.integers(length // 2, length, size=n)] = 1
    return np.stack([values, marks], axis=2), (values * marks).sum(axis=1, keepdims=True)


def test_lstm_classifier_solves_the_adding_problem():
    rng = np.random.default_rng(0)
    (X, y), (X_val, y_val) = adding_problem(4000, 50, rng), adding_problem(500, 50, rng)
    data = {"X_train": X, "y_train": y, "X_val": X_val, "y_val": y_val}
    config = {"num_epochs": 10, "learning_rate": 2e-2, "max_norm": 1.0, "loss_fn": "mse"}
    history = fit(LSTMClassifier(2, 32, 1), data, config, "cpu")
    assert history["val_loss"][-1] < 0.02  # answering 1 every time leaves 1/6
    assert np.isnan(history["val_accuracy"]).all()


def test_bilstm_tagger_uses_the_future_that_one_direction_cannot_know():
    rng = np.random.default_rng(0)
    bits = rng.integers(2, size=(1200, 12))
    padded = np.pad(bits, ((0, 0), (1, 1)))
    tags = 2 * padded[:, :-2] + padded[:, 2:]  # the neighbours on both sides
    X = 2.0 * bits[:, :, None] - 1
    data = {"X_train": X[:1000], "y_train": tags[:1000], "X_val": X[1000:], "y_val": tags[1000:]}
    config = {"num_epochs": 8, "learning_rate": 2e-2, "batch_size": 50}
    both_ways = fit(BiLSTMTagger(1, 16, 4), data, config, "cpu")

    class OneDirection(BiLSTMTagger):
        def forward(self, x):
            h, _ = self.lstm(x)
            h = torch.cat([h[:, :, :16], torch.zeros_like(h[:, :, 16:])], dim=2)
            return self.head(h)

    one_way = fit(OneDirection(1, 16, 4), data, config, "cpu")
    assert both_ways["val_accuracy"][-1] > 0.99
    # the last step of each sequence can be known, the others not
    assert one_way["val_accuracy"][-1] < 0.6


@pytest.mark.parametrize("model", [LSTMClassifier(3, 4, 2), BiLSTMTagger(3, 4, 2)])
@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 4), (2, 0, 3)])
def test_sequences_of_another_shape_are_named(model, shape):
    with pytest.raises(ValueError, match=r"x has the shape .*, expected \(N, T, 3\) with T >= 1"):
        model(torch.zeros(shape))


@pytest.mark.parametrize(
    ("model", "shape"),
    [(DigitCNN(8), (1, 8, 8)), (ResidualCNN(8), (1, 6, 6)), (LSTMClassifier(3, 4, 2), (4, 3)),
     (BiLSTMTagger(3, 4, 2), (4, 3))],
)  # fmt: skip
def test_one_sample_at_a_time_gives_the_same_in_eval_mode(model, shape):
    model.double().eval()
    x = torch.randn(3, *shape, dtype=torch.float64)
    with torch.no_grad():
        alone = torch.cat([model(sample[None]) for sample in x])
        torch.testing.assert_close(model(x), alone)
