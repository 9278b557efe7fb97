"""Gradmark: an autograder for deep-learning courses.

Programs use the names in `__all__`: `grader.open_course("course").assignment("04")`, then
`grader.grade` or `grader.AsyncGrader`. Check authors import `grader.checks`. Everything else may
change; docs/api.md lists what is stable, and docs/architecture.md describes the code.

The packages, from top to bottom. Imports point only down this list;
tests/grader/test_architecture.py reads it here.

    cli, api             the command `grade`, and the API for programs
    report               output: views of a grade, the terminal, pages, plots, files
    authoring            for authors of assignments: validation, calibration, release, scaffold
    grading              runs checks on a submission to make a grade; classes; replay
    gradebook            stores every attempt in SQLite or PostgreSQL
    feedback             explains failed checks: symptoms, and known mistakes by name
    checks               assertions for check authors that report what differs and where
    subject              handles calls such as `student.f(x)` in checks, and records a transcript
    course               assignment.toml as typed data, and the reference as text
    submission           submissions as bytes with a digest; none of their code runs here
    sandbox              starts and limits workers; inside/ is the worker, wire/ the protocol
    model, errors        plain frozen data for all packages; errors of the grader
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.api import AsyncGrader, grade, grade_schema, open_course, results_schema
    from grader.course import Assignment, Course
    from grader.errors import CourseError, GradmarkError, SandboxError, SubmissionError
    from grader.grading import Grader
    from grader.model import CheckResult, Grade, Level, Verdict

__version__ = "0.2.0.dev0"

__all__ = [
    "Assignment",
    "AsyncGrader",
    "CheckResult",
    "Course",
    "CourseError",
    "Grade",
    "Grader",
    "GradmarkError",
    "Level",
    "SandboxError",
    "SubmissionError",
    "Verdict",
    "grade",
    "grade_schema",
    "open_course",
    "results_schema",
]

# Imported on first use: a worker imports this package too, and must load only its own modules.
_HOMES = {
    "grader.api": ("AsyncGrader", "grade", "grade_schema", "open_course", "results_schema"),
    "grader.course": ("Assignment", "Course"),
    "grader.errors": ("CourseError", "GradmarkError", "SandboxError", "SubmissionError"),
    "grader.grading": ("Grader",),
    "grader.model": ("CheckResult", "Grade", "Level", "Verdict"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
