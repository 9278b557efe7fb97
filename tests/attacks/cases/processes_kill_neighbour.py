"""Ends and stops the worker in which another student's code runs.

Seen: signal another process
"""

import os
import signal

from knows import NEIGHBOUR, each, syscall


def mix(x):
    return each(
        lambda: os.kill(NEIGHBOUR, signal.SIGKILL),
        lambda: syscall(234, NEIGHBOUR, NEIGHBOUR, 9),
        lambda: os.kill(NEIGHBOUR, signal.SIGSTOP),
        lambda: os.kill(NEIGHBOUR, signal.SIGCONT),
    )
