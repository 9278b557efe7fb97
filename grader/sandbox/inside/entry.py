"""The function that a new process of the sandbox runs. Default: a worker for student code."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

__all__ = ["Entry", "entry"]

# The arguments: a connected socket to the grader, a descriptor for printed output (None: already in
# place), and the pid of the parent.
Entry = Callable[[socket.socket, int | None, int], NoReturn]


def entry(settings: Mapping[str, Any]) -> Entry:
    """Return the function named by `settings["entry"]`, as "package.module:function"."""
    module, _, function = settings.get("entry", "grader.sandbox.inside.worker:main").partition(":")
    found: Entry = getattr(importlib.import_module(module), function)
    return found
