"""Is caught in compiled code that holds the interpreter's lock: no signal handler of Python's ever runs."""

import re


def mix(x):
    return re.match(r"(a+)+$", "a" * 64 + "b")
