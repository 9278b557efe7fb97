import os
import shutil

import pytest

from grader.course.loading import Course, load_assignment
from tests.grader.course.small_course import add, refusal, three_assignments, write


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return three_assignments(tmp_path)


@pytest.fixture
def folder(course):
    return course.root / "assignments" / "04-layers-and-losses"


# --- one assignment


def test_an_assignment_is_read_with_its_reference(folder):
    write(folder / "calibration.json", '{"test_learns": {"threshold": 0.9}}')
    assignment = load_assignment(folder)
    assert (assignment.name, assignment.title, assignment.seed) == (
        "04-layers-and-losses",
        "Layers and losses",
        4,
    )
    assert assignment.files == {
        "layers.py": ("affine_forward", "relu_forward"),
        "losses.py": ("mse_loss",),
    }
    assert (assignment.imports, assignment.preload) == (("numpy",), ())
    assert assignment.reference_files["losses.py"] == b"def mse_loss(): pass"
    assert list(assignment.reference_files) == ["layers.py", "losses.py"]
    assert assignment.calibration == {"test_learns": {"threshold": 0.9}}
    assert assignment.checks == folder / "checks"
    assert assignment.mistakes == folder / "mistakes.py"
    assert assignment.handout == folder / "README.md"


def test_a_relative_folder_is_the_same_assignment(folder):
    assert load_assignment(folder.relative_to(os.getcwd())) == load_assignment(folder)


def test_a_mistake_in_the_settings_names_the_file_as_one_would_write_it(folder):
    write(
        folder / "assignment.toml",
        (folder / "assignment.toml").read_text() + "[limits]\nsecond = 4\n",
    )
    assert refusal(load_assignment, folder) == (
        "assignments/04-layers-and-losses/assignment.toml: [limits] has no key 'second'; did you "
        "mean 'seconds'?"
    )


def test_a_students_copy_has_no_reference(course, folder):
    shutil.rmtree(course.root / "reference")
    assert load_assignment(folder).reference_files == {}


@pytest.mark.parametrize(
    "source",
    [
        "from .layers import mse_loss",
        "from losses2 import *\nmse_loss = 3",
        "class mse_loss: pass",
        "mse_loss: int = 3",
        "import numpy as mse_loss",
        "a, mse_loss = 1, 2",
    ],
)
def test_a_reference_may_define_a_symbol_in_any_way(course, folder, source):
    write(course.root / "reference" / "losses.py", source)
    assert load_assignment(folder).reference_files["losses.py"] == source.encode()


def break_toml(folder, reference):
    (folder / "assignment.toml").unlink()


def break_checks(folder, reference):
    (folder / "checks" / "test_all.py").rename(folder / "checks" / "all.py")


def break_reference(folder, reference):
    (reference / "losses.py").unlink()


def break_symbol(folder, reference):
    write(reference / "losses.py", "def mse_los(): pass\n")


def break_syntax(folder, reference):
    write(reference / "losses.py", "def mse_loss(:\n")


def break_calibration(folder, reference):
    write(folder / "calibration.json", "{")


def break_calibration_type(folder, reference):
    write(folder / "calibration.json", "[1]")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (break_toml, "{here}/assignment.toml cannot be read (No such file or directory)"),
        (break_checks, "{here}/checks holds no test_*.py: an assignment needs at least one check"),
        (
            break_reference,
            '{here}/assignment.toml: [files] names "losses.py", but there is no '
            "reference/losses.py",
        ),
        (
            break_symbol,
            '{here}/assignment.toml: [files] "losses.py" lists "mse_loss", but '
            "reference/losses.py does not define it; did you mean 'mse_los'?",
        ),
        (
            break_syntax,
            "reference/losses.py is not valid Python: invalid syntax (<unknown>, line 1)",
        ),
        (
            break_calibration,
            "{here}/calibration.json is not JSON (Expecting property name enclosed in double "
            "quotes: line 1 column 2 (char 1)): create it again with `grade calibrate`",
        ),
        (
            break_calibration_type,
            "{here}/calibration.json holds [1], expected a table: create it again with `grade "
            "calibrate`",
        ),
    ],
)
def test_what_is_missing_or_broken_is_named(course, folder, spoil, says):
    spoil(folder, course.root / "reference")
    assert refusal(load_assignment, folder) == says.format(here="assignments/04-layers-and-losses")


@pytest.mark.parametrize(
    "name",
    [
        "assignment.toml",
        "checks/test_all.py",
        "checks/data/x.npy",
        "calibration.json",
        "mistakes.py",
        "../../reference/layers.py",
        "checks/conftest.py",
    ],
)
def test_the_digest_follows_whatever_decides_a_grade_or_its_feedback(folder, name):
    write(folder / "calibration.json", "{}")
    write(folder / "mistakes.py", "")
    before = load_assignment(folder).digest
    path = folder / name
    text = path.read_text() if path.exists() else ""
    write(path, text + ("# more\n" if name.endswith(("toml", "py")) else " "))
    assert load_assignment(folder).digest != before


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "checks/__pycache__/test_all.pyc",
        "checks/.hidden",
        "../../reference/optim.py",
        "figures/x.png",
    ],
)
def test_the_digest_follows_nothing_else(folder, name):
    before = load_assignment(folder).digest
    write(folder / name, "new")
    assert load_assignment(folder).digest == before


def test_equal_courses_have_equal_digests(course, folder, tmp_path_factory):
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(course.root, copy / "course")
    moved = Course(copy / "course").assignment("04")
    assert moved.digest == load_assignment(folder).digest


# --- the course


def test_the_assignments_are_sorted_and_other_folders_are_passed_over(course):
    (course.root / "assignments" / "drafts").mkdir()
    write(course.root / "assignments" / "README.md", "")
    assert [one.name for one in course.assignments()] == [
        "04-layers-and-losses",
        "05-optimizers",
        "07-normalization",
    ]


@pytest.mark.parametrize(
    "name", ["04-layers-and-losses", "04", "04-la", "layers", "layers-and-losses", "lay"]
)
def test_an_assignment_is_found_by_the_beginning_of_its_name(course, name):
    assert course.assignment(name).name == "04-layers-and-losses"


def test_a_full_name_wins_over_names_that_begin_with_it(course):
    add(course.root, "05-optimizers-extra", {"more.py": ["f"]})
    assert course.assignment("05-optimizers").name == "05-optimizers"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "0",
            "'0' could be 04-layers-and-losses or 05-optimizers or 07-normalization: use more "
            "of the name",
        ),
        (
            "",
            "'' could be 04-layers-and-losses or 05-optimizers or 07-normalization: use more of "
            "the name",
        ),
        (
            "05-optimisers",
            "there is no assignment '05-optimisers'; did you mean '05-optimizers'?; there are "
            "04-layers-and-losses, 05-optimizers, 07-normalization",
        ),
        (
            "x",
            "there is no assignment 'x'; there are 04-layers-and-losses, 05-optimizers, "
            "07-normalization",
        ),
    ],
)
def test_a_name_that_fits_none_or_several_is_answered_with_the_names_there_are(course, name, says):
    assert refusal(course.assignment, name) == says


def test_a_mistake_in_another_assignment_does_not_matter(course):
    write(course.root / "assignments" / "05-optimizers" / "assignment.toml", "broken")
    assert course.assignment("04").title == "Layers and losses"
    assert "05-optimizers/assignment.toml" in refusal(course.assignments)


def test_an_empty_course_is_said_to_be_empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assignments").mkdir()
    for call in (Course(tmp_path).assignments, lambda: Course(tmp_path).assignment("04")):
        assert refusal(call) == "assignments holds no folder with an assignment.toml"
