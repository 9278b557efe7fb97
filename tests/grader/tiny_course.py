"""A course with one small assignment, and ways to grade a source text on it: in process, or through
the sandbox.
"""

import textwrap
from contextlib import ExitStack
from pathlib import Path

from grader.course import load_assignment
from grader.grading.checks import run_checks
from grader.grading.ledger import results
from grader.grading.plugin import GradingPlugin
from grader.subject.in_process import in_process

REFERENCE = '''
import numpy as np


def scale_forward(x, factor):
    """Multiply x by a number."""
    return x * factor, (x, factor)


def scale_backward(dout, cache):
    """Its gradients."""
    x, factor = cache
    dx = dout * factor
    dfactor = (dout * x).sum()
    return dx, np.asarray(dfactor)


class Counter:
    """Counts."""

    def __init__(self, start):
        self.value = start

    def add(self, n):
        """Add n."""
        self.value += n
        return self.value
'''

CHECKS = '''
import numpy as np
import pytest


@pytest.mark.points(4)
@pytest.mark.parametrize("n", [2, 3])
def test_forward(student, reference, rng, n):
    """Scale: the output"""
    x = rng.normal(size=n)
    out, _ = student.scale_forward(x, 3.0)
    assert np.allclose(out, reference.scale_forward(x, 3.0)[0]), "the output is not x times factor"


@pytest.mark.points(4)
@pytest.mark.hidden("Sum over all elements.")
@pytest.mark.depends("test_forward")
def test_backward(student, rng):
    """Scale: the gradients"""
    x, dout = rng.normal(size=5), rng.normal(size=5)
    _, cache = student.scale_forward(x, 3.0)
    dx, dfactor = student.scale_backward(dout, cache)
    assert np.allclose(dx, 3 * dout)
    assert np.allclose(dfactor, dout @ x)


@pytest.mark.points(2)
def test_counter(student):
    """Counter: counts"""
    counter = student.Counter(2)
    assert counter.add(3) == 5
    assert counter.value == 5
'''

SETTINGS = """
title = "Tiny"
seed = 7
[files]
"tiny.py" = ["scale_forward", "scale_backward", "Counter"]
[limits]
seconds = 2
"""

MISTAKES = """
from grader.feedback import mistake

MISTAKES = [
    mistake("scale_backward", "mean in place of sum", "dfactor is a mean; it must be a sum.", (".sum()", ".mean()")),
    mistake("scale_backward", "forgets the factor", "dx lacks the factor.", ("dx = dout * factor", "dx = dout + 0")),
    mistake("scale_forward", "adds the factor", "The output adds the factor.", ("x * factor, (", "x + factor, (")),
]
"""


def make_course(
    root: Path,
    *,
    checks: str = CHECKS,
    settings: str = SETTINGS,
    mistakes: str = MISTAKES,
    reference: str = REFERENCE,
):
    """Write the course below `root`; the loaded assignment."""
    folder = root / "assignments" / "01-tiny"
    (folder / "checks").mkdir(parents=True)
    (root / "reference").mkdir()
    (root / "reference" / "tiny.py").write_text(reference)
    (folder / "assignment.toml").write_text(settings)
    (folder / "README.md").write_text("# Tiny\n")
    (folder / "checks" / "test_tiny.py").write_text(textwrap.dedent(checks))
    (folder / "mistakes.py").write_text(mistakes)
    return load_assignment(folder)


def run(assignment, source: str = REFERENCE, **options) -> GradingPlugin:
    """The plugin after one run over `source`, in process."""
    subjects = [
        in_process({"tiny.py": text.encode()}, assignment.files)
        for text in (source, REFERENCE, REFERENCE)
    ]
    plugin = GradingPlugin(assignment, *subjects, **options)
    with ExitStack() as stack:
        for subject in subjects:
            stack.callback(subject.close)
        run_checks(assignment, plugin)
    return plugin


def result(plugin: GradingPlugin, function: str):
    """The CheckResult of one check function."""
    return next(r for r in results(plugin.ledger) if r.id.endswith(f"::{function}"))
