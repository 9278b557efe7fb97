"""Starts threads until there are no more."""

import threading
import time


def mix(x):
    for _ in range(5000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return x
