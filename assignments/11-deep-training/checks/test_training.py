from functools import partial

import numpy as np
import pytest
import torch

from grader.checks import CheckFailure, assert_close, assert_rejects


def state_of(subject, model):
    """All tensors of a model by name."""
    own = subject.hold({})
    own.update(model.state_dict())
    return own.copy()


def network(subject, *, dropout=0.0):
    """Affine, batch norm, ReLU, dropout, affine: 3 numbers to 4 scores in float64, the same for
    every subject.
    """
    draw = np.random.default_rng(0)
    layers = [
        ("Linear", 3, 5),
        ("BatchNorm1d", 5),
        ("ReLU",),
        ("Dropout", dropout),
        ("Linear", 5, 4),
    ]
    nn = subject.module("torch").nn
    model = nn.Sequential(*(getattr(nn, name)(*sizes) for name, *sizes in layers))
    shapes = {
        "0.weight": (5, 3),
        "0.bias": 5,
        "1.weight": 5,
        "1.bias": 5,
        "4.weight": (4, 5),
        "4.bias": 4,
    }
    weights = {name: torch.from_numpy(draw.normal(size=shape)) for name, shape in shapes.items()}
    weights |= {
        "1.running_mean": torch.from_numpy(draw.normal(size=5)),
        "1.running_var": torch.full((5,), 3.0),
    }
    model.double().load_state_dict(weights, strict=False)
    return model


def sgd(subject, model, **options):
    return subject.module("torch").optim.SGD(model.parameters(), **options)


def batches_of(rng, *sizes):
    """Batches of so many samples with 3 numbers each, and one of 4 labels."""
    return [
        (torch.from_numpy(rng.normal(size=(N, 3))), torch.from_numpy(rng.integers(4, size=N)))
        for N in sizes
    ]


def constant(subject, scores):
    """A model that gives every input, of shape (…, 1), the same scores."""
    model = subject.module("torch").nn.Linear(1, len(scores))
    weights = {"weight": torch.zeros(len(scores), 1), "bias": torch.tensor(scores)}
    model.load_state_dict({name: tensor.double() for name, tensor in weights.items()})
    return model.double()


def labelled(*labels):
    """A batch of inputs that are all zero, of shape (…, 1), with these labels."""
    y = torch.tensor(labels)
    return torch.zeros(*y.shape, 1, dtype=torch.float64), y


# ---- device, loss ------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("default_device")
def test_default_device(student):
    """default_device: CUDA when there is some, else the CPU, as a torch.device"""
    available = student.module("torch").cuda.is_available()

    kind = student.default_device().type

    assert_close(kind, "cuda" if available else "cpu", "default_device().type")


