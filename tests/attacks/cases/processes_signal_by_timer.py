"""Lets a timer signal another process's thread."""

import ctypes
import struct

from knows import BYSTANDER, syscall


def mix(x):
    event = struct.pack("QiiI", 0, 10, 4, BYSTANDER).ljust(64, b"\0")
    timer = ctypes.c_int()
    syscall(222, 0, event, ctypes.byref(timer))
    syscall(223, timer.value, 0, struct.pack("QQQQ", 0, 0, 0, 1000), 0)
    return x
