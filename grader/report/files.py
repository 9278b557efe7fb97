"""The files of a graded class, written one by one as the grades come in."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.errors import GradmarkError
from grader.model import Grade
from grader.report.pages import class_page, student_page
from grader.report.results import grades_csv, staff_json, student_json
from grader.submission.file_names import file_name, file_names

__all__ = ["prepare", "write_class", "write_grade"]


def prepare(out: Path) -> None:
    """Create the output folders, before any time is spent on grading.

    Args:
        out: The folder for the results of the class.

    Raises:
        GradmarkError: A folder cannot be created.

    """
    for folder in (out / "results", out / "staff"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = (
                f"{folder} cannot be created ({error.strerror}): choose another folder with --out"
            )
            raise GradmarkError(message) from None


def write_grade(grade: Grade, title: str, out: Path, name: str = "") -> None:
    """Write the files of one submission: results/ may be given to the student, staff/ must not.

    Args:
        grade: The grade.
        title: The title of the assignment.
        out: The folder for the results of the class.
        name: The file name without extension. Default: the name for a class of one student.

    Raises:
        OSError: A file cannot be written.
        Exception: This grade cannot be rendered, alone or in the files of the whole class.

    """
    name = name or file_name(grade.student)
    files = {
        f"results/{name}.html": student_page(grade, title).encode(),
        f"results/{name}.json": student_json(grade),
        f"staff/{name}.html": student_page(grade, title, staff=True).encode(),
        f"staff/{name}.json": staff_json(grade),
    }
    _rehearse(grade, title)
    prepare(out)
    for file, data in files.items():
        _write(out / file, data)


def write_class(grades: Sequence[Grade], title: str, out: Path) -> tuple[str, ...]:
    """Write grades.csv and the class page, index.html.

    Args:
        grades: The grades of the class.
        title: The title of the assignment.
        out: The folder for the results of the class.

    Returns:
        The students left out of one of these files, because their grade cannot be rendered.

    Raises:
        OSError: A file cannot be written.

    """
    out.mkdir(parents=True, exist_ok=True)
    names = file_names(grade.student for grade in grades)

    def page(shown: Sequence[Grade], left_out: Sequence[str]) -> str:
        return class_page(shown, title, names, left_out)

    left_out: dict[str, None] = {}
    for file, draw in {
        "grades.csv": lambda shown, _: grades_csv(shown),
        "index.html": page,
    }.items():
        data, without = _drawn_with_all_that_fit(grades, draw)
        _write(out / file, data)
        left_out |= dict.fromkeys(without)
    return tuple(left_out)


def _rehearse(grade: Grade, title: str) -> None:
    """Render what one grade adds to the class files, so that an error is reported for this grade.

    The histogram is left out: it is the slowest part and consists of numbers only.
    """
    grades_csv([grade]).encode()
    class_page([grade], title, histogram=lambda _: "").encode()


def _drawn_with_all_that_fit(
    grades: Sequence[Grade], draw: Callable[[Sequence[Grade], Sequence[str]], str]
) -> tuple[bytes, list[str]]:
    """Return the contents of a class file, and the students that had to be left out of it."""
    try:
        return draw(grades, ()).encode(), []
    except Exception:  # noqa: BLE001 - on any error, write the file without the grade that raises it
        fits = {grade.student for grade in grades if _fits(grade, draw)}
    left_out = [grade.student for grade in grades if grade.student not in fits]
    return draw([grade for grade in grades if grade.student in fits], left_out).encode(), left_out


def _fits(grade: Grade, draw: Callable[[Sequence[Grade], Sequence[str]], str]) -> bool:
    try:
        draw([grade], ()).encode()
    except Exception:  # noqa: BLE001 - on any error, write the file without the grade that raises it
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    """Write a file atomically, so that no reader sees half of it, even after a power failure."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
