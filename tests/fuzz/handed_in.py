"""Hands in broken and hostile submissions, end to end: python -m tests.fuzz.handed_in --minutes 60

Names, archives, notebooks, sources, returned values, printed texts and curves, made at random, go
through the real reading and the real grading, and everything that is drawn of the grade. Whatever
comes: there is a grade or one sentence, no exception leaves the grader, no grade is withheld, and
the grader's own process, beside those that it confines, needs little processor time and memory. A
seed and a number repeat an example.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.course import load_assignment
from grader.grading import open_grader
from grader.model import Grade, Level
from grader.report.pages import class_page, student_page
from grader.report.results import grades_csv, staff_json, student_json
from grader.report.terminal import check_report, class_table
from grader.report.text import view_text
from grader.report.view import staff_view, student_view
from grader.submission import ConfinedReader, Submission, find_submissions
from tests.fuzz.making import REFERENCE, Maker

CPU_SECONDS = 15.0  # of the grader's own process for one example
MEMORY = 1 << 30  # bytes that its peak may lie above where it began
# bytes that it may hold more at the end: what the C library keeps of the largest example
SLACK = 300 << 20

SETTINGS = """
title = "Fuzz"
seed = 3
[files]
"work.py" = ["f", "label", "losses", "op_forward", "op_backward", "Thing"]
[limits]
seconds = 1.0
memory = 256
output = 64
"""
CHECKS = '''
import numpy as np
import pytest

from grader.checks import assert_close, assert_learns, check_gradients


@pytest.mark.points(1)
def test_f(student, reference, rng):
    """f"""
    x = rng.normal(size=4)
    assert_close(student.f(x), reference.f(x), "f")


@pytest.mark.points(1)
def test_f_plainly(student, rng):
    """f, by a plain assert"""
    x = rng.normal(size=3)
    assert np.allclose(student.f(x), 2 * x)


@pytest.mark.points(1)
def test_label(student):
    """label"""
    assert student.label("x") == "label x"


@pytest.mark.points(1)
def test_losses(student, plot):
    """losses"""
    found = student.losses(5)
    plot("losses", yours=found)
    assert found[0] == 1.0


@pytest.mark.points(1)
def test_learns(student):
    """It learns"""
    assert_learns(
        lambda seed: student.losses(5), metric=lambda found: float(found[-1] < 0.5), threshold=0.5,
        history=lambda found: found,
    )


@pytest.mark.points(1)
@pytest.mark.hidden("The gradients.")
def test_op(student, reference, rng):
    """op"""
    check_gradients(student, reference, "op", rng.normal(size=(2, 3)), rng.normal(size=(3, 2)), rng=rng)


@pytest.mark.points(1)
def test_thing(student):
    """Thing"""
    thing = student.Thing(3)
    assert thing.value() == 3
    assert thing.state["start"] == 3
'''


class Grading:
    """A course, a reader and a grader, as a runner has them."""

    def __init__(self, place: Path) -> None:
        folder = place / "assignments" / "01-fuzz"
        for path, text in {
            folder / "assignment.toml": SETTINGS,
            folder / "checks" / "test_fuzz.py": CHECKS,
            place / "reference" / "work.py": REFERENCE,
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self._assignment = load_assignment(folder)
        self._open = ExitStack()
        self._grader = self._open.enter_context(
            open_grader(self._assignment, minimum=Level.PARTIAL)
        )
        self._reader = self._open.enter_context(ConfinedReader(seconds=5))

    def __enter__(self) -> Grading:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def of(self, path: Path) -> str:
        """Read, grade and draw what is there; what became of it. Raises AssertionError where the
        grader is at fault."""
        found = find_submissions(path, expected=self._assignment.files, reader=self._reader)
        outcomes = {self._graded(submission) for submission in found}
        return "graded" if "graded" in outcomes else "refused"

    def _graded(self, submission: Submission) -> str:
        grade = self._grader.grade(submission)
        self._drawn(grade)
        faults = [c.feedback.details[-2000:] for c in grade.checks if c.verdict == "grader_error"]
        assert not grade.withheld, f"the grade is withheld: {faults}"
        assert grade.max_points == 7
        for text in (submission.problem or "", *(note.text for note in grade.notes)):
            assert len(text) <= 600, f"no short sentence: {text[:100]!r}"
            assert "\n" not in text, f"more than a line: {text[:100]!r}"
        return "refused" if submission.problem else "graded"

    def _drawn(self, grade: Grade) -> None:
        made = [view_text(view) for view in (student_view(grade), staff_view(grade))]
        made += [
            student_page(grade, "Fuzz"),
            student_page(grade, "Fuzz", staff=True),
            class_page([grade], "Fuzz"),
        ]
        made += [student_json(grade).decode(), staff_json(grade).decode(), grades_csv([grade])]
        assert max(map(len, made)) < 20 << 20
        console = Console(file=io.StringIO(), width=80)
        console.print(check_report(student_view(grade), "Fuzz", 80))
        console.print(class_table([grade], Path("out")))


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def peak() -> int:
    """The most that it ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def campaign(
    examples: int | None,
    seed: int,
    minutes: float | None = None,
    tell: Callable[[str], object] = print,
    first: int = 0,
) -> dict[str, Any]:
    """So many examples, or for so long; counts of what became of them, and each fault with its
    example's number.
    """
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    worst, told = (0.0, -1), 0
    begun, number, warm = time.monotonic(), first, 0
    place = Path(tempfile.mkdtemp(prefix="gradmark-fuzz-"))
    try:
        with Grading(place / "course") as grading:
            (place / "warm").mkdir()
            (place / "warm" / "work.py").write_text(REFERENCE)
            assert grading.of(place / "warm") == "graded"
            warm = resident()
            high = peak()
            while (examples is None or number < first + examples) and (
                minutes is None or time.monotonic() - begun < 60 * minutes
            ):
                folder = place / str(number)
                kind = Maker(seed, number).make(folder)
                cpu = time.process_time()
                try:
                    outcome = grading.of(folder)
                except Exception as error:  # noqa: BLE001 - that is what is looked for
                    # nothing there that could be a submission
                    said = type(error).__name__ == "SubmissionError"
                    outcome = "refused" if said else "fault"
                    if not said:
                        faults.append(f"{seed}:{number} ({kind}): {traceback.format_exc(limit=-4)}")
                spent = time.process_time() - cpu
                worst = max(worst, (spent, number))
                if spent > CPU_SECONDS:
                    faults.append(f"{seed}:{number} ({kind}): {spent:.1f} s of processor time")
                if peak() - warm > MEMORY and peak() > high:
                    faults.append(
                        f"{seed}:{number} ({kind}): a peak of {(peak() - warm) >> 20} MiB"
                    )
                high = max(high, peak())
                outcomes[f"{kind}, {outcome}"] += 1
                for fault in faults[told:]:
                    tell(fault)
                told = len(faults)
                shutil.rmtree(folder, ignore_errors=True)
                number += 1
        gc.collect()
        held = resident() - warm
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return {
        "examples": number - first,
        "seed": seed,
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "outcomes": dict(sorted(outcomes.items())),
        "faults": faults,
        "worst_cpu_seconds": round(worst[0], 2),
        "peak_mib": (high - warm) >> 20,
        "held_mib": held >> 20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--examples", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first example")
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    options = parser.parse_args()
    minutes = options.minutes if options.minutes or options.examples else 1.0
    result = campaign(
        options.examples,
        options.seed,
        minutes,
        lambda fault: print(fault, flush=True),
        options.first,
    )
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    sys.exit(bool(result["faults"]) or result["held_mib"] << 20 > SLACK)


if __name__ == "__main__":
    main()
