"""Tries system calls that are newer than the filter."""

from knows import syscall


def mix(x):
    worked, refused = [], 0
    for number in (*range(453, 480), 600, 5000):
        try:
            worked.append((number, syscall(number, 0, 0, 0, 0, 0, 0)))
        except OSError as error:
            refused += error.errno in (1, 38)
    if refused == 29:
        raise PermissionError(1, "all of them are refused")
    return worked
