import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.checks import CheckFailure, assert_close
from grader.checks.closeness import TOLERANCES
from tests.grader.checks.hostile import anything


def values(shape=(4, 6), seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def failure(got, expected, name="dx", **options):
    with pytest.raises(CheckFailure) as caught:
        assert_close(got, expected, name, **options)
    return caught.value


# ---- what passes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (values(), values()),
        (values(dtype=np.float32), values(dtype=np.float32)),
        (values(), values(dtype=np.float32)),
        (0.5, 0.5),
        (np.float64(0.5), 0.5),
        (np.array(0.5), 0.5),
        (0.5, np.array(0.5)),
        (np.float32(0.5), 0.5),
        (2, 2.0),
        (2.0, 2),
        (np.int32(2), 2),
        (np.array([1.0, 2.0]), np.array([1, 2])),
        (np.array([1, 2], np.uint8), np.array([1, 2])),
        (np.array([True]), np.array([True])),
        (np.bool_(True), True),
        (np.array([np.inf, -np.inf, 1]), np.array([np.inf, -np.inf, 1])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([1 + 2j]), np.array([1 + 2j])),
        (np.array(["a"]), np.array(["a"])),
        ("maximum", "maximum"),
        (None, None),
        ([1.0, values()], (1.0, values())),
        ({"W1": values(), "b": [1, 2]}, {"b": [1, 2], "W1": values()}),
        (2**70, 2**70),
    ],
    ids=str,
)
def test_equal_values_pass(got, expected):
    assert_close(got, expected, "dx")


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e3])
def test_sums_in_another_order_pass(dtype, scale):
    for seed in range(100):
        terms = (scale * values((200, 5), seed)).astype(dtype)
        one_by_one = np.zeros(5, dtype)
        for row in terms:
            one_by_one += row
        assert_close(one_by_one, terms.sum(axis=0), "db")


def test_terms_that_cancel_pass():
    """Batch norm's dx for a constant dout is zero up to rounding."""
    assert_close(values() * 1e-14, np.zeros((4, 6)), "dx")
    assert_close(values() * 1e-14 + 1, np.ones((4, 6)), "dx")


@settings(max_examples=200)
@given(hnp.arrays(np.float64, hnp.array_shapes(), elements=st.floats(-1e100, 1e100)))
def test_rounding_passes_at_every_scale(array):
    assert_close(array * (1 + 1e-14), array, "dx")
    assert_close(array.copy(), array, "dx")


# ---- what does not -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_an_error_a_few_times_the_tolerance_fails(dtype):
    expected = values(dtype=dtype)
    rtol = TOLERANCES[dtype].rtol
    index = np.unravel_index(np.argmax(np.abs(expected)), expected.shape)
    got = expected.astype(np.float64)
    got[index] *= 1 + 5 * rtol
    assert failure(got, expected).summary == "dx is wrong: 1 of 24 values differs."
    got[index] = expected[index] * (1 + 0.5 * rtol)
    assert_close(got, expected, "dx")


