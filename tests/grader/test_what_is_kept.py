"""What one grading keeps of what a submission has answered: counted right, and bounded as a
whole.
"""

import gc
import tracemalloc

import numpy as np
import pytest

from grader.grading import plugin as plugin_module
from grader.grading.fixtures import Plot
from grader.model import Level, Limits, Verdict
from grader.sandbox import wire
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.transport import UnwritableFiles
from grader.sandbox.wire import Answer, Handle
from grader.subject import Session, Student
from grader.subject.transcript import size
from grader.submission import read_submission
from tests.grader.grading.test_plugin import check
from tests.grader.tiny_course import REFERENCE, make_course, result, run


@pytest.mark.parametrize(
    "make",
    [
        lambda: bytes(1_000_000),
        lambda: "x" * 1_000_000,
        lambda: "\u6570" * 300_000,
        lambda: [float(n) for n in range(50_000)],
        lambda: [str(n) for n in range(30_000)],
        lambda: {str(n): n + 1000 for n in range(20_000)},
        lambda: [[] for _ in range(30_000)],
        lambda: [(n,) for n in range(30_000)],
        lambda: [np.zeros(100) for _ in range(2000)],
        lambda: [np.zeros(0) for _ in range(10_000)],
        lambda: np.zeros(200_000),
        lambda: 1 << 8_000_000,
        lambda: [np.float64(n) for n in range(30_000)],
    ],
    ids=[
        "bytes",
        "text",
        "wide",
        "floats",
        "texts",
        "dict",
        "lists",
        "tuples",
        "arrays",
        "zero",
        "one",
        "int",
        "np",
    ],
)
def test_a_value_is_counted_as_what_it_takes(make):
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        value = make()
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.8 * taken < size(value) < 5 * taken


def test_tensors_are_counted():
    torch = pytest.importorskip("torch")
    assert size(torch.zeros(1000, dtype=torch.float64)) > 8000


TWO_CHECKS = check("assert student.scale_forward(1.0, 1.0)[0] is None") + check(
    "assert student.scale_forward(1.0, 1.0)[0] is None", name="test_y"
).replace("import pytest\n", "")
LARGE = REFERENCE.replace("return x * factor, (x, factor)", "return np.zeros(1 << 17), 0")


@pytest.mark.parametrize(("budget", "clues"), [(1 << 30, 2), (3 << 19, 1), (1 << 19, 0)])
def test_all_clues_together_have_one_budget(tmp_path, monkeypatch, budget, clues):
    """A check whose clue is beyond it loses its diagnosis; its words stay."""
    monkeypatch.setattr(plugin_module, "MAX_CLUE_BYTES", budget)
    ran = run(make_course(tmp_path, checks=TWO_CHECKS), LARGE)
    assert len(ran.ledger.clues) == clues
    for name in ("test_x", "test_y"):
        assert result(ran, name).verdict is Verdict.FAILED
        assert result(ran, name).feedback.summary


class Claims:
    """A transport that answers whatever it is told to."""

    def __init__(self, *answers):
        self.answers = answers

    def request(self, calls, **_):
        return (
            list(self.answers[: len(calls)])
            if calls[0].op == "call"
            else [Answer(None)] * len(calls)
        )

    def cpu_seconds(self):
        return 0.0

    def output(self):
        return ""

    def close(self):
        pass


def subject(*answers):
    made = Session(lambda _: Claims(*answers), lambda _: "tiny")
    made.begin(0, Limits(), hidden=False)
    return made


def test_attempts_that_are_claimed_are_few():
    """Every answer of a batch may claim 64; held against each other they would take hours."""
    answers = [
        Answer(1, attempts=tuple(f"{n}-{k}" for k in range(64)), during_import=True)
        for n in range(5000)
    ]
    student = subject(*answers)
    Student(student).batch("f", [()] * 5000)
    assert len(student.attempts) == wire.MAX_ATTEMPTS
    assert len(student._import_attempts) == wire.MAX_ATTEMPTS


def test_the_ways_to_objects_are_short():
    """A key of a megabyte in the name of each of many objects would be gigabytes."""
    value = [Handle(n, "Thing") for n in range(1000)]
    for _ in range(20):
        value = {"k" * (1 << 20): value}
    student = subject(Answer(value))
    Student(student).f()
    assert max(map(len, student._names.values())) < 500


def test_a_key_that_has_no_text_is_no_obstacle():
    student = subject(Answer({2**16_000: [Handle(1, "Thing")], (2**16_000,): Handle(2, "Thing")}))
    assert len(Student(student).f()) == 2


def test_a_curve_is_cut_before_it_is_converted():
    plot = Plot()
    gc.collect()
    tracemalloc.start()
    try:
        plot("losses", array=np.zeros(20_000_000, np.uint8), list=[1.0] * 400_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 << 20
    assert {len(curve) for curve in plot.figures[0].series.values()} == {10_000}


# ---- names that cannot be written ----------------------------------------------------------------

UNWRITABLE = {
    "too long": "\u6570" * 100 + ".txt",
    "half a pair": "\ud800.txt",
    "null": "a\0b.txt",
    "a folder too": "tiny.py/x.txt",
}


@pytest.mark.parametrize("name", UNWRITABLE.values(), ids=UNWRITABLE)
def test_a_name_that_cannot_be_written_is_the_students(name):
    with Sandbox(Level.PLAIN, private=[]) as sandbox:
        with pytest.raises(
            UnwritableFiles, match="is not possible on this machine: rename the file"
        ) as fault:
            sandbox.start({"tiny.py": b"", name: b"x"}, memory=64, output=1)
        assert len(str(fault.value)) < 150
        assert str(fault.value).isprintable()
        # what was begun has left nothing behind
        sandbox.start({"tiny.py": b""}, memory=64, output=1)


def test_such_a_submission_is_graded(tmp_path):
    """Whatever intake lets through that this machine cannot write is no fault of the grader's."""
    from dataclasses import replace

    from grader.grading import open_grader

    assignment = make_course(tmp_path / "course")
    (tmp_path / "tiny.py").write_text(REFERENCE)
    submission = read_submission(tmp_path / "tiny.py", expected=assignment.files)
    submission = replace(submission, files={**submission.files, UNWRITABLE["too long"]: b"x"})
    with open_grader(assignment, minimum=Level.PLAIN, at_most=Level.PLAIN) as grader:
        grade = grader.grade(submission)
    assert not grade.withheld
    assert {found.verdict for found in grade.checks} <= {Verdict.MISSING, Verdict.SKIPPED}
    assert "is not possible on this machine" in grade.checks[0].feedback.summary
