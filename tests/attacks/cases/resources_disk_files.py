"""Fills the disk with a million small files."""

import os


def mix(x):
    for number in range(1_000_000):
        os.close(os.open(f"file{number}", os.O_CREAT | os.O_WRONLY))
    return x
