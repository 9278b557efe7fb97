"""Ends its first thread alone, so that the process looks dead, and goes on in another."""

import mmap
import threading

from knows import syscall

held = []


def work():
    while True:
        memory = mmap.mmap(-1, 4 << 20)
        memory[:] = b"x" * len(memory)
        held.append(memory)
        sum(range(100_000))


def mix(x):
    threading.Thread(target=work, daemon=True).start()
    syscall(60, 0)
