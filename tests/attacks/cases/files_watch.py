"""Watches what others open and write, with inotify and fanotify."""

from knows import COURSE, SANDBOX, each, syscall


def watch(path):
    descriptor = syscall(294, 0)
    return syscall(254, descriptor, path.encode(), 0xFFF)


def mix(x):
    return each(
        lambda: watch(COURSE),
        lambda: watch(SANDBOX),
        lambda: watch("/tmp"),
        lambda: syscall(300, 0, 0),
    )
