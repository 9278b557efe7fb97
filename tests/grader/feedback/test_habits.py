"""Sentences about what is seen from outside of a submission."""

from grader.feedback.habits import modes, one_mode_only, where_numbers_broke
from grader.subject.transcript import Event

OWN = """before
/tmp/box/3/files/layers.py:12: RuntimeWarning: overflow encountered in exp
  e = np.exp(x)
/tmp/box/3/files/layers.py:13: RuntimeWarning: invalid value encountered in divide
  return e / e.sum()
"""
LIBRARY = """/usr/lib/site-packages/numpy/_core/_methods.py:80: RuntimeWarning: invalid value encountered in divide
  ret = ret.dtype.type(ret / rcount)
"""


def test_the_first_line_in_which_numbers_broke_is_quoted():
    said = where_numbers_broke(OWN)
    assert (
        said
        == "It starts here:\n  layers.py, line 12: too large a number in exp\n    e = np.exp(x)"
    )


def test_a_line_of_a_library_is_passed_over():
    assert "line 12" in where_numbers_broke(LIBRARY + OWN)
    assert where_numbers_broke(LIBRARY) == ""


def test_a_cell_of_a_notebook_is_named():
    warned = "hw.ipynb, cell 3:2: RuntimeWarning: divide by zero encountered in log\n  x\n"
    said = where_numbers_broke(warned)
    assert "hw.ipynb, cell 3, line 2: a division by zero in log" in said


def called(function, mode):
    return Event(function, (None, (1.0, {"mode": mode}), {}), 0.0, "", ())


def test_the_modes_in_which_a_function_was_called_are_seen():
    assert modes([called("norm", "train")]) == {("norm", "train")}
    held = Event("hold", (None, ({"mode": "test"},), {}), 0.0, "", ())
    assert modes([held, Event("norm", (None, (2.0,), {}), 0.0, "", ())]) == {("norm", "test")}
    assert modes([Event("relu", (None, ({"mode": "fast"},), {}), 0.0, "", ())]) == set()


def test_a_function_that_is_right_in_one_mode_alone_is_said_to_be():
    train, test = {("norm", "train")}, {("norm", "test")}
    assert (
        one_mode_only(test, train)
        == "Your norm passes in train mode: what is different in test mode?"
    )
    assert (
        one_mode_only(train, test)
        == "Your norm passes in test mode: what is different in train mode?"
    )
    assert one_mode_only(test, train | test) == ""
    assert one_mode_only(train | test, train) == ""
    assert one_mode_only(test, {("drop", "train")}) == ""
