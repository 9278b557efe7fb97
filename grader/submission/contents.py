"""The contents of a submission as plain data, and their transfer from the process that read it.

That process has handled untrusted bytes, so its output is validated here as untrusted data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from grader.errors import SubmissionError
from grader.model import Note
from grader.submission.intake import MAX_FILES, MAX_TOTAL, wrong_with
from grader.submission.parsing import printable

__all__ = ["MAX_PACKAGES", "Contents", "Import", "capped", "packed", "refused", "unpacked"]

MAX_NOTES = 50  # notes on one submission
MAX_NOTE = 500  # characters of one note
MAX_ERRORS = 50  # files whose syntax errors are kept
MAX_SOURCES = 4000  # files and cells
MAX_SOURCE_BYTES = 16 << 20  # of all their text
MAX_PACKAGES = 500  # that one submission imports
MAX_HEADER = 2 << 20  # bytes of everything except the contents of files


class Import(NamedTuple):
    """An import in a file or a cell.

    Args:
        shown: The name of the file or cell in tracebacks.
        module: The module of the submission that contains this file or cell.
        line: The line of the import.
        package: The imported top-level package.

    """

    shown: str
    module: str
    line: int
    package: str


@dataclass(frozen=True)
class Contents:
    """The contents of a submission, without the student. The fields are those of `Submission`."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    problem: str | None = None
    syntax_errors: Mapping[str, str] = field(default_factory=dict)
    module: str | None = None
    notebooks: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unread: str | None = None


def refused(problem: str) -> Contents:
    """No contents, and the sentence that gives the reason."""
    return Contents(
        notes=(Note(printable(problem, MAX_NOTE)),), problem=printable(problem, MAX_NOTE)
    )


def capped(contents: Contents) -> Contents:
    """The same contents with a limited number of notes and syntax errors."""
    notes = [Note(printable(note.text, MAX_NOTE)) for note in contents.notes[:MAX_NOTES]]
    if more := len(contents.notes) - len(notes):
        notes.append(Note(f"{more} more notes of this kind are not shown"))
    errors = list(contents.syntax_errors.items())[:MAX_ERRORS]
    return Contents(
        contents.files,
        tuple(notes),
        contents.problem,
        dict(errors),
        contents.module,
        contents.notebooks,
        contents.sources,
        contents.imports,
        contents.parameters,
        contents.unread,
    )


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """Everything except the contents of `files` and `sources`, which follow in this order."""

    files: list[str]
    sources: list[str]
    notes: list[str]
    problem: str | None
    syntax_errors: dict[str, str]
    module: str | None
    notebooks: dict[str, str]
    imports: list[Import]
    parameters: dict[str, tuple[str, ...]]
    unread: str | None


def packed(contents: Contents, name: str) -> tuple[bytes, list[Any]]:
    """Encode contents as a header and segments.

    Args:
        contents: The contents.
        name: The name of the submission, for the message.

    Raises:
        SubmissionError: There are too many names or too much code.

    """
    texts = [text.encode() for text in contents.sources.values()]
    header = _Header(
        list(contents.files),
        list(contents.sources),
        [note.text for note in contents.notes],
        contents.problem,
        dict(contents.syntax_errors),
        contents.module,
        dict(contents.notebooks),
        list(contents.imports),
        dict(contents.parameters),
        contents.unread,
    )
    data = msgspec.json.encode(header)
    if (
        len(data) > MAX_HEADER
        or len(texts) > MAX_SOURCES
        or sum(map(len, texts)) > MAX_SOURCE_BYTES
    ):
        raise SubmissionError(
            f"{name} holds too many names or too much code: hand in your own files only"
        )
    return data, [*contents.files.values(), *texts]


def unpacked(header: bytes, segments: Sequence[Any]) -> Contents:
    """Decode and validate untrusted contents.

    Args:
        header: The header that `packed` returned.
        segments: The segments that follow it.

    Raises:
        ValueError: `packed` cannot have produced this.

    """
    if len(header) > MAX_HEADER:
        raise ValueError("an oversized header")
    found = msgspec.json.decode(header, type=_Header)  # msgspec's errors are ValueErrors
    count = len(found.files)
    if (
        count > MAX_FILES
        or len(found.sources) > MAX_SOURCES
        or len(segments) != count + len(found.sources)
    ):
        raise ValueError("the wrong number of files")
    data, texts = segments[:count], segments[count:]
    if (
        sum(map(len, data)) > MAX_TOTAL + MAX_SOURCE_BYTES
        or sum(map(len, texts)) > MAX_SOURCE_BYTES
    ):
        raise ValueError("more bytes than are kept")
    if any(
        wrong_with(name) or ".." in name.split("/") or name.startswith("/") for name in found.files
    ):
        raise ValueError("a name that no file may have")
    contents = Contents(
        dict(zip(found.files, map(bytes, data), strict=True)),
        tuple(map(Note, found.notes)),
        None if found.problem is None else printable(found.problem, MAX_NOTE),
        {
            printable(file, MAX_NOTE): printable(text, MAX_NOTE)
            for file, text in found.syntax_errors.items()
        },
        found.module,
        found.notebooks,
        {name: bytes(text).decode() for name, text in zip(found.sources, texts, strict=True)},
        tuple(found.imports),
        found.parameters,
        None if found.unread is None else printable(found.unread, MAX_NOTE),
    )
    return capped(contents)
