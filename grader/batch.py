"""Grade a whole class on the cores of this machine: one runner process per core, one submission at a time in each.

A runner that dies takes nothing with it: its submission goes to a fresh runner, and after a second death it is reported
as the grader's failure, with the rest of the class unharmed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Literal

from grader.course import load_assignment
from grader.errors import GradmarkError
from grader.grading import Grader, versions
from grader.model import CaseResult, CheckResult, Feedback, Grade, Level, Verdict
from grader.submission import Submission

__all__ = ["Options", "default_jobs", "grade_class"]

ATTEMPTS = 2  # a runner that dies twice over the same submission has died of it


@dataclass(frozen=True)
class Options:
    """How a class is graded. minimum, at_most: sandbox levels as in `Grader`."""

    jobs: int = 1
    minimum: Level = Level.FULL
    at_most: Level = Level.FULL
    public_only: bool = False
    diagnose: bool = True


def default_jobs() -> int:
    """One runner per core that this process may use."""
    with suppress(AttributeError):  # not every system can say
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def grade_class(
    assignment: Path,
    submissions: Sequence[Submission],
    options: Options,
    on_start: Callable[[str], None] = lambda _: None,
) -> Iterator[Grade]:
    """Grade the submissions of one assignment; grades come in the order in which they are done.

    assignment: the folder of the assignment. on_start: told the student's name when a submission is handed to a runner.
    Raises the GradmarkError that a runner met before it could grade anything (a course or sandbox that does not work).
    """
    waiting = deque(_Job(submission) for submission in submissions)
    runners: list[_Runner] = []
    try:
        runners.extend(_Runner(assignment, options) for _ in range(min(options.jobs, len(waiting))))
        while waiting or any(runner.job for runner in runners):
            for runner in runners:
                if runner.job is None and waiting:
                    runner.give(waiting.popleft())
                    on_start(runner.student)
            busy = {runner.connection: runner for runner in runners if runner.job}
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection), "only connections are waited for"
                runner = busy[ready]
                grade = runner.take()
                if grade is not None:
                    yield grade
                    continue
                job = runner.job
                assert job is not None, "a busy runner has a job"
                runner.stop()
                runners[runners.index(runner)] = _Runner(assignment, options)
                if job.attempts < ATTEMPTS:
                    waiting.appendleft(job)
                else:
                    yield _lost(job.submission, assignment)
    finally:
        for runner in runners:
            runner.stop()


@dataclass
class _Job:
    submission: Submission
    attempts: int = 0


@dataclass
class _Runner:
    """A process that grades what it is given, seen from the scheduler."""

    assignment: Path
    options: Options
    job: _Job | None = None
    connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")  # a clean interpreter: no thread or descriptor of ours inside
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.assignment, self.options), daemon=False)
        self._process.start()
        theirs.close()

    @property
    def student(self) -> str:
        return self.job.submission.student if self.job else ""

    def give(self, job: _Job) -> None:
        job.attempts += 1
        self.job = job
        with suppress(BrokenPipeError, ConnectionError):  # it died while idle: `take` sees that
            self.connection.send(job.submission)

    def take(self) -> Grade | None:
        """The grade that is ready; None when the process is dead. Raises what the runner could not start with."""
        try:
            kind, value = self.connection.recv()
        except (EOFError, ConnectionError):
            return None
        if kind == "error":
            raise value
        self.job = None
        assert isinstance(value, Grade), "runners answer grades"
        return value

    def stop(self) -> None:
        """End the process; it closes its sandbox first if it still can."""
        self.connection.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


def _serve(connection: Connection, assignment: Path, options: Options) -> None:
    """The runner process: grade until the scheduler closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the scheduler's: it closes the connection
    answer: tuple[Literal["grade"], Grade] | tuple[Literal["error"], GradmarkError]
    try:
        with Grader(
            load_assignment(assignment),
            minimum=options.minimum,
            at_most=options.at_most,
            public_only=options.public_only,
            diagnose=options.diagnose,
        ) as grader:
            while True:
                submission = connection.recv()
                answer = ("grade", grader.grade(submission))
                connection.send(answer)
    except EOFError:
        return
    except GradmarkError as error:
        with suppress(BrokenPipeError, ConnectionError):
            connection.send(("error", error))


def _lost(submission: Submission, folder: Path) -> Grade:
    """The grade of a submission over which the runner died every time: withheld."""
    assignment = load_assignment(folder)
    case = CaseResult(
        "", Verdict.GRADER_ERROR, Feedback(summary=f"The grader's own process died {ATTEMPTS} times here.")
    )
    check = CheckResult("grader", "The grader", Verdict.GRADER_ERROR, 0.0, 0.0, hidden=False, cases=(case,))
    return Grade(
        submission.student,
        assignment.name,
        (check,),
        submission.digest,
        assignment.digest,
        assignment.seed,
        "",
        versions(),
        submission.notes,
    )
