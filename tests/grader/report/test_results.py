"""The data files: what other programs read."""

import csv
import io
import json

import msgspec
import pytest

from grader.grading.grades import not_graded
from grader.model import CaseResult, CheckResult, Diagnosis, Feedback, Grade, Note, Verdict
from grader.report.results import grades_csv, staff_json, student_json, student_results
from grader.report.text import check_text
from grader.report.view import student_view

SLIP = Diagnosis("f: slip", "f forgets the slip.", "Your f gives the same results.")


def check(verdict=Verdict.FAILED, *, hidden=False, points=0.0, feedback=None, output=""):
    told = feedback or Feedback("dx is wrong.", "  yours  1", "Look at the sum.")
    case = CaseResult("[2]", verdict, told, output=output)
    return CheckResult("t.py::test_f", "F", verdict, points, 5.0, hidden, "affine", (case,))


def grade(*checks, student="ada", notes=()):
    return Grade(
        student, "04-layers", checks, "digest", "a", 4, "full", {"python": "3"}, notes=notes
    )


def test_the_students_file_has_what_gradescope_reads():
    made = json.loads(student_json(grade(check(), check(Verdict.PASSED, points=5.0))))
    assert (made["score"], made["max_score"]) == (5.0, 10.0)
    assert made["visibility"] == "visible"
    failed, passed = made["tests"]
    assert (failed["name"], failed["score"], failed["max_score"]) == ("F", 0.0, 5.0)
    assert (failed["status"], passed["status"], passed["output"]) == ("failed", "passed", "")
    assert failed["output"] == "dx is wrong.\n  yours  1\nHint: Look at the sum.\nCase [2]"
    assert failed["tags"] == ["affine"]
    assert failed["extra_data"]["verdict"] == "failed"
    assert made["extra_data"]["submission_digest"] == "digest"


def test_the_staffs_file_is_the_grade_itself():
    whole = grade(check(hidden=True))
    assert msgspec.json.decode(staff_json(whole), type=Grade) == whole


def test_notes_and_a_withheld_grade_are_said_at_the_top():
    made = student_results(grade(check(Verdict.GRADER_ERROR), notes=[Note("cell 3 raised")]))
    assert made.output.split("\n") == [
        "The grader failed in at least one check. This grade is withheld.",
        "cell 3 raised",
    ]
    assert made.extra_data["withheld"] is True


def rows(*grades):
    return list(csv.DictReader(io.StringIO(grades_csv(grades))))


def test_the_table_has_a_row_for_each_submission_by_name():
    bob = grade(check(), check(points=2.5), student="bob")
    found = rows(bob, grade(check(Verdict.PASSED, points=5.0)))
    assert [(row["student"], row["points"], row["max_points"]) for row in found] == [
        ("ada", "5", "5"),
        ("bob", "2.5", "10"),
    ]


def test_a_withheld_grade_has_a_reason_and_no_points():
    (row,) = rows(grade(*not_graded(Feedback("The disk is full."))))
    assert (row["points"], row["withheld"]) == ("", "yes")
    assert "The disk is full." in row["reason"]


@pytest.mark.parametrize("name", ['a"b', "a,b", "a\nb", "=1+1"])
def test_any_name_stays_in_its_cell(name):
    (row,) = rows(grade(check(), student=name))
    assert name in row["student"]
    assert row["assignment"] == "04-layers"


# ---- the words of one check ----------------------------------------------------------------------


def seen(**given):
    return student_view(grade(check(**given))).checks[0]


def test_a_named_mistake_comes_first_and_its_evidence_after_the_numbers():
    told = Feedback("dx is wrong.", "  yours  1", "", (SLIP,))
    assert check_text(seen(feedback=told)).split("\n") == [
        "f forgets the slip.",
        "dx is wrong.",
        "  yours  1",
        "Your f gives the same results.",
        "Case [2]",
    ]


def test_what_was_printed_is_quoted_below():
    text = check_text(seen(output="hello\n  world\n"))
    assert text.endswith("Your code printed:\n    hello\n      world")


def test_long_sentences_are_broken_and_numbers_are_not():
    told = Feedback("word " * 40 + "end.", "number " * 40)
    lines = check_text(seen(feedback=told), width=60).split("\n")
    assert all(len(line) <= 60 for line in lines if "number" not in line)
    assert "number " * 39 in check_text(seen(feedback=told), width=60)
