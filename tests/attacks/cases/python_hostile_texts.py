"""Raises exceptions and returns objects that run, fail or never end when they are shown."""

import time


class Hostile(Exception):
    def __str__(self):
        time.sleep(100)
        return "late"

    def __repr__(self):
        raise SystemExit

    @property
    def errno(self):
        raise KeyboardInterrupt


class Broken(ValueError):
    def __str__(self):
        raise MemoryError

    __repr__ = __str__


def mix(x):
    raise Hostile


def constant():
    raise Broken


def label(text):
    return Broken
