"""What students install: the grader, and nothing of a solution."""

import ast
import email
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader import __version__

ROOT = Path(__file__).parents[1]
SOLUTIONS = sorted([
    *ROOT.glob("reference/*.py"), *ROOT.glob("assignments/*/mistakes.py"),
    *ROOT.glob("assignments/*/checks/*.py"), *ROOT.glob("assignments/*/right/*/*.py"),
])  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("gradmark-*.whl")))


def told(path):
    """The bodies of the functions of a module, each as text, where they are longer than a line."""
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    bodies = [
        "\n".join(text.splitlines()[node.body[0].lineno - 1 : node.end_lineno])
        for node in functions
    ]
    return [body for body in bodies if "\n" in body]


def said(path):
    """The long texts of a module, without those of its docstrings."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    texts = [word.value for call in calls for word in call.args if isinstance(word, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and len(text) > 40]


def test_the_wheel_holds_the_grader_alone(wheel):
    folders = {name.partition("/")[0] for name in wheel.namelist()}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"grader"}


def test_the_wheel_holds_nothing_of_a_solution_a_check_or_a_known_mistake(wheel):
    text = "\n".join(wheel.read(name).decode(errors="replace") for name in wheel.namelist())
    known = {path: told(path) for path in SOLUTIONS}
    assert sum(map(len, known.values())) > 1000
    assert [
        path.name for path, bodies in known.items() if any(body in text for body in bodies)
    ] == []
    sentences = [
        sentence for path in ROOT.glob("assignments/*/mistakes.py") for sentence in said(path)
    ]
    assert len(sentences) > 100
    assert [sentence for sentence in sentences if sentence in text] == []


@pytest.mark.parametrize(
    "name",
    ["grader/grading/checks.ini", "grader/py.typed", "grader/report/templates/student.html.j2"],
)
def test_the_wheel_holds_the_data_that_the_grader_reads(wheel, name):
    assert name in wheel.namelist()


def test_the_wheel_says_its_version_and_its_licence(wheel):
    about = f"gradmark-{__version__}.dist-info"
    metadata = email.message_from_bytes(wheel.read(f"{about}/METADATA"))
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert wheel.read(f"{about}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