@pytest.mark.parametrize(
    ("got", "expected", "summary"),
    [
        ([0.5, 1.0], np.ones(2), "dx is a list of 2 elements; expected an array of shape (2,)."),
        (None, (1.0,), "dx is None; expected a tuple of 1 element. Is a return statement missing?"),
        (None, 1.0, "dx is None; expected the number 1.0. Is a return statement missing?"),
        (0.5, np.arange(1.0, 3.0), "dx is the number 0.5; expected an array of shape (2,)."),
        (3.0, np.arange(1.0, 3.0), "dx is summed over all axes; expected an array of shape (2,)."),
        (object(), np.ones(2), "dx is an object of type object; expected an array of shape (2,)."),
        (
            np.ma.masked_array(1.0),
            np.ones(1),
            "dx is an object of type MaskedArray; expected an array of shape (1,).",
        ),
        ([1.0], 1.0, "dx is a list of 1 element; expected one number."),
        ("1.0", 1.0, "dx is the string '1.0'; expected one number."),
        (
            np.ones(2, int),
            np.ones(2),
            "dx holds integers (dtype int64); expected floating numbers.",
        ),
        (
            np.ones(2, bool),
            np.ones(2),
            "dx holds truth values (dtype bool); expected floating numbers.",
        ),
        (
            np.ones(2),
            np.ones(2, bool),
            "dx holds floating numbers (dtype float64); expected truth values.",
        ),
        (
            np.array([None]),
            np.ones(1),
            "dx holds no numbers (dtype object); expected floating numbers.",
        ),
        (
            np.array(["a"]),
            np.ones(1),
            "dx holds no numbers (dtype <U1); expected floating numbers.",
        ),
        (True, 1.0, "dx is True; expected one of the floating numbers."),
        (1j, 1.0, "dx is the number 1j; expected one of the floating numbers."),
        (np.ones(1), 1.0, "dx has the right values in the wrong shape."),
        (np.ones((2, 3)), np.ones((3, 3)), "dx has the wrong shape."),
        (2.5, 1.0, "dx is 2.5; expected 1."),
        (10**400, 1.0, "dx is an integer of 1329 bits; expected 1.0."),
        (2**70, 2**70 - 1, f"dx is the number {2**70}; expected the number {2**70 - 1}."),
        (float("nan"), 1.0, "dx is NaN."),
        (np.array([1, 3]), np.array([1, 2]), "dx is wrong: 1 of 2 values differs."),
        (np.array([1.5, 2]), np.array([1, 2]), "dx is wrong: 1 of 2 values differs."),
        (np.array([2**63], np.uint64), np.array([2**63 - 1]), "dx is wrong: 1 of 1 value differs."),
        ("max", "min", "dx is the string 'max'; expected the string 'min'."),
        (1.0, None, "dx is the number 1.0; expected None."),
        (np.array(["a"]), np.array(["b"]), "dx is wrong: 1 of 1 value differs."),
        ((1.0, 2.0), (1.0, 2.0, 3.0), "dx has 2 elements; expected 3."),
        (
            np.ones(2),
            (1.0, 1.0),
            "dx is an array of shape (2,) and dtype float64; expected a tuple of 2 elements.",
        ),
        ((1.0, 2.5), (1.0, 1.0), "dx[1] is 2.5; expected 1."),
        ([], {"W": 1.0}, "dx is a list of 0 elements; expected a dict with the keys 'W'."),
        ({"w": 1.0}, {"W": 1.0}, "dx has no 'W'."),
        ({"W": 1.0, "b": 0}, {"W": 1.0}, "dx has 1 key too many: 'b'."),
        ({"W": 1.0, (1,): 0}, {"W": 1.0}, "dx has 1 key too many: of other types."),
        ({"W": -np.ones((2, 2))}, {"W": np.ones((2, 2))}, "dx['W'] has the wrong sign."),
        (np.inf, 1.0, "dx is infinite."),
        (1.0, np.inf, "dx is 1; expected inf."),
        (-np.inf, np.inf, "dx is -inf; expected inf."),
        (np.array([1.0, np.nan]), np.array([1.0, np.inf]), "dx is wrong: 1 of 2 values differs."),
    ],
)
def test_every_difference_has_its_sentence(got, expected, summary):
    assert failure(got, expected).summary == summary


def test_nan_never_passes():
    assert failure(np.full(3, np.nan), np.ones(3)).summary == "dx is NaN everywhere."
    assert failure(np.full(3, np.nan), np.ones(3), rtol=np.inf, atol=np.inf)
    assert failure(np.array([np.nan]), np.array([1])).summary == "dx is NaN everywhere."
    with pytest.raises(ValueError, match="the expected value of dx holds NaN"):
        assert_close(np.full(3, np.nan), np.full(3, np.nan), "dx")


def test_the_worst_element_is_shown_in_line():
    got = values()
    got[2, 3] += 1.0
    got[1, 0] += 0.25
    found = failure(got, values())
    assert found.summary == "dx is wrong: 2 of 24 values differ."
    assert found.details == "worst at dx[2, 3]:\n  yours      0.26773265\n  expected  -0.73226735"


def test_a_slip_is_named_and_the_count_kept():
    found = failure(
        32 * values(), values(), "dw", sizes={"N": 32}, hint="Divide by the batch size."
    )
    assert found.summary == "dw is 32 times too large (N = 32)."
    assert found.details.startswith("24 of 24 values differ, worst at dw[")
    assert str(found) == f"{found.summary}\n\n{found.details}\n\nHint: Divide by the batch size."


def test_shapes_stand_under_each_other():
    found = failure(values().T, values())
    assert found.summary == "dx is the transpose of the expected array."
    assert found.details == "  shape     (6, 4)\n  expected  (4, 6)"


