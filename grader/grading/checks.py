"""Run the checks of an assignment on a submission, the reference, or a wrong version of it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from grader.course import Assignment, sources
from grader.errors import CourseError
from grader.grading.ledger import Ledger
from grader.grading.marks import Marks, every_check
from grader.grading.plugin import GradingPlugin
from grader.model import Limits
from grader.sandbox.transport import Transport
from grader.subject import Session, modules_of
from grader.subject.frozen import Frozen, Recording
from grader.subject.in_process import in_process
from grader.subject.transcript import Event
from grader.submission.parsing import parameters

__all__ = ["Checks", "parameters_of", "run_checks"]

_SETTINGS = Path(__file__).with_name("checks.ini")


class Checks:
    """The checks of one assignment, and the reference that they compare with.

    The reference is loaded once, so use one object for many students; close it, or use it as a
    context manager. It does not start a sandbox.

    Args:
        assignment: The assignment.
        select: Selects the checks to run.
        recording: Records the results of the reference.

    Raises:
        CourseError: There is no reference, or it cannot be loaded.

    """

    def __init__(
        self,
        assignment: Assignment,
        *,
        select: Callable[[Marks], bool] = every_check,
        recording: Recording | None = None,
    ) -> None:
        frozen = _frozen(assignment)
        self.assignment = assignment
        self.parameters: Mapping[str, Sequence[str]] = parameters_of(assignment)
        self._select = select
        self._arbiter: Session | None = None
        files, symbols = assignment.reference_files, assignment.files
        if frozen is None:
            around = recording.around if recording else lambda transport: transport
            self._reference = in_process(files, symbols, self.parameters, around=around)
            self._arbiter = in_process(files, symbols, self.parameters)
        else:
            self.assignment = replace(assignment, calibration=frozen.calibration)
            self.parameters = frozen.parameters
            self._reference = Session(
                lambda _: frozen.transport(), modules_of(symbols), self.parameters, trusted=True
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Unload the reference."""
        self._reference.close()
        if self._arbiter is not None:
            self._arbiter.close()

    def collect(self) -> Mapping[str, Marks]:
        """The checks by id, in the order of the files, without running any.

        Raises:
            CourseError: They cannot be collected.

        """
        plugin = self._plugin(Session(_nothing, modules_of(self.assignment.files)))
        run_checks(self.assignment, plugin, "--collect-only")
        return plugin.ledger.marks

    def run(
        self,
        student: Session,
        *,
        only: Collection[str] | None = None,
        seed: int | None = None,
        first_failure: bool = False,
        own_parameters: Mapping[str, Sequence[str]] | None = None,
    ) -> Ledger:
        """Run the checks on a student.

        Args:
            student: The student; the caller closes it.
            only: The ids of the checks to run; None for all that are selected.
            seed: Used instead of the assignment's seed.
            first_failure: Stop at the first failure. Checks that did not run have not passed, and
                have no case.
            own_parameters: The parameters of each function in the submission.

        Raises:
            CourseError: The checks cannot be collected.

        """
        assignment = self.assignment if seed is None else replace(self.assignment, seed=seed)
        plugin = self._plugin(student, assignment, own_parameters, only)
        run_checks(assignment, plugin, *(["-x"] if first_failure else []))
        return plugin.ledger

    def run_on(
        self,
        solution: Mapping[str, bytes],
        *,
        only: Collection[str] | None = None,
        seed: int | None = None,
        first_failure: bool = False,
        observe: Callable[[Event], None] | None = None,
        around: Callable[[Transport], Transport] = lambda transport: transport,
    ) -> Ledger:
        """Run the checks on the reference, or a version of it, in this process.

        Args:
            solution: The files of the version. They are trusted and run without a sandbox.
            only: As in `run`.
            seed: As in `run`.
            first_failure: As in `run`.
            observe: Called with every call and its result.
            around: Wraps the transport between the checks and the version.

        Raises:
            CourseError: The checks cannot be collected.

        """
        student = in_process(solution, self.assignment.files, observe=observe, around=around)
        with closing(student):
            return self.run(student, only=only, seed=seed, first_failure=first_failure)

    def reaching(
        self, observe: Callable[[Event], None] | None = None
    ) -> Callable[[str], list[str]]:
        """Find the checks that may run a symbol or helper of the reference.

        This runs every check once on the reference.

        Args:
            observe: Called with every event of that run.

        Returns:
            A function from a symbol to the ids of the checks, nearest first: checks that call it
            directly, and call little else. Checks that train are last.

        """
        solution = self.assignment.reference_files
        ledger = self.run_on(solution, observe=observe)
        reach = sources.reach(raw.decode() for raw in solution.values())
        called, marks = ledger.called, ledger.marks
        through = {
            check: {name for symbol in symbols for name in reach.get(symbol, ())}
            for check, symbols in called.items()
        }

        def nearest_first(symbol: str) -> list[str]:
            def distance(check: str) -> tuple[bool, bool, int]:
                return marks[check].calibrated, symbol not in called[check], len(called[check])

            return sorted(
                (check for check, names in through.items() if symbol in names), key=distance
            )

        return nearest_first

    def _plugin(
        self,
        student: Session,
        assignment: Assignment | None = None,
        own_parameters: Mapping[str, Sequence[str]] | None = None,
        only: Collection[str] | None = None,
    ) -> GradingPlugin:
        return GradingPlugin(
            assignment or self.assignment,
            student,
            self._reference,
            self._arbiter,
            self._select,
            own_parameters,
            only,
        )


