import math

import numpy as np
import pytest

from grader.checks import CheckFailure, accuracy, assert_close, assert_learns, assert_rejects

# ---- one question --------------------------------------------------------------------------------


def question(stump):
    """What a stump asks and answers."""
    return {name: getattr(stump, name) for name in ("feature", "threshold", "left", "right")}


@pytest.mark.points(3)
@pytest.mark.concept("DecisionStump")
@pytest.mark.parametrize("feature", [0, 2])
def test_stump(student, rng, feature):
    """Stump: finds the one question that separates two classes"""
    X = rng.normal(size=(12, 3))
    order = np.argsort(X[:, feature])
    y = np.empty(12, dtype=int)
    y[order] = [1] * 5 + [0] * 7
    below, above = X[order[4:6], feature]

    stump = student.DecisionStump().fit(X, y)

    expected = {"feature": feature, "threshold": (below + above) / 2, "left": 1, "right": 0}
    assert_close(
        question(stump),
        expected,
        "stump",
        hint="Midway between the two values that the classes meet at.",
    )
    assert_close(stump.predict(X), y, "predict(X)")


@pytest.mark.points(3)
@pytest.mark.concept("DecisionStump")
@pytest.mark.depends("test_stump")
@pytest.mark.parametrize("classes", [2, 4])
def test_stump_with_weights(student, reference, rng, classes):
    """Stump: the lowest weighted Gini impurity of the two sides"""
    for _ in range(5):
        X, y, weights = (
            rng.normal(size=(30, 3)),
            rng.integers(classes, size=30),
            rng.exponential(size=30) ** 2 + 0.01,
        )
        X[:, 0] = rng.integers(5, size=30)  # values that several samples share

        stump = student.DecisionStump().fit(X, y, weights)

        expected = reference.DecisionStump().fit(X, y, weights)
        hint = "W_L (1 - Σ p²) + W_R (1 - Σ p²), where each sample counts with its weight."
        assert_close(question(stump), question(expected), "stump", hint=hint)
        X_new = rng.normal(size=(15, 3))
        assert_close(stump.predict(X_new), expected.predict(X_new), "predict(X_new)")


@pytest.mark.points(2)
@pytest.mark.concept("DecisionStump")
@pytest.mark.depends("test_stump")
@pytest.mark.hidden(
    "Two questions can be equally good, two classes equally heavy, and a weight zero. What says "
    "the docstring?"
)
def test_stump_ties(student):
    """Stump: the first feature, the smallest threshold, the smallest label; samples of
    weight zero
    """
    x = np.array([0.0, 1.0, 2.0, 3.0])
    tied = student.DecisionStump().fit(np.stack([x, 2 * x], axis=1), np.array([1, 0, 0, 1]))
    assert_close(question(tied), {"feature": 0, "threshold": 0.5, "left": 1, "right": 0}, "stump")

    unheard = student.DecisionStump().fit(
        np.arange(6.0)[:, None],
        np.array([1, 1, 0, 0, 1, 1]),
        np.array([0.0, 0.0, 0.1, 0.1, 0.1, 0.1]),
    )
    assert_close(
        question(unheard),
        {"feature": 0, "threshold": 3.5, "left": 0, "right": 1},
        "stump with weights of zero",
    )

    crowd = student.DecisionStump().fit(
        np.array([[0.0], [5.0], [5.0], [0.0]]), np.array([7, 4, 2, 7])
    )
    assert_close(question(crowd), {"feature": 0, "threshold": 2.5, "left": 7, "right": 2}, "stump")
    assert_close(
        crowd.predict(np.array([[2.5], [2.6]])),
        np.array([7, 2]),
        "predict of a sample on the threshold",
    )


