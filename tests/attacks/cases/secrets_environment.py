"""Looks for secrets in its own environment, and in that of the processes that started it."""
import os

from knows import GRADER, each


def read(path):
    return open(path, "rb").read()


def mix(x):
    own = repr(dict(os.environ)) + repr(read("/proc/self/environ"))
    return own + each(
        lambda: read(f"/proc/{GRADER}/environ"), lambda: read(f"/proc/{os.getppid()}/environ"),
        lambda: read("/proc/1/environ"),
    )  # fmt: skip
