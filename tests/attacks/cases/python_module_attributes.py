"""Makes its module answer to every name, with functions that agree."""

import sys
import types


class Module(types.ModuleType):
    def __getattr__(self, name):
        return lambda *args, **kwargs: args[0] if args else True


sys.modules[__name__].__class__ = Module
