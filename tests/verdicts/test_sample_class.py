"""The sample class in submit/, graded for real: every submission gets the verdicts that its name
promises.
"""

import json
from pathlib import Path

import pytest

from grader.course import find_course
from grader.grading.batch import Options, default_jobs, grade_class
from grader.model import Verdict
from grader.submission import find_submissions

ROOT = Path(__file__).parents[2]
EXPECTED = json.loads(Path(__file__).with_name("sample_class.json").read_text())


@pytest.fixture(scope="module")
def graded():
    assignment = find_course(ROOT).assignment("04")
    submissions = find_submissions(ROOT / "submit", expected=assignment.files)
    return {
        g.student: g
        for g in grade_class(assignment.folder, submissions, Options(jobs=default_jobs()))
    }


def test_nobody_is_missing(graded):
    assert sorted(graded) == sorted(EXPECTED)
    assert len(graded) == 10


@pytest.mark.parametrize("student", EXPECTED)
def test_verdicts(graded, student):
    verdicts = {check.id: str(check.verdict) for check in graded[student].checks}
    assert verdicts == EXPECTED[student]["checks"]


@pytest.mark.parametrize("student", EXPECTED)
def test_points(graded, student):
    assert graded[student].points == EXPECTED[student]["points"]
    assert not graded[student].withheld


@pytest.mark.parametrize("student", EXPECTED)
def test_named_mistakes(graded, student):
    named = {
        d.mistake
        for check in graded[student].checks
        for case in check.cases
        for d in case.feedback.diagnoses
    }
    assert sorted(named) == EXPECTED[student]["mistakes"]


def test_the_loop_costs_its_own_check_its_time_limit_and_nothing_else(graded):
    verdicts = [check.verdict for check in graded["infinite-loop"].checks]
    assert verdicts.count(Verdict.TIMEOUT) == 1
    assert set(verdicts) <= {Verdict.PASSED, Verdict.PARTIAL, Verdict.TIMEOUT, Verdict.SKIPPED}
    slow = next(
        check for check in graded["infinite-loop"].checks if check.verdict is Verdict.TIMEOUT
    )
    assert [case.verdict for case in slow.cases] == [
        Verdict.TIMEOUT,
        Verdict.SKIPPED,
        Verdict.SKIPPED,
    ]


def test_the_cheat_gets_nothing_and_is_named(graded):
    grade = graded["cheats-by-reading-the-checks"]
    assert grade.points == 0
    assert {check.verdict for check in grade.checks} <= {Verdict.FORBIDDEN, Verdict.SKIPPED}
    assert "must not do" in grade.checks[0].feedback.summary


def test_a_cell_that_raised_is_reported_by_number_and_the_cells_after_it_ran(graded):
    grade = graded["correct-notebook"]
    assert any("cell 10" in note.text and "google" in note.text for note in grade.notes)
    assert grade.points == grade.max_points
