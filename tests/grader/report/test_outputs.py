"""What readers see: nothing of a hidden check for students, nothing dangerous for anybody."""

import csv
import io
import json

import msgspec
import pytest

from grader.model import (
    CaseResult,
    CheckResult,
    Diagnosis,
    Feedback,
    Figure,
    Grade,
    Note,
    Verdict,
    Visibility,
)
from grader.report.files import write_class, write_grade
from grader.report.pages import class_page, student_page
from grader.report.results import grades_csv, staff_json, student_json
from grader.report.text import check_text, view_text
from grader.report.view import clean, points, staff_view, student_view

SECRET = "expected 3.14159 at (2, 7) of the hidden input"
KNOWN = Diagnosis(
    "relu_backward: modifies dout",
    "relu_backward changes dout in place.",
    "On all 2 calls of this check.",
)
PLAIN = Feedback("dW is 8 times too large.", "yours    8.0\nnumeric  1.0", "Divide by N.", (KNOWN,))
HIDDEN = Feedback(SECRET, SECRET, "Try one sample.", (KNOWN,))


def check(number, verdict, feedback=PLAIN, *, hidden=False, points=0.0, output="", figures=()):
    case = CaseResult(
        "(2, 7)" if hidden else "(4, 5)", verdict, feedback, output=output, figures=figures
    )
    return CheckResult(
        f"test_x.py::test_{number}",
        f"Title {number}",
        verdict,
        points,
        5.0,
        hidden,
        "affine",
        (case,),
    )


def grade(*checks, student="ada", notes=()):
    return Grade(
        student,
        "04-layers-and-losses",
        checks,
        "d1",
        "d2",
        4,
        "full",
        {"python": "3.11"},
        notes,
        1.5,
    )


def student_outputs(g):
    return [student_page(g, "Layers"), student_json(g).decode(), view_text(student_view(g))]


@pytest.mark.parametrize(
    "verdict", [v for v in Verdict if v not in (Verdict.PASSED, Verdict.SKIPPED, Verdict.MISSING)]
)
def test_a_hidden_check_shows_title_points_hint_and_mistake_and_nothing_else(verdict):
    g = grade(
        check(
            1,
            verdict,
            HIDDEN,
            hidden=True,
            output=SECRET,
            figures=(Figure(SECRET, {"loss": (1.0, 2.0)}),),
        )
    )
    for text in student_outputs(g):
        assert "Title 1" in text
        assert "Try one sample." in text
        assert "relu_backward changes dout in place." in text
        for secret in (SECRET, "3.14159", "(2, 7)", "hidden input"):
            assert secret not in text


def test_the_staff_sees_all_of_a_hidden_check():
    g = grade(check(1, Verdict.FAILED, HIDDEN, hidden=True))
    for text in (
        student_page(g, "Layers", staff=True),
        staff_json(g).decode(),
        view_text(staff_view(g)),
    ):
        assert "3.14159" in text


def test_a_public_check_says_what_how_much_and_where_to_look():
    words = check_text(student_view(grade(check(1, Verdict.FAILED))).checks[0])
    for part in (
        "8 times too large",
        "numeric  1.0",
        "Hint: Divide by N.",
        "changes dout in place",
    ):
        assert part in words


def test_a_grader_error_keeps_its_traceback_for_the_staff():
    g = grade(
        check(1, Verdict.GRADER_ERROR, Feedback("The grader failed.", "Traceback: secret path"))
    )
    assert "secret path" not in "".join(student_outputs(g))
    assert "secret path" in view_text(staff_view(g))


def test_what_stands_out_is_what_costs_the_most_a_named_mistake_before_a_symptom():
    endless, wrong, little = (
        Feedback("It ran too long."),
        Feedback("dx is wrong."),
        Feedback("db is wrong."),
    )
    symptoms = [
        check(1, Verdict.FAILED, little, points=4.5),
        check(2, Verdict.FAILED, wrong, points=4.0),
        check(3, Verdict.TIMEOUT, endless),
        check(4, Verdict.SKIPPED, Feedback("It builds on …")),
    ]
    assert staff_view(grade(*symptoms)).remark == "It ran too long."
    assert staff_view(grade(*symptoms, check(5, Verdict.FAILED, points=4.9))).remark == KNOWN.says
    assert staff_view(grade(check(1, Verdict.PASSED))).remark == ""


@pytest.mark.parametrize(
    ("value", "written"), [(100.0, "100"), (66.657143, "66.66"), (97.5, "97.5"), (0.0, "0")]
)
def test_points_are_written_as_a_person_writes_them(value, written):
    assert points(value) == written


