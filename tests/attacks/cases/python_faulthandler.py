"""Lets the fault handler write tracebacks of all threads into the connection with the grader."""

import faulthandler
import time


def mix(x):
    faulthandler.dump_traceback_later(0.05, repeat=True, file=3)
    time.sleep(0.3)
    return x
