"""Unpack untrusted zip and tar archives in memory, with the rules of `intake`.

An archive must contain plain files with plain relative names; for anything else it is refused, with
a reason in one sentence. Sizes are limited before anything is unpacked, and the declared sizes are
compared with the actual ones.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from itertools import islice
from pathlib import PurePosixPath

from grader.errors import SubmissionError
from grader.submission.intake import MAX_ENTRIES, MAX_FILES, MAX_TOTAL, Intake, ignored, mib
from grader.submission.parsing import printable

__all__ = ["unpack"]

_GZIP = b"\x1f\x8b"
_CONTENT = {
    b"PK": "a zip archive",
    _GZIP: "a gzip file",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"%PDF": "a PDF",
    b"<": "a web page",
}
_DAMAGED = (  # what zipfile and tarfile raise for bytes that are not an archive
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    ArithmeticError,
    RuntimeError,
)


def unpack(raw: bytes, name: str) -> Intake:
    """Unpack an archive.

    Args:
        raw: The bytes of the archive.
        name: Its file name.

    Raises:
        SubmissionError: The archive cannot be unpacked, or breaks a rule.

    """
    intake = Intake(printable(name))
    is_zip = name.lower().endswith(".zip")
    try:
        if is_zip:
            _unzip(raw, intake)
        else:
            _untar(raw, intake)
    except _DAMAGED as error:
        raise SubmissionError(
            f"{intake.source} cannot be unpacked ({_reason(raw, is_zip, error)}): create the "
            "archive again"
        ) from error
    _refuse_clashes(intake)
    return intake


def _unzip(raw: bytes, intake: Intake) -> None:
    if raw.count(b"PK\x01\x02") > MAX_ENTRIES:  # before zipfile creates an object for each
        raise SubmissionError(
            f"{intake.source} holds over {MAX_ENTRIES} files: hand in your own files only"
        )
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = archive.infolist()
        environments = _environments(member.filename for member in members)
        for member in members:
            name = _plain_name(member.orig_filename, intake)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if (
                member.is_dir()
                or kind == stat.S_IFDIR
                or name.startswith(environments)
                or not _admitted(name, intake)
            ):
                continue
            _refuse_unless(
                kind in (0, stat.S_IFREG),
                name,
                "is a link or a special file: replace it by a copy",
                intake,
            )
            plain = not member.flag_bits & 0x1
            _refuse_unless(
                plain, name, "is encrypted: create the archive without a password", intake
            )
            _refuse_unless(
                member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
                name, "uses an unusual compression method: create the archive again as a normal "
                      "zip", intake,
            )  # fmt: skip
            _refuse_unless(
                name not in intake.files, name, "occurs twice: remove one of the two", intake
            )
            if intake.wants(name, member.file_size):
                with archive.open(member) as file:
                    data = file.read(member.file_size + 1)
                whole = len(data) == member.file_size
                _refuse_unless(
                    whole,
                    name,
                    "is not as long as the archive states: create the archive again",
                    intake,
                )
                intake.add(name, data)


def _untar(raw: bytes, intake: Intake) -> None:
    if raw.startswith(_GZIP):
        raw = _gunzip(raw, intake)
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
        # a forged header can make the archive endless
        members = list(islice(archive, MAX_ENTRIES + 1))
        environments = _environments(member.name for member in members)
        for member in members:
            name = _plain_name(member.name, intake)
            if member.isdir() or name.startswith(environments) or not _admitted(name, intake):
                continue
            plain = member.isreg() and not member.issparse()
            _refuse_unless(plain, name, "is a link or a special file: replace it by a copy", intake)
            _refuse_unless(
                name not in intake.files, name, "occurs twice: remove one of the two", intake
            )
            if intake.wants(name, member.size):
                file = archive.extractfile(member)
                data = file.read() if file else b""
                _refuse_unless(
                    len(data) == member.size, name, "is truncated: create the archive again", intake
                )
                intake.add(name, data)


def _gunzip(raw: bytes, intake: Intake) -> bytes:
    """Unpack a gzip file within the limits, plus the space that tar needs for its blocks."""
    room = MAX_TOTAL + MAX_FILES * 1024
    parts: list[bytes] = []
    while raw.startswith(_GZIP):  # a gzip file may consist of several
        stream = zlib.decompressobj(wbits=31)
        parts.append(stream.decompress(raw, room + 1))
        room -= len(parts[-1])
        if room < 0:
            raise SubmissionError(
                f"{intake.source} unpacks to more than {mib(MAX_TOTAL)}: hand in the code only"
            )
        if not stream.eof:
            raise EOFError("it ends too early")
        raw = stream.unused_data
    return b"".join(parts)


def _plain_name(name: str, intake: Intake) -> str:
    """The member's relative path without "./" and doubled slashes."""
    intake.count_entry()
    parts = [part for part in name.split("/") if part not in ("", ".")]
    plain = "/".join(parts)
    _refuse_unless(
        "\\" not in name,
        name,
        "has a backslash in its name: create the archive with another program",
        intake,
    )
    rooted = name.startswith("/") or re.match(r"[A-Za-z]:", name)
    _refuse_unless(
        not rooted, name, "is an absolute path: pack the folder, not its path from the root", intake
    )
    _refuse_unless(
        ".." not in parts, name, "points outside the archive: pack the folder itself", intake
    )
    _refuse_unless(
        parts or name.endswith((".", "/")), name, "has no name: create the archive again", intake
    )
    return plain


def _admitted(name: str, intake: Intake) -> bool:
    return not ignored(name) and intake.admits(name)


def _environments(names: Iterable[str]) -> tuple[str, ...]:
    """The folders of an archive that are virtual environments."""
    return tuple(name.removesuffix("pyvenv.cfg") for name in names if name.endswith("/pyvenv.cfg"))


def _refuse_unless(holds: object, name: str, why: str, intake: Intake) -> None:
    if not holds:
        raise SubmissionError(f"{intake.source}: '{printable(name)}' {why}")


def _refuse_clashes(intake: Intake) -> None:
    """Refuse names that are the same on some file systems, and files that are also folders."""
    seen: dict[str, str] = {}
    for name in intake.files:
        other = seen.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        _refuse_unless(
            other == name, name, f"and '{other}' differ in case only: remove one of the two", intake
        )
        for folder in PurePosixPath(name).parents:
            alone = str(folder) not in intake.files
            _refuse_unless(
                alone, str(folder), "is both a file and a folder: create the archive again", intake
            )


def _reason(raw: bytes, is_zip: bool, error: Exception) -> str:
    if not raw:
        return "it is empty"
    for magic, content in _CONTENT.items():
        if raw.startswith(magic) and magic != (b"PK" if is_zip else _GZIP):
            return f"it is {content} with another extension"
    return printable(str(error)) or "it is damaged"
