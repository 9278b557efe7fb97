"""Edit Python source as text: turn the reference into a submission, a starter or a wrong version.

Lines keep their numbers as far as possible, so that a traceback still points to the right line.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Collection, Iterable

from grader.errors import CourseError

__all__ = ["as_submission", "defines", "edited", "reach", "replaced", "starter"]

_PUNCTUATION = set(string.punctuation) - {"_"}
_RELATIVE_IMPORT = re.compile(r"^(\s*from )\.(\w+ import )", re.MULTILINE)


def as_submission(source: str) -> str:
    """The reference as a submission: a flat folder, so `from .layers import …` loses its dot."""
    return _RELATIVE_IMPORT.sub(r"\1\2", source)


def edited(source: str, symbol: str, old: str, new: str) -> str:
    """Replace `old` by `new` in the body of one function, class or method, except its docstring.

    Line breaks and spaces may differ from the source, so that an edit still applies after
    formatting.

    Args:
        source: The source.
        symbol: The function, class or method: "MLP.loss".
        old: The text to replace.
        new: Its replacement.

    Raises:
        CourseError: `old` does not occur exactly once: an edit in the wrong place proves nothing.

    """
    start, end = _body(source, symbol)
    found = list(_pattern_of(old).finditer(source[start:end]))
    if len(found) != 1:
        raise CourseError(
            f"{symbol}: the text to replace occurs {len(found)} times in its body and must occur "
            f"once: {old!r}"
        )
    return source[: start + found[0].start()] + new + source[start + found[0].end() :]


def _pattern_of(code: str) -> re.Pattern[str]:
    """A pattern for code with other spaces, line breaks or a comma before a closing bracket."""
    pattern, before = "", ""
    for part in re.findall(r"\w+|[^\w\s]|^\s+|\s+$", code):
        if before and part.strip():
            both_words = before[-1] not in _PUNCTUATION and part[0] not in _PUNCTUATION
            pattern += r"\s+" if both_words else r"\s*"
        if part in ")]}" and before != ",":
            pattern += r",?\s*"
        pattern += re.escape(part)
        before = part.strip()
    return re.compile(pattern)


def replaced(source: str, symbol: str, definition: str) -> str:
    """Replace a top-level function or class by another definition.

    Args:
        source: The source.
        symbol: The function or class.
        definition: A definition with the same name.

    Raises:
        CourseError: The source has no such function or class.

    """
    node = _definition(source, symbol)
    lines = source.splitlines(keepends=True)
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return "".join([*lines[: first - 1], definition.rstrip() + "\n", *lines[node.end_lineno :]])


def defines(source: str, symbol: str) -> bool:
    """Whether the top level defines a function or class with this name."""
    return re.search(rf"^(?:def|class) {re.escape(symbol)}\b", source, re.MULTILINE) is not None


def reach(sources: Iterable[str]) -> dict[str, set[str]]:
    """The top-level names that each top-level name mentions, directly or through other names.

    >>> reach(["def f(): return g()", "def g(): ...", "def h(): ..."])["f"] == {"f", "g"}
    True
    """
    mentioned: dict[str, set[str]] = {}
    for source in sources:
        for node in ast.parse(source).body:
            words = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            words |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
            for name in _bound(node):
                mentioned.setdefault(name, set()).update(words)
    found = {}
    for name in mentioned:
        reached, waiting = {name}, [name]
        while waiting:
            new = (mentioned[waiting.pop()] & mentioned.keys()) - reached
            reached |= new
            waiting += new
        found[name] = reached
    return found


def _bound(node: ast.stmt) -> set[str]:
    """The names that a top-level statement binds."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def starter(source: str, symbols: Collection[str]) -> str:
    """The starter file: signatures and docstrings; each body raises NotImplementedError.

    Imports and the module docstring are kept; private helpers and constants of the solution are
    removed. A class keeps its public methods and `__init__`.

    Args:
        source: The source of the solution.
        symbols: The functions and classes to keep.

    """
    tree = ast.parse(source)
    kept = []
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            kept.append(ast.unparse(node))
        elif isinstance(node, ast.FunctionDef) and node.name in symbols:
            kept.append("\n\n" + _stub(source, node, indent=""))
        elif isinstance(node, ast.ClassDef) and node.name in symbols:
            kept.append("\n\n" + _class_stub(source, node))
    docstring = ast.get_docstring(tree, clean=False)
    head = f'"""{docstring}"""\n\n' if docstring else ""
    return as_submission(head + "\n".join(kept).strip("\n") + "\n")


_Definition = ast.FunctionDef | ast.ClassDef


def _definition(source: str, symbol: str) -> _Definition:
    scope: list[ast.stmt] = ast.parse(source).body
    found: _Definition | None = None
    for name in symbol.split("."):
        found = next((n for n in scope if isinstance(n, _Definition) and n.name == name), None)
        if found is None:
            raise CourseError(f"the reference has no function or class {symbol!r}")
        scope = found.body
    assert found is not None, "split() gives at least one name"
    return found


def _has_docstring(node: _Definition) -> bool:
    return ast.get_docstring(node, clean=False) is not None


def _body(source: str, symbol: str) -> tuple[int, int]:
    """Offsets of the body's lines, after the docstring."""
    node = _definition(source, symbol)
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    first = node.body[1] if _has_docstring(node) and len(node.body) > 1 else node.body[0]
    assert node.end_lineno is not None, "parsed source has positions"
    return starts[first.lineno - 1], starts[node.end_lineno]


def _stub(source: str, node: ast.FunctionDef, indent: str) -> str:
    """Signature and docstring as in the source, then NotImplementedError."""
    lines = source.splitlines()
    last = node.body[0].end_lineno if _has_docstring(node) else node.body[0].lineno - 1
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return "\n".join([*lines[first - 1 : last], f"{indent}    raise NotImplementedError", ""])


def _class_stub(source: str, node: ast.ClassDef) -> str:
    lines = source.splitlines()
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    last = node.body[0].end_lineno if _has_docstring(node) else node.lineno
    methods = [
        _stub(source, method, indent="    ")
        for method in node.body
        if isinstance(method, ast.FunctionDef)
        and (not method.name.startswith("_") or method.name == "__init__")
    ]
    return "\n".join([*lines[first - 1 : last], "", *methods])
