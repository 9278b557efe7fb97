"""Sends random bytes in place of an answer."""

import os


def mix(x):
    while True:
        os.write(3, os.urandom(4096))
