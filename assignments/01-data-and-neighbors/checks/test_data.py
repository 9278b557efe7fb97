import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects

# ---- the threshold rule --------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("fit_threshold")
@pytest.mark.parametrize("noise", [0.0, 0.8], ids=["separable", "noisy"])
def test_threshold(student, reference, rng, noise):
    """Threshold: midway between two samples, where the training errors are fewest"""
    x = rng.normal(1, 2, size=15)
    y = (x + noise * rng.normal(size=15) > 1.3).astype(int)

    a = student.fit_threshold(x, y)

    hint = (
        "Try every gap between two neighbouring values of x, and count the samples on the "
        "wrong side."
    )
    assert_close(a, reference.fit_threshold(x, y), "a", hint=hint)


@pytest.mark.points(2)
@pytest.mark.concept("fit_threshold")
@pytest.mark.depends("test_threshold")
@pytest.mark.hidden(
    "Several samples may have the same x, and several gaps the fewest errors. Which gap wins?"
)
def test_threshold_with_ties(student, reference, rng):
    """Threshold: samples at the same place, and gaps that are equally good"""
    wandering = np.array([0, 1, 0, 1, 0, 1, 1])  # after the first, third and fifth: two errors each
    heavy = np.array([0, 1, 1, 1, 0, 0, 1])  # the three ones are at one place, and count as three
    crowded = rng.integers(4, size=30)
    cases = [
        (np.array([2.0, 3.0, 5.0, 8.0, 9.0, 11.0, 15.0]), wandering),
        (np.array([1.0, 4.0, 4.0, 4.0, 6.0, 7.0, 9.0]), heavy),
        (crowded.astype(float), (crowded + rng.integers(-1, 2, size=30) > 1).astype(int)),
    ]
    for x, y in cases:
        assert_close(student.fit_threshold(x, y), reference.fit_threshold(x, y), "a")


@pytest.mark.points(1)
@pytest.mark.concept("fit_threshold")
@pytest.mark.depends("test_threshold")
@pytest.mark.hidden(
    "What is the best rule when all samples are of one class? A threshold may lie beyond all "
    "samples."
)
def test_threshold_beyond_the_samples(student):
    """Threshold: everything is class 0, or everything is class 1"""
    x = np.array([3.0, -1.0, 7.0])
    assert_close(student.fit_threshold(x, np.ones(3, dtype=int)), -np.inf, "a when all is class 1")
    assert_close(student.fit_threshold(x, np.zeros(3, dtype=int)), np.inf, "a when all is class 0")
    assert_close(
        student.fit_threshold(x[:1], np.array([1])), -np.inf, "a for one sample of class 1"
    )
    falling = student.fit_threshold(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 0]))
    assert_close(falling, -np.inf, "a when the large x are class 0")
    # one error either way: the smaller wins
    crossed = student.fit_threshold(np.array([1.0, 2.0]), np.array([1, 0]))
    assert_close(crossed, -np.inf, "a for one sample of each class, the wrong way round")


# ---- polynomials ---------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("polynomial_features")
@pytest.mark.parametrize("degree", [1, 4])
def test_polynomial_features(student, reference, rng, degree):
    """Polynomial features: the columns 1, x, …, x^M"""
    x = rng.normal(size=6)

    features = student.polynomial_features(x, degree)

    hint = "Column k holds the k-th power; the constant comes first."
    assert_close(features, reference.polynomial_features(x, degree), "features", hint=hint)


@pytest.mark.points(1)
@pytest.mark.concept("polynomial_features")
@pytest.mark.depends("test_polynomial_features")
@pytest.mark.hidden(
    "Degree 0 has a column too, and x may be zero, negative, or a single number in an array."
)
def test_polynomial_features_of_small_things(student, reference):
    """Polynomial features: degree 0, one sample, zero and negative x"""
    for x, degree in (
        (np.array([0.0, -2.0, 3.0]), 0),
        (np.array([-1.5]), 3),
        (np.array([0.0, -0.5, -4.0, 1.0]), 5),
    ):
        features = student.polynomial_features(x, degree)
        assert_close(features, reference.polynomial_features(x, degree), "features")


