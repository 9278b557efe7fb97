"""Finding submissions and reading them. Nothing is executed to find out what a submission is.

What counts as one submission:

- a .py file, a notebook, an archive (.zip, .tar.gz, .tgz, .tar), or a folder with a file of the assignment in it;
- any other folder is a class: each folder, archive, .py file and notebook in it is one submission. A folder that holds
  one single .py file or notebook and no folder or archive is one submission, unless it is called `submit`.

The student's name is the name of the file or folder, without the extension.
"""

from __future__ import annotations

import hashlib
import inspect
import keyword
import os
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError
from grader.model import Note
from grader.submission.archive import unpack
from grader.submission.intake import ARCHIVES, CODE, ignored, mib, read_tree
from grader.submission.notebook import notebook_source
from grader.submission.parsing import decode_source, printable, syntax_error

__all__ = ["Submission", "find_submissions", "only_submission", "read_submission"]

CLASS_FOLDER = "submit"
OTHER_KINDS = (".rar", ".7z", ".gz", ".bz2", ".xz", ".zst", ".pdf", ".doc", ".docx", ".odt")   # handed in by mistake
KINDS = "a .py file, a notebook, a .zip or a .tar.gz"
MAX_PYTHON = 2 << 20                    # bytes of Python in one submission
RESERVED = frozenset(sys.stdlib_module_names) | {
    "IPython", "_pytest", "conftest", "grader", "matplotlib", "msgspec", "nbformat", "numpy", "pandas", "pluggy",
    "pytest", "reference", "scipy", "sitecustomize", "sklearn", "torch", "torchvision", "usercustomize",
}  # fmt: skip


