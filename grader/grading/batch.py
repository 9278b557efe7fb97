"""Grade a class on the cores of this machine, with one runner process per core.

If a runner dies, its submission goes to a new runner. If that dies too, it is reported as a failure
of the grader, and the rest of the class is not affected.

The same applies to later steps: an error while one grade is rendered, written or stored withholds
only that grade, with a sentence that gives the reason. Only the few errors that `ends_the_run`
recognises, which affect every grade, such as a full disk, end the run early.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader.course import Assignment, load_assignment
from grader.errors import GradmarkError, SandboxError, ends_the_run
from grader.gradebook import Gradebook
from grader.grading.grader import open_grader
from grader.grading.grades import grade_of, not_graded, versions
from grader.grading.marks import every_check, public_only
from grader.model import Feedback, Grade, Level, as_text
from grader.sandbox.inside.syscalls import signal_at_parents_end
from grader.submission import Submission
from grader.submission.file_names import text_of
from grader.submission.parsing import printable

__all__ = ["ONE_THREAD", "Options", "Runner", "default_jobs", "grade_class", "grade_what_changed"]

# There is a runner for each core. Threads of BLAS or torch would compete for the same cores, and
# spin while they wait.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GRACE = 2.0  # seconds for a runner to close its sandbox
ATTEMPTS = 2  # if a runner dies twice on the same submission, that is the cause


@dataclass(frozen=True)
class Options:
    """How a class is graded.

    Args:
        jobs: The number of runners.
        minimum: The minimum sandbox level.
        at_most: The maximum sandbox level.
        public_only: Run only the checks that are not hidden.
        diagnose: Look for known mistakes behind failed checks.

    """

    jobs: int = 1
    minimum: Level = Level.FULL
    at_most: Level = Level.FULL
    public_only: bool = False
    diagnose: bool = True


def default_jobs() -> int:
    """The number of cores that this process may use."""
    with suppress(AttributeError):  # not available on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def grade_class(
    assignment: Path,
    submissions: Sequence[Submission],
    options: Options,
    on_start: Callable[[str], None] = lambda _: None,
    only: Mapping[str, Collection[str]] | None = None,
    earlier: Mapping[str, Grade] | None = None,
) -> Iterator[Grade]:
    """Grade the submissions of one assignment.

    A submission that cannot be read, or that a runner does not survive, gets a withheld grade.

    Args:
        assignment: The folder of the assignment.
        submissions: What to grade.
        options: How to grade it.
        on_start: Called with the student's name when a runner starts a submission, in another
            thread than the caller's.
        only: Student -> the ids of the checks to run, for students who do not get all of them.
        earlier: Student -> a grade of the same files; results that would be the same are reused.

    Yields:
        The grades, in the order in which they are finished.

    Raises:
        GradmarkError: A runner cannot grade anything, because the course or the sandbox does not
            work.

    """
    waiting: queue.SimpleQueue[Submission] = queue.SimpleQueue()
    done: queue.SimpleQueue[Grade | Exception] = queue.SimpleQueue()
    for submission in submissions:
        waiting.put(submission)
    runners = [Runner(assignment, options) for _ in range(min(options.jobs, len(submissions)))]

    def work(runner: Runner) -> None:
        try:
            with suppress(queue.Empty):
                while True:
                    submission = waiting.get_nowait()
                    student = submission.student
                    on_start(student)
                    done.put(
                        runner.grade(
                            (submission, (only or {}).get(student), (earlier or {}).get(student))
                        )
                    )
        except Exception as error:  # noqa: BLE001 - the caller must receive any exception
            done.put(error)

    threads = [threading.Thread(target=work, args=[runner], daemon=True) for runner in runners]
    try:
        for thread in threads:
            thread.start()
        for _ in submissions:
            outcome = done.get()
            if isinstance(outcome, Exception):
                raise outcome
            yield outcome
    finally:
        for runner in runners:
            runner.stop()
        for thread in threads:
            thread.join()


# What to grade, the ids of the checks or None for all, and an earlier grade of it.
_Work = tuple[Submission, Collection[str] | None, Grade | None]


def grade_what_changed(
    gradebook: Gradebook,
    assignment: Assignment,
    submissions: Sequence[Submission],
    options: Options,
    on_start: Callable[[str], None] = lambda _: None,
    on_wait: Callable[[], None] = lambda: None,
    *,
    force: bool = False,
    publish: Callable[[Grade], None] = lambda _: None,
) -> Iterator[Grade]:
    """Grade a class, reusing the grades in the gradebook, and store the new ones there.

    A grade is reused if files, assignment, versions and the sandbox level are the same, so that a
    killed run can be continued. If only some check files changed, only these run. A withheld grade
    is never reused.

    Args:
        gradebook: Stores the grades.
        assignment: What to grade by.
        submissions: What to grade.
        options: How to grade it.
        on_start: As in `grade_class`.
        on_wait: Called if another run is grading this assignment and must end first.
        force: Reuse no grade.
        publish: Renders and writes the files of a grade, before it is stored. An exception
            withholds that grade.

    Yields:
        The grades, reused ones first.

    Raises:
        GradmarkError: As in `grade_class`, or the gradebook cannot be used.
        OSError: `publish` raised it, and `ends_the_run` is true for it.

    """
    with gradebook.alone(assignment.name, on_wait):
        latest = {} if force else gradebook.latest(assignment.name)
        now = versions()
        earlier = {
            one.student: grade
            for one in submissions
            if (grade := latest.get(one.student)) is not None
            and grade.submission_digest == one.digest
            and grade.versions == now
            and grade.seed == assignment.seed
            and _level(grade) >= options.minimum
        }
        waiting = []
        for submission in submissions:
            grade = earlier.get(submission.student)
            if (
                grade is not None
                and not grade.withheld
                and grade.assignment_digest == assignment.digest
            ):
                reused = msgspec.structs.replace(grade, origin=text_of(submission.origin))
                yield _published(reused, gradebook, publish, stored=True)
            else:
                waiting.append(submission)
        for grade in grade_class(assignment.folder, waiting, options, on_start, earlier=earlier):
            yield _published(grade, gradebook, publish, stored=False)


def _level(grade: Grade) -> Level:
    """The sandbox level of a grade; the lowest one if nothing ran."""
    return Level[grade.sandbox.upper()] if grade.sandbox else Level.PLAIN


def _published(
    grade: Grade, gradebook: Gradebook, publish: Callable[[Grade], None], *, stored: bool
) -> Grade:
    """Write the files of a grade and store it; returns a withheld grade instead if that fails.

    stored: whether it is from the gradebook. A withheld grade is stored there too, so that the next
    run tries again.
    """
    steps = (
        {"rendered or written": publish}
        if stored
        else {"rendered or written": publish, "saved": gradebook.add}
    )
    for done, step in steps.items():
        if error := _fault_of(grade, step):
            why = f"This grade could not be {done}: {_one_line(error)}."
            feedback = Feedback(why, as_text("".join(traceback.format_exception(error))))
            instead = msgspec.structs.replace(
                grade, checks=not_graded(feedback), notes=(), sandbox="", seconds=0.0
            )
            for again in (gradebook.add, publish):
                _fault_of(instead, again)
            return instead
    return grade


def _fault_of(grade: Grade, step: Callable[[Grade], None]) -> Exception | None:
    """The exception of a step for this grade; raised if it would occur for every grade."""
    try:
        step(grade)
    except Exception as error:
        if ends_the_run(error):
            raise
        return error
    return None


def _one_line(error: Exception) -> str:
    return printable(f"{type(error).__name__}: {error}".partition("\n")[0].rstrip(": ."))


@dataclass(frozen=True)
class _Stopped:
    """The answer of a runner that cannot grade any submission."""

    error: GradmarkError


class Runner:
    """A process that grades submissions, as seen by the scheduler.

    Both ends are trusted, so they use pickle.

    Args:
        assignment: The folder of the assignment.
        options: How to grade.

    """

    def __init__(self, assignment: Path, options: Options) -> None:
        self._start_with = (assignment.resolve(), options, os.getpid())
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def grade(self, work: _Work) -> Grade:
        """Grade one submission; a withheld grade is tried again once, from the start.

        Args:
            work: The submission, the ids of the checks to run or None, and an earlier grade or
                None.

        Returns:
            The grade. It is withheld if the submission was not read, or if the process or its
            sandbox failed every time.

        Raises:
            GradmarkError: No submission can be graded.

        """
        if work[0].unread:
            return self._withheld(work, work[0].unread)
        answer: Grade | SandboxError | _Stopped | None = None
        for _ in range(ATTEMPTS):
            answer = self._answer_to(work)
            if isinstance(answer, Grade) and not answer.withheld:
                return answer
            self._end()  # the cause may have been a temporary problem of the machine
            if isinstance(answer, _Stopped) and not isinstance(answer.error, SandboxError):
                break
        if isinstance(answer, _Stopped):
            raise answer.error
        if isinstance(answer, Grade):
            return answer
        died = f"The process of the grader died {ATTEMPTS} times here."
        why = died if answer is None else f"The sandbox failed here: {answer}."
        return self._withheld(work, why)

    def _withheld(self, work: _Work, why: str) -> Grade:
        assignment = load_assignment(self._start_with[0])
        return grade_of(assignment, work[0], not_graded(Feedback(why)))

    def _answer_to(self, work: _Work) -> Grade | SandboxError | _Stopped | None:
        """The answer of the process; None if it died."""
        process = self._process or self._start()
        assert process.stdin is not None, "a pipe"
        assert process.stdout is not None, "a pipe"
        try:
            pickle.dump(work, process.stdin)
            process.stdin.flush()
            answer: Grade | SandboxError | _Stopped = pickle.load(process.stdout)  # noqa: S301 - from our process
        except Exception:  # noqa: BLE001 - an incomplete pickle can raise anything
            return None
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: import nothing from the current folder, which may contain untrusted files
        command = [sys.executable, "-P", "-c", "from grader.grading.batch import serve; serve()"]
        process = subprocess.Popen(  # noqa: S603 - a fixed command
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD}
        )
        assert process.stdin is not None, "a pipe"
        self._process = process
        if self._stopped:
            self._end()
        with suppress(OSError):  # it died at once; the next read detects that
            pickle.dump(self._start_with, process.stdin)
        return process

    def stop(self) -> None:
        """End the process permanently: let it close its sandbox if it is idle, then kill it."""
        self._stopped = True
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError, ValueError):
                process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(OSError, ValueError), process:  # closes the pipes and waits
                pass


def serve() -> None:
    """The runner process: grades the submissions that it reads from stdin until it is closed."""
    # The scheduler handles Ctrl-C, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of a check must not mix with the answers

    def answer(value: Grade | SandboxError | _Stopped) -> None:
        pickle.dump(value, answers)
        answers.flush()

    assignment, options, parent = pickle.load(source)  # noqa: S301 - from the scheduler
    _exit_with_parent(parent)
    try:
        with open_grader(
            load_assignment(assignment),
            minimum=options.minimum,
            at_most=options.at_most,
            select=public_only if options.public_only else every_check,
            diagnose=options.diagnose,
        ) as grader:
            while True:
                try:
                    answer(grader.grade(*pickle.load(source)))  # noqa: S301 - from the scheduler
                except SandboxError as error:  # the sandbox works: this is about one submission
                    answer(error)
    except EOFError:
        return
    except GradmarkError as error:
        answer(_Stopped(error))


def _exit_with_parent(parent: int) -> None:
    """End at once if the scheduler ends: the grade would be lost, and the next run is waiting."""

    def check(*_: object) -> None:
        # The signal reports the end of a thread, but the process may continue.
        if os.getppid() != parent:
            os._exit(1)

    if sys.platform == "linux":
        signal.signal(signal.SIGUSR1, check)
        signal_at_parents_end(signal.SIGUSR1)
        check()
