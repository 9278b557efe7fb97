"""Convert students' names to file names, and paths to text.

A student's name is that of the folder that was handed in: of any length, in any script. The file
name derived from it must be valid on every disk and unique for every student, while pages and
tables still show the original name.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote_to_bytes

__all__ = ["file_name", "file_names", "path_of", "text_of"]

LONGEST = 120  # bytes; an extension and a draft mark are added, and some disks allow only 143
_DIGITS = 12  # of the digest in a changed name
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\..*)?", re.IGNORECASE
)  # of Windows
_WITH_DIGEST = re.compile(rf"~[0-9a-f]{{{_DIGITS}}}$", re.IGNORECASE)
_AS_URL = "file://"  # no path starts with this: repeated slashes are one


def file_names(students: Iterable[str]) -> dict[str, str]:
    """File names without extension for the students of a class: their names wherever possible.

    Two names that differ only in case, or in the encoding of their accents, are the same name on
    some disks: each of them gets a digest, as does every name that must be changed.

    >>> file_names(["ada", "Bob", "bob"])
    {'ada': 'ada', 'Bob': 'Bob~cd9fb1e148cc', 'bob': 'bob~81b637d8fcd2'}
    """
    students = list(dict.fromkeys(students))
    count = Counter(map(_disk_key, students))
    return {one: file_name(one, alone=count[_disk_key(one)] == 1) for one in students}


def file_name(student: str, *, alone: bool = True) -> str:
    """The file name without extension for one student.

    alone: no other name in the class is the same on some disk.

    >>> file_name("ada"), file_name("con"), file_name("../ada")
    ('ada', '_con~1143da2bc54c', '_.._ada~60088279524e')
    """
    safe = _UNSAFE.sub("_", student).strip(" ").rstrip(". ")
    safe = f"_{safe}" if safe.startswith(".") or _DEVICE.fullmatch(safe) else safe
    if (
        alone
        and safe
        and safe == student
        and len(safe.encode()) <= LONGEST
        and not _WITH_DIGEST.search(safe)
    ):
        return safe
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    room = LONGEST - len(digest) - 1
    return f"{safe.encode()[:room].decode('utf-8', 'ignore')}~{digest}"


def _disk_key(name: str) -> str:
    """A key that is equal for names that are the same on some disk: without case or normal form."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def text_of(path: Path) -> str:
    """A path as text that can be stored: unchanged, or as a URL if its name is not UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return Path(os.path.abspath(path)).as_uri()
    return str(path)


def path_of(text: str) -> Path:
    """The path for a text that `text_of` returned."""
    if text.startswith(_AS_URL):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_AS_URL))))
    return Path(text)
