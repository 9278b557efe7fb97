"""Answers with a value so deeply nested that reading it would overflow the grader's stack."""

import os
import struct
import time


def mix(x):
    header = b'["reply", "0", [[' + b'["l", [' * 200_000 + b"]]" * 200_000 + b"]]]"
    os.write(3, struct.pack("<II", len(header), 0) + header)
    time.sleep(1000)
