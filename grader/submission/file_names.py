"""What people call themselves, as the name of a file; and where a file lies, as text.

A student's name is that of the folder which was handed in: of any length, in any script. The name
of a file made of it must be one on every disk, and another one for every student, while pages and
tables go on showing the name itself.
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

LONGEST = 120  # bytes; an extension and the mark of a draft are added, and some disks stop at 143
_DIGITS = 12  # of the digest in a name that had to be changed
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\..*)?", re.IGNORECASE
)  # of Windows
_OURS = re.compile(rf"~[0-9a-f]{{{_DIGITS}}}$", re.IGNORECASE)
_AS_URL = "file://"  # with which no path begins: two slashes in a row are one


def file_names(students: Iterable[str]) -> dict[str, str]:
    """A name without extension for the files of each student of a class: their own wherever that
    can be one.

    Two names that differ only in case, or in how their accents are written, are one name on some
    disks: each of them is told apart by a digest, as is every name that has to be changed.

    >>> file_names(["ada", "Bob", "bob"])
    {'ada': 'ada', 'Bob': 'Bob~cd9fb1e148cc', 'bob': 'bob~81b637d8fcd2'}
    """
    students = list(dict.fromkeys(students))
    count = Counter(map(_on_any_disk, students))
    return {one: file_name(one, alone=count[_on_any_disk(one)] == 1) for one in students}


def file_name(student: str, *, alone: bool = True) -> str:
    """The name without extension for the files of one student. alone: no other name in the class is
    taken for it.

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
        and not _OURS.search(safe)
    ):
        return safe
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    room = LONGEST - len(digest) - 1
    return f"{safe.encode()[:room].decode('utf-8', 'ignore')}~{digest}"


def _on_any_disk(name: str) -> str:
    """What is equal for two names that some disk takes for one: without regard to case and to
    normal form.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def text_of(path: Path) -> str:
    """A path as text that can be kept: as it is, or as a URL when its name is not UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return Path(os.path.abspath(path)).as_uri()
    return str(path)


def path_of(text: str) -> Path:
    """The path that `text_of` has written."""
    if text.startswith(_AS_URL):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_AS_URL))))
    return Path(text)
