"""Fills the disk with removed files that it has only mapped into memory, one page of each."""

import mmap
import os
import time

from knows import each

kept = []


def hold():
    block = os.urandom(1 << 20)
    for number in range(9):
        file = os.open(f"file{number}", os.O_CREAT | os.O_RDWR)
        for _ in range(50):
            os.write(file, block)
        kept.append(mmap.mmap(file, mmap.PAGESIZE))
        os.close(file)
        os.unlink(f"file{number}")
    time.sleep(0.3)
    return "450 MiB are held"


def mix(x):
    return each(hold)
