"""From a submission to a grade.

checks     an assignment's checks, run on any student -> a Ledger
plugin     the pytest plugin that runs them: fixtures, and what happened in each case
fixtures   what the fixtures award and plot give
seeds      where the random numbers of a check come from
marks      what a check says of itself: points, hidden, depends, limits
ledger     what happened, as data: judged -> diagnosed -> consistent -> results
grader     one submission in the sandbox -> a Grade
grades     where a Grade is made
batch      a class, on the cores of this machine
replay     one check of a graded submission once more
"""

from grader.grading.checks import Checks
from grader.grading.grader import Grader, open_grader
from grader.grading.grades import versions

__all__ = ["Checks", "Grader", "open_grader", "versions"]
