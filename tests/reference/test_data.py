"""Preparing data: the learned threshold against all thresholds, the rest against scikit-learn and
numpy.
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

from reference.data import (
    center,
    fit_least_squares,
    fit_threshold,
    k_fold_indices,
    one_hot,
    polynomial_features,
    predict_polynomial,
    rescale,
    split_indices,
    standardize,
)


def frozen(array):
    array.setflags(write=False)
    return array


# ---- threshold -----------------------------------------------------------------------------------


def training_errors(x, y, a):
    return sum((0 if x_n < a else 1) != y_n for x_n, y_n in zip(x, y, strict=True))


NUMBERS = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e300, 1e300))


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBERS, st.integers(0, 1)), min_size=1, max_size=12))
@example([(1.0, 0), (np.nextafter(1.0, 2.0), 1)])
@example([(-1.7e308, 0), (-1.6e308, 1)])
def test_no_threshold_makes_fewer_errors_and_none_as_good_is_smaller(samples):
    x, y = (np.array(column) for column in zip(*samples, strict=True))
    a = fit_threshold(x, y)
    values = np.unique(x)
    others = [-np.inf, *(values[:-1] / 2 + values[1:] / 2), *values, np.inf]
    errors = {other: training_errors(x, y, other) for other in others}
    assert training_errors(x, y, a) == min(errors.values())
    gap = np.sum(values < a)  # no threshold in a lower gap is as good
    assert all(
        errors[other] > training_errors(x, y, a) for other in others if np.sum(values < other) < gap
    )


@pytest.mark.parametrize(
    ("x", "y", "a"),
    [
        ([3, 0, 1, 4], [1, 0, 0, 1], 2.0),
        ([0.0, 1.0, 2.0, 3.0], [0, 1, 0, 1], 0.5),  # 0.5 and 2.5 make one error each
        ([1.0, 1.0, 1.0, 3.0], [0, 0, 1, 1], 2.0),  # equal values cannot be told apart
        ([1.0, 2.0], [1, 1], -np.inf),
        ([1.0, 2.0], [0, 0], np.inf),
        ([1.0, 2.0], [1, 0], -np.inf),  # upside down: one error, whatever the threshold
        ([5.0], [0], np.inf),
        ([0.0, 1.0, np.nextafter(1.0, 2.0)], [0, 0, 1], np.nextafter(1.0, 2.0)),
        ([1.0, 2.0], [False, True], 1.5),
    ],
    ids=str,
)
def test_threshold_is_midway_and_the_smallest_of_the_best(x, y, a):
    assert fit_threshold(frozen(np.array(x)), frozen(np.array(y))) == a
    assert type(fit_threshold(np.array(x), np.array(y))) is float


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((2, 1)), np.ones(2), r"x has shape \(2, 1\), expected a vector"),
        (np.ones(0), np.ones(0), r"x has shape \(0,\), expected a vector with at least one entry"),
        (np.ones(3), np.ones(2), r"y has shape \(2,\), but x has shape \(3,\)"),
        (np.ones(2), np.array([1, 2]), r"y has the labels \[1 2\], expected 0 and 1"),
        (np.ones(2), np.array([-1, 1]), "expected 0 and 1"),
    ],
)
def test_threshold_refuses(x, y, message):
    with pytest.raises(ValueError, match=message):
        fit_threshold(x, y)


# ---- polynomial regression -----------------------------------------------------------------------


@pytest.mark.parametrize("degree", [0, 1, 5])
def test_polynomial_features_agree_with_scikit_learn(degree):
    x = frozen(np.random.default_rng(0).normal(size=7))
    expected = PolynomialFeatures(degree).fit_transform(x[:, None])
    np.testing.assert_allclose(polynomial_features(x, degree), expected, rtol=1e-13)


def test_features_and_predictions_keep_float32_and_take_integers():
    x = np.array([1, 2, 300])
    assert polynomial_features(x.astype(np.float32), 3).dtype == np.float32
    assert polynomial_features(x.astype(np.int16), 4)[2].tolist() == [1, 300, 9e4, 2.7e7, 8.1e9]
    assert predict_polynomial(x.astype(np.float32), np.ones(3, np.float32)).dtype == np.float32
    assert predict_polynomial(x, np.array([1, 2])).dtype == np.float64
    assert (
        fit_least_squares(np.eye(2, dtype=np.float32), np.ones(2, np.float32)).dtype == np.float32
    )
    assert fit_least_squares(np.array([[1, 0], [0, 2]]), np.array([3, 5])).tolist() == [3, 2.5]


def test_predictions_agree_with_numpys_polynomial():
    rng = np.random.default_rng(1)
    x, w = frozen(rng.normal(size=6)), frozen(rng.normal(size=4))
    np.testing.assert_allclose(predict_polynomial(x, w), np.polynomial.Polynomial(w)(x), rtol=1e-12)


def test_least_squares_agrees_with_scikit_learn():
    rng = np.random.default_rng(2)
    X, y = frozen(rng.normal(size=(20, 4))), frozen(rng.normal(size=20))
    expected = LinearRegression(fit_intercept=False).fit(X, y).coef_
    np.testing.assert_allclose(fit_least_squares(X, y), expected, rtol=1e-10)


def test_of_many_solutions_least_squares_takes_the_shortest():
    w = fit_least_squares(np.array([[1.0, 1.0, 0.0]]), np.array([4.0]))
    np.testing.assert_allclose(w, [2, 2, 0], atol=1e-12)


def test_least_squares_survives_the_powers_of_x():
    # The normal equations miss these coefficients, all of them between -1 and 1, by as much as 10.
    x, truth = np.linspace(0, 1, 40), np.cos(np.arange(16))
    features = polynomial_features(x, 15)
    np.testing.assert_allclose(
        fit_least_squares(features, predict_polynomial(x, truth)), truth, atol=1e-4
    )


def test_a_low_degree_underfits_and_a_high_one_overfits():
    rng = np.random.default_rng(3)
    x, x_test = rng.uniform(0, 1, 12), rng.uniform(0, 1, 200)
    y, y_test = (np.sin(6 * values) + 0.1 * rng.normal(size=len(values)) for values in (x, x_test))
    train, test = {}, {}
    for degree in (1, 3, 11):
        w = fit_least_squares(polynomial_features(x, degree), y)
        train[degree] = np.mean((predict_polynomial(x, w) - y) ** 2)
        test[degree] = np.mean((predict_polynomial(x_test, w) - y_test) ** 2)
    # twelve coefficients pass through twelve samples
    assert train[1] > 10 * train[3] > 1e6 * train[11]
    assert test[3] < min(test[1], test[11]) / 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: polynomial_features(np.ones((3, 1)), 2), r"x has shape \(3, 1\), expected \(N,\)"),
        (lambda: polynomial_features(np.ones(3), -1), "degree is -1, but it must not be negative"),
        (lambda: predict_polynomial(np.ones((3, 1)), np.ones(2)), r"x has shape \(3, 1\)"),
        (
            lambda: predict_polynomial(np.ones(3), np.ones((2, 1))),
            r"w has shape \(2, 1\), expected a vector",
        ),
        (
            lambda: predict_polynomial(np.ones(3), np.ones(0)),
            r"w has shape \(0,\), expected a vector with at least",
        ),
        (
            lambda: fit_least_squares(np.ones(3), np.ones(3)),
            r"X has shape \(3,\), expected \(N, D\)",
        ),
        (
            lambda: fit_least_squares(np.ones((0, 2)), np.ones(0)),
            r"X has shape \(0, 2\), expected \(N, D\)",
        ),
        (
            lambda: fit_least_squares(np.ones((3, 2)), np.ones(2)),
            r"y has shape \(2,\), but X has 3 rows",
        ),
        (lambda: fit_least_squares(np.ones((3, 2)), np.ones((3, 1))), r"y has shape \(3, 1\)"),
    ],
)
def test_regression_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- scaling -------------------------------------------------------------------------------------


def test_scaling_agrees_with_scikit_learn():
    x = frozen(np.random.default_rng(4).normal(3, 2, (9, 4)))
    scaler = StandardScaler().fit(x)
    z, mean, std = standardize(x)
    np.testing.assert_allclose(z, scaler.transform(x), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(mean, scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(std, scaler.scale_, rtol=1e-12)
    np.testing.assert_allclose(center(x), x - x.mean(axis=0), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(
        rescale(x, -1, 2), MinMaxScaler((-1, 2)).fit_transform(x), rtol=1e-10, atol=1e-13
    )


def test_statistics_of_the_training_split_are_used_for_other_data():
    rng = np.random.default_rng(5)
    train, test = rng.normal(3, 2, (9, 4)), frozen(rng.normal(-1, 5, (6, 4)))
    _, mean, std = standardize(train)
    z, same_mean, same_std = standardize(test, frozen(mean), frozen(std))
    np.testing.assert_allclose(z, (test - train.mean(axis=0)) / train.std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(same_mean, mean)
    np.testing.assert_array_equal(same_std, std)
    z, _, own_std = standardize(test, mean=mean)
    np.testing.assert_allclose(z, (test - mean) / test.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(own_std, test.std(axis=0), rtol=1e-12)
    z, own_mean, _ = standardize(test, std=std)
    np.testing.assert_allclose(z, (test - test.mean(axis=0)) / std, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(own_mean, test.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_feature_is_centred_and_nothing_more(dtype):
    x = np.full((49, 2), 0.1, dtype)  # whose mean, summed up, is not 0.1
    x[:, 1] = np.arange(49)
    z, mean, std = standardize(x)
    assert z[:, 0].tolist() == [0] * 49
    assert mean[0] == dtype(0.1)
    assert std[0] == 0
    assert standardize(x + dtype(1), mean, std)[0][0, 0] == pytest.approx(1)
    assert center(x)[:, 0].tolist() == [0] * 49
    assert rescale(x, 2, 3)[:, 0].tolist() == [2] * 49


def test_a_mean_of_a_million_costs_no_digits_in_float32():
    x = np.float32(1e6) + np.random.default_rng(6).integers(-8, 9, (1000, 2)).astype(np.float32)
    exact = x.astype(np.float64)
    z, mean, std = standardize(x)
    np.testing.assert_allclose(mean, exact.mean(axis=0), rtol=1e-7)
    np.testing.assert_allclose(std, exact.std(axis=0), rtol=1e-5)
    np.testing.assert_allclose(z, (exact - exact.mean(axis=0)) / exact.std(axis=0), atol=0.02)


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.floats(-1e3, 1e3),
    st.floats(1e-3, 1e3),
)
def test_rescale_meets_both_ends_and_stays_between(values, low, width):
    x, high = np.array(values), low + width
    z = rescale(x, low, high)
    slack = 1e-12 * max(abs(low), abs(high))
    assert np.all((z >= low - slack) & (z <= high + slack))
    assert z[x.argmin()] == low
    if x.min() < x.max():
        assert z[x.argmax()] == high


@pytest.mark.parametrize("shape", [(5,), (5, 3), (5, 2, 3), (1, 3)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_scaling_keeps_shape_and_dtype(shape, dtype):
    x = (250 * np.random.default_rng(7).random(shape)).astype(dtype)
    expected = np.float64 if dtype == np.uint8 else dtype
    z, mean, std = standardize(x)
    assert mean.shape == std.shape == shape[1:]
    assert {z.dtype, mean.dtype, std.dtype, center(x).dtype, rescale(x, 0, 1).dtype} == {
        np.dtype(expected)
    }
    assert z.shape == center(x).shape == rescale(x, 0, 1).shape == shape
    assert standardize(x, np.zeros(shape[1:]), np.ones(shape[1:]))[0].dtype == expected
    np.testing.assert_allclose(center(x), x - x.astype(np.float64).mean(axis=0), atol=1e-4)
    assert rescale(x, np.float64(0), np.float64(1)).dtype == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: center(np.ones((0, 3))),
            r"x has shape \(0, 3\), expected \(N, …\) with at least one sample",
        ),
        (lambda: center(3.0), r"x has shape \(\)"),
        (lambda: standardize(np.ones((0, 3))), r"x has shape \(0, 3\)"),
        (lambda: rescale(np.ones((0, 3)), 0, 1), r"x has shape \(0, 3\)"),
        (
            lambda: standardize(np.ones((2, 3)), mean=0.0),
            r"mean has shape \(\), but a sample of x has shape \(3,\)",
        ),
        (
            lambda: standardize(np.ones((2, 3)), std=np.ones((2, 3))),
            r"std has shape \(2, 3\), but a sample",
        ),
        (
            lambda: standardize(np.ones((2, 3)), std=[1, 1, -0.5]),
            "std has the minimum -0.5, but it must not",
        ),
        (lambda: rescale(np.ones((2, 3)), 1, 1), "low is 1.0 and high is 1.0, expected low < high"),
        (lambda: rescale(np.ones((2, 3)), 0, np.nan), "high is nan, expected low < high"),
    ],
)
def test_scaling_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- labels --------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), max_size=8))
def test_one_hot_rows_have_their_one_in_the_column_of_the_label(labels):
    rows = one_hot(frozen(np.array(labels, np.int64)), 7)
    assert rows.tolist() == [[float(c == label) for c in range(7)] for label in labels]
    assert rows.shape == (len(labels), 7)
    assert rows.dtype == np.float64


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([0, 3]), "y has labels from 0 to 3, expected at least 0 and less than 3"),
        (np.array([-1, 2]), "y has labels from -1 to 2"),
        (
            np.array([0.0, 1.0]),
            r"y has shape \(2,\) and dtype float64, expected \(N,\) and integers",
        ),
        (np.array([[0, 1]]), r"y has shape \(1, 2\) and dtype int64"),
    ],
)
def test_one_hot_refuses(y, message):
    with pytest.raises(ValueError, match=message):
        one_hot(y, 3)


def test_lists_will_do():
    assert fit_threshold([1, 2], [0, 1]) == 1.5
    assert polynomial_features([1, 2], 1).tolist() == [[1, 1], [1, 2]]
    np.testing.assert_allclose(fit_least_squares([[1, 0], [0, 2]], [3, 5]), [3, 2.5], rtol=1e-14)
    assert predict_polynomial([2, 3], [1, 2]).tolist() == [5, 7]
    assert (
        center([[1, 5], [3, 5]]).tolist()
        == standardize([[1, 5], [3, 5]])[0].tolist()
        == [[-1, 0], [1, 0]]
    )
    assert standardize([[1, 5]], [1, 1], [2, 2])[0].tolist() == [[0, 2]]
    assert rescale([1, 3], 0, 1).tolist() == [0, 1]
    assert one_hot([1, 0], 2).tolist() == [[0, 1], [1, 0]]


# ---- splits --------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.integers(0, 60),
    st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any),
    st.integers(0, 99),
)
def test_splits_are_disjoint_and_exhaustive(n, weights, seed):
    fractions = np.array(weights) / sum(weights)
    parts = split_indices(n, fractions, np.random.default_rng(seed))
    assert sorted(index for part in parts for index in part) == list(range(n))
    assert len(parts) == len(weights)
    for part, fraction in zip(parts, fractions, strict=True):
        # each boundary is rounded by at most a half
        assert abs(len(part) - fraction * n) <= 1 + 1e-9


def test_split_boundaries_are_rounded():
    sizes = [len(part) for part in split_indices(10, (0.26, 0.5, 0.24), np.random.default_rng(0))]
    assert sizes == [3, 5, 2]
    assert [len(part) for part in split_indices(10, (1.0,), np.random.default_rng(0))] == [10]
    assert [len(part) for part in split_indices(0, (0.5, 0.5), np.random.default_rng(0))] == [0, 0]


@settings(deadline=None)
@given(st.data(), st.integers(2, 60), st.integers(0, 99))
def test_folds_are_disjoint_exhaustive_and_of_equal_size(data, n, seed):
    k = data.draw(st.integers(2, n))
    folds = k_fold_indices(n, k, np.random.default_rng(seed))
    sizes = [len(fold) for fold in folds]
    assert sorted(index for fold in folds for index in fold) == list(range(n))
    assert len(folds) == k
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(("split", "parts"), [(split_indices, (0.5, 0.5)), (k_fold_indices, 5)])
def test_splits_are_shuffled_and_reproducible(split, parts):
    one, two, other = (
        np.concatenate(split(50, parts, np.random.default_rng(seed))).tolist() for seed in (0, 0, 1)
    )
    assert one == two != list(range(50))
    assert other != one


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: split_indices(-1, (1.0,), rng), "n is -1, but it must not be negative"),
        (
            lambda rng: split_indices(9, (0.5, 0.4), rng),
            r"fractions is \[0.5, 0.4\], expected shares >= 0 that add",
        ),
        (lambda rng: split_indices(9, (1.5, -0.5), rng), r"fractions is \[1.5, -0.5\]"),
        (lambda rng: split_indices(9, 1.0, rng), "fractions is 1.0"),
        (lambda rng: split_indices(9, [], rng), r"fractions is \[\]"),
        (
            lambda rng: k_fold_indices(9, 1, rng),
            "k is 1, expected at least 2 folds and no more than the 9 samples",
        ),
        (lambda rng: k_fold_indices(9, 10, rng), "k is 10"),
    ],
)
def test_splits_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
