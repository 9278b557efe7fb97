"""What programs use: open a course, grade a submission, wait for a grade without blocking an event
loop.

`import grader` offers these names together with the data that they return; docs/api.md says what
stays stable.
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
    """Open the course that a path lies in.

    Args:
        path: A course's folder, or any file or folder inside it.

    Returns:
        The course; `course.assignment("04")` loads one of its assignments.

    Raises:
        CourseError: The path is in no course.

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

    Each call starts a sandbox of its own. `Grader` keeps one for many submissions.

    Args:
        assignment: What to grade by.
        path: The submission: a folder, an archive, a notebook or a Python file.
        sandbox: Run no code below this level.
        diagnose: Look for known mistakes behind failed checks.

    Returns:
        The grade. It is withheld, never a zero, where the grader itself failed.

    Raises:
        CourseError: The assignment's own files are wrong.
        SubmissionError: There is no submission at the path.
        SandboxError: This machine does not reach the sandbox level.

    """
    # imports pytest, which a program that only reads grades does not need
    # Imports pytest, which a program that only reads grades does not need.
    from grader.grading import open_grader

    with open_grader(assignment, minimum=sandbox, diagnose=diagnose) as grader:
        return grader.grade(_read(assignment, path))


def _read(assignment: Assignment, path: str | os.PathLike[str]) -> Submission:
    with ConfinedReader() as reader:
        return only_submission(Path(path), expected=assignment.files, reader=reader)


class AsyncGrader:
    """Grades submissions of one assignment for an event loop; an asynchronous context manager.

    Every job is a process of its own, started when it is first needed and kept for the next
    submission. `grade` may
    be awaited from many tasks at once: those beyond the number of jobs wait for their turn.

        async with grader.AsyncGrader(assignment, jobs=2) as graders:
            grade = await graders.grade("submit/ada")

    Args:
        assignment: What to grade by.
        jobs: How many submissions are graded at a time.
        sandbox: Run no code below this level.
        diagnose: Look for known mistakes behind failed checks.

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
            raise ValueError(f"jobs is {jobs}; at least one is needed")
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
            The grade. It is withheld, never a zero, where the grader itself failed.

        Raises:
            CourseError: The assignment's own files are wrong.
            SubmissionError: There is no submission at the path.
            SandboxError: This machine does not reach the sandbox level.

        """
        async with self._runner() as runner:
            submission = await asyncio.to_thread(_read, self._assignment, path)
            return await asyncio.to_thread(runner.grade, (submission, None, None))

    async def close(self) -> None:
        """End the processes. A submission that is being graded is given up."""
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
    """The JSON schema of `Grade.to_json()`, which is also that of staff/<student>.json."""
    return msgspec.json.schema(Grade)


def results_schema() -> dict[str, Any]:
    """The JSON schema of results/<student>.json, which students may see."""
    from grader.report.results import Results

    return msgspec.json.schema(Results)
