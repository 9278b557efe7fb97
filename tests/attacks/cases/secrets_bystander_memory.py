"""Reads the memory of another process of the same user, by /proc and by process_vm_readv.

Seen: open
"""

import ctypes
import struct

from knows import BYSTANDER, each, syscall


def by_file():
    found = []
    for line in open(f"/proc/{BYSTANDER}/maps"):
        if "rw" in line and ("heap" in line or line.split()[4] == "0"):
            first, _, last = (int(part, 16) for part in line.split()[0].replace("-", " 0 ").split())
            with open(f"/proc/{BYSTANDER}/mem", "rb") as memory:
                memory.seek(first)
                found += [
                    b"canary" + rest[:60] for rest in memory.read(last - first).split(b"canary")[1:]
                ]
    return found


def by_call():
    buffer = ctypes.create_string_buffer(64)
    here = struct.pack("PN", ctypes.addressof(buffer), 64)
    return syscall(310, BYSTANDER, here, 1, struct.pack("PN", id(None), 64), 1, 0)


def mix(x):
    return each(by_file, by_call)
