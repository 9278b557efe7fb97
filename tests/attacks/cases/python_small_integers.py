"""Changes the value of small integers and of constants in the memory of the interpreter."""

import ctypes


def mix(x):
    for number in (0, 1, 2, 5):
        ctypes.c_uint32.from_address(id(number) + 24).value = 1
    ctypes.c_double.from_address(id(0.5) + 16).value = 1e9
    return x
