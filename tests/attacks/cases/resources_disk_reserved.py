"""Reserves space on the disk without writing: fallocate, holes, a file of many gigabytes."""

import os

from knows import each


def reserve():
    with open("large", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 16 << 30)
    return "reserved"


def hole():
    with open("holes", "wb") as file:
        file.truncate(1 << 40)
    return "a hole"


def mix(x):
    return each(reserve, hole)
