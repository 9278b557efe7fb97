"""What students get holds nothing of a solution or a hidden check, in no byte of it."""

import ast
import json
import re
import zlib
from pathlib import Path

import pytest

from grader.authoring.release.public import public_checks
from grader.course import find_course, sources

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "student_template"
ASSIGNMENTS = find_course(ROOT).assignments()
DEFINITIONS = (ast.Module, ast.FunctionDef, ast.ClassDef)


@pytest.fixture(scope="module")
def given():
    """All that is handed out, as one text: notebooks decoded, answers unpacked."""
    texts = []
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            raw = zlib.decompress(raw) if path.suffix == ".bin" else raw
            texts.append(raw.decode("utf-8", "replace"))
            if path.suffix == ".ipynb":
                texts += ["".join(cell["source"]) for cell in json.loads(raw)["cells"]]
    return "\n".join(texts)


def telling(lines, known):
    """Lines that could only come from where they come from: long, and not part of what is public
    anyway.
    """
    return {
        line
        for line in map(str.strip, lines)
        if len(line) > 30 and not line.startswith("#") and line not in known
    }


@pytest.fixture(scope="module")
def public():
    """What may be known: handouts, docstrings, signatures and public checks of all assignments."""
    texts = []
    for assignment in ASSIGNMENTS:
        texts.append(assignment.handout.read_text("utf-8"))
        for raw in assignment.reference_files.values():
            tree = ast.parse(raw)
            texts += [
                ast.get_docstring(node, clean=False) or ""
                for node in ast.walk(tree)
                if isinstance(node, DEFINITIONS)
            ]
            texts += [
                ast.unparse(node)
                for node in tree.body
                if isinstance(node, ast.Import | ast.ImportFrom)
            ]
        for path in assignment.checks.glob("test_*.py"):
            texts.append(public_checks(path.read_text("utf-8"), path.name) or "")
    return "\n".join(texts)


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment.name)
def test_no_line_of_a_solution_is_given_away(given, public, assignment):
    for file, raw in assignment.reference_files.items():
        source = raw.decode()
        bodies = [
            ast.get_source_segment(source, statement) or ""
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef)
            for statement in node.body[bool(ast.get_docstring(node)) :]
        ]
        lines = [line.partition("  # ")[0] for body in bodies for line in body.split("\n")]
        assert sorted(line for line in telling(lines, public) if line in given) == [], file
        assert len(sources.starter(source, assignment.files[file])) < len(source)


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment.name)
def test_no_hidden_check_is_given_away(given, public, assignment):
    hidden = 0
    for path in assignment.checks.glob("test_*.py"):
        source = path.read_text("utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and any(
                "mark.hidden" in ast.unparse(d) for d in node.decorator_list
            ):
                hidden += 1
                assert not re.search(rf"\b{node.name}\b", given)
                segment = ast.get_source_segment(source, node) or ""
                hints = [
                    argument.value
                    for decorator in node.decorator_list
                    if "mark.hidden" in ast.unparse(decorator) and isinstance(decorator, ast.Call)
                    for argument in decorator.args
                    if isinstance(argument, ast.Constant)
                ]
                lines = [*segment.split("\n"), *hints]
                assert sorted(line for line in telling(lines, public) if line in given) == []
    assert hidden


def test_nothing_compiled_and_no_list_of_mistakes_is_handed_out():
    names = [path.name for path in TEMPLATE.rglob("*")]
    assert not [
        name
        for name in names
        if name.endswith(".pyc") or name in ("mistakes.py", "calibration.json", "__pycache__")
    ]
