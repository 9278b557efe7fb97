"""Computes with integers of a hundred million digits, in one bytecode."""


def mix(x):
    return len(str(7 ** (10**8)))
