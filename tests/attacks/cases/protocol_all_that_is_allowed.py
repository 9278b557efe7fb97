"""Announces exactly as much as one message may hold, in many segments, and sends it slowly."""

import os
import struct
import time


def mix(x):
    count, size = 60_000, 4_000
    os.write(3, struct.pack("<II", 2, count) + struct.pack(f"<{count}Q", *[size] * count) + b"[]")
    block = b"\0" * (1 << 16)
    while True:
        os.write(3, block)
        time.sleep(0.001)
