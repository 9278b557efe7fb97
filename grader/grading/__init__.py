"""From a submission to a grade.

grader   one submission of an assignment -> a Grade
plugin   the pytest plugin: fixtures, and what happened in each case
seeds    where the random numbers of a check come from
marks    what a check says of itself: points, hidden, depends, limits
batch    a class, on the cores of this machine
replay   one check of a graded submission once more
"""

from grader.grading.grader import Grader, parameters_of, run_checks, versions

__all__ = ["Grader", "parameters_of", "run_checks", "versions"]
