import os
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from grader.model import Level
from grader.sandbox import packages, places
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.wire import Call


def test_what_an_allowed_package_needs_is_allowed_as_well():
    names = packages.usable(["torch"])
    assert {"torch", "sympy", "mpmath", "jinja2", "matplotlib", "PIL", "numpy"} <= names
    assert not {"sklearn", "scipy", "pytest"} & names
    assert "torch" not in packages.usable(["numpy"])


def test_a_hole_is_cut_out_of_a_tree(tmp_path):
    for name in (
        "lib/site/numpy/core.py",
        "lib/site/torch/secret.py",
        "lib/site/one.py",
        "lib/json.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "lib64").symlink_to("lib")
    lib = os.path.realpath(tmp_path / "lib")
    remaining, listed = places.cut_out(
        [f"{lib}", str(tmp_path / "lib64"), "/dev/null"], [f"{lib}/site/torch"]
    )
    assert sorted(remaining) == [
        "/dev/null",
        f"{lib}/json.py",
        f"{lib}/site/numpy",
        f"{lib}/site/one.py",
    ]
    assert sorted(listed) == [lib, f"{lib}/site"]
    assert places.cut_out([lib], []) == ([lib], [])


def put(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("answer = 42\n")


def readable_after_the_cut(root, search_path, trees, allowed=("numpy",)):
    holes = packages.forbidden_paths(map(str, search_path), map(str, trees), allowed)
    remaining, _ = places.cut_out(map(str, trees), holes)
    inside = tuple(os.path.join(os.path.realpath(tree), "") for tree in remaining) + tuple(
        remaining
    )
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and f"{path}".startswith(inside)
    }


def test_other_packages_are_cut_out_of_every_kind_of_tree(tmp_path, monkeypatch):
    """Where the path is known, a package can be imported from any tree that may be read."""
    put(
        tmp_path,
        "venv/lib/python3.11/site-packages/numpy/core.py",
        "venv/lib/python3.11/site-packages/numpy.libs/blas.so",
        "venv/lib/python3.11/site-packages/scipy/special.py",
        "venv/lib/python3.11/site-packages/without_metadata.py",
        "venv/lib/python3.11/site-packages/compiled.cpython-311-x86_64-linux-gnu.so",
        "venv/lib/python3.11/site-packages/scipy-1.0-py3.11.egg/scipy/special.py",
        "base/lib/python3.11/site-packages/scipy/special.py",
        "base/lib/python3.11/json.py",
        "base/lib/extra/scipy/special.py",
        "usr/lib/python3/dist-packages/scipy/special.py",
        "usr/lib/x86_64/libm.so",
        "usr/lib/deep/down/python3.9/site-packages/scipy/special.py",
        "usr/local/lib/python3.11/dist-packages/scipy/special.py",
        "home/.local/lib/python3.11/site-packages/scipy/special.py",
        "added/scipy/special.py",
        "added/numpy_too/x.txt",
    )
    put(tmp_path, "usr/lib/named_by_pth/scipy.py")
    base = tmp_path / "base/lib/python3.11/site-packages"
    lines = [
        "# a comment",
        "import os",
        f"{tmp_path}/base/lib/extra",
        "../../../../usr/lib/named_by_pth",
    ]
    (base / "extra.pth").write_text("\n".join(lines))
    site = tmp_path / "venv/lib/python3.11/site-packages"
    for name, member in (
        ("scipy-2.0-py3.11.egg", "scipy/__init__.py"),
        ("numpy-2.0-py3.11.egg", "numpy/__init__.py"),
    ):
        folder = site if name.startswith("numpy") else tmp_path / "venv/lib"
        with zipfile.ZipFile(folder / name, "w") as egg:
            egg.writestr(member, "answer = 42")
    monkeypatch.setattr(
        "site.getusersitepackages",
        lambda: str(tmp_path / "home/.local/lib/python3.11/site-packages"),
    )
    trees = [
        tmp_path / name
        for name in ("venv/lib", "base/lib", "usr/lib", "usr/local/lib", "home", "added")
    ]
    search_path = [site, tmp_path / "venv/lib/scipy-2.0-py3.11.egg", tmp_path / "added"]
    assert readable_after_the_cut(tmp_path, search_path, trees) == {
        "venv/lib/python3.11/site-packages/numpy/core.py",
        "venv/lib/python3.11/site-packages/numpy.libs/blas.so",
        "venv/lib/python3.11/site-packages/numpy-2.0-py3.11.egg",
        "base/lib/python3.11/json.py",
        "usr/lib/x86_64/libm.so",
    }


def test_the_standard_library_stays_whole():
    libraries = places.libraries(["numpy"])
    trees = places.readable(libraries)
    cut = packages.forbidden_paths(libraries, trees, packages.usable(["numpy"]))
    standard = sysconfig.get_path("stdlib")
    inside = [path for path in cut if path.startswith(standard) and "-packages" not in path]
    assert inside == []
    assert not [
        path
        for path in cut
        if os.path.basename(path) in ("numpy", "numpy.libs", "matplotlib", "PIL")
    ]


def test_packages_of_the_interpreter_below_cannot_be_imported_by_their_path():
    """A virtual environment is made from an interpreter that may have packages of its own, scipy
    for example.
    """
    folders = [
        path for path in BELOW if os.path.isdir(path) and path not in sys.path and os.listdir(path)
    ]
    if not folders:
        pytest.skip("the interpreter below this environment has no packages")
    source = """
import importlib.machinery, os, sys
def look(folder, name, file):
    sys.meta_path[:] = [importlib.machinery.BuiltinImporter, importlib.machinery.PathFinder]
    sys.path.insert(0, folder)
    found = []
    for attempt in (lambda: __import__(name).__file__, lambda: open(file, "rb").read(1)):
        try:
            found.append(attempt())
        except (ImportError, OSError):
            pass
    return found
"""
    with Sandbox(Level.PLAIN, imports=["numpy"]) as sandbox:
        if sandbox.level is not Level.FULL:
            pytest.skip(f"this machine reaches the level {sandbox.level}")
        for folder in folders:
            file = next(
                path
                for path in sorted(Path(folder).glob("*/__init__.py"))
                if path.parent.name.isidentifier()
            )
            args = (folder, file.parent.name, str(file))
            worker = sandbox.start({"student.py": source.encode()}, memory=512, output=64)
            (answer,) = worker.request(
                [Call("call", "student", name="look", args=args)], seconds=20, wall=60
            )
            assert answer.value == [], args


BELOW = [
    os.path.join(
        sys.base_prefix,
        "lib",
        f"python{sys.version_info[0]}.{sys.version_info[1]}",
        "site-packages",
    ),
    "/usr/lib/python3/dist-packages",
]

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
