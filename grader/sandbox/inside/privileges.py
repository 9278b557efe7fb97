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

FILE_SIZE = 64 * _MIB  # of one file; the watchdog counts them
_OPEN_FILES = 64  # so that even between two looks of the watchdog no more than 4 GiB can be held
_THREADS = 128
# Address space beyond the memory limit: reserved and never touched, by the arenas and the stacks of
# threads.
_RESERVE = 1024 * _MIB


def own_session() -> str:
    """Leave the terminal and the process group of the grader, and die with the process that forked
    this one.
    """
    if os.getsid(0) != os.getpid():
        os.setsid()
    if sys.platform == "linux":
        signal_at_parents_end(_SIGKILL)
    return ""


def limit_resources(memory: int, *, threads: bool) -> str:
    """Limits that the kernel keeps: no core files, `memory` MiB beyond what is used now, files of
    64 MiB.

    threads: limit their number too. It is counted per user, so that is for a worker with a user of
    its own.
    """
    _lower("CORE", 0)
    _lower("FSIZE", FILE_SIZE)
    _lower("NOFILE", _OPEN_FILES)
    _lower("MSGQUEUE", 0)
    _lower("MEMLOCK", _MIB)
    if threads:
        _lower("NPROC", _THREADS)
    used, data = _memory_in_use()
    # Private memory is counted as DATA; AS is what stops shared mappings, which DATA does not see.
    _lower("DATA", data + memory * _MIB)
    _lower("AS", used + memory * _MIB + _RESERVE)
    return f"{memory} MiB, {_OPEN_FILES} files"


def _lower(name: str, value: int) -> None:
    """Set a soft and hard limit, never above the present one. Systems differ in which limits they
    have.
    """
    which = getattr(resource, f"RLIMIT_{name}", None)
    if which is None:
        return
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError):  # macOS refuses some values of AS
        resource.setrlimit(which, (value, value))


def _memory_in_use() -> tuple[int, int]:
    """Bytes of address space and of private writable memory now."""
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        pages = [int(field) for field in file.read().split()]
        return pages[0] * resource.getpagesize(), pages[5] * resource.getpagesize()
    return _RESERVE, _RESERVE


def drop_user(uid: int) -> str:
    """Become the user and the group `uid`, permanently."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    return f"user {uid}"


def drop_capabilities() -> str:
    """Give up every capability, permanently. A uid 0 without them is an ordinary owner of files."""
    with contextlib.suppress(OSError):  # older than Linux 4.3
        prctl("prctl(CAP_AMBIENT)", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(64):
        with contextlib.suppress(
            OSError
        ):  # ends at the last one the kernel knows; needs CAP_SETPCAP
            prctl("prctl(CAPBSET_DROP)", _PR_CAPBSET_DROP, capability)
    header, none = struct.pack("Ii", _CAPABILITY_VERSION_3, 0), struct.pack("6I", *[0] * 6)
    syscall("capset", _CAPSET[platform.machine()], header, none)
    return ""


def no_new_privileges() -> str:
    """No setuid program gives anything back; nobody of the same user may trace this process or read
    its memory.

    Asks again to die with its parent: a change of the user has cleared that.
    """
    signal_at_parents_end(_SIGKILL)
    prctl("prctl(NO_NEW_PRIVS)", _PR_SET_NO_NEW_PRIVS, 1)
    prctl("prctl(DUMPABLE)", _PR_SET_DUMPABLE, 0)
    return ""


def be_seen() -> None:
    """Let the grader see what this process has open, also when it has no privileges.

    For processes that Landlock confines: it keeps the other workers of the same user from looking.
    """
    prctl("prctl(DUMPABLE)", _PR_SET_DUMPABLE, 1)