@dataclass(frozen=True)
class Submission:
    """One student's work, read and not executed.

    files: bytes by POSIX name relative to the submission; a notebook is there as the module that was made of it.
    digest: changes when a byte or a name of `files` changes, or the problem.
    problem: why the submission was refused, in one sentence; `files` is empty then.
    unread: why the grader failed to read it, which is not the student's fault: the grade is withheld.
    syntax_errors: by file, "layers.py, line 12: '(' was never closed".
    module: the one module that holds the symbols of all the assignment's files, or None when each file has its own.
    notebooks: the file name of the notebook that a module of `files` was made of.
    sources: the student's own code, by the file name that tracebacks show ("layers.py", "hw.ipynb, cell 3").
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
    unread: str | None = None


def find_submissions(path: Path, *, expected: Collection[str]) -> list[Submission]:
    """All submissions at `path`, sorted by name. `expected` are the names of the assignment's files.

    A submission that cannot be read is among them, with its `problem`. Raises SubmissionError when there is nothing at
    `path` that could be a submission.
    """
    shown = printable(str(path), 500)
    try:
        if not path.exists():
            raise SubmissionError(f"{shown}: there is no such file or folder")
        if not path.is_dir():
            if not path.name.lower().endswith((*CODE, *ARCHIVES)):
                raise SubmissionError(f"{shown} is no submission: expected a folder, {KINDS}")
            return [read_submission(path, expected=expected)]
        members = _members(path)
    except OSError as error:
        raise SubmissionError(f"{shown} cannot be read ({error.strerror}): check its permissions") from error
    if not members:
        raise SubmissionError(f"{shown} holds no submission: expected {_listed(expected)}, or folders, or {KINDS}")
    single = len(members) == 1 and members[0].lower().endswith(CODE) and _name_of(path) != CLASS_FOLDER
    if single or not set(members).isdisjoint(expected):
        return [read_submission(path, expected=expected)]
    stems = {member: _stem(path / member) for member in members}
    count = Counter(stem.casefold() for stem in stems.values())
    found: dict[str, Submission] = {}
    for member, stem in stems.items():
        shared = count[stem.casefold()] > 1             # ada.zip beside ada.ipynb: each keeps its full name
        student = printable(member if shared else stem)
        while student in found:                         # names that differed in characters which cannot be shown
            student += "-2"
        note = Note(f"several submissions are called '{printable(stem)}': this one is graded as '{student}'")
        found[student] = _read(path / member, frozenset(expected), student, (note,) if shared else ())
    return [found[student] for student in sorted(found)]


def only_submission(path: Path, *, expected: Collection[str]) -> Submission:
    """The one submission at `path`. Raises SubmissionError when there is none, or more than one."""
    found = find_submissions(path, expected=expected)
    if len(found) != 1:
        raise SubmissionError(f"{printable(str(path), 500)} holds {len(found)} submissions: name one of them")
    if found[0].unread:
        raise SubmissionError(found[0].unread)
    return found[0]


def read_submission(path: Path, *, expected: Collection[str]) -> Submission:
    """Read `path` as one submission, whatever it looks like; what is wrong with it is its `problem`."""
    return _read(path, frozenset(expected), printable(_stem(path)), (), follow=True)


def _read(
    path: Path, expected: frozenset[str], student: str, notes: tuple[Note, ...], *, follow: bool = False
) -> Submission:
    reader = _Reader(path, expected)
    try:
        reader.read(follow)
        digest = _digest(reader.files)
    except SubmissionError as error:
        problem = str(error)
        digest = hashlib.sha256(problem.encode()).hexdigest()
        return Submission(student, path, {}, digest, (*notes, Note(problem)), problem)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is about this one submission and our own doing
        unread = f"The grader failed to read {printable(path.name)} ({printable(f'{type(error).__name__}: {error}')})."
        return Submission(student, path, {}, hashlib.sha256(unread.encode()).hexdigest(), notes, unread=unread)
    return Submission(
        student, path, reader.files, digest, (*notes, *reader.notes), None,
        reader.syntax_errors, reader.module, reader.notebooks, reader.sources,
    )  # fmt: skip


class _Reader:
    """Turns what was handed in into the files that are graded; raises SubmissionError when that cannot be done."""

    def __init__(self, path: Path, expected: frozenset[str]) -> None:
        self.expected = expected
        self._path = path
        self._name = printable(_name_of(path))
        self.files: dict[str, bytes] = {}
        self.notes: list[Note] = []
        self.syntax_errors: dict[str, str] = {}
        self.module: str | None = None
        self.notebooks: dict[str, str] = {}
        self.sources: dict[str, str] = {}

    def read(self, follow: bool) -> None:
        kind = self._path.name.lower()
        if kind.endswith(OTHER_KINDS) and not kind.endswith(ARCHIVES) and self._path.is_file():
            raise SubmissionError(f"{self._name} cannot be graded: hand in {_listed(self.expected)}, or {KINDS}")
        intake = read_tree(self._path, follow=follow)
        self.files, self.notes = intake.files, intake.notes
        self._unpack_only_archive()
        self._choose_root()
        self._name_only_module()
        self._leave_out_reserved()
        if not any(file.endswith(CODE) for file in self.files):
            raise SubmissionError(f"{self._name} holds no .py file and no notebook: hand in {_listed(self.expected)}")
        self._convert_notebooks()
        self._choose_module()
        self._check_syntax()

    def _unpack_only_archive(self) -> None:
        """An archive, or a folder that a learning platform made for one archive."""
        archives = [name for name in self.files if name.lower().endswith(ARCHIVES)]
        if len(archives) == 1 and not any(name.endswith(CODE) for name in self.files):
            intake = unpack(self.files[archives[0]], archives[0])
            self.files = intake.files
            self.notes += intake.notes

    def _choose_root(self) -> None:
        """Take the shallowest folder with a file of the assignment as the root, or unwrap single top folders."""
        paths = {name: PurePosixPath(name) for name in self.files}
        as_notebooks = {file.removesuffix(".py") + ".ipynb" for file in self.expected}
        homes = {path.parent for path in paths.values() if path.name in self.expected}
        homes = homes or {path.parent for path in paths.values() if path.name in as_notebooks}
        if homes:
            depth = min(len(home.parts) for home in homes)
            roots = sorted(home for home in homes if len(home.parts) == depth)
            if len(roots) > 1:
                folders = _listed(str(root) for root in roots)
                raise SubmissionError(f"{self._name} holds the assignment's files more than once ({folders}): keep one")
            root = roots[0]
        else:
            levels = zip(*(path.parent.parts for path in paths.values()), strict=False)
            root = PurePosixPath(*(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)))
        outside = [name for name, path in paths.items() if root not in path.parents]
        if any(name.endswith(CODE) for name in outside):
            self.notes.append(Note(f"only the folder '{root}' was read, because the assignment's files are there"))
        inside = self.files.keys() - set(outside)
        self.files = {str(paths[name].relative_to(root)): self.files[name] for name in sorted(inside)}

    def _name_only_module(self) -> None:
        """Give a single .py file a name that can be imported, when it has none ("my solution.py", "code.py")."""
        code = [name for name in self.files if name.endswith(CODE)]
        if len(code) == 1 and code[0].endswith(".py") and code[0] not in self.expected:
            stem = PurePosixPath(code[0]).stem
            if "/" in code[0] or not stem.isidentifier() or keyword.iskeyword(stem) or stem in RESERVED:
                self.files["submission.py"] = self.files.pop(code[0])
                self.notes.append(Note(f"'{code[0]}' is graded as submission.py: its own name cannot be imported"))

    def _leave_out_reserved(self) -> None:
        """Leave out modules that would be imported in place of the standard library's or the grader's."""
        tops = {name.split("/")[0] for name in self.files}
        packages = {name.split("/")[0] for name in self.files if re.fullmatch(r"[^/]+/__init__\.\w+", name)}
        hiding = {
            top: module
            for top in tops - self.expected
            if (module := top if top in packages else inspect.getmodulename(top)) in RESERVED
        }
        self.files = {name: data for name, data in self.files.items() if name.split("/")[0] not in hiding}
        for top, module in sorted(hiding.items()):
            self.notes.append(Note(f"{top} was left out, because it would hide the module '{module}': rename it"))

    def _convert_notebooks(self) -> None:
        """Put generated modules in the place of the notebooks that are graded, and leave the others out."""
        found = {name: self.files.pop(name) for name in sorted(self.files) if name.endswith(".ipynb")}
        written = self.expected & self.files.keys()
        chosen = [name for name in found if (file := f"{name[:-6]}.py") in self.expected and file not in written]
        if found and not chosen and not written:
            chosen = [name for name in found if "/" not in name] or list(found)
            if len(chosen) > 1:
                raise SubmissionError(f"{self._name} holds several notebooks ({_listed(chosen)}): hand in one")
        for name in chosen:
            notebook = PurePosixPath(name)
            converted = notebook_source(found.pop(name), notebook.name)
            module = self._module_name(notebook.stem)
            self.files[f"{module}.py"] = converted.source.encode()
            self.notebooks[module] = notebook.name
            self.sources.update(converted.cells)
            self.notes += converted.notes
        if found:
            read = _listed(written or chosen)
            self.notes.append(Note(f"left out, because {read} was handed in as well: {_listed(found)}"))

    def _module_name(self, stem: str) -> str:
        """A name for a notebook's module which can be imported and hides nothing."""
        name = re.sub(r"[^0-9A-Za-z_]", "_", stem)
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"notebook_{name}"
        while f"{name}.py" not in self.expected and (name in RESERVED or f"{name}.py" in self.files):
            name += "_notebook"
        return name

    def _choose_module(self) -> None:
        """Find the module that stands for all files of the assignment: the only notebook or .py file, of any name."""
        present = {name.removesuffix(".py") for name in self.expected & self.files.keys()}
        if len(self.notebooks) == 1 and present <= self.notebooks.keys():
            (self.module,) = self.notebooks
        elif not present:
            python = [name for name in self.files if name.endswith(".py") and "/" not in name]
            if len(python) == 1:
                self.module = python[0].removesuffix(".py")
            else:
                found = _listed(python or self.files)
                self.notes.append(Note(f"none of {_listed(self.expected)} is there, only {found}: rename your files"))

    def _check_syntax(self) -> None:
        generated = {f"{module}.py" for module in self.notebooks}
        python = [file for file in self.files if file.endswith(".py") and file not in generated]
        if sum(len(self.files[file]) for file in python) > MAX_PYTHON:
            raise SubmissionError(f"{self._name} holds over {mib(MAX_PYTHON)} of Python: hand in your own files only")
        for file in python:
            text, problem = decode_source(self.files[file], file)
            self.sources[file] = text
            if problem := problem or syntax_error(text, file):
                self.syntax_errors[file] = problem


def _members(folder: Path) -> list[str]:
    """The names in a folder that could each be a submission, sorted."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if not ignored(entry.name)
            and (entry.is_symlink() or entry.is_dir() or entry.name.lower().endswith((*CODE, *ARCHIVES, *OTHER_KINDS)))
        )


def _name_of(path: Path) -> str:
    return Path(os.path.abspath(path)).name or "submission"      # the name of "." is that of the folder


def _stem(path: Path) -> str:
    name = _name_of(path)
    if not os.path.isdir(path):                                  # False, where Path.is_dir would raise
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


def _listed(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")
