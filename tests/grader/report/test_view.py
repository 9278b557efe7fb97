"""The rule about hidden checks: what a student sees of one is a list, and everything else stays."""

from dataclasses import fields

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
from grader.report.view import CheckView, clean, points, staff_view, student_view

SLIP = Diagnosis("f: slip", "f forgets the slip.", "on the one call")
NOT_PASSED = [verdict for verdict in Verdict if verdict is not Verdict.PASSED]


def check(verdict, *, hidden, diagnoses=(), name="secret_case"):
    told = Feedback("secret summary", "secret details", "the author's hint", diagnoses)
    figure = Figure("secret figure", {"loss": (1.0, 2.0)})
    case = CaseResult(name, verdict, told, 0.0, 1.5, "secret output", (figure,))
    passed = CaseResult("first", Verdict.PASSED, earned=1.0)
    return CheckResult(
        "test_secret.py::test_secret",
        "The title",
        verdict,
        0.0,
        5.0,
        hidden,
        "affine",
        (passed, case),
    )


SHOWN = Visibility()


def grade(*checks, visibility=SHOWN, notes=()):
    return Grade(
        "ada", "04-layers", checks, "d", "a", 4, "full", {}, notes=notes, visibility=visibility
    )


def as_student(one, **given):
    return student_view(grade(one, **given)).checks[0]


# ---- hidden checks -------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", NOT_PASSED)
def test_a_student_sees_of_a_hidden_check_what_is_listed_and_nothing_else(verdict):
    seen = as_student(check(verdict, hidden=True))
    shown = {field.name: getattr(seen, field.name) for field in fields(CheckView)}
    words = shown.pop("summary")
    assert shown == {
        "id": "hidden-1",
        "title": "The title",
        "verdict": verdict,
        "points": 0.0,
        "max_points": 5.0,
        "hidden": True,
        "concept": "affine",
        "case": "",
        "passed_cases": "",
        "details": "",
        "hint": "the author's hint",
        "output": "",
        "diagnoses": (),
        "figures": (),
    }
    # A skipped case has words of the grader's own: which check it builds on.
    assert words == "secret summary" if verdict is Verdict.SKIPPED else "secret" not in words


@pytest.mark.parametrize(
    ("visibility", "hint", "diagnoses"),
    [
        (Visibility(), "the author's hint", (SLIP,)),
        (Visibility(hints=False), "", (SLIP,)),
        (Visibility(diagnoses=False), "the author's hint", ()),
        (Visibility(hints=False, diagnoses=False), "", ()),
    ],
)
def test_the_assignment_decides_on_hints_and_diagnoses(visibility, hint, diagnoses):
    one = check(Verdict.FAILED, hidden=True, diagnoses=(SLIP,))
    seen = as_student(one, visibility=visibility)
    assert (seen.hint, seen.diagnoses) == (hint, diagnoses)
    assert bool(seen.summary) is not bool(diagnoses), "a named mistake says more"


def test_the_staff_sees_all_of_a_hidden_check():
    (seen,) = staff_view(grade(check(Verdict.FAILED, hidden=True, diagnoses=(SLIP,)))).checks
    assert (seen.id, seen.case) == ("test_secret.py::test_secret", "secret_case")
    assert (seen.summary, seen.details) == ("secret summary", "secret details")
    assert (seen.output, len(seen.figures)) == ("secret output", 1)
    assert seen.passed_cases == "1 of 2 cases passed"


# ---- public checks -------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", [v for v in NOT_PASSED if v is not Verdict.GRADER_ERROR])
def test_a_student_sees_of_a_public_check_what_the_staff_sees(verdict):
    one = check(verdict, hidden=False)
    assert as_student(one) == staff_view(grade(one)).checks[0]


def test_what_the_grader_raised_in_a_public_check_is_for_the_staff():
    one = check(Verdict.GRADER_ERROR, hidden=False)
    seen = as_student(one)
    assert "The grader failed here" in seen.summary
    assert (seen.details, "secret" in seen.summary) == ("", False)
    assert staff_view(grade(one)).checks[0].details == "secret details"


def test_a_check_that_passed_shows_no_output():
    case = CaseResult("", Verdict.PASSED, earned=1.0, output="printed")
    one = CheckResult("a::b", "T", Verdict.PASSED, 5.0, 5.0, hidden=False, cases=(case,))
    assert as_student(one).output == ""


# ---- the whole grade -----------------------------------------------------------------------------


def test_notes_for_the_staff_stay_with_the_staff():
    notes = Note("cell 3 raised"), Note("tried to read /etc/passwd", staff=True)
    whole = grade(check(Verdict.FAILED, hidden=False), notes=notes)
    assert student_view(whole).notes == ("cell 3 raised",)
    assert len(staff_view(whole).notes) == 2


def test_a_student_is_told_the_time_of_public_checks_alone():
    whole = grade(check(Verdict.FAILED, hidden=True), check(Verdict.FAILED, hidden=False))
    assert student_view(whole).seconds == 1.5


def test_the_remark_is_the_dearest_named_mistake_before_any_symptom():
    cheap = check(Verdict.FAILED, hidden=False, diagnoses=(SLIP,))
    dear = check(Verdict.ERROR, hidden=False)
    assert student_view(grade(dear, cheap)).remark == "f forgets the slip."
    assert student_view(grade(dear)).remark == "secret summary"


@pytest.mark.parametrize(
    ("value", "shown"), [(100.0, "100"), (97.5, "97.5"), (200 / 3, "66.67"), (0.0, "0")]
)
def test_points_as_a_person_writes_them(value, shown):
    assert points(value) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n  text", "plain\n  text"),
        ("\x1b[31mred\x1b[0m", "\ufffdred\ufffd"),
        ("a\u202eb", "a\ufffdb"),
        ("::error::x", ": :error::x"),
        ("##vso[task]", "# #vso[task]"),
        ("x" * 10, "x" * 5 + "\n[…]"),
    ],
)
def test_text_of_a_submission_is_made_safe(text, shown):
    assert clean(text, limit=5 if text == "x" * 10 else 4000) == shown
