"""Writes bytes that are no text, and texts of ten million characters."""

import os
import sys


def mix(x):
    os.write(1, bytes(range(256)) * 10)
    sys.stdout.buffer.write(b"\xff\xfe\xed\xa0\x80")
    sys.stdout.reconfigure(encoding="utf-16")
    print("text")
    raise ValueError("x" * 10_000_000)


def double(x):
    sys.stdout = None
    return "y" * 10_000_000
