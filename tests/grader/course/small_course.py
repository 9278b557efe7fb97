"""A course of three assignments, of which only the names matter."""

import json

import pytest

from grader.course import Course
from grader.errors import CourseError

TOML = """
title = "Layers and losses"
seed = 4
imports = ["numpy"]
[files]
{files}
"""
FILES = {"layers.py": ["affine_forward", "relu_forward"], "losses.py": ["mse_loss"]}


def write(path, text):
    """Write a file, and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def add(root, name, files=FILES, *, reference=True):
    """Write an assignment and its reference."""
    folder = root / "assignments" / name
    lines = "\n".join(f'"{file}" = {json.dumps(symbols)}' for file, symbols in files.items())
    write(folder / "assignment.toml", TOML.format(files=lines))
    write(folder / "checks" / "test_all.py", "def test_one(): pass\n")
    for file, symbols in files.items() if reference else ():
        write(root / "reference" / file, "\n".join(f"def {symbol}(): pass" for symbol in symbols))
    return folder


def three_assignments(root):
    """A course of three."""
    add(root, "04-layers-and-losses")
    add(root, "05-optimizers", {"optim.py": ["sgd", "adam"]})
    add(root, "07-normalization", {"normalization.py": ["batchnorm_forward"]})
    return Course(root)


def refusal(call, *args):
    """The one line of the CourseError that the call raises."""
    with pytest.raises(CourseError) as caught:
        call(*args)
    assert "\n" not in str(caught.value)
    return str(caught.value)
