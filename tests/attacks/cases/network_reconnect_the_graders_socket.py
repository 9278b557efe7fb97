"""Takes the connection with the grader for another one: connects and sends elsewhere through it.

Seen: use the network
"""

import socket

from knows import DATAGRAMS, UNIX, each


def mix(x):
    sock = socket.socket(fileno=socket.dup(3))
    return each(
        lambda: sock.connect(UNIX) or "connected",
        lambda: sock.sendto(b"hello", DATAGRAMS),
        lambda: sock.bind("\0mallory") or "bound",
        lambda: sock.listen() or "listening",
    )
