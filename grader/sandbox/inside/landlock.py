"""Landlock: an allow-list for the file system, enforced by the kernel. It needs no privileges.

A file without a rule can be neither read nor written, whatever its mode and user. There are no deny
rules, so secrets must be outside every readable tree. Since version 4 it also refuses TCP, and
since version 6 signals to processes outside and abstract unix sockets. It always refuses to trace
other processes.

https://docs.kernel.org/userspace-api/landlock.html, struct landlock_ruleset_attr and
landlock_path_beneath_attr.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Sequence

from grader.sandbox.inside.syscalls import syscall

__all__ = ["restrict"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_CREATE_VERSION, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _MAKE_SYM = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
# The rights of each version; rights that the kernel does not know must not be used.
_ALL = {1: _REFER - 1, 2: _TRUNCATE - 1, 3: _IOCTL_DEV - 1, 4: _IOCTL_DEV - 1}
_ALL_FROM_5 = (_IOCTL_DEV << 1) - 1
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV

_READ = _READ_FILE | _READ_DIR
# Files, folders and links may be created and renamed; sockets, fifos and devices may not, and
# programs may not be run.
_WRITE = (
    _READ
    | _WRITE_FILE
    | _REMOVE_DIR
    | _REMOVE_FILE
    | _MAKE_DIR
    | _MAKE_REG
    | _MAKE_SYM
    | _REFER
    | _TRUNCATE
)
_DEVICE = _READ_FILE | _WRITE_FILE
_NET_TCP, _SCOPE = 0b11, 0b11  # bind, connect; abstract unix sockets, signals


def restrict(
    read: Sequence[str], listed: Sequence[str], write: Sequence[str], devices: Sequence[str]
) -> str:
    """Confine the calling process permanently to these trees and devices.

    This covers only the calling thread and the threads that it starts later, so call it while there
    is only one.

    Args:
        read: Trees whose files may be read.
        listed: Trees whose folders may be listed, but not read.
        write: Trees that may be read and written.
        devices: Files that may be read and written.

    Returns:
        A description of what was done.

    Raises:
        OSError: The kernel has no Landlock (before Linux 5.13), it is switched off, or a container
            forbids it.

    """
    version = supported_version()
    known = _ALL.get(version, _ALL_FROM_5)
    fields = [known] + [_NET_TCP] * (version >= 4) + [_SCOPE] * (version >= 6)
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    ruleset = syscall(
        "landlock_create_ruleset", _CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0
    )
    try:
        rules = 0
        for paths, rights in (
            (read, _READ),
            (listed, _READ_DIR),
            (write, _WRITE),
            (devices, _DEVICE),
        ):
            for path in paths:
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    _allow(ruleset, path, rights & known)
                    rules += 1
        syscall("landlock_restrict_self", _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return f"version {version}, {rules} rules"


def supported_version() -> int:
    """Return the kernel's version of Landlock. Raises OSError if there is none."""
    return syscall("landlock", _CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_VERSION)


def _allow(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, place)  # packed: the kernel reads 12 bytes
        syscall(f"landlock_add_rule for {path}", _ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)
