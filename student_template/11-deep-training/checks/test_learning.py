import numpy as np
import pytest
import torch

from grader.checks import accuracy, assert_learns, digits, mean_squared_error

FITS = (
    "test_fit_trains_with_the_optimizer_of_its_name",
    "test_fit_shuffles",
    "test_fit_measures_whole_epochs",
    "test_fit_leaves_things_in_order",
    "test_cross_entropy_is_the_mean_over_all_labels",
)


def trained(subject, seed, make, data, **config):
    """A model that `make` has made and fit has trained, both from the seed; and the training
    losses.
    """
    subject.module("torch").manual_seed(seed)
    model = make()
    history = subject.fit(model, data, config, "cpu", seed)
    return model.eval(), history["train_loss"]


def classes(scores):
    """The class of the largest score."""
    return np.asarray(scores.detach()).argmax(axis=-1)


def images(num_train):
    """Digits as fit takes them, and the labels of the test images."""
    data = digits()
    X, X_test = (
        torch.from_numpy(X.reshape(-1, 1, 8, 8)).float()
        for X in (data.X_train[:num_train], data.X_test)
    )
    return (
        {"X_train": X, "y_train": torch.from_numpy(data.y_train[:num_train])},
        X_test,
        data.y_test,
    )


@pytest.mark.points(2)
@pytest.mark.concept("DigitCNN")
@pytest.mark.depends(
    *FITS, "test_digit_cnn_is_the_network_of_the_listing", "test_digit_cnn_drops_channels_and_units"
)
@pytest.mark.limits(seconds=12)
def test_digit_cnn_reads_digits(student, calibration):
    """DigitCNN: reads handwritten digits after ten short epochs"""
    data, X_test, y_test = images(720)

    def train(seed):
        model, losses = trained(
            student, seed, lambda: student.DigitCNN(8), data, num_epochs=10, learning_rate=6e-3
        )
        return classes(model(X_test)), losses

    assert_learns(
        train,
        metric=lambda result: accuracy(result[0], y_test),
        history=lambda result: result[1],
        key="digit-cnn",
        calibration=calibration,
    )


@pytest.mark.points(2)
@pytest.mark.concept("LSTMClassifier")
@pytest.mark.depends(*FITS, "test_lstm_classifier_reads_the_last_state", "test_fit_stops_early")
@pytest.mark.limits(seconds=12)
def test_lstm_classifier_adds(student, calibration):
    """LSTMClassifier: adds the two marked numbers of a sequence"""
    rng = np.random.default_rng(0)
    (X, y), (X_test, y_test) = adding_problem(rng, 1000, 6), adding_problem(rng, 400, 6)
    data = {"X_train": X, "y_train": y}

    def train(seed):
        config = {"num_epochs": 15, "batch_size": 40, "learning_rate": 1.5e-2, "loss_fn": "mse"}
        model, losses = trained(
            student, seed, lambda: student.LSTMClassifier(2, 16, 1), data, **config
        )
        return np.asarray(model(torch.from_numpy(X_test).float()).detach()), losses

    assert_learns(
        train,
        metric=lambda result: max(
            0.02, mean_squared_error(result[0], y_test)
        ),  # better than this is not asked for
        history=lambda result: result[1],
        key="adding",
        calibration=calibration,
        better="lower",
        hint="Answering 1 for every sequence has the error 1/6.",
    )


def adding_problem(rng, N, T):
    """Sequences of a number and a mark, one mark in either half; the target is the sum of the two
    marked numbers.
    """
    values, marks = rng.random((N, T)), np.zeros((N, T))
    marks[np.arange(N), rng.integers(T // 2, size=N)] = 1
    marks[np.arange(N), rng.integers(T // 2, T, size=N)] = 1
    return np.stack([values, marks], axis=2), (values * marks).sum(axis=1, keepdims=True)
