"""A small course is released, and a student works in what comes out."""

import json
import re
import zlib
from dataclasses import replace

import pytest

from grader.authoring.release import build, differences, write
from grader.course import find_course, load_assignment
from grader.errors import CourseError
from grader.grading import Checks, open_grader
from grader.grading.choosing import guess_assignment
from grader.grading.ledger import results
from grader.grading.marks import public_only
from grader.model import Level, Verdict
from grader.subject.frozen import Frozen
from grader.submission import find_submissions
from tests.grader.tiny_course import CHECKS, REFERENCE, make_course

HANDOUT = """# Tiny

Read this first. ![a figure](curve.svg)

## 1. `tiny.py`: scale

Multiply.

## 2. `tiny.py`: Counter

Count.
"""


@pytest.fixture
def assignment(tmp_path):
    made = make_course(tmp_path / "course")
    made.handout.write_text(HANDOUT)
    (made.folder / "curve.svg").write_text("<svg/>")
    return made


@pytest.fixture
def released(assignment, tmp_path):
    folder = tmp_path / "template"
    write(build([assignment]), folder)
    return folder


def checked(released, source):
    """The public checks on a student's file in the released folder."""
    folder = released / "01-tiny"
    (folder / "tiny.py").write_text(source)
    (submission,) = find_submissions(folder, expected=["tiny.py"])
    released = load_assignment(folder)
    with open_grader(
        released, minimum=Level.PLAIN, at_most=Level.PLAIN, select=public_only
    ) as grader:
        return {check.id.rpartition("::")[2]: check for check in grader.grade(submission).checks}


def test_what_students_get(released):
    names = {
        path.relative_to(released).as_posix() for path in released.rglob("*") if path.is_file()
    }
    assert names == {
        "README.md",
        "gradmark-course.txt",
        "01-tiny/README.md",
        "01-tiny/assignment.toml",
        "01-tiny/answers.bin",
        "01-tiny/tiny.py",
        "01-tiny/curve.svg",
        "01-tiny/checks/test_tiny.py",
        "notebooks/01-tiny.ipynb",
    }
    stub = (released / "01-tiny" / "tiny.py").read_text()
    assert stub.count("raise NotImplementedError") == 4
    assert '"""Multiply x by a number."""' in stub
    assert "6 of 10 points" in (released / "README.md").read_text()


def test_the_released_checks_judge_as_the_course_does(released):
    assert {check.verdict for check in checked(released, REFERENCE).values()} == {Verdict.PASSED}
    wrong = checked(released, REFERENCE.replace("x * factor, (x", "x + factor, (x"))
    assert wrong["test_forward"].verdict is Verdict.FAILED
    assert wrong["test_counter"].verdict is Verdict.PASSED
    assert "test_backward" not in wrong


def test_nothing_of_solution_or_hidden_check_is_in_any_byte(released):
    for path in released.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            raw = zlib.decompress(raw) if path.suffix == ".bin" else raw
            for secret in (
                b"x * factor",
                b"dout * factor",
                b"test_backward",
                b"Sum over all",
                b"MISTAKES",
                b"self.value +",
            ):
                assert secret not in raw, path


def test_the_notebook_holds_each_stub_below_what_speaks_of_it(released):
    notebook = json.loads((released / "notebooks" / "01-tiny.ipynb").read_text())
    cells = ["".join(cell["source"]).partition("\n")[0] for cell in notebook["cells"]]
    assert cells == [
        "# Tiny", "import numpy as np", "## 1. `tiny.py`: scale", "def scale_forward(x, factor):",
        "def scale_backward(dout, cache):", "## 2. `tiny.py`: "
                                            "Counter", "class Counter:", "## Check",
        "!grade check 01-tiny.ipynb",
    ]  # fmt: skip
    assert "(../01-tiny/curve.svg)" in "".join(notebook["cells"][0]["source"])
    assert len({cell["id"] for cell in notebook["cells"]}) == len(cells)


def test_a_course_is_found_from_inside_what_was_released(released):
    for start in (released, released / "01-tiny", released / "notebooks"):
        assert find_course(start).root == released
    course = find_course(released)
    assert guess_assignment(course, released / "notebooks" / "01-tiny.ipynb").name == "01-tiny"
    assert guess_assignment(course, released / "01-tiny").name == "01-tiny"


def test_a_second_release_changes_nothing_and_finds_nothing_stale(assignment, released):
    before = {path: path.read_bytes() for path in released.rglob("*") if path.is_file()}
    files = build([assignment])
    assert differences(files, released) == []
    write(files, released)
    assert {path: path.read_bytes() for path in released.rglob("*") if path.is_file()} == before


def test_what_is_stale_is_named_and_mended(assignment, released):
    files = build([assignment])
    (released / "01-tiny" / "tiny.py").write_text("x = 1\n")
    (released / "01-tiny" / "more.py").write_text("x = 1\n")
    (released / "01-tiny" / "README.md").unlink()
    assert differences(files, released) == [
        "01-tiny/README.md is missing", "01-tiny/more.py does not belong "
                                        "there", "01-tiny/tiny.py is out of date",
    ]  # fmt: skip
    write(files, released)
    assert differences(files, released) == []


