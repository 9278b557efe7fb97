"""Writes into the memory of other processes.

Seen: write
"""

import struct

from knows import BYSTANDER, GRADER, NEIGHBOUR, each, syscall


def write(pid):
    text = b"mallory"
    here = struct.pack("PN", id(text) + 32, len(text))
    return syscall(311, pid, here, 1, struct.pack("PN", id(None), 7), 1, 0)


def mix(x):
    return each(
        *(lambda pid=pid: write(pid) for pid in (BYSTANDER, NEIGHBOUR, GRADER)),
        lambda: open(f"/proc/{BYSTANDER}/mem", "r+b"),
        lambda: open("/proc/self/mem", "r+b"),
    )
