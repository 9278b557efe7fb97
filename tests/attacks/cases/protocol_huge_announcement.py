"""Announces more than there is: headers, segments and sizes of many gigabytes."""

import os
import struct
import time


def mix(x):
    os.write(3, struct.pack("<II", 2, 3) + struct.pack("<3Q", 1 << 62, 1 << 62, 1 << 62) + b"[]")
    os.write(3, struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF))
    time.sleep(1000)
