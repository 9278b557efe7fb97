"""Asks for privileges: user 0, groups, capabilities, another root, programs that give them.

Seen: start a process
"""

import os
import struct

from knows import each, syscall


def mix(x):
    return each(
        lambda: os.setuid(0) or "root" if os.getuid() else os.chown("/", 0, 0),
        lambda: os.setgroups([0]) or "groups",
        lambda: os.chroot(".") or "another root",
        lambda: (
            syscall(126, struct.pack("Ii", 0x20080522, 0), struct.pack("6I", *[0xFFFFFFFF] * 6))
            or "capable"
        ),
        lambda: os.execv("/usr/bin/su", ["su", "-c", "id"]),
    )
