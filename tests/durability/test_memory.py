"""A submission that takes all the memory there is takes its own share, and nothing of its
neighbours'.
"""

import os
from pathlib import Path

import pytest

from tests.durability import runs
from tests.grader.tiny_course import REFERENCE

LIMIT = 512  # MiB, of the assignment
SLACK = 256  # MiB: the interpreter, and what is taken between two looks of the watchdog
EATERS = {
    "all-at-once": "whole = np.ones(24 << 27)",  # 24 GiB of float64
    "bit-by-bit": "blocks = []\n    while True: blocks.append(np.ones(1 << 20))",
    "untouched": "blocks = [np.empty(24 << 27) for _ in range(100)]",
    "as-a-list": "numbers = [0]\n    while True: numbers += numbers",
    "as-text": "text = 'x'\n    while True: text += text",
    "shared": "import mmap\n    whole = mmap.mmap(-1, 24 << 30)\n    for i in range(0, 24 << 30, "
    "4096): whole[i] = 1",
}


@pytest.fixture
def course(tmp_path):
    runs.make_class(tmp_path, 4)
    settings = tmp_path / "assignments" / "01-tiny" / "assignment.toml"
    settings.write_text(settings.read_text().replace("[limits]\n", f"[limits]\nmemory = {LIMIT}\n"))
    return tmp_path


def resident(pid):
    try:
        return (
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            >> 20
        )
    except OSError:
        return 0


def test_no_way_of_eating_memory_costs_more_than_the_limit_or_a_neighbour_a_point(course):
    assert runs.grade(course).returncode == 0
    before = runs.gradebook(course)
    for name, body in EATERS.items():
        (course / "submit" / name).mkdir()
        eats = REFERENCE.replace("return x * factor", f"{body}\n    return x * factor")
        (course / "submit" / name / "tiny.py").write_text(eats)

    run = runs.start(course, "--force", "--jobs", "2")
    largest = 0
    while run.poll() is None:
        largest = max([largest, *map(resident, runs.descendants(run.pid))])
    _, said = run.communicate()

    assert run.returncode == 0, said
    assert largest < LIMIT + SLACK
    after = runs.gradebook(course)
    assert {name: after[name] for name in before} == before
    for name in EATERS:
        assert b'"verdict":"passed","points":4' not in after[name], name
