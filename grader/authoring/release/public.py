"""Remove hidden checks from a check file, along with everything that only they used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from grader.errors import CourseError

__all__ = ["public_checks"]

_SECTION = re.compile(r"^# -{3,}.*$")
_Definition = (ast.FunctionDef, ast.ClassDef)


def public_checks(source: str, shown: str) -> str | None:
    """Return the text of a check file as students may see it.

    Removes hidden functions, then every helper, constant and import that is no longer used, then
    empty sections.

    Args:
        source: The text of the check file.
        shown: The name of the file, for messages.

    Returns:
        The text, or None if the file has no public checks.

    Raises:
        CourseError: A public check depends on a hidden one, or contains one.

    """
    tree = ast.parse(source)
    if any(
        isinstance(node, ast.Assign) and "hidden" in _marks(node.value)
        for node in tree.body
        if _is_pytestmark(node)
    ):
        return None
    hidden = {node.name for node in tree.body if isinstance(node, _Definition) and _is_hidden(node)}
    body = [
        node for node in tree.body if not (isinstance(node, _Definition) and node.name in hidden)
    ]
    checks = [
        node
        for node in body
        if isinstance(node, _Definition) and node.name.lower().startswith("test")
    ]
    if not checks:
        return None
    for check in checks:
        for inner in ast.walk(check):
            if isinstance(inner, ast.FunctionDef) and inner is not check and _is_hidden(inner):
                raise CourseError(
                    f"{shown}: {inner.name} is hidden inside {check.name}: hide whole functions "
                    "and classes"
                )
        for needed in _depends(check, tree.body):
            if needed in hidden:
                raise CourseError(
                    f"{shown}: the public {check.name} depends on {needed}, which is hidden"
                )
    return _without_empty_sections(_text(source, _used(body)))


def _marks(node: ast.AST) -> set[str]:
    """Return the names of the pytest markers in an expression."""
    return {
        found.attr
        for found in ast.walk(node)
        if isinstance(found, ast.Attribute) and ast.unparse(found.value) == "pytest.mark"
    }


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets
    )


def _is_hidden(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return any("hidden" in _marks(decorator) for decorator in node.decorator_list)


def _depends(node: ast.FunctionDef | ast.ClassDef, body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the arguments of `depends`, given directly or through a constant of the file."""
    for decorator in node.decorator_list:
        named = {name.id for name in ast.walk(decorator) if isinstance(name, ast.Name)}
        behind = [
            other.value
            for other in body
            if isinstance(other, ast.Assign) and named & _targets(other)
        ]
        if any("depends" in _marks(part) for part in (decorator, *behind)):
            yield from (
                part.value
                for top in (decorator, *behind)
                for part in ast.walk(top)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def _targets(node: ast.Assign) -> set[str]:
    return {
        name.id
        for target in node.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name)
    }


def _used(body: list[ast.stmt]) -> list[ast.stmt]:
    """Repeatedly drop statements that bind only unused names, and return the rest."""
    while True:
        kept = [
            node
            for node in body
            if _is_needed(node, [other for other in body if other is not node])
        ]
        if len(kept) == len(body):
            return kept
        body = kept


def _is_needed(node: ast.stmt, others: list[ast.stmt]) -> bool:
    if isinstance(node, _Definition):
        fixture_of_all = any(
            "autouse" in ast.unparse(decorator) for decorator in node.decorator_list
        )
        return (
            node.name.lower().startswith("test")
            or fixture_of_all
            or node.name in _references(others)
        )
    if isinstance(node, ast.Assign | ast.AnnAssign) and not _is_pytestmark(node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {
            name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
        }
        return not names or bool(names & _references(others))
    if isinstance(node, ast.Import | ast.ImportFrom):
        return bool(_wanted(node, _references(others)))
    return True


def _references(nodes: list[ast.stmt]) -> set[str]:
    """Return names that are read, and parameters, which pytest treats as names of fixtures."""
    found: set[str] = set()
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.add(node.id)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
    return found


def _wanted(node: ast.Import | ast.ImportFrom, references: set[str]) -> list[ast.alias]:
    return [
        alias
        for alias in node.names
        if (alias.asname or alias.name).partition(".")[0] in references
    ]


def _text(source: str, body: list[ast.stmt]) -> str:
    """Return the source with only these statements, and without the comments of the others."""
    lines = source.split("\n")
    keep = [True] * len(lines)
    replaced: dict[int, str] = {}
    kept = {(node.lineno, node.col_offset) for node in body}
    for node in ast.parse(source).body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
        last = node.end_lineno or node.lineno
        if (node.lineno, node.col_offset) not in kept:
            while (
                first > 0
                and lines[first - 1].startswith("#")
                and not _SECTION.match(lines[first - 1])
            ):
                first -= 1  # a comment directly above a statement belongs to it
            keep[first:last] = [False] * (last - first)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            others = [
                other
                for other in body
                if (other.lineno, other.col_offset) != (node.lineno, node.col_offset)
            ]
            wanted = _wanted(node, _references(others))
            if len(wanted) < len(node.names):
                node.names = wanted
                keep[first:last] = [False] * (last - first)
                replaced[first] = ast.unparse(node)
    out = [replaced.get(i, line) for i, line in enumerate(lines) if keep[i] or i in replaced]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(out)).strip("\n") + "\n"


def _without_empty_sections(text: str) -> str:
    """Drop headings such as "# ---- relu ----" with no code left under them."""
    lines = text.split("\n")
    kept: list[str] = []
    for i, line in enumerate(lines):
        if _SECTION.match(line):
            below = next((other for other in lines[i + 1 :] if other.strip()), "")
            if not below or _SECTION.match(below):
                continue
        kept.append(line)
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(kept)).strip("\n") + "\n"
