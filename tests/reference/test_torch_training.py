"""reference.torch_training against loops written out by hand, and against a real kill in the middle
of an epoch.
"""

import copy
import gzip
import inspect
import io
import math
import os
import pickle
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation gives it
from torch import nn

from reference import torch_training
from reference.torch_models import BiLSTMTagger, DigitCNN, LSTMClassifier
from reference.torch_training import (
    DEFAULT_CONFIG,
    cross_entropy,
    default_device,
    evaluate,
    fit,
    load_checkpoint,
    load_cifar10,
    load_digits,
    load_mnist,
    progress_bar,
    save_checkpoint,
    train_epoch,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def small_net(seed=0):
    """Something of everything that needs care: dropout, batch norm, several layers."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 4)
    )


def small_data(n=50, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n + 20, 3)).astype(np.float32)
    y = (X[:, 0] > 0) * 2 + (X[:, 1] > X[:, 2])
    return {"X_train": X[:n], "y_train": y[:n], "X_val": X[n:], "y_val": y[n:]}


def tensors(data, part):
    return torch.tensor(data[f"X_{part}"]), torch.tensor(data[f"y_{part}"]).long()


def batches_of(data, size=16):
    X, y = tensors(data, "train")
    return list(zip(X.split(size), y.split(size), strict=True))


def assert_equal_bits(got, expected):
    assert got.keys() == expected.keys()
    for name in expected:
        assert torch.equal(got[name], expected[name]), name


# --- cross_entropy, default_device


def test_cross_entropy_takes_the_classes_last():
    scores, y = torch.randn(5, 7, 4, dtype=torch.float64), torch.randint(4, (5, 7))
    torch.testing.assert_close(cross_entropy(scores, y), F.cross_entropy(scores.transpose(1, 2), y))
    torch.testing.assert_close(
        cross_entropy(scores[:, 0], y[:, 0]), F.cross_entropy(scores[:, 0], y[:, 0])
    )
    torch.testing.assert_close(
        cross_entropy(scores[0, 0], y[0, 0]), F.cross_entropy(scores[:1, 0], y[:1, 0])
    )


@pytest.mark.parametrize(("scores", "y"), [((3, 4), (4,)), ((3, 5, 4), (3, 4)), ((3, 5, 4), (15,))])
def test_cross_entropy_names_labels_of_another_shape(scores, y):
    with pytest.raises(
        ValueError, match=r"y has the shape .*, but scores has .*: expected one label for every row"
    ):
        cross_entropy(torch.zeros(scores), torch.zeros(y, dtype=torch.long))


def test_cross_entropy_of_log_probabilities_is_their_nll():
    scores, y = torch.randn(6, 4, dtype=torch.float64), torch.randint(4, (6,))
    log_probs = F.log_softmax(scores, dim=1)
    torch.testing.assert_close(cross_entropy(log_probs, y), F.nll_loss(log_probs, y))


@pytest.mark.parametrize(("available", "expected"), [(True, "cuda"), (False, "cpu")])
def test_the_default_device_is_cuda_when_there_is_one(monkeypatch, available, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert default_device() == torch.device(expected)


# --- train_epoch


@pytest.mark.parametrize("max_norm", [None, 0.05])
def test_an_epoch_is_the_loop_of_the_listing(max_norm):
    model, batches = small_net(), batches_of(small_data())
    by_hand = copy.deepcopy(model)
    optimizer = torch.optim.SGD(by_hand.parameters(), lr=0.1, momentum=0.9)
    by_hand.train()
    torch.manual_seed(3)
    losses, hits = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        scores = by_hand(x)
        loss = F.cross_entropy(scores, y)
        loss.backward()
        if max_norm:
            norm = torch.sqrt(sum((p.grad**2).sum() for p in by_hand.parameters()))
            for p in by_hand.parameters():
                p.grad *= min(1, max_norm / norm)
        optimizer.step()
        losses += loss.item() * len(y)
        hits += (scores.argmax(1) == y).sum().item()

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model.eval()
    torch.manual_seed(3)
    loss, accuracy = train_epoch(model, batches, cross_entropy, optimizer, "cpu", max_norm)
    assert model.training
    assert (loss, accuracy) == (pytest.approx(losses / 50), hits / 50)
    assert type(loss) is type(accuracy) is float
    for got, expected in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(got, expected, rtol=2e-5, atol=1e-7)
        assert max_norm or torch.equal(got, expected)


def test_clipping_leaves_small_gradients_alone():
    model, batches = small_net(), batches_of(small_data())
    other = copy.deepcopy(model)
    for net, max_norm in ((model, 1e6), (other, None)):
        torch.manual_seed(1)
        train_epoch(
            net, batches, cross_entropy, torch.optim.SGD(net.parameters(), lr=0.1), "cpu", max_norm
        )
    assert_equal_bits(model.state_dict(), other.state_dict())


def test_gradients_left_over_from_before_do_not_count():
    model, batches = small_net(), batches_of(small_data())
    other = copy.deepcopy(model)
    for parameter in other.parameters():
        parameter.grad = torch.full_like(parameter, 9.0)
    for net in (model, other):
        torch.manual_seed(1)
        train_epoch(net, batches, cross_entropy, torch.optim.SGD(net.parameters(), lr=0.1), "cpu")
    assert_equal_bits(model.state_dict(), other.state_dict())


@pytest.mark.parametrize("max_norm", [None, 0.05])
def test_mixed_precision_takes_the_same_steps_within_float16(max_norm):
    batches = batches_of(small_data())
    nets = [small_net(), small_net()]
    dtypes = []
    for net, scaler in zip(
        nets, (None, torch.amp.GradScaler("cpu", init_scale=2.0**10)), strict=True
    ):
        net.eval()
        net[3].p = 0.0
        net[0].register_forward_hook(lambda *args: dtypes.append(args[2].dtype))
        train_epoch(
            net,
            batches,
            cross_entropy,
            torch.optim.SGD(net.parameters(), lr=0.1),
            "cpu",
            max_norm,
            scaler,
        )
    assert dtypes == [torch.float32] * 4 + [torch.float16] * 4
    assert scaler.state_dict()["_growth_tracker"] == 4  # update was called after each step
    for full, mixed in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        assert mixed.dtype == torch.float32
        torch.testing.assert_close(mixed, full, rtol=0, atol=3e-3)


def test_the_mean_counts_labels_not_batches():
    class Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.tensor([2.0, 0.0]))

        def forward(self, x):
            return self.w.expand(*x.shape[:2], 2)

    x, y = torch.zeros(5, 3, 1), torch.zeros(5, 3, dtype=torch.long)
    y[4] = 1
    batches = [(x[:4], y[:4]), (x[4:], y[4:])]
    right, wrong = -math.log(math.exp(2) / (1 + math.exp(2))), -math.log(1 / (1 + math.exp(2)))
    model = Constant()
    expected = (pytest.approx((12 * right + 3 * wrong) / 15), 12 / 15)
    assert evaluate(model, batches, "cpu") == expected
    assert (
        train_epoch(model, batches, cross_entropy, torch.optim.SGD([model.w], lr=0.0), "cpu")
        == expected
    )


def test_many_small_losses_after_a_large_one_are_not_lost():
    model = nn.Linear(1, 2)
    batches = [(torch.zeros(1, 1), torch.zeros(1, dtype=torch.long))] * 9
    losses = [2.0**24, *[1.0] * 8]  # float32 cannot tell 2**24 from 2**24 + 1
    expected = (2**24 + 8) / 9
    for measure in (
        lambda loss_fn: evaluate(model, batches, "cpu", loss_fn),
        lambda loss_fn: train_epoch(
            model, batches, loss_fn, torch.optim.SGD(model.parameters(), lr=0.0), "cpu"
        ),
    ):
        left = iter(losses)
        assert measure(lambda scores, _: scores.sum() * 0 + next(left))[0] == expected  # noqa: B023 - called at once


def test_a_regression_has_a_loss_and_no_accuracy():
    x, y = torch.randn(6, 2), torch.randn(6, 1)
    model = nn.Linear(2, 1)
    with torch.no_grad():
        expected = ((model(x) - y) ** 2).mean().item()
    loss, accuracy = evaluate(model, [(x[:4], y[:4]), (x[4:], y[4:])], "cpu", F.mse_loss)
    assert loss == pytest.approx(expected)
    assert math.isnan(accuracy)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    loss, accuracy = train_epoch(model, [(x, y)], F.mse_loss, optimizer, "cpu")
    assert loss == pytest.approx(expected)
    assert math.isnan(accuracy)


def test_the_losses_do_not_keep_the_graph_alive():
    seen = []

    def loss_fn(scores, y):
        loss = F.cross_entropy(scores, y)
        seen.append(loss)
        return loss

    model = small_net()
    train_epoch(
        model, batches_of(small_data()), loss_fn, torch.optim.SGD(model.parameters(), lr=0.1), "cpu"
    )
    assert len(seen) == 4
    evaluate(model, batches_of(small_data()), "cpu", loss_fn)
    assert not seen[-1].requires_grad


def test_no_batches_are_named():
    model = nn.Linear(1, 1)
    with pytest.raises(ValueError, match=r"batches is empty, expected at least one pair \(x, y\)"):
        evaluate(model, [], "cpu")
    with pytest.raises(ValueError, match="batches is empty"):
        train_epoch(model, [], cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1), "cpu")


# --- evaluate


@pytest.mark.parametrize("training", [True, False])
def test_evaluation_changes_nothing_and_uses_eval_mode(training):
    model, data = small_net(), small_data()
    train_epoch(
        model, batches_of(data), cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1), "cpu"
    )
    before = copy.deepcopy(model.state_dict())
    x, y = tensors(data, "train")
    model.eval()
    with torch.no_grad():
        scores = model(x)
    model.train(training)
    grads = [p.grad.clone() for p in model.parameters()]
    loss, accuracy = evaluate(model, batches_of(data), "cpu")
    assert loss == pytest.approx(F.cross_entropy(scores, y).item())
    assert accuracy == (scores.argmax(1) == y).double().mean().item()
    assert type(loss) is type(accuracy) is float
    assert model.training is training
    assert_equal_bits(model.state_dict(), before)
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), grads, strict=True))


# --- fit


def test_history_holds_one_number_per_epoch():
    history = fit(small_net(), small_data(), {"num_epochs": 3}, "cpu")
    assert list(history) == [
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
        "learning_rate",
    ]
    assert all(len(values) == 3 for values in history.values())
    assert all(type(value) is float for values in history.values() for value in values)
    data = {key: value for key, value in small_data().items() if "train" in key}
    history = fit(small_net(), data, {"num_epochs": 2}, "cpu")
    assert [len(values) for values in history.values()] == [2, 2, 0, 0, 2]


def test_history_says_what_train_epoch_and_evaluate_measured(monkeypatch):
    measured = {"train": iter([(4.0, 0.1), (3.0, 0.2)]), "val": iter([(2.0, 0.3), (1.0, 0.4)])}
    monkeypatch.setattr(torch_training, "train_epoch", lambda *_: next(measured["train"]))
    monkeypatch.setattr(torch_training, "evaluate", lambda *_: next(measured["val"]))
    history = fit(small_net(), small_data(), {"num_epochs": 2, "learning_rate": 0.5}, "cpu")
    assert history == {
        "train_loss": [4.0, 3.0],
        "train_accuracy": [0.1, 0.2],
        "val_loss": [2.0, 1.0],
        "val_accuracy": [0.3, 0.4],
        "learning_rate": [0.5, 0.5],
    }


def test_fit_is_the_loop_over_epochs():
    data, model = small_data(), small_net()
    by_hand = copy.deepcopy(model)
    history = fit(
        model,
        data,
        {"num_epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.05},
        "cpu",
        7,
    )
    X, y = tensors(data, "train")
    optimizer = torch.optim.SGD(by_hand.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(2):
        torch.manual_seed(int(np.random.SeedSequence([7, epoch]).generate_state(1, np.uint64)[0]))
        dataset = torch.utils.data.TensorDataset(X, y)
        order = torch.utils.data.BatchSampler(
            torch.utils.data.RandomSampler(dataset), 16, drop_last=False
        )
        loader = torch.utils.data.DataLoader(dataset, sampler=order, batch_size=None)
        loss, _ = train_epoch(by_hand, loader, cross_entropy, optimizer, "cpu")
        assert history["train_loss"][epoch] == loss
        x_val, y_val = tensors(data, "val")
        val_batches = zip(x_val.split(16), y_val.split(16), strict=True)
        assert history["val_loss"][epoch] == evaluate(by_hand, val_batches, "cpu")[0]
    assert_equal_bits(model.state_dict(), by_hand.state_dict())
    assert not model.training


def test_every_epoch_sees_every_sample_once_in_another_order():
    class Recorder(nn.Linear):
        def forward(self, x):
            if self.training:
                seen.append(x[:, 0].int().tolist())
            return super().forward(x)

    seen = []
    data = {"X_train": np.arange(10.0)[:, None], "y_train": np.zeros(10, dtype=np.int32)}
    fit(Recorder(1, 2), data, {"num_epochs": 3, "batch_size": 4}, "cpu")
    assert [len(batch) for batch in seen] == [4, 4, 2] * 3
    epochs = [[*seen[i], *seen[i + 1], *seen[i + 2]] for i in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2] != list(range(10))


def test_equal_seeds_give_equal_runs_and_different_seeds_do_not():
    def run(seed):
        model = small_net()
        torch.manual_seed(seed * 100)  # the caller's random state plays no part
        history = fit(model, small_data(), {"num_epochs": 3, "batch_size": 8}, "cpu", rng_seed=seed)
        return history, model.state_dict()

    torch.manual_seed(1)
    first, first_weights = run(4)
    torch.manual_seed(2)
    second, second_weights = run(4)
    assert first == second
    assert_equal_bits(first_weights, second_weights)
    assert run(5)[0] != first


def test_consecutive_seeds_share_no_epoch():
    seeds = {torch_training._epoch_seed(seed, epoch) for seed in range(30) for epoch in range(30)}
    assert len(seeds) == 900


def test_the_callers_random_state_is_left_alone():
    state = torch.random.get_rng_state()
    model = small_net()
    torch.random.set_rng_state(state)
    fit(model, small_data(), {"num_epochs": 1}, "cpu")
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [0.4] * 4),
        ("cosine", [0.4, 0.4 * (2 + 2**0.5) / 4, 0.2, 0.4 * (2 - 2**0.5) / 4]),
        (lambda t: 0.4 / (1 + t), [0.4, 0.2, 0.4 / 3, 0.1]),
    ],
    ids=["constant", "cosine", "function"],
)
def test_the_schedule_sets_the_learning_rate_of_each_epoch(schedule, expected):
    used = []

    class Spy(torch.optim.SGD):
        def step(self, *args):
            used.append(self.param_groups[0]["lr"])
            return super().step(*args)

    config = {
        "num_epochs": 4,
        "batch_size": 25,
        "learning_rate": 0.4,
        "schedule": schedule,
        "optimizer": Spy,
    }
    history = fit(small_net(), small_data(), config, "cpu")
    assert history["learning_rate"] == pytest.approx(expected)
    assert used == pytest.approx(np.repeat(expected, 2).tolist())


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("sgd", lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9, weight_decay=0.2)),
        ("adam", lambda p: torch.optim.Adam(p, lr=0.03, weight_decay=0.2)),
        ("adamw", lambda p: torch.optim.AdamW(p, lr=0.03, weight_decay=0.2)),
    ],
)
def test_the_named_optimizers_are_torchs(name, make):
    runs = []
    for optimizer in (name, lambda parameters, **_: make(parameters)):
        model = small_net()
        config = {
            "num_epochs": 2,
            "optimizer": optimizer,
            "learning_rate": 0.03,
            "weight_decay": 0.2,
        }
        fit(model, small_data(), config, "cpu")
        runs.append(model.state_dict())
    assert_equal_bits(*runs)


def test_the_named_losses_are_torchs():
    data = small_data()
    by_name, by_function = (
        fit(small_net(), data, {"num_epochs": 1, "loss_fn": loss_fn}, "cpu")
        for loss_fn in ("cross_entropy", F.cross_entropy)
    )
    assert by_name == by_function
    X, y = np.ones((4, 3)), np.zeros((4, 1))
    data = {"X_train": X, "y_train": y, "X_val": X[:2], "y_val": y[:2]}
    model = nn.Linear(3, 1)
    history = fit(model, data, {"num_epochs": 1, "loss_fn": "mse", "learning_rate": 0.0}, "cpu")
    value = model(torch.ones(1, 3)).item()
    assert history["train_loss"] == history["val_loss"] == [pytest.approx(value**2)]


def test_gradients_are_clipped_to_max_norm():
    model = small_net()
    before = copy.deepcopy(list(model.parameters()))
    config = {
        "num_epochs": 1,
        "batch_size": 50,
        "learning_rate": 1.0,
        "max_norm": 1e-3,
        "optimizer": torch.optim.SGD,
    }
    fit(model, small_data(), config, "cpu")
    moved = torch.sqrt(
        sum(((p - q) ** 2).sum() for p, q in zip(model.parameters(), before, strict=True))
    )
    assert moved.item() == pytest.approx(1e-3, rel=1e-2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_arrays_of_any_dtype_meet_the_dtype_of_the_model(dtype):
    data = small_data()
    read_only = data["X_train"].astype(np.float64)
    read_only.flags.writeable = False
    for X, y in (
        (read_only, data["y_train"].astype(np.uint8)),
        (read_only.tolist(), data["y_train"].tolist()),
        (torch.tensor(data["X_train"]), torch.tensor(data["y_train"])),
    ):
        model = small_net().to(dtype)
        history = fit(model, {"X_train": X, "y_train": y}, {"num_epochs": 1}, "cpu")
        assert math.isfinite(history["train_loss"][0])
        assert model[0].weight.dtype == dtype


def scripted_validation(monkeypatch, losses):
    """Let evaluate report these losses, and remember the weights at each of them."""
    remembered = []

    def fake(model, *_):
        remembered.append(copy.deepcopy(model.state_dict()))
        return losses[len(remembered) - 1], 0.0

    monkeypatch.setattr(torch_training, "evaluate", fake)
    return remembered


@pytest.mark.parametrize(
    ("patience", "losses", "stopped_after", "best"),
    [
        (2, [5, 4, 3, 3.5, 3.2, 0], 5, 2),
        (1, [5, 6, 0], 2, 0),
        (3, [5, 6, 6, 4, 5, 5, 5, 0], 7, 3),
        (2, [5, 5, 5, 0], 3, 0),  # as low as before is not lower
        (2, [math.nan, 3, math.nan, math.nan, 0], 4, 1),
        (9, [5, 4, 3, 2], 4, 3),
    ],
)
def test_early_stopping_waits_and_keeps_the_best_weights(
    monkeypatch, patience, losses, stopped_after, best
):
    remembered = scripted_validation(monkeypatch, losses)
    model = small_net()
    config = {"num_epochs": min(len(losses), 8), "patience": patience, "learning_rate": 0.1}
    history = fit(model, small_data(), config, "cpu")
    assert len(history["val_loss"]) == stopped_after
    assert_equal_bits(model.state_dict(), remembered[best])


def test_without_patience_the_last_weights_stay(monkeypatch):
    remembered = scripted_validation(monkeypatch, [1, 2, 3])
    model = small_net()
    fit(model, small_data(), {"num_epochs": 3, "learning_rate": 0.1}, "cpu")
    assert_equal_bits(model.state_dict(), remembered[2])


def test_a_run_in_which_nothing_was_ever_best_keeps_the_last_weights(monkeypatch):
    remembered = scripted_validation(monkeypatch, [math.nan] * 3)
    model = small_net()
    fit(model, small_data(), {"num_epochs": 3, "patience": 2}, "cpu")
    assert len(remembered) == 2
    assert_equal_bits(model.state_dict(), remembered[1])


def test_the_model_is_where_it_was_asked_to_be(monkeypatch):
    moved = []
    model = small_net()
    monkeypatch.setattr(model, "to", moved.append)
    fit(model, small_data(), {"num_epochs": 0}, torch.device("cpu"))
    fit(model, small_data(), {"num_epochs": 0}, "cpu")
    monkeypatch.setattr(torch_training, "default_device", lambda: torch.device("cpu", 0))
    fit(model, small_data(), {"num_epochs": 0})
    assert moved == [torch.device("cpu"), torch.device("cpu"), torch.device("cpu", 0)]


def test_the_default_config_trains_for_twenty_epochs_of_64():
    assert DEFAULT_CONFIG == {
        "num_epochs": 20, "batch_size": 64, "optimizer": "adam", "learning_rate": 1e-3, "weight_decay": 0.0,
        "loss_fn": "cross_entropy", "schedule": "constant", "max_norm": None, "patience": None, "mixed_precision": True,
        "checkpoint": None, "progress": None,
    }  # fmt: skip
    for key, value in DEFAULT_CONFIG.items():
        assert f"\n    {key} = {value!r}" in inspect.getdoc(fit)
    before = dict(DEFAULT_CONFIG)
    assert len(fit(nn.Linear(3, 4), small_data(10), None, "cpu")["train_loss"]) == 20
    assert before == DEFAULT_CONFIG


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"lr": 0.1},
            "config has the unknown key 'lr', expected some of num_epochs, batch_size, optimizer",
        ),
        (
            {"optimizer": "adagrad"},
            r"config\['optimizer'\] is 'adagrad', expected a function or one of sgd, adam,",
        ),
        (
            {"loss_fn": "hinge"},
            r"config\['loss_fn'\] is 'hinge', expected a function or one of cross_entropy, mse",
        ),
        (
            {"schedule": "step"},
            r"config\['schedule'\] is 'step', expected a function or one of constant, cosine",
        ),
        (
            {"patience": 0},
            r"config\['patience'\] is 0, expected at least 1, with 'X_val' and 'y_val' in data",
        ),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_a_config_that_makes_no_sense_is_named(config, message):
    with pytest.raises(ValueError, match=message):
        fit(small_net(), small_data(), config, "cpu")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"X_train": None, "y_train": None},
            "data has no 'X_train', expected 'X_train' and 'y_train'",
        ),
        ({"y_train": None}, "data has 'X_train' only, expected 'X_train' and 'y_train'"),
        ({"X_val": None}, "data has 'y_val' only, expected 'X_val' and 'y_val'"),
        (
            {"X_val": None, "y_val": None},
            r"config\['patience'\] is 3, expected at least 1, with 'X_val'",
        ),
        ({"y_train": np.zeros(9)}, r"data\['y_train'\] has 9 labels, but 'X_train' has 50 samples"),
        (
            {"X_val": np.zeros((0, 3)), "y_val": np.zeros(0)},
            r"data\['y_val'\] has 0 labels, but 'X_val' has 0 samples",
        ),
    ],
)
def test_data_that_do_not_fit_are_named(change, message):
    data = {key: value for key, value in {**small_data(), **change}.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        fit(small_net(), data, {"patience": 3}, "cpu")


def test_a_negative_seed_is_named():
    with pytest.raises(ValueError, match="rng_seed is -1, expected an integer >= 0"):
        fit(small_net(), small_data(), {}, "cpu", rng_seed=-1)


# --- progress


def test_progress_sees_the_batches_of_every_epoch():
    labels, counts = [], []

    def watch(batches, label):
        labels.append(label)
        counts.append(len(batches))
        yield from batches

    watched = fit(
        small_net(), small_data(), {"num_epochs": 2, "batch_size": 16, "progress": watch}, "cpu"
    )
    assert labels == ["epoch 1/2", "epoch 2/2"]
    assert counts == [4, 4]
    assert watched == fit(small_net(), small_data(), {"num_epochs": 2, "batch_size": 16}, "cpu")


def test_the_progress_bar_draws_after_each_batch_on_one_line():
    stream = io.StringIO()
    drawn = [
        (batch, stream.getvalue())
        for batch in progress_bar("abc", "epoch 2/9", width=6, stream=stream)
    ]
    assert drawn == [
        ("a", ""),
        ("b", "\repoch 2/9 [##    ] 1/3"),
        ("c", "\repoch 2/9 [##    ] 1/3\repoch 2/9 [####  ] 2/3"),
    ]
    assert stream.getvalue().endswith("\repoch 2/9 [######] 3/3\n")


def test_the_progress_bar_goes_to_stderr(capsys):
    fit(small_net(), small_data(), {"num_epochs": 1, "progress": progress_bar}, "cpu")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"\repoch 1/1 [{'#' * 30}] 1/1\n"


# --- checkpoints

SCRIPT = """
import sys, time
import torch
from reference.torch_models import DigitCNN
from reference.torch_training import fit, load_digits

def stall_in_epoch_3(batches, label):
    for i, batch in enumerate(batches):
        yield batch
        if label.startswith("epoch 3/") and i == 5:
            print("in the middle of epoch 3", flush=True)
            time.sleep(600)

torch.set_num_threads(1)
torch.manual_seed(0)
data = {key: value[:400] for key, value in load_digits().items()}
config = {"num_epochs": 5, "schedule": "cosine", "patience": 4, "checkpoint": sys.argv[1]}
fit(DigitCNN(8), data, {**config, "progress": stall_in_epoch_3}, "cpu", rng_seed=11)
"""


def test_a_run_killed_in_the_middle_of_an_epoch_resumes_to_the_same_bits(tmp_path):
    path = tmp_path / "run.pt"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"in the middle of epoch 3\n"
        os.kill(child.pid, signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert len(load_checkpoint(path)["history"]["train_loss"]) == 2

    data = {key: value[:400] for key, value in load_digits().items()}
    config = {"num_epochs": 5, "schedule": "cosine", "patience": 4}
    runs = []
    for checkpoint in (path, None):
        torch.manual_seed(0)
        model = DigitCNN(8)
        if checkpoint:
            nn.init.zeros_(model.fc2.weight)  # what the new process begins with plays no part
        history = fit(model, data, {**config, "checkpoint": checkpoint}, "cpu", rng_seed=11)
        runs.append((history, model.state_dict()))
    (resumed, resumed_weights), (uninterrupted, weights) = runs
    assert resumed == uninterrupted
    assert len(resumed["train_loss"]) == 5
    assert_equal_bits(resumed_weights, weights)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("interrupted_after", [1, 3])
def test_resuming_after_any_epoch_changes_no_bit(tmp_path, optimizer, interrupted_after):
    config = {"num_epochs": 4, "optimizer": optimizer, "batch_size": 16, "weight_decay": 0.01}
    path = str(tmp_path / "run.pt")
    fit(
        small_net(),
        small_data(),
        {**config, "num_epochs": interrupted_after, "checkpoint": path},
        "cpu",
        rng_seed=2,
    )
    resumed, uninterrupted = small_net(1), small_net()
    history = fit(resumed, small_data(), {**config, "checkpoint": path}, "cpu", rng_seed=2)
    assert history == fit(uninterrupted, small_data(), config, "cpu", rng_seed=2)
    assert_equal_bits(resumed.state_dict(), uninterrupted.state_dict())


def test_a_resumed_run_remembers_its_best_weights_and_how_long_it_waited(tmp_path, monkeypatch):
    losses = [5, 3, 4, 4, 4, 0]
    config = {
        "num_epochs": 6,
        "patience": 3,
        "learning_rate": 0.1,
        "checkpoint": tmp_path / "run.pt",
    }
    remembered = scripted_validation(monkeypatch, losses)
    fit(small_net(), small_data(), {**config, "num_epochs": 3}, "cpu")
    model = small_net(1)
    history = fit(model, small_data(), config, "cpu")
    assert history["val_loss"] == losses[:5]
    assert_equal_bits(model.state_dict(), remembered[1])

    again = small_net(2)  # the run is over: nothing is trained any more
    assert fit(again, small_data(), config, "cpu") == history
    assert len(remembered) == 5
    assert_equal_bits(again.state_dict(), remembered[1])


@pytest.mark.parametrize(
    ("change", "seed", "message"),
    [
        ({"learning_rate": 0.5}, 0, "was written with learning_rate = 0.001, but this run has 0.5"),
        (
            {"optimizer": torch.optim.SGD},
            0,
            "was written with optimizer = adam, but this run has SGD",
        ),
        ({}, 1, "was written with rng_seed = 0, but this run has 1"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, change, seed, message):
    config = {"num_epochs": 1, "checkpoint": tmp_path / "run.pt"}
    fit(small_net(), small_data(), config, "cpu")
    with pytest.raises(ValueError, match=message):
        fit(small_net(), small_data(), {**config, **change}, "cpu", rng_seed=seed)


class ConstantRate:
    """A schedule that is neither a function nor has a name."""

    def __call__(self, _):
        return 0.01


def test_functions_in_the_config_are_known_again_by_name(tmp_path):
    config = {"checkpoint": tmp_path / "run.pt", "loss_fn": F.cross_entropy}
    for epochs in (1, 2):
        history = fit(
            small_net(),
            small_data(),
            {**config, "num_epochs": epochs, "schedule": ConstantRate()},
            "cpu",
        )
    assert history["learning_rate"] == [0.01, 0.01]
    settings = load_checkpoint(config["checkpoint"])["settings"]
    assert (settings["schedule"], settings["loss_fn"]) == ("ConstantRate", "cross_entropy")


def test_numpy_scalars_in_the_config_survive_a_checkpoint(tmp_path):
    config = {
        "checkpoint": tmp_path / "run.pt",
        "learning_rate": np.float64(0.02),
        "weight_decay": np.float32(0.5),
    }
    for epochs in (1, 2):
        config["num_epochs"] = np.int64(epochs)
        history = fit(
            small_net(), small_data(), {**config, "schedule": lambda _: np.float64(0.01)}, "cpu"
        )
    assert history["learning_rate"] == [0.01, 0.01]
    assert (
        len(fit(small_net(), small_data(), {**config, "checkpoint": None}, "cpu")["train_loss"])
        == 2
    )


def test_only_what_may_change_is_left_out_of_the_comparison(tmp_path):
    fit(small_net(), small_data(), {"num_epochs": 1, "checkpoint": tmp_path / "run.pt"}, "cpu")
    settings = load_checkpoint(tmp_path / "run.pt")["settings"]
    assert settings.keys() == DEFAULT_CONFIG.keys() - {"num_epochs", "checkpoint", "progress"} | {
        "rng_seed"
    }


@pytest.mark.parametrize("enabled", [True, False])
def test_the_loss_scale_is_part_of_a_checkpoint(tmp_path, enabled):
    config = {**DEFAULT_CONFIG, "checkpoint": tmp_path / "run.pt"}

    def run(scaler):
        model = small_net()
        return torch_training._Run(
            model, torch.optim.SGD(model.parameters(), lr=0.1), scaler, config, 0
        )

    run(torch.amp.GradScaler("cpu", init_scale=256.0, enabled=enabled)).record(
        0.1, (1.0, 0.5), None
    )
    later = run(torch.amp.GradScaler("cpu", init_scale=2.0))
    later.resume()
    assert later.scaler.get_scale() == (256.0 if enabled else 2.0)
    assert later.epoch == 1


@pytest.mark.parametrize("broken", ["save", "replace"])
def test_a_checkpoint_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch, broken):
    path = tmp_path / "run.pt"
    save_checkpoint(path, {"epoch": 1, "w": torch.ones(3)})

    def half_written(state, file):
        file.write(b"half a fi")
        raise KeyboardInterrupt

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if broken == "save":
            patch.setattr(torch, "save", half_written)
        else:
            patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            save_checkpoint(path, {"epoch": 2, "w": torch.zeros(3)})
    assert load_checkpoint(path)["epoch"] == 1

    save_checkpoint(path, {"epoch": 3, "w": torch.zeros(3)})
    assert load_checkpoint(path)["epoch"] == 3
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]


def test_a_checkpoint_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    path, events = tmp_path / "run.pt", []

    def fsync(fd):
        assert os.fstat(fd).st_size == os.stat(f"{path}.partial").st_size > 500
        events.append("fsync")

    replace = os.replace
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", lambda *names: events.append("replace") or replace(*names))
    save_checkpoint(path, {"w": torch.ones(4)})
    assert events == ["fsync", "replace"]
    assert path.exists()


@pytest.mark.parametrize("path", [None, False, ["run.pt"]])
def test_a_checkpoint_without_a_path_writes_no_file(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match="expected str, bytes or os"):
        save_checkpoint(path, {"epoch": 1})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("checkpoint", [None, ""])
def test_training_without_a_checkpoint_writes_no_file(tmp_path, monkeypatch, checkpoint):
    monkeypatch.chdir(tmp_path)
    fit(small_net(), small_data(), {"num_epochs": 1, "checkpoint": checkpoint}, "cpu")
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_takes_any_kind_of_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("run.pt", b"run.pt", tmp_path / "run.pt"):
        save_checkpoint(path, {"epoch": 1})
        assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]
        os.remove(path)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    torch.save({"model": Bomb()}, tmp_path / "bomb.pt")
    with pytest.raises(pickle.UnpicklingError):
        load_checkpoint(tmp_path / "bomb.pt")
    assert not (tmp_path / "exploded").exists()
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "nothing.pt")


# --- data


def test_load_digits_holds_every_digit_of_scikit_learn_once():
    data, bunch = load_digits(), sklearn.datasets.load_digits()
    parts = ("train", "val", "test")
    X = torch.cat([data[f"X_{part}"] for part in parts])
    y = torch.cat([data[f"y_{part}"] for part in parts])
    assert [len(data[f"y_{part}"]) for part in parts] == [1295, 143, 359]
    assert (X.dtype, y.dtype, X.shape[1:]) == (torch.float32, torch.int64, (1, 8, 8))
    got = np.column_stack([X.flatten(1).numpy() * 16, y.numpy()])
    expected = np.column_stack([bunch.data, bunch.target])
    np.testing.assert_array_equal(got[np.lexsort(got.T)], expected[np.lexsort(expected.T)])
    assert all(torch.bincount(data[f"y_{part}"], minlength=10).min() >= 5 for part in parts)
    assert all(torch.equal(value, data[key]) for key, value in load_digits().items())


def test_load_digits_reads_a_folder(tmp_path):
    rows = np.column_stack([np.repeat(np.arange(20)[:, None], 64, axis=1) % 17, np.arange(20) % 10])
    with gzip.open(tmp_path / "digits.csv.gz", "wt") as file:
        np.savetxt(file, rows, fmt="%d", delimiter=",")
    data = load_digits(tmp_path)
    assert [len(data[f"y_{part}"]) for part in ("train", "val", "test")] == [15, 1, 4]
    torch.testing.assert_close(
        data["X_test"][:, 0, 7, 7] * 16 % 10, data["y_test"].float() % 10 * 1.0
    )


def test_load_digits_says_what_is_missing(tmp_path, monkeypatch):
    with pytest.raises(
        FileNotFoundError, match=r"digits\.csv\.gz is missing: copy it from scikit-learn's"
    ):
        load_digits(tmp_path)
    monkeypatch.setattr(torch_training, "find_spec", lambda _: None)
    with pytest.raises(
        FileNotFoundError,
        match="come with scikit-learn, but it is missing: pip install scikit-learn",
    ):
        load_digits()


def write_idx(path, array, header=None):
    content = (
        struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        if header is None
        else header
    )
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "wb") as file:
        file.write(content + array.tobytes())


MNIST_NAMES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]


def write_mnist(root, packed):
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(256, size=shape, dtype=np.uint8) % top
        for shape, top in [((20, 3, 2), 255), ((20,), 10), ((5, 3, 2), 255), ((5,), 10)]
    ]
    for name, array in zip(MNIST_NAMES, arrays, strict=True):
        write_idx(root / (name + (".gz" if packed else "")), array)
    return arrays


@pytest.mark.parametrize("packed", [True, False])
def test_load_mnist_reads_the_idx_files(tmp_path, packed):
    X, y, X_test, y_test = write_mnist(tmp_path, packed)
    data = load_mnist(tmp_path)
    assert len(data) == 6
    for part, images, labels in (
        ("train", X[:18], y[:18]),
        ("val", X[18:], y[18:]),
        ("test", X_test, y_test),
    ):
        got, got_labels = data[f"X_{part}"], data[f"y_{part}"]
        assert (got.dtype, got_labels.dtype) == (torch.float32, torch.int64)
        assert got.shape == (len(images), 1, 3, 2)
        np.testing.assert_allclose(got[:, 0].numpy(), images / 255, rtol=1e-6)
        np.testing.assert_array_equal(got_labels.numpy(), labels)


@pytest.mark.parametrize("name", MNIST_NAMES)
def test_load_mnist_names_the_file_that_is_missing_and_where_to_put_it(tmp_path, name):
    write_mnist(tmp_path, packed=True)
    (tmp_path / f"{name}.gz").unlink()
    with pytest.raises(
        FileNotFoundError, match=f"{name} is missing: download MNIST and put .* into {tmp_path}"
    ):
        load_mnist(str(tmp_path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with '', expected an IDX header: 00 00 08 and a shape"),
        (b"\0\0\x08", "begins with '00 00 08', expected an IDX header"),
        (b"\0\0\x08\0", "begins with '00 00 08 00', expected an IDX header"),
        (
            b"\0\0\x0d\1" + struct.pack(">I", 1) + b"\7",
            "begins with '00 00 0d 01', expected an IDX header",
        ),
        (b"\0\0\x08\1\0\0\0", "begins with '00 00 08 01', expected an IDX header"),
        (
            b"\0\0\x08\3" + struct.pack(">II", 1, 1),
            "begins with '00 00 08 03', expected an IDX header",
        ),
        (
            b"\0\0\x08\1" + struct.pack(">I", 3) + b"\7\7",
            r"holds 2 values, expected 3 for the shape \(3,\)",
        ),
        (
            b"\0\0\x08\1" + struct.pack(">I", 1) + b"\7\7",
            r"holds 2 values, expected 1 for the shape \(1,\)",
        ),
        (
            b"\0\0\x08\2" + struct.pack(">II", 256, 2) + bytes(511),
            r"holds 511 values, expected 512 for .* \(256, 2\)",
        ),
    ],
)
def test_load_mnist_names_a_damaged_file(tmp_path, content, message):
    write_mnist(tmp_path, packed=False)
    (tmp_path / MNIST_NAMES[1]).write_bytes(content)
    with pytest.raises(ValueError, match=f"{MNIST_NAMES[1]} {message}"):
        load_mnist(tmp_path)


def test_sets_without_images_are_no_damage(tmp_path):
    write_mnist(tmp_path, packed=False)
    write_idx(tmp_path / MNIST_NAMES[2], np.zeros((0, 3, 2), dtype=np.uint8))
    write_idx(tmp_path / MNIST_NAMES[3], np.zeros(0, dtype=np.uint8))
    assert load_mnist(tmp_path)["X_test"].shape == (0, 1, 3, 2)


def test_few_training_images_are_all_trained_on(tmp_path):
    write_mnist(tmp_path, packed=False)
    for name in (0, 1):
        write_idx(
            tmp_path / MNIST_NAMES[name], np.zeros((5, 3, 2) if name == 0 else 5, dtype=np.uint8)
        )
    data = load_mnist(tmp_path)
    assert (len(data["X_train"]), len(data["X_val"])) == (5, 0)


@pytest.mark.parametrize(("which", "shape"), [(0, (20, 6)), (1, (19,)), (1, (20, 1))])
def test_load_mnist_names_files_that_do_not_belong_together(tmp_path, which, shape):
    write_mnist(tmp_path, packed=False)
    write_idx(tmp_path / MNIST_NAMES[which], np.zeros(shape, dtype=np.uint8))
    with pytest.raises(
        ValueError,
        match=r"train: images of shape .* and labels of shape .*, expected \(N, H, W\) and",
    ):
        load_mnist(tmp_path)


class Python2Pickler(pickle._Pickler):
    """Writes byte strings as Python 2 wrote its str, which is what the published batches hold."""

    dispatch = dict(pickle._Pickler.dispatch)  # noqa: RUF012 - the name and form that the pickle module prescribes

    def save_bytes(self, obj):
        self.write(pickle.BINSTRING + struct.pack("<i", len(obj)) + obj)
        self.memoize(obj)

    dispatch[bytes] = save_bytes


def write_batch(path, batch):
    buffer = io.BytesIO()
    Python2Pickler(buffer, 2).dump(batch)
    path.write_bytes(
        buffer.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
    )


def write_cifar(root, n=4):
    rng = np.random.default_rng(0)
    batches = {}
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        data = rng.integers(256, size=(n, 3072), dtype=np.uint8)
        labels = rng.integers(10, size=n).tolist()
        write_batch(root / name, {b"batch_label": name.encode(), b"labels": labels, b"data": data})
        batches[name] = data, labels
    return batches


def test_load_cifar10_reads_the_python_batches(tmp_path):
    batches = write_cifar(tmp_path)
    data = load_cifar10(tmp_path)
    test = batches.pop("test_batch")
    X, y = (np.concatenate(parts) for parts in zip(*batches.values(), strict=True))
    for part, images, labels in (
        ("train", X[:18], y[:18]),
        ("val", X[18:], y[18:]),
        ("test", *test),
    ):
        got, got_labels = data[f"X_{part}"], data[f"y_{part}"]
        assert (got.dtype, got_labels.dtype) == (torch.float32, torch.int64)
        np.testing.assert_allclose(got.numpy(), images.reshape(-1, 3, 32, 32) / 255, rtol=1e-6)
        np.testing.assert_array_equal(got_labels.numpy(), labels)


@pytest.mark.parametrize("name", ["data_batch_1", "data_batch_5", "test_batch"])
def test_load_cifar10_names_the_file_that_is_missing_and_where_to_put_it(tmp_path, name):
    write_cifar(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(
        FileNotFoundError,
        match=f"{name} is missing: unpack cifar-10-python.tar.gz .* into {tmp_path}",
    ):
        load_cifar10(tmp_path)


def test_a_batch_that_would_run_code_is_refused(tmp_path):
    write_cifar(tmp_path)

    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    write_batch(tmp_path / "data_batch_2", {b"data": Bomb(), b"labels": []})
    with pytest.raises(
        pickle.UnpicklingError, match=r"the file asks for posix\.mkdir, expected nothing but arrays"
    ):
        load_cifar10(tmp_path)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([1, 2], "is no CIFAR batch, expected a dict with b'data' and b'labels'"),
        ({b"data": np.zeros((2, 3072), np.uint8)}, "is no CIFAR batch"),
        (
            {b"data": np.zeros((2, 3071), np.uint8), b"labels": [1, 2]},
            r"holds uint8 data of shape \(2, 3071\),",
        ),
        (
            {b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]},
            r"shape \(2, 3072\), expected uint8 \(1, 3072\)",
        ),
        ({b"data": np.zeros((2, 3072)), b"labels": [1, 2]}, r"holds float64 data of shape"),
    ],
)
def test_load_cifar10_names_a_file_of_another_kind(tmp_path, batch, message):
    write_cifar(tmp_path)
    write_batch(tmp_path / "data_batch_3", batch)
    with pytest.raises(
        ValueError,
        match=f"data_batch_3 {message}" if message.startswith(("is", "holds")) else message,
    ):
        load_cifar10(tmp_path)


# --- the whole


def test_digit_cnn_reads_held_out_digits():
    data = load_digits()
    model = DigitCNN(8)
    config = {"num_epochs": 15, "batch_size": 32, "learning_rate": 5e-3, "schedule": "cosine"}
    history = fit(model, data, config, "cpu", rng_seed=0)
    _, accuracy = evaluate(model, [(data["X_test"], data["y_test"])], "cpu")
    assert accuracy > 0.97
    assert history["val_loss"][-1] < history["val_loss"][0] / 4


# --- on a GPU

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("mixed_precision", [True, False])
def test_digit_cnn_trains_on_cuda_with_and_without_mixed_precision(mixed_precision):
    data, dtypes, pinned = load_digits(), set(), []
    model = DigitCNN(8)
    model.conv1.register_forward_hook(lambda *args: dtypes.add(args[2].dtype))

    def watch(batches, label):
        for x, y in batches:
            pinned.append(x.is_pinned() and y.is_pinned())
            yield x, y

    config = {
        "num_epochs": 15, "batch_size": 32, "learning_rate": 5e-3, "schedule": "cosine",
        "mixed_precision": mixed_precision, "progress": watch, "max_norm": 10.0,
    }  # fmt: skip
    fit(model, data, config, None)
    assert {p.device.type for p in model.parameters()} == {"cuda"}
    assert all(pinned)
    assert (torch.float16 in dtypes) is mixed_precision
    assert evaluate(model, [(data["X_test"], data["y_test"])], "cuda")[1] > 0.97


@pytest.mark.gpu
@needs_cuda
def test_a_run_on_cuda_resumes_where_it_stopped(tmp_path):
    config = {"num_epochs": 4, "batch_size": 16, "checkpoint": tmp_path / "run.pt"}
    fit(small_net(), small_data(), {**config, "num_epochs": 2}, "cuda")
    resumed, uninterrupted = small_net(1), small_net()
    history = fit(resumed, small_data(), config, "cuda")
    expected = fit(uninterrupted, small_data(), {**config, "checkpoint": None}, "cuda")
    assert history["train_loss"] == pytest.approx(expected["train_loss"], rel=1e-2)
    assert load_checkpoint(config["checkpoint"])["scaler"]["scale"] > 1


@pytest.mark.gpu
@needs_cuda
def test_a_checkpoint_of_a_cpu_goes_on_on_a_gpu_and_back(tmp_path):
    config = {"checkpoint": tmp_path / "run.pt", "batch_size": 16}
    for epochs, device in ((1, "cpu"), (2, "cuda"), (3, "cpu")):
        history = fit(small_net(), small_data(), {**config, "num_epochs": epochs}, device)
    assert len(history["train_loss"]) == 3


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize(
    ("model", "steps"), [(LSTMClassifier(3, 8, 2), -1), (BiLSTMTagger(3, 8, 2), slice(None))]
)
def test_the_sequence_models_learn_on_cuda(model, steps):
    X = torch.randn(40, 6, 3)
    y = (X[:, steps, 0] > 0).long()
    history = fit(
        model, {"X_train": X, "y_train": y}, {"num_epochs": 60, "learning_rate": 3e-2}, "cuda"
    )
    assert history["train_accuracy"][-1] > 0.9
