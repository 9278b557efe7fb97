"""Wait for changes of files, by polling: this works on every file system and with every editor."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from grader.submission.intake import ignored

__all__ = ["changes"]

INTERVAL = 0.3  # seconds


def changes(path: Path) -> Iterator[None]:
    """Yield when a file at or below `path` is written, created or removed; never returns."""
    before = _state(path)
    while True:
        time.sleep(INTERVAL)
        now = _state(path)
        if now != before:
            before = now
            yield


def _state(path: Path) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for folder, names, files in (
        os.walk(path) if path.is_dir() else [(str(path.parent), [], [path.name])]
    ):
        names[:] = [name for name in names if not ignored(name)]
        for name in files:
            try:
                status = os.stat(os.path.join(folder, name))
            except OSError:  # removed after it was listed: an editor's temporary file
                continue
            found[os.path.join(folder, name)] = (status.st_mtime_ns, status.st_size)
    return found
