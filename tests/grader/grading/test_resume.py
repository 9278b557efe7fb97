"""A second run over a class grades what has changed, and nothing else."""

import msgspec
import pytest

from grader.course import load_assignment
from grader.gradebook import Gradebook
from grader.grading.batch import Options, grade_what_changed
from grader.model import Level, Verdict
from grader.submission import find_submissions
from tests.grader.tiny_course import CHECKS, REFERENCE, make_course

MORE_CHECKS = '''
import pytest


@pytest.mark.points(3)
def test_again(student):
    """Counter: counts on"""
    assert student.Counter(1).add(1) == 2
'''


@pytest.fixture
def course(tmp_path):
    assignment = make_course(tmp_path)
    (assignment.checks / "test_more.py").write_text(MORE_CHECKS)
    for student in ("ada", "bob"):
        (tmp_path / "submit" / student).mkdir(parents=True)
        (tmp_path / "submit" / student / "tiny.py").write_text(REFERENCE)
    return assignment.folder


@pytest.fixture
def book(tmp_path):
    with Gradebook(tmp_path / "gradebook.sqlite") as opened:
        yield opened


def run(course, book, minimum=Level.PLAIN, **options):
    """Grade the class; who was given to a runner, and the grades by name."""
    started = []
    assignment = load_assignment(course)
    submissions = find_submissions(course.parents[1] / "submit", expected=assignment.files)
    chosen = Options(minimum=minimum, at_most=minimum)
    running = grade_what_changed(book, assignment, submissions, chosen, started.append, **options)
    grades = {grade.student: grade for grade in running}
    return sorted(started), grades


def seconds(grade):
    """What the clock says of each check: equal only when the check did not run again."""
    return {check.id: check.seconds for check in grade.checks}


def test_what_has_not_changed_is_taken_from_the_gradebook(course, book):
    started, first = run(course, book)
    assert started == ["ada", "bob"]
    started, second = run(course, book)
    assert started == []
    assert second == first
    assert len(book.attempts("01-tiny", "ada")) == 1


def test_force_grades_everybody_again(course, book):
    run(course, book)
    started, _ = run(course, book, force=True)
    assert started == ["ada", "bob"]
    assert len(book.attempts("01-tiny", "ada")) == 2


def test_a_changed_submission_is_graded_again_and_only_that(course, book):
    run(course, book)
    (course.parents[1] / "submit" / "bob" / "tiny.py").write_text("x = 1\n")
    started, grades = run(course, book)
    assert started == ["bob"]
    assert (grades["ada"].points, grades["bob"].points) == (13, 0)
    assert [attempt.grade.points for attempt in book.attempts("01-tiny", "bob")] == [13, 0]


def test_a_changed_check_file_costs_its_own_checks_only(course, book):
    _, before = run(course, book)
    (course / "checks" / "test_more.py").write_text(MORE_CHECKS.replace("points(3)", "points(5)"))
    started, after = run(course, book)
    assert started == ["ada", "bob"]
    assert after["ada"].points == 15
    kept = {
        name: value for name, value in seconds(after["ada"]).items() if name.startswith("test_tiny")
    }
    assert kept.items() <= seconds(before["ada"]).items()
    assert (
        seconds(after["ada"])["test_more.py::test_again"]
        != seconds(before["ada"])["test_more.py::test_again"]
    )
    assert [check.id for check in after["ada"].checks] == [
        check.id for check in before["ada"].checks
    ]
    assert run(course, book)[0] == []


def test_files_that_depend_on_a_changed_one_run_with_it(course, book):
    depends = '@pytest.mark.points(3)\n@pytest.mark.depends("test_counter")'
    depending = MORE_CHECKS.replace("@pytest.mark.points(3)", depends)
    (course / "checks" / "test_more.py").write_text(depending)
    run(course, book)
    (course / "checks" / "test_tiny.py").write_text(CHECKS.replace("== 5", "== 6"))
    _, after = run(course, book)
    again = after["ada"].checks[
        [c.id for c in after["ada"].checks].index("test_more.py::test_again")
    ]
    assert again.verdict is Verdict.SKIPPED


def test_a_new_check_file_and_one_that_is_gone_show_in_the_next_run(course, book):
    run(course, book)
    (course / "checks" / "test_more.py").rename(course / "checks" / "test_other.py")
    _, after = run(course, book)
    assert {check.id.partition("::")[0] for check in after["ada"].checks} == {
        "test_tiny.py",
        "test_other.py",
    }
    assert after["ada"].points == 13


@pytest.mark.parametrize("changed", ["assignment.toml", "mistakes.py"])
def test_what_touches_every_check_costs_every_check(course, book, changed):
    _, before = run(course, book)
    with (course / changed).open("a") as file:
        file.write("\n# changed\n")
    started, after = run(course, book)
    assert started == ["ada", "bob"]
    assert not set(seconds(before["ada"]).items()) & set(seconds(after["ada"]).items())


def test_other_versions_of_the_packages_grade_again(course, book):
    _, grades = run(course, book)
    book.add(msgspec.structs.replace(grades["ada"], versions={"python": "2.7"}))
    assert run(course, book)[0] == ["ada"]


def test_a_withheld_grade_is_never_taken(course, book):
    _, grades = run(course, book)
    broken = msgspec.structs.replace(grades["ada"].checks[0], verdict=Verdict.GRADER_ERROR)
    book.add(msgspec.structs.replace(grades["ada"], checks=(broken, *grades["ada"].checks[1:])))
    started, after = run(course, book)
    assert started == ["ada"]
    assert not after["ada"].withheld


def test_a_grade_from_a_weaker_sandbox_is_not_taken_for_one_of_a_stronger(course, book):
    run(course, book, minimum=Level.PLAIN)
    started, _ = run(course, book, minimum=Level.FULL)
    assert started == ["ada", "bob"]
