"""Grade one submission: pytest in this process, the submission in the sandbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

from grader.course import Assignment
from grader.feedback.diagnosis import Diagnostician
from grader.feedback.mistakes import load_mistakes
from grader.grading.checks import Checks
from grader.grading.grades import grade_of
from grader.grading.ledger import consistent, diagnosed, results, unanswered
from grader.grading.marks import Marks, every_check
from grader.model import Budget, CheckResult, Grade, Level, Limits, Note, Verdict
from grader.sandbox import packages
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.transport import StudentFault, Transport
from grader.sandbox.wire import Call
from grader.subject import Session, StudentRaised, modules_of
from grader.submission import Submission
from grader.submission.imports import forbidden_imports
from grader.submission.notebook import cell_error_notes

__all__ = ["Grader", "diagnostician_of", "open_grader", "sandbox_for"]

NOTEWORTHY = 0.5  # above this share of the budget, the student gets a note

Graded = tuple[tuple[CheckResult, ...], tuple[Note, ...]]


@contextmanager
def open_grader(
    assignment: Assignment,
    *,
    minimum: Level = Level.FULL,
    at_most: Level = Level.FULL,
    select: Callable[[Marks], bool] = every_check,
    diagnose: bool = True,
) -> Iterator[Grader]:
    """Open a grader with everything that it needs; it is closed at the end.

    Slow steps happen once: the warm interpreter of the sandbox starts, and the reference and the
    known mistakes are loaded.

    Args:
        assignment: What to grade by.
        minimum: The minimum sandbox level.
        at_most: The maximum level: `grade check` runs the user's code as a plain subprocess.
        select: Selects the checks to run.
        diagnose: Look for known mistakes behind failed checks.

    Raises:
        CourseError: The assignment's files are wrong.
        SandboxError: This machine does not reach the minimum level.

    """
    with ExitStack() as stack:
        checks = stack.enter_context(Checks(assignment, select=select))
        diagnostician = stack.enter_context(closing(diagnostician_of(assignment, diagnose)))
        sandbox = stack.enter_context(sandbox_for(assignment, minimum, at_most))
        yield Grader(checks, sandbox, diagnostician)


def sandbox_for(assignment: Assignment, minimum: Level, at_most: Level = Level.FULL) -> Sandbox:
    """A sandbox with the libraries of the assignment, but without access to its course."""
    return Sandbox(
        minimum,
        at_most=at_most,
        preload=assignment.preload,
        imports=assignment.imports,
        private=[assignment.course],
    )


def diagnostician_of(assignment: Assignment, diagnose: bool = True) -> Diagnostician:
    """A diagnostician with the known mistakes of the assignment; without a reference, with none."""
    known = diagnose and assignment.reference_files
    mistakes = load_mistakes(assignment.mistakes) if known else ()
    return Diagnostician(assignment.reference_files, assignment.files, mistakes)


class Grader:
    """Grades submissions of one assignment, one at a time; created by `open_grader`.

    Args:
        checks: The checks of the assignment.
        sandbox: Runs the submissions.
        diagnostician: Finds known mistakes behind failed checks.

    """

    def __init__(self, checks: Checks, sandbox: Sandbox, diagnostician: Diagnostician) -> None:
        self.assignment = checks.assignment
        self.sandbox = sandbox
        self._checks = checks
        self._diagnostician = diagnostician

    def grade(
        self,
        submission: Submission,
        only: Collection[str] | None = None,
        earlier: Grade | None = None,
    ) -> Grade:
        """Run every check on the submission, or those of the ids in `only`.

        Args:
            submission: What to grade.
            only: The ids of the checks to run; None for all.
            earlier: A grade of the same files. Results of check files that have not changed since
                then are reused.

        Raises:
            CourseError: The checks cannot be run.
            SandboxError: The submission cannot be run.

        """
        begun = time.monotonic()
        known = earlier.check_digests.items() if earlier is not None else set()
        notes: tuple[Note, ...] = ()
        if submission.problem:
            checks = unanswered(self._checks.collect(), Verdict.MISSING, submission.problem)
        elif earlier is not None and known & self.assignment.check_digests.items():
            checks, notes = self._completed(submission, earlier)
        else:
            checks, notes = self._checked(submission, only)
        return grade_of(
            self.assignment,
            submission,
            checks,
            sandbox=str(self.sandbox.level),
            notes=notes,
            seconds=time.monotonic() - begun,
        )

    def _checked(self, submission: Submission, only: Collection[str] | None) -> Graded:
        student = self._student(submission)
        with closing(student):
            # First, in the worker that then runs the public checks, so that the notebook does not
            # run twice.
            notes = tuple(
                note
                for name in submission.notebooks
                for note in self._cell_notes(student, submission, name)
            )
            ledger = self._checks.run(student, only=only, own_parameters=submission.parameters)
        ledger = diagnosed(ledger, self._diagnostician)
        ledger = consistent(ledger)
        return results(ledger), (*notes, *_budget_note(student, self.assignment.budget))

    def _completed(self, submission: Submission, earlier: Grade) -> Graded:
        """The valid results of an earlier grade and new results of the other checks, in order."""
        marks = self._checks.collect()
        kept = _still_valid(earlier, marks, self.assignment.check_digests)
        checks, notes = self._checked(submission, marks.keys() - kept.keys())
        whole = kept | {check.id: check for check in checks}
        return tuple(whole[check] for check in marks), notes

    def _student(self, submission: Submission) -> Session:
        """The submission in the sandbox. Its workers start when a check first needs one."""
        assignment = self.assignment
        usable = packages.usable([*assignment.imports, *assignment.preload])
        by_table = modules_of(assignment.files)

        def module_of(symbol: str) -> str:
            # All symbols of a notebook are in its generated module.
            return by_table(symbol) if submission.module is None else submission.module

        def start(limits: Limits) -> Transport:
            return self.sandbox.start(submission.files, memory=limits.memory, output=limits.output)

        return Session(
            start,
            module_of,
            self._checks.parameters,
            refused=forbidden_imports(submission, usable, assignment.imports),
            budget=assignment.budget,
        )

    def _cell_notes(
        self, student: Session, submission: Submission, module: str
    ) -> tuple[Note, ...]:
        """Notes on the cells of a notebook that raised.

        Empty if its worker cannot report them: then every check fails with the reason.
        """
        try:
            student.begin(0, self.assignment.limits, hidden=False)
            reported = student.perform([Call("get", module=module, name="__cell_errors__")])[0]
        except (StudentFault, StudentRaised):
            return ()
        return cell_error_notes(submission.notebooks[module], reported)


def _budget_note(student: Session, budget: Budget) -> tuple[Note, ...]:
    """Warn about a large share of the budget: the grading machine may be slower than this one."""
    if student.budget_share <= NOTEWORTHY:
        return ()
    return (
        Note(
            f"Your submission used {min(student.budget_share, 1.0):.0%} of the time for all its "
            f"checks together ({budget.seconds:g} seconds of processor time, or "
            f"{budget.wall_seconds:g} with waiting): look at the slowest ones."
        ),
    )


def _still_valid(
    earlier: Grade, marks: Mapping[str, Marks], check_digests: Mapping[str, str]
) -> dict[str, CheckResult]:
    """The results of an earlier grade of the same files that are still valid.

    A check file is graded again if it has changed, or if a dependency connects it to a file that is
    graded again, in either direction: what is skipped there, and why, depends on both.
    """
    kept = {c.id: c for c in earlier.checks if c.verdict is not Verdict.GRADER_ERROR}
    file_of = {mark.function: _file(mark.id) for mark in marks.values()}
    links = [
        {_file(mark.id), file_of[needed]}
        for mark in marks.values()
        for needed in mark.depends
        if needed in file_of
    ]
    before = earlier.check_digests
    changed = {file for file, digest in check_digests.items() if before.get(file) != digest}
    stale = changed | {_file(check) for check in marks if check not in kept}
    while reached := {file for link in links if stale & link for file in link} - stale:
        stale |= reached
    return {check: kept[check] for check in marks if _file(check) not in stale}


def _file(check: str) -> str:
    return check.partition("::")[0]
