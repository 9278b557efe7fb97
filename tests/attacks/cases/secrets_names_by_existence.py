"""Finds out which files exist, by errors and metadata, and reads names through them.

Seen: list
Open: os.path.exists(REFERENCE)
Open: os.stat(REFERENCE).st_size
Open: os.stat(REFERENCE).st_atime_ns
"""

import os

from knows import CHECKS, REFERENCE, each


def mix(x):
    return each(
        lambda: os.path.exists(REFERENCE),
        lambda: os.stat(REFERENCE).st_size,
        lambda: os.stat(REFERENCE).st_atime_ns,
        lambda: os.listdir(CHECKS),
        lambda: os.scandir(os.path.dirname(REFERENCE)),
        lambda: os.readlink(REFERENCE),
        lambda: os.listxattr(REFERENCE),
    )
