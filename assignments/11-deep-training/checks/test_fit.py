import contextlib
import tempfile

import numpy as np
import pytest
import torch

from grader.checks import StudentRaised, assert_close, assert_rejects

STEP = "test_train_epoch_takes_a_step_for_each_batch"
MEASURES = ("test_train_epoch_measures_in_passing", "test_evaluate_measures_in_eval_mode")


def state_of(subject, model):
    """All tensors of a model by name."""
    own = subject.hold({})
    own.update(model.state_dict())
    return own.copy()


@contextlib.contextmanager
def empty_folder():
    """What runs in this process works in an empty folder, as what runs in a fresh worker does
    anyway.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


def network(subject, draw=0):
    """One affine layer, 3 numbers to 4 scores in float64, the same for every subject: small, for
    fit is asked often.
    """
    model = subject.module("torch").nn.Linear(3, 4).double()
    rng = np.random.default_rng(draw)
    shapes = {"weight": (4, 3), "bias": 4}
    model.load_state_dict(
        {name: torch.from_numpy(rng.normal(size=shape)) for name, shape in shapes.items()}
    )
    return model


def samples(rng, **sizes):
    """Data for fit: so many samples for each part."""
    data = {}
    for part, N in sizes.items():
        data[f"X_{part}"] = torch.from_numpy(rng.normal(size=(N, 3)))
        data[f"y_{part}"] = torch.from_numpy(rng.integers(4, size=N))
    return data


def fitted(subject, data, config, rng_seed=0, draw=0):
    """The history of one run of fit, and the state of the network after it."""
    model = network(subject, draw)
    return subject.fit(model, data, config, "cpu", rng_seed), state_of(subject, model)


def expect_run(student, reference, data, config, hint=""):
    """Run it with both. The order of the samples must play no part: one batch, or samples that are
    all alike.
    """
    history, state = fitted(student, data, config)
    expected_history, expected_state = fitted(reference, data, config)
    assert_close(history, expected_history, "history", rtol=1e-7, hint=hint)
    assert_close(state, expected_state, "state", rtol=1e-6, atol=1e-9, hint=hint)


# ---- the run -----------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("fit")
def test_default_config(student, reference):
    """DEFAULT_CONFIG: what fit does unless it is told otherwise"""
    assert_close(default_config(student), default_config(reference), "DEFAULT_CONFIG")


def default_config(subject):
    return subject.value("DEFAULT_CONFIG")


@pytest.mark.points(1)
@pytest.mark.fresh
@pytest.mark.concept("fit")
@pytest.mark.depends("test_default_config", STEP)
def test_fit_leaves_things_in_order(student, rng):
    """fit: the model comes out in eval mode, and DEFAULT_CONFIG is what it was"""
    before = default_config(student)
    for part in ({"train": 6}, {"train": 6, "val": 3}):
        model = network(student)
        student.fit(model.train(), samples(rng, **part), {"num_epochs": 1, "batch_size": 6}, "cpu")
        assert_close(
            model.training, False, "model.training after fit", hint="model.eval() at the end."
        )
        hint = (
            "A run that writes its config into DEFAULT_CONFIG hands it to the next run. Make a "
            "new dict."
        )
        assert_close(default_config(student), before, "DEFAULT_CONFIG after fit", hint=hint)


@pytest.mark.points(3, each=True)
@pytest.mark.concept("fit")
@pytest.mark.depends(STEP)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_fit_trains_with_the_optimizer_of_its_name(student, reference, rng, optimizer):
    """fit: trains for num_epochs with the optimizer that config names, and returns the history"""
    data, alike = samples(rng, train=12, val=5, test=4), samples(rng, train=1, val=5)
    alike |= {"X_train": alike["X_train"].repeat(12, 1), "y_train": alike["y_train"].repeat(12)}
    config = {"num_epochs": 2, "optimizer": optimizer, "learning_rate": 0.1, "weight_decay": 0.2}
    hint = "sgd has the momentum 0.9. One optimizer lasts for all epochs."
    expect_run(student, reference, data, {**config, "batch_size": 12}, hint)
    expect_run(student, reference, alike, {**config, "batch_size": 4}, hint)


@pytest.mark.points(2)
@pytest.mark.concept("fit")
@pytest.mark.depends(STEP)
@pytest.mark.parametrize("schedule", ["cosine", "function"])
def test_fit_follows_the_schedule(student, reference, rng, schedule):
    """fit: the learning rate of epoch t is schedule(t), for t = 0, 1, …"""
    data = samples(rng, train=6)
    config = {"num_epochs": 3, "batch_size": 6, "optimizer": "sgd", "learning_rate": 0.3}
    config["schedule"] = schedule if schedule == "cosine" else lambda t: 0.5 / (1 + t)
    expect_run(
        student, reference, data, config, hint="One rate for each epoch. The first epoch is t = 0."
    )

    config |= {"batch_size": 2}
    history, _ = fitted(student, data, config)
    expected, _ = fitted(reference, data, config)
    hint = "How many batches an epoch has makes no difference: the schedule counts epochs."
    assert_close(
        history["learning_rate"], expected["learning_rate"], "history['learning_rate']", hint=hint
    )


@pytest.mark.points(3)
@pytest.mark.concept("fit")
@pytest.mark.depends(STEP)
def test_fit_shuffles(student):
    """fit: each epoch passes every training sample once, in an order of its own that rng_seed
    decides
    """
    first, second, other = (order(student, *options) for options in [(1, 0), (2, 0), (1, 7)])

    for passed in (first, second, other):
        assert sorted(passed) == list(range(1, 13)), (
            f"The samples 1 to 12 passed as {passed} in one epoch"
        )
    assert first != list(range(1, 13)), (
        "The samples pass in the order in which they stand in X_train"
    )
    assert first != second, "The second epoch passes the samples in the same order as the first"
    assert first != other, "Another rng_seed gives the same order of the samples"


def order(subject, num_epochs, rng_seed):
    """The order in which twelve samples passed in the last epoch.

    A batch norm remembers it: with the momentum 15/16 its running mean is a number to the base of
    sixteen, whose digits are the batches, the last one first.
    """
    norm = subject.module("torch").nn.BatchNorm1d(1, momentum=15 / 16)
    layers = [norm, subject.module("torch").nn.Flatten(), subject.module("torch").nn.Linear(2, 2)]
    model = subject.module("torch").nn.Sequential(*layers).double()
    X = torch.arange(1.0, 13.0, dtype=torch.float64).repeat(2, 1).T[:, None]  # (12, 1, 2)
    data = {"X_train": X, "y_train": torch.zeros(12, dtype=torch.int64)}
    data |= {"X_val": X[:2] + 13, "y_val": data["y_train"][:2]}
    subject.fit(model, data, {"num_epochs": num_epochs, "batch_size": 1}, "cpu", rng_seed)
    digits, rest = [], float(state_of(subject, model)["0.running_mean"][0]) * 16 / 15
    for _ in range(12):
        digits.append(int(rest))
        rest = (rest - digits[-1]) * 16
    return digits[::-1]


@pytest.mark.points(1)
@pytest.mark.concept("fit")
@pytest.mark.depends(STEP, *MEASURES)
def test_fit_measures_whole_epochs(student, reference, rng):
    """fit: history holds a number per epoch; a last, shorter batch is trained on and counted as
    well
    """
    data = samples(rng, train=11, val=5)
    # so that the order plays no part
    config = {"num_epochs": 2, "batch_size": 4, "learning_rate": 0.0}
    expect_run(student, reference, data, config)
    del data["X_val"], data["y_val"]
    expect_run(
        student,
        reference,
        data,
        config,
        hint="Without validation data val_loss and val_accuracy are empty.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("fit")
@pytest.mark.depends(STEP, "test_train_epoch_clips_the_joint_norm")
@pytest.mark.hidden(
    "Does each part of the config reach the code that it is for: max_norm, loss_fn, batch_size?"
)
def test_fit_obeys_its_config(student, reference, rng):
    """fit: max_norm, other losses and other optimizers"""
    data = samples(rng, train=9, val=4)
    expect_clipping(student, data)
    for change in (
        {"max_norm": 0.1, "num_epochs": 2},
        {"loss_fn": loss_of(student), "optimizer": rule_of(student)},
    ):
        config = {
            "num_epochs": 1,
            "batch_size": 9,
            "optimizer": "sgd",
            "learning_rate": 0.4,
            **change,
        }
        own = {key: value for key, value in change.items() if key in ("loss_fn", "optimizer")}
        theirs = config | (
            {"loss_fn": loss_of(reference), "optimizer": rule_of(reference)} if own else {}
        )
        history, state = fitted(student, data, config)
        expected_history, expected_state = fitted(reference, data, theirs)
        assert_close(history, expected_history, "history", rtol=1e-6)
        # torch divides by the norm + 1e-6, and to divide by the norm is right too.
        assert_close(state, expected_state, "state", rtol=1e-5, atol=1e-6)
    for part in ("train", "val"):
        data[f"y_{part}"] = torch.from_numpy(rng.normal(size=(len(data[f"y_{part}"]), 4)))
    config = {
        "num_epochs": 2,
        "batch_size": 9,
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "loss_fn": "mse",
    }
    expect_regression(student, reference, data, config)


def expect_clipping(subject, data):
    """One epoch of fit with max_norm, in one batch, should end where train_epoch ends with the same
    max_norm.
    """
    model, batches = network(subject), [(data["X_train"], data["y_train"])]
    optimizer = rule_of(subject)(model.parameters(), lr=0.4)
    subject.train_epoch(
        model, batches, subject.module("torch").nn.functional.cross_entropy, optimizer, "cpu", 0.1
    )
    alone = state_of(subject, model)
    config = {
        "num_epochs": 1,
        "batch_size": 9,
        "optimizer": "sgd",
        "learning_rate": 0.4,
        "max_norm": 0.1,
    }
    _, state = fitted(subject, data, config)
    assert_close(
        state, alone, "state", rtol=1e-6, hint="max_norm is there for train_epoch: hand it on."
    )


def loss_of(subject):
    return subject.module("torch").nn.functional.multi_margin_loss


def rule_of(subject):
    return subject.module("torch").optim.SGD


def expect_regression(student, reference, data, config):
    history, state = fitted(student, data, config)
    expected_history, expected_state = fitted(reference, data, config)
    for key in ("train_loss", "val_loss"):
        assert_close(history[key], expected_history[key], f"history[{key!r}]", rtol=1e-7)
    for key in ("train_accuracy", "val_accuracy"):
        assert np.isnan(history[key]).all(), (
            f"history[{key!r}] is {history[key]} for a regression; expected nan"
        )
    assert_close(state, expected_state, "state", rtol=1e-6, atol=1e-9)


@pytest.mark.points(1)
@pytest.mark.concept("fit")
@pytest.mark.depends("test_fit_trains_with_the_optimizer_of_its_name")
@pytest.mark.hidden(
    "Data come as lists, as arrays of whole numbers, in another precision than the model's."
)
def test_fit_takes_data_as_they_come(student, reference, rng):
    """fit: arrays, lists and tensors of any dtype meet the dtype of the model; an empty config is
    one
    """
    data = {part: np.asarray(values) for part, values in samples(rng, train=6, val=4).items()}
    lists = {key: values.tolist() for key, values in data.items()}
    small = {
        key: values.astype("float32" if key[0] == "X" else "uint8") for key, values in data.items()
    }
    for given in (lists, small):
        expect_run(student, reference, given, {"num_epochs": 2, "optimizer": "sgd"})
    expect_run(student, reference, data, {})


@pytest.mark.points(1)
@pytest.mark.concept("fit")
@pytest.mark.depends("test_fit_shuffles")
@pytest.mark.hidden(
    "Run it twice from the same weights, with other random numbers drawn before. What must not "
    "change?"
)
def test_fit_repeats_itself(student, rng):
    """fit: equal seeds give equal runs, and the caller's random state is left as it was"""
    data, config = samples(rng, train=20), {"num_epochs": 2, "batch_size": 3, "learning_rate": 0.1}
    runs = []
    for seed in (1, 2):
        model = network(student)
        student.module("torch").manual_seed(seed)
        before = student.module("torch").get_rng_state()
        history = student.fit(model, data, config, "cpu", 5)
        after = student.module("torch").get_rng_state()
        assert torch.equal(before, after), "fit has changed the random state of its caller"
        runs.append((history, state_of(student, model)))
    assert_close(
        runs[0],
        runs[1],
        "(history, state)",
        hint="Only rng_seed and the epoch decide what is random in fit.",
    )
    told, by_default = (
        student.fit(network(student), data, config, *options) for options in [("cpu", 0), ()]
    )
    hint = "Without a device fit takes default_device(), and rng_seed is 0 when none is given."
    assert_close(by_default, told, "history without device and rng_seed", rtol=1e-4, hint=hint)


