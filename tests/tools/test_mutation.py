"""The mutation run tells good tests from bad ones."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import mutation

ROOT = Path(__file__).parents[2]

MODULE = '''"""Two functions: the tests watch one of them, and half of the other."""


def watched(x):
    while x > 10:
        x -= 10
    return x + 1


def half_watched(x):
    return x * 1.0
'''
TESTS = """
from hypothesis import given, strategies as st
from reference.tiny import half_watched, watched


def test_watched():
    assert [watched(x) for x in (-1, 10, 11, 35)] == [0, 11, 2, 6]


@given(st.just(0.0))
def test_half_watched(x):
    assert half_watched(x) == x
"""


@pytest.fixture
def project(tmp_path):
    for folder in ("reference", "tests/reference", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "reference" / "__init__.py").write_text("")
    (tmp_path / "reference" / "tiny.py").write_text(MODULE)
    (tmp_path / "tests" / "reference" / "test_tiny.py").write_text(TESTS)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\nmarkers = ["slow: slow", "gpu: '
        'gpu"]\n'
        'pythonpath = ["."]\nconsider_namespace_packages = true\n'
    )
    return tmp_path


def run(*arguments):
    command = [sys.executable, str(ROOT / "tools" / "mutation.py"), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def excuse(project, changes):
    entries = [
        f'[[mutant]]\nmodule = "tiny"\nsymbol = "half_watched"\nchange = "{change}"\nreason = "zero is zero"\n'
        for change in changes
    ]
    (project / "reference" / "equivalent_mutants.toml").write_text("\n".join(entries))


def test_mutants_that_no_test_notices_are_listed_until_they_are_excused(project):
    first = run("--root", str(project), "--jobs", "2")
    assert first.returncode == 1, first.stderr
    page = (project / "docs" / "mutation.md").read_text()
    survivors = re.findall(r"\| `half_watched` \| `(.*?)` \| \*\*survives\*\* \|", page)
    assert "1.0 becomes 2.0: return x * 2.0" in survivors
    assert "`watched`" not in page
    assert "below 95%: tiny" in first.stderr

    excuse(project, survivors)
    cache = next((project / ".gradmark" / "mutation").glob("tiny-*.jsonl"))
    judged = cache.read_text()
    second = run("--root", str(project))
    assert second.returncode == 0, second.stderr
    assert cache.read_text() == judged  # nothing was judged twice
    page = (project / "docs" / "mutation.md").read_text()
    assert "survives" not in page
    assert "zero is zero" in page
    assert "100.0%" in page


def test_results_count_for_the_tests_that_they_were_found_with(project):
    target = mutation.Target(project, "tiny", project / "cache")
    before = target.digest()
    tests = project / "tests" / "reference" / "test_tiny.py"
    tests.write_text(TESTS + "\n\ndef test_wrong():\n    assert watched(1) == 1\n")
    assert target.digest() != before
    result = run("--root", str(project), "tiny")
    assert result.returncode == 1
    assert "tiny: the tests fail on the unmutated module" in result.stderr


def test_an_excuse_for_a_mutant_that_is_not_there_is_named(project):
    excuse(project, ["1.0 becomes 2.0: return x * 2.0"])
    assert mutation.wrong_entries(project) == []
    excuse(project, ["1.0 becomes 3.0: return x * 3.0"])
    assert mutation.wrong_entries(project) == [
        "equivalent_mutants.toml: tiny.half_watched has no mutant '1.0 becomes 3.0: return x * 3.0'"
    ]


def test_every_excused_mutant_of_the_reference_is_there():
    assert mutation.wrong_entries(ROOT) == []
