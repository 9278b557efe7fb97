"""Makes itself root of a new namespace of users, mounts and networks, where more is allowed."""

import os

from knows import each, syscall

USER, MOUNT, NET = 0x10000000, 0x00020000, 0x40000000


def mix(x):
    return each(
        lambda: syscall(272, USER | MOUNT) or "root of a namespace",
        lambda: syscall(272, NET) or "a network",
        lambda: syscall(56, USER | 17, 0, 0, 0, 0) or os._exit(0),
        lambda: syscall(308, os.open("/proc/self/ns/net", os.O_RDONLY), 0) or "joined",
    )
