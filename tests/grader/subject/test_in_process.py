"""Versions of the reference side by side in this process."""

import sys
import traceback
from contextlib import closing

import numpy as np
import pytest

from grader.model import Limits
from grader.sandbox.transport import Wrapper
from grader.subject import Student, StudentRaised
from grader.subject.in_process import Variant, in_process

FILES = {
    "layers.py": b"import numpy as np\nSCALE = 2\ndef double(x):\n    return x * SCALE\n",
    "model.py": b"from .layers import double\ndef loss(x):\n    return double(x).sum()\n",
    "notes.txt": b"not a module",
}
SYMBOLS = {"layers.py": ("double",), "model.py": ("loss",)}


def changed(old, new):
    return {**FILES, "layers.py": FILES["layers.py"].replace(old, new)}


def ask(session, name, *args):
    session.begin(0, Limits(), hidden=False)
    return getattr(Student(session), name)(*args)


def test_two_versions_live_side_by_side_and_find_their_own_siblings():
    right, wrong = in_process(FILES, SYMBOLS), in_process(changed(b"= 2", b"= 3"), SYMBOLS)
    with closing(right), closing(wrong):
        assert ask(right, "loss", np.ones(4)) == 8
        assert ask(wrong, "loss", np.ones(4)) == 12
        assert ask(right, "loss", np.ones(4)) == 8


def test_nothing_is_left_after_it_is_closed():
    before, finders = set(sys.modules), list(sys.meta_path)
    session = in_process(FILES, SYMBOLS)
    with closing(session):
        ask(session, "double", 1.0)
        assert set(sys.modules) - before
    assert set(sys.modules) == before
    assert sys.meta_path == finders


def test_every_call_can_be_observed():
    seen = []
    session = in_process(FILES, SYMBOLS, observe=seen.append)
    with closing(session):
        ask(session, "double", 3.0)
    assert [(event.call, event.arguments, event.answer) for event in seen] == [
        ("double", (None, (3.0,), {}), 6.0)
    ]


def test_something_can_stand_between_the_questions_and_the_answers():
    class Counting(Wrapper):
        requests = 0

        def request(self, calls, *, seconds, wall):
            Counting.requests += 1
            return super().request(calls, seconds=seconds, wall=wall)

    session = in_process(FILES, SYMBOLS, around=Counting)
    with closing(session):
        assert ask(session, "double", 3.0) == 6.0
        assert session.output() == ""
    assert Counting.requests >= 1


def test_an_exception_of_the_reference_arrives_as_a_students_does():
    session = in_process(changed(b"x * SCALE", b"x / 0"), SYMBOLS)
    with closing(session), pytest.raises(StudentRaised, match="ZeroDivisionError"):
        ask(session, "double", 3.0)


def test_a_traceback_can_quote_the_source():
    variant = Variant(changed(b"x * SCALE", b"x / 0"))
    try:
        variant.load("layers").double(1)
    except ZeroDivisionError:
        assert "return x / 0" in traceback.format_exc()
    finally:
        variant.close()


def test_only_python_files_are_modules():
    variant = Variant(FILES)
    try:
        assert variant.load("layers").SCALE == 2
        with pytest.raises(ModuleNotFoundError):
            variant.load("notes")
        assert variant.load("json").dumps(1) == "1", "a library is the library"
    finally:
        variant.close()
