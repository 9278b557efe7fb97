"""Traces and profiles all that runs in its process, and changes what it sees."""

import sys
import threading


def trace(frame, event, argument):
    if frame.f_code.co_name in ("_run", "answer", "send"):
        frame.f_locals.clear() if False else None
        raise ValueError("traced")
    return trace


def mix(x):
    sys.settrace(trace)
    sys.setprofile(trace)
    threading.settrace(trace)
    return x
