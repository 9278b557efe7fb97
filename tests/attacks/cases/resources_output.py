"""Prints for ever, line after line."""


def mix(x):
    line = "x" * 10_000
    while True:
        print(line)
