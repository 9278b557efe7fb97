"""What a new process of the sandbox runs: a worker for student code, unless its settings name
something else.
"""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

__all__ = ["Entry", "entry"]

# A connected socket to the grader, a descriptor for what is printed (None: it is in place), the pid
# of the parent.
Entry = Callable[[socket.socket, int | None, int], NoReturn]


def entry(settings: Mapping[str, Any]) -> Entry:
    """The function that `settings["entry"]` names, as "package.module:function"."""
    module, _, function = settings.get("entry", "grader.sandbox.inside.worker:main").partition(":")
    found: Entry = getattr(importlib.import_module(module), function)
    return found
