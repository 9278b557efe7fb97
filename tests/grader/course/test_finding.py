"""The course is found from anywhere in it, and a stray one captures no folder beside it."""

import os
import tempfile
from pathlib import Path

import pytest

from grader.course.finding import RELEASED, find_course
from grader.errors import CourseError

OPEN_TO_ALL = 0o1777  # like /tmp
NOBODY = 65534


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make_course(root):
    write(root / "assignments" / "04-layers" / "assignment.toml")
    (root / "assignments" / "04-layers" / "checks").mkdir()
    return root


def make_release(root):
    write(root / RELEASED)
    (root / "notebooks").mkdir()
    make_released_assignment(root / "04-layers")
    return root


def make_released_assignment(folder):
    write(folder / "assignment.toml")
    write(folder / "answers.bin")
    return folder


def refusal(*starts):
    with pytest.raises(CourseError) as caught:
        find_course(*starts)
    return str(caught.value)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's home, with one folder in it that is no course."""
    (tmp_path / "home" / "hw").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


# ---- what is found -------------------------------------------------------------------------------


def test_a_course_is_found_from_anywhere_in_it(tmp_path, monkeypatch):
    course = make_course(tmp_path / "course")
    for start in (
        course,
        course / "assignments",
        course / "assignments" / "04-layers" / "checks",
        course / "new",
    ):
        assert find_course(start).root == course
    monkeypatch.chdir(course / "assignments")
    assert find_course(Path()).root == course


def test_a_release_is_found_from_anywhere_in_it(tmp_path):
    released = make_release(tmp_path / "template")
    for start in (released, released / "notebooks", released / "04-layers" / "checks"):
        assert find_course(start).root == released


def test_a_released_assignment_is_found_where_it_has_been_copied_to(tmp_path):
    folder = make_released_assignment(tmp_path / "hw" / "04-layers")
    assert find_course(folder / "checks").root == tmp_path / "hw"


def test_the_nearest_course_counts(tmp_path):
    course = make_course(tmp_path / "course")
    released = make_release(course / "student_template")
    assert find_course(released / "04-layers").root == released
    assert find_course(course / "submit").root == course


def test_paths_are_tried_in_turn(tmp_path):
    course = make_course(tmp_path / "course")
    assert find_course(tmp_path / "elsewhere", course / "submit").root == course


def test_a_path_through_a_link_is_followed_as_written_and_then_to_its_real_place(tmp_path):
    course, uploads = make_course(tmp_path / "course"), tmp_path / "uploads"
    uploads.mkdir()
    (course / "submit").symlink_to(uploads)
    assert find_course(course / "submit").root == course
    (tmp_path / "desktop").mkdir()
    (tmp_path / "desktop" / "link").symlink_to(course / "assignments")
    assert find_course(tmp_path / "desktop" / "link").root == course


# ---- how far is looked ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stray", ["answers.bin", "x/answers.bin", "x/assignment.toml", "assignments/notes.txt"]
)
def test_what_only_looks_like_a_part_of_a_course_is_none(tmp_path, stray):
    write(tmp_path / stray)
    (tmp_path / "hw").mkdir()
    assert "assignment" in refusal(tmp_path / "hw")


def test_a_released_assignment_captures_no_folder_beside_it(home):
    make_released_assignment(home / "Downloads" / "04-layers")
    assert f"up to {home / 'Downloads'}, is one" in refusal(home / "Downloads" / "other")


@pytest.mark.parametrize("make", [make_course, make_release])
def test_a_course_in_a_home_captures_no_folder_in_it(home, make):
    make(home)
    assert refusal(home / "hw").startswith(
        f"{home / 'hw'} is not in a course: it is not one itself"
    )
    assert find_course(home).root == home


@pytest.mark.parametrize("make", [make_course, make_release])
def test_a_course_in_the_folder_for_temporary_files_captures_no_folder_in_it(
    tmp_path, monkeypatch, make
):
    make(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    refusal(tmp_path / "hw")
    assert find_course(tmp_path).root == tmp_path


@pytest.mark.skipif(os.name == "nt", reason="folders have no such mode on Windows")
def test_a_course_in_a_folder_like_tmp_captures_no_folder_in_it(tmp_path):
    make_course(tmp_path)
    assert find_course(tmp_path / "hw").root == tmp_path
    tmp_path.chmod(OPEN_TO_ALL)
    refusal(tmp_path / "hw")


@pytest.mark.parametrize("mark", [".git", "pyproject.toml"])
def test_nothing_is_looked_for_above_a_project(tmp_path, mark):
    make_course(tmp_path)
    write(tmp_path / "project" / mark)
    assert f"up to {tmp_path / 'project'}, is one" in refusal(tmp_path / "project" / "src")
    make_course(tmp_path / "project")
    assert find_course(tmp_path / "project" / "src").root == tmp_path / "project"


def test_nothing_is_looked_for_above_a_mount_point(tmp_path, monkeypatch):
    make_course(tmp_path)
    monkeypatch.setattr("os.path.ismount", lambda folder: Path(folder) == tmp_path / "disk")
    assert f"up to {tmp_path / 'disk'}, is one" in refusal(tmp_path / "disk" / "hw")


def test_outside_a_home_is_looked_up_to_the_root(tmp_path, home):
    course = make_course(tmp_path / "srv" / "course")
    assert find_course(course / "submit").root == course


# ---- what is said --------------------------------------------------------------------------------


def test_no_course_is_said_to_be_none(home):
    assert refusal(home / "hw" / "ada") == (
        f"{home}/hw/ada is not in a course: neither it nor a folder above it, up to {home}/hw, is one "
        "(a course holds assignments/NAME/assignment.toml or gradmark-course.txt). "
        "Change to the course's folder, or name it with --course"
    )


def test_a_course_without_assignments_is_said_to_be_empty(tmp_path):
    (tmp_path / "assignments").mkdir()
    assert refusal(tmp_path) == f"{tmp_path}/assignments holds no folder with an assignment.toml"


def test_a_current_folder_that_is_gone_is_said_to_be_gone(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert refusal(Path()) == "the current folder no longer exists: change to another one"


@pytest.fixture
def unprivileged():
    """A folder, and no right to look into what root may look into."""
    if os.name == "nt":
        pytest.skip("folders have no such mode on Windows")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        me = os.geteuid()
        if me == 0:
            os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(me)


def test_a_folder_that_must_not_be_looked_into_is_passed_over(unprivileged):
    course = make_course(unprivileged / "course")
    for mode in (0o100, 0o000):  # must not be listed; must not even be entered
        above = course / f"mode-{mode}"
        (above / "assignments").mkdir(parents=True)
        (above / "hw").mkdir()
        (above / "assignments").chmod(0)
        above.chmod(mode)
        try:
            assert find_course(above / "hw").root == course
        finally:
            above.chmod(0o700)
            (above / "assignments").chmod(0o700)
