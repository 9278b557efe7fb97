"""Lets libraries open files: sqlite, linecache, tokenize, importlib, zipimport, the loader of shared objects.

Seen: open
"""

import ctypes
import importlib.util
import linecache
import sqlite3

import numpy as np
from knows import COURSE, GUARD, REFERENCE, each


def database():
    base = sqlite3.connect(f"{GUARD}/planted.sqlite")
    base.execute("create table t (x)")
    return True


def module():
    spec = importlib.util.spec_from_file_location("stolen", REFERENCE)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded.FACTOR, loaded.__doc__


def mix(x):
    return each(
        database,
        module,
        lambda: linecache.getlines(REFERENCE),
        lambda: np.genfromtxt(REFERENCE, dtype=str, delimiter="\0"),
        lambda: np.fromfile(REFERENCE, np.uint8),
        lambda: ctypes.CDLL(f"{COURSE}/reference/target.py"),
    )
