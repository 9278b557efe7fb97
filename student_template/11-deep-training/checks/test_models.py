import zlib

import numpy as np
import pytest
import torch

from grader.checks import CheckFailure, assert_close


def state_of(subject, model):
    """All tensors of a model by name."""
    own = subject.hold({})
    own.update(model.state_dict())
    return own.copy()


def fill(subject, model, *, biased_convolutions=True):
    """Give a model weights in float64 that depend on the last part of each name and the shape, and
    on nothing else.

    Equal networks then get equal weights, whatever their parts are called and in whichever order
    they were made. biased_convolutions: without, the bias that a convolution before batch norm may
    or may not have is zero.
    """
    subject.module("torch").nn.utils.vector_to_parameters(
        torch.zeros(40_000, dtype=torch.float64), model.parameters()
    )
    model.double()
    state = state_of(subject, model)
    for name, tensor in state.items():
        owner, _, kind = name.rpartition(".")
        values = drawn(kind.removesuffix("_reverse"), tuple(tensor.shape))
        if values is None or (
            kind == "bias" and state[f"{owner}.weight"].ndim == 4 and not biased_convolutions
        ):
            continue
        state[name] = torch.from_numpy(values)
    model.load_state_dict(state)
    return model


def drawn(kind, shape):
    """Weights for a tensor whose name ends in `kind`; None for what only counts."""
    rng = np.random.default_rng(zlib.crc32(f"{kind} {shape}".encode()))
    if kind == "num_batches_tracked":
        return None
    if len(shape) > 1:
        return rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))
    if kind in ("weight", "running_var"):
        return rng.uniform(0.5, 1.5, shape)
    return rng.normal(0, 0.3, shape)


def images(rng, N, C, H, W):
    return torch.from_numpy(rng.random((N, C, H, W)))


def sequences(rng, N, T, D):
    return torch.from_numpy(rng.normal(size=(N, T, D)))


# ---- DigitCNN ----------------------------------------------------------------------------------


@pytest.mark.points(4, each=True)
@pytest.mark.concept("DigitCNN")
@pytest.mark.parametrize("image_size", [28, 8])
def test_digit_cnn_is_the_network_of_the_listing(student, reference, rng, image_size):
    """DigitCNN: log-probabilities from two convolutions and two affine layers"""
    x = images(rng, 3, 1, image_size, image_size)

    log_probs = fill(student, student.DigitCNN(image_size)).eval()(x)

    expected = fill(reference, reference.DigitCNN(image_size)).eval()(x)
    hint = "Follow the table of the docstring line by line: convolution, (dropout,) pooling, ReLU."
    assert_close(log_probs, expected, "log_probs", hint=hint)


@pytest.mark.points(2)
@pytest.mark.concept("DigitCNN")
@pytest.mark.depends("test_digit_cnn_is_the_network_of_the_listing")
def test_digit_cnn_drops_channels_and_units(student):
    """DigitCNN: in train mode, and only there, whole channels are dropped after conv2 and single
    units after fc1
    """
    model = student.DigitCNN(8).double()
    model.load_state_dict(listening())
    x = torch.zeros(2000, 1, 8, 8, dtype=torch.float64)

    heard = scores_of(model.train()(x))
    on = heard != 0
    expect_share("a unit of fc1 is on", on.mean(), 1 / 4)
    expect_share(
        "two units that listen to one channel are both on", (on[:, ::2] & on[:, 1::2]).mean(), 1 / 8
    )
    assert_close(
        heard[on].mean(),
        4.0,
        "a unit that is on",
        rtol=1e-6,
        hint="What is kept is divided by 1 - p.",
    )
    assert_close(
        scores_of(model.eval()(x)), np.ones((2000, 8)), "the units in eval mode", rtol=1e-6
    )


def listening():
    """Weights with which all of conv2 is 1, unit j of fc1 repeats one feature, and score j of fc2
    repeats unit j.

    Score 9 is 0, so that the others can be read off the log-probabilities. Units 2i and 2i + 1
    listen to channel 3i.
    """
    shapes = {"conv1": (10, 1, 5, 5), "conv2": (20, 10, 5, 5), "fc1": (50, 80), "fc2": (10, 50)}
    state = {}
    for name, shape in shapes.items():
        state[f"{name}.weight"] = torch.zeros(shape, dtype=torch.float64)
        state[f"{name}.bias"] = torch.zeros(shape[0], dtype=torch.float64)
    state["conv2.bias"] += 1
    for j in range(8):
        state["fc1.weight"][j, 12 * (j // 2) + j % 2] = 1
        state["fc2.weight"][j, j] = 1
    return state


def scores_of(log_probs):
    log_probs = np.asarray(log_probs.detach())
    return np.round(log_probs[:, :8] - log_probs[:, 9:], 9)


def expect_share(what, share, right):
    """The bounds are eight standard deviations and more, and tell the usual mistakes (twice or half
    as often) apart.
    """
    if not 0.75 * right < share < 1.33 * right:
        raise CheckFailure(
            f"In train mode {what} in {share:.1%} of the samples; about {right:.1%} is expected",
            hint="Dropout2d(0.5) after conv2 drops whole channels, Dropout(0.5) after the ReLU of "
            "fc1 drops units.",
        )


# ---- ResidualCNN -------------------------------------------------------------------------------


def residual(subject, *args, **kwargs):
    return fill(subject, subject.ResidualCNN(*args, **kwargs), biased_convolutions=False)


@pytest.mark.points(4)
@pytest.mark.concept("ResidualCNN")
@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (2, 3, 7, 12)], ids=str)
def test_residual_cnn_adds_the_shortcut(student, reference, rng, shape):
    """ResidualCNN: each block gives ReLU(F(x) + shortcut(x)), and the mean over the image gives the
    scores
    """
    x, options = images(rng, *shape), {"depth": 8, "in_channels": 3, "num_classes": 5, "width": 4}

    scores = residual(student, **options).eval()(x)

    expected = residual(reference, **options).eval()(x)
    hint = (
        "Two blocks of the three change the shape: there the shortcut is a 1x1 convolution and "
        "batch norm."
    )
    assert_close(scores, expected, "scores", hint=hint)


