"""Makes a file in memory and runs it."""

import os


def mix(x):
    descriptor = os.memfd_create("program")
    os.write(descriptor, open("/usr/lib/os-release", "rb").read())
    os.execve(descriptor, ["program"], {})
