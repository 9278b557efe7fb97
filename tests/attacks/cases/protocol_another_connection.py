"""Puts another descriptor in the place of the connection, and a file in the place of standard output."""

import os
import socket


def mix(x):
    ours, theirs = socket.socketpair()
    os.dup2(theirs.fileno(), 3)
    os.dup2(os.open("file", os.O_CREAT | os.O_RDWR), 1)
    os.write(ours.fileno(), b"\0" * 1000)
    return x
