import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close

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


@pytest.mark.points(4)
@pytest.mark.concept("fit_least_squares")
@pytest.mark.parametrize("shape", [(8, 3), (20, 5)], ids=str)
def test_least_squares(student, reference, rng, shape):
    """Least squares: the weights with the smallest squared error"""
    X, y = rng.normal(1, 2, size=shape), rng.normal(3, 1, size=shape[0])

    w = student.fit_least_squares(X, y)

    assert_close(w, reference.fit_least_squares(X, y), "w", rtol=1e-6)


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
