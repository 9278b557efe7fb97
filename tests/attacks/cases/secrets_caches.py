"""Empties the caches of the interpreter: source lines, type caches, path importers, modules that were there before."""

import linecache
import re
import sys


def mix(x):
    sources = {name: entry for name, entry in linecache.cache.items()}
    importers = repr(sys.path_importer_cache)
    modules = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    return (
        repr(sources)
        + importers
        + repr(modules)
        + repr(sys.path)
        + repr(re._cache if hasattr(re, "_cache") else "")
    )