def test_a_withheld_grade_has_no_points_in_the_table():
    g = grade(check(1, Verdict.GRADER_ERROR))
    row = next(csv.DictReader(io.StringIO(grades_csv([g]))))
    assert row["points"] == ""
    assert row["withheld"] == "yes"
    assert "withheld" in student_page(g, "Layers")


def test_markup_of_a_submission_stays_text():
    attack = "<script>alert(1)</script>"
    g = grade(
        check(1, Verdict.FAILED, Feedback(attack, attack, attack), output=attack),
        student=attack,
        notes=(Note(attack),),
    )
    for page in (
        student_page(g, "Layers"),
        student_page(g, "Layers", staff=True),
        class_page([g], "Layers"),
    ):
        assert "<script" not in page


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2J\x1b]0;owned\x07",
        "a\rb",
        "\x9b31m",
        "\u202eevil",
        "\ud800",
        "\x00",
        "\n::error::file=x",
        "##vso[task.complete]",
        "a ##[error]b",
        "##teamcity[x]",
    ],
)
def test_what_is_printed_has_no_escapes_or_workflow_commands(text):
    safe = clean(text)
    safe.encode("utf-8")
    assert not {"\x1b", "\r", "\x9b", "\u202e", "\x00"} & set(safe)
    assert not any(line.lstrip().startswith("::") for line in safe.splitlines())
    assert "##" not in safe


def test_clean_leaves_ordinary_text_alone():
    text = "dW[2, 3] is 8×, naïve Σ\n\tok :: fine\n## A heading [1]\n"
    assert clean(text) == text


def test_clean_cuts_a_flood():
    assert len(clean("x" * 10_000)) < 4100


def test_the_students_json_is_a_superset_of_gradescopes():
    data = json.loads(
        student_json(
            grade(check(1, Verdict.PASSED, Feedback(), points=5.0), check(2, Verdict.FAILED))
        )
    )
    assert data["score"] == 5.0
    assert [test["status"] for test in data["tests"]] == ["passed", "failed"]
    for key in ("name", "score", "max_score", "output", "output_format", "visibility", "tags"):
        assert key in data["tests"][0]
    assert data["extra_data"]["schema_version"] == 1


def test_the_staff_file_reads_back_as_the_grade():
    g = grade(check(1, Verdict.FAILED), notes=(Note("cell 3 raised", staff=True),))
    assert msgspec.json.decode(staff_json(g), type=Grade) == g


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@x"])
def test_a_spreadsheet_runs_no_name_as_a_formula(name):
    row = next(csv.DictReader(io.StringIO(grades_csv([grade(student=name)]))))
    assert row["student"] == "'" + name


def test_staff_notes_stay_with_the_staff():
    g = grade(notes=(Note("for staff", staff=True), Note("for all")))
    assert "for staff" not in "".join(student_outputs(g))
    assert "for all" in student_page(g, "Layers")


def test_figures_are_drawn_and_the_same_every_time():
    g = grade(
        check(
            1,
            Verdict.PASSED,
            Feedback(),
            figures=(Figure("Loss", {"yours": (2.0, float("nan"), 1.0)}),),
        )
    )
    page = student_page(g, "Layers")
    assert "<svg" in page
    assert "Loss" in page
    assert page == student_page(g, "Layers")


def test_the_files_of_a_class(tmp_path):
    grades = [
        grade(check(1, Verdict.FAILED, HIDDEN, hidden=True), student=name)
        for name in ("ada", "bob")
    ]
    for g in grades:
        write_grade(g, "Layers", tmp_path)
    write_class(grades, "Layers", tmp_path)
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    per_student = [
        f"{folder}/{n}.{kind}"
        for folder in ("results", "staff")
        for n in ("ada", "bob")
        for kind in ("html", "json")
    ]
    assert written == sorted(["grades.csv", "index.html", *per_student])
    assert all("3.14159" not in path.read_text() for path in (tmp_path / "results").iterdir())
    assert 'href="staff/ada.html"' in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("hints", [True, False])
@pytest.mark.parametrize("diagnoses", [True, False])
def test_a_course_may_keep_hints_and_diagnoses_of_hidden_checks_to_itself(hints, diagnoses):
    g = msgspec.structs.replace(
        grade(check(1, Verdict.FAILED, HIDDEN, hidden=True), check(2, Verdict.FAILED)),
        visibility=Visibility(hints=hints, diagnoses=diagnoses),
    )
    for text in student_outputs(g):
        assert ("Try one sample." in text) is hints
        assert "Divide by N." in text, "the public check's own hint stays"
    shown = student_view(g).checks[0]
    assert (shown.hint == "Try one sample.") is hints
    assert bool(shown.diagnoses) is diagnoses
    assert staff_view(g).checks[0].diagnoses
    assert staff_view(g).checks[0].hint
