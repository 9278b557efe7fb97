"""Starts processes as fast as it can (twenty, so that it can be tried).

Seen: start a process
"""

import os
import time


def mix(x):
    for _ in range(20):
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    return x
