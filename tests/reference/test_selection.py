"""reference.selection against scikit-learn, scipy and worked examples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from reference import selection
from reference.selection import (
    bayesian_search,
    cross_validate,
    diagnose_learning_curves,
    expected_improvement,
    gp_log_likelihood,
    gp_posterior,
    grid_search,
    matern_kernel,
    random_search,
)


def always(value):
    return lambda *_: value


# --- cross_validate


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 40), st.data())
def test_every_sample_is_validated_once_by_a_model_that_never_saw_it(n, data):
    k = data.draw(st.integers(2, n))
    X = np.arange(n)
    folds = []

    def fit(X_train, y_train):
        np.testing.assert_array_equal(y_train, X_train * 10)
        return X_train

    def score(seen, X_val, y_val):
        np.testing.assert_array_equal(y_val, X_val * 10)
        np.testing.assert_array_equal(np.sort(np.concatenate([seen, X_val])), X)
        folds.append(X_val)
        return len(X_val)

    sizes = cross_validate(
        fit, score, X, X * 10, k, np.random.default_rng(data.draw(st.integers(0, 99)))
    )
    assert sizes.shape == (k,)
    assert sizes.dtype == np.float64
    assert set(sizes) <= {n // k, -(-n // k)}
    np.testing.assert_array_equal(np.sort(np.concatenate(folds)), X)


def test_scores_stand_in_the_order_of_the_folds_and_come_from_the_fitted_model():
    seen = []

    def fit(X, y):
        return y.sum()

    def score(total, X, y):
        seen.append(100.0 * total + y.sum())
        return seen[-1]

    y = np.array([1.0, 2.0, 4.0, 8.0])
    scores = cross_validate(fit, score, np.zeros((4, 2, 2)), y, 2, np.random.default_rng(0))
    np.testing.assert_array_equal(scores, seen)
    assert all(s // 100 + s % 100 == 15 for s in scores)


def test_folds_are_shuffled_by_rng_and_the_data_are_not():
    def first_fold(seed):
        X = np.arange(30)
        folds = []

        def score(model, X, y):
            folds.append(X.tolist())
            return 0.0

        cross_validate(always(None), score, X, X, 3, np.random.default_rng(seed))
        np.testing.assert_array_equal(X, np.arange(30))
        return folds[0]

    assert first_fold(1) == first_fold(1) != first_fold(2)
    assert first_fold(1) != list(range(10))


@pytest.mark.parametrize("k", [1, 0, -3, 5])
def test_cross_validate_names_an_impossible_k(k):
    with pytest.raises(
        ValueError, match=f"k is {k}, expected at least 2 folds and no more than the 4 samples of X"
    ):
        cross_validate(None, None, np.zeros(4), np.zeros(4), k, np.random.default_rng(0))


def test_cross_validate_names_unequal_lengths():
    with pytest.raises(ValueError, match="y has 3 rows, but X has 4"):
        cross_validate(None, None, np.zeros((4, 2)), np.zeros(3), 2, np.random.default_rng(0))


# --- grid_search and random_search


def test_grid_search_tries_every_combination_once_with_the_last_name_fastest():
    best, value, trials = grid_search(
        {"a": [3, 1, 2], "b": ["x", "y"]}, lambda p: p["a"] + (p["b"] == "x")
    )
    assert [tuple(p.values()) for p, _ in trials] == [
        (3, "x"),
        (3, "y"),
        (1, "x"),
        (1, "y"),
        (2, "x"),
        (2, "y"),
    ]
    assert [v for _, v in trials] == [4, 3, 2, 1, 3, 2]
    assert (best, value) == ({"a": 1, "b": "y"}, 1.0)
    assert isinstance(value, float)


def test_the_first_of_equally_good_trials_wins():
    assert grid_search({"a": [1, 2, 3]}, lambda p: 0 if p["a"] > 1 else 5)[0] == {"a": 2}


def test_a_value_that_is_not_finite_never_wins():
    values = {1: math.nan, 2: -math.inf, 3: 7.0, 4: math.inf, 5: math.nan}
    best, value, trials = grid_search({"a": list(values)}, lambda p: values[p["a"]])
    assert (best, value, len(trials)) == ({"a": 3}, 7.0, 5)


@pytest.mark.parametrize(
    "search",
    [
        lambda f: grid_search({"a": [1, 2]}, f),
        lambda f: random_search({"a": (1, 2)}, f, 2, np.random.default_rng(0)),
        lambda f: bayesian_search({"a": (1, 2)}, f, 2, np.random.default_rng(0)),
    ],
)
def test_a_search_without_any_finite_value_says_so(search):
    with pytest.raises(
        ValueError, match="objective gave no finite value in 2 trials, the last was nan"
    ):
        search(always(math.nan))


def trials_of(space, n=4000, seed=0):
    return random_search(space, always(0.0), n, np.random.default_rng(seed))[2]


def test_a_linear_axis_is_uniform_and_a_log_axis_is_uniform_in_the_logarithm():
    trials = trials_of({"plain": (-2.0, 6), "log": (1e-5, 10, "log")})
    plain, log = (np.array([p[name] for p, _ in trials]) for name in ("plain", "log"))
    assert stats.kstest(plain, stats.uniform(-2, 8).cdf).pvalue > 0.01
    assert stats.kstest(np.log10(log), stats.uniform(-5, 6).cdf).pvalue > 0.01
    assert abs(np.corrcoef(plain, np.log(log))[0, 1]) < 0.06
    assert type(trials[0][0]["plain"]) is type(trials[0][0]["log"]) is float


def test_a_list_gives_each_of_its_values_equally_often():
    counts = dict.fromkeys(("relu", "tanh", None), 0)
    for params, _ in trials_of({"activation": list(counts)}, 3000):
        counts[params["activation"]] += 1
    assert stats.chisquare(list(counts.values())).pvalue > 0.01


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300), st.floats(0, 1, exclude_max=True))
def test_a_log_axis_never_leaves_its_ends(a, b, u):
    low, high = min(a, b), max(a, b)
    assert low <= selection._from_unit((low, high, "log"), u) <= high


def test_a_log_axis_over_the_whole_range_of_floats_does_not_overflow():
    assert selection._from_unit((1e-300, 1e300, "log"), 0.5) == pytest.approx(1.0)


def test_random_search_keeps_the_best_of_n_and_is_reproducible():
    def objective(p):
        return abs(p["x"] - 3)

    best, value, trials = random_search({"x": (0, 10)}, objective, 30, np.random.default_rng(4))
    assert len(trials) == 30
    assert value == objective(best) == min(v for _, v in trials)
    assert trials == random_search({"x": (0, 10)}, objective, 30, np.random.default_rng(4))[2]
    assert trials != random_search({"x": (0, 10)}, objective, 30, np.random.default_rng(5))[2]


@pytest.mark.parametrize("search", [random_search, bayesian_search])
@pytest.mark.parametrize(
    ("axis", "message"),
    [
        (
            (1,),
            r"\['a'\] is \(1,\), expected \[value, \.\.\.\], \(low, high\) or \(low, high, 'log'\)",
        ),
        ([], r"\['a'\] is \[\], expected \[value"),
        (3.0, r"\['a'\] is 3\.0, expected \[value"),
        ((1, 2, "linear"), r"\['a'\] is \(1, 2, 'linear'\), expected \[value"),
        ((1, 2, "log", 3), r"\['a'\] is \(1, 2, 'log', 3\), expected \[value"),
        ((2, 2), r"\['a'\] is \(2, 2\), expected low < high"),
        (
            (2, 1, "log"),
            r"\['a'\] is \(2, 1, 'log'\), expected low < high, and 0 < low on a 'log' axis",
        ),
        ((0, 1, "log"), r"\['a'\] is \(0, 1, 'log'\), expected low < high, and 0 < low"),
        ((math.nan, 1), r"\['a'\] is \(nan, 1\), expected low < high"),
    ],
)
def test_a_malformed_axis_is_named(search, axis, message):
    argument = {random_search: "space", bayesian_search: "bounds"}[search]
    with pytest.raises(ValueError, match="^" + argument + message):
        search({"b": (-1, 1), "a": axis}, always(0.0), 3, np.random.default_rng(0))


@pytest.mark.parametrize("search", [random_search, bayesian_search])
def test_an_empty_space_and_too_few_trials_are_named(search):
    argument = {random_search: "space", bayesian_search: "bounds"}[search]
    with pytest.raises(
        ValueError, match=f"^{argument} is empty, expected at least one {{name: axis}}"
    ):
        search({}, always(0.0), 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="n is 0, expected at least 1 trial"):
        search({"a": (0, 1)}, always(0.0), 0, np.random.default_rng(0))
    assert len(search({"a": (0, 1)}, always(0.0), 1, np.random.default_rng(0))[2]) == 1


def test_grid_and_bayesian_search_name_the_kind_of_axis_that_they_cannot_use():
    with pytest.raises(ValueError, match=r"space\['a'\] is \(1, 2\), expected a list of values"):
        grid_search({"b": [1], "a": (1, 2)}, always(0.0))
    with pytest.raises(ValueError, match=r"^space is empty"):
        grid_search({}, always(0.0))
    with pytest.raises(
        ValueError, match=r"bounds\['a'\] is the list \[1, 2\], expected \(low, high\)"
    ):
        bayesian_search({"a": [1, 2]}, always(0.0), 3, np.random.default_rng(0))


# --- The Gaussian process


@pytest.mark.parametrize(("length_scale", "noise"), [(0.3, 1e-6), (1.7, 0.1), (0.05, 1e-2)])
def test_gaussian_process_agrees_with_scikit_learn(length_scale, noise):
    rng = np.random.default_rng(0)
    X, y, X_new = rng.random((12, 3)), rng.normal(size=12), rng.random((40, 3))
    kernel = Matern(length_scale, length_scale_bounds="fixed", nu=2.5)
    oracle = GaussianProcessRegressor(kernel, alpha=noise, optimizer=None).fit(X, y)
    np.testing.assert_allclose(matern_kernel(X, X_new, length_scale), kernel(X, X_new), rtol=1e-10)
    expected_mean, expected_std = oracle.predict(X_new, return_std=True)
    mean, std = gp_posterior(X, y, X_new, length_scale, noise)
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(std, expected_std, rtol=1e-7, atol=1e-9)
    likelihood = gp_log_likelihood(X, y, length_scale, noise)
    assert likelihood == pytest.approx(oracle.log_marginal_likelihood_value_, rel=1e-9)


def test_the_kernel_is_one_at_distance_zero_and_vanishes_far_away():
    A = np.array([[0.0, 0.0], [3.0, 4.0]])
    K = matern_kernel(A, A, 1e-3)
    np.testing.assert_array_equal(K, np.eye(2))
    assert matern_kernel(A, A, 5.0)[0, 1] == pytest.approx(
        (1 + math.sqrt(5) + 5 / 3) * math.exp(-math.sqrt(5))
    )


def test_std_stays_real_where_rounding_would_make_the_variance_negative():
    X = np.linspace(0, 1e-5, 20)[:, None]
    _, std = gp_posterior(X, np.zeros(20), X, 10.0, 1e-15 + 1e-12)
    assert np.isfinite(std).all()
    assert (std < 1e-5).all()


@pytest.mark.parametrize("function", [
    lambda X, y, ls, noise: gp_posterior(X, y, np.zeros((1, 2)), ls, noise),
    gp_log_likelihood,
])  # fmt: skip
@pytest.mark.parametrize(
    ("y", "length_scale", "noise", "message"),
    [
        (np.zeros(2), 1.0, 1.0, r"y has the shape \(2,\), but X has 3 points: expected \(3,\)"),
        (np.zeros(3), 1.0, 0.0, r"noise is 0\.0, expected a positive variance"),
        (np.zeros(3), 1.0, math.nan, "noise is nan"),
        (np.zeros(3), 0.0, 1.0, r"length_scale is 0\.0, expected a positive number"),
        (np.zeros(3), math.nan, 1.0, "length_scale is nan"),
    ],
)
def test_the_gaussian_process_names_what_it_cannot_use(function, y, length_scale, noise, message):
    with pytest.raises(ValueError, match=message):
        function(np.zeros((3, 2)), y, length_scale, noise)


@pytest.mark.parametrize(("a", "b"), [((3, 2), (3, 1)), ((3,), (3,)), ((2, 3), (3,))])
def test_the_kernel_names_points_of_different_dimension(a, b):
    with pytest.raises(
        ValueError, match=r"A has the shape .* and B .*, expected \(N, D\) and \(M, D\)"
    ):
        matern_kernel(np.zeros(a), np.zeros(b), 1.0)


# --- expected_improvement


@pytest.mark.parametrize("mean", [-2.0, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("std", [0.1, 1.0, 4.0])
def test_expected_improvement_is_the_integral_that_defines_it(mean, std):
    best = 0.4
    lowest = min(mean, best) - 40 * std
    middle = [mean, mean - 3 * std] if mean < best else [best - std]
    expected, _ = integrate.quad(
        lambda f: (best - f) * stats.norm.pdf(f, mean, std),
        lowest,
        best,
        points=middle,
        epsabs=1e-13,
        limit=200,
    )
    assert expected_improvement([mean], [std], best)[0] == pytest.approx(
        expected, rel=1e-8, abs=1e-12
    )


def test_without_uncertainty_the_expected_improvement_is_the_improvement():
    np.testing.assert_array_equal(
        expected_improvement([0.0, 2.0, 1.0], [0.0, 0.0, 0.0], 1.0), [1.0, 0.0, 0.0]
    )


def test_expected_improvement_is_never_negative_and_grows_with_std():
    values = expected_improvement(np.full(60, 5.0), np.geomspace(1e-3, 10, 60), 0.0)
    assert (values >= 0).all()
    assert (np.diff(values[values > 1e-12]) > 0).all()
    assert values[-1] > 1


def test_expected_improvement_of_integers_is_that_of_the_same_floats():
    np.testing.assert_array_equal(
        expected_improvement(np.array([0, 3]), np.array([2, 1]), 1),
        expected_improvement([0.0, 3.0], [2.0, 1.0], 1.0),
    )


def test_expected_improvement_names_what_does_not_fit():
    with pytest.raises(
        ValueError, match=r"std has the shape \(2,\) and mean \(3,\), expected equal shapes"
    ):
        expected_improvement(np.zeros(3), np.zeros(2), 0.0)
    with pytest.raises(ValueError, match="expected equal shapes and std >= 0"):
        expected_improvement(np.zeros(2), np.array([1.0, -1.0]), 0.0)


# --- bayesian_search


def branin(p):
    """The usual test function of global optimisation, minus its minimum."""
    x, y = p["x"], p["y"]
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.39788735772973816


BRANIN = {"x": (-5, 10), "y": (0, 15)}


def test_bayesian_search_beats_random_search_on_a_fixed_budget():
    bayesian = [
        bayesian_search(BRANIN, branin, 30, np.random.default_rng(seed))[1] for seed in range(8)
    ]
    random = [
        random_search(BRANIN, branin, 30, np.random.default_rng(seed))[1] for seed in range(8)
    ]
    assert sum(b < r for b, r in zip(bayesian, random, strict=True)) >= 7
    assert np.median(bayesian) < np.median(random) / 10


def test_bayesian_search_finds_a_learning_rate_on_a_log_axis():
    def objective(p):
        return (math.log10(p["lr"]) + 3) ** 2 + 0.3 * (math.log10(p["reg"]) + 5) ** 2

    for seed in range(3):
        bounds = {"lr": (1e-6, 1.0, "log"), "reg": (1e-8, 1.0, "log")}
        best, value, trials = bayesian_search(bounds, objective, 25, np.random.default_rng(seed))
        assert value == objective(best) < 0.02
        assert len(trials) == 25
        assert all(1e-6 <= p["lr"] <= 1 and 1e-8 <= p["reg"] <= 1 for p, _ in trials)
        assert list(best) == ["lr", "reg"]


def test_the_first_trials_of_bayesian_search_are_random_and_the_next_is_not(monkeypatch):
    calls = []
    monkeypatch.setattr(
        selection, "_most_promising", lambda X, values, _: calls.append((X, values)) or X[0]
    )
    _, _, trials = bayesian_search(BRANIN, branin, 7, np.random.default_rng(0))
    assert [X.shape for X, _ in calls] == [(5, 2), (6, 2)]
    np.testing.assert_array_equal(calls[0][1], [value for _, value in trials[:5]])
    assert trials[5] == trials[0]
    unit = [[(p["x"] + 5) / 15, p["y"] / 15] for p, _ in trials[:6]]
    np.testing.assert_allclose(calls[1][0], unit)


def test_a_failed_trial_keeps_bayesian_search_away_and_does_not_stop_it():
    def objective(p):
        return math.nan if p["x"] > 0.5 else (p["x"] - 0.2) ** 2

    for seed in range(5):
        best, value, trials = bayesian_search(
            {"x": (0, 1)}, objective, 20, np.random.default_rng(seed)
        )
        assert value < 1e-3
        assert abs(best["x"] - 0.2) < 0.04
        assert sum(math.isnan(v) for _, v in trials[3:]) <= 8


def test_random_trials_go_on_until_one_is_finite():
    values = iter([math.nan] * 6 + [1.0] * 4)
    assert (
        bayesian_search({"x": (0, 1)}, lambda _: next(values), 10, np.random.default_rng(0))[1]
        == 1.0
    )


def test_a_constant_objective_is_no_trouble():
    assert bayesian_search({"x": (0, 1)}, always(3.0), 8, np.random.default_rng(0))[1] == 3.0


def test_the_scale_and_offset_of_the_objective_do_not_change_the_search():
    def points(scale, offset):
        trials = bayesian_search(
            BRANIN, lambda p: scale * branin(p) + offset, 12, np.random.default_rng(2)
        )[2]
        return [list(p.values()) for p, _ in trials]

    np.testing.assert_allclose(points(1, 0), points(1024, 0))
    np.testing.assert_allclose(points(1, 0), points(2.0**-20, 0))


def test_the_most_promising_point_maximises_the_expected_improvement_of_the_likeliest_process(
    monkeypatch,
):
    rng = np.random.default_rng(0)
    X = rng.random((8, 2))
    X[5] = 0.5
    values = np.where(np.arange(8) == 3, np.nan, 40 + 5 * ((X - 0.5) ** 2).sum(axis=1))
    seen = {"tried": []}

    def spy_likelihood(X, y, *pair):
        seen["tried"].append(pair)
        return gp_log_likelihood(X, y, *pair)

    def spy(X, y, candidates, length_scale, noise):
        seen.update(y=y, candidates=candidates, pair=(length_scale, noise))
        return gp_posterior(X, y, candidates, length_scale, noise)

    monkeypatch.setattr(selection, "gp_log_likelihood", spy_likelihood)
    monkeypatch.setattr(selection, "gp_posterior", spy)
    chosen = selection._most_promising(X, values, rng)

    filled = np.where(np.isnan(values), np.nanmax(values), values)
    np.testing.assert_allclose(seen["y"], (filled - filled.mean()) / filled.std())
    grid = [(ls, noise) for ls in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6) for noise in (1e-6, 1e-4, 1e-2)]
    assert seen["tried"] == grid
    assert seen["pair"] == max(grid, key=lambda pair: gp_log_likelihood(X, seen["y"], *pair))
    candidates = seen["candidates"]
    assert candidates.shape == (2000, 2)
    assert candidates.min() >= 0
    assert candidates.max() <= 1
    assert stats.kstest(candidates[:1000].ravel(), stats.uniform.cdf).pvalue > 0.01
    near = candidates[1000:]
    # the best point so far is in the middle
    steps = (near - 0.5)[((near > 0) & (near < 1)).all(axis=1)]
    lengths = 10 ** np.random.default_rng(1).uniform(-3, -0.5, (10000, 1))
    expected = np.random.default_rng(2).normal(size=(10000, 2)) * lengths
    expected = expected[(np.abs(expected) < 0.5).all(axis=1)]
    assert (
        stats.ks_2samp(np.log(np.abs(steps)).ravel(), np.log(np.abs(expected)).ravel()).pvalue
        > 0.01
    )
    assert abs(np.corrcoef(np.sign(steps).T)[0, 1]) < 0.1
    assert abs(np.sign(steps).mean()) < 0.1
    mean, std = gp_posterior(X, seen["y"], candidates, *seen["pair"])
    np.testing.assert_array_equal(
        chosen, candidates[expected_improvement(mean, std, seen["y"].min()).argmax()]
    )


# --- diagnose_learning_curves

T = 50
t = np.arange(T)
FALL = np.exp(-t / 8)  # levels off well before the end
SLOW = np.exp(-t / 60)  # still on its way down at the end


def noise(seed, size):
    return size * np.random.default_rng(seed).normal(size=T)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("scale", [1.0, 2.3, 400.0])
@pytest.mark.parametrize(
    ("scenario", "train", "val"),
    [
        ("good fit", FALL + 0.05, FALL + 0.1),
        ("good fit", FALL + 0.4, FALL + 0.55),
        ("underfit", 0.0 * t + 0.9, 0.0 * t + 0.95),
        ("underfit", 1.0 + t / T, 1.1 + t / T),
        ("underfit", 0.95 + 0.05 * FALL, 0.97 + 0.05 * FALL),
        ("overfit", FALL + 0.03, FALL + 0.1 + 0.01 * t),
        ("overfit", SLOW, np.maximum(SLOW, 0.8) + 0.01 * np.maximum(t - 20, 0)),
        ("overfit", FALL + 0.03, 0.5 + 0.5 * FALL),
        ("stopped early", SLOW, SLOW + 0.05),
        ("stopped early", 2 - t / T, 2.1 - t / T),
        ("validation easier", FALL + 0.4, 0.5 * FALL + 0.1),
        ("validation easier", SLOW + 0.5, SLOW + 0.2),
        ("validation too small", FALL + 0.1, FALL + 0.3 + noise(5, 0.15)),
        ("validation too small", FALL + 0.1, FALL + 0.3 + 0.01 * t + noise(6, 0.2)),
    ],
)
def test_the_scenarios_of_the_lecture_are_recognised_under_noise(scenario, train, val, scale, seed):
    rng = np.random.default_rng(seed)
    train, val = (np.abs(scale * (curve + 0.004 * rng.normal(size=T))) for curve in (train, val))
    assert diagnose_learning_curves(train, val) == scenario


def test_noise_without_a_fall_is_an_underfit():
    for seed in range(20):
        assert (
            diagnose_learning_curves(1 + noise(seed, 0.1), 1.05 + noise(seed + 50, 0.1))
            == "underfit"
        )


def test_a_curve_as_noisy_as_the_training_curve_says_nothing_about_the_validation_set():
    verdicts = {
        diagnose_learning_curves(
            FALL + 0.3 + noise(seed, 0.06), FALL + 0.33 + noise(seed + 50, 0.06)
        )
        for seed in range(10)
    }
    assert "validation too small" not in verdicts


def far_from_underflow(x):
    return x == 0 or x > 1e-200


@settings(max_examples=100, deadline=None)
@given(
    # no subnormal numbers, which lose digits when they are divided
    st.lists(
        st.tuples(
            st.floats(0, 10).filter(far_from_underflow), st.floats(0, 10).filter(far_from_underflow)
        ),
        min_size=5,
        max_size=40,
    ),
    st.sampled_from([0.25, 2, 1024]),
)
def test_the_unit_of_the_loss_does_not_matter(points, factor):
    train, val = np.array(points).T
    verdict = diagnose_learning_curves(train, val)
    assert verdict in {
        "good fit", "underfit", "overfit", "stopped early", "validation "
                                                            "easier", "validation too small",
    }  # fmt: skip
    assert diagnose_learning_curves(factor * train, factor * val) == verdict


# Twenty epochs, so q = 4. Five levels put one figure on either side of its limit while the other
# rules stay silent; there is no jitter, because most second differences are zero.


def steps(*levels):
    return np.repeat(np.array(levels, dtype=float), 4)


FLAT_END = steps(1, 0, 0, 0, 0)  # falls by 1 and stays


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        (steps(1, 0.9, 0.9, 0.9, 0.9), steps(1, 0.9, 0.9, 0.9, 0.9), "underfit"),
        (steps(1, 0.89, 0.89, 0.89, 0.89), steps(1, 0.89, 0.89, 0.89, 0.89), "good fit"),
        (np.r_[1, [0.905] * 19], np.r_[1, [0.905] * 19], "underfit"),
        (np.zeros(20), np.zeros(20), "underfit"),
        (FLAT_END + 1, steps(1.9, 0.91, 0.91, 0.91, 0.91), "good fit"),
        (FLAT_END + 1, steps(1.9, 0.89, 0.89, 0.89, 0.89), "validation easier"),
        (FLAT_END, steps(1, 0.11, 0.11, 0.11, 0.2), "good fit"),
        (FLAT_END, steps(1, 0.11, 0.11, 0.11, 0.22), "overfit"),
        (FLAT_END, steps(1, 0.11, 0.2, 0.2, 0.22), "overfit"),
        (FLAT_END, steps(1, 0.24, 0.24, 0.24, 0.24), "good fit"),
        (FLAT_END, steps(1, 0.26, 0.26, 0.26, 0.26), "overfit"),
        (steps(1, 0.06, 0.06, 0.06, 0), steps(1, 0.16, 0.16, 0.16, 0.1), "stopped early"),
        (steps(1, 0.04, 0.04, 0.04, 0), steps(1, 0.16, 0.16, 0.16, 0.1), "good fit"),
        (steps(1, 0.06, 0.06, 0.06, 0), steps(1, 0.14, 0.14, 0.14, 0.1), "good fit"),
        (steps(1, 0.06, 0.06, 0.06, 0), steps(1, 0.6, 0.6, 0.6, 0.5), "stopped early"),
        (steps(1, 0.5, 0.3, 0.04, 0), steps(1, 0.7, 0.5, 0.3, 0.2), "good fit"),
        (steps(1, 0.05, 0.01, 0.06, 0), steps(1, 0.2, 0.15, 0.2, 0.1), "stopped early"),
        (steps(1, 0.06, 0.06, 0.06, 0), steps(1, 0.4, 0.5, 0.6, 0.51), "overfit"),
    ],
)
def test_the_limits_are_those_of_the_docstring(train, val, expected):
    assert diagnose_learning_curves(train, val) == expected


ZIGZAG = np.tile([1.0, -1.0], 10)
JITTER = 4 / 1.65  # of a zigzag of ±1: every second difference is 4


@pytest.mark.parametrize(
    ("share", "expected"), [(0.97, "good fit"), (1.03, "validation too small")]
)
def test_validation_jitters_from_a_twentieth_of_the_fall(share, expected):
    assert (
        diagnose_learning_curves(FLAT_END, FLAT_END + 0.13 + share * 0.05 / JITTER * ZIGZAG)
        == expected
    )


@pytest.mark.parametrize(("ratio", "expected"), [(2.9, "good fit"), (3.1, "validation too small")])
def test_validation_jitters_from_three_times_the_training_noise(ratio, expected):
    train = FLAT_END + 0.5 + 0.03 * ZIGZAG
    assert diagnose_learning_curves(train, train + 0.13 + (ratio - 1) * 0.03 * ZIGZAG) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.95, "good fit"), (1.05, "underfit")])
def test_a_fall_within_three_times_the_noise_is_no_fall(share, expected):
    jitter = share * 0.5 / 3
    train = 1.0 + np.array([0.5] + [0] * 19) + jitter / JITTER * np.concatenate([[0], ZIGZAG[:19]])
    assert diagnose_learning_curves(train, train) == expected


def test_five_epochs_are_enough_and_the_inputs_may_be_lists():
    assert diagnose_learning_curves([1, 0.5, 0.2, 0.2, 0.2], [1, 0.6, 0.3, 0.3, 0.3]) == "good fit"


@pytest.mark.parametrize(
    ("train", "val", "message"),
    [
        (
            np.ones(4),
            np.ones(4),
            r"train has the shape \(4,\) and val \(4,\), expected \(T,\) for both, with T >= 5",
        ),
        (np.ones(6), np.ones(5), r"train has the shape \(6,\) and val \(5,\)"),
        (np.ones((6, 1)), np.ones((6, 1)), r"train has the shape \(6, 1\)"),
        ([1, 1, np.nan, 1, 1], np.ones(5), "train is .*nan.*, expected finite losses >= 0"),
        (np.ones(5), [1, 1, 1, np.inf, 1], "val is .*inf.*, expected finite losses >= 0"),
        (np.ones(5), [1, 1, 1, -0.1, 1], "val is .*-0.1.*, expected finite losses >= 0"),
    ],
)
def test_curves_that_cannot_be_read_are_named(train, val, message):
    with pytest.raises(ValueError, match=message):
        diagnose_learning_curves(train, val)
