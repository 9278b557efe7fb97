"""The API for programs: open a course, and grade submissions with or without an event loop.

`import grader` provides these names together with the data that they return; docs/api.md lists what
is stable.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from grader.course import Assignment, Course, find_course
from grader.model import Grade, Level
from grader.submission import ConfinedReader, Submission, only_submission

if TYPE_CHECKING:
    from grader.grading.batch import Runner

__all__ = ["AsyncGrader", "grade", "grade_schema", "open_course", "results_schema"]


def open_course(path: str | os.PathLike[str] = ".") -> Course:
    """Open the course that contains a path.

    Args:
        path: The folder of a course, or any file or folder inside it.

    Returns:
        The course; `course.assignment("04")` loads one of its assignments.

    Raises:
        CourseError: The path is not in a course.

    """
    return find_course(Path(path))


def grade(
    assignment: Assignment,
    path: str | os.PathLike[str],
    *,
    sandbox: Level = Level.FULL,
    diagnose: bool = True,
) -> Grade:
    """Grade one submission in this process, and wait for it.

    Each call starts its own sandbox. `Grader` uses one sandbox for many submissions.

    Args:
        assignment: The assignment.
        path: The submission: a folder, an archive, a notebook or a Python file.
        sandbox: The minimum sandbox level.
        diagnose: Look for known mistakes if checks fail.

    Returns:
        The grade. If the grader itself fails, it is withheld, never a zero.

    Raises:
        CourseError: The assignment's own files are wrong.
        SubmissionError: There is no submission at the path.
        SandboxError: This machine does not support the sandbox level.

    """
    # Imports pytest, which a program that only reads grades does not need.
    from grader.grading import open_grader

    with open_grader(assignment, minimum=sandbox, diagnose=diagnose) as grader:
        return grader.grade(_read(assignment, path))


def _read(assignment: Assignment, path: str | os.PathLike[str]) -> Submission:
    with ConfinedReader() as reader:
        return only_submission(Path(path), expected=assignment.files, reader=reader)


class AsyncGrader:
    """Grades submissions of one assignment for an event loop; an asynchronous context manager.

    Every job is a separate process, which is started when it is first needed and reused for the
    next submission. Many tasks may await `grade` at once; if there are more tasks than jobs, they
    wait for their turn.

        async with grader.AsyncGrader(assignment, jobs=2) as graders:
            grade = await graders.grade("submit/ada")

    Args:
        assignment: The assignment.
        jobs: How many submissions to grade in parallel.
        sandbox: The minimum sandbox level.
        diagnose: Look for known mistakes if checks fail.

    Raises:
        ValueError: The number of jobs is less than 1.

    """

    def __init__(
        self,
        assignment: Assignment,
        *,
        jobs: int = 1,
        sandbox: Level = Level.FULL,
        diagnose: bool = True,
    ) -> None:
        from grader.grading.batch import Options, Runner

        if jobs < 1:
            raise ValueError(f"jobs is {jobs}, but must be at least 1")
        options = Options(jobs=jobs, minimum=sandbox, diagnose=diagnose)
        self._assignment = assignment
        self._runners = [Runner(assignment.folder, options) for _ in range(jobs)]
        self._idle: asyncio.Queue[Runner] = asyncio.Queue()
        for runner in self._runners:
            self._idle.put_nowait(runner)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def grade(self, path: str | os.PathLike[str]) -> Grade:
        """Grade one submission.

        Args:
            path: The submission: a folder, an archive, a notebook or a Python file.

        Returns:
            The grade. If the grader itself fails, it is withheld, never a zero.

        Raises:
            CourseError: The assignment's own files are wrong.
            SubmissionError: There is no submission at the path.
            SandboxError: This machine does not support the sandbox level.

        """
        async with self._runner() as runner:
            submission = await asyncio.to_thread(_read, self._assignment, path)
            return await asyncio.to_thread(runner.grade, (submission, None, None))

    async def close(self) -> None:
        """End the processes. Grading in progress is cancelled."""
        for runner in self._runners:
            await asyncio.to_thread(runner.stop)

    @asynccontextmanager
    async def _runner(self) -> AsyncIterator[Runner]:
        runner = await self._idle.get()
        try:
            yield runner
        finally:
            self._idle.put_nowait(runner)


def grade_schema() -> dict[str, Any]:
    """Return the JSON schema of `Grade.to_json()`, which is also that of staff/<student>.json."""
    return msgspec.json.schema(Grade)


def results_schema() -> dict[str, Any]:
    """Return the JSON schema of results/<student>.json, which students may see."""
    from grader.report.results import Results

    return msgspec.json.schema(Results)
