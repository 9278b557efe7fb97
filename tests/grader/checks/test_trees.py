"""Arguments as trees of arrays."""

import numpy as np
import pytest

from grader.checks import trees

TREE = {"w": np.array([1.0, 2.0]), "layers": [np.array([[3.0]]), (np.array([4]), "text")], "n": 5}


def test_only_float64_arrays_are_there_to_differentiate():
    assert [path for path, _ in trees.float_arrays(TREE)] == [("w",), ("layers", 0)]
    assert trees.has_floats(TREE)
    assert not trees.has_floats({"n": 5, "i": np.array([1]), "half": np.zeros(2, np.float32)})


def test_every_array_is_copied_and_floats_become_float64():
    given = {"a": np.zeros(2, np.float32), "i": np.arange(3), "rest": ("x", None, 2.5)}
    made = trees.float64(given)
    assert (made["a"].dtype, made["i"].dtype) == (np.float64, given["i"].dtype)
    assert made["rest"] == given["rest"]
    made["i"][0] = 9
    assert given["i"][0] == 0


@pytest.mark.parametrize("path", [("w",), ("layers", 0), ("layers", 1, 0)])
def test_one_branch_is_replaced_and_the_others_are_shared(path):
    new = np.array([9.0])
    made = trees.replaced(TREE, path, new)
    assert trees.follow(made, path) is new
    assert type(trees.follow(made, path[:-1])) is type(trees.follow(TREE, path[:-1]))
    assert made["n"] == 5
    untouched = "layers" if path[0] == "w" else "w"
    assert made[untouched] is TREE[untouched]
    assert trees.follow(TREE, path) is not new


def test_the_empty_path_is_the_tree_itself():
    assert trees.replaced(TREE, (), 3) == 3
    assert trees.follow(TREE, ()) is TREE


@pytest.mark.parametrize(
    ("one", "two", "equal"),
    [
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1.0]), np.array([1.0 + 1e-16]), True),
        (np.array([1.0]), np.array([1.0 + 1e-15]), False),
        (np.zeros(2), np.zeros((2, 1)), False),
        ({"a": [np.ones(1)]}, {"a": [np.ones(1)]}, True),
        ({"a": np.ones(1)}, {"b": np.ones(1)}, False),
        ([np.ones(1)], [np.ones(1), np.ones(1)], False),
        ("left", "right", True),
    ],
)
def test_same_is_equal_to_the_last_bit(one, two, equal):
    assert trees.same(one, two) is equal


@pytest.mark.parametrize(
    ("factor", "equal"), [(1 + 1e-12, True), (1 + 1e-6, False), (np.nan, False)]
)
def test_alike_is_equal_up_to_rounding(factor, equal):
    one = [np.array([1.0, 1e-30, 1e3])]
    assert trees.alike(one, [one[0] * factor]) is equal


def test_a_path_as_python_writes_it():
    assert trees.suffix(("params", 0, "W")) == "['params'][0]['W']"
