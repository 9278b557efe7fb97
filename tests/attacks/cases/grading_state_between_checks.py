"""Keeps what one check shows for the next: in globals, in builtins, in files, in the environment, on the function."""

import builtins
import os
import pickle

if not hasattr(builtins, "kept"):
    builtins.kept = []
runs = 0


def mix(x):
    global runs
    runs += 1
    builtins.kept.append(x)
    os.environ["RUNS"] = str(runs)
    with open("kept", "ab") as file:
        pickle.dump(x, file)
    return x


def again(x):
    if os.path.exists("kept") or "RUNS" in os.environ or builtins.kept:
        raise SystemError("a fresh worker that remembers")
    return mix(x)


shift = mix
