"""Catches whatever would stop it, again and again."""

import time


def mix(x):
    while True:
        try:
            while True:
                time.sleep(0.01)
        except BaseException:
            continue
