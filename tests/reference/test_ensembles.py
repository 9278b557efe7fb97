"""reference.ensembles against scikit-learn and against slow transcriptions of the definitions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier

from reference.ensembles import AdaBoost, Bagging, DecisionStump


def blobs(rng, n, num_classes, d=4):
    """Overlapping classes whose features are exact in float32, which scikit-learn's trees compute
    in.
    """
    y = rng.integers(num_classes, size=n)
    X = rng.normal(size=(n, d)) + rng.normal(size=(num_classes, d))[y]
    return X.astype(np.float32).astype(np.float64), y


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    X, y = data.data[order], data.target[order]
    return X[:1437], y[:1437], X[1437:], y[1437:]


def gini_by_hand(X, y, w, feature, threshold):
    """The impurity of a split, by the sum over sides and classes in the docstring."""
    total = 0.0
    for side in (X[:, feature] <= threshold, X[:, feature] > threshold):
        W = w[side].sum()
        if W > 0:
            total += W * (1 - sum((w[side & (y == c)].sum() / W) ** 2 for c in np.unique(y)))
    return total


def best_split_by_hand(X, y, w):
    """Every cut of every feature in order; the first with the lowest impurity, in exact steps so
    that ties are ties."""
    best = (math.inf, None, None)
    for j in range(X.shape[1]):
        values = np.unique(X[:, j])
        for threshold in (values[:-1] + values[1:]) / 2:
            impurity = round(gini_by_hand(X, y, w, j, threshold), 9)
            if impurity < best[0]:
                best = (impurity, j, threshold)
    return best


# --- DecisionStump


@pytest.mark.parametrize("num_classes", [2, 3, 7])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_stump_agrees_with_scikit_learn(num_classes, weighted, seed):
    rng = np.random.default_rng(seed)
    X, y = blobs(rng, 80, num_classes)
    w = rng.exponential(size=80) if weighted else None
    oracle = DecisionTreeClassifier(max_depth=1).fit(X, y, sample_weight=w)
    stump = DecisionStump().fit(X, y, w)
    assert stump.feature == oracle.tree_.feature[0]
    assert stump.threshold == pytest.approx(oracle.tree_.threshold[0], rel=1e-12)
    X_new = rng.normal(size=(500, 4))
    np.testing.assert_array_equal(stump.predict(X_new), oracle.predict(X_new))


@pytest.mark.parametrize("seed", range(20))
def test_stump_takes_the_first_feature_and_the_smallest_threshold_among_equals(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(4, size=(12, 3)).astype(float), rng.integers(3, size=12)
    w = np.ones(12)
    _, feature, threshold = best_split_by_hand(X, y, w)
    stump = DecisionStump().fit(X, y)
    assert (stump.feature, stump.threshold) == (feature, threshold)
    for label, side in (
        (stump.left, X[:, feature] <= threshold),
        (stump.right, X[:, feature] > threshold),
    ):
        assert label == np.bincount(y[side]).argmax()


def test_a_tie_between_mirror_images_goes_to_the_first_feature():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    stump = DecisionStump().fit(np.column_stack([np.zeros(4), x, -x, x]), np.array([0, 0, 1, 1]))
    assert (stump.feature, stump.threshold) == (1, 1.5)


def test_equal_cuts_go_to_the_smallest_threshold_and_equal_classes_to_the_smallest_label():
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([4, 9, 9, 4])
    stump = DecisionStump().fit(X, y)
    assert (stump.threshold, stump.left, stump.right) == (0.5, 4, 9)
    stump = DecisionStump().fit(np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([9, 4, 4, 9]))
    assert (stump.left, stump.right) == (4, 4)


def test_a_sample_on_the_threshold_goes_left():
    stump = DecisionStump().fit(np.array([[0.0], [2.0]]), np.array([0, 1]))
    assert stump.threshold == 1.0
    np.testing.assert_array_equal(
        stump.predict(np.array([[1.0], [np.nextafter(1.0, 2.0)]])), [0, 1]
    )


def test_weights_decide_and_only_their_ratios_matter():
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 0, 1])
    heavy_last = DecisionStump().fit(X, y, np.array([1.0, 1.0, 5.0, 5.0]))
    assert (heavy_last.threshold, heavy_last.left, heavy_last.right) == (2.5, 0, 1)
    heavy_first = DecisionStump().fit(X, y, np.array([5.0, 5.0, 1.0, 1.0]))
    assert (heavy_first.threshold, heavy_first.left, heavy_first.right) == (0.5, 0, 1)
    scaled = DecisionStump().fit(X, y, np.array([5.0, 5.0, 1.0, 1.0]) / 64)
    assert vars(scaled) == vars(heavy_first)


def test_an_integer_weight_is_a_repeated_sample():
    rng = np.random.default_rng(3)
    X, y = blobs(rng, 40, 3)
    times = rng.integers(1, 4, size=40)
    once = DecisionStump().fit(X, y, times)
    repeated = DecisionStump().fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    assert vars(once) == vars(repeated)


def test_samples_of_weight_zero_have_no_say():
    X, y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]), np.array([5, 1, 1, 2, 7])
    stump = DecisionStump().fit(X, y, np.array([0.0, 1.0, 1.0, 1.0, 0.0]))
    np.testing.assert_array_equal(stump.predict(X), [1, 1, 1, 2, 2])


def test_constant_features_give_the_heaviest_class_everywhere():
    X, y = np.full((5, 2), 3.0), np.array([1, 1, 2, 2, 2])
    stump = DecisionStump().fit(X, y)
    assert stump.threshold == math.inf
    np.testing.assert_array_equal(stump.predict(np.array([[-9.0, 0.0], [9.0, 0.0]])), [2, 2])
    weighted = DecisionStump().fit(X, y, np.array([2.0, 2.0, 1.0, 1.0, 1.0]))
    np.testing.assert_array_equal(weighted.predict(X), [1] * 5)


def test_a_stump_needs_one_sample_only():
    np.testing.assert_array_equal(DecisionStump().fit([[2.0]], [8]).predict([[0.0], [5.0]]), [8, 8])


def test_neighbouring_floats_are_told_apart():
    for low in (1.0, np.nextafter(1.0, 2.0), 5e-324, 1.7e308):
        x = np.array([low, np.nextafter(low, np.inf)])
        np.testing.assert_array_equal(
            DecisionStump().fit(x[:, None], [0, 1]).predict(x[:, None]), [0, 1]
        )


def test_bytes_do_not_wrap_around_and_large_values_do_not_overflow():
    pixels = np.array([[10], [250], [255]], dtype=np.uint8)
    assert DecisionStump().fit(pixels, [0, 1, 1]).threshold == 130
    assert DecisionStump().fit(
        np.array([[-1.6e308], [1.7e308]]), [0, 1]
    ).threshold == pytest.approx(5e306)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_samples_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(6, size=(15, 2)).astype(float), rng.integers(3, size=15)
    order = rng.permutation(15)
    assert vars(DecisionStump().fit(X, y)) == vars(DecisionStump().fit(X[order], y[order]))


def test_stump_leaves_its_inputs_alone():
    rng = np.random.default_rng(1)
    X, y = blobs(rng, 30, 3)
    w = rng.exponential(size=30)
    copies = X.copy(), y.copy(), w.copy()
    DecisionStump().fit(X, y, w).predict(X)
    for array, copy in zip((X, y, w), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(
    "classifier",
    [DecisionStump(), AdaBoost(2), Bagging(DecisionStump, 2, np.random.default_rng(0))],
)
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros(3), np.zeros(3), r"X has the shape \(3,\), expected \(N, D\)"),
        (
            np.zeros((0, 2)),
            np.zeros(0),
            r"X has the shape \(0, 2\), expected \(N, D\) with at least one sample",
        ),
        (np.zeros((2, 0)), np.zeros(2), r"X has the shape \(2, 0\)"),
        (
            np.zeros((3, 2)),
            np.zeros(4),
            r"y has the shape \(4,\), but X has 3 samples: expected \(3,\)",
        ),
        (np.zeros((3, 2)), np.zeros((3, 1)), r"y has the shape \(3, 1\)"),
    ],
)
def test_wrong_shapes_are_named(classifier, X, y, message):
    with pytest.raises(ValueError, match=message):
        classifier.fit(X, y)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1.0, 1.0], r"sample_weight has the shape \(2,\), but X has 3 samples: expected \(3,\)"),
        ([1.0, -0.5, 1.0], r"sample_weight has the minimum -0.5 and the sum 1.5"),
        ([0.0, 0.0, 0.0], r"sample_weight has the minimum 0.0 and the sum 0.0"),
        ([1.0, np.nan, 1.0], r"sample_weight has the minimum nan"),
    ],
)
def test_wrong_weights_are_named(weight, message):
    with pytest.raises(ValueError, match=message):
        DecisionStump().fit(np.zeros((3, 1)), [0, 1, 1], weight)


@pytest.mark.parametrize("X", [np.zeros((2, 3)), np.zeros(2)])
def test_predict_names_another_number_of_features(X):
    stump = DecisionStump().fit(np.zeros((3, 2)), [0, 1, 1])
    with pytest.raises(ValueError, match=r"X has the shape .*, but fit saw 2 features per sample"):
        stump.predict(X)


# --- Bagging


class Recorder:
    """A classifier that remembers what it was trained on and answers as it was told."""

    answers = iter(())

    def fit(self, X, y):
        self.X, self.y = X, y

    def predict(self, X):
        return np.full(len(X), next(self.answers))


def test_each_model_gets_its_own_bootstrap_sample_with_labels_attached():
    X, y = np.arange(1000.0)[:, None], np.arange(1000) * 3
    models = Bagging(Recorder, 6, np.random.default_rng(0)).fit(X, y).models
    assert len(models) == 6
    for model in models:
        assert model.X.shape == (1000, 1)
        np.testing.assert_array_equal(model.y, model.X[:, 0] * 3)
        # 1 - 1/e of the samples, give or take four standard deviations
        share = len(np.unique(model.y)) / 1000
        assert abs(share - (1 - 1 / math.e)) < 4 * 0.0097
    drawn = np.bincount(np.concatenate([model.y // 3 for model in models]), minlength=1000)
    assert abs(drawn[:500].sum() - 3000) < 4 * math.sqrt(6000 / 4)
    assert len({tuple(model.y) for model in models}) == 6


def test_the_first_and_the_last_sample_can_be_drawn():
    bagging = Bagging(Recorder, 40, np.random.default_rng(0)).fit(
        np.arange(3.0)[:, None], np.arange(3)
    )
    assert set(np.concatenate([model.y for model in bagging.models])) == {0, 1, 2}


def test_bagging_is_reproducible_from_rng():
    X, y = blobs(np.random.default_rng(0), 60, 3)
    first, second, other = (
        [vars(m) for m in Bagging(DecisionStump, 8, np.random.default_rng(seed)).fit(X, y).models]
        for seed in (5, 5, 6)
    )
    assert first == second
    assert first != other


@pytest.mark.parametrize(
    ("answers", "expected"),
    [([2, 2, 7], 2), ([7, 2, 7], 7), ([7, 2], 2), ([2, 7, 9, 9], 9), ([7, 7, 2, 9, 9], 7)],
)
def test_the_majority_decides_and_ties_go_to_the_smallest_label(answers, expected):
    bagging = Bagging(Recorder, len(answers), np.random.default_rng(0)).fit(
        np.zeros((3, 1)), np.array([9, 2, 7])
    )
    Recorder.answers = iter(answers)
    np.testing.assert_array_equal(bagging.predict(np.zeros((2, 1))), [expected] * 2)


def test_votes_are_counted_per_sample():
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 1])
    bagging = Bagging(DecisionStump, 25, np.random.default_rng(0)).fit(X, y)
    np.testing.assert_array_equal(bagging.predict(X), y)


def test_bagging_of_trees_beats_a_tree_on_held_out_digits(digits):
    X_train, y_train, X_test, y_test = digits

    def tree():
        return DecisionTreeClassifier(random_state=0)

    alone = (tree().fit(X_train, y_train).predict(X_test) == y_test).mean()
    bagged = (
        Bagging(tree, 20, np.random.default_rng(0)).fit(X_train, y_train).predict(X_test) == y_test
    ).mean()
    assert alone < 0.9
    assert bagged > alone + 0.05


@pytest.mark.parametrize("seed", range(3))
def test_bagging_of_stumps_beats_a_stump_where_many_features_know_a_little(seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=1200)
    X = rng.normal(size=(1200, 20)) + 0.5 * (2 * y - 1)[:, None]
    stump = DecisionStump().fit(X[:200], y[:200])
    bagging = Bagging(DecisionStump, 50, rng).fit(X[:200], y[:200])
    assert (bagging.predict(X[200:]) == y[200:]).mean() > (
        stump.predict(X[200:]) == y[200:]
    ).mean() + 0.05


@pytest.mark.parametrize("n", [0, -1])
def test_an_ensemble_needs_a_member(n):
    for make in (AdaBoost, lambda n: Bagging(DecisionStump, n, np.random.default_rng(0))):
        with pytest.raises(ValueError, match=f"n is {n}, expected at least 1 classifier"):
            make(n)
    assert (
        len(Bagging(DecisionStump, 1, np.random.default_rng(0)).fit([[0.0], [1.0]], [0, 1]).models)
        == 1
    )


# --- AdaBoost


@pytest.mark.parametrize("num_classes", [2, 3, 6])
def test_adaboost_agrees_with_scikit_learn(num_classes):
    rng = np.random.default_rng(num_classes)
    X, y = blobs(rng, 150, num_classes)
    X_new, _ = blobs(rng, 300, num_classes)
    boosted = AdaBoost(15).fit(X, y)
    oracle = AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=1), n_estimators=15, random_state=0
    ).fit(X, y)
    np.testing.assert_allclose(boosted.alphas, oracle.estimator_weights_, rtol=1e-9)
    np.testing.assert_array_equal(boosted.predict(X_new), oracle.predict(X_new))


def test_adaboost_follows_algorithm_2_line_by_line():
    X, y = blobs(np.random.default_rng(9), 60, 3)
    labels = np.array([3, 5, 11])[y]
    boosted = AdaBoost(6).fit(X, labels)
    w = [1 / 60] * 60
    for stump, alpha in zip(boosted.stumps, boosted.alphas, strict=True):
        expected = DecisionStump().fit(X, labels, w)
        assert (stump.feature, stump.threshold) == (expected.feature, expected.threshold)
        wrong = [int(h != c) for h, c in zip(expected.predict(X), labels, strict=True)]
        err = sum(wi for wi, miss in zip(w, wrong, strict=True) if miss) / sum(w)
        assert alpha == pytest.approx(math.log((1 - err) / err) + math.log(2))
        w = [wi * math.exp(alpha * miss) for wi, miss in zip(w, wrong, strict=True)]
        w = [wi / sum(w) for wi in w]
    votes = np.zeros((60, 3))
    for stump, alpha in zip(boosted.stumps, boosted.alphas, strict=True):
        for i, label in enumerate(stump.predict(X)):
            votes[i, [3, 5, 11].index(label)] += alpha
    np.testing.assert_array_equal(
        boosted.predict(X), np.array([3, 5, 11])[np.argmax(votes, axis=1)]
    )
    assert len(boosted.stumps) == len(boosted.alphas) == 6


def test_a_stump_without_mistakes_ends_the_boosting_with_a_finite_weight():
    boosted = AdaBoost(10).fit(np.array([[0.0], [1.0], [2.0]]), np.array([4, 4, 6]))
    eps = np.finfo(float).eps
    assert len(boosted.stumps) == 1
    np.testing.assert_allclose(boosted.alphas, [math.log((1 - eps) / eps)])
    np.testing.assert_array_equal(boosted.predict(np.array([[1.4], [1.6]])), [4, 6])


def test_a_first_stump_no_better_than_guessing_is_kept_alone():
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    boosted = AdaBoost(10).fit(X, y)
    assert len(boosted.stumps) == 1
    np.testing.assert_array_equal(boosted.alphas, [1.0])
    np.testing.assert_array_equal(boosted.predict(X), [0, 0, 0, 0])


def test_boosting_ends_before_a_later_stump_that_is_no_better_than_guessing():
    # after round 1 the mistake weighs as much as all the others
    X, y = np.zeros((4, 1)), np.array([0, 0, 0, 1])
    boosted = AdaBoost(10).fit(X, y)
    assert len(boosted.stumps) == 1
    np.testing.assert_allclose(boosted.alphas, [math.log(3)])


def test_a_third_of_three_classes_is_better_than_guessing():
    X, y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]), np.array([0, 0, 1, 1, 2, 2])
    # each stump knows two of three classes: err = 1/3 with log 4 to say
    boosted = AdaBoost(12).fit(X, y)
    assert boosted.alphas[0] == pytest.approx(math.log(2) + math.log(2))
    np.testing.assert_array_equal(boosted.predict(X), y)


def test_adaboost_beats_a_stump_on_held_out_digits(digits):
    X_train, y_train, X_test, y_test = digits
    stump = (DecisionStump().fit(X_train, y_train).predict(X_test) == y_test).mean()
    boosted = (AdaBoost(100).fit(X_train, y_train).predict(X_test) == y_test).mean()
    assert stump < 0.25
    assert boosted > 0.75


def test_adaboost_needs_two_classes():
    with pytest.raises(ValueError, match="y holds only the class 5, expected at least two classes"):
        AdaBoost(3).fit(np.zeros((4, 1)), [5, 5, 5, 5])


def test_samples_without_weight_do_not_make_a_side_pure():
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0, 0, 1])
    assert DecisionStump().fit(X, y, sample_weight=[0, 0.1, 0.1]).threshold == 1.5
