"""What a process has used, seen from outside; here the process is this one, or a child of it."""

import mmap
import os
import subprocess
import sys
import time

import pytest

from grader.sandbox import usage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="this is what Linux reports")
NOBODY = 1 << 22  # a pid that no process can have


def test_the_clock_of_a_process_counts_its_cpu_time():
    begun = usage.cpu_seconds(os.getpid())
    deadline = time.process_time() + 0.2
    while time.process_time() < deadline:
        pass
    assert 0.19 < usage.cpu_seconds(os.getpid()) - begun < 5


def test_memory_and_threads_are_counted():
    before = usage.usage(os.getpid())
    held = bytearray(os.urandom(1) * (64 << 20))
    now = usage.usage(os.getpid())
    assert now.resident - before.resident > 32 << 20
    assert now.threads >= 1
    assert not now.headless
    del held


def test_a_name_cannot_pretend_to_be_the_numbers():
    """The second field of /proc/PID/stat is the name, which a process may choose."""
    script = (
        "import ctypes, sys\n"
        "ctypes.CDLL(None).prctl(15, b'x) Z 1 1 1', 0, 0, 0)\n"
        "print('ready', flush=True)\nsys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        child.stdout.readline()
        seen = usage.usage(child.pid)
        child.stdin.close()
    assert not seen.headless
    assert seen.resident > 1 << 20


def test_a_process_that_has_ended_but_was_not_waited_for_is_headless():
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert usage.usage(child.pid).headless
    child.wait()


def test_of_a_process_that_is_not_there_nothing_is_known():
    assert usage.cpu_seconds(NOBODY) is None
    assert usage.delayed_seconds(NOBODY) == 0
    assert usage.usage(NOBODY) == usage.Usage()
    assert usage.removed_bytes(NOBODY, None, "/tmp", 1) is None


def test_waiting_for_a_processor_is_a_time():
    assert usage.delayed_seconds(os.getpid()) >= 0


# ---- files that were removed and are still held --------------------------------------------------


def removed(folder, each=1000):
    return usage.removed_bytes(os.getpid(), None, str(folder), each)


def test_a_removed_file_counts_while_it_is_open(tmp_path):
    before = removed(tmp_path)
    with open(tmp_path / "big", "wb") as file:
        file.write(b"x" * (1 << 20))
        file.flush()
        os.fsync(file.fileno())
        assert removed(tmp_path) == before, "it still has a name"
        os.unlink(tmp_path / "big")
        assert removed(tmp_path) - before >= 1 << 20
    assert removed(tmp_path) == before


def test_a_removed_file_that_is_only_mapped_counts_as_the_largest(tmp_path):
    before = removed(tmp_path)
    path = tmp_path / "mapped"
    path.write_bytes(b"x" * mmap.PAGESIZE)
    with open(path, "r+b") as file:
        held = mmap.mmap(file.fileno(), 0)
    os.unlink(path)
    with held:
        # Its descriptor, which Python keeps, may count too; the mapping alone counts as `each`.
        assert removed(tmp_path, each=1 << 30) > before
    assert removed(tmp_path) == before
