import os

import pytest

from grader.model import Level
from grader.sandbox import packages, places
from grader.sandbox.client import Sandbox
from grader.sandbox.wire import Call


def test_what_an_allowed_package_needs_is_allowed_as_well():
    names = packages.usable(["torch"])
    assert {"torch", "sympy", "mpmath", "jinja2", "matplotlib", "PIL", "numpy"} <= names
    assert not {"sklearn", "scipy", "pytest"} & names
    assert "torch" not in packages.usable(["numpy"])


def test_a_hole_is_cut_out_of_a_tree(tmp_path):
    for name in ("lib/site/numpy/core.py", "lib/site/torch/secret.py", "lib/site/one.py", "lib/json.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "lib64").symlink_to("lib")
    lib = os.path.realpath(tmp_path / "lib")
    remaining, listed = places.cut_out([f"{lib}", str(tmp_path / "lib64"), "/dev/null"], [f"{lib}/site/torch"])
    assert sorted(remaining) == ["/dev/null", f"{lib}/json.py", f"{lib}/site/numpy", f"{lib}/site/one.py"]
    assert sorted(listed) == [lib, f"{lib}/site"]
    assert places.cut_out([lib], []) == ([lib], [])


IMPORTS = """
import importlib, sys

def plain():
    import torch

def by_name():
    importlib.import_module("tor" + "ch")

def without_finder():
    sys.meta_path.pop(0)
    importlib.import_module("torch")

def allowed():
    import matplotlib.colors, numpy.linalg, json
    return True

def executed():
    exec("import torch")
"""


def outcome(level, function):
    with Sandbox(Level.PLAIN, at_most=level, imports=["numpy"]) as sandbox:
        if sandbox.level < level:
            pytest.skip(f"this machine reaches the level {sandbox.level}")
        worker = sandbox.start({"student.py": IMPORTS.encode()}, memory=512, output=64)
        (answer,) = worker.request([Call("call", "student", name=function)], seconds=20, wall=60)
        return answer


@pytest.mark.parametrize("level", [Level.PLAIN, Level.FULL], ids=str)
@pytest.mark.parametrize("function", ["plain", "by_name", "executed"])
def test_a_package_that_is_not_allowed_is_refused_and_the_attempt_noted(level, function):
    answer = outcome(level, function)
    assert answer.raised.kind == "ImportError"
    assert answer.raised.message == "this assignment does not allow torch"
    assert answer.attempts == ("import torch, which this assignment does not allow",)


def test_who_takes_the_finder_away_cannot_read_the_package():
    answer = outcome(Level.FULL, "without_finder")
    assert answer.raised.refused
    assert "Permission denied" in answer.raised.message


@pytest.mark.parametrize("level", [Level.PLAIN, Level.FULL], ids=str)
def test_plots_and_the_allowed_packages_can_be_imported(level):
    answer = outcome(level, "allowed")
    assert answer.raised is None
    assert answer.value is True
    assert answer.attempts == ()
