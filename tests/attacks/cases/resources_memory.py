"""Allocates and fills memory until there is no more."""

import numpy as np


def mix(x):
    held = []
    while True:
        held.append(np.ones(1 << 20))
