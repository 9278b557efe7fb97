"""The fixtures of a check without a grader behind them: student code imported into pytest's own
process.

This is how most autograders run today, and the floor that `class_against_bare_pytest.py` measures
against. It isolates nothing, explains nothing and keeps no score.
"""

import importlib
import os
import sys
import tomllib
import zlib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
ASSIGNMENT = ROOT / "assignments" / os.environ["BARE_ASSIGNMENT"]
SETTINGS = tomllib.loads((ASSIGNMENT / "assignment.toml").read_text())
sys.path[:0] = [str(ROOT), os.environ["BARE_SUBMISSION"]]


class Direct:
    """What a check asks of its subject, answered by the modules themselves."""

    mutated = ()

    def __init__(self, prefix):
        self._prefix = prefix

    def __getattr__(self, name):
        stem = next(file[:-3] for file, symbols in SETTINGS["files"].items() if name in symbols)
        return getattr(importlib.import_module(self._prefix + stem), name)

    def attribute(self, owner, name):
        return getattr(owner, name)

    def write(self, owner, values):
        owner.update(values)


def pytest_configure(config):
    for marker in ("points", "hidden", "depends", "limits", "concept", "fresh", "gpu"):
        config.addinivalue_line("markers", marker)


def pytest_collection_modifyitems(items):
    for item in items:
        limits = item.get_closest_marker("limits")
        item.add_marker(
            pytest.mark.timeout((limits.kwargs if limits else SETTINGS["limits"])["seconds"])
        )


@pytest.fixture
def student():
    return Direct("")


@pytest.fixture
def reference():
    return Direct("reference.")


@pytest.fixture
def rng(request):
    return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))


@pytest.fixture
def calibration():
    import json

    path = ASSIGNMENT / "calibration.json"
    return json.loads(path.read_text()) if path.exists() else {}


@pytest.fixture
def award():
    return lambda share: None


@pytest.fixture
def plot():
    return lambda title, **series: None
