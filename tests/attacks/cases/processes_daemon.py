"""Leaves a process behind that belongs to no session, no group and no parent of its own.

Seen: start a process
"""

import os
import signal
import time


def mix(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.closerange(0, 100)
            time.sleep(60)
        os._exit(0)
    return x
