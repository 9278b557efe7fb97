"""Crashes the interpreter by reading at address zero."""

import ctypes


def mix(x):
    return ctypes.string_at(0)