def parameters_of(assignment: Assignment) -> dict[str, tuple[str, ...]]:
    """The parameter names of every public function of the reference."""
    return {
        name: names
        for raw in assignment.reference_files.values()
        for name, names in parameters(raw.decode()).items()
    }


def _frozen(assignment: Assignment) -> Frozen | None:
    """The recorded results of the reference in a released assignment, which has no reference."""
    if assignment.reference_files:
        return None
    if not assignment.frozen:
        raise CourseError(
            f"{assignment.folder} holds no answers.bin, and there is no reference/ next to "
            "assignments/: there is nothing to compare with"
        )
    return Frozen.unpacked(assignment.frozen, "answers.bin")


def run_checks(assignment: Assignment, plugin: GradingPlugin, *options: str) -> None:
    """Run pytest on the assignment's checks with this plugin.

    Raises:
        CourseError: They cannot be collected.

    """
    checks = assignment.checks
    _loaded.change_to(checks)
    settings = ["-c", str(_SETTINGS), f"--rootdir={checks}"]
    with _quiet():
        status = pytest.main([str(checks), *settings, *options], plugins=[plugin])
    problem = plugin.problem
    if problem is None and status == pytest.ExitCode.NO_TESTS_COLLECTED and not plugin.collected:
        problem = "no checks found"
    ran = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED
    if problem is None and status not in ran:
        problem = f"pytest ended with {status!r}"
    if problem is not None:
        raise CourseError(f"{checks}: {problem}")


class _Loaded:
    """The check files that are currently imported, since importing them again is slow.

    Checks of another assignment may have the same file names, and pytest reuses imported modules.
    So only those of one folder are kept, until a file in it changes.
    """

    def __init__(self) -> None:
        self._folder = ""
        self._state: set[tuple[str, int, int]] = set()

    def change_to(self, folder: Path) -> None:
        """Unload the modules of any other folder, or of this one if a file in it has changed."""
        status = {path: path.stat() for path in folder.rglob("*.py")}
        state = {(str(path), found.st_mtime_ns, found.st_size) for path, found in status.items()}
        if (self._folder, self._state) != (str(folder), state):
            for name, module in list(sys.modules.items()):
                file = str(getattr(module, "__file__", None))
                if self._folder and file.startswith(self._folder + os.sep):
                    del sys.modules[name]
            self._folder, self._state = str(folder), state


_loaded = _Loaded()


def _nothing(_: Limits) -> Transport:
    raise AssertionError("collecting checks runs nothing")


@contextmanager
def _quiet() -> Iterator[None]:
    """Discard the output of pytest, and hide PYTEST_ADDOPTS from it."""
    options = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        if options is not None:
            os.environ["PYTEST_ADDOPTS"] = options
