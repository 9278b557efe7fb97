"""Whose fault it was."""

from types import SimpleNamespace

import numpy as np
import pytest

from grader.checks import CheckFailure
from grader.checks.failure import NotFinite
from grader.errors import CourseError, SandboxError
from grader.feedback.outcomes import CheckStuck, judge
from grader.model import Verdict
from grader.subject.frozen import NotFrozen
from grader.subject.transcript import Event

STUDENT = SimpleNamespace(attempts=(), transcript=[])


def passes():
    """The arbiter of a check that the reference passes: in process, where no sandbox can fail."""
    return []


def breaks():
    raise KeyError("loss")


@pytest.mark.parametrize(
    "error", [SandboxError("the sandbox's own process has died"), CourseError("no such key")]
)
def test_what_fails_on_our_side_is_never_the_students_fault(error):
    outcome = judge(error, STUDENT, passes)
    assert outcome.verdict is Verdict.GRADER_ERROR
    assert str(error) in outcome.feedback.details


def test_a_check_that_breaks_on_an_answer_is_judged_by_the_reference():
    assert judge(KeyError("loss"), STUDENT, passes).verdict is Verdict.FAILED
    assert judge(KeyError("loss"), STUDENT, breaks).verdict is Verdict.GRADER_ERROR


def test_a_question_to_a_solution_that_is_not_here_costs_nothing():
    outcome = judge(NotFrozen("affine_forward"), STUDENT, passes)
    assert outcome.verdict is Verdict.SKIPPED
    assert outcome.unanswerable


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (np.nan, "scale returned NaN instead of"),
        (np.inf, "scale returned infinite"),
        (3.0, "the check could not use"),
    ],
)
def test_a_check_that_breaks_on_numbers_that_are_none_names_the_first(number, said):
    def transcript(value):
        return [Event("scale", (), (np.array([1.0, value]), {"loss": 2.0}))]

    student = SimpleNamespace(attempts=(), transcript=transcript(number))
    outcome = judge(ValueError("the expected value holds NaN"), student, lambda: transcript(1.0))
    assert outcome.verdict is Verdict.FAILED
    assert said in outcome.feedback.summary
    assert outcome.not_finite is not np.isfinite(number)


@pytest.mark.parametrize(
    ("error", "not_finite"),
    [
        (NotFinite("dx is broken"), True),
        (CheckFailure("dx is NaN, or so it says"), False),
        (AssertionError("NaN"), False),
    ],
)
def test_what_is_not_finite_is_told_by_the_kind_of_failure_and_not_by_its_words(error, not_finite):
    outcome = judge(error, STUDENT, passes)
    assert outcome.verdict is Verdict.FAILED
    assert outcome.not_finite is not_finite


def test_a_check_that_is_stuck_is_the_graders_fault_and_a_failure_that_says_so_is_not():
    assert judge(CheckStuck("60 s"), STUDENT, passes).verdict is Verdict.GRADER_ERROR
    said = pytest.fail.Exception("Timeout (>60.0s) from pytest-timeout.")
    assert judge(said, STUDENT, passes).verdict is Verdict.FAILED
