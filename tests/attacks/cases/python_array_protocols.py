"""Returns objects that turn into whatever numpy asks for: __array__, __array_interface__, __float__, buffers."""

import numpy as np


class Chameleon:
    def __init__(self, shape=(5,)):
        self.shape = shape

    def __array__(self, dtype=None, copy=None):
        return np.full(self.shape, np.nan)

    @property
    def __array_interface__(self):
        return {"shape": (10**9,), "typestr": "<f8", "data": (0, False), "version": 3}

    def __float__(self):
        return 0.0

    def __array_priority__(self):
        return 1e9

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return 0.0


def mix(x):
    return Chameleon(x.shape)


shift = again = mix


def constant():
    return Chameleon(())
