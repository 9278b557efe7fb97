"""What is left of processes and descriptors, for the tests of workers and sandboxes."""

import os
import time
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Zombies count: nothing may be left of a worker."""
    return Path(f"/proc/{pid}").exists()


def wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.01)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


# ---- time ----------------------------------------------------------------------------------------
