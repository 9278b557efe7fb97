"""Gives up the wish to die with its parent, and opens its memory to others."""

from knows import each, syscall

PDEATHSIG, DUMPABLE, SUBREAPER, TRACER = 1, 4, 36, 0x59616D61


def mix(x):
    return each(
        lambda: syscall(157, PDEATHSIG, 0, 0, 0, 0) or "immortal",
        lambda: syscall(157, DUMPABLE, 1, 0, 0, 0) or "open",
        lambda: syscall(157, SUBREAPER, 1, 0, 0, 0) or "a parent",
        lambda: syscall(157, TRACER, -1, 0, 0, 0) or "traceable",
    )
