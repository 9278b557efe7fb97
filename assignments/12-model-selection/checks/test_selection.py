import math

import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_learns, assert_rejects

# ---- cross-validation ----------------------------------------------------------------------------


class Folds:
    """Stands in for training and scoring, and remembers which samples it was given for what.

    The first feature of a sample is its number, and its target is that number times ten.
    """

    def __init__(self):
        self.trained, self.validated, self.scores = [], [], []

    def fit(self, X_train, y_train):
        """The number of this training run serves as its model."""
        self.trained.append(self._numbers(X_train, y_train))
        return len(self.trained) - 1

    def score(self, model, X_val, y_val):
        """A number that tells which samples were trained on and which were validated."""
        numbers = self._numbers(X_val, y_val)
        self.validated.append((model, numbers))
        self.scores.append(float(np.sum(numbers**2) + 1e-3 * np.sum(self.trained[model] ** 3)))
        return self.scores[-1]

    @staticmethod
    def _numbers(X, y):
        numbers = np.asarray(X).reshape(len(X), -1)[:, 0]
        if not np.array_equal(np.asarray(y).reshape(len(y), -1)[:, 0], 10 * numbers):
            raise ValueError("the rows of X and of y do not belong together")
        return numbers.astype(int)

    def judge(self, n, k):
        """Fail unless each of n samples was validated once, by a model that was trained on all
        other folds.
        """
        if (len(self.trained), len(self.validated)) != (k, k):
            raise CheckFailure(
                f"fit was called {len(self.trained)} times and score {len(self.validated)} times; "
                f"expected {k} of both"
            )
        if sorted(model for model, _ in self.validated) != list(range(k)):
            raise CheckFailure(
                "a model was scored more than once; each fold has a model of its own"
            )
        times = np.bincount(np.concatenate([fold for _, fold in self.validated]), minlength=n)
        if (times != 1).any():
            odd = int(np.argmax(times != 1))
            raise CheckFailure(
                f"sample {odd} of {n} was validated {times[odd]} times; expected once"
            )
        for model, fold in self.validated:
            seen = np.intersect1d(self.trained[model], fold)
            if len(seen):
                raise CheckFailure(
                    f"sample {seen[0]} was validated by a model that had been trained on it"
                )
            if len(self.trained[model]) != n - len(fold):
                got, expected = len(self.trained[model]), n - len(fold)
                raise CheckFailure(
                    f"a model was trained on {got} samples; expected {expected}: all but its fold"
                )
        sizes = [len(fold) for _, fold in self.validated]
        spread = max(sizes) - min(sizes)
        if spread > 1:
            raise CheckFailure(f"the folds have the sizes {sizes}, which differ by more than one")


