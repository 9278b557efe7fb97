"""A Grade is made in one place, complete."""

from dataclasses import replace

import msgspec

from grader.grading.grades import grade_of, not_graded, versions
from grader.model import Feedback, Grade, Note, Verdict, Visibility, plain
from grader.submission import submission_of_ours
from tests.grader.tiny_course import make_course


def test_every_field_is_filled_from_where_it_belongs(tmp_path):
    assignment = replace(make_course(tmp_path), visibility=Visibility(hints=False))
    submission = replace(
        submission_of_ours("ada", {"tiny.py": b"x = 1\n"}), notes=(Note("from the submission"),)
    )
    made = grade_of(
        assignment, submission, (), sandbox="full", notes=[Note("from grading")], seconds=1.23456
    )
    assert [note.text for note in made.notes] == ["from the submission", "from grading"]
    expected = {
        "student": "ada",
        "assignment": "01-tiny",
        "submission_digest": submission.digest,
        "assignment_digest": assignment.digest,
        "seed": assignment.seed,
        "sandbox": "full",
        "versions": versions(),
        "seconds": 1.235,
        "visibility": assignment.visibility,
        "check_digests": assignment.check_digests,
        "origin": "ada",
    }
    assert {name: getattr(made, name) for name in expected} == expected
    assert plain(made) == made


def test_a_grade_without_results_is_withheld_and_worth_nothing(tmp_path):
    submission = submission_of_ours("ada", {})
    made = grade_of(make_course(tmp_path), submission, not_graded(Feedback("The disk is full.")))
    assert made.withheld
    assert (made.points, made.max_points, made.sandbox) == (0, 0, "")
    assert [check.verdict for check in made.checks] == [Verdict.GRADER_ERROR]
    assert made.checks[0].feedback.summary == "The disk is full."


def test_a_grade_survives_its_file(tmp_path):
    made = grade_of(make_course(tmp_path), submission_of_ours("ada", {}), ())
    assert msgspec.json.decode(msgspec.json.encode(made), type=Grade) == made


def test_the_versions_are_those_of_what_decides_a_grade():
    assert {"python", "gradmark", "numpy", "pytest"} <= versions().keys()
