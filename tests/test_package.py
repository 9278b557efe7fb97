"""What students install: the grader, and nothing of a solution."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("gradmark-*.whl")))


def test_the_wheel_holds_the_grader_alone(wheel):
    folders = {name.partition("/")[0] for name in wheel.namelist()}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"grader"}


@pytest.mark.parametrize("name", ["grader/checks.ini", "grader/py.typed", "grader/report/templates/student.html.j2"])
def test_the_wheel_holds_the_data_that_the_grader_reads(wheel, name):
    assert name in wheel.namelist()
