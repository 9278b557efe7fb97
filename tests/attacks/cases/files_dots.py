"""Climbs out of the scratch folder with .. and with descriptors of folders.

Seen: open
"""

import os

from knows import REFERENCE


def mix(x):
    up = "/".join([".."] * 20)
    for folder in (".", ".."):
        try:
            return open(f"{folder}/{up}{REFERENCE}").read()
        except OSError:
            pass
    place = os.open(".", os.O_RDONLY)
    for _ in range(20):
        place = os.open("..", os.O_PATH, dir_fd=place)
    return os.read(os.open(REFERENCE.lstrip("/"), os.O_RDONLY, dir_fd=place), 10000)
