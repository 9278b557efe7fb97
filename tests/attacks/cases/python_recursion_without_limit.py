"""Takes the limit of the recursion away, until the stack of the process overflows."""

import sys

sys.setrecursionlimit(2**31 - 1)


def mix(x):
    class Deep:
        def __repr__(self):
            return f"{self!r}"

    return repr(Deep())
