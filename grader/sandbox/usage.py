"""What a process has used, seen from outside. Linux; elsewhere nothing is known of a process that
still runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import threading
import time
from dataclasses import dataclass

__all__ = ["Usage", "cpu_seconds", "delayed_seconds", "removed_bytes", "usage"]

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

    It is read from the process's CPU clock: the number of that clock is made of the pid
    (clock_getcpuclockid(3)).
    """
    with contextlib.suppress(OSError, AttributeError):
        return time.clock_gettime(~pid << 3 | 2)
    return None


def delayed_seconds(pid: int) -> float:
    """Seconds that the process was ready to run and had no processor, because others had it; 0
    where nobody counts.
    """
    with (
        contextlib.suppress(OSError, ValueError, IndexError),
        open(f"/proc/{pid}/schedstat", "rb") as file,
    ):
        return int(file.read().split()[1]) / 1e9
    return 0.0


def usage(pid: int) -> Usage:
    """Memory and threads of the process."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open(f"/proc/{pid}/stat", "rb") as file:
            # the second field is a name that the process chooses: it may hold spaces and brackets
            fields = file.read().rpartition(b")")[2].split()
        return Usage(
            resident=int(fields[21]) * _PAGE, threads=int(fields[17]), headless=fields[0] in b"ZX"
        )
    return Usage()


def removed_bytes(pid: int, uid: int | None, folder: str, each: int) -> int | None:
    """Bytes in files below `folder` that have no name any more, and that the process keeps by
    having them open.

    A file that is only mapped counts as `each`, the largest that there can be: nobody says how
    large it is. uid: the process's user where that is not the caller's own. None when it is not
    known.
    """
    try:
        return _removed_bytes(pid, folder, each)
    except PermissionError:
        return None if uid is None else _as_user(uid, pid, folder, each)
    except OSError:  # it has ended, or there is no /proc
        return None


def _removed_bytes(pid: int, folder: str, each: int) -> int:
    found: dict[int, int] = {}
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed in between
            status = entry.stat()
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                found[status.st_ino] = status.st_blocks * 512
    tree = os.fsencode(os.path.realpath(folder)) + b"/"
    with open(f"/proc/{pid}/maps", "rb") as file:
        for line in file:
            if line.endswith(b" (deleted)\n"):
                *_, inode, path = line.split(maxsplit=5)
                if path.startswith(tree):
                    found.setdefault(int(inode), each)
    return sum(found.values())


def _as_user(uid: int, pid: int, folder: str, each: int) -> int | None:
    """The same as that user: a root without CAP_SYS_PTRACE, as in a container, must not look at
    others' processes.

    In a thread of its own, which takes its user with it when it ends.
    """
    found: list[int] = []

    def look() -> None:
        libc = ctypes.CDLL(None)
        libc.setfsgid(uid)
        libc.setfsuid(uid)
        with contextlib.suppress(OSError):
            found.append(_removed_bytes(pid, folder, each))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0] if found else None
