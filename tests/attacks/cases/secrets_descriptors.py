"""Looks for descriptors that the worker has inherited, and reads them all."""

import os

from knows import GRADER, each, syscall


def mix(x):
    found = []
    for descriptor in (0, 1, 2, *range(4, 256)):
        try:
            found.append(
                (
                    descriptor,
                    os.readlink(f"/proc/self/fd/{descriptor}"),
                    os.pread(descriptor, 4000, 0),
                )
            )
        except OSError:
            pass
    steal = [
        lambda number=number: syscall(438, syscall(434, GRADER, 0), number, 0)
        for number in range(3, 12)
    ]
    return repr(found) + each(*steal)
