"""Answers with objects that run code when they are unpickled, and files that hold such objects."""

import os
import pickle

import numpy as np
from knows import GUARD


class Payload:
    def __reduce__(self):
        return os.system, (f"touch {GUARD}/planted",)


def mix(x):
    array = np.empty(1, object)
    array[0] = Payload()
    return array


def label(text):
    return pickle.dumps(Payload())


def constant():
    return Payload()


def again(x):
    np.save("x.npy", np.array([Payload()], object), allow_pickle=True)
    return open("x.npy", "rb").read()