# ---- early stopping ----------------------------------------------------------------------------


def walk(subject, steps, **config):
    """Lead the weight w of the model x -> w x, from w = 8, to each of `steps` by one epoch; the
    history and the last w.

    The training loss is w², so that a rate of (w - next) / 2w leads from w to next. The validation
    loss is (w - 3)².
    """
    weights = [8.0, *steps]
    rates = [(here - there) / (2 * here) for here, there in zip(weights, steps, strict=False)]
    model = subject.module("torch").nn.Linear(1, 1, bias=False).double()
    model.load_state_dict({"weight": torch.full((1, 1), 8.0, dtype=torch.float64)})
    ones = torch.ones(4, 1, dtype=torch.float64)
    data = {"X_train": ones, "y_train": 0 * ones, "X_val": ones[:2], "y_val": 3 * ones[:2]}
    data |= {"X_test": ones[:3], "y_test": 8 * ones[:3]}  # of no concern to fit
    config = {"num_epochs": len(steps), "optimizer": rule_of(subject), "loss_fn": "mse", **config}
    config["schedule"] = lambda t: rates[min(t, len(rates) - 1)]
    history = subject.fit(model, data, config, "cpu")
    return history["val_loss"], float(state_of(subject, model)["weight"][0, 0])


@pytest.mark.points(2)
@pytest.mark.concept("fit")
@pytest.mark.depends(STEP, *MEASURES)
def test_fit_stops_early(student):
    """fit: stops after `patience` epochs without a lower validation loss, with the weights of the
    lowest
    """
    losses, w = walk(student, [6.0, 4.0, 2.5, 1.0, 0.5, 0.25, 0.1], patience=2)

    right = [9.0, 1.0, 0.25, 4.0, 6.25]
    hint = "The third epoch is the best one. Two epochs later patience is at its end."
    assert_close(losses, right, "history['val_loss']", rtol=1e-9, hint=hint)
    hint = (
        "Keep a copy of the weights whenever val_loss is a new lowest: state_dict() gives the "
        "tensors themselves."
    )
    assert_close(w, 2.5, "the weight after fit", rtol=1e-9, hint=hint)


