import ast

import pytest

from grader.authoring.validation.mutants import mutants
from grader.errors import CourseError


def changes(body, symbols=None):
    """The changed line of each mutant of a function body of one line, or of the lines of a
    module.
    """
    source = body if "\n" in body else f"def f(x, y, z):\n    {body}\n"
    return [mutant.description.partition(": ")[2] for mutant in mutants(source, symbols)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("n = 3", ["n = 4", "n = 6", "n = -3"]),
        ("n = 1", ["n = 2", "n = -1"]),
        ("n = 0", ["n = 1"]),
        ("n = 0.5", ["n = 1.5", "n = 1.0", "n = -0.5"]),
        ("n = 1e-8", ["n = 1.00000001", "n = 2e-08", "n = -1e-8"]),
        ("n = -3", ["n = 3", "n = -4", "n = -6"]),
        ("n = True", ["n = False"]),
        ("n = 'text', None, ..., 2j", []),
        ("n = 2 ** x", ["n = 3 ** x", "n = 4 ** x", "n = (-2) ** x", "n = (2 * x)"]),
        (
            "for a, b in zip(x, y, strict=True): a(b)",
            [
                "for a, b in zip(y, x, strict=True): a(b)",
                "for a, b in zip(x, y, strict=True): pass",
            ],
        ),
    ],
)
def test_constants(body, expected):
    assert changes(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("n = x - y", ["n = (-y)", "n = x", "n = x + y"]),
        ("n = x / y", ["n = (1 / y)", "n = x", "n = x * y"]),
        (
            "n = x * (y + z)",
            [
                "n = (y + z)",
                "n = x",
                "n = x / (y + z)",
                "n = x * (z)",
                "n = x * (y)",
                "n = x * (y - z)",
            ],
        ),
        ("n = x // y", ["n = x / y"]),
        ("n = x % y", ["n = x // y"]),
        ("n = x @ y", ["n = x * y"]),
        ("n = x ** y", ["n = (x * y)"]),
        ("n = x & ~y", ["n = x | ~y", "n = x & y"]),
        ("n = -x", ["n = x"]),
        ("n = 1 / x", ["n = 2 / x", "n = -1 / x", "n = 1", "n = 1 * x"]),
        ("n += x", ["pass", "n -= x", "n = x"]),
    ],
)
def test_arithmetic(body, expected):
    assert changes(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("n = x < y", ["n = x <= y", "n = x >= y"]),
        ("n = (x) <= (y)", ["n = (x) < (y)", "n = (x) > (y)"]),
        ("n = x == y", ["n = x != y"]),
        ("n = x not in y", ["n = x in y"]),
        ("n = x is y", ["n = x is not y"]),
        ("n = x < y < z", ["n = x <= y < z", "n = x >= y < z", "n = x < y <= z", "n = x < y >= z"]),
        ("n = x and y and z", ["n = (x or y or z)"]),
        ("n = x or y", ["n = (x and y)"]),
        ("n = not x", ["n = x"]),
    ],
)
def test_comparisons_and_booleans(body, expected):
    assert changes(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("n = x if y else z", ["n = z if y else x"]),
        ("n = x if y is z else x", ["n = x if y is not z else x"]),
        ("if x: y = z", ["if not (x): y = z"]),
        ("if not x: y = z", ["if x: y = z"]),
        ("while x(): y = z", ["while not (x()): y = z"]),
    ],
)
def test_branches(body, expected):
    assert changes(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("n = f(x, y, z)", ["n = f(y, x, z)", "n = f(x, z, y)"]),
        ("n = f(x, x)", []),
        ("n = f(x, *y)", []),
        ("n = np.maximum(x, y)", ["n = np.minimum(x, y)"]),
        ("n = max(x, y)", ["n = min(x, y)"]),
        ("n = x.argmax()", ["n = x.argmin()"]),
        ("n = f(np.maximum)", ["n = f(np.minimum)"]),
        ("n = x.max", []),
        (
            "n = np.sum(x, axis=1, keepdims=True)",
            [
                "n = np.mean(x, axis=1, keepdims=True)",
                "n = np.sum(x, axis=0, keepdims=True)",
                "n = np.sum(x, axis=None, keepdims=True)",
                "n = np.sum(x, axis=2, keepdims=True)",
                "n = np.sum(x, axis=-1, keepdims=True)",
                "n = np.sum(x, axis=1, keepdims=False)",
            ],
        ),
        ("n = x.copy()", ["n = x"]),
        ("n = np.copy(x)", ["n = x"]),
        (
            "n = copy.deepcopy(x + y)",
            [
                "n = (x + y)",
                "n = copy.deepcopy(y)",
                "n = copy.deepcopy(x)",
                "n = copy.deepcopy(x - y)",
            ],
        ),
        ("n = dict(x)", ["n = x"]),
        ("n = np.array(x)", ["n = np.asarray(x)"]),
        ("n = np.array([x])", []),
        ("n = x.T", ["n = x"]),
        ("n = x.transpose(y, z)", ["n = x", "n = x.transpose(z, y)"]),
        ("n = np.transpose(x)", ["n = x"]),
    ],
)
def test_calls(body, expected):
    assert changes(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x, y, z", ["return y, x, z", "return x, z, y"]),
        ("return x", []),
        ("x.append(y)", ["pass"]),
        ("x[y] = z", ["pass"]),
        ("x = y", []),
    ],
)
def test_statements(body, expected):
    assert sorted(changes(body)) == sorted(expected)


