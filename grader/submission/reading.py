"""Find submissions and read them, without executing any code.

What counts as one submission:

- a .py file, a notebook, an archive (.zip, .tar.gz, .tgz, .tar), or a folder with a file of the
  assignment in it;
- any other folder is a class: each folder, archive, .py file and notebook in it is one submission.
  A folder that contains a single .py file or notebook and no folder or archive is one submission,
  unless it is called `submit`.

The student's name is the name of the file or folder, without the extension.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import GradmarkError, SubmissionError
from grader.model import Note
from grader.submission.arrangement import KINDS, OTHER_KINDS, arranged, listed
from grader.submission.contents import Contents, Import, capped, refused
from grader.submission.intake import ARCHIVES, CODE, Intake, ignored, read_tree
from grader.submission.parsing import inspected, printable

__all__ = [
    "Reader",
    "Submission",
    "find_submissions",
    "only_submission",
    "read_here",
    "read_submission",
    "submission_of_ours",
]

CLASS_FOLDER = "submit"

# Reads one submission. Arguments: its path, the names of the assignment's files, and whether the
# path itself may be a link.
Reader = Callable[[Path, Collection[str], bool], Contents]


@dataclass(frozen=True)
class Submission:
    """One student's work, read but not executed.

    Args:
        student: The student's name.
        origin: The file or folder that was handed in.
        files: Bytes by POSIX name relative to the submission; a notebook is represented by its
            generated module.
        digest: Changes if a byte or a name of `files` changes, or the problem.
        notes: Notes about ignored files and other choices.
        problem: Why the submission was refused, in one sentence; then `files` is empty.
        syntax_errors: By file, "layers.py, line 12: '(' was never closed".
        module: The one module that contains the symbols of all the assignment's files, or None
            if each file has its own.
        notebooks: The file name of the notebook for each generated module in `files`.
        sources: The student's code, by the file name that tracebacks show ("layers.py",
            "hw.ipynb, cell 3").
        imports: Every package that a file or a cell imports.
        parameters: The names of the parameters of each function.
        unread: Why the grader failed to read it, which is not the student's fault: the grade is
            withheld.

    """

    student: str
    origin: Path
    files: Mapping[str, bytes]
    digest: str
    notes: tuple[Note, ...] = ()
    problem: str | None = None
    syntax_errors: Mapping[str, str] = field(default_factory=dict)
    module: str | None = None
    notebooks: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unread: str | None = None


def read_here(
    path: Path, expected: Collection[str], follow: bool, seal: Callable[[], None] = lambda: None
) -> Contents:
    """Read any path as one submission in this process; an error becomes its `problem`.

    Args:
        path: The submission.
        expected: The names of the assignment's files.
        follow: Whether `path` itself may be a link.
        seal: Called when everything has been read, before any of it is parsed. A process that
            gives up its rights there can still do the rest.

    """
    name = printable(_name_of(path))
    try:
        intake = _read_files(path, expected, name, follow)
        seal()
        return capped(arranged(intake, expected))
    except SubmissionError as error:
        return refused(str(error))
    except MemoryError:  # reported by the code that set the limit
        raise
    except Exception as error:  # noqa: BLE001 - an error of the grader, for this submission only
        why = printable(f"{type(error).__name__}: {error}")
        return Contents(unread=f"The grader failed to read {name} ({why}).")


def _read_files(path: Path, expected: Collection[str], name: str, follow: bool) -> Intake:
    kind = path.name.lower()
    if kind.endswith(OTHER_KINDS) and not kind.endswith(ARCHIVES) and path.is_file():
        raise SubmissionError(f"{name} cannot be graded: hand in {listed(expected)}, or {KINDS}")
    return read_tree(path, follow=follow)


def submission_of_ours(name: str, files: Mapping[str, bytes]) -> Submission:
    """A submission of trusted files: the reference, or files derived from it."""
    imports: list[Import] = []
    parameters: dict[str, tuple[str, ...]] = {}
    for file, raw in files.items():
        if file.endswith(".py"):
            found = inspected(raw.decode(), file)
            imports += (
                Import(file, file[:-3], line, package) for package, line in found.imports.items()
            )
            parameters |= found.parameters
    return Submission(
        name, Path(name), files, _digest(files), imports=tuple(imports), parameters=parameters
    )


def find_submissions(
    path: Path, *, expected: Collection[str], reader: Reader = read_here
) -> list[Submission]:
    """Find all submissions at `path`.

    Args:
        path: A submission, or a folder of submissions.
        expected: The names of the assignment's files.
        reader: Reads each of them; untrusted submissions require a `ConfinedReader`.

    Returns:
        The submissions, sorted by name. One that cannot be read is included, with its `problem`.

    Raises:
        SubmissionError: Nothing at `path` can be a submission.

    """
    shown = printable(str(path), 500)
    try:
        if not path.exists():
            raise SubmissionError(f"{shown}: no such file or folder")
        if not path.is_dir():
            if not path.name.lower().endswith((*CODE, *ARCHIVES)):
                raise SubmissionError(f"{shown} is not a submission: expected a folder, {KINDS}")
            return [read_submission(path, expected=expected, reader=reader)]
        members = _members(path)
    except OSError as error:
        raise SubmissionError(
            f"{shown} cannot be read ({error.strerror}): check its permissions"
        ) from error
    if not members:
        raise SubmissionError(
            f"{shown} holds no submission: expected {listed(expected)}, or folders, or {KINDS}"
        )
    single = (
        len(members) == 1 and members[0].lower().endswith(CODE) and _name_of(path) != CLASS_FOLDER
    )
    if single or not set(members).isdisjoint(expected):
        return [read_submission(path, expected=expected, reader=reader)]
    stems = {member: _stem(path / member) for member in members}
    count = Counter(stem.casefold() for stem in stems.values())
    found: dict[str, Submission] = {}
    alike: Counter[str] = Counter()
    for member, stem in stems.items():
        shared = count[stem.casefold()] > 1  # ada.zip and ada.ipynb: each keeps its full name
        student = shown = printable(member if shared else stem)
        while student in found:  # names that differ only in characters that cannot be shown
            alike[shown] += 1
            student = f"{shown}-{alike[shown] + 1}"
        note = Note(
            f"several submissions are called '{printable(stem)}': this one is graded as '{student}'"
        )
        found[student] = _read(
            student, path / member, expected, reader, notes=(note,) if shared else ()
        )
    return [found[student] for student in sorted(found)]


def only_submission(
    path: Path, *, expected: Collection[str], reader: Reader = read_here
) -> Submission:
    """Read the only submission at `path`.

    Args:
        path: The submission, or a folder that contains it.
        expected: The names of the assignment's files.
        reader: As in `find_submissions`.

    Raises:
        SubmissionError: There is no submission or more than one, or the grader cannot read it.

    """
    found = find_submissions(path, expected=expected, reader=reader)
    if len(found) != 1:
        raise SubmissionError(
            f"{printable(str(path), 500)} holds {len(found)} submissions: choose one of them"
        )
    if found[0].unread:
        raise SubmissionError(found[0].unread)
    return found[0]


def read_submission(
    path: Path, *, expected: Collection[str], reader: Reader = read_here
) -> Submission:
    """Read any path as one submission; an error becomes its `problem`."""
    return _read(printable(_stem(path)), path, expected, reader, follow=True)


def _read(
    student: str,
    path: Path,
    expected: Collection[str],
    reader: Reader,
    *,
    notes: tuple[Note, ...] = (),
    follow: bool = False,
) -> Submission:
    try:
        found = reader(path, expected, follow)
    except GradmarkError:
        raise
    except Exception as error:  # noqa: BLE001 - an error of the grader, for this submission only
        unread = (
            f"The grader failed to read {printable(path.name)} "
            f"({printable(f'{type(error).__name__}: {error}')})."
        )
        return Submission(
            student, path, {}, hashlib.sha256(unread.encode()).hexdigest(), notes, unread=unread
        )
    why_not = found.problem or found.unread
    digest = hashlib.sha256(why_not.encode()).hexdigest() if why_not else _digest(found.files)
    return Submission(
        student,
        path,
        found.files,
        digest,
        (*notes, *found.notes),
        found.problem,
        found.syntax_errors,
        found.module,
        found.notebooks,
        found.sources,
        found.imports,
        found.parameters,
        found.unread,
    )


def _members(folder: Path) -> list[str]:
    """The names in a folder that could each be a submission, sorted."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if not ignored(entry.name)
            and (
                entry.is_symlink()
                or entry.is_dir()
                or entry.name.lower().endswith((*CODE, *ARCHIVES, *OTHER_KINDS))
            )
        )


def _name_of(path: Path) -> str:
    return Path(os.path.abspath(path)).name or "submission"  # the name of "." is that of the folder


def _stem(path: Path) -> str:
    name = _name_of(path)
    if not os.path.isdir(path):  # False, where Path.is_dir would raise
        for suffix in (*ARCHIVES, *CODE, *OTHER_KINDS):
            if name.lower().endswith(suffix):
                return name[: -len(suffix)]
    return name


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{len(name)} {name} {len(files[name])} ".encode())
        digest.update(files[name])
    return digest.hexdigest()
