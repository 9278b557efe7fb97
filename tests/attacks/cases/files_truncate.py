"""Empties files that anybody may write, by every call that can.

Seen: truncate
"""

import os

from knows import GUARD, each, syscall


def mix(x):
    return each(
        lambda: os.truncate(f"{GUARD}/file.txt", 0),
        lambda: open(f"{GUARD}/data.bin", "r+b").truncate(1),
        lambda: os.open(f"{GUARD}/folder/inner.txt", os.O_RDONLY | os.O_TRUNC),
        lambda: syscall(76, f"{GUARD}/file.txt".encode(), 0),
        lambda: os.copy_file_range(0, os.open(f"{GUARD}/file.txt", os.O_WRONLY), 1),
    )
