"""docs/promises.md names a test for every promise: each of them has to be there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = sorted(
    set(re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / "promises.md").read_text()))
)


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_the_test_that_holds_a_promise_exists(file, test):
    tree = ast.parse((ROOT / "tests" / file).read_text())
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_line_of_the_tables_names_a_test():
    rows = [
        line
        for line in (ROOT / "docs" / "promises.md").read_text().splitlines()
        if line.startswith("| ")
    ]
    promises = [row for row in rows if not row.startswith(("| promise", "| ---"))]
    assert len(promises) > 30
    assert not [row for row in promises if "::test_" not in row]
