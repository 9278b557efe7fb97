"""Changes the machine: its name, its clock, its modules, its accounting, its log.

Not below full as root: it would change the machine.
"""

from knows import each, syscall


def mix(x):
    return each(
        lambda: syscall(170, b"mallory", 7) or "renamed",
        lambda: syscall(227, 0, b"\0" * 16) or "set the clock",
        lambda: syscall(159, b"\0" * 208) and "adjusted the clock",
        lambda: syscall(175, b"", 0, b"") or "loaded a module",
        lambda: syscall(163, b"acct") or "accounting",
        lambda: syscall(103, 3, b" " * 100, 100) and "read the log",
        lambda: syscall(167, b"disk", 0) or "swapping",
    )
