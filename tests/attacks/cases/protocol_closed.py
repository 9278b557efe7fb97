"""Closes the connection and goes on computing."""

import os


def mix(x):
    os.close(3)
    while True:
        pass
