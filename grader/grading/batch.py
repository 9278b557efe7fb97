"""Grade a whole class on the cores of this machine: one runner process per core, one submission at
a time in each.

A runner that dies takes nothing with it: its submission goes to a fresh runner, and after a second
death it is reported as the grader's failure, with the rest of the class unharmed.

The same holds for all that happens to a grade afterwards. Whatever goes wrong while one grade is
drawn, written or kept withholds that one, and a sentence says why; `ends_the_run` names the few
errors that concern every grade, such as a full disk, and these alone end a run before the class is
done.
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

# There is a runner for each core. Threads of BLAS or torch would fight for the same cores, and spin
# while they wait.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GRACE = 2.0  # seconds for a runner to close its sandbox
ATTEMPTS = 2  # a runner that dies twice over the same submission has died of it


@dataclass(frozen=True)
class Options:
    """How a class is graded. minimum, at_most: sandbox levels as in `open_grader`."""

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
    only: Mapping[str, Collection[str]] | None = None,
    earlier: Mapping[str, Grade] | None = None,
) -> Iterator[Grade]:
    """Grade the submissions of one assignment; grades come in the order in which they are done.

    assignment: the folder of the assignment. on_start: told the student's name when a submission is
    handed to a runner (from another thread than the caller's). only: student -> the ids of the
    checks to run, for those who get not all. earlier: student -> a grade of the same files, of
    which the results are taken that would be the same.
    A submission that could not even be read, or over which a runner cannot be kept alive, gets a
    withheld grade. Raises the GradmarkError that a runner met before it could grade anything (a
    course or sandbox that does not work).
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
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller has to hear of it
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


# What to grade, by which checks when not by all, and an earlier grade of it.
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
    """The grades of a class, of which those that the gradebook has already come first; the others
    are kept in it.

    A grade is taken as it is when files, assignment, versions and the level of the sandbox are the
    same, so a run that was killed goes on where it was. With equal files and some changed check
    files only these run. A withheld grade is never taken. force: take none. on_wait: told when
    another run grades this assignment, which has to end first. publish: draws and writes the files
    of a grade, before it is kept; what it raises withholds that grade.
    Raises GradmarkError as `grade_class` and the gradebook do, and OSError from `publish` when
    `ends_the_run` says so.
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
                as_it_was = msgspec.structs.replace(grade, origin=text_of(submission.origin))
                yield _settled(as_it_was, gradebook, publish, kept=True)
            else:
                waiting.append(submission)
        for grade in grade_class(assignment.folder, waiting, options, on_start, earlier=earlier):
            yield _settled(grade, gradebook, publish, kept=False)


def _level(grade: Grade) -> Level:
    """The level at which it was graded; the lowest one for a grade that no sandbox has seen."""
    return Level[grade.sandbox.upper()] if grade.sandbox else Level.PLAIN


def _settled(
    grade: Grade, gradebook: Gradebook, publish: Callable[[Grade], None], *, kept: bool
) -> Grade:
    """The grade, once its files are written and it is kept; a withheld one in its place where that
    cannot be done.

    kept: whether it came out of the gradebook. A withheld grade is kept there too, so that the next
    run tries again.
    """
    steps = (
        {"drawn or written": publish}
        if kept
        else {"drawn or written": publish, "kept": gradebook.add}
    )
    for done, step in steps.items():
        if error := _fault_of(grade, step):
            why = f"This grade could not be {done}: {_in_a_line(error)}."
            feedback = Feedback(why, as_text("".join(traceback.format_exception(error))))
            instead = msgspec.structs.replace(
                grade, checks=not_graded(feedback), notes=(), sandbox="", seconds=0.0
            )
            for again in (gradebook.add, publish):
                _fault_of(instead, again)
            return instead
    return grade


def _fault_of(grade: Grade, step: Callable[[Grade], None]) -> Exception | None:
    """What the step raised over this one grade. Raises what would be raised over every grade."""
    try:
        step(grade)
    except Exception as error:
        if ends_the_run(error):
            raise
        return error
    return None


def _in_a_line(error: Exception) -> str:
    return printable(f"{type(error).__name__}: {error}".partition("\n")[0].rstrip(": ."))


@dataclass(frozen=True)
class _Stopped:
    """What a runner answers that can grade nobody."""

    error: GradmarkError


class Runner:
    """A process that grades what it is given, seen from the scheduler. Both ends are the grader:
    they speak pickle.
    """

    def __init__(self, assignment: Path, options: Options) -> None:
        self._start_with = (assignment.resolve(), options, os.getpid())
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def grade(self, work: _Work) -> Grade:
        """The grade: a withheld one when the submission was not read, or the process or its sandbox
        failed every time.

        A grade that is withheld is tried once more from the start. Raises GradmarkError when nobody
        can be graded.
        """
        if work[0].unread:
            return self._withheld(work, work[0].unread)
        answer: Grade | SandboxError | _Stopped | None = None
        for _ in range(ATTEMPTS):
            answer = self._answer_to(work)
            if isinstance(answer, Grade) and not answer.withheld:
                return answer
            self._end()  # it may have been the machine's trouble, which is over
            if isinstance(answer, _Stopped) and not isinstance(answer.error, SandboxError):
                break
        if isinstance(answer, _Stopped):
            raise answer.error
        if isinstance(answer, Grade):
            return answer
        died = f"The grader's own process died {ATTEMPTS} times here."
        why = died if answer is None else f"The sandbox failed here: {answer}."
        return self._withheld(work, why)

    def _withheld(self, work: _Work, why: str) -> Grade:
        assignment = load_assignment(self._start_with[0])
        return grade_of(assignment, work[0], not_graded(Feedback(why)))

    def _answer_to(self, work: _Work) -> Grade | SandboxError | _Stopped | None:
        """What the process answers; None when it died over it."""
        process = self._process or self._start()
        assert process.stdin is not None, "a pipe"
        assert process.stdout is not None, "a pipe"
        try:
            pickle.dump(work, process.stdin)
            process.stdin.flush()
            answer: Grade | SandboxError | _Stopped = pickle.load(process.stdout)  # noqa: S301 - from our process
        except Exception:  # noqa: BLE001 - half a pickle raises whatever it likes
            return None
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: nothing is imported from the current folder, which may be full of other people's files
        command = [sys.executable, "-P", "-c", "from grader.grading.batch import serve; serve()"]
        process = subprocess.Popen(  # noqa: S603 - our own code
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD}
        )
        assert process.stdin is not None, "a pipe"
        self._process = process
        if self._stopped:
            self._end()
        with suppress(OSError):  # it died at once: the read that follows sees that
            pickle.dump(self._start_with, process.stdin)
        return process

    def stop(self) -> None:
        """End the process for good: politely when it is idle, so that it closes its sandbox, and
        then by force.
        """
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
    """The runner process: grades what comes in on stdin until there is no more."""
    # Ctrl-C is the scheduler's affair, which ends this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a check prints must not get between the answers

    def answer(value: Grade | SandboxError | _Stopped) -> None:
        pickle.dump(value, answers)
        answers.flush()

    assignment, options, parent = pickle.load(source)  # noqa: S301 - from the scheduler
    _die_with(parent)
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
                except SandboxError as error:  # it has started: this is about one submission
                    answer(error)
    except EOFError:
        return
    except GradmarkError as error:
        answer(_Stopped(error))


def _die_with(parent: int) -> None:
    """End at once when the scheduler does, however it does: nobody would take the grade, and the
    next run waits.
    """

    def look(*_: object) -> None:
        if (
            os.getppid() != parent
        ):  # the signal tells of the end of a thread, which others may outlive
            os._exit(1)

    if sys.platform == "linux":
        signal.signal(signal.SIGUSR1, look)
        signal_at_parents_end(signal.SIGUSR1)
        look()
