import io
import sys

import pytest

from grader.errors import GradmarkError
from grader.grading.batch import Options, grade_class
from grader.grading.replay import debug, read_result, replay, submission_of
from grader.model import Level, Verdict
from grader.report.files import write_grade
from grader.submission import only_submission
from tests.grader.tiny_course import REFERENCE, make_course

WRONG = REFERENCE.replace("(dout * x).sum()", "(dout * x).mean()")


@pytest.fixture
def graded(tmp_path):
    """The assignment, where the submission lies, and the staff's result."""
    assignment = make_course(tmp_path)
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "tiny.py").write_text(WRONG)
    submission = only_submission(tmp_path / "ada", expected=["tiny.py"])
    (grade,) = grade_class(assignment.folder, [submission], Options(minimum=Level.PLAIN))
    write_grade(grade, assignment.title, tmp_path / "graded")
    return assignment, tmp_path / "ada", tmp_path / "graded" / "staff" / "ada.json"


@pytest.mark.parametrize("name", ["test_backward", "test_tiny.py::test_backward"])
def test_a_replay_gives_the_result_of_that_check_again(graded, name):
    assignment, _, result = graded
    before = read_result(result)
    grade = replay(assignment, submission_of(before, ["tiny.py"]), name, Level.PLAIN)
    (check,) = grade.checks
    (known,) = [one for one in before.checks if one.id == check.id]
    assert (check.verdict, check.feedback.diagnoses) == (known.verdict, known.feedback.diagnoses)
    assert grade.student == "ada"


def test_a_check_that_is_not_there_is_said_not_to_be(graded):
    assignment, _, result = graded
    with pytest.raises(GradmarkError, match="01-tiny has no check 'test_nothing'"):
        replay(
            assignment, submission_of(read_result(result), ["tiny.py"]), "test_nothing", Level.PLAIN
        )


def test_a_submission_that_has_changed_is_not_taken_for_the_graded_one(graded, tmp_path):
    _, folder, result = graded
    (folder / "tiny.py").write_text(REFERENCE)
    with pytest.raises(GradmarkError, match="has changed since it was graded"):
        submission_of(read_result(result), ["tiny.py"])
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "tiny.py").write_text(WRONG)
    assert submission_of(read_result(result), ["tiny.py"], tmp_path / "kept").student == "ada"


@pytest.mark.parametrize("content", ["{", "[]", '{"student": 3}'])
def test_what_is_no_result_is_said_to_be_none(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(GradmarkError, match="is not a result for the staff"):
        read_result(tmp_path / "x.json")
    with pytest.raises(GradmarkError, match="cannot be read"):
        read_result(tmp_path / "y.json")


def test_the_debugger_stops_where_the_check_enters_the_students_code(graded, monkeypatch):
    assignment, _, result = graded
    monkeypatch.setattr(sys, "__stdin__", io.StringIO("p factor * 7\nwhere\ncontinue\n"))
    shown = io.StringIO()
    monkeypatch.setattr(sys, "__stdout__", shown)
    grade = debug(assignment, submission_of(read_result(result), ["tiny.py"]), "test_backward")
    assert "return x * factor, (x, factor)" in shown.getvalue()
    assert "21.0" in shown.getvalue()
    assert grade.checks[0].verdict is Verdict.FAILED


def test_the_debugger_enters_a_class_by_its_constructor(graded, monkeypatch):
    assignment, _, result = graded
    monkeypatch.setattr(sys, "__stdin__", io.StringIO("p start\ncontinue\n"))
    shown = io.StringIO()
    monkeypatch.setattr(sys, "__stdout__", shown)
    grade = debug(assignment, submission_of(read_result(result), ["tiny.py"]), "test_counter")
    assert "self.value = start" in shown.getvalue()
    assert grade.checks[0].verdict is Verdict.PASSED
