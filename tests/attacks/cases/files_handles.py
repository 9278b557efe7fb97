"""Opens files by number and by handle, past every path."""

import ctypes
import os
import struct

from knows import GUARD, each, syscall


def by_handle():
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + b"\0" * 128)
    mount = ctypes.c_int()
    syscall(303, -100, f"{GUARD}/file.txt".encode(), handle, ctypes.byref(mount), 0)
    return os.read(syscall(304, os.open(".", os.O_RDONLY), handle, os.O_RDONLY), 1000)


def by_tree():
    return os.read(
        os.open("file.txt", os.O_RDONLY, dir_fd=syscall(428, -100, GUARD.encode(), 1)), 1000
    )


def mix(x):
    return each(by_handle, by_tree)
