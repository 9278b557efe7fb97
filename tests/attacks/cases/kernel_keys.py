"""Leaves a key in the kernel, for a later process to find."""

from knows import TOKEN, each, syscall

USER_KEYRING = -4


def mix(x):
    return each(
        lambda: syscall(248, b"user", TOKEN.encode(), b"secret", 6, USER_KEYRING),
        lambda: syscall(250, 0, USER_KEYRING, 1),
        lambda: syscall(249, b"user", TOKEN.encode(), 0, 0),
    )
