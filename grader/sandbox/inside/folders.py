"""Folders that student code wrote into: how much is in them, and removing them whatever it is."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

__all__ = ["remove", "size"]

_MAX_PATH = 3000  # bytes; a path that is longer is no longer measured, and stands for "too much"


def size(folder: str, at_most: int, entries: int) -> int:
    """Bytes in the files below a folder, counted up to a bit more than `at_most` and no more than
    that many entries.
    """
    total = seen = 0
    waiting = [folder]
    while waiting:
        for entry in _entries(waiting.pop()):
            seen += 1
            with contextlib.suppress(OSError):  # it went away in between
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
    except OSError:  # removed in between, or nobody may list it: then nothing is in it
        return


def remove(folder: str) -> None:
    """Remove a folder with everything in it. Follows no links, and is not stopped by depth, modes
    or odd names.
    """
    if os.name != "posix":
        shutil.rmtree(folder, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        _flatten(os.fsencode(folder))
        os.rmdir(folder)


def _flatten(top: bytes) -> None:
    """Empty a folder. Folders inside folders are first moved up to the top, so no path ever gets
    long.
    """
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
            with contextlib.suppress(OSError):  # not ours to change, nor then to be stopped by
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
