import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_loss_gradient

CLASSIFIERS = "nll_loss", "softmax_loss", "svm_loss"
REGRESSORS = "mse_loss", "mae_loss", "binary_cross_entropy", "bce_with_logits"


def assert_loss(student, reference, function, pred, y, hint=""):
    """The loss and its gradient are the right ones."""
    loss, gradient = getattr(student, function)(pred, y)
    expected, dexpected = getattr(reference, function)(pred, y)
    assert_close(loss, expected, "loss", hint=hint)
    assert_close(gradient, dexpected, "the gradient", hint=hint)


# ---- softmax loss --------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("softmax_loss")
def test_softmax_loss_value(student, reference, rng):
    """Softmax loss: the mean of -log p over the batch"""
    scores, y = rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.softmax_loss(scores, y)
    assert_close(loss, reference.softmax_loss(scores, y)[0], "loss")

    loss, _ = student.softmax_loss(np.zeros((5, 10)), y[:5])
    assert_close(
        loss,
        np.log(10),
        "loss",
        hint="With equal scores every class has the probability 1/C, so the loss is log C.",
    )


@pytest.mark.points(3)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (8, 4)], ids=str)
def test_softmax_loss_gradient(student, reference, rng, shape):
    """Softmax loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(
        student, reference, "softmax_loss", rng.normal(size=shape), rng.integers(C, size=N), rng=rng
    )


@pytest.mark.points(2)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.hidden(
    "Scores can be very large, and differ by thousands between samples. What does exp(1000) give?"
)
def test_softmax_loss_is_stable(student, reference, rng):
    """Softmax loss: finite and right for very large scores"""
    y = rng.integers(4, size=6)
    for scores in (
        1e4 * rng.normal(size=(6, 4)),
        rng.normal(size=(6, 4)) + 2000.0 * np.arange(6)[:, None],
    ):
        loss, dscores = student.softmax_loss(scores, y)

        expected, dexpected = reference.softmax_loss(scores, y)
        assert_close(loss, expected, "loss")
        assert_close(dscores, dexpected, "dscores")


@pytest.mark.points(1)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.hidden(
    "One sample, two classes, a batch where all labels are equal: nothing in the formula changes."
)
@pytest.mark.parametrize("shape", [(1, 4), (7, 2)], ids=str)
def test_softmax_loss_on_small_batches(student, reference, rng, shape):
    """Softmax loss: one sample, two classes, equal labels"""
    N, C = shape
    scores, y = rng.normal(size=shape), np.full(N, C - 1)

    loss, dscores = student.softmax_loss(scores, y)

    expected, dexpected = reference.softmax_loss(scores, y)
    assert_close(loss, expected, "loss")
    assert_close(dscores, dexpected, "dscores")


@pytest.mark.points(1)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.hidden(
    "A label that is no class should not be used as an index. numpy takes -1 without a word."
)
def test_softmax_loss_rejects_bad_labels(student, rng):
    """Softmax loss: labels that are no class raise a ValueError that names y"""
    scores = rng.normal(size=(3, 4))
    for y in (np.array([0, 1, 4]), np.array([0, -1, 2]), np.array([0, 1])):
        assert_rejects(student.softmax_loss, scores, y, naming="y")


# ---- mean squared error --------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("mse_loss")
@pytest.mark.parametrize("shape", [(6,), (4, 3), (1,)], ids=str)
def test_mse_loss(student, reference, rng, shape):
    """Mean squared error: the loss and its gradient, averaged over all elements"""
    pred, y = rng.normal(size=shape), rng.normal(size=shape)

    loss, _ = student.mse_loss(pred, y)

    assert_close(
        loss,
        reference.mse_loss(pred, y)[0],
        "loss",
        hint="The mean runs over every element, not over samples only.",
    )
    check_loss_gradient(student, reference, "mse_loss", pred, y, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("mse_loss")
@pytest.mark.depends("test_mse_loss")
@pytest.mark.hidden(
    "Predictions of shape (N, 1) and targets of shape (N,) broadcast to (N, N). Is that what you "
    "want?"
)
def test_mse_loss_rejects_other_shapes(student, rng):
    """Mean squared error: shapes that differ raise a ValueError"""
    assert_rejects(student.mse_loss, rng.normal(size=(5, 1)), rng.normal(size=5), naming="y")


# ---- mean absolute error -------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("mae_loss")
@pytest.mark.parametrize("shape", [(6,), (4, 3)], ids=str)
def test_mae_loss(student, reference, rng, shape):
    """Mean absolute error: the loss and its gradient, averaged over all elements"""
    pred, y = rng.normal(size=shape), rng.normal(size=shape)

    loss, _ = student.mae_loss(pred, y)

    assert_close(
        loss,
        reference.mae_loss(pred, y)[0],
        "loss",
        hint="The mean runs over every element, not over samples only.",
    )
    check_loss_gradient(student, reference, "mae_loss", pred, y, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("mae_loss")
@pytest.mark.depends("test_mae_loss")
@pytest.mark.hidden(
    "Targets of shape (N,) and predictions with one more axis broadcast. Is that what you want?"
)
def test_mae_loss_rejects_other_shapes(student, rng):
    """Mean absolute error: shapes that differ raise a ValueError"""
    assert_rejects(student.mae_loss, rng.normal(size=(4, 1)), rng.normal(size=4), naming="y")
    assert_rejects(student.mae_loss, rng.normal(size=(4, 3)), rng.normal(size=3), naming="y")


# ---- log softmax and negative log-likelihood -----------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("log_softmax")
def test_log_softmax(student, reference, rng):
    """Log softmax: the logarithms of the probabilities of each row"""
    scores = rng.normal(size=(6, 4))

    log_p = student.log_softmax(scores)

    assert not student.mutated, (
        "log_softmax changes scores in place. Work on a copy: the caller still needs them."
    )
    assert_close(
        log_p,
        reference.log_softmax(scores),
        "log_p",
        hint="In each row, the exp of them add up to one.",
    )


@pytest.mark.points(1)
@pytest.mark.concept("log_softmax")
@pytest.mark.depends("test_log_softmax")
@pytest.mark.hidden(
    "A probability can be too small for a float, while its logarithm is an ordinary number."
)
def test_log_softmax_is_stable(student, reference, rng):
    """Log softmax: finite and right for large scores and for rows far apart"""
    for scores in (
        1e4 * rng.normal(size=(5, 3)),
        rng.normal(size=(6, 4)) + 2000.0 * np.arange(6)[:, None],
    ):
        assert_close(student.log_softmax(scores), reference.log_softmax(scores), "log_p")


@pytest.mark.points(2)
@pytest.mark.concept("nll_loss")
def test_nll_loss(student, reference, rng):
    """Negative log-likelihood: the mean of what the labels pick, and its gradient"""
    log_probs, y = np.log(rng.dirichlet(np.ones(4), size=6)), rng.integers(4, size=6)

    loss, _ = student.nll_loss(log_probs, y)

    assert_close(
        loss,
        reference.nll_loss(log_probs, y)[0],
        "loss",
        hint="It is given logarithms: take no other.",
    )
    check_loss_gradient(student, reference, "nll_loss", log_probs, y, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("nll_loss")
@pytest.mark.depends("test_nll_loss")
@pytest.mark.hidden(
    "A label that is no class should not be used as an index, and there is one label for each row."
)
def test_nll_loss_rejects_bad_labels(student, rng):
    """Negative log-likelihood: labels that are no class raise a ValueError that names y"""
    log_probs = np.log(rng.dirichlet(np.ones(4), size=3))
    for y in (np.array([0, 1, 4]), np.array([0, -1, 2]), np.array([0, 1])):
        assert_rejects(student.nll_loss, log_probs, y, naming="y")


@pytest.mark.points(1)
@pytest.mark.concept("log_softmax")
@pytest.mark.depends("test_log_softmax", "test_nll_loss", "test_softmax_loss_gradient")
def test_log_softmax_and_nll_loss_make_the_softmax_loss(student, rng):
    """Log softmax, then negative log-likelihood: together they are the softmax loss, gradient
    included
    """
    scores, y = 5 * rng.normal(size=(7, 3)), rng.integers(3, size=7)

    log_p = student.log_softmax(scores)
    loss, dlog_p = student.nll_loss(log_p, y)

    whole, dscores = student.softmax_loss(scores, y)
    assert_close(loss, float(whole), "the loss of both in a row")
    chained = dlog_p - np.exp(log_p) * dlog_p.sum(axis=1, keepdims=True)  # back through log softmax
    assert_close(dscores, chained, "dscores")


# ---- binary cross-entropy ------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("binary_cross_entropy")
@pytest.mark.parametrize("shape", [(8,), (5, 3)], ids=str)
def test_binary_cross_entropy(student, reference, rng, shape):
    """Binary cross-entropy: the loss and its gradient, averaged over all elements"""
    probs, y = rng.uniform(0.05, 0.95, size=shape), (rng.random(shape) < 0.5).astype(float)

    loss, _ = student.binary_cross_entropy(probs, y)

    hint = "A label 1 costs -log p, a label 0 costs -log(1 - p)."
    assert_close(loss, reference.binary_cross_entropy(probs, y)[0], "loss", hint=hint)
    check_loss_gradient(student, reference, "binary_cross_entropy", probs, y, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("binary_cross_entropy")
@pytest.mark.depends("test_binary_cross_entropy")
@pytest.mark.hidden(
    "A prediction can be certain, and right or wrong. Bound what the logarithm sees, and what "
    "divides."
)
def test_binary_cross_entropy_of_certain_predictions(student, reference):
    """Binary cross-entropy: certain and nearly certain predictions cost what the bound of 1e-12
    says
    """
    for p, label in ((0.0, 1), (1.0, 0), (0.0, 0), (1.0, 1), (1e-9, 1), (1 - 1e-9, 0)):
        probs, y = np.array([p, 0.5]), np.array([label, 1])

        loss, dprobs = student.binary_cross_entropy(probs, y)

        expected, dexpected = reference.binary_cross_entropy(probs, y)
        # wide: 1e-12 may be added, or p clipped, or 1 - p
        assert_close(loss, expected, "loss", rtol=1e-3)
        assert_close(dprobs, dexpected, "dprobs", rtol=2e-3)


@pytest.mark.points(1)
@pytest.mark.concept("binary_cross_entropy")
@pytest.mark.depends("test_binary_cross_entropy")
@pytest.mark.hidden(
    "What is no probability should be refused, in both arguments. So should shapes that differ."
)
def test_binary_cross_entropy_rejects_what_is_no_probability(student):
    """Binary cross-entropy: what lies outside [0, 1], and other shapes, raise a ValueError"""
    y = np.array([0, 1, 1])
    for wrong in (np.array([0.2, 1.1, 0.5]), np.array([-0.1, 0.5, 0.5])):
        assert_rejects(student.binary_cross_entropy, wrong, y, naming="probs")
        assert_rejects(student.binary_cross_entropy, np.array([0.2, 0.9, 0.5]), wrong, naming="y")
    assert_rejects(student.binary_cross_entropy, np.array([[0.2], [0.9], [0.5]]), y, naming="y")


@pytest.mark.points(2)
@pytest.mark.concept("bce_with_logits")
@pytest.mark.parametrize("shape", [(8,), (5, 3)], ids=str)
def test_bce_with_logits(student, reference, rng, shape):
    """Binary cross-entropy of logits: the loss and its gradient, averaged over all elements"""
    scores, y = 2 * rng.normal(size=shape), (rng.random(shape) < 0.5).astype(float)

    loss, _ = student.bce_with_logits(scores, y)

    hint = "The scores become probabilities by the sigmoid; the rest is binary cross-entropy."
    assert_close(loss, reference.bce_with_logits(scores, y)[0], "loss", hint=hint)
    check_loss_gradient(student, reference, "bce_with_logits", scores, y, rng=rng)


@pytest.mark.points(1)
@pytest.mark.concept("bce_with_logits")
@pytest.mark.depends("test_bce_with_logits")
@pytest.mark.hidden(
    "A large logit makes exp overflow, or a probability round to one. Which formula needs neither?"
)
def test_bce_with_logits_is_stable(student, reference, rng):
    """Binary cross-entropy of logits: finite and right for very large logits"""
    scores = rng.permutation([-1e4, -900.0, -40.0, 0.0, 40.0, 900.0, 1e4])
    for y in (np.zeros(7), np.ones(7)):
        assert_loss(student, reference, "bce_with_logits", scores, y)


@pytest.mark.points(1)
@pytest.mark.concept("bce_with_logits")
@pytest.mark.depends("test_bce_with_logits")
@pytest.mark.hidden(
    "Which labels can be meant, and which shape must they have? Scores may be any number."
)
def test_bce_with_logits_rejects_bad_labels(student, rng):
    """Binary cross-entropy of logits: labels outside [0, 1], and other shapes, raise a ValueError
    that names y
    """
    scores = rng.normal(size=3)
    for y in (np.array([0, 1, 2]), np.array([-1, 1, 1])):
        assert_rejects(student.bce_with_logits, scores, y, naming="y")
    assert_rejects(student.bce_with_logits, scores[:, None], np.array([0, 1, 1]), naming="y")


# ---- hinge loss ----------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.concept("svm_loss")
def test_svm_loss_value(student, reference, rng):
    """Hinge loss: the mean over the batch of the margins that are violated"""
    scores, y = 2 * rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.svm_loss(scores, y)

    hint = "The sum leaves out the true class, whose margin to itself would be 1."
    assert_close(loss, reference.svm_loss(scores, y)[0], "loss", hint=hint)


@pytest.mark.points(2)
@pytest.mark.concept("svm_loss")
@pytest.mark.depends("test_svm_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (8, 4)], ids=str)
def test_svm_loss_gradient(student, reference, rng, shape):
    """Hinge loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(
        student, reference, "svm_loss", 2 * rng.normal(size=shape), rng.integers(C, size=N), rng=rng
    )


