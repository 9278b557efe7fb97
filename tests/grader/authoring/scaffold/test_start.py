import pytest

from grader.authoring.release import build
from grader.authoring.scaffold import start
from grader.authoring.validation import validate
from grader.course import find_course
from grader.errors import CourseError
from grader.grading.batch import Options


def test_a_new_assignment_validates_and_can_be_released_at_once(tmp_path):
    full, _ = start("Sparse coding", tmp_path)
    assert full == "01-sparse-coding"
    assignment = find_course(tmp_path).assignment(full)
    validation = validate(assignment, Options())
    assert validation.holds, validation.claims
    assert all(found.named_rightly for found in validation.mistakes)
    assert "01-sparse-coding/sparse_coding.py" in build([assignment])


def test_the_next_number_is_taken_unless_one_is_given(tmp_path):
    assert start("a", tmp_path)[0] == "01-a"
    assert start("07-b", tmp_path)[0] == "07-b"
    assert start("c", tmp_path)[0] == "08-c"


@pytest.mark.parametrize("name", ["", "07", "class", "é"])
def test_what_cannot_be_a_module_is_refused(tmp_path, name):
    with pytest.raises(CourseError, match="is not a valid module name"):
        start(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path):
    start("01-a", tmp_path)
    with pytest.raises(CourseError, match="already exists"):
        start("02-a", tmp_path)  # another number, the same module
    assert not (tmp_path / "assignments" / "02-a").exists()