@pytest.mark.points(4)
@pytest.mark.concept("fit_least_squares")
@pytest.mark.parametrize("shape", [(8, 3), (20, 5)], ids=str)
def test_least_squares(student, reference, rng, shape):
    """Least squares: the weights with the smallest squared error"""
    X, y = rng.normal(1, 2, size=shape), rng.normal(3, 1, size=shape[0])

    w = student.fit_least_squares(X, y)

    assert_close(w, reference.fit_least_squares(X, y), "w", rtol=1e-6)


@pytest.mark.points(2)
@pytest.mark.concept("fit_least_squares")
@pytest.mark.depends("test_least_squares")
@pytest.mark.hidden(
    "High powers of x are nearly parallel columns. How many digits does your formula lose to them?"
)
def test_least_squares_of_high_powers(student, rng):
    """Least squares: exact weights although the columns are almost parallel"""
    X = np.stack([np.linspace(0, 1, 25) ** k for k in range(12)], axis=1)  # condition number 10⁸
    w = rng.normal(size=12)
    assert_close(student.fit_least_squares(X, X @ w), w, "w", rtol=1e-4, atol=1e-4)


@pytest.mark.points(1)
@pytest.mark.concept("fit_least_squares")
@pytest.mark.depends("test_least_squares")
@pytest.mark.hidden(
    "Two equal columns, or fewer samples than features: many weights fit equally well. Which ones?"
)
def test_least_squares_without_a_single_answer(student, reference, rng):
    """Least squares: the shortest of all weights that fit equally well"""
    column = rng.normal(size=(9, 1))
    equal = np.hstack([column, rng.normal(size=(9, 2)), column])
    for X in (equal, rng.normal(size=(3, 5)), np.array([[2.0]])):
        y = rng.normal(size=len(X))
        assert_close(
            student.fit_least_squares(X, y),
            reference.fit_least_squares(X, y),
            "w",
            rtol=1e-6,
            atol=1e-8,
        )


@pytest.mark.points(3)
@pytest.mark.concept("predict_polynomial")
@pytest.mark.parametrize("coefficients", [1, 2, 5])
def test_predict_polynomial(student, reference, rng, coefficients):
    """Polynomial: w₀ + w₁ x + … + w_M x^M"""
    x, w = rng.normal(size=7), rng.normal(size=coefficients)

    predicted = student.predict_polynomial(x, w)

    hint = "The constant comes first, as in polynomial_features."
    assert_close(predicted, reference.predict_polynomial(x, w), "prediction", hint=hint)


@pytest.mark.points(3)
@pytest.mark.concept("fit_least_squares")
@pytest.mark.depends("test_polynomial_features", "test_least_squares")
def test_underfitting_and_overfitting(student, reference, plot):
    """Polynomials: more degrees always fit the training data better, and end by fitting the
    noise
    """
    noise = np.random.default_rng(1).normal(0, 0.3, size=10)
    x, x_test = np.linspace(-1, 1, 10), np.linspace(-0.95, 0.95, 50)
    y, y_test = np.sin(3 * x) + noise, np.sin(3 * x_test)

    def errors(subject, degree):
        w = subject.fit_least_squares(subject.polynomial_features(x, degree), y)
        train = np.mean((subject.predict_polynomial(x, w) - y) ** 2)
        return train, np.mean((subject.predict_polynomial(x_test, w) - y_test) ** 2)

    curves = np.array([errors(student, degree) for degree in range(10)])
    plot("Error by degree", training=curves[:, 0], test=curves[:, 1])

    expected = np.array([errors(reference, degree) for degree in range(10)])
    assert_close(curves[:, 0], expected[:, 0], "the training error by degree", rtol=1e-5, atol=1e-9)
    assert_close(curves[:, 1], expected[:, 1], "the test error by degree", rtol=1e-5, atol=1e-9)


# ---- scales ------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("center")
@pytest.mark.parametrize("shape", [(7, 3), (5, 2, 4), (6,)], ids=str)
def test_center(student, reference, rng, shape):
    """Center: every feature has mean zero"""
    x = rng.normal(size=shape) + 10 * rng.normal(size=shape[1:])

    hint = "The mean runs over the samples, axis 0, whatever the shape of one sample is."
    assert_close(student.center(x), reference.center(x), "center(x)", hint=hint)


