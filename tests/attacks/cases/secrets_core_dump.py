"""Crashes with a core file that would hold all memory."""

import os
import resource


def mix(x):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
    except (ValueError, OSError):
        pass
    os.abort()
