"""What programs use: the names of `import grader`, one submission, many at once, and JSON that
comes back equal.
"""

import asyncio
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

import grader
from grader.errors import SubmissionError
from tests.grader.tiny_course import REFERENCE, make_course

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schema"


@pytest.fixture
def assignment(tmp_path):
    make_course(tmp_path)
    for student, source in {"ada": REFERENCE, "bob": "x = 1\n"}.items():
        (tmp_path / "submit" / student).mkdir(parents=True)
        (tmp_path / "submit" / student / "tiny.py").write_text(source)
    return grader.open_course(tmp_path).assignment("01")


def test_every_public_name_is_there_and_documented():
    for name in grader.__all__:
        assert getattr(grader, name).__doc__, name
    assert set(dir(grader)) == {*grader.__all__, "__version__"}
    with pytest.raises(AttributeError, match="has no attribute 'grading_plugin'"):
        grader.grading_plugin  # noqa: B018 - the look-up is what is tried


def test_the_page_about_what_is_stable_lists_every_public_name():
    page = (ROOT / "docs" / "api.md").read_text()
    assert [
        name for name in grader.__all__ if f"`{name}`" not in page and f"`{name}(" not in page
    ] == []


def test_the_import_alone_loads_nothing_heavy():
    script = (
        "import sys, grader; print([m for m in ('numpy', 'pytest', 'msgspec', 'grader.cli') "
        "if m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )


def test_one_submission_is_graded_in_this_process(assignment):
    grade = grader.grade(
        assignment, assignment.course / "submit" / "ada", sandbox=grader.Level.PLAIN
    )
    assert (grade.student, grade.points, grade.max_points, grade.withheld) == ("ada", 10, 10, False)
    assert {check.verdict for check in grade.checks} == {grader.Verdict.PASSED}


def test_a_path_without_a_submission_is_an_error_in_a_sentence(assignment):
    with pytest.raises(SubmissionError, match="no such file or folder"):
        grader.grade(assignment, assignment.course / "submit" / "eve", sandbox=grader.Level.PLAIN)


def test_many_tasks_share_a_few_processes(assignment):
    async def all_of_them():
        async with grader.AsyncGrader(assignment, jobs=2, sandbox=grader.Level.PLAIN) as graders:
            paths = [assignment.course / "submit" / student for student in ("ada", "bob", "ada")]
            return await asyncio.gather(*map(graders.grade, paths))

    assert [(one.student, one.points) for one in asyncio.run(all_of_them())] == [
        ("ada", 10),
        ("bob", 0),
        ("ada", 10),
    ]


def test_the_event_loop_goes_on_while_a_submission_is_graded(assignment):
    async def counted():
        ticks = 0
        async with grader.AsyncGrader(assignment, sandbox=grader.Level.PLAIN) as graders:
            task = asyncio.create_task(graders.grade(assignment.course / "submit" / "ada"))
            while not task.done():
                await asyncio.sleep(0)
                ticks += 1
        return ticks

    assert asyncio.run(counted()) > 100


def test_no_jobs_is_an_error(assignment):
    with pytest.raises(ValueError, match="jobs is 0"):
        grader.AsyncGrader(assignment, jobs=0)


def test_a_grade_comes_back_equal_from_json(assignment):
    grade = grader.grade(
        assignment, assignment.course / "submit" / "bob", sandbox=grader.Level.PLAIN
    )
    assert grader.Grade.from_json(grade.to_json()) == grade
    with pytest.raises(ValueError, match="missing required field"):
        grader.Grade.from_json(b"{}")


@pytest.mark.parametrize("name", ["grade", "results"])
def test_the_published_schema_is_the_one_of_the_code(name):
    schema = json.loads(json.dumps(getattr(grader, f"{name}_schema")()))
    assert json.loads((SCHEMAS / f"{name}.json").read_text()) == schema, "run tools/schemas.py"


def test_what_is_written_fits_its_schema(assignment):
    """msgspec holds data to the type that the schema was made of; the names must agree with what is
    written.
    """
    grade = grader.grade(
        assignment, assignment.course / "submit" / "ada", sandbox=grader.Level.PLAIN
    )
    written = msgspec.json.decode(grade.to_json())
    assert set(written) == set(grader.grade_schema()["$defs"]["Grade"]["properties"])


def test_the_version_is_the_one_of_the_package():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dynamic"] == ["version"]
    assert grader.__version__
