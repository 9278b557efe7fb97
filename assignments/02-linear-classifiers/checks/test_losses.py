import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_loss_gradient

# ---- scores ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("scores")
@pytest.mark.parametrize(("N", "D", "C"), [(5, 4, 3), (1, 2, 6)], ids=str)
def test_linear_scores(student, reference, rng, N, D, C):
    """Scores: f(X) = XW + b, one row for each sample"""
    X, W, b = rng.normal(size=(N, D)), rng.normal(size=(D, C)), rng.normal(size=C)

    scores = student.linear_scores(X, W, b)

    assert_close(scores, reference.linear_scores(X, W, b), "scores")


@pytest.mark.points(1)
@pytest.mark.concept("scores")
def test_append_bias(student, reference, rng):
    """Bias trick: a last feature that is always 1 turns b into one more row of W"""
    X, W, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)

    extended = student.append_bias(X)

    assert_close(extended, reference.append_bias(X), "append_bias(X)")
    assert_close(extended @ np.vstack([W, b]), X @ W + b, "append_bias(X) @ [W; b]")


@pytest.mark.points(1)
@pytest.mark.concept("scores")
@pytest.mark.depends("test_linear_scores", "test_append_bias")
@pytest.mark.hidden(
    "numpy broadcasts a b of length one, and takes a vector where a matrix is meant. Look at all "
    "shapes."
)
def test_scores_reject_shapes_that_do_not_fit(student, rng):
    """Scores: shapes that do not fit raise a ValueError that names the argument"""
    X, W, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    assert_rejects(student.linear_scores, X, W[:-1], b, naming="W")
    assert_rejects(student.linear_scores, X, W[:, 0], b, naming="W")
    assert_rejects(student.linear_scores, X, W, b[:1], naming="b")
    assert_rejects(student.linear_scores, X[0], W, b, naming="X")
    assert_rejects(student.append_bias, X[0], naming="X")


# ---- svm loss ------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("svm_loss")
@pytest.mark.parametrize("margin", [1.0, 2.5], ids="margin={}".format)
def test_svm_loss_value(student, reference, rng, margin):
    """SVM loss: every wrong class that comes within the margin costs what it lacks"""
    scores, y = 2 * rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.svm_loss(scores, y, margin)
    assert_close(loss, reference.svm_loss(scores, y, margin)[0], "loss", sizes={"N": 6, "C": 4})

    loss, _ = student.svm_loss(np.zeros((5, 7)), y[:5], margin)
    assert_close(
        loss,
        6 * margin,
        "loss",
        hint="Equal scores cost the margin once for each of the C - 1 wrong classes.",
    )


