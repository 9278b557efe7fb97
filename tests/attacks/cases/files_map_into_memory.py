"""Maps files into memory for writing, by numpy and by mmap.

Seen: write
"""

import mmap
import os

import numpy as np
from knows import GUARD, each


def by_mmap():
    descriptor = os.open(f"{GUARD}/data.bin", os.O_RDWR)
    with mmap.mmap(descriptor, 0) as memory:
        memory[:4] = b"here"
    return True


def by_numpy():
    np.memmap(f"{GUARD}/data.bin", np.uint8, "r+")[:4] = 7
    return True


def mix(x):
    return each(by_mmap, by_numpy)
