"""Measure and remove folders that student code wrote to, whatever they contain."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

__all__ = ["remove", "size"]

_MAX_PATH = 3000  # bytes; a folder with a longer path is not measured, and counts as too large


def size(folder: str, at_most: int, entries: int) -> int:
    """Measure a folder.

    Args:
        folder: The folder.
        at_most: Stop after this many bytes.
        entries: Stop after this many entries.

    Returns:
        The bytes in the files below the folder, or `at_most + 1` if it is too large.

    """
    total = seen = 0
    waiting = [folder]
    while waiting:
        for entry in _entries(waiting.pop()):
            seen += 1
            with contextlib.suppress(OSError):  # removed in the meantime
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    total += max(status.st_size if os.name == "nt" else status.st_blocks * 512, 0)
            if total > at_most or seen > entries or len(entry.path) > _MAX_PATH:
                return at_most + 1
    return total


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from found
    except OSError:  # removed in the meantime, or not listable: then it counts as empty
        return


def remove(folder: str) -> None:
    """Remove a folder with everything in it, whatever its depth, modes and names.

    Links are not followed.
    """
    if os.name != "posix":
        shutil.rmtree(folder, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        _flatten(os.fsencode(folder))
        os.rmdir(folder)


def _flatten(top: bytes) -> None:
    """Empty a folder. Nested folders are first moved to the top, so that no path gets too long."""
    unique, number = os.urandom(8).hex().encode(), 0
    while True:
        folders = []
        with os.scandir(top) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    os.unlink(entry.path)
        if not folders:
            return
        for folder in folders:
            with contextlib.suppress(OSError):  # not our own, so its mode does not matter either
                os.chmod(folder, 0o700)
            with os.scandir(folder) as found:
                inside = list(found)
            for entry in inside:
                if entry.is_dir(follow_symlinks=False):
                    with contextlib.suppress(OSError):
                        os.chmod(entry.path, 0o700)
                    number += 1
                    os.rename(entry.path, os.path.join(top, b"%s.%d" % (unique, number)))
                else:
                    os.unlink(entry.path)
            os.rmdir(folder)
