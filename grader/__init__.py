"""Gradmark: an autograder for deep-learning courses.

Programs use the names in `__all__`: `grader.open_course("course").assignment("04")`, then
`grader.grade` or `grader.AsyncGrader`. Check authors import `grader.checks`. Everything else may
change; docs/api.md says what is stable, and docs/architecture.md walks through the code.

The rooms, from the top floor down. Imports point down this list only:
tests/grader/test_architecture.py reads it here.

    cli, api             the command `grade`, and what programs use
    report               what people see: views of a grade, the terminal, pages, plots, files
    authoring            for authors of assignments: validation, calibration, release, scaffold
    grading              checks run on a submission become a grade; classes; replay
    gradebook            every attempt, kept in SQLite or PostgreSQL
    feedback             what a failed check says: symptoms, and known mistakes by name
    checks               what check authors import: assertions that say what differs and where
    subject              what answers when a check says `student.f(x)`, and the transcript of it
    course               assignment.toml as typed data, and the reference as text
    submission           what was handed in, as bytes with a digest; nothing of it runs here
    sandbox              starts and limits workers; inside/ is behind the wall, wire/ crosses it
    model, errors        plain frozen data that every floor speaks; what can go wrong on our side
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

# Imported when they are asked for: a worker imports this package too, and must not get more than
# its own modules.
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
