"""Submissions through the sandbox: what one check costs, and that the next one goes on."""

import tempfile
from pathlib import Path

import pytest

from grader.grading import open_grader
from grader.model import Verdict
from grader.submission import read_submission
from tests.grader.tiny_course import REFERENCE, make_course

CHECKS = """
import pytest


@pytest.mark.points(1)
@pytest.mark.limits(seconds=1)
def test_a_bad_thing(student):
    "The bad thing"
    assert student.Counter(1).value == 1


@pytest.mark.points(1)
def test_after_it(student):
    "What comes after"
    out, _ = student.scale_forward(2.0, 3.0)
    assert out == 6.0
"""


@pytest.fixture
def grade(tmp_path):
    def grade(source, checks=CHECKS):
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        assignment = make_course(folder, checks=checks)
        (folder / "ada").mkdir()
        (folder / "ada" / "tiny.py").write_text(source)
        with open_grader(assignment) as grader:
            return grader.grade(read_submission(folder / "ada", expected=assignment.files))

    return grade


BAD_THINGS = {
    "an endless loop": ("while True: pass", Verdict.TIMEOUT),
    "a sleep": ("import time; time.sleep(100)", Verdict.TIMEOUT),
    "too much memory": ("x = bytearray(8 << 30)", Verdict.MEMORY),
    "an exit": ("import os; os._exit(0)", Verdict.CRASHED),
    "a signal to itself": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        Verdict.CRASHED,
    ),
    "another file": ("open('/etc/passwd').read()", Verdict.FORBIDDEN),
    "a swallowed refusal": (
        "\n        try: open('/etc/shadow')\n        except OSError: pass",
        Verdict.FORBIDDEN,
    ),
    "the network": ("import socket; socket.create_connection(('127.0.0.1', 9))", Verdict.FORBIDDEN),
    "a program": ("import subprocess; subprocess.run(['true'])", Verdict.FORBIDDEN),
    "no end of itself": ("Counter(start)", Verdict.ERROR),
    "sys.exit": ("import sys; sys.exit()", Verdict.ERROR),
    "a stub": ("raise NotImplementedError", Verdict.MISSING),
}


@pytest.mark.parametrize("name", BAD_THINGS)
def test_one_checks_trouble_costs_that_check_alone(grade, name):
    code, verdict = BAD_THINGS[name]
    graded = grade(
        REFERENCE.replace(
            "        self.value = start", f"        {code}\n        self.value = start"
        )
    )
    assert [check.verdict for check in graded.checks] == [verdict, Verdict.PASSED]
    assert graded.checks[0].feedback.summary
    assert not graded.withheld
    assert graded.sandbox == "full"


def test_what_was_printed_is_kept_for_a_failed_check(grade):
    graded = grade(REFERENCE.replace("self.value = start", "print('value', start); self.value = 0"))
    assert "value 1" in graded.checks[0].cases[0].output


STATE = """
import pytest


@pytest.mark.points(1)
def test_first(student):
    "First"
    assert student.Counter(0).value == 1


@pytest.mark.points(1)
def test_second_in_the_same_worker(student):
    "Second"
    assert student.Counter(0).value == 2


@pytest.mark.points(1)
@pytest.mark.fresh
def test_in_a_worker_of_its_own(student):
    "Third"
    assert student.Counter(0).value == 1
"""


def test_a_fresh_check_finds_nothing_that_another_left(grade):
    counting = REFERENCE.replace("class Counter:", "made = []\n\n\nclass Counter:")
    counting = counting.replace("self.value = start", "made.append(1); self.value = len(made)")
    assert [check.verdict for check in grade(counting, STATE).checks] == [Verdict.PASSED] * 3


def test_random_generators_start_alike_in_every_run(grade):
    drawing = REFERENCE.replace(
        "self.value = start",
        "import random; print(random.random(), np.random.rand()); self.value = 0",
    )
    graded = grade(drawing, STATE)
    first, second, fresh = (check.cases[0].output for check in graded.checks)
    assert len({first, second, fresh}) == 3  # each check draws its own numbers …
    again = grade(drawing, STATE)
    # … and the same in every run
    assert [check.cases[0].output for check in again.checks] == [first, second, fresh]


PREDICTABLE = """
import numpy as np
import pytest


@pytest.mark.points(1)
@pytest.mark.hidden("")
def test_drawn(student, rng):
    "Drawn"
    assert np.array_equal(student.Counter(0).value, rng.normal(size=3))


@pytest.mark.points(1)
def test_drawn_in_public(student, rng):
    "Drawn in public"
    assert np.array_equal(student.Counter(0).value, rng.normal(size=3))
"""
GUESSES = {
    "numpy's seed": "np.random.get_state()[1][0]",
    "the whole state": "np.random.get_state()[1]",
    "Python's state": "__import__('random').getstate()[1][0]",
    "the seed and the name": "__import__('zlib').crc32(b'7 test_tiny.py::test_drawn')",
    "the seed": "7",
}


@pytest.mark.parametrize("name", GUESSES)
def test_the_input_of_a_hidden_check_cannot_be_foreseen(grade, name):
    draws = f"np.random.default_rng({GUESSES[name]}).normal(size=3)"
    foresees = REFERENCE.replace("self.value = start", f"self.value = {draws}")
    assert [check.verdict for check in grade(foresees, PREDICTABLE).checks] == [Verdict.FAILED] * 2


TWO_SORTS = """
import pytest


@pytest.mark.points(1)
def test_first(student):
    "First"
    assert student.Counter(0).value == 1


@pytest.mark.points(1)
@pytest.mark.hidden("")
def test_hidden(student):
    "Hidden"
    assert student.Counter(0).value == 1


@pytest.mark.points(1)
def test_last(student):
    "Last"
    assert student.Counter(0).value == 2


@pytest.mark.points(1)
@pytest.mark.hidden("")
def test_hidden_too(student):
    "Hidden, too"
    assert student.Counter(0).value == 2
"""


def test_public_and_hidden_checks_of_a_file_have_a_worker_each(grade):
    counting = REFERENCE.replace("class Counter:", "made = []\n\n\nclass Counter:")
    counting = counting.replace("self.value = start", "made.append(1); self.value = len(made)")
    assert [check.verdict for check in grade(counting, TWO_SORTS).checks] == [Verdict.PASSED] * 4


def test_a_worker_that_was_killed_over_a_hidden_check_is_replaced_by_one_for_hidden_checks(grade):
    """The second attempt may not make it one whose words reach the student."""
    killed = REFERENCE.replace(
        "self.value = start", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    graded = grade(killed, TWO_SORTS)
    assert [check.verdict for check in graded.checks] == [Verdict.CRASHED] * 4
    assert not graded.withheld


def test_a_gpu_check_without_a_gpu_is_withheld_and_no_zero(grade):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is one here")
    graded = grade(REFERENCE, CHECKS.replace("@pytest.mark.limits(seconds=1)", "@pytest.mark.gpu"))
    assert graded.withheld
    assert "CUDA" in graded.checks[0].cases[0].feedback.details
