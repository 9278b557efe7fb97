"""Print statistics about the structure of the code: python tools/structure.py

The length of a function is its number of lines of code, without blank lines, comments and
docstrings. Nested functions count as part of the outer one. A module is mirrored if tests/ has a
test file with its name in the folder of the same name.
"""

from __future__ import annotations

import ast
import io
import statistics
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("grader", "reference")
LONGEST = 5  # functions that are listed by name
FILLER = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Function:
    """A function and its number of lines of code."""

    name: str
    lines: int


def functions(path: Path) -> Iterator[Function]:
    """Yield the outermost functions and methods of a module."""
    text = path.read_text()
    occupied = code_lines(text)

    def visit(node: ast.AST, prefix: str) -> Iterator[Function]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                yield from visit(child, f"{prefix}{child.name}.")
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(f"{prefix}{child.name}", len(occupied & own_lines(child)))

    yield from visit(ast.parse(text), f"{path.relative_to(ROOT).with_suffix('').as_posix()}:")


def code_lines(text: str) -> set[int]:
    """Return the numbers of the lines that contain code, including docstrings."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        n
        for token in tokens
        if token.type not in FILLER
        for n in range(token.start[0], token.end[0] + 1)
    }


def own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    """Return the numbers of a function's lines, starting at `def`, without docstrings."""
    lines = set(range(function.lineno, (function.end_lineno or function.lineno) + 1))
    for node in ast.walk(function):
        if isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) and ast.get_docstring(node):
            docstring = node.body[0]
            lines -= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def modules(package: str) -> list[Path]:
    """Return the modules of a package, without `__init__` files."""
    found = sorted((ROOT / package).rglob("*.py"))
    return [
        path
        for path in found
        if path.name != "__init__.py" and "student_template" not in path.parts
    ]


def exported(path: Path) -> list[str]:
    """Return the names in a module's `__all__`."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and any(
            getattr(target, "id", "") == "__all__" for target in node.targets
        ):
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def unmirrored(package: str) -> list[str]:
    """Return the modules of a package without their own test file, as paths from the root."""
    missing = []
    for path in modules(package):
        inside = path.relative_to(ROOT / package)
        folder = ROOT / "tests" / package / inside.parent
        if (
            path.name != "__main__.py"
            and not (folder / f"test_{inside.stem.lstrip('_')}.py").is_file()
        ):
            missing.append(path.relative_to(ROOT).as_posix())
    return missing


def main() -> None:
    """Print the statistics."""
    for package in PACKAGES:
        found = sorted(
            (one for path in modules(package) for one in functions(path)),
            key=lambda one: -one.lines,
        )
        median = statistics.median(one.lines for one in found)
        print(
            f"{package}/: {len(found)} functions with a median of {median:g} lines of code; the "
            "longest:"
        )
        for one in found[:LONGEST]:
            print(f"  {one.lines:4}  {one.name}")
    for who, where in (("author", "grader/checks/__init__.py"), ("program", "grader/__init__.py")):
        names = exported(ROOT / where)
        print(
            f"An {who} sees {len(names)} names"
            if who == "author"
            else f"A {who} sees {len(names)} names",
            end="",
        )
        print(f" ({where}): {', '.join(names)}" if names else f" ({where})")
    for package in PACKAGES:
        missing = unmirrored(package)
        print(
            f"{package}/: {len(missing)} of {len(modules(package))} modules without their own test "
            "file"
        )
        for name in missing:
            print(f"        {name}")


if __name__ == "__main__":
    sys.exit(main())
