"""Every check of every assignment, ended in every way in which a check can end, and carried through
to the last file.

A stand-in answers in the student's place (`stand_ins`); all that follows is the real thing: the
command, the checks, the gradebook, the pages, the tables, and a second run that takes the grades as
they are. Validation cannot find what fails here, because it keeps no grade.

In CI every check ends in one way, another one for its neighbour, and every training run misses its
threshold. All ways for all checks: pytest tests/grader/test_every_outcome.py -m slow
"""

import csv
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from threadpoolctl import threadpool_limits

from grader.cli import main
from grader.course import load_assignment
from grader.gradebook import Gradebook
from grader.grading import batch
from grader.grading.replay import read_result
from grader.model import Grade, Verdict
from tests.grader.stand_ins import WAYS, Bench

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "assignments").glob("*/assignment.toml"))
# the reference alone takes half of what CI has for all of this
SLOW_TO_TRAIN = {"11-deep-training"}
GRADER_ERROR = 3

pytestmark = pytest.mark.timeout(1800)
every_assignment = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.fixture
def bench(folder):
    with (
        Bench(load_assignment(folder)) as opened,
        threadpool_limits(1),
    ):  # as in a runner: threads only wait here
        yield opened


class Class:
    """A class of stand-ins: student -> check -> the way in which it ends there."""

    def __init__(self, bench, root, monkeypatch, students):
        self.bench, self.root, self.students = bench, root, students
        self.graded = []  # names, in the order in which a runner would have had them
        self.grades = {}
        file = next(iter(bench.assignment.files))
        for student in students:
            (root / "class" / student).mkdir(parents=True)
            (root / "class" / student / file).write_text(f"# {student}\n")
        monkeypatch.setattr(batch, "grade_class", self._grade_class)

    def _grade_class(self, _folder, submissions, _options, on_start, **_):
        for submission in submissions:
            on_start(submission.student)
            self.graded.append(submission.student)
            grade = self.bench.grade(submission, self.students[submission.student])
            self.grades[submission.student] = grade
            yield grade

    def command(self, *options):
        """`grade class/`, as a person would type it."""
        self.graded.clear()
        words = ["run", self.root / "class", "-a", self.bench.assignment.name, "--course", ROOT]
        words += ["-o", self.root / "graded", "--gradebook", self.root / "book.sqlite", *options]
        done = CliRunner().invoke(main, [str(word) for word in words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.output
        return done

    def kept(self):
        with Gradebook(self.root / "book.sqlite") as book:
            return book.latest(self.bench.assignment.name)

    def must_hold(self):
        """Every grade is stored, drawn and written, whatever is in it, and a second run finds it as
        it was.
        """
        withheld = {name for name, ways in self.students.items() if "unlucky" in ways.values()}
        done = self.command()
        assert done.exit_code == (GRADER_ERROR if withheld else 0), done.output
        assert self.kept() == self.grades
        self.files_hold(withheld)
        assert msgspec.json.decode(
            msgspec.json.encode(list(self.grades.values())), type=list[Grade]
        ) == [*self.grades.values()]
        before = dict(self.grades)
        again = self.command("--json")
        assert set(self.graded) == withheld, "only who was withheld is graded again"
        assert {**self.kept(), **dict.fromkeys(withheld)} == {**before, **dict.fromkeys(withheld)}
        told = {one["extra_data"]["student"]: one for one in json.loads(again.stdout)}
        assert {name for name, one in told.items() if one["extra_data"]["withheld"]} == withheld
        assert {name: one["score"] for name, one in told.items()} == {
            n: g.points for n, g in before.items()
        }

    def files_hold(self, withheld):
        graded = self.root / "graded"
        rows = {
            row["student"]: row
            for row in csv.DictReader((graded / "grades.csv").read_text().splitlines())
        }
        page = (graded / "index.html").read_text()
        assert rows.keys() == self.students.keys()
        for student, grade in self.grades.items():
            assert read_result(graded / "staff" / f"{student}.json") == grade
            assert (
                json.loads((graded / "results" / f"{student}.json").read_text())["score"]
                == grade.points
            )
            assert f'href="staff/{student}.html"' in page
            assert (rows[student]["withheld"], rows[student]["points"]) == (
                ("yes", "") if student in withheld else ("no", f"{grade.points:g}")
            )
            assert bool(rows[student]["reason"]) == (student in withheld)
            figures = [f for check in grade.checks for case in check.cases for f in case.figures]
            assert (graded / "staff" / f"{student}.html").read_text().count("<svg") == len(figures)
            assert (graded / "results" / f"{student}.html").exists()


@every_assignment
def test_one_way_for_each_check(bench, tmp_path, monkeypatch, folder):
    if folder.name in SLOW_TO_TRAIN:
        pytest.skip("takes too long for CI; it is in the whole suite")
    order = sorted(WAYS.keys() - {"right", "unlucky"})
    mixed = {
        check: "weak" if mark.calibrated else order[number % len(order)]
        for number, (check, mark) in enumerate(bench.marks.items())
    }
    whole = {way: dict.fromkeys(bench.marks, way) for way in ("right", "unlucky")}
    students = Class(bench, tmp_path, monkeypatch, {"mixed": mixed, **whole})
    students.must_hold()
    assert students.grades["right"].points == students.grades["right"].max_points
    for student, ways in students.students.items():
        judged(students.grades[student], ways)
    figures = [
        f for check in students.grades["mixed"].checks for case in check.cases for f in case.figures
    ]
    trains = any(mark.calibrated for mark in bench.marks.values())
    assert any(figure.band for figure in figures) or not trains, (
        "a training run that misses draws its band"
    )


@pytest.mark.slow
@every_assignment
def test_every_way_for_every_check(bench, tmp_path, monkeypatch):
    students = Class(
        bench, tmp_path, monkeypatch, {way: dict.fromkeys(bench.marks, way) for way in WAYS}
    )
    students.must_hold()
    seen = {check: set() for check in bench.marks}
    for way, grade in students.grades.items():
        judged(grade, dict.fromkeys(bench.marks, way))
        for check in grade.checks:
            seen[check.id].add(check.verdict)
    rejecting = {
        check.id for check in students.grades["raises"].checks if check.verdict is Verdict.FAILED
    }
    for check, verdicts in seen.items():
        # A check of bad input takes any exception for an answer. Part of the points is for checks
        # that say so.
        out_of_reach = {Verdict.PARTIAL} | ({Verdict.ERROR} if check in rejecting else set())
        assert set(Verdict) - out_of_reach <= verdicts, check


def judged(grade, ways):
    """Each check ended as its stand-in meant it: an answer can be right by chance, but never be the
    grader's fault."""
    for check in grade.checks:
        way = WAYS[ways[check.id]]
        if way.raises is not None or way.verdict in (Verdict.MISSING, Verdict.PASSED):
            assert check.verdict is way.verdict, check.id
        else:
            assert check.verdict is not Verdict.GRADER_ERROR, (
                check.id,
                [case.feedback for case in check.cases],
            )
