"""Submissions that do all they can to learn a hidden check, and every output that a student gets of
them.
"""

import io
import re
import subprocess
import sys

import pytest
from rich.console import Console

from grader.grading.batch import Options, grade_class
from grader.model import Level
from grader.report.files import write_grade
from grader.report.terminal import check_report
from grader.report.text import view_text
from grader.report.view import student_view
from grader.submission import find_submissions
from tests.grader.tiny_course import REFERENCE, make_course

# Words and numbers that stand in the hidden check alone: its file, its names, its inputs, what it
# expects, its lines.
NEEDLES = [
    "test_needle_file",
    "test_needle_function",
    "needle_helper",
    "needle_case",
    "needle-comment",
    "needle message",
    "8675.309",
    "8675309",
    "17350.618",
    "1.7350618",
    "needle_variable",
]
HIDDEN = '''
import numpy as np
import pytest

from grader.checks import assert_close


def needle_helper(values):  # needle-comment
    return np.asarray(values) * 8675.309


@pytest.mark.points(5)
@pytest.mark.hidden("Think of large numbers.")
@pytest.mark.parametrize("needle_case", ["needle_case"])
def test_needle_function(student, reference, rng, plot, needle_case):
    """Scale: large numbers"""
    needle_variable = needle_helper([1.0, 2.0])
    plot("needle message", needle=[8675.309, 17350.618])
    out, _ = student.scale_forward(needle_variable, 8675.309)
    assert_close(out, reference.scale_forward(needle_variable, 8675.309)[0], "needle message")
    assert out.sum() > 0, f"needle message {needle_variable}"


@pytest.mark.points(5)
@pytest.mark.hidden("Think of one more.")
def test_needle_function_of_a_plain_assertion(student):
    """Scale: a sum"""
    out, _ = student.scale_forward(np.array([8675.309]), 2.0)
    assert float(out[0]) == 17350.618, "needle message 17350.618"
'''
BODIES = {
    "wrong": "return x + factor, (x, factor)",
    "nothing": "pass",
    "tells-in-an-exception": "raise ValueError(f'{x!r} {factor!r}')",
    "tells-in-a-key-error": "return {}[float(x[0])]",
    "tells-in-an-assertion": "assert x.sum() == 0, x.tolist()\n    return x, x",
    "prints": "print(x.tolist(), factor)\n    return x, (x, factor)",
    "prints-and-is-right": "print(x.tolist(), factor)\n    return x * factor, (x, factor)",
    "warns": "import warnings; warnings.warn(str(x.tolist()))\n    return x, x",
    "writes-to-stderr": "import sys; sys.stderr.write(repr(x.tolist()))\n    return x, x",
    "returns-text": "return repr(x.tolist()), repr(factor)",
    "returns-the-input": "return x, (x, factor)",
    "not-a-number": "return x * np.log(-abs(x)), (x, factor)",
    "infinite": "return x / 0, (x, factor)",
    "wrong-shape": "return np.stack([x, x]), (x, factor)",
    "changes-its-input": "x *= factor\n    return x, (x, factor)",
    "leaves": "import os; os._exit(7)",
    "leaves-saying-it": "import sys; sys.exit(str(x.tolist()))",
    "never-ends": "while x.size: pass",
    "forbidden-path": "return open('/root/' + str(x.tolist())).read(), x",
    "forbidden-host": "import socket; socket.create_connection((str(float(x[0])), 80))",
    "an-object": "class Told:\n        __doc__ = str(x.tolist())\n    return Told(), x",
    "a-type-named-so": "return type(str(x.tolist()), (), {})(), x",
    "an-exception-named-so": "raise type(str(x.tolist()), (Exception,), {})('here')",
    "recursion": "return scale_forward(x, factor)",
    "not-there": "raise NotImplementedError(str(x.tolist()))",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    assignment = make_course(root)
    (assignment.checks / "test_needle_file.py").write_text(HIDDEN)
    for name, body in BODIES.items():
        (root / "submit" / name).mkdir(parents=True)
        source = REFERENCE.replace("return x * factor, (x, factor)", body)
        assert source != REFERENCE or "right" in name
        (root / "submit" / name / "tiny.py").write_text(source)
    return root, assignment


@pytest.fixture(scope="module")
def graded(course, tmp_path_factory):
    """Name of an output -> its text, for every submission."""
    root, assignment = course
    out = tmp_path_factory.mktemp("graded")
    submissions = find_submissions(root / "submit", expected=assignment.files)
    outputs = {}
    for grade in grade_class(
        assignment.folder, submissions, Options(jobs=2, minimum=Level.PARTIAL)
    ):
        write_grade(grade, assignment.title, out)
        console = Console(record=True, width=120, file=io.StringIO())
        console.print(check_report(student_view(grade), assignment.title, 120))
        outputs[grade.student] = {
            "page": (out / "results" / f"{grade.student}.html").read_text(),
            "json": (out / "results" / f"{grade.student}.json").read_text(),
            "terminal": console.export_text(),
            "text": view_text(student_view(grade)),
        }
        outputs[grade.student]["staff"] = (out / "staff" / f"{grade.student}.json").read_text()
    return outputs


@pytest.mark.parametrize("name", BODIES)
def test_no_output_tells_a_student_what_a_hidden_check_asks_or_expects(graded, name):
    for output in ("page", "json", "terminal", "text"):
        text = graded[name][output]
        assert "Scale: large numbers" in text
        for needle in NEEDLES:
            assert needle not in re.sub(r"\s+", " ", text), f"{needle!r} is in the {output}"


def test_the_needles_are_what_the_staff_sees(graded):
    """A needle that is nowhere proves nothing."""
    seen = " ".join(outputs["staff"] for outputs in graded.values())
    for needle in (
        "test_needle_file",
        "test_needle_function",
        "needle message",
        "8675.309",
        "17350.618",
    ):
        assert needle in seen


def test_the_json_on_the_terminal_tells_nothing_either(course, tmp_path):
    root, _ = course
    command = [
        "-m",
        "grader",
        str(root / "submit" / "prints"),
        "--course",
        str(root),
        "-o",
        str(tmp_path),
        "--json",
    ]
    ran = subprocess.run(
        [sys.executable, *command, "--sandbox=partial"], capture_output=True, text=True, check=True
    )
    assert "Scale: large numbers" in ran.stdout
    assert not [needle for needle in NEEDLES if needle in ran.stdout]


def test_the_student_version_tells_nothing(course, tmp_path):
    from grader.authoring.release import build

    _, assignment = course
    released = build([assignment])
    assert any(name.endswith(".ipynb") for name in released)
    for name, raw in released.items():
        for needle in NEEDLES:
            assert needle.encode() not in raw, f"{needle!r} is in {name}"