@pytest.mark.points(2)
@pytest.mark.concept("cross_entropy")
@pytest.mark.parametrize("shape", [(6, 4), (3, 5, 4)], ids=["images", "tagged sequences"])
def test_cross_entropy_is_the_mean_over_all_labels(student, reference, rng, shape):
    """Cross-entropy: the mean of -log softmax(scores)[y] over every label, with the classes last"""
    scores, y = (
        torch.from_numpy(rng.normal(size=shape)),
        torch.from_numpy(rng.integers(4, size=shape[:-1])),
    )

    loss = student.cross_entropy(scores, y)

    hint = (
        "torch's cross_entropy takes scores, not probabilities, and wants the classes on axis "
        "1: flatten the others."
    )
    assert_close(loss, reference.cross_entropy(scores, y), "loss", hint=hint, sizes={"T": 5})
    equal = student.cross_entropy(torch.zeros(*shape, dtype=torch.float64), y)
    assert_close(
        equal,
        np.log(4),
        "loss",
        hint="With equal scores every class has the probability 1/C: log C.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("cross_entropy")
@pytest.mark.depends("test_cross_entropy_is_the_mean_over_all_labels")
@pytest.mark.hidden(
    "Think of as many steps as classes, scores in the thousands, log-probabilities, a single "
    "sample."
)
def test_cross_entropy_elsewhere(student, reference, rng):
    """Cross-entropy: as many steps as classes, huge scores, log-probabilities, a single sample"""
    square, y = (
        torch.from_numpy(rng.normal(size=(3, 4, 4))),
        torch.from_numpy(rng.integers(4, size=(3, 4))),
    )
    log_probs = square.log_softmax(dim=-1)
    for scores, labels in [(square, y), (5e3 * square, y), (log_probs, y), (square[0, 0], y[0, 0])]:
        assert_close(
            student.cross_entropy(scores, labels), reference.cross_entropy(scores, labels), "loss"
        )


@pytest.mark.points(1)
@pytest.mark.concept("cross_entropy")
@pytest.mark.depends("test_cross_entropy_is_the_mean_over_all_labels")
@pytest.mark.hidden(
    "There must be exactly one label for each row of scores. What if y is one too short, or flat?"
)
def test_cross_entropy_rejects_labels_that_do_not_fit(student):
    """Cross-entropy: labels of another shape raise a ValueError that names y"""
    for scores, y in [((3, 5, 4), (15,)), ((3, 4), (2,)), ((3, 5, 4), (3, 4))]:
        labels = torch.zeros(y, dtype=torch.int64)
        assert_rejects(student.cross_entropy, torch.zeros(scores), labels, naming="y")


# ---- train_epoch -------------------------------------------------------------------------------


def trained(subject, rng, *, sizes=(4, 4, 2), epochs=1, **options):
    """The state of the network after some epochs of plain SGD, and what the last one returned."""
    model, batches = network(subject), batches_of(rng, *sizes)
    optimizer = sgd(subject, model.eval(), lr=0.3, momentum=0.5)
    for _ in range(epochs):
        answer = subject.train_epoch(
            model,
            batches,
            subject.module("torch").nn.functional.cross_entropy,
            optimizer,
            "cpu",
            **options,
        )
    return state_of(subject, model), answer


@pytest.mark.points(4)
@pytest.mark.concept("train_epoch")
def test_train_epoch_takes_a_step_for_each_batch(student, reference, rng):
    """train_epoch: in train mode, one step of the optimizer for each batch, from the gradients of
    that batch alone
    """
    seed = int(rng.integers(1000))
    state, _ = trained(student, np.random.default_rng(seed))

    expected, _ = trained(reference, np.random.default_rng(seed))
    statistics = [f"1.{name}" for name in ("num_batches_tracked", "running_mean", "running_var")]
    for name in statistics:
        hint = (
            "Is the model in train mode? Batch norm should have seen each batch once, and "
            "moved its statistics."
        )
        assert_close(state[name], expected[name], f"state[{name!r}]", hint=hint)
    hint = (
        "For each batch: zero_grad, forward, loss, backward, step. backward adds to the "
        "gradients that are there."
    )
    assert_close(state, expected, "state", hint=hint)


@pytest.mark.points(1)
@pytest.mark.concept("train_epoch")
@pytest.mark.depends("test_train_epoch_takes_a_step_for_each_batch")
def test_train_epoch_clips_the_joint_norm(student, reference, rng):
    """train_epoch: max_norm shortens gradients whose joint norm is longer, and leaves shorter ones
    alone
    """
    seed = int(rng.integers(1000))
    for max_norm in (0.2, 50.0):
        state, _ = trained(student, np.random.default_rng(seed), max_norm=max_norm)
        expected, _ = trained(reference, np.random.default_rng(seed), max_norm=max_norm)
        hint = "One norm over all parameters together, taken after backward and before step."
        assert_close(state, expected, "state", rtol=1e-5, atol=1e-6, hint=hint)


@pytest.mark.points(2)
@pytest.mark.concept("train_epoch")
@pytest.mark.parametrize("learning_rate", [0.0, 1.0], ids=["standing still", "moving"])
def test_train_epoch_measures_in_passing(student, reference, learning_rate):
    """train_epoch: returns the mean loss and the accuracy over all labels of the epoch"""
    answers = {}
    for subject in (student, reference):
        model = constant(subject, [0.7, 0.0, -0.4])
        batches = [labelled(0, 0, 1, 0, 2), labelled(1)]
        loss_fn = subject.module("torch").nn.functional.cross_entropy
        answers[subject] = subject.train_epoch(
            model, batches, loss_fn, sgd(subject, model, lr=learning_rate), "cpu"
        )
    expect_measures(answers[student], answers[reference])


def expect_measures(answer, expected):
    """answer: what train_epoch or evaluate returned."""
    hint = (
        "The last batch is shorter. Add up loss times number of labels, and divide once, by "
        "all labels."
    )
    assert_close(answer, expected, "(loss, accuracy)", hint=hint)
    for name, number in zip(("loss", "accuracy"), answer, strict=True):
        if getattr(number, "requires_grad", False):
            raise CheckFailure(
                f"The {name} is a tensor that still hangs on the graph of its computation; "
                "expected a float",
                hint="Sums of such tensors keep every graph in memory. Take loss.item(), or "
                "loss.detach().",
            )


@pytest.mark.points(2)
@pytest.mark.concept("train_epoch")
@pytest.mark.depends("test_train_epoch_measures_in_passing")
@pytest.mark.hidden(
    "Labels can be many per sample, or no classes at all but numbers. What is the accuracy of "
    "those?"
)
def test_train_epoch_measures_sequences_and_regressions(student, reference):
    """train_epoch: tagged sequences count every label; a regression has no accuracy (nan)"""

    def measure(subject, model, batches, loss_fn):
        return subject.train_epoch(model, batches, loss_fn, sgd(subject, model, lr=0.0), "cpu")

    batches = [labelled([0, 1, 2], [2, 0, 2]), labelled([1], [2], [0], [0])]
    answers = [
        measure(subject, constant(subject, [0.0, -0.4, 0.5]), batches, subject.cross_entropy)
        for subject in (student, reference)
    ]
    expect_measures(*answers)
    expect_regression(partial(measure, student), student)


def expect_regression(measure, subject):
    """Predictions of 2 against 1, 1, 1, and 0: the errors are 1 and 4."""
    zeros = torch.zeros(3, 1, dtype=torch.float64)
    batches = [(zeros, zeros + 1), (zeros[:1], zeros[:1])]
    loss, accuracy = measure(
        constant(subject, [2.0]), batches, subject.module("torch").nn.functional.mse_loss
    )
    assert_close(loss, 7 / 4, "loss of a regression")
    assert np.isnan(accuracy), f"The accuracy of a regression is {accuracy}; expected nan"


@pytest.mark.points(2)
@pytest.mark.concept("train_epoch")
@pytest.mark.depends("test_train_epoch_clips_the_joint_norm")
@pytest.mark.hidden(
    "With a scaler, which gradients have the norm that you clip? And does the scale follow each "
    "step?"
)
@pytest.mark.parametrize("max_norm", [None, 0.2], ids=["", "clipped"])
def test_train_epoch_with_a_scaler(student, reference, rng, max_norm):
    """train_epoch: a GradScaler scales the loss, and its steps are those of the unscaled
    gradients
    """
    seed, states, answers = int(rng.integers(1000)), {}, {}
    for subject, enabled in (
        (student, True),
        (reference, False),
    ):  # float64 is not cast, so both must agree
        scaler = subject.module("torch").amp.GradScaler(
            "cpu", init_scale=2.0**12, growth_interval=2, enabled=enabled
        )
        states[subject], answers[subject] = trained(
            subject, np.random.default_rng(seed), epochs=2, max_norm=max_norm, scaler=scaler
        )
        if enabled:
            hint = "Call scaler.update() after each step."
            assert_close(
                scaler.get_scale(),
                2.0**15,
                "the scale after six steps that all went well",
                hint=hint,
            )
    assert_close(states[student], states[reference], "state", rtol=1e-5, atol=1e-7)
    assert_close(answers[student], answers[reference], "(loss, accuracy)", rtol=1e-6)


# ---- evaluate ----------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("evaluate")
def test_evaluate_measures_in_eval_mode(student, reference, rng):
    """evaluate: mean loss and accuracy over all labels, without dropout and with the running
    statistics
    """
    batches = batches_of(rng, 5, 5, 1)

    answer = student.evaluate(
        network(student, dropout=0.5).train(), batches, "cpu", loss_of(student)
    )

    expect_measures(
        answer, reference.evaluate(network(reference).train(), batches, "cpu", loss_of(reference))
    )


def loss_of(subject):
    return subject.module("torch").nn.functional.cross_entropy


@pytest.mark.points(1)
@pytest.mark.concept("evaluate")
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_evaluate_leaves_the_model_as_it_was(student, rng, training):
    """evaluate: the model comes out in the mode, and with the state, that it went in with"""
    model = network(student).train(training)
    before = state_of(student, model)

    student.evaluate(model, batches_of(rng, 4, 3), "cpu", loss_of(student))

    hint = "model.training says in which mode it comes; model.train(mode) puts it back."
    assert_close(model.training, training, "model.training after evaluate", hint=hint)
    assert_close(
        state_of(student, model), before, "state", hint="Only train mode moves running statistics."
    )


@pytest.mark.points(1)
@pytest.mark.concept("evaluate")
@pytest.mark.depends("test_evaluate_measures_in_eval_mode")
@pytest.mark.hidden(
    "The scores that reach the loss function: do they remember how they were computed?"
)
def test_evaluate_records_no_gradients(student, rng):
    """evaluate: nothing is recorded for a backward pass"""

    def needs_gradients(scores, _):
        return torch.tensor(float(scores.requires_grad))

    loss, _ = student.evaluate(network(student), batches_of(rng, 3, 3), "cpu", needs_gradients)

    hint = (
        "Compute within torch.no_grad(): otherwise every layer keeps its inputs for a backward "
        "that never comes."
    )
    assert_close(loss, 0.0, "the share of batches whose scores carry a graph", hint=hint)


@pytest.mark.points(1)
@pytest.mark.concept("evaluate")
@pytest.mark.depends("test_evaluate_measures_in_eval_mode")
@pytest.mark.hidden(
    "Try tagged sequences, a regression, and no loss function at all: cross_entropy is the default."
)
def test_evaluate_measures_sequences_and_regressions(student, reference):
    """evaluate: tagged sequences under the default loss; a regression has no accuracy (nan)"""
    answers = [
        subject.evaluate(
            constant(subject, [0.0, -0.4, 0.5]),
            [labelled([0, 2, 1], [2, 2, 0]), labelled([1])],
            "cpu",
        )
        for subject in (student, reference)
    ]
    expect_measures(*answers)

    def measure(model, batches, loss_fn):
        return student.evaluate(model, batches, "cpu", loss_fn)

    expect_regression(measure, student)


@pytest.mark.points(1)
@pytest.mark.concept("evaluate")
@pytest.mark.depends("test_evaluate_measures_in_eval_mode", "test_train_epoch_measures_in_passing")
@pytest.mark.hidden("The mean of nothing is no number. Say so before the division does.")
def test_nothing_to_measure(student):
    """train_epoch, evaluate: no batches at all raise a ValueError that names them"""
    model = network(student)
    assert_rejects(student.evaluate, model, [], "cpu", loss_of(student), naming="batches")
    optimizer = sgd(student, model, lr=0.1)
    assert_rejects(
        student.train_epoch, model, [], loss_of(student), optimizer, "cpu", naming="batches"
    )
