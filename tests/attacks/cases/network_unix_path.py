"""Connects to a unix socket by its path, as those of Docker and databases are."""

import socket

from knows import UNIX


def mix(x):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(UNIX)
        sock.sendall(b"hello")
    return x
