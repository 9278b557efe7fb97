"""Writes to standard output past Python, from four threads, and makes holes in what it printed."""

import os
import threading


def flood():
    block = b"y" * (1 << 16)
    while True:
        os.write(1, block)


def mix(x):
    try:
        os.ftruncate(1, 60 << 20)
    except OSError:
        pass
    for _ in range(4):
        threading.Thread(target=flood, daemon=True).start()
    flood()
