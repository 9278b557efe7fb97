import numpy as np
import pytest
import torch

from grader.checks import CheckFailure, assert_close


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
