"""The files of a graded class, written one by one as the grades come in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from grader.model import Grade
from grader.report.pages import class_page, student_page
from grader.report.results import grades_csv, staff_json, student_json

__all__ = ["write_class", "write_grade"]


def write_grade(grade: Grade, title: str, out: Path) -> None:
    """Write the files of one submission: results/ may be given to the student, staff/ must not."""
    for folder, page, data in (
        ("results", student_page(grade, title), student_json(grade)),
        ("staff", student_page(grade, title, staff=True), staff_json(grade)),
    ):
        (out / folder).mkdir(parents=True, exist_ok=True)
        _write(out / folder / f"{grade.student}.html", page.encode())
        _write(out / folder / f"{grade.student}.json", data)


def write_class(grades: Sequence[Grade], title: str, out: Path) -> None:
    """Write grades.csv and the class page, index.html."""
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "grades.csv", grades_csv(grades).encode())
    _write(out / "index.html", class_page(grades, title).encode())


def _write(path: Path, data: bytes) -> None:
    """Write a whole file or none: whoever opens it while the class is graded, or after a power cut, finds no half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
