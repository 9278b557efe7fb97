"""An answer that a check cannot use is explained by its structure, never by its numbers."""

import numpy as np
import pytest

from grader.checks.failure import NotFinite
from grader.feedback.structure import described, explain_structure
from grader.subject.transcript import Event, Opaque


def events(*answers, call="f"):
    return [Event(call, (), answer) for answer in answers]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (Opaque(1), "an object"),
        (np.zeros((2, 3)), "an array of shape (2, 3)"),
        (np.float64(3), "a number"),
        (np.array(3), "a number"),
        (True, "True or False"),
        (7, "a number"),
        ("text", "text"),
        ((1, None), "2 values (a number, None)"),
        ((1,), "1 value (a number)"),
        ([1, 2], "2 items in a list (a number, a number)"),
        ({}, "an empty dict"),
        ({"loss": 1, "w": 2}, "a dict with the keys 'loss', 'w'"),
        (b"raw", "a bytes"),
        (list(range(8)), "8 items in a list (" + "a number, " * 6 + "…)"),
        (((1, (2, 3)),), "1 value (2 values (a number, 2 values (…)))"),
    ],
)
def test_a_structure_in_words(value, words):
    assert described(value) == words


def test_an_object_can_have_a_name():
    assert described((1, Opaque(2)), opaque="the cache") == "2 values (a number, the cache)"


def test_the_latest_difference_is_explained():
    student = events(np.zeros(3), np.zeros(4), None)
    expected = events(np.zeros(3), np.zeros(3), np.zeros(3))
    said = explain_structure(student, expected)
    assert said.summary == "f returned None; it should return an array of shape (3,)."
    assert said.hint == "Is a return statement missing?"


def test_a_forgotten_cache_is_called_so():
    student, expected = (
        events(answer, call="affine_forward")
        for answer in (np.zeros((4, 3)), (np.zeros((4, 3)), Opaque(1)))
    )
    said = explain_structure(student, expected)
    assert said.summary == (
        "affine_forward returned an array of shape (4, 3); it should return 2 values (an array of "
        "shape (4, 3), the cache)."
    )
    assert said.hint == "Look at its return statement."


def test_an_object_of_another_function_is_no_cache():
    said = explain_structure(events(3, call="make"), events(Opaque(1), call="make"))
    assert said.summary == "make returned a number; it should return an object."


@pytest.mark.parametrize(
    ("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite")]
)
@pytest.mark.parametrize(
    "wrap", [lambda x: x, lambda x: {"loss": (x, [x])}], ids=["bare", "nested"]
)
def test_numbers_that_are_not_finite_are_said_if_the_structure_is_right(bad, word, wrap):
    student, expected = (events(wrap(np.array([1.0, x]))) for x in (bad, 2.0))
    said = explain_structure(student, expected)
    assert isinstance(said, NotFinite)
    assert word in said.summary


def test_what_the_reference_gives_too_is_no_explanation():
    both = events(np.array([np.nan, np.inf]))
    said = explain_structure(both, both)
    assert said.summary == "f returned something that the check could not use."
    assert not isinstance(said, NotFinite)


def test_without_any_answer_there_is_still_a_sentence():
    assert explain_structure([], []).summary.startswith("Your code returned something")


def test_another_call_is_not_compared():
    said = explain_structure(events(None, call="g"), events(3, call="f"))
    assert said.summary == "g returned something that the check could not use."
