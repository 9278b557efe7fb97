"""Load a course from disk: its assignments and their files."""

from __future__ import annotations

import ast
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course.settings import as_written, did_you_mean, read_settings
from grader.errors import CourseError
from grader.model import Budget, Limits, Visibility

__all__ = ["Assignment", "Course", "load_assignment", "shown_path"]


@dataclass(frozen=True)
class Assignment:
    """One assignment: what is handed in, what may be used, and what decides the grade.

    Args:
        name: The name of its folder.
        folder: Its folder.
        title: The title in assignment.toml.
        seed: The seed in assignment.toml.
        files: The symbols that each file of a submission must define; the reference module has
            the same file name.
        imports: The packages that a submission may import, in addition to the standard library.
        preload: The packages that the warm interpreter imports.
        limits: The default limits of one check.
        budget: The budget of a whole submission.
        visibility: What students read about hidden checks.
        reference_files: The sources of the solution; empty in a student's copy.
        frozen: In a student's copy, the recorded results of the solution for the public checks
            (answers.bin).
        calibration: The content of calibration.json.
        digest: Changes if anything changes that decides a grade or its feedback.
        check_digests: The same for each check file, without the other check files.

    """

    name: str
    folder: Path
    title: str
    seed: int
    files: Mapping[str, tuple[str, ...]]
    imports: tuple[str, ...]
    preload: tuple[str, ...]
    limits: Limits
    budget: Budget
    visibility: Visibility
    reference_files: Mapping[str, bytes]
    frozen: bytes
    calibration: Mapping[str, Any]
    digest: str
    check_digests: Mapping[str, str]

    @property
    def course(self) -> Path:
        """The folder of the course that the assignment belongs to."""
        return (
            self.folder.parents[1]
            if self.folder.parent.name == "assignments"
            else self.folder.parent
        )

    @property
    def checks(self) -> Path:
        """The folder of the check files."""
        return self.folder / "checks"

    @property
    def mistakes(self) -> Path:
        """The module of known mistakes, which is optional."""
        return self.folder / "mistakes.py"

    @property
    def handout(self) -> Path:
        """The handout, which is optional."""
        return self.folder / "README.md"


@dataclass(frozen=True)
class Course:
    """A folder with `assignments/`, and `reference/` if it has the solutions; or a released copy.

    Args:
        root: The folder.

    """

    root: Path

    @property
    def folder(self) -> Path:
        """The folder that contains the folders of the assignments."""
        inside = self.root / "assignments"
        return inside if inside.is_dir() else self.root

    def names(self) -> list[str]:
        """The names of all assignments, sorted.

        Raises:
            CourseError: There are no assignments.

        """
        names = sorted(path.parent.name for path in self.folder.glob("*/assignment.toml"))
        if not names:
            raise CourseError(f"{shown_path(self.folder)} holds no folder with an assignment.toml")
        return names

    def assignments(self) -> list[Assignment]:
        """All assignments, sorted by name.

        Raises:
            CourseError: There are no assignments, or one of them cannot be loaded.

        """
        return [self._load(name) for name in self.names()]

    def assignment(self, name: str) -> Assignment:
        """Load an assignment.

        Args:
            name: Its name, or the start of it, with or without its number: "04", "layers".

        Raises:
            CourseError: The name fits none or several, or the assignment cannot be loaded.

        """
        names = self.names()
        begin = [
            known
            for known in names
            if known.startswith(name) or known.partition("-")[2].startswith(name)
        ]
        matches = [name] if name in names else begin
        if len(matches) == 1:
            return self._load(matches[0])
        if matches:
            raise CourseError(f"'{name}' could be {' or '.join(matches)}: use more of the name")
        raise CourseError(
            f"there is no assignment '{name}'{did_you_mean(name, names)}; there are "
            f"{', '.join(names)}"
        )

    def _load(self, name: str) -> Assignment:
        return load_assignment(self.folder / name)


