"""Makes the kernel signal another process: the owner of a descriptor gets a signal when data arrives."""

import fcntl
import os
import socket
import struct

from knows import BYSTANDER, each

F_SETSIG, F_SETOWN_EX = 10, 15


def owned(command, argument):
    ours, theirs = socket.socketpair()
    fcntl.fcntl(ours, F_SETSIG, 10)
    fcntl.fcntl(ours, command, argument)
    fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    theirs.send(b"x")
    return True


def mix(x):
    return each(
        lambda: owned(fcntl.F_SETOWN, BYSTANDER),
        lambda: owned(F_SETOWN_EX, struct.pack("ii", 1, BYSTANDER)),
    )
