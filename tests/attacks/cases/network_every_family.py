"""Opens a socket of every family and kind that a kernel may know.

Seen: open a network connection
"""

import socket


def mix(x):
    opened = []
    for family in range(46):
        for kind in (1, 2, 3, 4, 5):
            try:
                opened.append((family, kind, socket.socket(family, kind).fileno()))
            except OSError:
                pass
    if not opened:
        raise PermissionError("no socket at all")
    return opened
