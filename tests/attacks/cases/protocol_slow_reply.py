"""Sends its answer one byte at a time, so that something always arrives."""

import os
import struct
import time


def mix(x):
    os.write(3, struct.pack("<II", 1 << 20, 0))
    while True:
        os.write(3, b" ")
        time.sleep(0.02)
