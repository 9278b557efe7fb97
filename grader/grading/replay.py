"""Run one check of one graded submission again, for an appeal or to debug it.

With a debugger, the submission runs in this process, without a sandbox: pdb stops where the first
call of the check enters the student's code; `breakpoint()` in that code works too.
"""

from __future__ import annotations

import inspect
import os
import pdb
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from grader.course import Assignment
from grader.errors import GradmarkError
from grader.grading.checks import Checks
from grader.grading.grader import open_grader
from grader.grading.grades import grade_of
from grader.grading.ledger import results
from grader.grading.marks import Marks
from grader.model import Grade, Level
from grader.sandbox import packages
from grader.sandbox.inside.evaluator import Dispatcher
from grader.sandbox.inside.imports import Modules
from grader.sandbox.loopback import Loopback
from grader.sandbox.transport import Wrapper
from grader.sandbox.wire import Answer, Call
from grader.subject import Session, modules_of
from grader.submission import ConfinedReader, Submission, only_submission
from grader.submission.file_names import path_of

__all__ = ["debug", "read_result", "replay", "submission_of"]


def read_result(path: Path) -> Grade:
    """Read the grade in a staff/NAME.json.

    Raises:
        GradmarkError: The file cannot be read.

    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Grade)
    except OSError as error:
        raise GradmarkError(f"{path} cannot be read ({error.strerror})") from None
    except msgspec.MsgspecError as error:
        raise GradmarkError(
            f"{path} is not a result for the staff (staff/NAME.json): {error}"
        ) from None


def submission_of(
    grade: Grade, expected: Sequence[str], elsewhere: Path | None = None
) -> Submission:
    """Read the submission that was graded.

    Args:
        grade: The grade.
        expected: The names of the assignment's files.
        elsewhere: Where the files are now; by default, where they were graded.

    Raises:
        GradmarkError: The submission is missing or has changed.

    """
    with ConfinedReader() as reader:
        submission = only_submission(
            elsewhere or path_of(grade.origin), expected=expected, reader=reader
        )
    if submission.digest != grade.submission_digest:
        raise GradmarkError(
            f"{submission.origin} has changed since it was graded: give the graded files with "
            "--submission"
        )
    return replace(submission, student=grade.student)


def replay(assignment: Assignment, submission: Submission, check: str, minimum: Level) -> Grade:
    """Grade one check in the sandbox.

    Args:
        assignment: The assignment.
        submission: The submission.
        check: The id or the function name of the check.
        minimum: The minimum sandbox level.

    Raises:
        GradmarkError: There is no such check.

    """
    with open_grader(assignment, minimum=minimum, select=_named(check)) as grader:
        return _found(grader.grade(submission), check)


def debug(assignment: Assignment, submission: Submission, check: str) -> Grade:
    """Like `replay`, but in this process, with pdb."""
    by_table = modules_of(assignment.files)
    with (
        tempfile.TemporaryDirectory(prefix="gradmark-") as folder,
        Checks(assignment, select=_named(check)) as checks,
    ):
        for name, content in submission.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        libraries = packages.usable([*assignment.imports, *assignment.preload])
        modules = Modules(os.path.realpath(folder), sorted(libraries))
        transport = _Debugged(Loopback(Dispatcher(modules.load)), modules)
        student = Session(lambda _: transport, lambda name: submission.module or by_table(name))
        try:
            found = results(checks.run(student))
        finally:
            modules.forget()
    return _found(grade_of(assignment, submission, found, sandbox="none"), check)


def _named(check: str) -> Callable[[Marks], bool]:
    return lambda marks: check in (marks.id, marks.function)


def _found(grade: Grade, check: str) -> Grade:
    if not grade.checks:
        raise GradmarkError(
            f"{grade.assignment} has no check {check!r}: take a name from the staff's results"
        )
    return grade


class _Debugged(Wrapper):
    """A transport that runs the first called function of the student in a debugger."""

    def __init__(self, inner: Loopback, modules: Modules) -> None:
        super().__init__(inner)
        self._modules = modules
        self._entered = False

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """The answers, after the debugger has returned."""
        if calls[0].op == "call" and calls[0].module and not self._entered:
            self._entered = True
            self._stop_in(self._modules.load(calls[0].module), calls[0].name)
        return super().request(calls, seconds=seconds, wall=wall)

    def _stop_in(self, module: ModuleType, name: str) -> None:
        """Run the first call of this function, or of this class's __init__, in pdb."""
        found = getattr(module, name, None)
        owner, attribute = (found, "__init__") if inspect.isclass(found) else (module, name)
        function = getattr(owner, attribute, None)
        if not inspect.isfunction(function):
            return

        def entered(*args: Any, **kwargs: Any) -> Any:
            setattr(owner, attribute, function)
            return pdb.Pdb(stdin=sys.__stdin__, stdout=sys.__stdout__).runcall(
                function, *args, **kwargs
            )

        setattr(owner, attribute, entered)
