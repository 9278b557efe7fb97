"""Moves secrets into the scratch folder and its own files out of it, and swaps two of them.

Seen: rename
"""

import os

from knows import GUARD, each, syscall

AT_FDCWD, EXCHANGE = -100, 2


def mix(x):
    open("mine", "w").close()
    return each(
        lambda: os.rename(f"{GUARD}/file.txt", "stolen") or open("stolen").read(),
        lambda: os.replace("mine", f"{GUARD}/planted"),
        lambda: syscall(316, AT_FDCWD, b"mine", AT_FDCWD, f"{GUARD}/data.bin".encode(), EXCHANGE),
    )
