"""Find the course of a path, by searching upwards within a limit.

A stray course in a home or in /tmp must not capture the folders next to it. In a folder that
everyone can write to, anyone could place a course, and its checks would run with the rights of the
grader.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from grader.course.loading import Course
from grader.errors import CourseError

__all__ = ["RELEASED", "find_course"]

RELEASED = "gradmark-course.txt"  # marks a folder that `grade release` wrote
_PROJECT = ".git", "pyproject.toml"


def find_course(*starts: Path) -> Course:
    """Find the course that contains one of the paths.

    A folder is a course if it contains assignments/NAME/assignment.toml, or if `grade release`
    wrote it. The nearest one at or above a path is used. A released assignment belongs to the
    folder that contains it, even if it was copied out of its course.

    The search ends with the first project (a folder with .git or pyproject.toml) or mount point,
    and before a home, the folder for temporary files, or a folder that everyone can write to: such
    a folder is only checked if it is the path itself.

    Args:
        starts: The paths, tried in order; each is tried as given, then with links resolved.

    Raises:
        CourseError: None of the paths is in a course. The message names the searched folders.

    """
    looked_at: list[Path] = []
    for start in starts:
        for folder in _upwards(start):
            looked_at.append(folder)
            if _is_course(folder):
                return Course(folder)
            if _is_released_assignment(folder):
                return Course(folder.parent)
    raise CourseError(_not_found(looked_at))


def _upwards(start: Path) -> Iterator[Path]:
    """The folders to check, nearest first: above the path as given, then above its real path."""
    try:
        written = Path(os.path.abspath(start))
    except FileNotFoundError as error:
        raise CourseError("the current folder no longer exists: change to another one") from error
    yield from _bounded(written)
    if (real := Path(os.path.realpath(start))) != written:
        yield from _bounded(real)


def _bounded(start: Path) -> Iterator[Path]:
    yield start
    for below, folder in zip([start, *start.parents], start.parents, strict=False):
        if _ends_search(below) or _is_shared(folder):
            return
        yield folder


def _ends_search(folder: Path) -> bool:
    return os.path.ismount(folder) or any(os.path.lexists(folder / name) for name in _PROJECT)


def _is_shared(folder: Path) -> bool:
    """Whether a folder may contain unrelated files: a home, or a folder that everyone can write."""
    if folder in _common_places():
        return True
    try:
        mode = folder.stat().st_mode
    except OSError:
        return False
    return bool(mode & stat.S_ISVTX and mode & stat.S_IWOTH)


def _common_places() -> set[Path]:
    """Homes and the folder for temporary files, with their usual names and their real paths."""
    known = {os.path.expanduser("~"), tempfile.gettempdir()}
    return {Path(place(name)) for name in known for place in (os.path.abspath, os.path.realpath)}


def _is_course(folder: Path) -> bool:
    try:
        return os.path.isfile(folder / RELEASED) or any(
            (folder / "assignments").glob("*/assignment.toml")
        )
    except OSError:  # a folder that this user may not read
        return False


def _is_released_assignment(folder: Path) -> bool:
    return all(os.path.isfile(folder / name) for name in ("assignment.toml", "answers.bin"))


def _not_found(looked_at: list[Path]) -> str:
    for folder in looked_at:
        if os.path.isdir(folder / "assignments"):
            return f"{folder / 'assignments'} holds no folder with an assignment.toml"
    first = looked_at[0]
    above = [folder for folder in first.parents if folder in looked_at]
    where = (
        f"neither it nor a folder above it, up to {above[-1]}, is one"
        if above
        else "it is not one itself"
    )
    return (
        f"{first} is not in a course: {where} (a course holds assignments/NAME/assignment.toml or "
        f"{RELEASED}). Change to the course's folder, or name it with --course"
    )