@pytest.mark.points(2)
@pytest.mark.concept("fit")
@pytest.mark.depends("test_fit_stops_early")
@pytest.mark.hidden(
    "What if the loss falls again after a worse epoch? If it is equal? If patience never runs out?"
)
@pytest.mark.parametrize(
    ("steps", "patience", "stopped", "best"),
    [
        ([2.0, 1.0, -0.5, 2.5, 1.0, -1.0, 0.5, 0.2], 3, 7, 2.5),
        ([4.0, 2.0, -0.5, 0.4], 2, 3, 4.0),
        ([4.0, 1.0, 0.5], 5, 3, 4.0),
        ([2.0, 1.0, 0.5], None, 3, 0.5),
        ([4.0, 1.0, 2.5], 1, 2, 4.0),
    ],
    ids=["a second fall", "as low as before", "out of epochs", "no patience", "little patience"],
)
def test_fit_waits_as_long_as_it_should(student, steps, patience, stopped, best):
    """fit: patience begins anew with each lowest loss; without patience the last weights stay"""
    losses, w = walk(student, steps, patience=patience)

    assert_close(losses, [(w - 3) ** 2 for w in steps[:stopped]], "history['val_loss']", rtol=1e-9)
    assert_close(w, best, "the weight after fit", rtol=1e-9)


