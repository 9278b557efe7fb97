"""The command, as people run it: what it prints, what it exits with, one sentence for everything
that can be wrong."""

import html
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.grading.replay import read_result, submission_of
from grader.submission.parsing import printable
from tests.grader.tiny_course import CHECKS, REFERENCE, SETTINGS, make_course

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path, monkeypatch):
    make_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class").mkdir()
    return tmp_path


def hand_in(course, student, source=REFERENCE, name="tiny.py"):
    folder = course / "class" / student
    folder.mkdir(parents=True)
    (folder / name).write_text(source)
    return folder


def grade(*args):
    return CliRunner().invoke(main, [str(a) for a in args])


def results(course, student):
    return json.loads((course / "graded" / "results" / f"{student}.json").read_text())


def test_a_class_is_graded_and_the_files_are_written(course):
    hand_in(course, "ada")
    hand_in(course, "bob", REFERENCE.replace(".sum()", ".mean()"))
    done = grade("class/")
    assert done.exit_code == 0, done.output
    assert "ada" in done.output
    assert results(course, "ada")["score"] == 10
    assert results(course, "bob")["score"] == 6
    assert "dfactor is a mean; it must be a sum." in done.output
    rows = (course / "graded" / "grades.csv").read_text().splitlines()
    assert [row.split(",")[:3] for row in rows[1:]] == [
        ["ada", "01-tiny", "10"],
        ["bob", "01-tiny", "6"],
    ]
    assert (course / "graded" / "index.html").exists()


def test_an_option_may_come_before_the_path(course):
    hand_in(course, "ada")
    done = grade("--jobs", 1, "--json", "class")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["extra_data"]["student"] == "ada"


def test_a_hidden_input_is_in_nothing_that_a_student_gets(course):
    checks = CHECKS.replace(
        "x, dout = rng.normal(size=5), rng.normal(size=5)",
        "x, dout = np.full(5, 271.75), np.ones(5)",
    )
    (course / "assignments" / "01-tiny" / "checks" / "test_tiny.py").write_text(checks)
    leak = REFERENCE.replace(
        "    x, factor = cache", "    x, factor = cache\n    print(x)\n    raise ValueError(x)"
    )
    hand_in(course, "eve", leak)
    assert grade("class").exit_code == 0
    for path in (course / "graded" / "results").iterdir():
        assert "271.75" not in path.read_text()
    assert "271.75" in (course / "graded" / "staff" / "eve.json").read_text()


def test_a_withheld_grade_is_exit_status_3(course):
    body = (
        'import pytest\n@pytest.mark.points(1)\ndef test_x(student):\n    "X"\n    '
        "student.Counter(1)\n    1 / 0\n"
    )
    (course / "assignments" / "01-tiny" / "checks" / "test_tiny.py").write_text(body)
    hand_in(course, "ada")
    done = grade("class")
    assert done.exit_code == 3
    assert "ada" in done.output
    assert "Withheld" in done.output


BAD_SUBMISSIONS = {
    "broken.zip": (lambda p: p.write_bytes(b"PK\x03\x04 nothing more"), "broken.zip"),
    "climbing.zip": (
        lambda p: zipfile.ZipFile(p, "w").writestr("../tiny.py", "x = 1"),
        "climbing.zip",
    ),
    "notjson.ipynb": (lambda p: p.write_text("{ not json"), "notjson.ipynb"),
    "huge": (
        lambda p: (p.mkdir(), os.truncate(os.open(p / "tiny.py", os.O_CREAT | os.O_RDWR), 2 << 30)),
        "tiny.py",
    ),
    "linked": (lambda p: (p.mkdir(), (p / "tiny.py").symlink_to("/etc/hostname")), "tiny.py"),
}