@pytest.mark.points(4)
@pytest.mark.concept("standardize")
@pytest.mark.parametrize("shape", [(7, 3), (5, 2, 4)], ids=str)
def test_standardize(student, reference, rng, shape):
    """Standardize: z, the mean and the standard deviation of every feature"""
    x = (1 + 9 * rng.random(shape[1:])) * rng.normal(size=shape) + 20 * rng.normal(size=shape[1:])

    z, mean, std = student.standardize(x)

    expected, right_mean, right_std = reference.standardize(x)
    assert_close(mean, right_mean, "mean", hint="One number per feature: the mean over axis 0.")
    assert_close(
        std,
        right_std,
        "std",
        rtol=1e-6,
        hint="σ² is the mean of (x - μ)² over axis 0: divide by N.",
    )
    assert_close(z, expected, "z", rtol=1e-6)


@pytest.mark.points(3)
@pytest.mark.concept("standardize")
@pytest.mark.depends("test_standardize")
@pytest.mark.parametrize("sample", [(3,), (2, 4)], ids=str)
def test_standardize_with_the_statistics_of_training(student, reference, rng, sample):
    """Standardize: test data are prepared with the mean and the std of the training data"""
    x_train, x_test = rng.normal(4, 3, size=(12, *sample)), rng.normal(-2, 5, size=(5, *sample))
    _, mean, std = reference.standardize(x_train)

    z_test, same_mean, same_std = student.standardize(x_test, mean, std)

    expected = reference.standardize(x_test, mean, std)[0]
    assert_close(
        z_test,
        expected,
        "z_test",
        rtol=1e-6,
        hint="What is given is used; it is not computed from x again.",
    )
    assert_close(same_mean, mean, "the mean that was given")
    assert_close(same_std, std, "the std that was given")


@pytest.mark.points(2)
@pytest.mark.concept("standardize")
@pytest.mark.depends("test_standardize_with_the_statistics_of_training")
@pytest.mark.hidden(
    "A feature that is the same for all samples has σ = 0. What becomes of it, also on test data?"
)
def test_standardize_constant_feature(student, rng):
    """Standardize: a constant feature is centred, and stays finite on test data too"""
    x, x_test = rng.normal(3, 2, size=(8, 3)), rng.normal(3, 2, size=(5, 3))
    x[:, 1] = 6.0

    z, mean, std = student.standardize(x)
    z_test, _, _ = student.standardize(x_test, mean, std)

    assert_close(z[:, 1], np.zeros(8), "the constant feature of z")
    assert_close(z_test[:, 1], x_test[:, 1] - 6, "that feature of z_test", rtol=1e-6)
    assert_close(
        z[:, [0, 2]].std(axis=0),
        np.ones(2),
        "the standard deviation of the other features",
        rtol=1e-5,
    )


@pytest.mark.points(1)
@pytest.mark.concept("standardize")
@pytest.mark.depends("test_standardize")
@pytest.mark.hidden(
    "Does z depend on the unit? A length is the same in kilometres and in nanometres."
)
def test_standardize_in_any_unit(student, reference, rng):
    """Standardize: the unit of a feature changes nothing"""
    x = rng.normal(2, 3, size=(9, 3)) * np.array([1e-9, 1.0, 1e9])

    z = student.standardize(x)[0]

    assert_close(z, reference.standardize(x)[0], "z", rtol=1e-6)


@pytest.mark.points(1)
@pytest.mark.concept("standardize")
@pytest.mark.depends("test_standardize_with_the_statistics_of_training")
@pytest.mark.hidden(
    "mean and std are two arguments. Is each of them used when the other one is not given?"
)
def test_standardize_with_one_statistic(student, rng):
    """Standardize: only std is given, so the mean comes from x"""
    x, zero, std = rng.normal(4, 3, size=(6, 2)), np.zeros(2), np.array([2.0, 0.5])

    z = student.standardize(x, zero, std)[0]
    assert_close(z, x / std, "z with both", rtol=1e-6)

    z, mean, _ = student.standardize(x, std=std)

    assert_close(mean, x.mean(axis=0), "mean")
    assert_close(z, (x - x.mean(axis=0)) / std, "z with std alone", rtol=1e-6)