@pytest.mark.points(1)
@pytest.mark.concept("fit")
@pytest.mark.depends("test_fit_trains_with_the_optimizer_of_its_name")
@pytest.mark.hidden(
    "A key that fit does not know is a spelling mistake. And what can it not train with at all?"
)
def test_fit_rejects_what_it_cannot_use(student, rng):
    """fit: unknown keys and choices, data that do not fit and a negative seed raise a ValueError
    that names them
    """
    data = samples(rng, train=5, val=3)
    alone = {key: value for key, value in data.items() if "train" in key}
    cases = [
        ("lr", data, {"lr": 0.1}, 0),
        ("optimizer", data, {"optimizer": "adagrad"}, 0),
        ("schedule", data, {"schedule": "step"}, 0),
        ("loss_fn", data, {"loss_fn": "hinge"}, 0),
        ("patience", alone, {"patience": 2}, 0),
        ("patience", data, {"patience": 0}, 0),
        ("y_train", {**data, "y_train": data["y_train"][1:]}, {}, 0),
        ("y_val", {**data, "y_val": data["y_val"][1:]}, {}, 0),
        ("y_train", {key: value for key, value in data.items() if key != "y_train"}, {}, 0),
        ("X_train", {key: value for key, value in data.items() if "val" in key}, {}, 0),
        ("rng_seed", data, {}, -1),
    ]
    for naming, given, config, rng_seed in cases:
        config |= {"num_epochs": 1}
        assert_rejects(student.fit, network(student), given, config, "cpu", rng_seed, naming=naming)


