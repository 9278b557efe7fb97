"""Fills the disk with files that it removes at once and keeps open, which no folder shows."""

import os
import time

from knows import each

kept = []


def hold():
    block = os.urandom(1 << 20)
    for number in range(9):
        kept.append(os.open(f"file{number}", os.O_CREAT | os.O_RDWR))
        os.unlink(f"file{number}")
        for _ in range(50):
            os.write(kept[-1], block)
    time.sleep(0.3)
    return "450 MiB are held"


def mix(x):
    return each(hold)
