"""Grade one submission: pytest in this process, the submission in the sandbox, a Grade at the end."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from importlib import metadata
from pathlib import Path

import pytest

from grader import __version__
from grader.course import Assignment, sources
from grader.errors import CourseError
from grader.feedback.diagnosis import Diagnostician
from grader.feedback.mistakes import load_mistakes
from grader.grading.marks import Marks
from grader.grading.plugin import GradingPlugin
from grader.model import Budget, CaseResult, CheckResult, Feedback, Grade, Level, Limits, Note, Verdict
from grader.sandbox import packages
from grader.sandbox.client import Sandbox
from grader.sandbox.transport import StudentFault, Transport
from grader.sandbox.wire import Call
from grader.subject import Session, StudentRaised, closing, modules_of
from grader.subject.frozen import Frozen, Recording
from grader.subject.in_process import in_process
from grader.subject.transcript import Event
from grader.submission import Submission
from grader.submission.file_names import text_of
from grader.submission.imports import forbidden_imports
from grader.submission.notebook import cell_error_notes
from grader.submission.parsing import parameters

__all__ = ["Grader", "parameters_of", "run_checks", "versions"]

NOTEWORTHY = 0.5                     # the share of the budget from which on a submission is told
_NO_NOTES: tuple[Note, ...] = ()
_SETTINGS = Path(__file__).with_name("checks.ini")


class Grader:
    """Grades submissions of one assignment, one after the other; a context manager.

    Everything dear is paid for once: the warm interpreter of the sandbox, the imported checks, the loaded mistakes.
    minimum: the sandbox level below which no code is run.
    at_most: use no more than this level (`grade check` runs one's own code as a plain subprocess).
    public_only, select: which checks to run. recording: writes down what the reference answers.
    """

    def __init__(
        self,
        assignment: Assignment,
        *,
        minimum: Level = Level.FULL,
        at_most: Level = Level.FULL,
        public_only: bool = False,
        diagnose: bool = True,
        select: Callable[[Marks], bool] = lambda _: True,
        recording: Recording | None = None,
    ) -> None:
        frozen = _frozen(assignment)
        self.assignment = assignment if frozen is None else replace(assignment, calibration=frozen.calibration)
        self._select = (lambda marks: not marks.hidden and select(marks)) if public_only else select
        self._parameters = parameters_of(assignment) if frozen is None else frozen.parameters
        symbols, solution = assignment.files, assignment.reference_files
        self._reference = self._solution(frozen, recording)
        self._arbiter = in_process(solution, symbols, self._parameters) if frozen is None else None
        mistakes = load_mistakes(assignment.mistakes) if diagnose and frozen is None else ()
        self._diagnostician = Diagnostician(solution, symbols, mistakes)
        self._levels = minimum, at_most

    @cached_property
    def sandbox(self) -> Sandbox:
        """Started when the first submission needs it; raises SandboxError."""
        minimum, at_most = self._levels
        course = self.assignment.course
        preload, imports = self.assignment.preload, self.assignment.imports
        return Sandbox(minimum, at_most=at_most, preload=preload, imports=imports, private=[course])

    def _solution(self, frozen: Frozen | None, recording: Recording | None) -> Session:
        """The reference; where there is none, what it answered when the assignment was released."""
        if frozen is None:
            around = recording.around if recording else lambda transport: transport
            solution = self.assignment.reference_files
            return in_process(solution, self.assignment.files, self._parameters, around=around)
        answers = frozen.transport
        return Session(lambda _: answers(), modules_of(self.assignment.files), self._parameters, trusted=True)

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox and forget what was loaded."""
        self._diagnostician.close()
        self._reference.close()
        if self._arbiter is not None:
            self._arbiter.close()
        if "sandbox" in self.__dict__:
            self.sandbox.close()

    def grade(self, submission: Submission, only: Collection[str] | None = None, earlier: Grade | None = None) -> Grade:
        """Run every check on the submission, or those of the ids in `only`.

        earlier: a grade of the same files. Results of check files that have not changed since then are taken over.
        Raises CourseError when the checks themselves cannot be run, SandboxError when the submission cannot be.
        """
        begun = time.monotonic()
        if submission.problem:
            results, cells = self._refused(submission.problem), _NO_NOTES
        elif earlier is not None and earlier.check_digests.items() & self.assignment.check_digests.items():
            results, cells = self._completed(submission, earlier)
        else:
            results, cells = self._checked(submission, only)
        return Grade(
            student=submission.student,
            assignment=self.assignment.name,
            checks=results,
            submission_digest=submission.digest,
            assignment_digest=self.assignment.digest,
            seed=self.assignment.seed,
            sandbox=str(self.sandbox.level),
            versions=versions(),
            notes=(*submission.notes, *cells),
            seconds=round(time.monotonic() - begun, 3),
            visibility=self.assignment.visibility,
            origin=text_of(submission.origin),
            check_digests=dict(self.assignment.check_digests),
        )

    def collect(self) -> Mapping[str, Marks]:
        """The checks of the assignment by id, without running any. Raises CourseError as `grade` does."""
        nobody = Session(_nothing, modules_of(self.assignment.files))
        plugin = self._plugin(nobody)
        run_checks(self.assignment, plugin, "--collect-only")
        return plugin.marks

    def run_in_process(
        self,
        student: Session,
        *,
        only: Collection[str] | None = None,
        seed: int | None = None,
        first_failure: bool = False,
        diagnose: bool = False,
    ) -> tuple[CheckResult, ...]:
        """Run the checks against a subject of the caller's: for variants of the reference.

        only: the ids of those to run. seed: in place of the assignment's own. first_failure: stop there; checks that
        did not run have not passed, and have no case. diagnose: name the mistakes behind what failed.
        """
        assignment = self.assignment if seed is None else replace(self.assignment, seed=seed)
        with closing([student]):
            plugin = self._plugin(student, only, assignment)
            run_checks(assignment, plugin, *(["-x"] if first_failure else []))
        if diagnose:
            self._name_mistakes(plugin)
        return plugin.results()

    def reaching(self, observe: Callable[[Event], None] | None = None) -> Callable[[str], list[str]]:
        """Symbol, or helper of the reference -> the ids of the checks that can come through it, the nearest first.

        Nearest are those that call it themselves, and little else; training comes last. Runs every check once on the
        reference; observe sees every event of that.
        """
        solution = self.assignment.reference_files
        student = in_process(solution, self.assignment.files, observe=observe)
        with closing([student]):
            plugin = self._plugin(student)
            run_checks(self.assignment, plugin)
        reach = sources.reach(raw.decode() for raw in solution.values())
        called = plugin.called
        through = {check: {name for symbol in called[check] for name in reach.get(symbol, ())} for check in called}

        def nearest_first(symbol: str) -> list[str]:
            def distance(check: str) -> tuple[bool, bool, int]:
                return plugin.marks[check].calibrated, symbol not in called[check], len(called[check])

            return sorted((check for check, names in through.items() if symbol in names), key=distance)

        return nearest_first

    def _name_mistakes(self, plugin: GradingPlugin) -> None:
        for index, diagnoses in self._diagnostician.diagnose(plugin.clues).items():
            plugin.add_diagnoses(plugin.clues[index], diagnoses)

    def _starter(self, submission: Submission) -> Callable[[Limits], Transport]:
        def start(limits: Limits) -> Transport:
            return self.sandbox.start(submission.files, memory=limits.memory, output=limits.output)

        return start

    def _plugin(
        self,
        student: Session,
        only: Collection[str] | None = None,
        assignment: Assignment | None = None,
        own_parameters: Mapping[str, Sequence[str]] | None = None,
    ) -> GradingPlugin:
        assignment = assignment or self.assignment
        return GradingPlugin(assignment, student, self._reference, self._arbiter, self._select, own_parameters, only)

    def _refused(self, problem: str) -> tuple[CheckResult, ...]:
        """A submission that could not be read: every check is missing, and says why."""
        case = CaseResult("", Verdict.MISSING, Feedback(summary=problem))
        return tuple(
            CheckResult(m.id, m.title, Verdict.MISSING, 0.0, m.points, m.hidden, m.concept, (case,))
            for m in self.collect().values()
        )

    def _checked(
        self, submission: Submission, only: Collection[str] | None
    ) -> tuple[tuple[CheckResult, ...], tuple[Note, ...]]:
        asked = self.assignment.imports
        refused = forbidden_imports(submission, packages.usable([*asked, *self.assignment.preload]), asked)
        start, module_of, budget = self._starter(submission), self._module_of(submission), self.assignment.budget
        student = Session(start, module_of, self._parameters, refused=refused, budget=budget)
        plugin = self._plugin(student, only, own_parameters=submission.parameters)
        with closing([student]):
            # First, in the worker that goes on to the public checks: the notebook need not be run once more for it.
            notes = tuple(note for name in submission.notebooks for note in self._cell_notes(student, submission, name))
            run_checks(self.assignment, plugin)
        self._name_mistakes(plugin)
        plugin.clues.clear()  # they hold what the submission has answered
        plugin.compare_modes()
        plugin.grant_consistency()
        return plugin.results(), (*notes, *_budget_note(student, budget))

    def _completed(self, submission: Submission, earlier: Grade) -> tuple[tuple[CheckResult, ...], tuple[Note, ...]]:
        """What still holds of an earlier grade, and the results of the other checks, in their usual order."""
        marks = self.collect()
        kept = _still_valid(earlier, marks, self.assignment.check_digests)
        results, cells = self._checked(submission, marks.keys() - kept.keys())
        whole = kept | {check.id: check for check in results}
        return tuple(whole[check] for check in marks), cells

    def _module_of(self, submission: Submission) -> Callable[[str], str]:
        """In a notebook every symbol is in the one module that was made of it; files have their own symbols."""
        by_table = modules_of(self.assignment.files)

        def module_of(symbol: str) -> str:
            return by_table(symbol) if submission.module is None else submission.module

        return module_of

    def _cell_notes(self, student: Session, submission: Submission, module: str) -> tuple[Note, ...]:
        """Which cells of a notebook raised. A notebook whose worker cannot even say that has said it in every check."""
        try:
            student.begin(0, self.assignment.limits, hidden=False)
            reported = student.perform([Call("get", module=module, name="__cell_errors__")])[0]
        except (StudentFault, StudentRaised):
            return ()
        return cell_error_notes(submission.notebooks[module], reported)


def _budget_note(student: Session, budget: Budget) -> tuple[Note, ...]:
    """A word in time: the machine that grades may be slower than this one."""
    if student.budget_share <= NOTEWORTHY:
        return ()
    granted = f"{budget.seconds:g} seconds of processor time, or {budget.wall_seconds:g} with waiting"
    used = f"Your submission used {min(student.budget_share, 1.0):.0%} of what all its checks may take together"
    return (Note(f"{used} ({granted}): look at the slowest ones."),)


def _still_valid(
    earlier: Grade, marks: Mapping[str, Marks], check_digests: Mapping[str, str]
) -> dict[str, CheckResult]:
    """The results of an earlier grade of the same files that a new one would repeat.

    A check file is graded again when it has changed, and when a check in it depends on one in a file that is, or the
    other way round: what is skipped there, and why, is said by both.
    """
    results = {check.id: check for check in earlier.checks if check.verdict is not Verdict.GRADER_ERROR}
    file_of = {mark.function: _file(mark.id) for mark in marks.values()}
    links = [
        {_file(mark.id), file_of[needed]} for mark in marks.values() for needed in mark.depends if needed in file_of
    ]
    changed = {file for file, digest in check_digests.items() if earlier.check_digests.get(file) != digest}
    stale = changed | {_file(check) for check in marks if check not in results}
    while reached := {file for link in links if stale & link for file in link} - stale:
        stale |= reached
    return {check: results[check] for check in marks if _file(check) not in stale}


def _file(check: str) -> str:
    return check.partition("::")[0]


def parameters_of(assignment: Assignment) -> dict[str, tuple[str, ...]]:
    """The names of the parameters of every public function of the reference."""
    return {
        name: names
        for raw in assignment.reference_files.values()
        for name, names in parameters(raw.decode()).items()
    }


def _frozen(assignment: Assignment) -> Frozen | None:
    if assignment.reference_files:
        return None
    if not assignment.frozen:
        raise CourseError(
            f"{assignment.folder} holds neither answers.bin nor, beside assignments/, a reference/: "
            "there is nothing to compare with"
        )
    return Frozen.unpacked(assignment.frozen, "answers.bin")


def run_checks(assignment: Assignment, plugin: GradingPlugin, *options: str) -> None:
    """Run pytest on the assignment's checks with this plugin. Raises CourseError when they cannot be collected."""
    checks = assignment.checks
    _loaded.change_to(checks)
    with _quiet():
        status = pytest.main([str(checks), "-c", str(_SETTINGS), f"--rootdir={checks}", *options], plugins=[plugin])
    problem = plugin.problem
    if problem is None and status == pytest.ExitCode.NO_TESTS_COLLECTED and not plugin.collected:
        problem = "there is no check here"
    ran = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED
    if problem is None and status not in ran:
        problem = f"pytest ended with {status!r}"
    if problem is not None:
        raise CourseError(f"{checks}: {problem}")


class _Loaded:
    """The check files that are imported now. Reading them anew for every submission would cost more than most checks.

    Checks of another assignment may have the same file names, and pytest takes the module that it knows: so only those
    of one folder stay, as long as nobody changes them.
    """

    def __init__(self) -> None:
        self._folder = ""
        self._state: set[tuple[str, int, int]] = set()

    def change_to(self, folder: Path) -> None:
        """Forget the modules of any other folder, or of this one when a file in it has changed."""
        status = {path: path.stat() for path in folder.rglob("*.py")}
        state = {(str(path), found.st_mtime_ns, found.st_size) for path, found in status.items()}
        if (self._folder, self._state) != (str(folder), state):
            for name, module in list(sys.modules.items()):
                if self._folder and str(getattr(module, "__file__", None)).startswith(self._folder + os.sep):
                    del sys.modules[name]
            self._folder, self._state = str(folder), state


_loaded = _Loaded()


def _nothing(_: Limits) -> Transport:
    raise AssertionError("collecting checks runs nothing")


@contextmanager
def _quiet() -> Iterator[None]:
    """Let pytest report to nobody, and see that no option of the caller's environment reaches it."""
    options = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        if options is not None:
            os.environ["PYTEST_ADDOPTS"] = options


def versions() -> dict[str, str]:
    """What a grade depends on besides the files: interpreter and packages."""
    found = {"python": platform.python_version(), "gradmark": __version__}
    for package in ("numpy", "torch", "pytest"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found
