"""What a check author touches of a submission, in process: the worker's side is in
tests/grader/sandbox.
"""

from contextlib import closing

import numpy as np
import pytest

from grader.errors import CourseError
from grader.model import Limits
from grader.subject import Student, StudentRaised, modules_of, name_of
from grader.subject.in_process import in_process

SOURCE = b"""
import numpy as np

SETTINGS = {"rate": 0.5}


def halve(x):
    x /= 2
    return x


def double(x):
    return 2 * x


def apply(function, x):
    return function(x)


class Counter:
    def __init__(self, start):
        self.counts = {"n": start}

    def add(self, n):
        if n < 0:
            raise ValueError("n must not be negative")
        self.counts["n"] += n
        return self.counts["n"]
"""
FILES = {"tiny.py": ("SETTINGS", "halve", "double", "apply", "Counter")}


@pytest.fixture
def student():
    session = in_process({"tiny.py": SOURCE}, FILES)
    session.begin(0, Limits(), hidden=False)
    with closing(session):
        yield Student(session)


def test_a_function_answers_and_a_name_that_is_no_symbol_is_refused(student):
    assert student.double(4) == 8
    with pytest.raises(
        AttributeError,
        match="the assignment has no symbol 'triple'; it has Counter, SETTINGS, apply",
    ):
        student.triple(4)


def test_the_arguments_that_the_last_call_has_modified_are_named(student):
    x = np.ones(3)
    student.halve(x)
    assert student.mutated == ("x",)
    assert np.array_equal(x, np.ones(3))
    student.double(x)
    assert student.mutated == ()


def test_a_variable_comes_as_data(student):
    assert student.value("SETTINGS") == {"rate": 0.5}


def test_many_calls_go_in_one_frame(student):
    assert student.batch("double", [(1,), (2,)]) == [2, 4]
    assert np.array_equal(student.map("double", np.arange(3.0)), [0, 2, 4])


def test_an_object_is_held_read_and_written_where_it_is(student):
    counter = student.Counter(1)
    student.write(student.attribute(counter, "counts"), {"n": 5})
    assert counter.add(1) == 6
    held = student.hold({"a": 1})
    student.write(held, {"a": 2})
    assert held["a"] == 2


def test_a_library_is_reached_by_its_own_name_and_can_be_an_argument(student):
    library = student.module("numpy")
    assert library.linalg.norm(np.array([3.0, 4.0])) == 5
    assert student.apply(library.abs, -3) == 3


def test_messages_call_functions_and_methods_by_their_names(student):
    counter = student.Counter(1)
    assert name_of(student.double) == "double"
    assert name_of(counter.add) == "add"
    assert name_of(counter) == "Counter"
    assert name_of(abs) == "the object"


def test_what_the_submission_raises_is_a_type_of_its_own(student):
    counter = student.Counter(1)
    with pytest.raises(
        StudentRaised, match=r"Counter\.add raised ValueError: n must not be negative"
    ):
        counter.add(-1)


@pytest.mark.parametrize("name", ["batch", "hold", "map", "module", "mutated", "value", "write"])
def test_a_symbol_that_hides_a_method_of_the_fixture_is_refused(name):
    with pytest.raises(CourseError, match=f"`student.{name}` is a method of the fixture"):
        modules_of({"tiny.py": ["double", name]})


def test_nothing_that_only_a_runner_needs_is_in_reach(student):
    for name in ("begin", "close", "transcript", "seconds", "limits", "perform"):
        with pytest.raises(AttributeError):
            getattr(student, name)()
