"""assert_rejects: the function must say which argument does not fit, and its own exceptions are
told apart.
"""

from contextlib import closing

import pytest

from grader.checks import CheckFailure, assert_rejects
from grader.model import Limits
from grader.subject import Student, StudentRaised
from grader.subject.in_process import in_process

SOURCE = b"""
def polite(x):
    raise ValueError(f"x must be positive, not {x}")


def vague(x):
    raise ValueError("that is wrong")


def breaks(x):
    return [][x]


def accepts(x):
    return x


def unwritten(x):
    raise NotImplementedError


class Error(ValueError):
    pass


def own(x):
    raise Error("x")


class Model:
    def fit(self, x):
        return x
"""
NAMES = ("polite", "vague", "breaks", "accepts", "unwritten", "own", "Model")


@pytest.fixture
def student():
    session = in_process({"tiny.py": SOURCE}, {"tiny.py": NAMES})
    session.begin(0, Limits(), hidden=False)
    with closing(session):
        yield Student(session)


def test_a_value_error_that_names_the_argument_passes(student):
    assert_rejects(student.polite, -1, naming="x")


def test_so_does_an_exception_made_of_it(student):
    assert_rejects(student.own, -1, naming="x")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("vague", "vague raised a ValueError that does not name x."),
        ("breaks", "breaks raised IndexError for an invalid x; it should raise ValueError."),
        ("accepts", "accepts accepted an invalid x; it should raise ValueError."),
    ],
)
def test_what_is_wrong_is_said_with_the_name_of_the_function(student, name, says):
    with pytest.raises(CheckFailure) as failure:
        assert_rejects(getattr(student, name), 1, naming="x")
    assert failure.value.summary == says
    assert "raise ValueError with a message that names x" in failure.value.hint


def test_a_method_is_called_by_its_name(student):
    with pytest.raises(CheckFailure, match=r"^fit accepted an invalid x"):
        assert_rejects(student.Model().fit, 1, naming="x")


def test_part_of_a_word_is_no_name(student):
    with pytest.raises(CheckFailure, match="does not name po"):
        assert_rejects(student.polite, -1, naming="po")


def test_a_function_that_is_not_written_yet_is_judged_as_that(student):
    with pytest.raises(StudentRaised) as raised:
        assert_rejects(student.unwritten, 1, naming="x")
    assert raised.value.raised.missing


def test_an_exception_of_the_check_itself_proves_nothing():
    def function(x):
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        assert_rejects(function, 1, naming="x")