@pytest.mark.points(3)
@pytest.mark.concept("svm_loss")
@pytest.mark.depends("test_svm_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (7, 4)], ids=str)
def test_svm_loss_gradient(student, reference, rng, shape):
    """SVM loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(
        student, reference, "svm_loss", 2 * rng.normal(size=shape), rng.integers(C, size=N), rng=rng
    )


@pytest.mark.points(3)
@pytest.mark.concept("svm_loss")
@pytest.mark.depends("test_svm_loss_value")
@pytest.mark.hidden(
    "Try one sample, two classes, another margin, and scores that leave no margin violated."
)
def test_svm_loss_in_the_corners(student, reference, rng):
    """SVM loss: one sample, two classes, other margins, and nothing to pay"""
    for N, C, margin in ((1, 5, 1.0), (6, 2, 0.1), (4, 3, 10.0)):
        scores, y = rng.normal(size=(N, C)), rng.integers(C, size=N)
        loss, dscores = student.svm_loss(scores, y, margin)
        expected, dexpected = reference.svm_loss(scores, y, margin)
        assert_close(loss, expected, "loss")
        assert_close(dscores, dexpected, "dscores")

    y = np.array([2, 0, 1])
    loss, dscores = student.svm_loss(9.0 * np.eye(3)[y], y)
    assert_close(loss, 0.0, "loss")
    assert_close(dscores, np.zeros((3, 3)), "dscores")


# ---- softmax loss --------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("softmax")
@pytest.mark.parametrize("shape", [(4, 3), (1, 6)], ids=str)
def test_softmax(student, reference, rng, shape):
    """Softmax: every row becomes probabilities that add up to one"""
    scores = 2 * rng.normal(size=shape)

    p = student.softmax(scores)

    assert_close(p, reference.softmax(scores), "softmax(scores)")


@pytest.mark.points(2)
@pytest.mark.concept("softmax_loss")
def test_softmax_loss_value(student, reference, rng):
    """Softmax loss: the mean of -log p over the batch, and log C for equal scores"""
    scores, y = rng.normal(size=(6, 4)), rng.integers(4, size=6)

    loss, _ = student.softmax_loss(scores, y)
    assert_close(loss, reference.softmax_loss(scores, y)[0], "loss", sizes={"N": 6, "C": 4})

    loss, _ = student.softmax_loss(np.zeros((5, 10)), y[:5])
    assert_close(
        loss, np.log(10), "loss", hint="With equal scores every class has the probability 1/C."
    )


@pytest.mark.points(3)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.parametrize("shape", [(5, 3), (1, 4)], ids=str)
def test_softmax_loss_gradient(student, reference, rng, shape):
    """Softmax loss: dscores agrees with the numeric gradient of your loss"""
    N, C = shape
    check_loss_gradient(
        student, reference, "softmax_loss", rng.normal(size=shape), rng.integers(C, size=N), rng=rng
    )


# ---- logistic loss -------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("logistic_loss")
def test_logistic_loss_value(student, reference, rng):
    """Logistic loss: the cross-entropy of two classes, from one score for each sample"""
    scores, y = 2 * rng.normal(size=7), np.array([0, 1, 1, 0, 1, 0, 0])

    loss, _ = student.logistic_loss(scores, y)
    assert_close(loss, reference.logistic_loss(scores, y)[0], "loss", sizes={"N": 7})

    loss, _ = student.logistic_loss(np.zeros(4), y[:4])
    assert_close(
        loss, np.log(2), "loss", hint="With a score of zero both classes have the probability 1/2."
    )


@pytest.mark.points(3)
@pytest.mark.concept("logistic_loss")
@pytest.mark.depends("test_logistic_loss_value")
@pytest.mark.parametrize("N", [6, 1], ids="{} samples".format)
def test_logistic_loss_gradient(student, reference, rng, N):
    """Logistic loss: dscores agrees with the numeric gradient of your loss"""
    check_loss_gradient(
        student,
        reference,
        "logistic_loss",
        2 * rng.normal(size=N),
        rng.integers(2, size=N),
        rng=rng,
    )


# ---- all of them ---------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("softmax")
@pytest.mark.depends("test_softmax")
@pytest.mark.hidden(
    "Scores can be very large, and differ by thousands between samples. What does exp(1000) give?"
)
def test_softmax_is_stable(student, reference, rng):
    """Softmax: finite and right for very large scores"""
    for scores in (
        1e4 * rng.normal(size=(6, 4)),
        rng.normal(size=(6, 4)) - 2000.0 * np.arange(6)[:, None],
    ):
        assert_close(student.softmax(scores), reference.softmax(scores), "softmax(scores)")
    assert_close(
        student.softmax(np.array([[2000.0]])), np.array([[1.0]]), "the softmax of a single score"
    )


@pytest.mark.points(3)
@pytest.mark.concept("softmax_loss")
@pytest.mark.depends("test_softmax_loss_value")
@pytest.mark.hidden(
    "Scores can be very large, and a probability can round to zero. What is the logarithm of zero?"
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
    loss, dscores = student.softmax_loss(np.array([[2000.0]]), np.array([0]))
    assert_close(loss, 0.0, "the loss of a single score")
    assert_close(dscores, np.array([[0.0]]), "dscores")


@pytest.mark.points(3)
@pytest.mark.concept("logistic_loss")
@pytest.mark.depends("test_logistic_loss_value")
@pytest.mark.hidden(
    "Scores can be very large, with the right sign and with the wrong one. Is your loss still a "
    "number?"
)
def test_logistic_loss_is_stable(student, reference):
    """Logistic loss: finite and right for large scores of either sign"""
    y = np.array([0, 1, 0, 1])
    for scores in (np.array([800.0, 900.0, -900.0, -1e4]), np.array([-50.0, 45.0, -1e5, 1e5])):
        loss, dscores = student.logistic_loss(scores, y)
        expected, dexpected = reference.logistic_loss(scores, y)
        assert_close(loss, expected, "loss")
        assert_close(dscores, dexpected, "dscores")


@pytest.mark.points(3, each=True)
@pytest.mark.concept("losses")
@pytest.mark.hidden(
    "A label that is no class should not be used as an index: numpy takes -1 without a word. And "
    "are scores (N, C)?"
)
@pytest.mark.parametrize("function", ["svm_loss", "softmax_loss", "logistic_loss"])
def test_losses_reject_bad_labels(student, rng, function):
    """Losses: labels that are no class, and scores of another shape, raise a ValueError that names
    them
    """
    loss, scores = getattr(student, function), rng.normal(size=(3, 4))
    if function == "logistic_loss":
        scores, labels = scores[:, 0], ([0, 1, 2], [-1, 1, 1], [0, 1], [[0], [1], [1]])
    else:
        labels = ([0, 1, 4], [0, -1, 2], [0, 1])
    for y in labels:
        assert_rejects(loss, scores, np.array(y), naming="y")
    if function != "logistic_loss":
        assert_rejects(loss, scores[:, 0], np.array([0, 1, 1]), naming="scores")
    if function == "softmax_loss":
        assert_rejects(student.softmax, scores[0], naming="scores")


# ---- penalties -----------------------------------------------------------------------------------

PENALTIES = {"l2_penalty": (0.3,), "l1_penalty": (0.7,), "elastic_net_penalty": (0.5, 0.2)}


def assert_penalises(student, reference, function, rng, award):
    W, strengths = rng.normal(size=(4, 3)) - 1, PENALTIES[function]
    penalty, _ = getattr(student, function)(W, *strengths)
    assert_close(
        penalty,
        getattr(reference, function)(W, *strengths)[0],
        "penalty",
        sizes={"W.size": 12, "N": 4},
    )
    award(0.5)
    check_loss_gradient(student, reference, function, W, *strengths, rng=rng)
    award(1)


def assert_penalises_in_the_corners(student, reference, function, rng):
    penalty, none = getattr(student, function), (0.0,) * len(PENALTIES[function])
    for W in (rng.normal(size=5), rng.normal(size=(2, 3, 4)), np.array([[0.0, -2.0, 0.0]])):
        for strengths in (PENALTIES[function], none):
            assert_close(
                penalty(W, *strengths), getattr(reference, function)(W, *strengths), "(penalty, dW)"
            )
    names = ["reg"] if len(none) == 1 else ["reg1", "reg2"]
    for i, name in enumerate(names):
        negative = tuple(-0.1 if i == j else 0.1 for j in range(len(names)))
        assert_rejects(penalty, rng.normal(size=(2, 3)), *negative, naming=name)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
def test_l2_penalty(student, reference, rng, award):
    """L2 penalty: reg times the sum of the squares, and its gradient"""
    assert_penalises(student, reference, "l2_penalty", rng, award)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
def test_l1_penalty(student, reference, rng, award):
    """L1 penalty: reg times the sum of the absolute values, and its gradient"""
    assert_penalises(student, reference, "l1_penalty", rng, award)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
def test_elastic_net_penalty(student, reference, rng, award):
    """Elastic net: both penalties, each with its own strength"""
    assert_penalises(student, reference, "elastic_net_penalty", rng, award)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
@pytest.mark.depends("test_l2_penalty")
@pytest.mark.hidden(
    "W may have any number of axes and hold zeros, and reg may be zero, but not negative."
)
def test_l2_penalty_in_the_corners(student, reference, rng):
    """L2 penalty: weights of any shape, weights of zero, no strength, and a negative one"""
    assert_penalises_in_the_corners(student, reference, "l2_penalty", rng)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
@pytest.mark.depends("test_l1_penalty")
@pytest.mark.hidden(
    "W may have any number of axes and hold zeros, and reg may be zero, but not negative."
)
def test_l1_penalty_in_the_corners(student, reference, rng):
    """L1 penalty: weights of any shape, weights of zero, no strength, and a negative one"""
    assert_penalises_in_the_corners(student, reference, "l1_penalty", rng)


@pytest.mark.points(1)
@pytest.mark.concept("penalties")
@pytest.mark.depends("test_elastic_net_penalty")
@pytest.mark.hidden(
    "W may have any number of axes and hold zeros, and reg may be zero, but not negative."
)
def test_elastic_net_penalty_in_the_corners(student, reference, rng):
    """Elastic net: weights of any shape, weights of zero, no strength, and a negative one"""
    assert_penalises_in_the_corners(student, reference, "elastic_net_penalty", rng)


# ---- dtypes ------------------------------------------------------------------------------------

KERNELS = {"rbf_kernel": (0.1,), "polynomial_kernel": (2, 1.0)}
FUNCTIONS = [
    "linear_scores",
    "append_bias",
    "svm_loss",
    "softmax",
    "softmax_loss",
    "logistic_loss",
    *PENALTIES,
    *KERNELS,
]


def array_of(subject, function, draw):
    """The array that `function` gives for small inputs from `draw(*shape)`, without the loss that
    may come with it.
    """
    f, y = getattr(subject, function), np.array([1, 0, 2, 1])
    if function == "linear_scores":
        return f(draw(4, 3), draw(3, 5), draw(5))
    if function in ("append_bias", "softmax"):
        return f(draw(4, 3))
    if function in KERNELS:
        return f(draw(4, 3), draw(5, 3), *KERNELS[function])
    if function in PENALTIES:
        return f(draw(4, 3), *PENALTIES[function])[1]
    return f(draw(4), y % 2)[1] if function == "logistic_loss" else f(draw(4, 3), y)[1]


@pytest.mark.points(2, each=True)
@pytest.mark.concept("dtypes")
@pytest.mark.hidden(
    "An array that you make yourself is float64 unless you say otherwise. Does float32 stay "
    "float32?"
)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_float32_stays_float32(student, reference, rng, function):
    """All functions: float32 stays float32"""
    seed = rng.integers(1 << 30)

    def draw(*shape):
        return np.random.default_rng(seed).normal(size=shape).astype(np.float32)

    array = array_of(student, function, draw)

    # right or wrong is for other checks: here only the dtype counts
    shape = array_of(reference, function, draw).shape
    assert np.shape(array) == shape, (
        f"the array of {function} has shape {np.shape(array)}; expected {shape}"
    )
    assert array.dtype == np.float32, f"{function} of float32 gives {array.dtype}; expected float32"


@pytest.mark.points(2, each=True)
@pytest.mark.concept("dtypes")
@pytest.mark.hidden(
    "Pixels come as uint8, where 3 - 5 is 254 and nothing lies between 0 and 1. What do you do "
    "first?"
)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_integers_count_as_floats(student, reference, rng, function):
    """All functions: integers give the same as the floating numbers of equal value"""
    seed = rng.integers(1 << 30)

    def draw(*shape):
        return np.random.default_rng(seed).integers(7, size=shape, dtype=np.uint8)

    array = array_of(student, function, draw)

    of_floats = array_of(student, function, lambda *shape: draw(*shape).astype(float))
    shape = array_of(reference, function, draw).shape
    assert np.shape(array) == shape, (
        f"the array of {function} has shape {np.shape(array)}; expected {shape}"
    )
    assert_close(array, of_floats, f"the array of {function} for integers")
