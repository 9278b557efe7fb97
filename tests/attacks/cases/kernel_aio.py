"""Uses the older asynchronous input and output."""

import ctypes

from knows import each, syscall


def mix(x):
    context = ctypes.c_ulong(0)
    return each(
        lambda: syscall(206, 8, ctypes.byref(context)) or "a context", lambda: syscall(209, 0, 0, 0)
    )
