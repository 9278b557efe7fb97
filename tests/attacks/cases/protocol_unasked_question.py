"""Asks the grader to call functions that it never gave."""

import json
import os
import struct
import time


def mix(x):
    for function in (-1, 0, 1, 10**9):
        header = json.dumps(["ask", function, ["t", []], ["d", []]]).encode()
        os.write(3, struct.pack("<II", len(header), 0) + header)
    time.sleep(1000)
