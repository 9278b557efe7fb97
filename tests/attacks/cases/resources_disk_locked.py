"""Leaves folders of mode 0 and files that nobody may remove."""

import os

from knows import syscall


def mix(x):
    os.mkdir("locked", 0o000)
    os.makedirs("a/b/c")
    open("a/b/c/file", "w").close()
    syscall(90, b"a/b", 0)
    syscall(90, b"a", 0)
    os.umask(0o777)
    open("file", "w").close()
    os.mkdir("more")
    return x
