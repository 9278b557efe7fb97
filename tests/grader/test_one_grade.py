"""Whatever goes wrong over one grade withholds that one grade, says so, and leaves the class with
all its files.
"""

import csv
import errno
import io
import json
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from grader.cli import main
from grader.errors import CourseError
from grader.gradebook import Gradebook, default_gradebook
from grader.grading import batch
from grader.model import CaseResult, CheckResult, Feedback, Figure, Grade, Verdict
from grader.report import files, pages, terminal
from grader.submission import ConfinedReader, reading
from tests.grader.tiny_course import REFERENCE, make_course

GRADER_ERROR, USAGE = 3, 2
SECRET = "271.75 is in a hidden input"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A class of three whose grades come at once; `changed` says what is in the grade of a
    student.
    """
    assignment = make_course(tmp_path)
    for student in ("ada", "bob", "eve"):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "tiny.py").write_text(REFERENCE)
    monkeypatch.chdir(tmp_path)
    course = SimpleNamespace(root=tmp_path, changed={}, graded=[])

    def grade_class(_folder, submissions, _options, on_start, **_):
        for one in submissions:
            on_start(one.student)
            course.graded.append(one.student)
            check = CheckResult(
                "test_tiny.py::test_x", "X", Verdict.PASSED, 2.0, 2.0, hidden=False, cases=(CASE,)
            )
            grade = Grade(
                one.student,
                assignment.name,
                (check,),
                one.digest,
                assignment.digest,
                assignment.seed,
                "full",
                batch.versions(),
                origin=str(one.origin),
            )
            yield course.changed.get(one.student, lambda grade: grade)(grade)

    monkeypatch.setattr(batch, "grade_class", grade_class)
    return course


CASE = CaseResult("", Verdict.PASSED, earned=1.0, figures=(Figure("loss", {"yours": (1.0, 0.5)}),))


def grade(*options):
    done = CliRunner().invoke(main, ["class", *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    return done


def rows(course):
    return {
        r["student"]: r
        for r in csv.DictReader((course.root / "graded" / "grades.csv").read_text().splitlines())
    }


def kept(course):
    with Gradebook(default_gradebook(course.root)) as book:
        return book.latest("01-tiny")


def only_bob(monkeypatch, module, name, student_of):
    """Let a function raise whenever it comes to bob, and not to a grade of his that is withheld."""
    inner = getattr(module, name)

    def raises(*args, **kwargs):
        one = student_of(*args, **kwargs)
        if one.student == "bob" and not one.withheld:
            raise RuntimeError(SECRET)
        return inner(*args, **kwargs)

    monkeypatch.setattr(module, name, raises)


def first(grade, *_, **__):
    return grade


def any_bob(grades, *_, **__):
    return next((one for one in grades if one.student == "bob"), grades[0])


def with_case(**fields):
    """A grade with other values in these fields of its case, as a mistake of ours would put them
    there.
    """

    def change(grade):
        case = msgspec.structs.replace(CASE, **fields)
        return msgspec.structs.replace(
            grade, checks=(msgspec.structs.replace(grade.checks[0], cases=(case,)),)
        )

    return change


def too_many_checks(grade):
    return msgspec.structs.replace(grade, checks=grade.checks * 2)


# What goes wrong: a change of bob's grade, or a function that raises over it.
MISHAPS = {
    "a scalar of numpy": with_case(earned=np.float64(1)),
    "a NaN": with_case(seconds=float("nan")),
    "half of a surrogate pair": with_case(output="\ud800"),
    "one check twice": too_many_checks,
    "a verdict that is none": with_case(verdict="splendid"),
    "the student's page": lambda patch: only_bob(patch, files, "student_page", first),
    "the plots": lambda patch: only_bob(patch, pages, "student_view", first),
    "the staff's page": lambda patch: only_bob(patch, pages, "staff_view", first),
    "the student's json": lambda patch: only_bob(patch, files, "student_json", first),
    "the staff's json": lambda patch: only_bob(patch, files, "staff_json", first),
    "the class page": lambda patch: only_bob(patch, files, "class_page", any_bob),
    "the table of grades": lambda patch: only_bob(patch, files, "grades_csv", any_bob),
    "the gradebook": lambda patch: only_bob(patch, Gradebook, "add", lambda _, grade: grade),
}


@pytest.mark.parametrize("mishap", MISHAPS)
def test_one_grade_is_withheld_everywhere_and_the_class_ends(course, monkeypatch, mishap):
    with monkeypatch.context() as patch:
        if mishap.startswith("the "):
            MISHAPS[mishap](patch)
        else:
            course.changed["bob"] = MISHAPS[mishap]
        is_withheld_and_tried_again(course)
    course.changed.clear()
    assert grade().exit_code == 0
    assert {name: one.withheld for name, one in kept(course).items()} == dict.fromkeys(
        ("ada", "bob", "eve"), False
    )
    assert {row["points"] for row in rows(course).values()} == {"2"}


def is_withheld_and_tried_again(course):
    done = grade()
    assert done.exit_code == GRADER_ERROR, done.output
    assert "Withheld because the grader itself failed: bob." in " ".join(done.output.split())
    assert "This grade could not be" in done.output
    found = rows(course)
    assert [found[name]["points"] for name in ("ada", "bob", "eve")] == ["2", "", "2"]
    assert found["bob"]["reason"].startswith("This grade could not be")
    assert not found["ada"]["reason"]
    page = (course.root / "graded" / "index.html").read_text()
    assert "Withheld because the grader itself failed: bob." in page
    assert page.count("2 / 2") == 2
    for student in ("ada", "bob", "eve"):
        told = json.loads((course.root / "graded" / "results" / f"{student}.json").read_text())
        assert told["extra_data"]["withheld"] == (student == "bob")
        assert (course.root / "graded" / "results" / f"{student}.html").exists()
        assert (course.root / "graded" / "staff" / f"{student}.html").exists()
    assert {name: one.withheld for name, one in kept(course).items()} == {
        "ada": False,
        "bob": True,
        "eve": False,
    }

    course.graded.clear()
    again = grade("--json")
    assert course.graded == ["bob"], "only who was withheld is tried again"
    assert {
        one["extra_data"]["student"]: one["extra_data"]["withheld"]
        for one in json.loads(again.stdout)
    } == {
        "ada": False,
        "bob": True,
        "eve": False,
    }


@pytest.mark.parametrize("mishap", ["the student's page", "the staff's page"])
def test_what_raised_is_for_the_staff_alone(course, monkeypatch, mishap):
    MISHAPS[mishap](monkeypatch)
    grade()
    for path in (course.root / "graded" / "results").iterdir():
        assert SECRET not in path.read_text()
    assert SECRET in (course.root / "graded" / "staff" / "bob.json").read_text()
    assert (
        "The grader failed here, not your code."
        in (course.root / "graded" / "results" / "bob.html").read_text()
    )


def test_a_kept_grade_that_cannot_be_drawn_any_more_is_withheld_too(course, monkeypatch):
    assert grade().exit_code == 0
    MISHAPS["the plots"](monkeypatch)
    assert grade().exit_code == GRADER_ERROR
    assert rows(course)["bob"]["withheld"] == "yes"
    assert kept(course)["bob"].withheld


def test_a_file_that_cannot_be_written_withholds_its_grade(course):
    (course.root / "graded" / "results" / "bob.html").mkdir(parents=True)
    done = grade()
    assert done.exit_code == GRADER_ERROR
    assert {name: row["withheld"] for name, row in rows(course).items()} == {
        "ada": "no",
        "bob": "yes",
        "eve": "no",
    }


def test_a_class_page_that_no_form_of_a_grade_fits_comes_out_without_that_student(
    course, monkeypatch
):
    inner = pages.staff_view

    def raises(grade):
        if grade.student == "bob":
            raise RuntimeError("whatever is in it")
        return inner(grade)

    monkeypatch.setattr(pages, "staff_view", raises)
    done = grade()
    assert done.exit_code == GRADER_ERROR
    page = (course.root / "graded" / "index.html").read_text()
    assert "Left out because this page cannot be rendered with them: bob." in page
    assert page.count(">2 / 2</td>\n  <td></td>") == 2
    assert rows(course)["bob"]["withheld"] == "yes", "the table has room for what the page has not"
    assert "Left out of index.html or grades.csv" in done.output
    assert kept(course)["bob"].withheld


def test_a_table_that_cannot_be_shown_leaves_the_files_and_the_exit_status(course, monkeypatch):
    monkeypatch.setattr(terminal, "staff_view", lambda _: 1 / 0)
    done = grade()
    assert done.exit_code == GRADER_ERROR
    assert "cannot be printed" in done.output
    assert len(rows(course)) == 3


def test_a_class_whose_every_grade_is_withheld_has_its_files(course):
    course.changed = dict.fromkeys(("ada", "bob", "eve"), with_case(earned=np.float64(1)))
    assert grade().exit_code == GRADER_ERROR
    assert {row["withheld"] for row in rows(course).values()} == {"yes"}
    assert "<svg" in (course.root / "graded" / "index.html").read_text()


# ---- what concerns every grade -------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        OSError(code, "said by the disk")
        for code in (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EMFILE)
    ]
    + [CourseError("said by the course")],
    ids=str,
)
@pytest.mark.parametrize("where", ["files", "gradebook"])
def test_what_would_be_raised_over_every_grade_ends_the_run_in_a_sentence(
    course, monkeypatch, where, error
):
    def raises(*_):
        raise error

    monkeypatch.setattr(*((files, "_write") if where == "files" else (Gradebook, "add")), raises)
    done = grade()
    assert done.exit_code == USAGE
    assert "said by the" in done.output
    assert course.graded == ["ada"]
    assert not kept(course), "no grade is withheld for it"


def test_a_place_where_no_results_can_be_written_is_said_before_anything_is_graded(course):
    (course.root / "graded").write_text("a file")
    done = grade()
    assert done.exit_code == USAGE
    assert "--out" in done.output
    assert not course.graded


# ---- reading -------------------------------------------------------------------------------------


def test_a_submission_that_cannot_be_read_through_our_own_fault_is_withheld(tmp_path, monkeypatch):
    make_course(tmp_path)
    for student in ("ada", "bob"):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "tiny.py").write_text(f"# {student}\n{REFERENCE}")
    monkeypatch.chdir(tmp_path)
    inner = ConfinedReader.__call__

    def breaks(reader, path, expected, follow):
        if path.name == "bob":
            raise RecursionError("a parser of ours")
        return inner(reader, path, expected, follow)

    monkeypatch.setattr(ConfinedReader, "__call__", breaks)
    done = grade("-j", "1", "--sandbox", "plain")
    assert done.exit_code == GRADER_ERROR, done.output
    found = rows(SimpleNamespace(root=tmp_path))
    assert {name: row["points"] for name, row in found.items()} == {"ada": "10", "bob": ""}
    assert "failed to read bob (RecursionError: a parser of ours)" in found["bob"]["reason"]


def test_so_it_is_when_a_student_checks_their_own_files(tmp_path, monkeypatch):
    make_course(tmp_path)
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "tiny.py").write_text(REFERENCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reading, "read_tree", lambda *_, **__: [][0])
    checked = CliRunner().invoke(main, ["check", "bob"])
    assert checked.exit_code == USAGE
    assert "failed to read bob" in checked.output


def test_a_link_in_a_circle_is_one_submission_that_cannot_be_read(course):
    (course.root / "class" / "loop").symlink_to("loop")
    assert grade().exit_code == 0
    assert rows(course).keys() == {"ada", "bob", "eve", "loop"}


def test_a_runner_that_answers_nonsense_costs_one_grade(tmp_path, monkeypatch):
    assignment = make_course(tmp_path)
    submission = reading.Submission("ada", tmp_path, {}, "d")
    monkeypatch.setattr(batch.pickle, "load", lambda _: [][0])
    (only,) = batch.grade_class(assignment.folder, [submission], batch.Options())
    assert only.withheld
    assert only.checks[0].feedback == Feedback("The process of the grader died 2 times here.")
    assert only.origin == str(tmp_path)


def test_names_and_titles_are_no_markup_of_the_terminal(course):
    (course.root / "class" / "eve").rename(course.root / "class" / "[red]{eve}[red]")
    done = grade()
    assert done.exit_code == 0
    assert "[red]{eve}[red]" in done.output
    shown = Console(file=io.StringIO(), force_terminal=True, width=200)
    with terminal.progress(shown, "[bold]T[/x]", 2) as bar:
        bar.started("[red]{eve}[/]\\")
    assert "[red]{eve}[/]\\" in shown.file.getvalue()
    assert "[bold]T[/x]" in shown.file.getvalue()


def test_a_class_that_is_interrupted_says_how_far_it_came_and_goes_on_from_there(course):
    def interrupt(_):
        raise KeyboardInterrupt

    course.changed["bob"] = interrupt
    done = grade()
    assert done.exit_code == 130
    assert "1 of 3 graded and saved" in done.output
    course.changed.clear()
    course.graded.clear()
    assert grade().exit_code == 0
    assert course.graded == ["bob", "eve"]
