"""Sends a datagram, which Landlock does not govern.

Seen: open a network connection
"""

import socket

from knows import UDP_PORT


def mix(x):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(repr(x).encode(), ("127.0.0.1", UDP_PORT))
    return x
