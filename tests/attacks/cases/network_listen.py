"""Offers a service for others to connect to.

Seen: open a network connection
"""

import socket


def mix(x):
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as connection:
            connection.sendall(b"hello")
            return server.accept()[0].recv(5)
