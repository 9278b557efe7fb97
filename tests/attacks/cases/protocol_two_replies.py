"""Answers every request twice, so that all later answers are one too early."""

import gc

from numpy import float64

for thing in gc.get_objects():
    if type(thing).__name__ == "Dispatcher":
        dispatcher = thing


def mix(x):
    import sys

    frame = sys._getframe()
    while "packet" not in frame.f_code.co_varnames or "answer" != frame.f_code.co_name:
        frame = frame.f_back
    wire = (
        sys.modules[type(dispatcher).__module__]
        if type(dispatcher).__module__ in sys.modules
        else None
    )
    send = frame.f_globals["wire"].send
    frame.f_globals["wire"].send = lambda sock, packet: (send(sock, packet), send(sock, packet))
    return float64(1.0), wire
