"""Fetches the solution from a server.

Seen: open a network connection
"""

import urllib.request

from knows import TCP_PORT


def mix(x):
    return urllib.request.urlopen(f"http://127.0.0.1:{TCP_PORT}/solution.py", timeout=1).read()
