"""Sends the beginning of an answer and never the rest."""

import os
import struct
import time


def mix(x):
    os.write(3, struct.pack("<II", 1000, 0) + b'["reply", ')
    time.sleep(1000)
