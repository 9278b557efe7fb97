"""The pytest plugin: the fixtures and markers that checks use, and the resulting verdicts.

pytest runs in the trusted process, and sees only the results of the fixture `student` of a
submission.
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import pytest

from grader.checks.failure import WrongForward
from grader.course import Assignment
from grader.errors import CourseError, GradmarkError
from grader.feedback.diagnosis import Clue
from grader.feedback.habits import (
    modes,
    other_order,
    printed_for_returned,
    where_numbers_broke,
)
from grader.feedback.outcomes import CheckStuck, Outcome, grader_error, judge
from grader.grading.fixtures import Award, Plot
from grader.grading.ledger import FitsItself, Ledger, with_details
from grader.grading.marks import MARKERS, Marks, by_dependency, public_first, read_marks
from grader.grading.seeds import Seeds, secret_of, seeds_of
from grader.model import (
    CaseResult,
    Feedback,
    Limits,
    Verdict,
    as_text,
    plain,
)
from grader.sandbox.transport import WorkerKilled
from grader.subject import Session, Student
from grader.subject.transcript import Event

__all__ = ["GradingPlugin"]


# Kept by all failed checks of one submission together for the diagnosis. Later ones keep only their
# feedback.
MAX_CLUE_BYTES = 256 << 20
_LARGE = 16 << 20  # bytes of results in one check

_MARKS = pytest.StashKey[Marks]()


@dataclass
class _Running:
    """The current case."""

    award: Award = field(default_factory=Award)
    plot: Plot = field(default_factory=Plot)
    builds_on: Marks | None = None  # a failed check that this one depends on


class _Again(Protocol):
    """A check as a function of its student; `running` collects its awards and plots."""

    def __call__(self, subject: Session, running: _Running | None = None) -> None: ...


class GradingPlugin:
    """Grades one submission in one pytest run.

    After the run, `ledger` contains the outcome, and `problem` a sentence if the checks could not
    be collected.

    Args:
        assignment: The assignment.
        student: The submission.
        reference: The reference.
        arbiter: The reference again, to use instead of the student if a check breaks on a result;
            None in a student's copy, which has no reference.
        select: Selects the checks to run.
        own_parameters: The parameter names of each function in the submission, for feedback.
        only: The ids of the checks to run; None for all.

    """

    def __init__(
        self,
        assignment: Assignment,
        student: Session,
        reference: Session,
        arbiter: Session | None,
        select: Callable[[Marks], bool] = lambda _: True,
        own_parameters: Mapping[str, Sequence[str]] | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        self.assignment = assignment
        self.ledger = Ledger()
        self.problem: str | None = None
        self.collected = 0
        self._student, self._reference, self._arbiter = student, reference, arbiter
        self._select, self._only = select, only
        self._left_out: set[str] = set()  # functions of the checks that are not among `only`
        self._own_parameters = own_parameters or {}
        self._clue_bytes = 0
        self._running = _Running()
        # The file of the last check that ran, and whether it was hidden.
        self._place: tuple[Path, bool] | None = None
        self._secret = secret_of(assignment.reference_files)

    # ---- collection ------------------------------------------------------------------------------

    def pytest_configure(self, config: pytest.Config) -> None:
        for name, meaning in MARKERS.items():
            config.addinivalue_line("markers", f"{name}: {meaning}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and self.problem is None:
            self.problem = f"{report.nodeid} cannot be collected:\n{report.longreprtext}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class, name: str
    ) -> list[pytest.Item] | None:
        """Skip collecting cases of a check that will not run: hundreds of cases are expensive."""
        if (
            self._only is None
            or not isinstance(collector, pytest.Module)
            or not collector.funcnamefilter(name)
        ):
            return None
        if f"{collector.path.relative_to(self.assignment.checks).as_posix()}::{name}" in self._only:
            return None
        self._left_out.add(name)
        return []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        self.collected = len(items) + len(self._left_out)
        try:
            marks = {
                item: item.stash.setdefault(
                    _MARKS, read_marks(item, self.assignment.checks, self.assignment.limits)
                )
                for item in items
            }
            kept = [item for item in items if self._select(marks[item])]
            self.ledger.marks.update({marks[i].id: marks[i] for i in kept})
            ordered = by_dependency(
                kept, marks, known={m.function for m in marks.values()} | self._left_out
            )
            items[:] = public_first(ordered, marks)
        except CourseError as error:
            self.problem = str(error)
            items.clear()
            return
        for item in items:
            item.add_marker(pytest.mark.timeout(_trusted_seconds(marks[item].limits)))

    # ---- fixtures --------------------------------------------------------------------------------

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """The submission in the sandbox, with random generators seeded for this check.

        Each check file has two workers, one for the public and one for the hidden checks.
        """
        item = request.node
        marks = item.stash[_MARKS]
        place = item.path, marks.hidden
        moved = self._place not in (None, place)
        self._place = place
        self._begin(self._student, item, fresh=marks.fresh or moved)
        return Student(self._student)

    @pytest.fixture
    def reference(self, request: pytest.FixtureRequest) -> Student:
        """The reference solution."""
        self._begin(self._reference, request.node)
        return Student(self._reference)

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """Random numbers for this check, the same in every run."""
        return self._rng(request.node)

    @pytest.fixture
    def award(self) -> Award:
        """Grants a share of the points."""
        return self._running.award

    @pytest.fixture
    def plot(self) -> Plot:
        """Curves for the report."""
        return self._running.plot

    @pytest.fixture
    def calibration(self) -> Mapping[str, Any]:
        """The assignment's calibration.json, for `assert_learns`."""
        return self.assignment.calibration

    def _begin(self, subject: Session, item: pytest.Item, *, fresh: bool = False) -> None:
        """Prepare a subject for a check; all get the same seed, so that equal code is equal."""
        marks = item.stash[_MARKS]
        subject.begin(self._seeds(item).worker, marks.limits, hidden=marks.hidden, fresh=fresh)

    def _seeds(self, item: pytest.Item) -> Seeds:
        path = Path(item.path).relative_to(self.assignment.checks).as_posix()
        hidden = item.stash[_MARKS].hidden
        return seeds_of(
            self.assignment.seed, f"{path}::{item.name}", hidden=hidden, secret=self._secret
        )

    def _rng(self, item: pytest.Item) -> np.random.Generator:
        return np.random.default_rng(self._seeds(item).inputs)

    # ---- running ---------------------------------------------------------------------------------

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        marks = item.stash[_MARKS]
        self._running = _Running()
        self._running.builds_on = self._failed_before(marks)
        cases = self.ledger.cases.get(marks.id, [])
        if not marks.each and any(case.verdict is Verdict.TIMEOUT for case in cases):
            pytest.skip("Another case of this check ran out of time, so this one was not run.")
        if marks.gpu and not _has_gpu():
            raise GradmarkError(
                "this check needs a CUDA device, but this machine has none: grade it on another one"
            )

    def _failed_before(self, marks: Marks) -> Marks | None:
        """A check that this one depends on and that did not pass.

        Skips the case, unless it can still earn a share by fitting the student's results.
        """
        found = None
        functions = {mark.function: mark for mark in self.ledger.marks.values()}
        for name in marks.depends:
            needed = functions.get(name)
            verdict = self.ledger.verdict(needed) if needed else Verdict.PASSED
            if needed is None or verdict in (Verdict.PASSED, Verdict.PARTIAL):
                continue
            found = needed
            if verdict is not Verdict.FAILED or not marks.consistent:
                pytest.skip(_builds_on(needed))
        return found

    @pytest.hookimpl(tryfirst=True)
    def pytest_timeout_set_timer(self, item: pytest.Item, settings: Any) -> bool | None:
        """Interrupt a stuck check with `CheckStuck`.

        Outside the main thread, or without POSIX signals, pytest-timeout does what it can.
        """
        if not _can_set_a_timer():
            return None

        def interrupt(*_: object) -> None:
            raise CheckStuck(f"the check was interrupted after {settings.timeout:g} seconds")

        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, settings.timeout)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_timeout_cancel_timer(self, item: pytest.Item) -> bool | None:
        if not _can_set_a_timer():
            return None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Run a check again if its worker was killed: the system may have been short of memory."""
        try:
            return (yield)
        except WorkerKilled:
            again = self._replay(pyfuncitem)
            if again is None:
                raise
        self._running = _Running()
        again(self._student, self._running)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Turn the outcome into a case; the report of pytest, with its traceback, is not needed."""
        if call.when == "call" or call.excinfo is not None:
            self._close_case(item, call)
        assert call.when != "collect", "this is about items"
        outcome: Literal["passed", "failed", "skipped"] = "passed"
        if call.excinfo is not None:
            outcome = (
                "skipped" if isinstance(call.excinfo.value, pytest.skip.Exception) else "failed"
            )
        return pytest.TestReport(
            item.nodeid, item.location, {}, outcome, None, call.when, duration=call.duration
        )

    def pytest_runtest_logfinish(self) -> None:
        """Free large results now: the exception of a failed check and its frames form a cycle."""
        if self._student.recorded > _LARGE:
            gc.collect()

    def _close_case(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Record the result of a case as plain data.

        Any exception here becomes a grader error of this case: raised in a hook, it would end the
        whole run.
        """
        assert isinstance(item, pytest.Function), "checks are functions"
        case = item.callspec.id if hasattr(item, "callspec") else ""
        cases = self.ledger.cases.setdefault(item.stash[_MARKS].id, [])
        if call.when == "teardown" and cases:
            cases.pop()  # a fixture failed while cleaning up: the grader is at fault
        try:
            result = plain(self._case(item, call, case, len(cases)))
        except Exception as error:  # noqa: BLE001 - an exception in a hook would end the run of every check
            result = CaseResult(case, Verdict.GRADER_ERROR, grader_error(error).feedback)
        cases.append(result)

    def _case(
        self, item: pytest.Function, call: pytest.CallInfo[None], case: str, number: int
    ) -> CaseResult:
        """The result of a case. number: the number of earlier cases of its check."""
        marks, student = item.stash[_MARKS], self._student
        error = call.excinfo.value if call.excinfo else None
        ran = call.when == "call"
        assert not student.knows_hidden or marks.hidden, (
            "a worker that has seen a hidden check runs hidden checks only"
        )
        called = {event.call.partition(".")[0] for event in student.transcript}
        self.ledger.called.setdefault(marks.id, set()).update(called)
        if isinstance(error, pytest.skip.Exception):
            feedback = _skipped(marks, as_text(str(error)), by_the_check=ran)
            return CaseResult(case, Verdict.SKIPPED, feedback)
        if ran and (needed := self._running.builds_on) is not None and not student.attempts:
            if error is None or isinstance(error, WrongForward):
                self.ledger.fits_itself.append(FitsItself(marks, number, needed))
            return CaseResult(case, Verdict.SKIPPED, Feedback(summary=_builds_on(needed)))
        if ran:
            outcome = judge(error, student, lambda: self._arbitrate(item))
        else:
            outcome = grader_error(error)
        if outcome.unanswerable:
            self.ledger.unanswerable.add(marks.id)
        verdict, earned = _with_award(outcome.verdict, self._running.award.share)
        output = student.output() if ran else ""
        result = CaseResult(
            case,
            verdict,
            self._feedback(marks, verdict, outcome, called, output),
            earned,
            student.seconds if ran else 0.0,
            as_text(output),
            (*self._running.plot.figures, *getattr(error, "figures", ())),
        )
        self._remember(item, number, verdict, explainable=outcome.explainable)
        return result

    def _feedback(
        self,
        marks: Marks,
        verdict: Verdict,
        outcome: Outcome,
        called: Collection[str],
        output: str,
    ) -> Feedback:
        """The feedback with the best hint: an observed habit, or the author's hint."""
        feedback = outcome.feedback
        if outcome.not_finite and (broke := where_numbers_broke(output)):
            feedback = with_details(feedback, broke)
        habit = "" if verdict is Verdict.PASSED else self._habit(marks, called, output)
        # Without an author's hint: the hint of the helper, which may mention the student's results.
        hint = habit or marks.hint or ("" if marks.hidden else feedback.hint)
        return Feedback(as_text(feedback.summary), as_text(feedback.details), as_text(hint))

    def _remember(
        self, item: pytest.Function, number: int, verdict: Verdict, *, explainable: bool
    ) -> None:
        """Store the data of this case that is needed after all checks have run."""
        check, transcript = item.stash[_MARKS].id, self._student.transcript
        if verdict is Verdict.PASSED:
            self.ledger.passed_in.update(modes(transcript))
        elif verdict is Verdict.FAILED:
            self.ledger.failed_in[check, number] = modes(transcript)
        replay = self._replay(item) if explainable and self._student.complete else None
        if replay is not None and self._clue_bytes + self._student.recorded <= MAX_CLUE_BYTES:
            self._clue_bytes += self._student.recorded
            self.ledger.clues.append(Clue(check, number, tuple(transcript), replay))

    def _habit(self, marks: Marks, called: Collection[str], output: str) -> str:
        """A sentence about an unusual habit of the submission, or "".

        The student reads this for hidden checks too. So there it depends on the source only, not on
        results of the running code.
        """
        student = self._student
        order = other_order(called, self._own_parameters, student.parameters)
        return order or ("" if marks.hidden else printed_for_returned(student.transcript, output))

    def _arbitrate(self, item: pytest.Function) -> Sequence[Event]:
        """Run the check with the reference instead of the student; raises what the check raises.

        Without a reference, the check is trusted: it was validated before it was released.
        """
        if self._arbiter is None:
            return ()
        replay = self._replay(item)
        if replay is None:
            raise GradmarkError(
                "a fixture of this check uses the student itself, so it cannot be replayed"
            )
        replay(self._arbiter)
        return self._arbiter.transcript

    def _replay(self, item: pytest.Function) -> _Again | None:
        """The check as a function of another student; None if a custom fixture keeps this one."""
        if not _replayable(item):
            return None
        function = item.obj
        given = {
            name: item.funcargs[name]
            for name in item._fixtureinfo.argnames
            if name in item.funcargs
        }

        def replay(subject: Session, running: _Running | None = None) -> None:
            running = running or _Running()
            self._begin(subject, item)
            self._begin(self._reference, item)
            own = {
                "student": Student(subject),
                "rng": self._rng(item),
                "award": running.award,
                "plot": running.plot,
            }
            function(**{name: own.get(name, value) for name, value in given.items()})

        return replay


def _with_award(verdict: Verdict, share: float | None) -> tuple[Verdict, float]:
    """The verdict, and the earned share of the points with the share that the check granted."""
    if verdict is Verdict.PASSED:
        earned = 1.0 if share is None else share
    elif verdict is Verdict.FAILED:
        earned = share or 0.0
    else:
        return verdict, 0.0
    return (Verdict.PARTIAL if 0 < earned < 1 else verdict), earned


def _skipped(marks: Marks, reason: str, *, by_the_check: bool) -> Feedback:
    """Feedback for a skipped case; the reason of a hidden check may contain results: staff only."""
    return (
        Feedback("This check does not apply here.", reason)
        if by_the_check and marks.hidden
        else Feedback(reason)
    )


def _builds_on(needed: Marks) -> str:
    return f"It builds on \u201c{needed.title}\u201d, which must pass first."


def _replayable(item: pytest.Function) -> bool:
    """Whether only the check uses the student: a custom fixture would keep the old one."""
    builtin = {"student", "reference", "rng", "award", "plot", "calibration"}
    fixtures = item._fixtureinfo.name2fixturedefs
    return all(
        name in builtin or not builtin & set(definitions[-1].argnames)
        for name, definitions in fixtures.items()
    )


def _trusted_seconds(limits: Limits) -> float:
    """Wall seconds after which the trusted side is stuck, which is not the student's fault."""
    return 2 * limits.wall_seconds + 60.0


def _can_set_a_timer() -> bool:
    return threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")


def _has_gpu() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()
