"""Lets a thread answer the next request before the worker does."""

import json
import os
import struct
import threading
import time


def speak():
    time.sleep(0.05)
    for _ in range(100):
        header = json.dumps(["reply", "0" * 16, [[None]]]).encode()
        os.write(3, struct.pack("<II", len(header), 0) + header)
        time.sleep(0.005)


def mix(x):
    threading.Thread(target=speak, daemon=True).start()
    return x
