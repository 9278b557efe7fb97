"""A run that is killed, or loses a part of itself, leaves nothing behind and nothing out.

The whole suite: pytest tests/durability -m slow
"""

import random
import time

import pytest

from tests.durability import runs

GRADER_ERROR = 3

pytestmark = pytest.mark.timeout(3000)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What a run says that nobody disturbs, for classes of several sizes."""
    known = {}

    def of(size):
        if size not in known:
            root = tmp_path_factory.mktemp(f"undisturbed{size}")
            runs.make_class(root, size)
            assert runs.grade(root).returncode == 0
            known[size] = runs.gradebook(root), runs.written(root)
        return known[size]

    return of


def killed_and_resumed(root, rng, kills, longest):
    """Kill runs until one comes to its end or `kills` are spent, then let one finish; how many were
    killed in work."""
    struck = 0
    while struck < kills:
        run = runs.start(root)
        time.sleep(rng.uniform(0.0, longest))
        below = runs.descendants(run.pid)
        if run.poll() is not None:
            run.communicate()
            break
        run.kill()
        run.communicate()
        struck += 1
        assert runs.all_gone(below), "a process outlived the run"
    last = runs.grade(root)
    assert last.returncode == 0, last.stderr
    return struck


@pytest.mark.parametrize(
    ("kills", "size"),
    [(3, 8), pytest.param(200, 50, marks=pytest.mark.slow)],
    ids=["a few", "two hundred"],
)
def test_a_run_killed_at_any_moment_is_completed_by_the_next(tmp_path, undisturbed, kills, size):
    grades, files = undisturbed(size)
    rng = random.Random(kills)
    left, number = kills, 0
    while left > 0:
        root = tmp_path / f"class{number}"
        root.mkdir()
        runs.make_class(root, size)
        left -= max(1, killed_and_resumed(root, rng, left, longest=4.0))
        number += 1
        assert runs.gradebook(root) == grades
        assert runs.written(root) == files
        assert set(runs.attempts(root).values()) == {1}, "graded twice without cause"


@pytest.mark.parametrize(
    ("part", "times"),
    [
        ("worker", 2),
        *[
            pytest.param(part, 40, marks=pytest.mark.slow)
            for part in ("runner", "zygote", "worker")
        ],
    ],
)
def test_a_part_that_is_killed_costs_nothing(tmp_path, undisturbed, part, times):
    size = 8 if times < 10 else 50
    grades, files = undisturbed(size)
    runs.make_class(tmp_path, size)
    rng = random.Random(part)
    struck = 0
    run = runs.start(tmp_path, "--jobs", "2")
    while struck < times and run.poll() is None:
        if victims := parts(run.pid, part):
            runs.kill(rng.choice(victims))
            struck += 1
            # so that no check is struck twice: that would count as its own doing
            time.sleep(rng.uniform(0.5, 1.0))
        else:
            time.sleep(0.005)
    _, said = run.communicate(timeout=600)
    assert run.returncode in (0, GRADER_ERROR), said
    assert struck
    if run.returncode:  # struck twice over one submission: withheld, until the next run
        assert runs.grade(tmp_path).returncode == 0
    assert runs.gradebook(tmp_path) == grades
    assert runs.written(tmp_path) == files


def parts(pid, part):
    """The runners of a run are its children, their zygotes the children of these, and workers are
    theirs.
    """
    runners = [child for child in runs.descendants(pid) if runs.parent(child) == pid]
    zygotes = [
        child
        for runner in runners
        for child in runs.descendants(runner)
        if runs.parent(child) == runner
    ]
    workers = [child for zygote in zygotes for child in runs.descendants(zygote)]
    return {"runner": runners, "zygote": zygotes, "worker": workers}[part]


def test_two_runs_at_once_grade_everybody_once(tmp_path, undisturbed):
    grades, files = undisturbed(8)
    runs.make_class(tmp_path, 8)
    both = [runs.start(tmp_path) for _ in range(2)]
    for run in both:
        _, said = run.communicate(timeout=300)
        assert run.returncode == 0, said
    assert runs.gradebook(tmp_path) == grades
    assert runs.written(tmp_path) == files
    assert set(runs.attempts(tmp_path).values()) == {1}


def test_the_number_of_jobs_and_a_resume_change_no_byte(tmp_path, undisturbed):
    grades, files = undisturbed(8)
    runs.make_class(tmp_path, 8)
    assert runs.grade(tmp_path, "--jobs", "1").returncode == 0
    assert runs.gradebook(tmp_path) == grades
    assert runs.grade(tmp_path, "--jobs", "2", "--force").returncode == 0
    assert runs.gradebook(tmp_path) == grades
    assert runs.grade(tmp_path).returncode == 0
    assert (runs.gradebook(tmp_path), runs.written(tmp_path)) == (grades, files)
    assert set(runs.attempts(tmp_path).values()) == {2}, "once, and once by force"
