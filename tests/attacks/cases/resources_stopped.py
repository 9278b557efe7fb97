"""Stops itself, so that it can never answer."""

import os
import signal


def mix(x):
    while True:
        os.kill(os.getpid(), signal.SIGSTOP)