def load_assignment(folder: Path) -> Assignment:
    """Read an assignment.

    Args:
        folder: Its folder.

    Raises:
        CourseError: It cannot be loaded. The message names the file and the key, the value and
            what was expected.

    """
    folder = Path(os.path.abspath(folder))
    path = folder / "assignment.toml"
    try:
        raw = path.read_bytes()
        settings = read_settings(raw, shown_path(path))
        checks = _checks(folder / "checks")
        # A released copy may be in a folder of its course; only an assignment in assignments/ has a
        # reference.
        solutions = folder.parents[1] / "reference" if folder.parent.name == "assignments" else None
        reference = _reference(solutions, settings.files, shown_path(path))
        optional = {
            name: (folder / name) for name in ("calibration.json", "mistakes.py", "answers.bin")
        }
        others = {name: file.read_bytes() for name, file in optional.items() if file.is_file()}
    except OSError as error:
        raise CourseError(
            f"{shown_path(Path(error.filename or path))} cannot be read ({error.strerror})"
        ) from error
    tests = {name: data for name, data in checks.items() if Path(name).match("test_*.py")}
    shared = [
        {"assignment.toml": raw},
        {k: v for k, v in checks.items() if k not in tests},
        reference,
        others,
    ]
    return Assignment(
        name=folder.name,
        folder=folder,
        title=settings.title,
        seed=settings.seed,
        files={file: tuple(symbols) for file, symbols in settings.files.items()},
        imports=tuple(settings.imports),
        preload=tuple(settings.preload),
        limits=settings.limits,
        budget=settings.budget,
        visibility=settings.visibility,
        reference_files=reference,
        frozen=others.get("answers.bin", b""),
        calibration=_calibration(
            others.get("calibration.json", b"{}"), shown_path(optional["calibration.json"])
        ),
        digest=_digest([*shared, tests]),
        check_digests={name: _digest([*shared, {name: data}]) for name, data in tests.items()},
    )


def _checks(folder: Path) -> dict[str, bytes]:
    """All files in the folder of the checks, by POSIX name, without hidden files and caches."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in name.parts):
            found[name.as_posix()] = path.read_bytes()
    if not any(Path(name).match("test_*.py") for name in found):
        raise CourseError(
            f"{shown_path(folder)} holds no test_*.py: an assignment needs at least one check"
        )
    return found


def _reference(folder: Path | None, files: Mapping[str, list[str]], shown: str) -> dict[str, bytes]:
    """The files of the reference, each of which must define its symbols; none in a copy."""
    found: dict[str, bytes] = {}
    if folder is None or not folder.is_dir():
        return found
    for file, symbols in files.items():
        path = folder / file
        if not path.is_file():
            raise CourseError(
                f'{shown}: [files] names "{file}", but there is no {shown_path(path)}'
            )
        found[file] = path.read_bytes()
        try:
            defined = _defined_names(ast.parse(found[file]))
        except (SyntaxError, ValueError) as error:
            raise CourseError(f"{shown_path(path)} is not valid Python: {error}") from error
        for symbol in symbols:
            if symbol not in defined:
                raise CourseError(
                    f'{shown}: [files] "{file}" lists "{symbol}", but {shown_path(path)} does not '
                    f"define it{did_you_mean(symbol, defined)}"
                )
    return found


def _defined_names(module: ast.Module) -> set[str]:
    """The names that the top level of a module binds."""
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names.update(name.id for name in ast.walk(node) if isinstance(name, ast.Name))
    return names


def _calibration(raw: bytes, shown: str) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except ValueError as error:
        raise CourseError(
            f"{shown} is not JSON ({error}): create it again with `grade calibrate`"
        ) from error
    if not isinstance(data, dict):
        raise CourseError(
            f"{shown} holds {as_written(data)}, expected a table: create it again with `grade "
            "calibrate`"
        )
    return data


def _digest(groups: Iterable[Mapping[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for group in groups:
        digest.update(f"{len(group)} files ".encode())
        for name, data in sorted(group.items()):
            digest.update(f"{len(name)} {name} {len(data)} ".encode())
            digest.update(data)
    return digest.hexdigest()


def shown_path(path: Path) -> str:
    """A path relative to the current folder if possible, for messages."""
    try:
        return str(Path(os.path.abspath(path)).relative_to(Path.cwd()))
    except ValueError:
        return str(path)
