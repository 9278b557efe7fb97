"""Read untrusted files: every name and every byte is checked by one set of rules; no code runs.

A file that breaks a rule raises SubmissionError: one sentence that names the file and says what to
do. Data files that are too large and special files are ignored with a Note instead, because the
code can be graded without them.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from grader.errors import SubmissionError
from grader.model import Note
from grader.submission.parsing import printable

__all__ = [
    "ARCHIVES",
    "CODE",
    "MAX_ENTRIES",
    "MAX_FILES",
    "MAX_TOTAL",
    "Intake",
    "ignored",
    "mib",
    "read_tree",
    "wrong_with",
]

MIB = 1 << 20
# a Python file; parsing takes up to 400 bytes of memory for each of its bytes
MAX_SOURCE = MIB // 2
MAX_FILE = 10 * MIB  # a data file
# all files together; one notebook with its pictures; an archive, packed and unpacked
MAX_TOTAL = 50 * MIB
MAX_FILES = 2000
MAX_ENTRIES = 50_000  # everything that is scanned, including folders and ignored files
MAX_DEPTH = 12
MAX_NAME = 240  # characters of a path
MAX_COMPONENT = 255  # bytes of each of its parts: the limit of file systems
MAX_PATH = 700  # bytes of a path: the folder above it needs space too

CODE = (".py", ".ipynb")
ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
IGNORED = {"__pycache__", "__MACOSX", "node_modules", "Thumbs.db", "desktop.ini", "Icon\r"}

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)  # this and the next four are absent on Windows
_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.scandir in os.supports_fd


def ignored(name: str) -> bool:
    """Whether a path is not part of the work: hidden, a cache, or made by the operating system."""
    return any(part.startswith(".") or part in IGNORED for part in name.split("/"))


def wrong_with(name: str) -> str:
    """Why a path cannot be shown on a terminal or written to another disk, or "".

    >>> wrong_with("ü" * 130 + ".txt")[-58:]
    'has a part of 264 bytes in UTF-8, and disks take up to 255'
    """
    if len(name) > MAX_NAME or name.count("/") >= MAX_DEPTH:
        return (
            f"the path '{printable(name)}' has more than {MAX_NAME} characters or {MAX_DEPTH} parts"
        )
    if any(not char.isprintable() and unicodedata.category(char) != "Zs" for char in name):
        return f"the name '{printable(name)}' has characters that cannot be shown"
    parts = name.encode().split(b"/")  # no lone surrogate is printable
    if (longest := max(map(len, parts))) > MAX_COMPONENT:
        sentence = f"has a part of {longest} bytes in UTF-8, and disks take up to {MAX_COMPONENT}"
        return f"the name '{printable(name)}' {sentence}"
    if len(name.encode()) > MAX_PATH:
        return f"the path '{printable(name)}' has more than {MAX_PATH} bytes in UTF-8"
    return ""


@dataclass
class Intake:
    """The files that were read so far, and notes on ignored files.

    Args:
        source: The file or folder that they come from, for messages.
        files: The files by POSIX name relative to the submission.
        notes: The notes.

    """

    source: str
    files: dict[str, bytes] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    _total: int = 0
    _entries: int = 0

    def count_entry(self) -> None:
        """Count one entry of a folder or an archive; raises SubmissionError above the limit."""
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise SubmissionError(
                f"{self.source} holds more than {MAX_ENTRIES} files: hand in your own files only"
            )

    def admits(self, name: str) -> bool:
        """Whether a path can be shown on a terminal and written to another disk.

        Raises:
            SubmissionError: It cannot, and it is code.

        """
        sentence = wrong_with(name)
        if not sentence:
            return True
        if name.lower().endswith((*CODE, *ARCHIVES)):
            raise SubmissionError(f"{self.source}: {sentence}: rename the file or move it up")
        self.notes.append(Note(f"{sentence}: it was ignored"))
        return False

    def wants(self, name: str, size: int) -> bool:
        """Whether to read a file of `size` bytes; data that is too large gets a Note.

        Raises:
            SubmissionError: Code is too large, or there are too many files or bytes.

        """
        if size > (limit := _limit(name)):
            sentence = f"{name} has {mib(size)}, the limit is {mib(limit)}"
            if name.lower().endswith((*CODE, *ARCHIVES)):
                raise SubmissionError(
                    f"{self.source}: {sentence}: hand in a smaller one, without data in it"
                )
            self.notes.append(Note(f"{sentence}: it was ignored"))
            return False
        if self._total + size > MAX_TOTAL:
            raise SubmissionError(
                f"{self.source} holds more than {mib(MAX_TOTAL)} ({name} is one file too many): "
                "hand in the code only"
            )
        if len(self.files) >= MAX_FILES:
            raise SubmissionError(
                f"{self.source} holds more than {MAX_FILES} files: hand in your own files only"
            )
        return True

    def add(self, name: str, data: bytes) -> None:
        """Store a file that `wants` accepted."""
        self.files[name] = data
        self._total += len(data)


def read_tree(path: Path, *, follow: bool = False) -> Intake:
    """Read one file, or a folder with all its contents.

    A link inside a folder is never opened: a link to a file of the same folder gets that file's
    bytes, any other link is an error.

    Args:
        path: The file or folder.
        follow: Whether `path` itself may be a link.

    Raises:
        SubmissionError: A file cannot be read, or breaks a rule.

    """
    intake = Intake(printable(Path(os.path.abspath(path)).name) or "the submission")
    nofollow = 0 if follow else _NOFOLLOW
    try:
        if not follow and path.is_symlink():
            raise OSError(errno.ELOOP, "is a link")
        if path.is_dir():
            if _BY_DESCRIPTOR:
                _read_folder(os.open(path, _OPEN | os.O_DIRECTORY | nofollow), intake)
            else:
                _Folder(path, intake).read()
        elif path.is_file():
            data = _read_file(os.open(path, _OPEN | nofollow), intake.source, intake)
            if data is not None:
                intake.add(_file_name(path), data)
        else:
            raise SubmissionError(f"{intake.source} is neither a file nor a folder: remove it")
    except OSError as error:
        raise _read_error(intake.source, error) from error
    return intake


def _file_name(path: Path) -> str:
    """The name of a file that was handed in by itself."""
    name = printable(Path(os.path.abspath(path)).name, MAX_COMPONENT)
    suffix = next((suffix for suffix in (*ARCHIVES, *CODE) if name.lower().endswith(suffix)), "")
    return f"submission{suffix}" if wrong_with(name) else name


def _read_folder(descriptor: int, intake: Intake) -> None:
    try:
        _Folder(descriptor, intake).read()
    finally:
        os.close(descriptor)


class _Folder:
    """Reads a folder. Entries are opened relative to it, so that no link can be inserted meanwhile.

    Windows does not support that; it uses paths, for `grade check` on the files of the user.
    """

    def __init__(self, folder: int | Path, intake: Intake) -> None:
        self._root = folder
        self._intake = intake
        self._links: dict[str, str] = {}

    def read(self) -> None:
        self._walk(self._root, "")
        for name, target in self._links.items():
            self._resolve(name, target)

    def _walk(self, folder: int | Path, prefix: str) -> None:
        with os.scandir(folder) as entries:
            found = sorted(islice(entries, MAX_ENTRIES + 1), key=lambda entry: entry.name)
        if prefix and any(entry.name == "pyvenv.cfg" for entry in found):
            return
        for entry in found:
            self._intake.count_entry()
            if ignored(entry.name):
                continue
            name = prefix + entry.name
            try:
                if self._intake.admits(name):
                    self._read_entry(entry, folder, name)
            except OSError as error:
                raise _read_error(name, error) from error

    def _read_entry(self, entry: os.DirEntry[str], folder: int | Path, name: str) -> None:
        path: str | Path = entry.name
        descriptor: int | None = None
        if isinstance(folder, Path):
            path = folder / entry.name
        else:
            descriptor = folder
        if entry.is_symlink():
            self._links[name] = os.readlink(path, dir_fd=descriptor)
        elif entry.is_dir(follow_symlinks=False):
            if isinstance(path, Path):
                self._walk(path, f"{name}/")
                return
            inner = os.open(path, _OPEN | os.O_DIRECTORY | _NOFOLLOW, dir_fd=descriptor)
            try:
                self._walk(inner, f"{name}/")
            finally:
                os.close(inner)
        elif entry.is_file(follow_symlinks=False):
            data = _read_file(
                os.open(path, _OPEN | _NOFOLLOW, dir_fd=descriptor), name, self._intake
            )
            if data is not None:
                self._intake.add(name, data)
        else:
            self._intake.notes.append(
                Note(f"{name} is a pipe, a socket or a device, not a file: it was ignored")
            )

    def _resolve(self, name: str, target: str) -> None:
        """Look up the target of a link among the files that were read."""
        path = os.path.normpath(os.path.join(os.path.dirname(name), target)).replace(os.sep, "/")
        data = self._intake.files.get(path)
        if data is None:
            raise SubmissionError(
                f"{name} is a link to '{printable(target)}', which is not a file of this "
                "submission: replace the link by a copy of the file"
            )
        if self._intake.wants(name, len(data)):
            self._intake.add(name, data)


def _read_file(descriptor: int, name: str, intake: Intake) -> bytes | None:
    """Read an open file, and close it; None if it is ignored."""
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(f"{name} is not a regular file: remove it")
        if not intake.wants(name, status.st_size):
            return None
        data = file.read(status.st_size + 1)
        if len(data) > status.st_size:
            raise SubmissionError(
                f"{name} grew while it was read: grade again when no program writes to it"
            )
        return data


def _limit(name: str) -> int:
    if name.endswith(".py"):
        return MAX_SOURCE
    return MAX_TOTAL if name.lower().endswith((".ipynb", *ARCHIVES)) else MAX_FILE


def _read_error(name: str, error: OSError) -> SubmissionError:
    if error.errno == errno.ELOOP:
        return SubmissionError(f"{name} is a link: replace it by a copy of its target")
    return SubmissionError(
        f"{name} cannot be read ({error.strerror or error}): check its permissions"
    )


def mib(size: int) -> str:
    """A size for messages: "0.5 MiB"."""
    return f"{size / MIB:.1f} MiB".replace(".0 ", " ")
