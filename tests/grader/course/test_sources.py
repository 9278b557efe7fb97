import ast

import pytest

from grader.course import sources
from grader.errors import CourseError

REFERENCE = '''"""Two functions and a class."""

import numpy as np

from .layers import affine_forward

SCALE = 2


def _helper(x):
    return x


def double(x):
    """Twice x.

    return x * 2 stands here too.
    """
    return x * 2


class Model:
    """A model."""

    def __init__(self, sizes):
        """Draw the parameters."""
        self.sizes = sizes

    def loss(self, X, y):
        """The loss."""
        return X - y

    def _secret(self):
        return 42
'''


def test_a_submission_imports_its_siblings_flat():
    assert "from layers import affine_forward" in sources.as_submission(REFERENCE)
    assert "from .layers" not in sources.as_submission(REFERENCE)


def test_an_edit_changes_the_body_and_not_the_docstring():
    text = sources.edited(REFERENCE, "double", "return x * 2", "return x * 3")
    assert "return x * 2 stands here too" in text
    assert "    return x * 3\n" in text


def test_an_edit_reaches_into_a_method():
    assert "return X + y" in sources.edited(REFERENCE, "Model.loss", "X - y", "X + y")


@pytest.mark.parametrize(
    "body",
    [
        "return scale(x, by=2)",
        "return scale(\n        x,\n        by=2,\n    )",
        "return scale( x , by = 2 )",
    ],
)
def test_an_edit_does_not_depend_on_how_the_source_is_formatted(body):
    text = sources.edited(f"def double(x):\n    {body}\n", "double", "scale(x, by=2)", "x * 3")
    assert text == "def double(x):\n    return x * 3\n"


def test_an_edit_keeps_words_apart():
    with pytest.raises(CourseError, match="occurs 0 times"):
        sources.edited("def f(x):\n    return notx\n", "f", "not x", "x")


@pytest.mark.parametrize("old", ["return x * 9", "return"])
def test_an_edit_that_does_not_occur_once_is_refused(old):
    symbol = "double" if old != "return" else "Model"
    with pytest.raises(CourseError, match="must occur once"):
        sources.edited(REFERENCE, symbol, old, "")


def test_an_unknown_symbol_is_named():
    with pytest.raises(CourseError, match=r"Model\.train"):
        sources.edited(REFERENCE, "Model.train", "x", "y")


def test_a_definition_is_replaced_whole():
    text = sources.replaced(REFERENCE, "double", "def double(x):\n    return x + x\n")
    assert "stands here too" not in text
    assert ast.parse(text)
    assert "class Model" in text


def test_the_starter_keeps_signatures_and_docstrings_and_nothing_of_the_solution():
    text = sources.starter(REFERENCE, ["double", "Model"])
    ast.parse(text)
    for kept in (
        "def double(x):",
        "Twice x.",
        "class Model:",
        "def loss(self, X, y):",
        "from layers import",
        "def __init__",
    ):
        assert kept in text
    for gone in ("x * 2\n", "_helper", "_secret", "SCALE", "X - y", "42", "self.sizes = sizes"):
        assert gone not in text


def test_every_stub_raises_not_implemented():
    namespace = {}
    text = sources.starter(
        REFERENCE.replace("from .layers import affine_forward\n", ""), ["double", "Model"]
    )
    exec(compile(text, "starter", "exec"), namespace)
    with pytest.raises(NotImplementedError):
        namespace["double"](1)
    with pytest.raises(NotImplementedError):
        namespace["Model"]([1, 2])


def test_symbols_outside_the_assignment_are_left_out():
    assert "class Model" not in sources.starter(REFERENCE, ["double"])
