"""Sentences about what is seen from outside of a submission."""

import pytest

from grader.feedback.habits import where_numbers_broke

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
    said = where_numbers_broke("out is NaN in 3 of 12 places, first at [0, 1]", OWN)
    assert said == "It begins here:\n  layers.py, line 12: too large a number in exp\n    e = np.exp(x)"


def test_a_line_of_a_library_is_passed_over():
    assert "line 12" in where_numbers_broke("the loss is infinite", LIBRARY + OWN)
    assert where_numbers_broke("the loss is infinite", LIBRARY) == ""


def test_a_cell_of_a_notebook_is_named():
    warned = "hw.ipynb, cell 3:2: RuntimeWarning: divide by zero encountered in log\n  x\n"
    said = where_numbers_broke("out is NaN", warned)
    assert "hw.ipynb, cell 3, line 2: a division by zero in log" in said


@pytest.mark.parametrize("summary", ["dx is wrong: 3 of 12 values differ", "finite enough", ""])
def test_nothing_is_said_when_the_check_complains_of_something_else(summary):
    assert where_numbers_broke(summary, OWN) == ""
