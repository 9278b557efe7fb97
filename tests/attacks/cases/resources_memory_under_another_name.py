"""Gives its process a name that looks like a line of /proc, then fills shared memory past the kernel's limits."""

import mmap

from knows import syscall

PR_SET_NAME = 15


def mix(x):
    syscall(157, PR_SET_NAME, b") R 1 1 1 0\n", 0, 0, 0)
    held = []
    while True:
        memory = mmap.mmap(-1, 16 << 20)
        memory[:] = b"x" * len(memory)
        held.append(memory)
