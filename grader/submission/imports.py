"""What a submission imports, read from its text: nothing of it has to run for that."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from grader.submission.parsing import decode_source, printable
from grader.submission.reading import Submission

__all__ = ["forbidden_imports"]

_BY_NAME = {"__import__", "import_module"}


def forbidden_imports(submission: Submission, allowed: Collection[str], asked: Collection[str]) -> dict[str, str]:
    """Module of the submission -> a sentence about the first import in it that the assignment does not allow.

    allowed: packages, beside the standard library and the submission's own files. asked: the packages as the assignment
    lists them, for the sentence.
    """
    own = {name.partition("/")[0].removesuffix(".py") for name in submission.files}
    permitted = {*allowed, *own, *sys.stdlib_module_names}
    found: dict[str, str] = {}
    for shown, module, source in _sources(submission):
        for line, package in _imports(source):
            if package not in permitted and _is_installed(package):
                rest = f"only {', '.join(asked)} and the standard library" if asked else "the standard library alone"
                what = f"{shown}, line {line} imports {printable(package, 60)}"
                found.setdefault(module, f"{what}: this assignment is done with {rest}")
    return found


def _is_installed(package: str) -> bool:
    """What is not there helps nobody: a notebook made elsewhere may ask for google.colab, and gets an ImportError."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _sources(submission: Submission) -> Iterator[tuple[str, str, str]]:
    """What each Python text is called, the module that it is part of, and the text."""
    for module, notebook in submission.notebooks.items():
        cells: Mapping[str, str] = submission.sources
        yield from ((label, module, text) for label, text in cells.items() if label.startswith(f"{notebook}, cell"))
    for name, raw in submission.files.items():
        module = name.partition("/")[0].removesuffix(".py")
        if name.endswith(".py") and module not in submission.notebooks:
            yield name, module, decode_source(raw, name)[0]


@lru_cache(maxsize=256)  # a class hands in many files as they were given out
def _imports(source: str) -> tuple[tuple[int, str], ...]:
    """Line and top-level package of every import, those by a name in quotes included."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # said elsewhere, by the check that needs the file
        return ()
    return tuple(_imported(tree))


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in _BY_NAME and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value.partition(".")[0]