# ---- progress ----------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("progress_bar")
def test_progress_bar(student):
    """progress_bar: passes the batches on, and draws on one line how many have gone by"""
    stream = student.module("torch").serialization.io.StringIO()
    passed = student.hold([])

    passed.extend(student.progress_bar(["a", "b", "c"], "epoch 2/9", width=6, stream=stream))

    assert_close(passed.copy(), ["a", "b", "c"], "what comes out")
    drawn = [frame.split() for frame in stream.getvalue().split("\r")[1:]]
    expected = [
        ["epoch", "2/9", *bar.split()] for bar in ("[## ] 1/3", "[#### ] 2/3", "[######] 3/3")
    ]
    assert drawn == expected, f"The bar draws {stream.getvalue()!r}"
    passed.extend(student.progress_bar(["a"], "", stream=stream))
    assert_close(
        stream.getvalue().count("#"),
        2 + 4 + 6 + 30,
        "the signs # so far",
        hint="The usual width is 30.",
    )


@pytest.mark.points(1)
@pytest.mark.concept("progress_bar")
@pytest.mark.depends(STEP)
@pytest.mark.hidden(
    "config['progress'] gets the batches of each epoch, and gives back what you train on."
)
def test_fit_shows_its_progress(student, reference, rng):
    """fit: the training batches of each epoch go through config["progress"]"""
    data, own = samples(rng, train=7, val=3), samples(rng, own=5)
    config = {"num_epochs": 2, "batch_size": 3, "learning_rate": 0.1}

    def other_batches(*_):
        return [(own["X_own"], own["y_own"])]

    def same_batches(batches, _):
        return batches

    hint = "Train on what progress(batches, label) gives back, in every epoch."
    expect_run(student, reference, data, {**config, "progress": other_batches}, hint)
    watched = fitted(student, data, {**config, "progress": same_batches})
    assert_close(
        watched,
        fitted(student, data, config),
        "(history, state)",
        hint="Watching must not change the run.",
    )


# ---- checkpoints -------------------------------------------------------------------------------

STATE = {
    "epoch": 3,
    "w": torch.arange(6.0).reshape(2, 3),
    "history": {"loss": [0.5, 0.25], "best": None},
    "name": "a",
}


@pytest.mark.points(1)
@pytest.mark.fresh
@pytest.mark.concept("checkpoint")
def test_checkpoint_comes_back(student):
    """save_checkpoint, load_checkpoint: what was saved last comes back"""
    with empty_folder():
        student.save_checkpoint("run.pt", {"epoch": 1})
        student.save_checkpoint("run.pt", STATE)
        assert_close(student.load_checkpoint("run.pt"), STATE, "load_checkpoint(path)")
        expect_not_found(student.load_checkpoint, "another.pt", naming="another.pt")


def expect_not_found(function, *args, naming):
    """The function should raise a FileNotFoundError whose message names the file."""
    raised = None
    try:
        function(*args)
    except StudentRaised as error:
        raised = error.raised
        if raised.missing or raised.refused:
            raise
    assert raised, f"{function.name} did not raise FileNotFoundError, though {naming} is not there"
    kinds = (raised.kind, *raised.bases)
    assert "FileNotFoundError" in kinds, (
        f"{function.name} raised {raised.kind} for a file that is not there"
    )
    assert naming in raised.message, f"The error does not name {naming}: {raised.message}"


@pytest.mark.points(1)
@pytest.mark.fresh
@pytest.mark.concept("checkpoint")
@pytest.mark.depends("test_checkpoint_comes_back")
@pytest.mark.hidden(
    "Something goes wrong in the middle of saving. What is in the file of that name afterwards?"
)
def test_checkpoint_is_never_half_a_file(student):
    """save_checkpoint: when saving fails half-way, the checkpoint from before is still there"""
    with empty_folder():
        student.save_checkpoint("run.pt", STATE)
        with contextlib.suppress(StudentRaised):
            student.save_checkpoint(
                "run.pt", {"epoch": 4, "w": torch.zeros(3), "cannot be saved": lambda: None}
            )
        assert_close(student.load_checkpoint("run.pt"), STATE, "load_checkpoint(path)")


