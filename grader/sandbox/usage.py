"""What a process has used, seen from outside. Linux; elsewhere nothing is known of a process that still runs."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass

__all__ = ["Usage", "cpu_seconds", "delayed_seconds", "usage"]

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass(frozen=True)
class Usage:
    """resident: bytes of memory in use, shared memory included; 0 when it is not known.

    headless: the first thread has ended, so the system no longer says what the others use.
    """

    resident: int = 0
    threads: int = 1
    headless: bool = False


def cpu_seconds(pid: int) -> float | None:
    """CPU seconds of all threads that the process has or had; None when it is not known.

    It is read from the process's CPU clock: the number of that clock is made of the pid (clock_getcpuclockid(3)).
    """
    with contextlib.suppress(OSError, AttributeError):
        return time.clock_gettime(~pid << 3 | 2)
    return None


def delayed_seconds(pid: int) -> float:
    """Seconds that the process was ready to run and had no processor, because others had it; 0 where nobody counts."""
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/schedstat", "rb") as file:
        return int(file.read().split()[1]) / 1e9
    return 0.0


def usage(pid: int) -> Usage:
    """Memory and threads of the process."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open(f"/proc/{pid}/stat", "rb") as file:
            # the second field is a name that the process chooses: it may hold spaces and brackets
            fields = file.read().rpartition(b")")[2].split()
        return Usage(resident=int(fields[21]) * _PAGE, threads=int(fields[17]), headless=fields[0] in b"ZX")
    return Usage()
