"""Every slip is recognised, and is not claimed for a near miss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.checks.slips import recognise
from tests.grader.checks.hostile import anything


def matrix(shape=(4, 6), seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def says(got, expected, **options):
    slip = recognise(got, expected, **options)
    return slip.says if slip else None


def gates(array, order):
    blocks = np.split(array, len(order), axis=-1)
    return np.concatenate([blocks[i] for i in order], axis=-1)


def with_border(array):
    array = array.copy()
    array[..., 0, :] += 1
    array[..., -1, :] -= 2
    array[..., :, 0] *= 3
    array[..., :, -1] += 0.3
    return array


def replaced(array, index, value=9.0):
    array = array.copy()
    array[index] = value
    return array


SLIPS = {
    "factor": (matrix() * 8, matrix(), "is 8 times too large"),
    "small factor": (matrix() / 8, matrix(), "is 8 times too small"),
    "odd factor": (matrix() * 0.9, matrix(), "is 0.9 times the expected value"),
    "negative factor": (
        matrix() * -3,
        matrix(),
        "is -3 times the expected value: the sign is wrong, too",
    ),
    "sign": (-matrix(), matrix(), "has the wrong sign"),
    "transpose": (matrix((5, 5)).T, matrix((5, 5)), "is the transpose of the expected array"),
    "transpose, seen in the shape": (
        matrix().T,
        matrix(),
        "is the transpose of the expected array",
    ),
    "axes swapped": (
        matrix((2, 3, 4)).transpose(0, 2, 1),
        matrix((2, 3, 4)),
        "has axes 1 and 2 swapped",
    ),
    "axes in another order": (
        matrix((2, 3, 4)).transpose(1, 2, 0),
        matrix((2, 3, 4)),
        "has its axes in the wrong order: np.transpose((2, 0, 1)) of it is right",
    ),
    "offset": (
        matrix() - 0.25,
        matrix(),
        "is right up to a constant: every value is 0.25 too small",
    ),
    "offset per row": (
        matrix() + np.arange(1, 5)[:, None],
        matrix(),
        "is right up to a constant in every row",
    ),
    "offset per column": (
        matrix() + np.arange(1, 7),
        matrix(),
        "is right up to a constant in every column",
    ),
    "square": (
        matrix() ** 2,
        abs(matrix()),
        "is the square of the expected value: is a square root missing?",
    ),
    "root": (
        np.sqrt(abs(matrix())),
        abs(matrix()),
        "is the square root of the expected value: is a root too many, or a square missing?",
    ),
    "one over": (1 / matrix(), matrix(), "is one over the expected value"),
    "exponential": (np.exp(matrix()), matrix(), "is the exponential of the expected value"),
    "logarithm": (np.log(abs(matrix())), abs(matrix()), "is the logarithm of the expected value"),
    "reversed": (matrix()[:, ::-1], matrix(), "is reversed along axis 1"),
    "reversed vector": (matrix((9,))[::-1], matrix((9,)), "is reversed"),
    "reversed twice": (matrix()[::-1, ::-1], matrix(), "is reversed along all axes"),
    "rolled forward": (
        np.roll(matrix(), 1, 1),
        matrix(),
        "is off by one along axis 1: its values are one place too far forward",
    ),
    "shifted back, zero filled": (
        np.concatenate([matrix()[1:], np.zeros((1, 6))]),
        matrix(),
        "is off by one along axis 0: its values are one place too far back",
    ),
    "schedule off by one": (
        np.cos(np.arange(1, 11) / 10),
        np.cos(np.arange(10) / 10),
        "is off by one: its values are one place too far back",
    ),
    "gates": (
        gates(matrix((3, 8)), [0, 1, 3, 2]),
        matrix((3, 8)),
        "has its 4 equal blocks along axis 1 in the order 1, 2, 4 and 3",
    ),
    "signs": (
        replaced(matrix(), (0, slice(3)), -matrix()[0, :3]),
        matrix(),
        "has the wrong sign in 3 of 24 places",
    ),
    "rounded": (
        np.trunc(3 * matrix()),
        3 * matrix(),
        "is truncated to whole numbers: was the array made with an integer dtype?",
    ),
    "rows in another order": (
        matrix()[[2, 0, 3, 1]],
        matrix(),
        "has the right rows in the wrong order",
    ),
    "columns in another order": (
        matrix((4, 7))[:, [2, 0, 3, 1, 6, 5, 4]],
        matrix((4, 7)),
        "has the right columns in the wrong order",
    ),
    "other places": (
        np.random.default_rng(1).permutation(matrix().ravel()).reshape(4, 6),
        matrix(),
        "has the right values in the wrong places",
    ),
    "zeros": (np.zeros((4, 6)), matrix(), "is all zeros"),
    "one value": (np.full((4, 6), 0.5), matrix(), "has the same value everywhere, 0.5"),
    "zero in places": (
        replaced(matrix(), (1, [1, 4]), 0),
        matrix(),
        "is zero in 2 places where it should not be, and right elsewhere",
    ),
    "not zero in places": (
        matrix(),
        replaced(matrix(), (1, [1, 4]), 0),
        "should be zero in 2 places and is not; the others are right",
    ),
    "border": (
        with_border(matrix((2, 9, 9))),
        matrix((2, 9, 9)),
        "is right inside and wrong at the border only",
    ),
    "first row": (replaced(matrix(), 0), matrix(), "is wrong only in the first row"),
    "last column": (
        replaced(matrix(), (slice(None), 5)),
        matrix(),
        "is wrong only in the last column",
    ),
    "some row": (replaced(matrix(), 2), matrix(), "is wrong only in row 2"),
    "first step": (
        replaced(matrix((3, 5, 4)), (slice(None), 0)),
        matrix((3, 5, 4)),
        "is wrong only in the first index along axis 1",
    ),
    "last step": (
        replaced(matrix((3, 5, 4)), (slice(None), -1)),
        matrix((3, 5, 4)),
        "is wrong only in the last index along axis 1",
    ),
    "only the first step": (
        replaced(matrix((3, 5, 4)), (slice(None), slice(1, None)), matrix((3, 4, 4), 1)),
        matrix((3, 5, 4)),
        "is right only in the first index along axis 1",
    ),
    "diagonal": (matrix((5, 5)) + np.eye(5), matrix((5, 5)), "is wrong on the diagonal only"),
    "NaN": (
        replaced(matrix(), (1, 2), np.nan),
        matrix(),
        "is NaN in 1 of 24 places, first at [1, 2]",
    ),
    "NaN everywhere": (np.full((4, 6), np.nan), matrix(), "is NaN everywhere"),
    "infinite": (
        replaced(matrix(), (1, 2), -np.inf),
        matrix(),
        "is infinite in 1 of 24 places, first at [1, 2]",
    ),
    "NaN number": (np.nan, 1.0, "is NaN"),
    "not summed": (matrix(), matrix().sum(0), "is not summed over axis 0"),
    "not averaged": (matrix(), matrix().mean(1), "is not averaged over axis 1"),
    "summed over another axis": (
        matrix((3, 5)).sum(1),
        matrix((3, 5)).sum(0),
        "is summed over the wrong axis: the sum of all its values is right",
    ),
    "summed over all": (matrix().sum(), matrix().sum(0), "is summed over all axes"),
    "axis kept": (matrix((1, 6)), matrix((1, 6))[0], "has the right values in the wrong shape"),
    "not reshaped": (
        matrix((4, 6)),
        matrix((4, 6)).reshape(4, 2, 3),
        "has the right values in the wrong shape",
    ),
    "twice a number": (2.0, 1.0, "is 2 times too large"),
    "minus a number": (-1.5, 1.5, "has the wrong sign"),
}
# true with and without noise
FACTS = {"NaN", "NaN everywhere", "infinite", "NaN number", "zeros", "one value"}


@pytest.mark.parametrize("slip", SLIPS)
def test_the_slip_is_recognised(slip):
    got, expected, sentence = SLIPS[slip]
    assert says(got, expected) == sentence


@pytest.mark.parametrize("slip", [slip for slip in SLIPS if slip not in FACTS])
@pytest.mark.parametrize("seed", range(3))
def test_the_slip_is_not_claimed_for_a_near_miss(slip, seed):
    """A percent off everywhere, and the sentence is gone."""
    got, expected, sentence = SLIPS[slip]
    noise = 1 + 0.01 * np.random.default_rng(seed).uniform(0.5, 1, np.shape(got))
    assert says(got * noise, expected) != sentence


WHOLE = ["factor", "sign", "transpose", "offset", "square", "reversed", "rolled forward", "gates"]


@pytest.mark.parametrize("slip", WHOLE)
def test_the_slip_is_not_claimed_when_one_element_is_off(slip):
    got, expected, sentence = SLIPS[slip]
    assert says(replaced(got, (1, 1), got[1, 1] + 0.1), expected) != sentence


def test_single_precision_is_told_from_other_small_errors():
    got = matrix().astype(np.float32)
    assert (
        says(got, matrix(), rtol=1e-8)
        == "is right to seven digits only: it was computed in float32"
    )
    assert says(got + np.float64(1e-8) * matrix(seed=1), matrix(), rtol=1e-8) is None


def test_a_border_of_more_than_half_the_image_is_no_border():
    assert says(with_border(matrix((2, 6, 6))), matrix((2, 6, 6))) is None


# ---- names of factors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "sizes", "sentence"),
    [
        (32, {"N": 32}, "is 32 times too large (N = 32)"),
        (1 / 32, {"N": 32}, "is 32 times too small (N = 32)"),
        (0.7, {"1 - p": 0.7}, "is 0.7 times the expected value (1 - p = 0.7)"),
        (15, {"N": 3, "M": 5}, "is 15 times too large (N · M = 15)"),
        (0.6, {"N": 3, "M": 5}, "is 0.6 times the expected value (N/M = 0.6)"),
        (5 / 4, {"N": 5}, "is 1.25 times the expected value (N/(N - 1) with N = 5)"),
        (
            np.sqrt(5 / 4),
            {"N": 5},
            "is 1.118034 times the expected value (the square root of N/(N - 1) with N = 5)",
        ),
        (-4, {"N": 4}, "is -4 times the expected value: the sign is wrong, too (N = 4)"),
        (7, {"N": 32}, "is 7 times too large"),
        (8, {"N": 8, "D": 8}, "is 8 times too large (D = 8 or N = 8)"),
        (2, {"N": 2}, "is 2 times too large"),
        (6, {"A": 2, "B": 3, "C": 6}, "is 6 times too large (C = 6)"),
        (12, {"A": 3, "B": 4, "C": 6, "D": 2}, "is 12 times too large"),
    ],
)
def test_a_factor_is_named_after_the_size_that_explains_it(factor, sizes, sentence):
    assert says(factor * matrix(), matrix(), sizes=sizes) == sentence


def test_a_number_is_off_by_a_factor_only_if_the_factor_has_a_name():
    assert says(32 * 1.7, 1.7, sizes={"N": 32}) == "is 32 times too large (N = 32)"
    assert says(31 * 1.7, 1.7, sizes={"N": 32}) is None
    assert says(3.0, 1.0) is None


def test_two_numbers_are_too_few_for_an_odd_factor():
    """The gradient of two classes is (a, -a) for every a."""
    assert says(np.array([1.37, -1.37]), np.array([1.0, -1.0])) is None
    assert says(np.array([1.37, -2.74, 0.685]), np.array([1.0, -2.0, 0.5])) is None
    assert says(np.array([3.0, -6.0, 1.5]), np.array([1.0, -2.0, 0.5])) == "is 3 times too large"


# ---- silence -------------------------------------------------------------------------------------


def test_what_two_slips_explain_is_left_unnamed():
    antisymmetric = matrix((5, 5)) - matrix((5, 5)).T
    assert says(antisymmetric.T, antisymmetric) is None  # the transpose, or the sign
    decay = 0.9 ** np.arange(10)
    assert says(0.9 * decay, decay) is None  # a factor, or one step too late
    odd = np.arange(-4.0, 5.0)
    assert says(-odd, odd) is None  # the sign, or reversed


def test_equal_values_say_nothing_about_where_they_belong():
    ones = np.ones((4, 4))
    assert says(3 * ones, ones) is None  # a factor, or an offset
    assert says(np.array([[0.0, 1], [1, 0]]), np.array([[1.0, 0], [0, 1]])) is None


def test_right_results_have_no_slip():
    assert says(matrix(), matrix()) is None
    assert says(matrix() * (1 + 1e-12), matrix()) is None


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 2**32),
    hnp.array_shapes(max_dims=3, max_side=6),
    hnp.array_shapes(max_dims=3, max_side=6),
)
def test_unrelated_arrays_have_no_relation(seed, shape, other_shape):
    draw = np.random.default_rng(seed)
    assert recognise(draw.normal(size=shape), draw.normal(size=shape)) is None
    assert recognise(draw.normal(size=shape), draw.normal(size=other_shape)) is None


@settings(max_examples=400, deadline=None)
@given(anything(), anything())
def test_nothing_breaks_it(got, expected):
    slip = recognise(got, expected)
    assert slip is None or slip.says.isprintable()


def test_what_is_no_real_number_of_sensible_size_has_no_slip():
    assert recognise(10**400, 1.0) is None
    assert recognise(1j, 1.0) is None
    assert recognise(np.zeros(1 << 21), np.ones(1 << 21)) is None


def test_it_does_not_change_what_it_looks_at():
    got, expected = matrix().T.copy(), matrix()
    recognise(got, expected)
    assert np.array_equal(got, matrix().T)
    assert np.array_equal(expected, matrix())
