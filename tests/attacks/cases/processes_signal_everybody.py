"""Sends a signal to every process that it may signal, and to its own group.

Not below full as root: it would reach every process of the machine.
Seen: signal another process
"""

import os
import signal

from knows import each


def mix(x):
    return each(lambda: os.kill(-1, signal.SIGURG), lambda: os.kill(0, signal.SIGURG))