@pytest.mark.points(4)
@pytest.mark.concept("cross_validate")
@pytest.mark.parametrize(("n", "k"), [(12, 3), (23, 5)], ids=str)
def test_cross_validation(student, rng, n, k):
    """Cross-validation: every sample is validated once, by a model that has never seen it"""
    X, folds = np.hstack([np.arange(n)[:, None], rng.normal(size=(n, 2))]), Folds()

    scores = student.cross_validate(folds.fit, folds.score, X, 10 * X[:, 0], k, rng)

    folds.judge(n, k)
    assert_close(
        scores,
        np.array(folds.scores),
        "scores",
        hint="One score for each fold, in the order of the folds.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("cross_validate")
@pytest.mark.depends("test_cross_validation")
def test_leave_one_out(student):
    """Cross-validation: with k = N, each sample is predicted from all others"""
    y = np.array([3.0, -1.0, 4.0, 10.0, 5.0, -9.0])

    def fit(X_train, y_train):  # noqa: ARG001 - the mean needs no features
        return float(np.mean(y_train))

    def score(model, X_val, y_val):  # noqa: ARG001 - as above
        return float(np.mean((y_val - model) ** 2))

    scores = student.cross_validate(fit, score, y[:, None], y, 6, np.random.default_rng(0))

    expected = ((y - y.mean()) * 6 / 5) ** 2
    assert_close(np.sort(scores), np.sort(expected), "the scores in ascending order")


@pytest.mark.points(2)
@pytest.mark.concept("cross_validate")
@pytest.mark.depends("test_cross_validation")
@pytest.mark.hidden(
    "Data may come sorted by class. Which samples make up your first fold, and does rng decide "
    "that?"
)
def test_cross_validation_shuffles(student):
    """Cross-validation: the folds are random, and rng decides them"""

    def first_fold(seed):
        folds, X = Folds(), np.arange(120.0)[:, None]
        student.cross_validate(
            folds.fit, folds.score, X, 10 * X[:, 0], 3, np.random.default_rng(seed)
        )
        return np.sort(folds.validated[0][1])

    one, again, other = (first_fold(seed) for seed in (1, 1, 2))
    neighbours = int(np.sum(np.diff(one) == 1))  # of 40 random numbers of 120: about 13
    spread, step = one.max() - one.min(), len(set(np.diff(one).tolist()))
    if neighbours > 30 or spread < 60 or step == 1:
        raise CheckFailure(
            "the folds of cross_validate are not random", hint="Permute the indices, then cut them."
        )
    if not np.array_equal(one, again):
        raise CheckFailure("an rng in the same state gives other folds")
    if np.array_equal(one, other):
        raise CheckFailure("every rng gives the same folds")


@pytest.mark.points(1)
@pytest.mark.concept("cross_validate")
@pytest.mark.depends("test_cross_validation")
@pytest.mark.hidden("A sample may be an image, its target a vector, and a score a whole number.")
def test_cross_validation_of_images(student, rng):
    """Cross-validation: images, targets that are vectors, scores that are integers"""
    X, folds = np.broadcast_to(np.arange(9)[:, None, None], (9, 2, 3)).copy(), Folds()

    def score(model, X_val, y_val):
        return int(folds.score(model, X_val, y_val))

    scores = student.cross_validate(folds.fit, score, X, 10 * X[:, 0], 2, rng)

    folds.judge(9, 2)
    assert_close(scores, np.floor(folds.scores), "scores")


# ---- grid and random search ----------------------------------------------------------------------


class Objective:
    """A function of the parameters that remembers what it was asked and what it answered."""

    def __init__(self, function):
        self.function, self.asked, self.answered = function, [], []

    def __call__(self, params):
        """The function's value at params."""
        self.asked.append(dict(params))
        self.answered.append(self.function(params))
        return self.answered[-1]

    def best(self):
        """The first of the lowest finite answers, with its parameters."""
        finite = [i for i, value in enumerate(self.answered) if math.isfinite(value)]
        i = min(finite, key=lambda i: self.answered[i])
        return self.asked[i], float(self.answered[i])

    def judge(self, answer, n):
        """Fail unless `answer` is (best_params, best_value, trials), and tells of the n trials as
        they were.
        """
        if len(self.asked) != n:
            raise CheckFailure(f"objective was called {len(self.asked)} times; expected {n}")
        if type(answer) not in (list, tuple) or len(answer) != 3:
            raise CheckFailure(
                "the search should return three things: best_params, best_value, trials"
            )
        params, value, trials = answer
        best_params, best_value = self.best()
        assert_close(value, best_value, "best_value", hint="The lowest finite value of all trials.")
        assert_close(
            params, best_params, "best_params", hint="The parameters that gave best_value."
        )
        if type(trials) not in (list, tuple) or len(trials) != n:
            raise CheckFailure(
                f"trials should be a list of {n} pairs (params, value), one for each trial"
            )
        for i, (trial, asked, answered) in enumerate(
            zip(trials, self.asked, self.answered, strict=True)
        ):
            if type(trial) not in (list, tuple) or len(trial) != 2:
                raise CheckFailure(f"trials[{i}] should be a pair (params, value)")
            assert_close(trial[0], asked, f"trials[{i}][0]")
            if math.isfinite(answered):
                assert_close(trial[1], float(answered), f"trials[{i}][1]")


@pytest.mark.points(3)
@pytest.mark.concept("grid_search")
def test_grid_search(student):
    """Grid search: tries every combination, the last name fastest, and gives the lowest"""
    space = {"lr": [0.1, 0.3, 1.0], "layers": [1, 2], "activation": ["relu", "tanh"]}
    objective = Objective(
        lambda p: (
            (p["lr"] - 0.4) ** 2 + 0.1 * p["layers"] + (0.3 if p["activation"] == "relu" else 0.1)
        )
    )

    answer = student.grid_search(space, objective)

    expected = [
        {"lr": lr, "layers": layers, "activation": activation}
        for lr in space["lr"]
        for layers in space["layers"]
        for activation in space["activation"]
    ]
    assert_close(objective.asked, expected, "the points in the order tried")
    objective.judge(answer, 12)


@pytest.mark.points(3)
@pytest.mark.concept("grid_search")
@pytest.mark.depends("test_grid_search")
@pytest.mark.hidden(
    "A training run can diverge: its value is NaN or infinite. Two points can also be equally good."
)
def test_grid_search_with_odd_values(student):
    """Grid search: a value that is not finite never wins, and of equally good trials the
    first does
    """
    for values in (
        [math.nan, 3.0, 1.0, math.inf],
        [2.0, -math.inf, 5.0, math.nan],
        [4.0, 1.0, 1.0, 2.0],
        [7.0],
    ):
        objective = Objective(lambda p, values=values: values[p["i"]])
        objective.judge(
            student.grid_search({"i": list(range(len(values)))}, objective), len(values)
        )


AXES = {"one": (-2.0, 6.0), "rate": (1e-5, 1.0, "log"), "kind": ["relu", "tanh", "elu"]}


def assert_inside(params, space):
    """Fail unless params has one legal value for each axis."""
    if type(params) is not dict or params.keys() != space.keys():
        raise CheckFailure(f"params should be a dict with the keys {', '.join(space)}")
    for name, axis in space.items():
        value = params[name]
        if type(axis) is list:
            if value not in axis:
                raise CheckFailure(f"params[{name!r}] is {value!r}, which is not on its list")
        elif not axis[0] <= value <= axis[1]:
            raise CheckFailure(
                f"params[{name!r}] is {value:g}, which is not between {axis[0]:g} and {axis[1]:g}"
            )


def fraction(axis, value):
    """How far along its axis a value lies, from 0 to 1."""
    low, high = axis[:2]
    if len(axis) == 3:
        return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
    return (value - low) / (high - low)


def assert_uniform(u, what, hint):
    """Kolmogorov and Smirnov's test; a right solution fails it three times in a million."""
    u, n = np.sort(u), len(u)
    distance = max(np.max(np.arange(1, n + 1) / n - u), np.max(u - np.arange(n) / n))
    if distance * math.sqrt(n) > 2.6:
        middle = np.quantile(u, [0.1, 0.5, 0.9])
        raise CheckFailure(
            f"{what} is not uniform",
            f"a tenth, a half and nine tenths of {n} draws lie below "
            f"{', '.join(f'{m:.2f}' for m in middle)}"
            " of the way; expected about 0.10, 0.50, 0.90",
            hint=hint,
        )


@pytest.mark.points(3)
@pytest.mark.concept("random_search")
def test_random_search(student, rng):
    """Random search: n trials inside the space, and the best of them"""
    objective = Objective(
        lambda p: (p["one"] - 1) ** 2 + abs(math.log10(p["rate"]) + 3) + (p["kind"] == "tanh")
    )

    answer = student.random_search(AXES, objective, 30, rng)

    for params in objective.asked:
        assert_inside(params, AXES)
    objective.judge(answer, 30)


@pytest.mark.points(4, each=True)
@pytest.mark.concept("random_search")
@pytest.mark.depends("test_random_search")
@pytest.mark.parametrize("name", AXES)
def test_random_search_is_uniform(student, rng, name):
    """Random search: uniform on an axis, on the logarithm of a log axis, over the values of
    a list
    """
    axis = AXES[name]
    objective = Objective(lambda p: 0.0)  # noqa: ARG005 - all points are equally good

    student.random_search({name: axis}, objective, 400, rng)

    drawn = [params[name] for params in objective.asked]
    if type(axis) is list:
        counts = np.array([drawn.count(value) for value in axis])
        deviation = math.sqrt(400 * (1 / 3) * (2 / 3))
        if np.abs(counts - 400 / 3).max() > 5 * deviation:
            raise CheckFailure(
                f"of 400 draws, the values of the list came {counts.tolist()} times; expected "
                "about 133"
            )
        return
    log = len(axis) == 3
    assert_uniform(
        np.array([fraction(axis, value) for value in drawn]),
        "the logarithm of a log axis" if log else "an axis",
        hint="Draw the logarithm uniformly between log(low) and log(high), then take exp."
        if log
        else "",
    )


@pytest.mark.points(2)
@pytest.mark.concept("random_search")
@pytest.mark.depends("test_random_search_is_uniform")
@pytest.mark.hidden(
    "Each axis needs a draw of its own, for every trial, and all draws come from rng."
)
def test_random_search_draws(student):
    """Random search: independent axes, and every draw from rng"""
    space = {"a": (0.0, 1.0), "b": (-5.0, -1.0), "c": (1e3, 1e6, "log")}

    def draws(seed, n):
        objective = Objective(lambda p: 0.0)  # noqa: ARG005 - as above
        student.random_search(space, objective, n, np.random.default_rng(seed))
        return np.array(
            [[fraction(axis, p[name]) for name, axis in space.items()] for p in objective.asked]
        )

    many = draws(1, 300)
    for i in range(3):
        assert_uniform(
            many[:, i], "an axis", hint="Does your formula hold for negative and for large numbers?"
        )
    worst = np.abs(np.corrcoef(many.T) - np.eye(3)).max()
    if worst * math.sqrt(300) > 5.5:
        raise CheckFailure("the axes are not drawn independently of one another")
    if not np.array_equal(draws(2, 5), draws(2, 5)):
        raise CheckFailure("an rng in the same state gives other points")
    if np.array_equal(draws(2, 5), draws(3, 5)):
        raise CheckFailure("every rng gives the same points")


@pytest.mark.points(1)
@pytest.mark.concept("random_search")
@pytest.mark.depends("test_random_search")
@pytest.mark.hidden(
    "A training run can diverge: its value is NaN or infinite. What is the minimum of a list with "
    "NaN?"
)
def test_random_search_with_odd_values(student, rng):
    """Random search: a value that is not finite never wins, and one trial is enough"""
    for odd in (math.nan, -math.inf):
        objective = Objective(lambda p, odd=odd: odd if p["x"] > 0.3 else 1 - p["x"])
        objective.judge(student.random_search({"x": (0.0, 1.0)}, objective, 20, rng), 20)
    objective = Objective(lambda p: p["x"])
    objective.judge(student.random_search({"x": (0.0, 1.0)}, objective, 1, rng), 1)


# ---- the Gaussian process ------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("bayesian_search")
@pytest.mark.parametrize(("D", "length_scale"), [(1, 0.5), (3, 1.7)], ids=str)
def test_matern_kernel(student, reference, rng, D, length_scale):
    """Matérn kernel: how alike two points are, from their distance in length scales"""
    A, B = rng.normal(size=(4, D)), rng.normal(size=(6, D))

    K = student.matern_kernel(A, B, length_scale)

    assert_close(
        K,
        reference.matern_kernel(A, B, length_scale),
        "K",
        hint="r is the Euclidean distance over ℓ.",
    )
    assert_close(
        np.diag(student.matern_kernel(A, A, length_scale)),
        np.ones(4),
        "the diagonal of k(A, A)",
        atol=1e-6,
    )


@pytest.mark.points(3)
@pytest.mark.concept("bayesian_search")
@pytest.mark.depends("test_matern_kernel")
def test_gp_posterior(student, reference, rng):
    """Gaussian process: mean and standard deviation at new points"""
    X, X_new, y = rng.random((8, 2)), rng.random((5, 2)), rng.normal(size=8)

    mean, std = student.gp_posterior(X, y, X_new, 0.4, 0.05)

    right_mean, right_std = reference.gp_posterior(X, y, X_new, 0.4, 0.05)
    assert_close(mean, right_mean, "mean", rtol=1e-6)
    assert_close(
        std,
        right_std,
        "std",
        rtol=1e-6,
        hint="The root of the variance; noise is a variance already.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("bayesian_search")
@pytest.mark.depends("test_gp_posterior")
@pytest.mark.hidden(
    "At a point that was tried std is zero, up to rounding. Can your root see a negative number?"
)
def test_gp_posterior_where_it_knows(student, rng):
    """Gaussian process: certain where it has seen the function, ignorant far away"""
    X, y = rng.random((12, 1)) * 3 + np.arange(12)[:, None] * 4, rng.normal(size=12)

    mean, std = student.gp_posterior(X, y, np.vstack([X, [[-90.0]], [[200.0]]]), 1.0, 1e-17)

    assert_close(
        mean, np.concatenate([y, [0, 0]]), "mean at the points tried, and far away", atol=1e-5
    )
    assert_close(
        std,
        np.concatenate([np.zeros(12), [1, 1]]),
        "std at the points tried, and far away",
        atol=1e-4,
    )


@pytest.mark.points(2)
@pytest.mark.concept("bayesian_search")
@pytest.mark.depends("test_matern_kernel")
@pytest.mark.parametrize("N", [1, 9])
def test_gp_log_likelihood(student, reference, rng, N):
    """Gaussian process: the logarithm of the likelihood of what was seen"""
    X, y = rng.random((N, 2)), rng.normal(size=N)

    value = student.gp_log_likelihood(X, y, 0.4, 0.05)

    expected = reference.gp_log_likelihood(X, y, 0.4, 0.05)
    assert_close(
        value,
        expected,
        "log p(y | X)",
        rtol=1e-6,
        hint="Three terms, all with one half and a minus sign.",
    )


@pytest.mark.points(1)
@pytest.mark.concept("bayesian_search")
@pytest.mark.depends("test_gp_log_likelihood")
@pytest.mark.hidden(
    "The determinant of a large matrix is often too small for a number. Its logarithm is not."
)
def test_gp_log_likelihood_of_many_points(student, reference, rng):
    """Gaussian process: finite for two hundred points"""
    X, y = rng.random((200, 2)), rng.normal(size=200)

    value = student.gp_log_likelihood(X, y, 0.5, 1e-3)

    assert_close(value, reference.gp_log_likelihood(X, y, 0.5, 1e-3), "log p(y | X)", rtol=1e-5)


@pytest.mark.points(3)
@pytest.mark.concept("bayesian_search")
def test_expected_improvement(student, reference, rng):
    """Expected improvement: large where the mean is low, and where the uncertainty is large"""
    mean, std = rng.normal(size=9), rng.random(9) + 0.2

    improvement = student.expected_improvement(mean, std, -0.3)

    assert_close(
        improvement,
        reference.expected_improvement(mean, std, -0.3),
        "EI",
        hint="The search minimises.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("bayesian_search")
@pytest.mark.depends("test_expected_improvement")
@pytest.mark.hidden(
    "σ can be zero: there the improvement is certain, or none. Does anything divide by σ?"
)
def test_expected_improvement_without_doubt(student):
    """Expected improvement: where σ is zero, and far from the best value"""
    mean, std = np.array([0.0, 1.0, 1.5, 2.0, 9.0, -50.0]), np.array([0.0, 0.0, 0.0, 0.0, 0.2, 0.1])

    improvement = student.expected_improvement(mean, std, 1.5)

    assert_close(improvement, np.array([1.5, 0.5, 0.0, 0.0, 0.0, 51.5]), "EI")


# ---- Bayesian search -----------------------------------------------------------------------------

BOUNDS = {"lr": (1e-6, 1.0, "log"), "penalty": (1e-8, 1.0, "log"), "momentum": (0.0, 1.0)}
BUDGET, CLOSE_ENOUGH = 25, 0.2
UNITS = [(0.0, 1.0), (1000.0, 500.0), (3.0, 0.005), (-20.0, 0.01)]


def training(params):
    """A stand-in for a training run: a loss that is 0 at lr = 10^-2.3, penalty = 10^-4, momentum =
    0.8.
    """
    lr, penalty = math.log10(params["lr"]) + 2.3, math.log10(params["penalty"]) + 4
    return lr**2 + 0.3 * penalty**2 + 4 * (params["momentum"] - 0.8) ** 2


@pytest.mark.points(3)
@pytest.mark.concept("bayesian_search")
def test_bayesian_search(student, rng):
    """Bayesian search: n trials inside the bounds, and the best of them"""
    objective = Objective(training)

    answer = student.bayesian_search(BOUNDS, objective, 12, rng)

    for params in objective.asked:
        assert_inside(params, BOUNDS)
    objective.judge(answer, 12)


@pytest.mark.points(4)
@pytest.mark.concept("bayesian_search")
@pytest.mark.depends("test_bayesian_search")
@pytest.mark.limits(seconds=20)
def test_bayesian_search_beats_random_search(student, calibration):
    """Bayesian search: with 25 trials, finds what random search seldom finds with 100"""

    def train(seed):
        runs = []
        for i, (lowest, unit) in enumerate(UNITS):  # what is sought does not depend on them
            objective = Objective(lambda p, lowest=lowest, unit=unit: lowest + unit * training(p))
            student.bayesian_search(BOUNDS, objective, BUDGET, np.random.default_rng([seed, i]))
            runs.append((np.minimum.accumulate(objective.answered[:BUDGET]) - lowest) / unit)
        return runs

    assert_learns(
        train,
        metric=lambda runs: np.mean([max(run[-1], CLOSE_ENOUGH) for run in runs]),
        history=lambda runs: np.mean(runs, axis=0),
        key="bayesian-search",
        calibration=calibration,
        better="lower",
        name="the search",
        hint="Is each new point the one of largest expected improvement? Unit cube, standardised "
        "values? "
        "The loss is the lowest value so far, after each trial.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("bayesian_search")
@pytest.mark.depends("test_bayesian_search")
@pytest.mark.hidden(
    "Where some runs diverge, or all values are equal, the search should still come to its end."
)
def test_bayesian_search_with_odd_values(student, rng):
    """Bayesian search: runs that diverge, and an objective that never changes"""
    space = {"x": (-1.0, 1.0)}
    for function in (
        lambda p: math.nan if p["x"] > 0 else (p["x"] + 0.5) ** 2,
        lambda p: math.inf if p["x"] > 0 else (p["x"] + 0.5) ** 2,
        lambda p: -math.inf if p["x"] > 0 else (p["x"] + 0.5) ** 2,
        lambda p: 3.0,  # noqa: ARG005 - the same for every point
    ):
        objective = Objective(function)
        answer = student.bayesian_search(space, objective, 9, rng)
        for params in objective.asked:
            assert_inside(params, space)
        objective.judge(answer, 9)

    for _ in range(4):  # a random search of 18 trials gets as close as this one time in four
        objective = Objective(lambda p: math.nan if p["x"] > 0 else (p["x"] + 0.5) ** 2)
        answer = student.bayesian_search(
            space, objective, 18, np.random.default_rng(rng.integers(2**32))
        )
        objective.judge(answer, 18)
        found = min(value for value in objective.answered if math.isfinite(value))
        if found > 3e-4:
            raise CheckFailure(
                f"where half of the runs diverge, the search came no lower than {found:.3g} in 18 "
                "trials; 0 is there",
                hint="A value that is not finite counts as the worst finite one, and the search "
                "goes on.",
            )


@pytest.mark.points(2)
@pytest.mark.concept("bayesian_search")
@pytest.mark.depends("test_bayesian_search")
@pytest.mark.hidden(
    "The first 2 D + 1 trials are random: uniform in the unit cube, which holds the logarithm of "
    "a log axis."
)
def test_bayesian_search_begins_at_random(student):
    """Bayesian search: the first trials are random, on a log axis in its logarithm, and
    follow rng
    """
    space = {"a": (1e-4, 1e2, "log"), "b": (-3.0, 5.0)}

    def points(seed, n):
        objective = Objective(lambda p: math.log10(p["a"]) ** 2 + p["b"])
        objective.judge(
            student.bayesian_search(space, objective, n, np.random.default_rng(seed)), n
        )
        return [
            [fraction(space[name], params[name]) for name in space] for params in objective.asked
        ]

    first = np.array([points(seed, 5) for seed in range(30)]).reshape(150, 2)
    for column in first.T:
        assert_uniform(column, "an axis of the first trials", hint="")
    if abs(np.corrcoef(first.T)[0, 1]) * math.sqrt(150) > 5.5:
        raise CheckFailure(
            "the axes of the first trials are not drawn independently of one another"
        )
    if not np.allclose(points(40, 8), points(40, 8)):
        raise CheckFailure("an rng in the same state gives other trials")


# ---- learning curves -----------------------------------------------------------------------------

T = np.arange(30)
DECAY = np.exp(-T / 5)
JITTER = np.where(T % 2, 1.0, -1.0)
SCENARIOS = {
    "good fit": (DECAY + 0.1, DECAY + 0.15),
    "underfit": (2.0 - 0.002 * T, 2.1 - 0.002 * T),
    "overfit": (DECAY, DECAY + 0.03 * T),
    "stopped early": (3 - 0.08 * T, 3.1 - 0.08 * T),
    "validation easier": (DECAY + 0.5, DECAY + 0.2),
    "validation too small": (DECAY + 0.2, DECAY + 0.5 + 0.15 * JITTER),
}


@pytest.mark.points(6, each=True)
@pytest.mark.concept("diagnose_learning_curves")
@pytest.mark.parametrize("name", SCENARIOS)
def test_learning_curves(student, plot, name):
    """Learning curves: names the scenario"""
    train, val = SCENARIOS[name]
    plot(f"Learning curves: {name}", training=train, validation=val)

    assert_close(student.diagnose_learning_curves(train, val), name, "the diagnosis")


def curve(*corners):
    """Straight lines from corner to corner (epoch, loss), on 40 epochs: q is 8."""
    epochs, losses = zip(*corners, strict=True)
    return np.interp(np.arange(40), epochs, losses)


FALLS = curve((0, 1.0), (15, 0.2), (39, 0.2))  # a fall of 0.8
NOISE = np.where(np.arange(40) % 2, 1.0, -1.0) / 2.4217  # its noise, as it is defined, is 1
CORNERS = [
    (np.zeros(40), np.zeros(40)),
    (curve((0, 1.0), (1, 0.905), (39, 0.905)), curve((0, 1.0), (1, 0.905), (39, 0.905))),
    (curve((0, 1.0), (15, 0.8), (39, 0.8)) + 0.05 * NOISE, curve((0, 1.0), (15, 0.8), (39, 0.8))),
    (FALLS, FALLS + 0.05 + 0.043 * NOISE),
    (FALLS + 0.02 * NOISE, FALLS + 0.05 + 0.07 * NOISE),
    (FALLS, FALLS + curve((0, 0), (20, 0), (32, 0.095), (39, 0.095))),
    (curve((0, 1.0), (15, 0.93), (39, 0.93)), curve((0, 1.0), (15, 0.93), (39, 0.93))),
    (curve((0, 1.0), (15, 0.87), (39, 0.87)), curve((0, 1.0), (15, 0.87), (39, 0.87))),
    (curve((0, 1.0), (15, 0.8), (39, 0.8)) + 0.1 * NOISE, curve((0, 1.0), (15, 0.8), (39, 0.8))),
    (FALLS, FALLS + 0.05 + 0.03 * NOISE),
    (FALLS, FALLS + 0.05 + 0.05 * NOISE),
    (FALLS + 0.02 * NOISE, FALLS + 0.05 + 0.05 * NOISE),
    (FALLS, FALLS - 0.06),
    (FALLS, FALLS - 0.1),
    (FALLS, FALLS + curve((0, 0), (20, 0), (32, 0.06), (39, 0.06))),
    (FALLS, FALLS + curve((0, 0), (20, 0), (32, 0.11), (39, 0.11))),
    (FALLS, FALLS + 0.17),
    (FALLS, FALLS + 0.24),
    (FALLS - curve((0, 0), (24, 0), (39, 0.06)), FALLS + 0.1 - curve((0, 0), (24, 0), (39, 0.06))),
    (FALLS - curve((0, 0), (24, 0), (39, 0.13)), FALLS + 0.1 - curve((0, 0), (24, 0), (39, 0.13))),
    (FALLS - curve((0, 0), (24, 0), (39, 0.13)), FALLS + 0.1),
    (FALLS - curve((0, 0), (24, 0), (39, 0.13)), FALLS + 0.4 - curve((0, 0), (24, 0), (39, 0.13))),
    (FALLS, FALLS + 0.05 - 0.15 * (np.arange(40) == 25)),
    (FALLS, FALLS + 0.05 + 0.3 * (np.arange(40) == 39)),
    (curve((0, 1.0), (15, 0.8), (39, 0.8)) + 0.1 * NOISE, curve((0, 1.06), (15, 0.86), (39, 0.86))),
    (FALLS, FALLS + 0.4),
    (FALLS, FALLS + 0.3 + 0.1 * NOISE),
    (FALLS + 0.3, FALLS + curve((0, 0), (20, 0), (32, 0.15), (39, 0.15))),
]


@pytest.mark.points(4, each=True)
@pytest.mark.concept("diagnose_learning_curves")
@pytest.mark.depends("test_learning_curves")
@pytest.mark.hidden(
    "Read the rules one by one: the end is a mean over q epochs, each share is of the fall, the "
    "first rule wins."
)
@pytest.mark.parametrize("i", range(len(CORNERS)))
def test_learning_curves_by_the_rules(student, reference, i):
    """Learning curves: on either side of every share, and where several rules apply"""
    train, val = CORNERS[i]
    assert_close(
        student.diagnose_learning_curves(train, val),
        reference.diagnose_learning_curves(train, val),
        "it",
    )


@pytest.mark.points(1)
@pytest.mark.concept("diagnose_learning_curves")
@pytest.mark.depends("test_learning_curves")
@pytest.mark.hidden("Five epochs are enough, and the unit of the loss makes no difference.")
def test_learning_curves_of_any_size(student, reference):
    """Learning curves: short ones, and losses in another unit"""
    for epochs in (5, 9, 14):
        t = np.arange(epochs)
        for factor in (1e-3, 1.0, 1e4):
            for train, val in (
                (3 - 0.2 * t, 3.1 - 0.2 * t),
                (np.exp(-t), np.exp(-t) + 0.02),
                (np.exp(-t), np.exp(-t) + 0.2 * t),
            ):
                answer = student.diagnose_learning_curves(factor * train, factor * val)
                assert_close(
                    answer,
                    reference.diagnose_learning_curves(factor * train, factor * val),
                    "the diagnosis",
                )


# ---- bad input -----------------------------------------------------------------------------------


def nothing(*_):
    return 0.0


def diverges(_):
    return math.nan


POINTS, VALUES = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]), np.array([1.0, 2.0, 3.0])
SPACES = [
    ({}, "space"),
    ({"x": (1.0, 1.0)}, "space"),
    ({"x": (0.0, 1.0, "log")}, "space"),
    ({"x": []}, "space"),
    ({"x": (1.0,)}, "space"),
]
BAD_INPUT = {
    "cross_validate": [
        ((nothing, nothing, POINTS, VALUES[:2], 2), "y"),
        ((nothing, nothing, POINTS, VALUES, 1), "k"),
        ((nothing, nothing, POINTS, VALUES, 4), "k"),
    ],
    "grid_search": [
        (({}, nothing), "space"),
        (({"x": []}, nothing), "space"),
        (({"x": (0, 1)}, nothing), "space"),
        (({"x": [1, 2]}, diverges), "objective"),
    ],
    "random_search": [
        *(((space, nothing, 3), name) for space, name in SPACES),
        (({"x": (1.0, 2.0, "exp")}, nothing, 3), "space"),
        (({"x": (0.0, 1.0)}, nothing, 0), "n"),
        (({"x": (0.0, 1.0)}, diverges, 3), "objective"),
    ],
    "matern_kernel": [((POINTS, POINTS[:, :1], 1.0), "B"), ((POINTS, POINTS, 0.0), "length_scale")],
    "gp_posterior": [
        ((POINTS, VALUES[:2], POINTS, 1.0, 1e-3), "y"),
        ((POINTS, VALUES, POINTS, 1.0, 0.0), "noise"),
    ],
    "gp_log_likelihood": [
        ((POINTS, VALUES[:2], 1.0, 1e-3), "y"),
        ((POINTS, VALUES, 1.0, -1e-3), "noise"),
    ],
    "expected_improvement": [
        ((VALUES, VALUES[:1], 0.0), "std"),
        ((VALUES, np.array([1.0, -1.0, 1.0]), 0.0), "std"),
    ],
    "bayesian_search": [
        (({}, nothing, 3), "bounds"),
        (({"x": [1, 2, 3]}, nothing, 3), "bounds"),
        (({"x": (2.0, 1.0)}, nothing, 3), "bounds"),
        (({"x": (0.0, 1.0)}, nothing, 0), "n"),
    ],
    "diagnose_learning_curves": [
        ((DECAY, DECAY[:-1]), "val"),
        ((DECAY[:4], DECAY[:4]), "train"),
        ((DECAY, DECAY - 0.5), "val"),
        ((np.where(T == 7, np.nan, DECAY), DECAY), "train"),
    ],
}


@pytest.mark.points(2, each=True)
@pytest.mark.hidden(
    "The docstring says under Raises what must not come in. Try each of these, and read your "
    "message."
)
@pytest.mark.parametrize("symbol", BAD_INPUT)
def test_bad_input_of_searches(student, symbol):
    """Selection: what the docstring rules out raises a ValueError that names the argument"""
    draws = (
        (np.random.default_rng(0),)
        if symbol in ("cross_validate", "random_search", "bayesian_search")
        else ()
    )
    for arguments, name in BAD_INPUT[symbol]:
        assert_rejects(getattr(student, symbol), *arguments, *draws, naming=name)