def test_what_explains_or_declares_is_left_alone():
    assert changes('''"""Module: 1 + 1."""

import numpy as np

__all__ = ["f"]


@cache(size=3)
def f(x: Literal[3]) -> Literal[4]:
    """Return x + 1."""
    if x:
        raise ValueError(f"{x + 1} is " + "wrong", 3)
    y: Literal[5] = x
    return f"{y + 1}"


if __name__ == "__main__":
    f(3)
''') == ["if not (x):"]


SOURCE = '''"""Σ: two functions, with what can go wrong in replacing text."""

RATE = 0.5


def first(x, axis=0):
    """∂ 1 + 1."""
    é = x + (             # π (N, D)
        x.sum(
            axis=axis,    # a comment with ) and +
        )
        * 2
    ); y = -é
    return é, y


class Second:
    def method(self, x):
        self.x = f(lambda a: a, x if x else self)
        x[0] += (
            1
        )
        return ((x) + (x)) \\
            * 3
'''


def test_every_mutant_differs_from_all_others_in_one_place_and_keeps_the_lines():
    found = list(mutants(SOURCE))
    assert len(found) > 30
    assert len({mutant.source for mutant in found} | {SOURCE}) == len(found) + 1
    lines = SOURCE.split("\n")
    for mutant in found:
        tree = ast.parse(mutant.source)
        assert ast.get_docstring(tree) == ast.get_docstring(ast.parse(SOURCE))
        changed = mutant.source.split("\n")
        assert len(changed) == len(lines)
        different = [
            number
            for number, pair in enumerate(zip(lines, changed, strict=True), 1)
            if pair[0] != pair[1]
        ]
        assert different[0] >= mutant.line
        assert ast.dump(tree) != ast.dump(ast.parse(SOURCE))


def test_the_order_is_that_of_the_source_and_the_same_every_time():
    found = list(mutants(SOURCE))
    assert found == list(mutants(SOURCE))
    assert list(dict.fromkeys(mutant.symbol for mutant in found)) == ["RATE", "first", "Second"]
    assert [mutant.line for mutant in found] == sorted(mutant.line for mutant in found)


def test_only_the_named_symbols_are_changed():
    assert {mutant.symbol for mutant in mutants(SOURCE, {"RATE", "Second"})} == {"RATE", "Second"}
    assert [mutant for mutant in mutants(SOURCE) if mutant.symbol == "first"] == list(
        mutants(SOURCE, ["first"])
    )
    with pytest.raises(CourseError, match="no mutants of third: the module does not define it"):
        list(mutants(SOURCE, {"first", "third"}))


def test_a_mutant_that_would_not_compile_is_left_out():
    assert changes("x = {**y.copy()}") == ["x = {**y}"]
    assert changes("n = x is None") == ["n = x is not None"]
    assert changes("global n; n = x == 'a'") == ["global n; n = x != 'a'"]
    assert changes("n = 1 .real") == ["n = 2 .real", "n = -1 .real"]