@pytest.mark.points(3)
@pytest.mark.concept("rescale")
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 3)], ids=str)
def test_rescale(student, reference, rng, low, high):
    """Rescale: the smallest value of a feature becomes low, its largest high"""
    x = rng.normal(size=(7, 3)) * np.array([1, 10, 100]) + np.array([5, -50, 0])

    hint = "Bring every feature to 0 … 1 first, with its own minimum and maximum over axis 0."
    assert_close(
        student.rescale(x, low, high), reference.rescale(x, low, high), "rescale(x)", hint=hint
    )


@pytest.mark.points(1)
@pytest.mark.concept("rescale")
@pytest.mark.depends("test_rescale")
@pytest.mark.hidden(
    "A feature may be the same for all samples, and samples may be images. Where is the minimum "
    "taken?"
)
def test_rescale_of_images_and_constants(student, reference, rng):
    """Rescale: images, and a constant feature, which becomes low"""
    x = rng.normal(size=(4, 3, 2))
    x[:, 1, 0] = 7.0
    for values in (x, x[:1]):
        assert_close(student.rescale(values, -2, 5), reference.rescale(values, -2, 5), "rescale(x)")


# ---- labels ------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("one_hot")
def test_one_hot(student, reference, rng):
    """One-hot: a single 1.0 in every row, in the column of its class"""
    y = rng.permutation(np.array([0, 1, 2, 3, 3, 1, 2]))

    assert_close(
        student.one_hot(y, 4),
        reference.one_hot(y, 4),
        "one_hot(y, 4)",
        hint="Rows of floating numbers.",
    )


@pytest.mark.points(1)
@pytest.mark.concept("one_hot")
@pytest.mark.depends("test_one_hot")
@pytest.mark.hidden("A small batch need not hold every class, nor more than one sample.")
def test_one_hot_of_small_batches(student, reference):
    """One-hot: classes that do not occur, one sample, small integer types"""
    for y, classes in (
        (np.array([0, 2, 0]), 5),
        (np.array([1]), 3),
        (np.array([3, 0], dtype=np.uint8), 4),
    ):
        assert_close(
            student.one_hot(y, classes), reference.one_hot(y, classes), f"one_hot(y, {classes})"
        )


# ---- splits ------------------------------------------------------------------------------------


def parts_of(answer, count, n, name):
    """The answer as index arrays; fails unless there are `count` of them that hold each of 0 … n -
    1 once.
    """
    if type(answer) not in (list, tuple) or len(answer) != count:
        raise CheckFailure(f"{name} should give a list of {count} index arrays")
    parts = [np.asarray(part) for part in answer]
    if any(part.ndim != 1 or (part.size and part.dtype.kind not in "iu") for part in parts):
        raise CheckFailure(f"{name} should give arrays of indices, each with one axis")
    every = np.concatenate([part.astype(np.int64) for part in parts])
    if ((every < 0) | (every >= n)).any():
        raise CheckFailure(f"{name} gives indices that are none of 0 to {n - 1}")
    times = np.bincount(every, minlength=n)
    if (times > 1).any():
        raise CheckFailure(
            f"{name} puts index {times.argmax()} into its parts {times.max()} times; once is right"
        )
    if (times < 1).any():
        raise CheckFailure(
            f"{name} leaves index {times.argmin()} out; every index belongs to one part"
        )
    return parts


def assert_shuffled(parts, n, name):
    """The mean of a random part is the mean of all, give or take six standard deviations."""
    for part in parts:
        # sampling without replacement
        deviation = np.sqrt((n + 1) * (n - len(part)) / (12 * len(part)))
        if abs(part.mean() - (n - 1) / 2) > 6 * deviation:
            raise CheckFailure(
                f"{name} is not shuffled: a part of {len(part)} of the indices 0 to {n - 1} has "
                f"mean {part.mean():.1f}",
                hint="Data often comes sorted by class. Draw one permutation of all indices, then "
                "cut it.",
            )


