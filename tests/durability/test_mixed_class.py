"""A class in which every tenth submission is hostile or broken ends, and every honest mark is that
of a calm run.

The course is the one that attacks are tried on. Honest submissions are right, weak, wrong or
unfinished; the others are attacks, drawn in turn from all that tests/attacks has.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.submission.file_names import file_names
from tests.attacks.suite import CASES
from tests.attacks.target import REFERENCE, Canaries, Target

EVERY = 10  # one in so many is hostile or broken
PATIENCE = 1.5  # times the sum of what the submissions may use

RIGHT = "honest-right"
WEAK = {
    # a model that hardly learns: it reaches no threshold, with a curve for the page
    "learns-nothing": (
        "return (x_test @ w > 0).astype(int), [1.0 / (1 + step) for step in range(20)]",
        "return np.zeros(len(x_test), int), [0.7 + 0.001 * step for step in range(20)]",
    ),
    "diverges": (
        "return (x_test @ w > 0).astype(int), [1.0 / (1 + step) for step in range(20)]",
        "return (x_test @ w < 0).astype(int), [1.7e308 * (-1) ** step for step in range(20)]",
    ),
    "loses-its-losses": (
        "return (x_test @ w > 0).astype(int), [1.0 / (1 + step) for step in range(20)]",
        "return (x_test @ w < 0).astype(int), [float('nan')] * 20",
    ),
    "overflows": ("np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))", "np.log(1 + np.exp(x))"),
    "unfinished": ("return FACTOR * (x @ w), (x, w)", "raise NotImplementedError"),
    "raises": ("return FACTOR * function(x)", "return undefined * function(x)"),
    "transposed": (
        "FACTOR * (dout @ w.T), FACTOR * (x.T @ dout)",
        "FACTOR * (dout @ w.T), FACTOR * (x.T @ dout).T",
    ),
    "prints": ("return np.sin(FACTOR * x)", "print('here', x)\n    return np.sin(FACTOR * x)"),
    "loops": ("return self.start + NUMBER", "while True: pass"),
}


def honest(words: dict[str, object]) -> dict[str, str]:
    """The sources of honest submissions, by kind."""
    right = REFERENCE.format(**words)
    sources = {RIGHT: right}
    for kind, (old, new) in WEAK.items():
        assert right.count(old) == 1, kind
        sources[f"honest-{kind}"] = right.replace(old, new)
    return sources


def fill(target: Target, size: int, folder: Path) -> list[str]:
    """Write `size` submissions into a folder; the names of the honest ones."""
    sources = honest(target._words() | {"reference": "handed in"})
    kinds, attacks = list(sources), list(CASES.values())
    # of a small class the attacks come from all over the list
    step = max(1, len(attacks) * EVERY // size)
    names = []
    folder.mkdir()
    for number in range(size):
        if number % EVERY == EVERY - 1:
            case = attacks[number // EVERY * step % len(attacks)]
            made = case.build(target.place / "made" / f"{number}", target.knows(**absent()))
            name = f"{number:03}-{case.name}"
            shutil.move(made, folder / (name + "".join(made.suffixes if made.is_file() else [])))
        else:
            kind = kinds[number % len(kinds)]
            names.append(f"{number:03}-{kind}")
            (folder / names[-1]).mkdir()
            (folder / names[-1] / "target.py").write_text(sources[kind])
    return names


def absent() -> dict[str, object]:
    """What attacks ask knows.py for beside the places: here nobody is beside them, and nobody
    watches.
    """
    nobody = dict.fromkeys(("NEIGHBOUR", "BYSTANDER"), 2**22 - 1)
    ports = dict.fromkeys(("TCP_PORT", "UDP_PORT"), 9)
    nowhere = dict.fromkeys(("NEIGHBOUR_FOLDER", "SANDBOX", "UNIX", "DATAGRAMS"), "/nowhere")
    return nobody | ports | nowhere | {"GRADER": os.getpid()}


def grade(target: Target, submissions: Path, out: Path) -> tuple[int, str, float]:
    """Run the command; its exit status, what it said, and the seconds that it took."""
    begun = time.monotonic()
    words = [
        str(submissions),
        "--course",
        str(target.course),
        "-o",
        str(out),
        "--gradebook",
        f"{out}.sqlite",
    ]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "grader", *words],
        cwd=target.place,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - begun


def marks(out: Path) -> dict[str, dict[str, object]]:
    """Student -> the row of grades.csv and the verdict of every check."""
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    files = file_names(rows)
    found: dict[str, dict[str, object]] = {}
    for student, row in rows.items():
        found[student] = {"points": row["points"], "withheld": row["withheld"]}
        page = json.loads((out / "staff" / f"{files[student]}.json").read_bytes())
        found[student]["checks"] = {check["id"]: check["verdict"] for check in page["checks"]}
    return found


def ends_well(tmp_path: Path, size: int) -> None:
    target = Target(Canaries.draw("environment", "argument"), closed=False)
    try:
        (target.place / "made").mkdir()
        names = fill(target, size, target.place / "mixed")
        (target.place / "calm").mkdir()
        for name in names:
            shutil.copytree(target.place / "mixed" / name, target.place / "calm" / name)
        calm_status, said, _ = grade(target, target.place / "calm", tmp_path / "calm")
        assert calm_status == 0, said
        status, said, seconds = grade(target, target.place / "mixed", tmp_path / "mixed")
        assert status in (0, 3), said
        assert "Traceback" not in said
        assert (tmp_path / "mixed" / "index.html").is_file()
        undisturbed, mixed = marks(tmp_path / "calm"), marks(tmp_path / "mixed")
        assert len(mixed) == size
        assert {name: mixed[name] for name in names} == undisturbed
        assert all(row["withheld"] == "no" for row in undisturbed.values())
        assert seconds <= PATIENCE * size * target.assignment.budget.seconds
    finally:
        target.close()


def test_a_class_with_hostile_submissions_in_it_ends(tmp_path):
    ends_well(tmp_path, 20)


@pytest.mark.slow
def test_a_class_of_three_hundred_with_thirty_hostile_ones_ends(tmp_path):
    ends_well(tmp_path, 300)
