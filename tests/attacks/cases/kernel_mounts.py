"""Mounts file systems over others.

Not below full as root: it would change the mounts of the machine.
"""

from knows import GUARD, each, syscall


def mix(x):
    return each(
        lambda: syscall(165, b"none", GUARD.encode(), b"tmpfs", 0, 0) or "mounted",
        lambda: syscall(165, b"/", GUARD.encode(), 0, 4096, 0) or "bound",
        lambda: syscall(430, b"tmpfs", 0) and "opened",
        lambda: syscall(428, -100, b"/", 1) and "a tree",
        lambda: syscall(442, -100, b"/", 0, 0, 0) or "attributes",
        lambda: syscall(166, b"/proc", 2) or "unmounted",
        lambda: syscall(155, b".", b".") or "pivoted",
    )
