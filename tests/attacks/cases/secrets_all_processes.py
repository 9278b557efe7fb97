"""Goes through /proc and reads whatever any process shows.

Not below full as root: it would read the secrets of every process of the machine.
"""

import os


def mix(x):
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        for name in ("environ", "cmdline", "maps", "status", "stack", "auxv"):
            try:
                found.append(open(f"/proc/{pid}/{name}", "rb").read())
            except OSError:
                pass
    return repr(found)
