"""Where the course is: from a path upwards, and no higher than what plausibly belongs together.

A stray course in a home or in /tmp must not capture the folders beside it, and in a folder that
everybody can write to anybody could plant one, whose checks would run as the grader's own.
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

RELEASED = "gradmark-course.txt"  # marks the folder that `grade release` has written
_PROJECT = ".git", "pyproject.toml"


def find_course(*starts: Path) -> Course:
    """The course that one of the paths lies in; the paths are tried in turn, each first as it is
    written.

    A folder is a course when it holds assignments/NAME/assignment.toml, or when `grade release` has
    written it. The nearest one at or above a path counts. A released assignment belongs to the
    folder that it is in, also when it has been copied out of its course.

    The search ends with the first project (a folder with .git or pyproject.toml) or mount point,
    and before a home, the folder for temporary files, or a folder that everybody can write to: such
    a folder is only looked at when it is itself the path. Raises CourseError, which says where was
    looked, when none of the paths is in a course.
    """
    looked_at: list[Path] = []
    for start in starts:
        for folder in _upwards(start):
            looked_at.append(folder)
            if _is_course(folder):
                return Course(folder)
            if _is_released_assignment(folder):
                return Course(folder.parent)
    raise CourseError(_nowhere(looked_at))


def _upwards(start: Path) -> Iterator[Path]:
    """The folders to look at, nearest first: those above the path as it is written, then those
    above its real place.
    """
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
    """Whether what lies in the folder need not belong together: a home, or a place for everybody's
    files.
    """
    if folder in _common_places():
        return True
    try:
        mode = folder.stat().st_mode
    except OSError:
        return False
    return bool(mode & stat.S_ISVTX and mode & stat.S_IWOTH)


def _common_places() -> set[Path]:
    """Homes and the folder for temporary files, under the names they are known by and their real
    ones.
    """
    known = {os.path.expanduser("~"), tempfile.gettempdir()}
    return {Path(place(name)) for name in known for place in (os.path.abspath, os.path.realpath)}


def _is_course(folder: Path) -> bool:
    try:
        return os.path.isfile(folder / RELEASED) or any(
            (folder / "assignments").glob("*/assignment.toml")
        )
    except OSError:  # a folder that this user may not look into
        return False


def _is_released_assignment(folder: Path) -> bool:
    return all(os.path.isfile(folder / name) for name in ("assignment.toml", "answers.bin"))


def _nowhere(looked_at: list[Path]) -> str:
    for folder in looked_at:
        if os.path.isdir(folder / "assignments"):
            return f"{folder / 'assignments'} holds no folder with an assignment.toml"
    first = looked_at[0]
    above = [folder for folder in first.parents if folder in looked_at]
    where = (
        f"neither it nor a folder above it, up to {above[-1]}, is one"
        if above
        else "it is none itself"
    )
    return (
        f"{first} is in no course: {where} (a course holds assignments/NAME/assignment.toml or "
        f"{RELEASED}). Change to the course's folder, or name it with --course"
    )