@pytest.mark.parametrize("name", BAD_SUBMISSIONS)
def test_a_bad_submission_is_said_in_a_sentence_and_the_class_goes_on(course, name):
    hand_in(course, "ada")
    make, named = BAD_SUBMISSIONS[name]
    make(course / "class" / name)
    done = grade("class")
    assert done.exit_code == 0, done.output
    assert "Traceback" not in done.output
    assert results(course, "ada")["score"] == 10
    bad = results(course, name.partition(".")[0])
    assert bad["score"] == 0
    assert named in bad["output"]
    assert len(bad["output"].splitlines()) == 1


ODD_NAMES = [
    *(
        "字" * 85,
        "字" * 84 + "子",
        "CON",
        "a dot.",
        "[red]rich",
        "$x^{$",
        "=cmd()",
        "a::b",
        "{0}%s",
        "'\"<b>",
    ),
    *("Bob", "bob", "Zo\N{LATIN SMALL LETTER E WITH ACUTE}", "Zoe\N{COMBINING ACUTE ACCENT}"),
    *map(os.fsdecode, (b"not utf-8 \xff", b"not utf-8 \xfe", b"\xed\xa0\x80")),
]


def test_a_class_with_any_names_is_graded_and_each_submission_is_found_again(course):
    for name in ODD_NAMES:
        hand_in(course, name, REFERENCE.replace(".sum()", ".mean()"))
    done = grade("class", "--sandbox", "plain")
    assert done.exit_code == 0, done.output
    assert "Traceback" not in done.output
    files = sorted((course / "graded" / "staff").glob("*.json"))
    assert len(files) == len({file.name.casefold() for file in files}) == len(ODD_NAMES)
    page = (course / "graded" / "index.html").read_text()
    for file in files:
        written = json.loads(file.read_text())
        assert f'href="staff/{quote(file.stem)}.html"' in page
        assert written["student"] in html.unescape(page)
        assert file.with_suffix(".html").exists()
        assert (course / "graded" / "results" / file.name).exists()
        again = submission_of(read_result(file), ["tiny.py"])
        assert again.digest == written["submission_digest"]
    assert {json.loads(file.read_text())["student"] for file in files} == {
        *map(printable, ODD_NAMES[:-2]),
        *SHOWN,
    }
    odd = next(
        file for file in files if json.loads(file.read_text())["student"] == "not utf-8 \ufffd"
    )
    replayed = grade("replay", f"{odd}::test_backward", "--sandbox", "plain")
    assert replayed.exit_code == 1, replayed.output
    assert "dfactor is a mean" in replayed.output
    again = grade("class", "--sandbox", "plain")
    assert f"{len(ODD_NAMES)} unchanged since the last run" in again.output


SHOWN = ["not utf-8 \ufffd-2", "\ufffd\ufffd\ufffd"]


@pytest.mark.parametrize(("reader", "status"), [("head -c 0", 0), ("true", 0), ("exec 1>&-;", 0)])
def test_a_reader_who_leaves_changes_nothing_about_the_class(course, reader, status):
    hand_in(course, "ada")
    command = f"{sys.executable} -P -m grader class --sandbox plain --json"
    line = (
        f"{reader} {command}"
        if reader.startswith("exec")
        else f"set -o pipefail; {command} | {reader}"
    )
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == status, done.stderr
    assert (course / "graded" / "index.html").exists()


