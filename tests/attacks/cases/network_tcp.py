"""Connects to a TCP port of the machine and tells what it knows.

Seen: open a network connection
"""

import socket

from knows import TCP_PORT


def mix(x):
    with socket.create_connection(("127.0.0.1", TCP_PORT), 1) as connection:
        connection.sendall(repr(x).encode())
    return x