@pytest.mark.points(1)
@pytest.mark.fresh
@pytest.mark.concept("checkpoint")
@pytest.mark.hidden(
    "A checkpoint may come from somebody else, and a pickle may run any code. Is only plain data "
    "read?"
)
def test_checkpoint_of_a_stranger_is_refused(student, tmp_path):
    """load_checkpoint: a file that holds more than plain data raises UnpicklingError"""
    torch.save({"epoch": 1, "callback": np.random.default_rng}, tmp_path / "stranger.pt")
    content = np.fromfile(tmp_path / "stranger.pt", np.uint8)
    with empty_folder():
        student.hold(content).tofile("stranger.pt")
        try:
            student.load_checkpoint("stranger.pt")
        except StudentRaised as error:
            if error.raised.kind != "UnpicklingError":
                raise
        else:
            raise AssertionError(
                "load_checkpoint accepted a file that names a function to be called"
            )


@pytest.mark.points(2, each=True)
@pytest.mark.fresh
@pytest.mark.concept("checkpoint")
@pytest.mark.depends("test_fit_shuffles", "test_checkpoint_comes_back")
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_fit_goes_on_from_its_checkpoint(student, rng, optimizer):
    """fit: a run that ended after two epochs goes on to the same end as one that never stopped"""
    data = samples(rng, train=10, val=4)
    config = {"batch_size": 3, "optimizer": optimizer, "learning_rate": 0.1}
    with empty_folder():
        fitted(student, data, {**config, "num_epochs": 2, "checkpoint": "run.pt"})
        resumed = fitted(student, data, {**config, "num_epochs": 4, "checkpoint": "run.pt"}, draw=1)
    hint = (
        "A checkpoint holds the weights, the state of the optimizer and the history, and the "
        "seed follows the epoch."
    )
    assert_close(
        resumed, fitted(student, data, {**config, "num_epochs": 4}), "(history, state)", hint=hint
    )


@pytest.mark.points(2)
@pytest.mark.fresh
@pytest.mark.concept("checkpoint")
@pytest.mark.depends("test_fit_goes_on_from_its_checkpoint", "test_fit_stops_early")
@pytest.mark.hidden(
    "Kill a run within an epoch, or while patience runs. What has to stand in the checkpoint?"
)
def test_fit_survives_any_interruption(student, rng):
    """fit: goes on after a kill in the middle of an epoch, and remembers how long it has been
    patient
    """
    data, config = (
        samples(rng, train=10, val=4),
        {"num_epochs": 4, "batch_size": 3, "learning_rate": 0.1},
    )
    begun = []

    def progress(batches, _):
        begun.append(batches)
        if len(begun) == 3:
            raise RuntimeError("the power is gone")
        return batches

    with empty_folder():
        with contextlib.suppress(StudentRaised):
            fitted(student, data, {**config, "checkpoint": "run.pt", "progress": progress})
        resumed = fitted(student, data, {**config, "checkpoint": "run.pt"}, draw=1)
        assert_close(resumed, fitted(student, data, config), "(history, state)")

        steps = [6.0, 2.5, 1.0, 0.5, 0.25, 0.1]
        walk(student, steps, num_epochs=3, patience=3, checkpoint="walk.pt")
        losses, w = walk(student, steps, patience=3, checkpoint="walk.pt")
        assert_close(
            losses,
            [(w - 3) ** 2 for w in steps[:5]],
            "history['val_loss'] of a resumed run",
            rtol=1e-9,
        )
        assert_close(w, 2.5, "the weight after a resumed run", rtol=1e-9)


@pytest.mark.points(1)
@pytest.mark.fresh
@pytest.mark.concept("checkpoint")
@pytest.mark.depends("test_fit_goes_on_from_its_checkpoint")
@pytest.mark.hidden(
    "A checkpoint belongs to a seed and a config. What if the run that finds it has others?"
)
def test_fit_rejects_the_checkpoint_of_another_run(student, rng):
    """fit: a checkpoint of another seed or config raises a ValueError that names it"""
    data, config = samples(rng, train=6), {"num_epochs": 1, "checkpoint": "run.pt"}
    with empty_folder():
        fitted(student, data, config)
        for change, rng_seed in (({}, 1), ({"learning_rate": 0.5}, 0), ({"optimizer": "sgd"}, 0)):
            model = network(student, draw=1)
            assert_rejects(
                student.fit, model, data, {**config, **change}, "cpu", rng_seed, naming="checkpoint"
            )