def test_numbers_that_look_equal_get_more_digits():
    found = failure(1.0 + 1e-7, 1.0)
    assert found.summary == "dx is 1.0000001; expected 1."
    assert failure(1.0 + 3e-8, 1.0).summary == "dx is 1.00000003; expected 1."


def test_own_tolerances_replace_those_of_the_table():
    assert_close(1.05, 1.0, "loss", rtol=0.1)
    assert_close(1.05, 1.0, "loss", atol=0.1)
    assert_close(5, 4, "count", atol=1)
    failure(1.05, 1.0, rtol=0.01)
    failure(1e-11, 0.0, atol=0)
    failure(np.array([1.0, 1e-13]), np.array([1.0, 0.0]), atol=0)
    assert_close(0.0, 0.0, "zero", rtol=0, atol=0)


def test_a_large_element_hides_no_error_in_a_small_one():
    expected = np.array([1e6, 1.0])
    failure(np.array([1e6, 1.0001]), expected)


def test_mistakes_of_the_author_are_type_errors():
    with pytest.raises(TypeError, match="assert_close compares numbers"):
        assert_close(1.0, object(), "dx")
    with pytest.raises(TypeError, match="assert_close compares numbers"):
        assert_close(1.0, {1, 2}, "dx")


def test_a_stand_in_for_something_in_the_sandbox_says_what_it_is():
    class RemoteObject:
        def __repr__(self):
            return "<MLP object of the submission>"

    RemoteObject.__module__ = "grader.subject"
    assert (
        failure(RemoteObject(), 1.0).summary
        == "dx is <MLP object of the submission>; expected one number."
    )


# ---- torch ---------------------------------------------------------------------------------------


class FakeTensor:
    """Behaves as torch's does, as far as this goes, so that the test needs no torch."""

    dtype = "float32"

    def __init__(self, array):
        self.array = array

    def detach(self):
        return self

    cpu = resolve_conj = resolve_neg = detach

    def numpy(self):
        return self.array


def test_tensors_are_compared_as_arrays(monkeypatch):
    monkeypatch.setitem(
        sys.modules, "torch", SimpleNamespace(Tensor=FakeTensor, bfloat16="bfloat16")
    )
    assert_close(FakeTensor(values()), values(), "out")
    assert_close(values(), FakeTensor(values()), "out")
    assert (
        failure(FakeTensor(2 * values()), FakeTensor(values())).summary
        == "dx is 2 times too large."
    )


def test_real_tensors_are_compared_as_arrays():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(values(), requires_grad=True)
    assert_close(tensor, values(), "out")
    assert_close([tensor.to(torch.bfloat16)], [tensor.to(torch.bfloat16)], "out")


# ---- hostile answers -----------------------------------------------------------------------------

EXPECTED = [
    values((2, 2)),
    values((2, 2), dtype=np.float32),
    np.arange(4).reshape(2, 2),
    np.ones(2, bool),
    0.5,
    3,
    True,
    None,
    "text",
    2**70,
    (1.0, values((2,))),
    [1, "a"],
    {"dx": 1.0, "dw": values((2, 2))},
    np.array(["a", "b"]),
    np.inf,
    np.array([1 + 1j]),
]


@settings(max_examples=500, deadline=None)
@given(anything(), st.sampled_from(EXPECTED), st.booleans())
def test_no_answer_breaks_the_comparison(got, expected, tolerant):
    options = {"rtol": 0.1, "atol": 1.0} if tolerant else {}
    try:
        assert_close(got, expected, "dx", **options)
    except CheckFailure as found:
        text = str(found)
    else:
        text = ""
    assert text.replace("\n", "").isprintable()
    assert len(text) < 1000


def test_no_method_of_a_stranger_is_called():
    class Hostile:
        def __getattribute__(self, name):
            raise SystemExit

        __eq__ = __hash__ = __repr__ = __str__ = __bool__ = __len__ = __iter__ = __array__ = (
            lambda *_: 1 / 0
        )

    class HostileKey(Hostile):
        __hash__ = object.__hash__

    for expected in (1.0, values(), None, "text", (1.0,), {"dx": 1.0}):
        failure(Hostile(), expected)
    failure({HostileKey(): 1.0, "dx": 1.0}, {"dx": 1.0})
    array = np.empty((4, 6), object)
    array[0, 0] = Hostile()
    failure(array, values())
