"""Reads the grader's processor time, limits, affinity and memory use, as a hint of what it does.

Seen: open
"""

import os
import resource
import time

from knows import GRADER, each


def mix(x):
    return each(
        lambda: open(f"/proc/{GRADER}/stat").read(),
        lambda: open(f"/proc/{GRADER}/limits").read(),
        lambda: open(f"/proc/{GRADER}/wchan").read(),
        lambda: resource.prlimit(GRADER, resource.RLIMIT_CPU),
        lambda: os.readlink(f"/proc/{GRADER}/exe"),
        lambda: time.clock_gettime(~GRADER << 3 | 2),
    )