@pytest.mark.points(2)
@pytest.mark.concept("DecisionStump")
@pytest.mark.depends("test_stump")
@pytest.mark.hidden(
    "Where no feature has two different values there is no question to ask. What is the answer "
    "then?"
)
def test_stump_without_a_question(student):
    """Stump: constant features, one sample, a single class"""
    weights = np.array([1.0, 1.0, 5.0])
    same = student.DecisionStump().fit(np.full((3, 2), 4.0), np.array([3, 3, 6]), weights)
    assert_close(same.threshold, math.inf, "threshold")
    assert_close(
        same.predict(np.array([[4.0, 4.0], [-9.0, 99.0]])),
        np.array([6, 6]),
        "predict, where all X are equal",
    )

    column = student.DecisionStump().fit(np.full((4, 1), 2.0), np.array([5, 1, 5, 1]))
    assert_close(
        column.predict(np.array([[2.0], [3.0]])),
        np.array([1, 1]),
        "predict, where the only feature is constant",
    )

    one = student.DecisionStump().fit(np.array([[1.0, 2.0]]), np.array([8]))
    assert_close(
        one.predict(np.array([[0.0, 0.0], [5.0, 5.0]])),
        np.array([8, 8]),
        "predict, after one sample",
    )

    single = student.DecisionStump().fit(np.array([[1.0], [2.0], [3.0]]), np.array([2, 2, 2]))
    assert_close(
        single.predict(np.array([[0.0], [9.0]])), np.array([2, 2]), "predict, after a single class"
    )


# ---- bagging ------------------------------------------------------------------------------------


def blobs(rng, n, classes=2, D=2, spread=1.0):
    """Samples around a centre for each class."""
    y = rng.integers(classes, size=n)
    centres = spread * np.random.default_rng(7).normal(size=(classes, D))
    return centres[y] + rng.normal(size=(n, D)), y


def voted(predictions, weights, labels):
    """The label with the largest sum of weights for each sample, the smallest where several have
    it.
    """
    votes = np.array(
        [[weights @ (column == label) for label in labels] for column in predictions.T]
    )
    return labels[votes.argmax(axis=1)]


