"""Moves, advises and frees the memory of other processes."""

import os

from knows import BYSTANDER, each, syscall


def mix(x):
    return each(
        lambda: syscall(440, syscall(434, BYSTANDER, 0), 0, 0, 21, 0),
        lambda: syscall(448, os.pidfd_open(BYSTANDER), 0) or "released",
        lambda: syscall(256, BYSTANDER, 1, b"\1", b"\1") or "migrated",
        lambda: syscall(279, BYSTANDER, 0, 0, 0, 0, 0) or "moved",
        lambda: syscall(312, os.getpid(), BYSTANDER, 0, 0, 0) + 1,
    )
