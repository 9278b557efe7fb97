"""What was found in a submission, as plain data, and its way out of the process that read it.

That process has handled a stranger's bytes, so what it says is checked here as if the stranger said
it.
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

MAX_NOTES = 50  # remarks on one submission
MAX_NOTE = 500  # characters of one
MAX_ERRORS = 50  # files whose syntax errors are kept
MAX_SOURCES = 4000  # files and cells
MAX_SOURCE_BYTES = 16 << 20  # of all their text
MAX_PACKAGES = 500  # that one submission imports
MAX_HEADER = 2 << 20  # bytes of all that is no file's content


class Import(NamedTuple):
    """An import in a file or a cell. module: the module of the submission that this file or cell is
    part of.
    """

    shown: str
    module: str
    line: int
    package: str


@dataclass(frozen=True)
class Contents:
    """What was handed in, without who did. The fields are those of `Submission`."""

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
    """Nothing, and the sentence that says why."""
    return Contents(
        notes=(Note(printable(problem, MAX_NOTE)),), problem=printable(problem, MAX_NOTE)
    )


def capped(contents: Contents) -> Contents:
    """The same with no more remarks and syntax errors than somebody would read."""
    notes = [Note(printable(note.text, MAX_NOTE)) for note in contents.notes[:MAX_NOTES]]
    if more := len(contents.notes) - len(notes):
        notes.append(Note(f"there are {more} more remarks of this kind, which are left out here"))
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
    """All that is no content of a file. The contents of `files` and `sources` follow, in this
    order.
    """

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
    """A header and the segments beside it. name: of what was handed in, for the message.

    Raises SubmissionError when there are more names in it than are kept.
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
            f"{name} holds more names and code than anybody writes: hand in your own files only"
        )
    return data, [*contents.files.values(), *texts]


def unpacked(header: bytes, segments: Sequence[Any]) -> Contents:
    """The contents, believing nothing. Raises ValueError for what `packed` could not have made."""
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