@pytest.mark.points(4)
@pytest.mark.concept("split_indices")
@pytest.mark.parametrize("fractions", [(0.6, 0.2, 0.2), (0.75, 0.25)], ids=str)
def test_split(student, rng, fractions):
    """Split: every index in exactly one part, shuffled, in the right shares"""
    n = 400

    parts = parts_of(student.split_indices(n, fractions, rng), len(fractions), n, "split_indices")

    sizes, expected = [len(part) for part in parts], [round(n * f) for f in fractions]
    assert sizes == expected, f"the parts have the sizes {sizes}; expected {expected}"
    assert_shuffled(parts, n, "split_indices")


@pytest.mark.points(1)
@pytest.mark.concept("split_indices")
@pytest.mark.hidden(
    "n times a fraction is not always a whole number. Round the boundaries, not the sizes."
)
@pytest.mark.parametrize(
    ("n", "fractions", "sizes"),
    [
        (23, (0.6, 0.2, 0.2), [14, 4, 5]),
        (13, (0.2, 0.3, 0.2, 0.3), [3, 3, 3, 4]),
        (9, (0.0, 1.0), [0, 9]),
        (0, (0.5, 0.5), [0, 0]),
    ],
    ids=str,
)
def test_split_sizes(student, rng, n, fractions, sizes):
    """Split: the boundaries are rounded, and a part may be empty"""
    parts = parts_of(student.split_indices(n, fractions, rng), len(fractions), n, "split_indices")

    got = [len(part) for part in parts]
    assert got == sizes, f"the parts have the sizes {got}; expected {sizes}"


@pytest.mark.points(4)
@pytest.mark.concept("k_fold_indices")
@pytest.mark.parametrize(("n", "k"), [(200, 4), (301, 7)], ids=str)
def test_folds(student, rng, n, k):
    """Folds: every index in exactly one, shuffled, the sizes differ by at most one"""
    folds = parts_of(student.k_fold_indices(n, k, rng), k, n, "k_fold_indices")

    sizes = [len(fold) for fold in folds]
    spread = max(sizes) - min(sizes)
    assert spread <= 1, f"the folds have the sizes {sizes}, which differ by more than one"
    assert_shuffled(folds, n, "k_fold_indices")


@pytest.mark.points(1)
@pytest.mark.concept("k_fold_indices")
@pytest.mark.hidden(
    "Where do the samples go that are left over when k does not divide n? A fold of one is a fold "
    "too."
)
@pytest.mark.parametrize(
    ("n", "k", "sizes"), [(14, 5, [3, 3, 3, 3, 2]), (11, 4, [3, 3, 3, 2]), (6, 6, [1] * 6)], ids=str
)
def test_fold_sizes(student, rng, n, k, sizes):
    """Folds: the larger ones come first, down to one sample in each"""
    folds = parts_of(student.k_fold_indices(n, k, rng), k, n, "k_fold_indices")

    got = [len(fold) for fold in folds]
    assert got == sizes, f"the folds have the sizes {got}; expected {sizes}"


@pytest.mark.points(1, each=True)
@pytest.mark.hidden(
    "Every random number should come from rng, so that an experiment can be repeated."
)
@pytest.mark.parametrize("symbol", ["split_indices", "k_fold_indices"])
def test_splits_follow_rng(student, symbol):
    """Splits: the same rng gives the same parts, another one gives others"""
    split = getattr(student, symbol)
    argument = (0.5, 0.5) if symbol == "split_indices" else 2

    first, again, other = (
        parts_of(split(60, argument, np.random.default_rng(seed)), 2, 60, symbol)
        for seed in (1, 1, 2)
    )

    repeated, independent = (
        np.array_equal(first[0], again[0]),
        not np.array_equal(first[0], other[0]),
    )
    assert repeated, f"{symbol} gives other parts for an rng in the same state"
    assert independent, f"{symbol} gives the same parts for every rng"


# ---- the rules of the house ----------------------------------------------------------------------

ON_DATA = {
    "polynomial_features": lambda x: (x[:, 0], 3),
    "center": lambda x: (x,),
    "standardize": lambda x: (x,),
    "rescale": lambda x: (x, -1, 1),
}


def first_of(answer):
    return answer[0] if type(answer) is tuple else answer


