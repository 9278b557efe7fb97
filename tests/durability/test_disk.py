"""A disk that is full stops a run in a sentence, and what was graded before is there when there is
room again.
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from grader.gradebook import default_gradebook
from tests.durability import runs

SIZE = 8


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk of its own, and a function that gives it another size."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True
    ).returncode:
        pytest.skip("only root may mount a small disk")

    def resize(size):
        subprocess.run(["mount", "-o", f"remount,size={size}", place], check=True)

    yield place, resize
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.parametrize(
    "full", ["the gradebook's", pytest.param("the results'", marks=pytest.mark.slow)]
)
def test_a_full_disk_is_said_and_the_next_run_completes_the_class(tmp_path, disk, full):
    place, resize = disk
    root = tmp_path / "course"
    root.mkdir()
    runs.make_class(root, SIZE)
    own = default_gradebook(root).parent if full == "the gradebook's" else root / "graded"
    own.symlink_to(place)
    if full == "the gradebook's":
        resize("160k")

    said = runs.grade(root)
    assert said.returncode == 2, said.stdout
    assert "Traceback" not in said.stderr
    assert "the disk is full" in said.stderr or "No space left" in said.stderr
    assert not list((root / "graded").rglob(".*")), "half of a file"

    resize("64m")
    last = runs.grade(root)
    assert last.returncode == 0, last.stderr
    assert len(runs.gradebook(root)) == SIZE
    assert set(runs.attempts(root).values()) == {1}


@pytest.fixture
def scratch():
    """A folder for the temporary files of one run alone; workers with a user of their own have to
    come to it.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.parametrize("size", [16, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.timeout(3000)
def test_a_class_leaves_no_process_and_no_file_behind(tmp_path, scratch, size):
    runs.make_class(tmp_path, size)
    run = runs.start(tmp_path, env=os.environ | {"TMPDIR": str(scratch)})
    seen = set()
    while run.poll() is None:
        seen.update(runs.descendants(run.pid))
        time.sleep(0.1)
    _, said = run.communicate()
    assert run.returncode == 0, said
    assert len(runs.gradebook(tmp_path)) == size
    assert not list(scratch.iterdir())
    assert seen
    assert not [pid for pid in seen if runs.alive(pid)]
    assert not list((tmp_path / "graded").rglob(".*")), "half of a file"
