"""Puts a reply into the connection before anything was asked, while its file is imported."""

import json
import os
import struct

header = json.dumps(["reply", "0" * 16, [[1.0]]]).encode()
os.write(3, struct.pack("<II", len(header), 0) + header)


def mix(x):
    return x
