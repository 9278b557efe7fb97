"""How values that a stranger's code returned are put into words, without calling its methods."""

import numpy as np
import pytest

from grader.checks import failure
from grader.checks.failure import CheckFailure


class Hostile:
    """Whoever asks it anything has lost."""

    def __repr__(self):
        raise AssertionError("asked")

    __str__ = __bool__ = __hash__ = __len__ = __eq__ = __repr__


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (True, "True"),
        (3, "the number 3"),
        (np.float32(0.5), "the number 0.5"),
        (10**100, "an integer of 333 bits"),
        ("x" * 100, "the string 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"),
        ([1], "a list of 1 element"),
        ((1, 2), "a tuple of 2 elements"),
        ({"a": 1}, "a dict with 1 key"),
        (np.zeros((2, 0), np.int8), "an array of shape (2, 0) and dtype int8"),
        (Hostile(), "an object of type Hostile"),
        (type("\x1b[31mRed", (), {})(), "an object of type ?[31mRed"),
    ],
)
def test_a_value_is_described_by_its_type(value, words):
    assert failure.describe(value) == words


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("dx is wrong", "dx is wrong."),
        ("dx is wrong.", "dx is wrong."),
        ("is it?", "is it?"),
        ("the loss is NaN", "The loss is NaN."),
    ],
)
def test_a_summary_is_a_sentence(summary, shown):
    assert CheckFailure(summary).summary == shown


def test_a_failure_prints_what_a_terminal_needs():
    told = CheckFailure("dx is wrong", "  yours  1", "Look at the sum.")
    assert str(told) == "dx is wrong.\n\n  yours  1\n\nHint: Look at the sum."
    assert str(CheckFailure("dx is wrong")) == "dx is wrong."
    assert isinstance(told, AssertionError)


@pytest.mark.parametrize(
    ("one", "two", "shown"),
    [
        (np.float64(1), np.float64(2), ("1", "2")),
        (np.float64(1), np.float64(1 + 1e-11), ("1", "1.00000000001")),
        (np.float64(0.1), np.float64(0.1), ("0.10000000000000001",) * 2),
        (np.int64(1), np.int64(2), ("1", "2")),
        (np.bool_(True), np.bool_(False), ("True", "False")),
    ],
)
def test_two_values_are_written_so_that_they_differ(one, two, shown):
    assert failure.apart(one, two) == shown


def test_columns_line_up_with_and_without_a_sign():
    assert failure.aligned({"a": "1", "long": "2"}) == "  a     1\n  long  2"
    assert failure.aligned({"a": "-1", "long": "2"}) == "  a     -1\n  long   2"


@pytest.mark.parametrize(
    ("words", "joined"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_joined(words, joined):
    assert failure.join(words) == joined


def test_no_key_of_a_stranger_is_looked_up():
    key = type("Key", (), {"__hash__": lambda _: 1})()
    assert failure.plain_dict({"a": 1, key: 2, 3: 4}) == {"a": 1, 3: 4}


def test_negative_zero_has_no_sign():
    assert failure.number(-0.0) == "0"