@pytest.mark.points(2, each=True)
@pytest.mark.hidden(
    "Which dtype comes out when float32 goes in, and what when the values are small unsigned "
    "integers?"
)
@pytest.mark.parametrize("symbol", ON_DATA)
def test_dtypes(student, reference, rng, symbol):
    """Data: float32 stays float32, integers become floating numbers"""
    pixels = rng.integers(256, size=(6, 3), dtype=np.uint8)
    for x in (rng.normal(1, 2, size=(6, 3)).astype(np.float32), pixels):
        answer = first_of(getattr(student, symbol)(*ON_DATA[symbol](x)))

        expected = first_of(getattr(reference, symbol)(*ON_DATA[symbol](x)))
        assert_close(answer, expected, f"{symbol} of {x.dtype}", rtol=1e-4)
        got, wanted = answer.dtype, expected.dtype
        assert got == wanted, f"{symbol} turns {x.dtype} into {got}, not {wanted}"


@pytest.mark.points(2, each=True)
@pytest.mark.parametrize("symbol", [*ON_DATA, "fit_threshold"])
def test_inputs_stay_as_they_are(student, reference, rng, symbol):
    """Data: no function changes an array that it was given"""
    x = rng.normal(3, 2, size=(6, 3))
    arguments = (
        (x[:, 0], np.array([0, 1, 1, 0, 1, 0])) if symbol == "fit_threshold" else ON_DATA[symbol](x)
    )

    answer = first_of(getattr(student, symbol)(*arguments))

    if student.mutated:
        raise CheckFailure(
            f"{symbol} changes {student.mutated[0]} in place",
            hint="Make a new array for the result.",
        )
    expected = first_of(getattr(reference, symbol)(*arguments))
    assert_close(answer, expected, f"what {symbol} gives", rtol=1e-3)


BAD_INPUT = {
    "fit_threshold": [
        ((np.array([1.0, 2.0]), np.array([0, 2])), "y"),
        ((np.array([1.0, 2.0]), np.array([0])), "y"),
        ((np.zeros(0), np.zeros(0, dtype=int)), "x"),
    ],
    "polynomial_features": [((np.ones((3, 1)), 2), "x"), ((np.ones(3), -1), "degree")],
    "fit_least_squares": [((np.ones(4), np.ones(4)), "X"), ((np.eye(4), np.ones((4, 1))), "y")],
    "predict_polynomial": [
        ((np.ones(3), np.ones((2, 1))), "w"),
        ((np.ones((3, 1)), np.ones(2)), "x"),
    ],
    "center": [((np.zeros((0, 3)),), "x")],
    "standardize": [
        ((np.zeros((0, 3)),), "x"),
        ((np.eye(3), np.zeros(1), np.ones(3)), "mean"),
        ((np.eye(3), np.zeros(3), np.ones(1)), "std"),
        ((np.eye(3), np.zeros(3), np.array([1.0, -1.0, 1.0])), "std"),
    ],
    "rescale": [((np.zeros((0, 3)), 0, 1), "x"), ((np.eye(3), 2, 2), "low")],
    "one_hot": [
        ((np.array([0, -1]), 3), "y"),
        ((np.array([0, 3]), 3), "y"),
        ((np.array([0.0, 1.5]), 3), "y"),
        ((np.array([[0], [1]]), 3), "y"),
    ],
    "split_indices": [
        ((10, (0.5, 0.4)), "fractions"),
        ((10, (1.5, -0.5)), "fractions"),
        ((-1, (0.5, 0.5)), "n"),
    ],
    "k_fold_indices": [((10, 1), "k"), ((10, 11), "k")],
}


@pytest.mark.points(3, each=True)
@pytest.mark.hidden(
    "The docstring says under Raises what must not come in. Try each of these, and read your "
    "message."
)
@pytest.mark.parametrize("symbol", BAD_INPUT)
def test_bad_data(student, symbol):
    """Data: what the docstring rules out raises a ValueError that names the argument"""
    draws = (np.random.default_rng(0),) if symbol in ("split_indices", "k_fold_indices") else ()
    for arguments, name in BAD_INPUT[symbol]:
        assert_rejects(getattr(student, symbol), *arguments, *draws, naming=name)
