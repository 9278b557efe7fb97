"""Make a notebook of an assignment: the handout, the stubs, and a cell that runs the checks."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

import nbformat
from nbformat import v4

__all__ = ["as_notebook"]

_HEADING = re.compile(r"^#{1,4} .*$", re.MULTILINE)
_SUFFIX = re.compile(r"_(forward|backward)$")

CHECKS = (
    "## Check\n\nSave the notebook, then run this cell. It runs the public checks on the saved "
    "notebook; `--only NAME` runs only the checks of one function."
)


def as_notebook(
    handout: str, stubs: Mapping[str, str], files: Mapping[str, Sequence[str]], name: str
) -> bytes:
    """Make the notebook. Equal input gives equal bytes.

    Args:
        handout: The handout, in Markdown.
        stubs: File name -> the text of its stubs.
        files: File name -> symbols, the `[files]` table of the assignment.
        name: The file name of the notebook.

    Returns:
        The content of the .ipynb file.

    """
    sections = _sections(handout)
    cells: list[tuple[str, str]] = []
    waiting = _placed(sections, stubs, files)
    for number, section in enumerate(sections):
        cells.append(("markdown", section))
        if number == 0:
            cells.append(("code", _imports(stubs.values(), files)))
        cells += [("code", stub) for stub in waiting.get(number, [])]
    cells += [("markdown", CHECKS), ("code", f"!grade check {name}")]
    notebook = v4.new_notebook(  # type: ignore[no-untyped-call]  # nbformat has no types
        cells=[_cell(kind, text, number) for number, (kind, text) in enumerate(cells)],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    return str(nbformat.writes(notebook)).encode() + b"\n"  # type: ignore[no-untyped-call]  # as above


def _cell(kind: str, text: str, number: int) -> nbformat.NotebookNode:
    make = v4.new_markdown_cell if kind == "markdown" else v4.new_code_cell
    cell: nbformat.NotebookNode = make(text.strip("\n"))  # type: ignore[no-untyped-call]  # as above
    cell["id"] = hashlib.sha256(f"{number} {text}".encode()).hexdigest()[:12]
    return cell


def _sections(handout: str) -> list[str]:
    """Split the handout before every heading."""
    starts = [match.start() for match in _HEADING.finditer(_without_code(handout))]
    starts = [0, *(start for start in starts if start > 0)]
    return [
        handout[a:b].strip("\n") for a, b in zip(starts, [*starts[1:], len(handout)], strict=True)
    ]


def _without_code(text: str) -> str:
    """Blank out fenced code, keeping all positions, so that a # in it is not read as a heading."""
    return re.sub(
        r"^```.*?^```", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.MULTILINE | re.DOTALL
    )


def _placed(
    sections: Sequence[str], stubs: Mapping[str, str], files: Mapping[str, Sequence[str]]
) -> dict[int, list[str]]:
    """Return section number -> the stubs to place after it: the section that mentions them."""
    placed: dict[int, list[str]] = {}
    for file, symbols in files.items():
        own = [i for i, section in enumerate(sections) if file in section.partition("\n")[0]]
        at = own[0] if own else len(sections) - 1
        for symbol, stub in _stubs(stubs[file], symbols):
            # Keep the order of the file: never place a stub before the previous one.
            at = next((i for i in own if i >= at and _mentions(sections[i], symbol)), at)
            placed.setdefault(at, []).append(stub)
    return placed


def _mentions(section: str, symbol: str) -> bool:
    return any(
        re.search(rf"\b{re.escape(word)}\b", section) for word in (symbol, _SUFFIX.sub("", symbol))
    )


def _stubs(source: str, symbols: Sequence[str]) -> list[tuple[str, str]]:
    """Return the name and text of each top-level definition, in the order of the file."""
    lines = source.split("\n")
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in symbols:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
            found.append((node.name, "\n".join(lines[first : node.end_lineno])))
    return found


def _imports(sources: Iterable[str], files: Mapping[str, Sequence[str]]) -> str:
    """Return the imports of all files, once each.

    Imports of the assignment's own files are left out, because a notebook is a single module.
    """
    modules = {file.removesuffix(".py") for file in files}
    found: dict[str, None] = {}
    for source in sources:
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import) or (
                isinstance(node, ast.ImportFrom) and node.module not in modules
            ):
                found[ast.unparse(node)] = None
    return "\n".join(found)
