"""Reserves address space and touches it later, page by page, in compiled code."""

import numpy as np


def mix(x):
    reserved = np.empty(1 << 27)
    reserved[::512] = 1.0
    return reserved[:6]
