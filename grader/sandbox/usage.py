"""The resources used by a process, measured from outside.

This works on Linux. On other systems, nothing is known about a process that is still running.
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
    """The memory and threads of a process.

    Args:
        resident: Bytes of memory in use, including shared memory; 0 if unknown.
        threads: The number of threads.
        headless: The first thread has ended, so the system no longer reports what the others use.

    """

    resident: int = 0
    threads: int = 1
    headless: bool = False


def cpu_seconds(pid: int) -> float | None:
    """Return the CPU seconds of all threads that the process has or had, or None if unknown.

    They are read from the CPU clock of the process. The number of that clock is derived from the
    pid (clock_getcpuclockid(3)).
    """
    with contextlib.suppress(OSError, AttributeError):
        return time.clock_gettime(~pid << 3 | 2)
    return None


def delayed_seconds(pid: int) -> float:
    """Return how many seconds the process was ready to run but had to wait for a CPU.

    Returns 0 if the system does not count them.
    """
    with (
        contextlib.suppress(OSError, ValueError, IndexError),
        open(f"/proc/{pid}/schedstat", "rb") as file,
    ):
        return int(file.read().split()[1]) / 1e9
    return 0.0


def usage(pid: int) -> Usage:
    """Return the memory and threads of the process."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The process chooses the name in the second field, which may contain spaces and
            # parentheses.
            fields = file.read().rpartition(b")")[2].split()
        return Usage(
            resident=int(fields[21]) * _PAGE, threads=int(fields[17]), headless=fields[0] in b"ZX"
        )
    return Usage()


def removed_bytes(pid: int, uid: int | None, folder: str, each: int) -> int | None:
    """Return the bytes in files below a folder that were removed but that the process keeps open.

    Args:
        pid: The process.
        uid: The user of the process, or None if it is the caller's own.
        folder: The folder.
        each: The bytes to count for a file that is only mapped. Its size is not known, so this
            should be the maximum file size.

    Returns:
        The number of bytes, or None if unknown.

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
    """Do the same as another user.

    Root without CAP_SYS_PTRACE, as in a container, may not inspect processes of other users. The
    change of user is limited to a separate thread, which then ends.
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
