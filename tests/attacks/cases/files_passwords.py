"""Reads the users of the machine and their passwords.

Not below full as root: it would read the real passwords.
Seen: open
"""

from knows import each


def mix(x):
    return each(lambda: open("/etc/passwd").read(), lambda: open("/etc/shadow").read())