def test_a_terminal_that_cannot_show_a_name_is_no_reason_to_stop(course):
    hand_in(course, "李华")
    command = [sys.executable, "-P", "-m", "grader", "class", "--sandbox", "plain"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert done.returncode == 0, done.stderr
    assert "??" in done.stdout


def test_a_syntax_error_names_the_file_and_the_line(course):
    hand_in(course, "ada", "def scale_forward(x, factor:\n    return x\n")
    assert grade("class").exit_code == 0
    assert "tiny.py, line 1" in results(course, "ada")["tests"][0]["output"]


def test_a_wrong_signature_says_what_to_compare(course):
    hand_in(
        course, "ada", REFERENCE.replace("def scale_forward(x, factor)", "def scale_forward(x)")
    )
    assert grade("class").exit_code == 0
    words = results(course, "ada")["tests"][0]["output"]
    assert "cannot be called" in words
    assert "def line" in words


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["nowhere"], "nowhere"),
        (["class", "-a", "09"], "09"),
        (["class", "--sandbox", "iron"], "iron"),
        (["class", "--jobs", "0"], "jobs"),
        (["validate"], "--all"),
        (["check", "nowhere"], "nowhere"),
    ],
)
def test_a_usage_error_is_exit_status_2_and_one_sentence(course, args, complaint):
    hand_in(course, "ada")
    done = grade(*args)
    assert done.exit_code == 2
    assert complaint in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (SETTINGS.replace("seconds", "second"), "seconds"),
        (SETTINGS.replace("seed = 7", 'seed = "seven"'), "seed"),
        (SETTINGS.replace("title", "[title"), "assignment.toml"),
    ],
)
def test_a_mistake_in_assignment_toml_is_named(course, settings, complaint):
    (course / "assignments" / "01-tiny" / "assignment.toml").write_text(settings)
    hand_in(course, "ada")
    done = grade("class", "-a", "01")
    assert done.exit_code == 2
    assert "assignment.toml" in done.output
    assert complaint in done.output
    assert "Traceback" not in done.output


def test_a_folder_that_is_no_course_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class").mkdir()
    done = grade("class")
    assert done.exit_code == 2
    assert "assignments" in done.output


def test_check_runs_the_public_checks_on_ones_own_files(course):
    folder = hand_in(course, "ada", REFERENCE.replace("self.value += n", "self.value += n + 1"))
    done = grade("check", folder)
    assert done.exit_code == 1
    assert "Scale: the output" in done.output
    assert "Scale: the gradients" not in done.output  # hidden
    assert "4 of 6 points" in done.output


def test_check_is_content_with_a_right_solution(course):
    assert grade("check", hand_in(course, "ada")).exit_code == 0


def test_validate_proves_the_tiny_course_but_for_its_points(course):
    done = grade("validate", "01", "--json")
    (validation,) = json.loads(done.stdout)
    failed = [claim["claim"] for claim in validation["claims"] if not claim["holds"]]
    assert failed == ["the points add up to 100"]
    assert done.exit_code == 1
    assert all(found["named"] == [found["mistake"]] for found in validation["mistakes"])


def test_list_shows_the_assignments(course):
    done = grade("list")
    assert done.exit_code == 0
    assert "01-tiny" in done.output
    assert "180 s" in done.output


def test_doctor_reports_every_layer():
    done = grade("doctor", "--json")
    health = json.loads(done.stdout)
    assert {"landlock", "seccomp"} <= {row["layer"] for row in health["rows"]}


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    for name in main.commands:
        assert name == "run" or f"`grade {name}" in readme, name
    assert "`grade submit/`" in readme


def test_every_option_of_grading_is_in_the_instructors_page():
    page = (ROOT / "docs" / "instructor.md").read_text()
    for option in main.commands["run"].params:
        for name in option.opts:
            assert not name.startswith("--") or name in page, name


def test_help_lists_every_command_once_on_a_line_of_its_own():
    listed = CliRunner().invoke(main, ["--help"], prog_name="grade").output.splitlines()
    for name in main.commands:
        assert sum(line.split()[:1] == [name] for line in listed) == 1, name
    assert not [line for line in listed if "\\b" in line or len(line) > 80]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_help_of_a_command_ends_with_an_example(name):
    lines = (
        CliRunner().invoke(main, [name, "--help"], prog_name="grade").output.rstrip().splitlines()
    )
    first = lines.index("  Examples:") + 1
    commands = {"grade submit/", f"grade {name}"}
    assert lines[first:]
    assert all(line.strip().startswith(tuple(commands)) for line in lines[first:])
