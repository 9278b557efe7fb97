"""Mutants: a module with one small edit, to measure whether checks and tests notice it.

Each mutant changes one span of the text and leaves every other byte unchanged, including comments,
so line numbers stay the same. The idea is from DeMillo, Lipton & Sayward 1978, "Hints on test data
selection": tests that detect all small edits of a program also detect most larger mistakes.
"""

from __future__ import annotations

import ast
import io
import math
import tokenize
import tomllib
import warnings
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from grader.errors import CourseError

__all__ = ["Mutant", "mutants", "read_reasons"]


@dataclass(frozen=True)
class Mutant:
    """A module with one change.

    The description names the change and shows the changed line: "+ becomes -: return x - y".

    Args:
        symbol: The top-level function, class or constant that is changed.
        line: The line number of the change.
        description: What is changed.
        source: The whole text of the changed module.

    """

    symbol: str
    line: int
    description: str
    source: str


def mutants(source: str, symbols: Collection[str] | None = None) -> Iterator[Mutant]:
    r"""Yield the mutants of a module in source order.

    Docstrings, imports, annotations, decorators, `__all__` and `raise` statements are not changed.
    No two mutants have the same source, and each compiles. A mutant may behave exactly like the
    original. Such "equivalent" mutants cannot be detected in general; the caller has to know them.

    Args:
        source: The text of the module.
        symbols: The top-level functions, classes and constants to change. Default: all.

    Raises:
        CourseError: The module does not define one of the symbols.

    >>> for mutant in mutants("def add(x, y):\n    return x + y\n"):
    ...     print(mutant.line, mutant.description)
    2 drops the term x: return y
    2 drops the term y: return x
    2 + becomes -: return x - y

    """
    tree = ast.parse(source)
    text = _Text(source, tree)
    statements = [(_symbol(statement), statement) for statement in tree.body]
    if symbols is not None and (unknown := sorted(set(symbols) - {name for name, _ in statements})):
        raise CourseError(
            f"no mutants of {', '.join(unknown)}: the module does not define it at its top level"
        )
    for symbol, statement in statements:
        if symbol == "__all__" or (symbols is not None and symbol not in symbols):
            continue
        first, last = text.lines_of(statement)
        original = source[first:last]
        seen = {original}
        for edit in sorted(_edits(text, statement), key=lambda edit: (edit.start, edit.end)):
            body = source[first : edit.start] + edit.new + source[edit.end : last]
            if body in seen or not _compiles(body):
                continue
            seen.add(body)
            mutated = source[:first] + body + source[last:]
            shown = " ".join(_lines_around(mutated, edit.start, edit.start + len(edit.new)).split())
            yield Mutant(symbol, text.line(edit.start), f"{edit.what}: {shown}", mutated)


def read_reasons(path: Path) -> dict[tuple[str, str, str], str]:
    """Read the reasons why mutants need not be caught from a file of [[mutant]] tables.

    Args:
        path: The TOML file. It may be missing.

    Returns:
        (module, symbol, change) -> reason.

    Raises:
        CourseError: The file cannot be read, or an entry lacks a key.

    """
    if not path.is_file():
        return {}
    try:
        entries = tomllib.loads(path.read_text("utf-8"))["mutant"]
        return {
            (entry["module"], entry["symbol"], entry["change"]): str(entry["reason"])
            for entry in entries
        }
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"{path}: expected [[mutant]] with module, symbol, change and reason ({error})"
        ) from None


class _Edit(NamedTuple):
    start: int
    end: int
    new: str
    what: str


