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
    """Make the folders for the files of a class. Raises GradmarkError before anything is graded for
    nothing.
    """
    for folder in (out / "results", out / "staff"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            said = f"{folder} cannot be made ({error.strerror}): choose another place with --out"
            raise GradmarkError(said) from None


def write_grade(grade: Grade, title: str, out: Path, name: str = "") -> None:
    """Write the files of one submission: results/ may be given to the student, staff/ must not.

    title: the assignment's. name: of the files, without extension; by default the one for a student
    who is alone. Raises what drawing and writing raise, and what the files of the whole class would
    raise over this grade.
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

    Returns the students whom one of these files leaves out, which is nobody unless it raises over
    what is in a grade.
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
    """Draw what one grade adds to the files of the class, so that what goes wrong there is known
    while it can be said.

    Without the histogram, which takes longest and is made of numbers alone.
    """
    grades_csv([grade]).encode()
    class_page([grade], title, histogram=lambda _: "").encode()


def _drawn_with_all_that_fit(
    grades: Sequence[Grade], draw: Callable[[Sequence[Grade], Sequence[str]], str]
) -> tuple[bytes, list[str]]:
    """A file of the class, and the students without whom it had to be drawn."""
    try:
        return draw(grades, ()).encode(), []
    except Exception:  # noqa: BLE001 - whatever it is, the file comes out without the grade that raises it
        fits = {grade.student for grade in grades if _fits(grade, draw)}
    left_out = [grade.student for grade in grades if grade.student not in fits]
    return draw([grade for grade in grades if grade.student in fits], left_out).encode(), left_out


def _fits(grade: Grade, draw: Callable[[Sequence[Grade], Sequence[str]], str]) -> bool:
    try:
        draw([grade], ()).encode()
    except Exception:  # noqa: BLE001 - whatever it is, the file comes out without the grade that raises it
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    """Write a whole file or none: whoever opens it while the class is graded, or after a power cut,
    finds no half.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
