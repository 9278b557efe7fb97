"""Plain frozen data: what it lets in, and what it computes."""

import math

import msgspec
import numpy as np
import pytest

from grader.model import (
    Budget,
    CaseResult,
    CheckResult,
    Feedback,
    Figure,
    Grade,
    Level,
    Limits,
    Verdict,
    as_text,
    plain,
)


def check(verdict=Verdict.PASSED, points=1.0, cases=()):
    return CheckResult("a.py::test_b", "B", verdict, points, 2.0, hidden=False, cases=tuple(cases))


def grade(*checks):
    return Grade("ada", "04", checks, "d", "a", 4, "full", {})


def test_levels_are_ordered_and_have_names():
    assert Level.PLAIN < Level.PARTIAL < Level.FULL
    assert [str(level) for level in Level] == ["plain", "partial", "full"]


@pytest.mark.parametrize("bad", [np.float64(0.5), math.nan, [1, 2], "\ud800"], ids=repr)
def test_only_plain_data_is_plain(bad):
    case = CaseResult("", Verdict.FAILED, Feedback("wrong"), 0.0)
    changed = {"output": bad} if isinstance(bad, str) else {"earned": bad}
    with pytest.raises((TypeError, ValueError)):
        plain(msgspec.structs.replace(case, **changed))
    assert plain(case) == case


def test_text_that_any_file_can_hold():
    class Loud(str):
        pass

    assert type(as_text(Loud("a"))) is str
    assert as_text("a\ud800b") == "a?b"
    with pytest.raises(TypeError, match="not bytes"):
        as_text(b"a")


def test_a_figure_takes_numbers_of_numpy_and_leaves_gaps():
    figure = Figure("loss", {"yours": np.array([1.0, np.nan, np.inf])}, ([0], [np.float32(1)]))
    assert figure.series == {"yours": (1.0, None, None)}
    assert figure.band == ((0.0,), (1.0,))
    assert plain(figure) == figure
    assert Figure("t", {"y": (10**400, None)}).series == {"y": (None, None)}


def test_a_figure_refuses_what_is_not_a_number():
    with pytest.raises(TypeError):
        Figure("loss", {"yours": ("high",)})


def test_points_are_the_sum_of_the_checks():
    whole = grade(check(points=1.1), check(points=0.2))
    assert (whole.points, whole.max_points) == (1.3, 4.0)
    assert not whole.withheld


def test_one_error_of_the_grader_withholds_the_grade():
    assert grade(check(), check(Verdict.GRADER_ERROR)).withheld


def test_the_feedback_is_that_of_the_first_case_that_did_not_pass():
    words = ["", "second", "third"]
    verdicts = [Verdict.PASSED, Verdict.FAILED, Verdict.ERROR]
    cases = [
        CaseResult("", verdict, Feedback(said), seconds=0.25)
        for verdict, said in zip(verdicts, words, strict=True)
    ]
    found = check(Verdict.ERROR, cases=cases)
    assert found.feedback.summary == "second"
    assert found.seconds == 0.75
    assert check().feedback == Feedback()


@pytest.mark.parametrize(("seconds", "wall"), [(10.0, 32.0), (0.5, 3.5)])
def test_wall_time_is_a_backstop_beyond_the_cpu_time(seconds, wall):
    assert Limits(seconds=seconds).wall_seconds == wall
    assert Budget(seconds=seconds).wall_seconds == 2 * seconds + 30


@pytest.mark.parametrize("kind", [Limits, Budget])
def test_settings_refuse_a_name_that_they_do_not_know(kind):
    with pytest.raises(msgspec.ValidationError, match="secnods"):
        msgspec.convert({"secnods": 1}, kind)