class _Text:
    """Source text that locates its syntax nodes and operators by offset."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        self.source = source
        self.parents = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        self._lines = source.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._tokens = [
            (self._starts[token.start[0] - 1] + token.start[1], token.string)
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type in (tokenize.OP, tokenize.NAME)
        ]

    def _offset(self, line: int, column: int) -> int:
        text = self._lines[line - 1]  # the parser counts columns in UTF-8 bytes
        return self._starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode())
        )

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(
            node.end_lineno, node.end_col_offset
        )

    def of(self, node: ast.expr | ast.stmt) -> str:
        start, end = self.span(node)
        return self.source[start:end]

    def line(self, offset: int) -> int:
        return self.source.count("\n", 0, offset) + 1

    def lines_of(self, statement: ast.stmt) -> tuple[int, int]:
        """Return the start and end offset of the lines of a statement; the end is exclusive."""
        assert statement.end_lineno is not None
        return self._starts[statement.lineno - 1], min(
            self._starts[statement.end_lineno], len(self.source)
        )

    def operator(self, left: ast.expr, words: str) -> tuple[int, int]:
        """Return the span of an operator such as "+" or "not in" after its left operand.

        The left operand may be in parentheses.
        """
        first, *rest = words.split()
        position = bisect_left(self._tokens, (self.span(left)[1], ""))
        while self._tokens[position][1] != first:
            position += 1
        start, last = self._tokens[position + len(rest)]
        return self._tokens[position][0], start + len(last)

    def atom(self, node: ast.expr) -> str:
        """Return the text of an operand, in parentheses unless it needs none."""
        return self.of(node) if isinstance(node, _ATOMS) else f"({self.of(node)})"

    def replace(self, node: ast.expr, new: str, what: str) -> _Edit:
        """Replace an expression with `new`, keeping the number of line ends."""
        start, end = self.span(node)
        missing = self.source.count("\n", start, end) - new.count("\n")
        return _Edit(start, end, f"({new}" + "\n" * missing + ")" if missing > 0 else new, what)

    def swap(self, first: ast.expr, second: ast.expr, what: str) -> _Edit:
        (start, between), (after, end) = self.span(first), self.span(second)
        new = _branch(self, second) + self.source[between:after] + _branch(self, first)
        return _Edit(
            start,
            end,
            new,
            f"swaps the {what} {_short(self.of(first))} and {_short(self.of(second))}",
        )

    def drop(self, statement: ast.stmt) -> _Edit:
        start, end = self.span(statement)
        return _Edit(
            start,
            end,
            "pass" + "\n" * self.source.count("\n", start, end),
            f"drops {_short(self.source[start:end])}",
        )


_ATOMS = (
    ast.Name,
    ast.Constant,
    ast.Attribute,
    ast.Subscript,
    ast.Call,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
)

_BINARY: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.MatMult: ("@", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}

# Each comparison with its boundary moved, and its negation.
_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}

_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.Not: "not", ast.Invert: "~"}

_PAIRS = [
    ("min", "max"),
    ("minimum", "maximum"),
    ("argmin", "argmax"),
    ("amin", "amax"),
    ("any", "all"),
    ("sum", "mean"),
    ("floor", "ceil"),
    ("sin", "cos"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("add", "subtract"),
    ("triu", "tril"),
]
_OPPOSITE = dict(_PAIRS) | {second: first for first, second in _PAIRS}

_COMMUTATIVE = {
    "add",
    "array_equal",
    "equal",
    "gcd",
    "hypot",
    "logaddexp",
    "logical_and",
    "logical_or",
    "max",
    "maximum",
    "min",
    "minimum",
    "multiply",
    "not_equal",
}
# In calls like `np.transpose(x)`, the subject is the argument.
_LIBRARIES = {"np", "torch", "math", "F", "copy"}
_COPIES = {"copy", "clone", "deepcopy", "dict"}
_TRANSPOSES = {"transpose", "swapaxes", "moveaxis", "permute"}
_AXES = {"axis", "axes", "dim"}


def _edits(text: _Text, node: ast.AST) -> Iterator[_Edit]:
    """Yield the edits of a node and of everything below it."""
    if isinstance(node, _UNTOUCHED) or _is_main_guard(node):
        return
    for kind, change in _CHANGES:
        if isinstance(node, kind):
            yield from change(text, node)
    for child in _children(node):
        yield from _edits(text, child)


_UNTOUCHED = (ast.Import, ast.ImportFrom, ast.Raise, ast.JoinedStr)


def _is_main_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "__name__" in (
        n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)
    )


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child


def _constant(text: _Text, node: ast.Constant) -> Iterator[_Edit]:
    value = node.value
    if isinstance(value, bool):
        if isinstance(keyword := text.parents[node], ast.keyword) and keyword.arg == "strict":
            return  # an assertion of zip: a correct program does not depend on it
        yield text.replace(node, str(not value), f"{value} becomes {not value}")
    elif isinstance(value, (int, float)) and math.isfinite(value):
        for other in (value + 1, value * 2):
            if other != value and math.isfinite(other):
                yield text.replace(node, repr(other), f"{text.of(node)} becomes {other!r}")
        parent = text.parents[node]
        # A minus sign in front of it is handled by _unary.
        negated = isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub)
        if value and not negated:
            new = f"-{text.of(node)}"
            # A power binds closer than a minus sign.
            power = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow)
            yield text.replace(node, f"({new})" if power else new, f"{text.of(node)} becomes {new}")


def _binary(text: _Text, node: ast.BinOp) -> Iterator[_Edit]:
    if (
        isinstance(node.left, (ast.JoinedStr, ast.List))
        or _is_text(node.left)
        or _is_text(node.right)
    ):
        return
    old, new = _BINARY[type(node.op)]
    left, right = text.atom(node.left), text.atom(node.right)
    if isinstance(node.op, ast.Pow):  # the only change that affects operator precedence
        yield text.replace(node, f"({left} {new} {right})", f"{old} becomes {new}")
    else:
        yield _Edit(*text.operator(node.left, old), new, f"{old} becomes {new}")
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        kind = "term" if isinstance(node.op, (ast.Add, ast.Sub)) else "factor"
        rest = {ast.Sub: f"(-{right})", ast.Div: f"(1 / {right})"}.get(type(node.op), right)
        if kind == "term" or text.of(node.left) != "1":  # 1 / x without its 1 is 1 / x
            yield text.replace(node, rest, f"drops the {kind} {_short(text.of(node.left))}")
        yield text.replace(node, left, f"drops the {kind} {_short(text.of(node.right))}")


def _augmented(text: _Text, node: ast.AugAssign) -> Iterator[_Edit]:
    yield text.drop(node)
    old, new = (f"{sign}=" for sign in _BINARY[type(node.op)])
    place = text.operator(node.target, old)
    yield _Edit(*place, new, f"{old} becomes {new}")
    yield _Edit(*place, "=", f"{old} becomes =")


def _compare(text: _Text, node: ast.Compare) -> Iterator[_Edit]:
    for left, operator in zip([node.left, *node.comparators], node.ops, strict=False):
        old, *others = _COMPARISONS[type(operator)]
        for new in others:
            yield _Edit(*text.operator(left, old), new, f"{old} becomes {new}")


def _boolean(text: _Text, node: ast.BoolOp) -> Iterator[_Edit]:
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    start, end = text.span(node)
    changed, position = "", start
    for value in node.values[:-1]:
        begin, stop = text.operator(value, old)
        changed += text.source[position:begin] + new
        position = stop
    yield _Edit(start, end, f"({changed}{text.source[position:end]})", f"{old} becomes {new}")


def _unary(text: _Text, node: ast.UnaryOp) -> Iterator[_Edit]:
    if sign := _UNARY.get(type(node.op)):
        yield text.replace(node, text.atom(node.operand), f"drops the {sign}")


def _call(text: _Text, node: ast.Call) -> Iterator[_Edit]:
    name = _called(node)
    if name not in _COMMUTATIVE:
        for first, second in pairwise(node.args):
            if not isinstance(first, ast.Starred) and not isinstance(second, ast.Starred):
                yield text.swap(first, second, "arguments")
    if (subject := _subject(node)) is not None and not node.keywords:
        if name in _COPIES:
            yield text.replace(
                node, text.atom(subject), f"drops the copy of {_short(text.of(subject))}"
            )
        elif name in _TRANSPOSES:
            yield text.replace(
                node, text.atom(subject), f"drops the transpose of {_short(text.of(subject))}"
            )
    if (
        name == "array" and isinstance(node.func, ast.Attribute) and isinstance(subject, ast.Name)
    ):  # not of a list
        yield _renamed(text, node.func, "asarray")
    for keyword in node.keywords:
        if keyword.arg in _AXES:
            yield from _axis(text, keyword)


def _axis(text: _Text, keyword: ast.keyword) -> Iterator[_Edit]:
    value = keyword.value
    if isinstance(value, ast.Constant) and isinstance(value.value, int) and value.value > 0:
        new = value.value - 1
        yield text.replace(
            value, repr(new), f"{keyword.arg}={value.value} becomes {keyword.arg}={new}"
        )
    yield text.replace(
        value, "None", f"{keyword.arg}={_short(text.of(value))} becomes {keyword.arg}=None"
    )


def _function(text: _Text, node: ast.expr) -> Iterator[_Edit]:
    """Replace `np.minimum` with `np.maximum` and so on, whether called or passed on."""
    called = isinstance(node, ast.Call)
    name = node.func if isinstance(node, ast.Call) else node
    if (
        isinstance(name, ast.Attribute)
        and name.attr in _OPPOSITE
        and (called or _is_library(name.value))
    ):
        yield _renamed(text, name, _OPPOSITE[name.attr])
    elif called and isinstance(name, ast.Name) and name.id in _OPPOSITE:
        yield _renamed(text, name, _OPPOSITE[name.id])


def _attribute(text: _Text, node: ast.Attribute) -> Iterator[_Edit]:
    if node.attr in ("T", "mT"):
        yield text.replace(
            node, text.atom(node.value), f"drops the transpose of {_short(text.of(node.value))}"
        )


def _conditional(text: _Text, node: ast.IfExp) -> Iterator[_Edit]:
    if not _is_comparison(node.test):
        yield text.swap(node.body, node.orelse, "branches")


def _condition(text: _Text, node: ast.If | ast.While) -> Iterator[_Edit]:
    if not _is_comparison(node.test) and not isinstance(
        node.test, ast.UnaryOp
    ):  # _unary drops its "not"
        yield text.replace(node.test, f"not ({text.of(node.test)})", "the condition is negated")


def _returned(text: _Text, node: ast.Return) -> Iterator[_Edit]:
    if isinstance(node.value, ast.Tuple):
        for first, second in pairwise(node.value.elts):
            if not isinstance(first, ast.Starred) and not isinstance(second, ast.Starred):
                yield text.swap(first, second, "results")


def _effect(text: _Text, node: ast.Expr | ast.Assign) -> Iterator[_Edit]:
    """Drop a statement with a side effect: a call, or a write to an array, a dict or an object."""
    if isinstance(node, ast.Expr):
        effect = isinstance(node.value, ast.Call)
    else:
        effect = all(isinstance(target, (ast.Subscript, ast.Attribute)) for target in node.targets)
    if effect:
        yield text.drop(node)


_CHANGES: list[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Iterator[_Edit]]]] = [
    (ast.Constant, _constant),
    (ast.BinOp, _binary),
    (ast.AugAssign, _augmented),
    (ast.Compare, _compare),
    (ast.BoolOp, _boolean),
    (ast.UnaryOp, _unary),
    (ast.Call, _call),
    ((ast.Call, ast.Attribute), _function),
    (ast.Attribute, _attribute),
    (ast.IfExp, _conditional),
    ((ast.If, ast.While), _condition),
    (ast.Return, _returned),
    ((ast.Expr, ast.Assign), _effect),
]


def _symbol(statement: ast.stmt) -> str:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return statement.name
    target = (
        statement.targets[0]
        if isinstance(statement, ast.Assign)
        else getattr(statement, "target", None)
    )
    return target.id if isinstance(target, ast.Name) else ""


def _compiles(statement: str) -> bool:
    with warnings.catch_warnings():
        # "is" with a literal would fail at import, before any test could run
        warnings.simplefilter("error")
        try:
            compile(statement, "<mutant>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def _lines_around(source: str, start: int, end: int) -> str:
    stop = source.find("\n", end)
    return source[source.rfind("\n", 0, start) + 1 : stop if stop >= 0 else len(source)]


def _branch(text: _Text, node: ast.expr) -> str:
    """Return an argument or branch; lambdas and conditionals need parentheses here."""
    return (
        f"({text.of(node)})"
        if isinstance(node, (ast.Lambda, ast.IfExp, ast.GeneratorExp))
        else text.of(node)
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _subject(node: ast.Call) -> ast.expr | None:
    """Return what a call operates on: `x` in `x.copy()`, `np.copy(x)` and `dict(x)`."""
    if isinstance(node.func, ast.Attribute) and not _is_library(node.func.value):
        return node.func.value
    return node.args[0] if node.args and not isinstance(node.args[0], ast.Starred) else None


def _renamed(text: _Text, node: ast.expr, new: str) -> _Edit:
    old = text.of(node)
    name = old[old.rfind(".") + 1 :].strip()
    end = text.span(node)[1]
    return _Edit(end - len(name), end, new, f"{name} becomes {new}")


def _is_library(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _LIBRARIES


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))


def _is_comparison(node: ast.expr) -> bool:
    """Return whether `_compare` already makes the negation of this condition."""
    return isinstance(node, ast.Compare) and len(node.ops) == 1
