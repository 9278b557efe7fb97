"""Makes system calls under the numbers of the x32 architecture."""

from knows import syscall


def mix(x):
    return syscall(0x40000000 + 41, 2, 1, 0)
