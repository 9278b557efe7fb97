"""Says once more that it is ready, with all layers and none."""

import json
import os
import struct
import time


def mix(x):
    header = json.dumps(["ready", ["d", [["seccomp", ["t", [False, "gone"]]]]]]).encode()
    os.write(3, struct.pack("<II", len(header), 0) + header)
    time.sleep(1000)
