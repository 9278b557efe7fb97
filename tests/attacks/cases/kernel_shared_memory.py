"""Leaves memory, semaphores and messages in the kernel that outlive the process."""

from knows import KEY, TOKEN, each, syscall

CREATE = 0o1666


def mix(x):
    return each(
        lambda: syscall(29, KEY, 4096, CREATE) + 1,
        lambda: syscall(64, KEY, 1, CREATE) + 1,
        lambda: syscall(68, KEY, CREATE) + 1,
        lambda: syscall(240, TOKEN.encode(), 0o102, 0o666, 0),
    )