@pytest.mark.points(3)
@pytest.mark.concept("Bagging")
@pytest.mark.parametrize(("n", "classes"), [(1, 2), (7, 2), (9, 3)], ids=str)
def test_bagging_votes(student, rng, n, classes):
    """Bagging: n classifiers, and the label that most of them give"""
    X, y = blobs(rng, 30, classes)
    X_new = rng.normal(size=(25, 2))

    bagging = student.Bagging(student.DecisionStump, n, rng).fit(X, y)
    models = bagging.models

    count = len(models)
    assert count == n, f"models holds {count} classifiers; expected {n}"
    predictions = np.array([model.predict(X_new) for model in models])
    expected = voted(predictions, np.ones(n), np.unique(y))
    assert_close(
        bagging.predict(X_new),
        expected,
        "predict(X_new)",
        hint="Every model of models has one vote.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("Bagging")
@pytest.mark.depends("test_stump", "test_bagging_votes")
def test_bagging_draws_with_replacement(student, rng):
    """Bagging: each classifier has its own N samples, drawn with replacement"""
    X, y = np.arange(20.0)[:, None], np.repeat([0, 1], 10)

    models = student.Bagging(student.DecisionStump, 250, rng).fit(X, y).models

    thresholds = np.array([model.threshold for model in models])
    # The largest sample drawn of class 0 and the smallest of class 1 meet at 9.5 when both are
    # equally far from it: with q = (1 - 1/20)^20 the chance to miss a sample, that is about (1 -
    # q)² / (1 - q²) = 0.47.
    share = np.mean(thresholds == 9.5)
    if not 0.47 - 0.16 < share < 0.47 + 0.16:
        raise CheckFailure(
            f"{share:.0%} of the stumps split exactly between the classes; with bootstrap "
            "samples, about 47 % would",
            hint="Draw N indices with rng.integers, anew for every classifier.",
        )


@pytest.mark.points(2)
@pytest.mark.concept("Bagging")
@pytest.mark.depends("test_bagging_votes")
@pytest.mark.hidden(
    "An even number of classifiers can be tied. Labels need not begin at 0, nor be without gaps."
)
def test_bagging_with_a_tied_vote(student, rng):
    """Bagging: the smallest label wins a tied vote, and labels may have gaps"""
    for n in (2, 4):
        X, y = blobs(rng, 24, classes=3, spread=0.5)
        y, X_new = np.array([9, 3, 5])[y], rng.normal(size=(40, 2))
        bagging = student.Bagging(student.DecisionStump, n, rng).fit(X, y)
        predictions = np.array([model.predict(X_new) for model in bagging.models])
        assert_close(
            bagging.predict(X_new), voted(predictions, np.ones(n), np.unique(y)), "predict(X_new)"
        )


@pytest.mark.points(1)
@pytest.mark.concept("Bagging")
@pytest.mark.depends("test_bagging_votes")
@pytest.mark.hidden(
    "Each classifier should have samples of its own, and every random number should come from rng."
)
def test_bagging_follows_rng(student, rng):
    """Bagging: the classifiers differ, and rng decides how"""
    X, y = rng.normal(size=(40, 1)), rng.integers(2, size=40)

    def thresholds(seed):
        bagging = student.Bagging(student.DecisionStump, 10, np.random.default_rng(seed)).fit(X, y)
        return [float(model.threshold) for model in bagging.models]

    one, again, other = thresholds(1), thresholds(1), thresholds(2)
    if len(set(one)) == 1:
        raise CheckFailure(
            "all classifiers ask the same question", hint="Draw new samples for each of them."
        )
    if one != again:
        raise CheckFailure("an rng in the same state gives other classifiers")
    if one == other:
        raise CheckFailure("every rng gives the same classifiers")


@pytest.mark.points(2)
@pytest.mark.concept("Bagging")
@pytest.mark.depends("test_bagging_votes")
@pytest.mark.limits(seconds=20)
def test_bagging_beats_one_stump(student, calibration):
    """Bagging: thirty stumps are right more often than one"""

    def train(seed):
        results = []
        for i in range(8):
            rng = np.random.default_rng([seed, i])
            y, y_test = rng.permutation(np.repeat([0, 1], 15)), rng.integers(2, size=300)
            X, X_test = (
                2.0 * labels[:, None] + rng.normal(size=(len(labels), 10)) for labels in (y, y_test)
            )
            bagging = student.Bagging(student.DecisionStump, 30, rng).fit(X, y)
            errors = errors_on_the_way(bagging.models, np.ones(30), X_test, y_test)
            results.append((bagging.predict(X_test), y_test, errors))
        return results

    assert_learns(
        train,
        metric=mean_accuracy,
        history=mean_errors,
        key="bagging",
        calibration=calibration,
        name="the vote of the stumps",
        hint="One stump alone reaches 0.83. The classifiers have to differ, and all of them vote. "
        "The loss is the share of wrong answers when only the first 1, 2, … of them do.",
    )


def mean_accuracy(results):
    """The accuracy on new samples, averaged over the data sets."""
    return np.mean([accuracy(predicted, y_test) for predicted, y_test, _ in results])


def mean_errors(results):
    """The share of wrong answers after each voter, averaged over the data sets."""
    return np.mean([errors for *_, errors in results], axis=0)


def errors_on_the_way(models, weights, X, y):
    """The share of wrong answers when only the first 1, 2, … models vote."""
    labels, predictions = np.unique(y), np.array([model.predict(X) for model in models])
    votes = np.cumsum(
        np.asarray(weights)[:, None, None] * (predictions[:, :, None] == labels), axis=0
    )
    return np.mean(labels[votes.argmax(axis=2)] != y, axis=1)


# ---- boosting ------------------------------------------------------------------------------------


def impurity(asked, X, y, weights):
    """The weighted Gini impurity of the two sides that a question makes."""
    left = X[:, int(asked["feature"])] <= float(asked["threshold"])
    total = 0.0
    for side in (left, ~left):
        mass = np.array([weights[side & (y == label)].sum() for label in np.unique(y)])
        total += mass.sum() - (mass**2).sum() / mass.sum() if mass.any() else 0.0
    return total


def judge_rounds(student, boost, X, y, rounds):
    """Follow SAMME with the student's own stumps: the alphas, and each stump the best for its
    weights.
    """
    stumps, alphas, K = boost.stumps, np.asarray(boost.alphas), len(np.unique(y))
    questions, predictions = (
        [question(stump) for stump in stumps],
        [stump.predict(X) for stump in stumps],
    )
    weights, expected = np.full(len(y), 1 / len(y)), []
    for m, (asked, predicted) in enumerate(zip(questions, predictions, strict=True)):
        best = question(student.DecisionStump().fit(X, y, weights))
        if impurity(asked, X, y, weights) > impurity(best, X, y, weights) + 1e-9:
            raise CheckFailure(
                f"stumps[{m}] does not ask the best question for the weights that the stumps "
                "before it left",
                hint="A sample that is missed has its weight multiplied by exp(α); then divide "
                "all by their sum.",
            )
        missed = predicted != y
        err = weights[missed].sum()
        expected.append(np.log((1 - err) / err) + np.log(K - 1))
        weights = weights * np.exp(expected[-1] * missed)
        weights /= weights.sum()
    if len(stumps) != rounds:
        raise CheckFailure(f"after {rounds} rounds, stumps holds {len(stumps)}")
    assert_close(alphas, np.array(expected), "alphas", rtol=1e-6)


def assert_weighted_vote(boost, X_new, labels):
    predictions, alphas = (
        np.array([stump.predict(X_new) for stump in boost.stumps]),
        np.asarray(boost.alphas),
    )
    expected = voted(predictions, alphas, labels)
    assert_close(
        boost.predict(X_new),
        expected,
        "predict(X_new)",
        hint="Stump m has a vote of weight alphas[m].",
    )


@pytest.mark.points(4)
@pytest.mark.concept("AdaBoost")
def test_adaboost_rounds(student, rng):
    """AdaBoost: each stump is trained on what those before it got wrong"""
    X = rng.normal(size=(40, 2))
    y = ((X**2).sum(axis=1) > 1.2).astype(int)

    judge_rounds(student, student.AdaBoost(6).fit(X, y), X, y, rounds=6)


@pytest.mark.points(2)
@pytest.mark.concept("AdaBoost")
@pytest.mark.depends("test_adaboost_rounds")
def test_adaboost_votes(student, rng):
    """AdaBoost: the votes are weighted by α"""
    X, X_new = rng.normal(size=(40, 2)), rng.normal(size=(30, 2))
    y = ((X**2).sum(axis=1) > 1.2).astype(int)

    assert_weighted_vote(student.AdaBoost(7).fit(X, y), X_new, np.array([0, 1]))


@pytest.mark.points(3)
@pytest.mark.concept("AdaBoost")
@pytest.mark.depends("test_adaboost_rounds")
@pytest.mark.hidden(
    "With K classes, a stump that is wrong more often than not can still be better than guessing."
)
def test_adaboost_with_more_classes(student, rng):
    """AdaBoost: four classes, whose labels have gaps"""
    X, y = blobs(rng, 80, classes=4, D=3, spread=1.2)
    labels = np.array([2, 3, 11, 20])
    y = labels[y]

    boost = student.AdaBoost(8).fit(X, y)

    judge_rounds(student, boost, X, y, rounds=8)
    assert_weighted_vote(boost, rng.normal(size=(30, 3)), labels)


@pytest.mark.points(2)
@pytest.mark.concept("AdaBoost")
@pytest.mark.depends("test_adaboost_rounds")
@pytest.mark.hidden(
    "What is α of a stump that makes no mistake, and of one that only guesses? When does boosting "
    "end?"
)
def test_adaboost_ends_early(student):
    """AdaBoost: ends after a stump without mistakes, and before one that only guesses"""
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
    perfect = student.AdaBoost(5).fit(X, y)
    alphas = np.asarray(perfect.alphas)
    if len(perfect.stumps) != 1 or alphas.shape != (1,):
        raise CheckFailure("boosting should end after a stump that makes no mistake")
    if not 0 < alphas[0] < np.inf:
        raise CheckFailure(
            f"alpha is {alphas[0]} for a stump that makes no mistake; it should be finite and "
            "positive"
        )
    assert_close(perfect.predict(X), y, "predict(X), where one stump is enough")

    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    guesses = student.AdaBoost(5).fit(corners, np.array([0, 1, 1, 0]))
    if len(guesses.stumps) != 1:
        raise CheckFailure(
            "boosting should end before a stump that does not beat guessing; the first is kept "
            "alone"
        )
    assert_close(np.asarray(guesses.alphas), np.ones(1), "alphas, where no stump beats guessing")
    assert_close(
        guesses.predict(corners),
        guesses.stumps[0].predict(corners),
        "predict, where no stump beats guessing",
    )


@pytest.mark.points(2)
@pytest.mark.concept("AdaBoost")
@pytest.mark.depends("test_adaboost_votes")
@pytest.mark.limits(seconds=20)
def test_adaboost_beats_one_stump(student, calibration):
    """AdaBoost: twenty-five stumps are right far more often than one"""

    def train(seed):
        results = []
        for i in range(3):
            rng = np.random.default_rng([seed, i])
            (X, y), (X_test, y_test) = (
                blobs(rng, n, classes=3, D=6, spread=1.0) for n in (90, 300)
            )
            boost = student.AdaBoost(25).fit(X, y)
            errors = errors_on_the_way(boost.stumps, boost.alphas, X_test, y_test)
            results.append((boost.predict(X_test), y_test, errors))
        return results

    assert_learns(
        train,
        metric=mean_accuracy,
        history=mean_errors,
        key="adaboost",
        calibration=calibration,
        name="the weighted vote",
        hint="One stump alone reaches 0.53. Do the weights of the missed samples grow, and is a "
        "vote worth α? "
        "The loss is the share of wrong answers when only the first 1, 2, … stumps vote.",
    )


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.points(3, each=True)
@pytest.mark.hidden(
    "The docstrings say under Raises what must not come in. Try each of these, and read your "
    "message."
)
@pytest.mark.parametrize("symbol", ["DecisionStump", "Bagging", "AdaBoost"])
def test_bad_input_of_ensembles(student, symbol):
    """Ensembles: what the docstrings rule out raises a ValueError that names the argument"""
    X, y = np.array([[0.0, 1.0], [2.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1])
    if symbol == "DecisionStump":
        model = student.DecisionStump()
        assert_rejects(model.fit, X, y, np.array([1.0, -1.0, 1.0]), naming="sample_weight")
        assert_rejects(model.fit, X, y, np.zeros(3), naming="sample_weight")
        assert_rejects(model.fit, X, y, np.ones(2), naming="sample_weight")
        trained = model.fit(X, y)
        assert_rejects(trained.predict, X[:, :1], naming="X")
    elif symbol == "Bagging":
        rng = np.random.default_rng(0)
        assert_rejects(student.Bagging, student.DecisionStump, 0, rng, naming="n")
        model = student.Bagging(student.DecisionStump, 2, rng)
    else:
        assert_rejects(student.AdaBoost, 0, naming="n")
        model = student.AdaBoost(2)
        assert_rejects(model.fit, X, np.ones(3, dtype=int), naming="y")
    assert_rejects(model.fit, X, y[:2], naming="y")
    assert_rejects(model.fit, np.zeros((0, 2)), y[:0], naming="X")
