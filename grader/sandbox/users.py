"""A separate user for every worker, if the grader runs as root."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.places import open_to_others

if sys.platform == "linux":
    import fcntl
    import pwd

__all__ = ["Users", "claim"]

# Between the users of a system (below 65536) and the ranges that are assigned to containers (from
# 100000).
_FIRST_USER, _LAST_USER, _BLOCK = 70_000, 99_000, 50
_LOCKS = Path("/run/gradmark")
_CAP_CHOWN, _CAP_SETGID, _CAP_SETUID = 0, 6, 7


def claim(paths: Sequence[str]) -> tuple[Users | None, str]:
    """Claim users for workers.

    Args:
        paths: The paths that the workers have to read.

    Returns:
        The users and "", or None and the reason why workers run as the user of the grader.

    """
    reason = _obstacle(paths)
    if not reason:
        try:
            return Users(), ""
        except OSError as error:
            reason = f"no users can be claimed: {error}"
    return None, reason


def _obstacle(paths: Sequence[str]) -> str:
    if sys.platform != "linux" or os.geteuid() != 0:
        return "the grader does not run as root"
    missing = ~_capabilities() & (1 << _CAP_CHOWN | 1 << _CAP_SETGID | 1 << _CAP_SETUID)
    if missing:
        return (
            "root may not change users here, because the container lacks CAP_SETUID, CAP_SETGID or "
            "CAP_CHOWN"
        )
    if not _is_mapped():
        return "the container has too few users"
    for path in paths:
        if os.path.isdir(path) and not open_to_others(path):
            return (
                f"other users cannot read {path}, so workers run as the user of the grader, "
                "without its privileges; install the interpreter in a public folder such as /opt "
                "to change that"
            )
    return ""


def _is_mapped() -> bool:
    """Return whether the users exist in the user namespace.

    In a rootless container, it often has only 65536 users.
    """
    with contextlib.suppress(OSError), open("/proc/self/uid_map", encoding="ascii") as file:
        ranges = [(int(first), int(count)) for first, _, count in map(str.split, file)]
        return any(first <= _FIRST_USER and first + count >= _LAST_USER for first, count in ranges)
    return True


def _capabilities() -> int:
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith("CapEff:"):
                return int(line.split()[1], 16)
    return 0


class Users:
    """A block of unused users for the workers of one grader, so that no two workers share one.

    A file lock marks the block as taken for other graders on the machine. The lock ends with the
    process that holds it.

    Raises:
        SandboxError: There is no free block.

    """

    def __init__(self) -> None:
        self._next = 0
        self._lock, self._first = _free_block()

    def take(self, in_use: Iterable[int | None]) -> int:
        """Return the next free user of the block; users are reused as late as possible.

        Args:
            in_use: The users of the workers that are running.

        Raises:
            SandboxError: All users of the block are in use.

        """
        taken = set(in_use)
        for _ in range(_BLOCK):
            uid = self._first + self._next % _BLOCK
            self._next += 1
            if uid not in taken:
                return uid
        raise SandboxError(f"more than {_BLOCK} workers at once")

    def close(self) -> None:
        """Release the block."""
        os.close(self._lock)


def _free_block() -> tuple[int, int]:
    _LOCKS.mkdir(mode=0o700, parents=True, exist_ok=True)
    for first in range(_FIRST_USER, _LAST_USER, _BLOCK):
        if any(map(_is_known, range(first, first + _BLOCK))):
            continue
        lock = os.open(_LOCKS / str(first), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)  # another grader has it
            continue
        return lock, first
    raise SandboxError(f"no block of free users between {_FIRST_USER} and {_LAST_USER}")


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
