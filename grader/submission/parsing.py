"""Decode student code and find its syntax errors without executing it; make names printable."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["Inspected", "decode_source", "inspected", "parameters", "printable", "syntax_error"]

# Python accepts every codec of the standard library here, but some of them (punycode) take
# quadratic time.
ENCODINGS = {
    "utf-8",
    "utf-8-sig",
    "ascii",
    "us-ascii",
    "iso-8859-1",
    "iso-8859-15",
    "latin-1",
    "cp1252",
}
MAX_PACKAGE = 100  # characters of a package's name in quotes


def printable(text: str, limit: int = 120) -> str:
    r"""Make untrusted text safe to show: one short line, no control characters or lone surrogates.

    >>> printable("lay\x1b[31mers.py")
    'lay�[31mers.py'
    """
    clean = "".join(char if char.isprintable() else "�" for char in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def decode_source(raw: bytes, name: str) -> tuple[str, str | None]:
    """Decode a Python file.

    Args:
        raw: The bytes of the file.
        name: Its name, for the sentence.

    Returns:
        The text, with � for bytes that cannot be decoded, so that it can still be quoted; and one
        sentence if it is not text that Python can read, or None.

    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _lines(
            raw.decode("utf-16", "replace")
        ), f"{name} is saved as UTF-16, not UTF-8: save it as UTF-8"
    problem = None
    encoding = "utf-8"
    if b"\0" in raw:
        problem = (
            f"{name}, line {_line_of(raw, raw.index(0))}: this line has a null byte: save the "
            "file as UTF-8 text"
        )
    else:
        try:
            encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
        # An unknown encoding is declared, or the first two lines are not UTF-8.
        except SyntaxError as error:
            problem = (
                f"{name}: {printable(str(error.msg))}: save the file as UTF-8 and declare "
                "no other encoding"
            )
        if encoding not in ENCODINGS:
            problem = (
                f"{name} declares the encoding '{printable(encoding, 30)}': save it as "
                "UTF-8 and remove that line"
            )
            encoding = "utf-8"
    try:
        return _lines(raw.decode(encoding)), problem
    except UnicodeDecodeError as error:
        where = f"{name}, line {_line_of(raw, error.start)}"
        wrong = (
            f"{where}: the byte 0x{raw[error.start]:02x} is not {encoding.upper()}: save the "
            "file as UTF-8"
        )
        return _lines(raw.decode(encoding, "replace")), problem if b"\0" in raw else wrong


@dataclass(frozen=True)
class Inspected:
    """What is known about a Python text without running it.

    Args:
        problem: One sentence about its syntax error, or None.
        imports: The top-level packages, each with the line that first imports it, including
            imports by a string.
        parameters: As returned by `parameters`.

    """

    problem: str | None = None
    imports: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def inspected(text: str, name: str) -> Inspected:
    """Parse a text once, and collect everything that is needed.

    Args:
        text: The source.
        name: The name of the file or cell, for the sentence.

    """
    tree = _parsed(text, name)
    if isinstance(tree, str):
        return Inspected(tree)
    imports: dict[str, int] = {}
    for line, package in _imported(tree):
        imports.setdefault(package, line)
    return Inspected(None, imports, parameters_in(tree))


def syntax_error(text: str, name: str) -> str | None:
    """One sentence about the first syntax error in `text`, or None.

    For example, "layers.py, line 12: '(' was never closed". Only the parser runs. The compiler
    finds a little more ("'return' outside function"), but some inputs overflow its C stack and
    would crash the grader; the confined worker compiles the code in any case.
    """
    found = _parsed(text, name)
    return found if isinstance(found, str) else None


def _parsed(text: str, name: str) -> ast.Module | str:
    """The tree, or a sentence about the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a plain string is a warning, not an error
            return ast.parse(text)
    except SyntaxError as error:
        where = f"{name}, line {error.lineno}" if error.lineno else name
        return f"{where}: {printable(str(error.msg), 200)}"
    except (RecursionError, MemoryError):  # raised when the parser's stack is full
        return f"{name}: an expression or a block is nested too deeply for Python"
    except ValueError as error:  # lone surrogates, null bytes
        return f"{name}: this is not text that Python can read ({printable(str(error))})"


_BY_NAME = {"__import__", "import_module"}


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            if called in _BY_NAME and isinstance(node.args[0].value, str):
                yield (
                    node.lineno,
                    printable(node.args[0].value[:MAX_PACKAGE].partition(".")[0], MAX_PACKAGE),
                )


def _line_of(raw: bytes, offset: int) -> int:
    return raw.count(b"\n", 0, offset) + 1


def _lines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def parameters(source: str) -> dict[str, tuple[str, ...]]:
    """The parameters of every public function, and of every public class without `self`.

    >>> parameters("def affine_forward(x, w, b): ...")
    {'affine_forward': ('x', 'w', 'b')}
    """
    return parameters_in(ast.parse(source))


def parameters_in(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Like `parameters`, for a parsed source."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = _names(node)
        elif isinstance(node, ast.ClassDef):
            starts = [
                n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"
            ]
            found[node.name] = _names(starts[0])[1:] if starts else ()
    return {name: names for name, names in found.items() if not name.startswith("_")}


def _names(function: ast.FunctionDef) -> tuple[str, ...]:
    arguments = function.args
    return tuple(a.arg for a in (*arguments.posonlyargs, *arguments.args))
