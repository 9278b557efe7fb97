"""A class with every kind of submission, ways to grade it as a person would, and what its gradebook
says afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from grader.gradebook import Gradebook, default_gradebook
from tests.grader.tiny_course import MISTAKES, REFERENCE, SETTINGS, make_course

KINDS = {
    "right": REFERENCE,
    "mistaken": REFERENCE.replace(".sum()", ".mean()"),
    "raises": REFERENCE.replace("x, factor = cache", "x, factor = cache[0]"),
    "prints": REFERENCE.replace(
        "dx = dout * factor", "dx = dout * factor\n    print('here I am', dx.shape)"
    ),
    "sleeps": "import time\ntime.sleep(0.05)\n" + REFERENCE,
    "absent": "x = 1\n",
    "exits": REFERENCE.replace("dx = dout * factor", "import os; os._exit(0)"),
    "random": REFERENCE.replace(
        "return x * factor", "factor = factor + np.random.normal()\n    return x * factor"
    ),
}


def make_class(root: Path, size: int) -> None:
    """A course with one assignment, and `size` submissions of all kinds in submit/."""
    make_course(root, settings=SETTINGS, mistakes=MISTAKES)
    for number in range(size):
        kind = list(KINDS)[number % len(KINDS)]
        folder = root / "submit" / f"{number:04}-{kind}"
        folder.mkdir(parents=True)
        (folder / "tiny.py").write_text(KINDS[kind])


def command(root: Path, *options: str) -> list[str]:
    """`grade submit/` in the course, into its own gradebook and graded/."""
    words = [str(root / "submit"), "--course", str(root), "-o", str(root / "graded"), *options]
    return [sys.executable, "-P", "-m", "grader", *words]


def grade(root: Path, *options: str, **more) -> subprocess.CompletedProcess:
    """Grade the class to the end."""
    return subprocess.run(
        command(root, *options), cwd=root, capture_output=True, text=True, timeout=600, **more
    )


def start(root: Path, *options: str, **more) -> subprocess.Popen:
    """The same in the background."""
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command(root, *options), cwd=root, text=True, **pipes, **more)


def gradebook(root: Path) -> dict[str, bytes]:
    """Student -> all of the last grade but its times, as bytes."""
    with Gradebook(default_gradebook(root)) as book:
        return {
            name: msgspec.json.encode(timeless(one))
            for name, one in sorted(book.latest("01-tiny").items())
        }


def attempts(root: Path) -> dict[str, int]:
    """Student -> how many times they were graded."""
    with Gradebook(default_gradebook(root)) as book:
        return {name: len(book.attempts("01-tiny", name)) for name in book.latest("01-tiny")}


def timeless(grade):
    """A grade without what the clock has measured, and without where it was graded."""
    checks = tuple(
        msgspec.structs.replace(
            check, cases=tuple(msgspec.structs.replace(case, seconds=0.0) for case in check.cases)
        )
        for check in grade.checks
    )
    return msgspec.structs.replace(grade, checks=checks, seconds=0.0, origin="")


def written(root: Path) -> dict[str, object]:
    """What the students get: the JSON files, times aside."""
    found = {}
    for path in sorted((root / "graded" / "results").glob("*.json")):
        found[path.name] = data = msgspec.json.decode(path.read_bytes())
        data["execution_time"] = 0
        for test in data["tests"]:
            test["extra_data"].pop("seconds", None)
    return found


def descendants(pid: int) -> list[int]:
    """The children of a process, their children, and so on, as they are now."""
    parents = {int(name): parent(int(name)) for name in os.listdir("/proc") if name.isdigit()}
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        children = [child for child, of in parents.items() if of == one]
        found += children
        waiting += children
    return found


def kill(pid: int) -> None:
    """SIGKILL, to a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def all_gone(pids: list[int], seconds: float = 10.0) -> bool:
    """Whether these processes end within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def alive(pid: int) -> bool:
    """Whether it runs; a zombie, which only waits to be counted, does not."""
    return _stat(pid)[0] not in ("", "Z")


def parent(pid: int) -> int:
    """Of a process; 0 when that is gone."""
    return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    """State, parent and so on: what follows the name, in which anything may stand."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["", "0"]
