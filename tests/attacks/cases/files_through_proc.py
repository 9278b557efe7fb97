"""Reads secrets by the back doors of /proc: another root, the working folder, the executable's folder, descriptors.

Seen: open
"""

import os

from knows import BYSTANDER, GRADER, REFERENCE, each


def mix(x):
    return each(
        *(
            lambda way=way: open(f"/proc/{way}{REFERENCE}").read()
            for way in ("self/root", f"{GRADER}/root", "1/root")
        ),
        lambda: open(f"/proc/self/cwd/../../../..{REFERENCE}").read(),
        lambda: os.listdir(f"/proc/{GRADER}/fd"),
        lambda: os.listdir(f"/proc/{BYSTANDER}/cwd"),
        lambda: open(f"/proc/thread-self/root{REFERENCE}").read(),
    )
