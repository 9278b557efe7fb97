"""Makes an innocent pair of sockets and sends through it to another address.

Seen: use the network
"""

import socket

from knows import DATAGRAMS, UNIX, each


def through(kind, address):
    ours, _ = socket.socketpair(socket.AF_UNIX, kind)
    return ours.sendto(b"hello", address)


def again():
    ours, _ = socket.socketpair()
    ours.shutdown(socket.SHUT_RDWR)
    ours.connect(UNIX)
    return ours.send(b"hello")


def mix(x):
    return each(
        lambda: through(socket.SOCK_DGRAM, DATAGRAMS),
        lambda: through(socket.SOCK_SEQPACKET, DATAGRAMS),
        lambda: through(socket.SOCK_STREAM, DATAGRAMS),
        again,
    )
