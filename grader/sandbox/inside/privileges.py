"""Session, resource limits, user and privileges of a process that is about to run student code."""

from __future__ import annotations

import contextlib
import os
import platform
import struct
import sys

from grader.sandbox.inside.syscalls import prctl, signal_at_parents_end, syscall

if sys.platform != "win32":
    import resource

__all__ = [
    "FILE_SIZE",
    "be_seen",
    "drop_capabilities",
    "drop_user",
    "limit_resources",
    "no_new_privileges",
    "own_session",
]

_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 4, 24, 38, 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SIGKILL = 9
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522
_MIB = 1 << 20

FILE_SIZE = 64 * _MIB  # of one file; the watchdog limits the total
_OPEN_FILES = 64  # so that open files use at most 4 GiB between two checks of the watchdog
_THREADS = 128
# Address space in addition to the memory limit: arenas and thread stacks reserve it without using
# it.
_RESERVE = 1024 * _MIB


def own_session() -> str:
    """Leave the grader's terminal and process group, and die with the parent process."""
    if os.getsid(0) != os.getpid():
        os.setsid()
    if sys.platform == "linux":
        signal_at_parents_end(_SIGKILL)
    return ""


def limit_resources(memory: int, *, threads: bool) -> str:
    """Set limits that the kernel enforces: no core files, limited memory, files of 64 MiB.

    Args:
        memory: MiB that may be used in addition to the current usage.
        threads: Limit the number of threads too. The kernel counts them per user, so this needs a
            worker with a separate user.

    Returns:
        A description of what was done.

    """
    _lower("CORE", 0)
    _lower("FSIZE", FILE_SIZE)
    _lower("NOFILE", _OPEN_FILES)
    _lower("MSGQUEUE", 0)
    _lower("MEMLOCK", _MIB)
    if threads:
        _lower("NPROC", _THREADS)
    used, data = _memory_in_use()
    # DATA limits private memory; AS also limits shared mappings, which DATA does not count.
    _lower("DATA", data + memory * _MIB)
    _lower("AS", used + memory * _MIB + _RESERVE)
    return f"{memory} MiB, {_OPEN_FILES} files"


def _lower(name: str, value: int) -> None:
    """Set a soft and hard limit, never above the current one, if the system has this limit."""
    which = getattr(resource, f"RLIMIT_{name}", None)
    if which is None:
        return
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError):  # macOS refuses some values of AS
        resource.setrlimit(which, (value, value))


def _memory_in_use() -> tuple[int, int]:
    """Return the bytes of address space and of private writable memory in use."""
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        pages = [int(field) for field in file.read().split()]
        return pages[0] * resource.getpagesize(), pages[5] * resource.getpagesize()
    return _RESERVE, _RESERVE


def drop_user(uid: int) -> str:
    """Change permanently to the user and the group `uid`."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    return f"user {uid}"


def drop_capabilities() -> str:
    """Drop every capability permanently. Without them, uid 0 is an ordinary owner of files."""
    with contextlib.suppress(OSError):  # older than Linux 4.3
        prctl("prctl(CAP_AMBIENT)", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(64):
        # It fails after the last capability that the kernel knows, and without CAP_SETPCAP.
        with contextlib.suppress(OSError):
            prctl("prctl(CAPBSET_DROP)", _PR_CAPBSET_DROP, capability)
    header, none = struct.pack("Ii", _CAPABILITY_VERSION_3, 0), struct.pack("6I", *[0] * 6)
    syscall("capset", _CAPSET[platform.machine()], header, none)
    return ""


def no_new_privileges() -> str:
    """Prevent new privileges and access by other processes of the same user.

    Setuid programs give no privileges, and no process of the same user may trace this one or read
    its memory. The death signal is set again, because a change of the user has cleared it.
    """
    signal_at_parents_end(_SIGKILL)
    prctl("prctl(NO_NEW_PRIVS)", _PR_SET_NO_NEW_PRIVS, 1)
    prctl("prctl(DUMPABLE)", _PR_SET_DUMPABLE, 0)
    return ""


def be_seen() -> None:
    """Let the grader see the open files of this process, even if the grader has no privileges.

    This is only for processes confined by Landlock, which stops other workers of the same user from
    looking.
    """
    prctl("prctl(DUMPABLE)", _PR_SET_DUMPABLE, 1)
