"""Computes for ever in a loop of its own."""


def mix(x):
    while True:
        pass
