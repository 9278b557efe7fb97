"""Forks a child that outlives it.

Seen: start a process
"""

import os
import time


def mix(x):
    if os.fork() == 0:
        time.sleep(30)
        os._exit(0)
    return x
