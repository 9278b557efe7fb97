"""Leaves an object that ends or blocks the worker when it is thrown away, between two checks."""

import os


class Left:
    def __init__(self, how):
        self.how = how

    def __del__(self):
        if self.how == "exit":
            os._exit(0)
        if self.how == "write":
            os.write(3, b"x" * 100)
        while True:
            pass


def mix(x):
    return Left("exit")


def softplus(x):
    return Left("write")


def shift(x):
    return Left("loop")