@pytest.mark.points(1)
@pytest.mark.concept("ResidualCNN")
@pytest.mark.depends("test_residual_cnn_adds_the_shortcut")
def test_residual_cnn_without_shortcuts(student, reference, rng):
    """ResidualCNN: residual=False is the same network without the shortcuts"""
    x, options = images(rng, 2, 1, 8, 8), {"depth": 14, "width": 3, "residual": False}

    scores = residual(student, **options).eval()(x)

    assert_close(scores, residual(reference, **options).eval()(x), "scores")


@pytest.mark.points(1)
@pytest.mark.concept("ResidualCNN")
@pytest.mark.parametrize("depth", [8, 14, 20])
def test_residual_cnn_has_as_many_layers_as_it_says(student, depth):
    """ResidualCNN: depth counts the 3x3 convolutions and the affine layer; each has weights of its
    own
    """
    shapes = shapes_of(student, student.ResidualCNN(depth, width=2))
    count = sum(shape[2:] == (3, 3) for shape in shapes) + sum(len(shape) == 2 for shape in shapes)
    assert count == depth, (
        f"ResidualCNN({depth}) has {count} layers with weights of their own; expected {depth}"
    )


def shapes_of(student, model):
    """The shapes of the parameters; what is shared comes once."""
    own = student.hold({})
    own.update(model.named_parameters())
    return [tuple(tensor.shape) for tensor in own.copy().values()]


# ---- LSTMClassifier and BiLSTMTagger -----------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("LSTMClassifier")
@pytest.mark.parametrize("shape", [(3, 5, 2), (4, 2, 3)], ids=str)
def test_lstm_classifier_reads_the_last_state(student, reference, rng, shape):
    """LSTMClassifier: the scores come from the last hidden state of each sequence"""
    x, sizes = sequences(rng, *shape), (shape[2], 6, 4)

    scores = fill(student, student.LSTMClassifier(*sizes))(x)

    expected = fill(reference, reference.LSTMClassifier(*sizes))(x)
    assert_close(
        scores,
        expected,
        "scores",
        hint="x comes as (N, T, D). Which axes does nn.LSTM expect by default?",
    )


@pytest.mark.points(2)
@pytest.mark.concept("BiLSTMTagger")
@pytest.mark.parametrize("shape", [(3, 5, 2), (4, 2, 3)], ids=str)
def test_bilstm_tagger_reads_both_ways(student, reference, rng, shape):
    """BiLSTMTagger: the scores of each step come from what stands before it and after it"""
    x, sizes = sequences(rng, *shape), (shape[2], 6, 4)

    scores = fill(student, student.BiLSTMTagger(*sizes))(x)

    expected = fill(reference, reference.BiLSTMTagger(*sizes))(x)
    assert_close(
        scores,
        expected,
        "scores",
        hint="The head reads 2H numbers at each step: forwards, then backwards.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("LSTMClassifier")
@pytest.mark.parametrize("name", ["LSTMClassifier", "BiLSTMTagger"])
def test_forget_gates_begin_open(student, name):
    """LSTMs: the bias of the forget gate begins at 1, those of the other gates near 0"""
    H = 7
    state = state_of(student, getattr(student, name)(2, H, 3))
    inner = [key for key in state if "bias_ih" in key]
    assert inner, f"{name} has no nn.LSTM among its parts"
    for key in inner:
        total = np.asarray(state[key] + state[key.replace("bias_ih", "bias_hh")])
        hint = (
            "torch keeps two biases of 4H numbers and adds them; the gates are input, forget, "
            "cell, output."
        )
        assert_close(
            total[H : 2 * H], np.ones(H, np.float32), "the bias of the forget gate", hint=hint
        )
        others = np.concatenate([total[:H], total[2 * H :]])
        assert (np.abs(others) < 2 / np.sqrt(H)).all(), (
            "Gates other than the forget gate begin with a large bias"
        )