@pytest.mark.points(1)
@pytest.mark.concept("svm_loss")
@pytest.mark.depends("test_svm_loss_value")
@pytest.mark.hidden(
    "One sample, two classes, scores that are integers: nothing in the formula changes."
)
def test_svm_loss_on_small_batches(student, reference, rng):
    """Hinge loss: one sample, two classes, whole numbers as scores, no margin violated"""
    for shape in ((1, 4), (7, 2)):
        N, C = shape
        assert_loss(student, reference, "svm_loss", 3 * rng.normal(size=shape), np.full(N, C - 1))
    whole = np.array([[5, 1, 7], [-2, 0, 3], [9, 4, 2]])  # no margin of exactly zero among them
    assert_loss(student, reference, "svm_loss", whole, np.array([1, 2, 2]))
    assert_loss(student, reference, "svm_loss", whole, np.array([2, 2, 0]))


@pytest.mark.points(1)
@pytest.mark.concept("svm_loss")
@pytest.mark.depends("test_svm_loss_value")
@pytest.mark.hidden(
    "A label that is no class should not be used as an index, and there is one label for each row."
)
def test_svm_loss_rejects_bad_labels(student, rng):
    """Hinge loss: labels that are no class raise a ValueError that names y"""
    scores = rng.normal(size=(3, 4))
    for y in (np.array([0, 1, 4]), np.array([0, -1, 2]), np.array([0, 1])):
        assert_rejects(student.svm_loss, scores, y, naming="y")


# ---- all of them ---------------------------------------------------------------------------------


@pytest.mark.points(1, each=True)
@pytest.mark.concept("dtypes")
@pytest.mark.hidden(
    "A gradient that is float64 turns a whole float32 network into float64 on its way back."
)
@pytest.mark.parametrize("function", [*CLASSIFIERS, *REGRESSORS])
def test_losses_keep_float32(student, rng, function):
    """All losses: float32 in, a float32 gradient out"""
    pred = rng.uniform(0.1, 0.9, size=(5, 3)).astype(np.float32)
    y = (
        rng.integers(3, size=5)
        if function in CLASSIFIERS
        else rng.integers(2, size=(5, 3)).astype(np.float32)
    )

    _, gradient = getattr(student, function)(pred, y)

    assert gradient.dtype == np.float32, (
        f"the gradient is {gradient.dtype}; expected float32 like the first argument"
    )
