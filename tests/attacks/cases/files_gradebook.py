"""Reads the gradebook, and writes itself a better grade.

Seen: write
"""

from knows import GRADEBOOK


def mix(x):
    with open(GRADEBOOK, "a") as book:
        book.write("mallory,100\n")
    return open(GRADEBOOK).read()
