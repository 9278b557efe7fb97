"""Which assignment the files fit, if nobody says."""

import shutil

import pytest

from grader.errors import SubmissionError
from grader.grading.choosing import guess_assignment
from tests.grader.course.small_course import refusal, three_assignments, write


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return three_assignments(tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ["ada/layers.py"],
        ["layers.py"],
        ["ada/losses.py", "bob/layers.py", "bob/optim.py"],
        ["ada/layers.py", "bob/other.txt", "cleo/main.py"],
    ],
)
def test_the_assignment_is_guessed_from_the_files(course, names):
    for name in names:
        write(course.root / "submit" / name, "")
    assert guess_assignment(course, course.root / "submit").name == "04-layers-and-losses"


def test_the_files_that_do_not_tell_are_not_guessed_about(course):
    submit = course.root / "submit"
    write(submit / "ada" / "main.py", "")
    names = "(04-layers-and-losses, 05-optimizers, 07-normalization)"
    assert (
        refusal(guess_assignment, course, submit)
        == f"the files in submit fit several assignments: choose one with --assignment {names}"
    )
    write(submit / "ada" / "layers.py", "")
    write(submit / "bob" / "optim.py", "")
    assert (
        refusal(guess_assignment, course, submit)
        == f"the files in submit fit no single assignment: choose one with --assignment {names}"
    )
    write(submit / "bob" / "layers.py", "")
    write(submit / "ada" / "optim.py", "")
    assert (
        "fit several assignments: choose one with --assignment (04-layers-and-losses, 05-optimizers)"
        in refusal(guess_assignment, course, submit)
    )


def test_the_only_assignment_is_guessed_whatever_the_files(course):
    for name in ("05-optimizers", "07-normalization"):
        shutil.rmtree(course.root / "assignments" / name)
    write(course.root / "submit" / "ada.ipynb", "")
    assert guess_assignment(course, course.root / "submit").name == "04-layers-and-losses"


def test_guessing_at_a_missing_path_says_so(course):
    with pytest.raises(SubmissionError, match="no such file or folder"):
        guess_assignment(course, course.root / "nowhere")
