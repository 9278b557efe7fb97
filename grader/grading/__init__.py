"""From a submission to a grade.

checks     an assignment's checks, run on any student -> a Ledger
plugin     the pytest plugin that runs them: fixtures, and the result of each case
fixtures   the values of the fixtures award and plot
seeds      the seeds of a check's random numbers
marks      the metadata of a check: points, hidden, depends, limits
ledger     the results as data: judged -> diagnosed -> consistent -> results
grader     one submission in the sandbox -> a Grade
grades     creates a Grade
batch      a class, on the cores of this machine
replay     one check of a graded submission again
"""

from grader.grading.checks import Checks
from grader.grading.grader import Grader, open_grader
from grader.grading.grades import versions

__all__ = ["Checks", "Grader", "open_grader", "versions"]