def test_other_answers_are_stale_and_rounding_is_not(assignment, released):
    path = released / "01-tiny" / "answers.bin"
    frozen = Frozen.unpacked(path.read_bytes(), "answers.bin")
    assert frozen.same_as(frozen)
    other = make_course(
        assignment.folder.parents[1] / "other",
        reference=REFERENCE.replace("x * factor, (", "x * 2, ("),
    )
    assert not frozen.same_as(Frozen.unpacked(build([other])["01-tiny/answers.bin"], "answers.bin"))
    close = make_course(
        assignment.folder.parents[1] / "close",
        reference=REFERENCE.replace("x * factor, (", "x * (factor + 1e-15), ("),
    )
    assert frozen.same_as(Frozen.unpacked(build([close])["01-tiny/answers.bin"], "answers.bin"))


def test_a_folder_of_somebody_elses_is_not_written_to(assignment, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.tex").write_text("years")
    with pytest.raises(CourseError, match="contains files that were not made by `grade release`"):
        write(build([assignment]), folder)
    assert (folder / "thesis.tex").read_text() == "years"


def test_a_check_that_asks_the_reference_about_the_students_answer_is_refused(tmp_path):
    checks = CHECKS.replace(
        "reference.scale_forward(x, 3.0)[0]", "reference.scale_forward(out, 1.0)[0]"
    )
    with pytest.raises(
        CourseError,
        match=r"test_forward calls the reference with values that depend on the student's answers",
    ):
        build([make_course(tmp_path, checks=checks)])


def test_a_reference_that_fails_its_own_checks_is_not_released(tmp_path):
    with pytest.raises(CourseError, match="test_forward does not pass on the reference"):
        build(
            [
                make_course(
                    tmp_path,
                    checks=CHECKS.replace("assert np.allclose(out", "assert not np.allclose(out"),
                )
            ]
        )


def test_an_assignment_without_public_checks_is_not_released(tmp_path):
    checks = re.sub(r"(@pytest\.mark\.points\(\d\))", r'\1\n@pytest.mark.hidden("?")', CHECKS)
    with pytest.raises(CourseError, match="has no public check"):
        build(
            [
                make_course(
                    tmp_path, checks=checks.replace('@pytest.mark.depends("test_forward")\n', "")
                )
            ]
        )


def test_an_authors_own_starter_is_taken_and_stripped(assignment):
    starter = assignment.folder / "starter"
    starter.mkdir()
    (starter / "tiny.py").write_text(
        "# mine\ndef scale_forward(x, factor):\n    # BEGIN SOLUTION\n    7\n    # END SOLUTION\n"
    )
    (starter / "data.csv").write_text("1,2\n")
    files = build([assignment])
    assert files["01-tiny/tiny.py"].startswith(b"# mine")
    assert b"7" not in files["01-tiny/tiny.py"]
    assert files["01-tiny/data.csv"] == b"1,2\n"


def test_right_solutions_stay_with_the_staff_even_when_the_handout_links_to_one(assignment):
    right = assignment.folder / "right" / "loops"
    right.mkdir(parents=True)
    (right / "tiny.py").write_text(REFERENCE)
    assignment.handout.write_text("# Tiny\n\nSee [how](right/loops/tiny.py).\n")
    assert not [name for name in build([assignment]) if "right" in name]


def test_a_reference_with_marked_solutions_keeps_the_rest(tmp_path):
    body = "    # BEGIN SOLUTION\n    x, factor = cache\n    # END SOLUTION\n    # hint: a sum\n"
    made = make_course(tmp_path, reference=REFERENCE.replace("    x, factor = cache\n", body))
    stub = build([made])["01-tiny/tiny.py"].decode()
    assert "# hint: a sum" in stub
    assert "x, factor = cache" not in stub


def test_damaged_answers_are_named(released):
    (released / "01-tiny" / "answers.bin").write_bytes(b"nonsense")
    with pytest.raises(CourseError, match=r"answers\.bin is damaged"):
        checked(released, REFERENCE)


def test_without_answers_and_without_reference_there_is_nothing_to_compare_with(released):
    (released / "01-tiny" / "answers.bin").unlink()
    with pytest.raises(CourseError, match=r"holds no answers\.bin, and there is no reference/"):
        checked(released, REFERENCE)


def test_frozen_answers_stand_in_for_the_reference_only_where_it_was_asked(assignment):
    frozen = Frozen({}, {}, {})
    made = load_assignment(assignment.folder)
    made = replace(made, reference_files={}, frozen=frozen.packed())
    with Checks(made, select=public_only) as checks:
        ledger = checks.run_on({"tiny.py": REFERENCE.encode()})
    by_name = {check.id.rpartition("::")[2]: check for check in results(ledger)}
    assert by_name["test_forward"].verdict is Verdict.SKIPPED
    assert "only your instructor has" in by_name["test_forward"].feedback.summary
    assert by_name["test_counter"].verdict is Verdict.PASSED
