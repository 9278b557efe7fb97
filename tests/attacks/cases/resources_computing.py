"""Computes for ever."""


def mix(x):
    while True:
        pass
