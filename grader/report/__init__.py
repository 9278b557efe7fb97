"""What people read of a grade: pages, JSON, CSV, text."""

from __future__ import annotations

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
        (out / folder / f"{grade.student}.html").write_text(page, encoding="utf-8")
        (out / folder / f"{grade.student}.json").write_bytes(data)


def write_class(grades: Sequence[Grade], title: str, out: Path) -> None:
    """Write grades.csv and the class page, index.html."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "grades.csv").write_text(grades_csv(grades), encoding="utf-8")
    (out / "index.html").write_text(class_page(grades, title), encoding="utf-8")
