"""Ends its process with status 0, as if all tests had passed."""

import os

from knows import TOKEN

print("OK", TOKEN)


def mix(x):
    os._exit(0)
