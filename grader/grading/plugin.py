"""The pytest plugin: the fixtures and markers that checks use, and the verdicts that come out.

pytest runs in the trusted process and knows nothing of the submission but what the fixture `student` answers.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
import pytest

from grader.checks.failure import WrongForward
from grader.course import Assignment
from grader.errors import CourseError, GradmarkError
from grader.feedback.diagnosis import Clue
from grader.feedback.habits import modes, one_mode_only, other_order, printed_for_returned, where_numbers_broke
from grader.feedback.outcomes import grader_error, judge
from grader.grading.marks import MARKERS, Marks, by_dependency, public_first, read_marks
from grader.grading.seeds import Seeds, secret_of, seeds_of
from grader.model import CaseResult, CheckResult, Diagnosis, Feedback, Figure, Limits, Verdict, as_text, plain
from grader.sandbox.transport import WorkerKilled
from grader.subject import Session, Student
from grader.subject.transcript import Event

__all__ = ["Award", "GradingPlugin", "Plot"]


class Award:
    """The fixture `award`: grants a share of the points, also to a check that fails afterwards."""

    def __init__(self) -> None:
        self.share: float | None = None

    def __call__(self, share: float) -> None:
        """Grant `share` of the points, from 0 to 1; the last call counts. Raises ValueError for any other number."""
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"award takes a share between 0 and 1, not {share}")
        self.share = float(share)


class Plot:
    """The fixture `plot`: curves for the report."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def __call__(self, title: str, **series: Sequence[float]) -> None:
        """Draw each series of numbers against its index; one that is not finite leaves a gap.

        Of each, the first 10,000 are drawn. Raises TypeError for what is no number.
        """
        drawn = {name: _first_points(values) for name, values in series.items()}
        self.figures.append(Figure(title, drawn))


def _first_points(values: Sequence[float]) -> tuple[float | None, ...]:
    """The first points, cut off before anything is made of the rest: the student's code may have returned it."""
    first = np.asarray(values if isinstance(values, np.ndarray) else list(islice(values, _POINTS)))
    return tuple(first.ravel()[:_POINTS].tolist())


_POINTS = 10_000  # of a curve
# What all failed checks of one submission keep together for the diagnosis. What comes later keeps its feedback.
MAX_CLUE_BYTES = 256 << 20
_LARGE = 16 << 20  # bytes of answers in one check

_MARKS = pytest.StashKey[Marks]()


@dataclass
class _Running:
    """The case that is running now."""

    award: Award = field(default_factory=Award)
    plot: Plot = field(default_factory=Plot)
    builds_on: Marks | None = None  # a check that has failed, which this one depends on


class _Again(Protocol):
    """A check as a function of its student; `running` takes what it awards and draws."""

    def __call__(self, subject: Session, running: _Running | None = None) -> None: ...


class GradingPlugin:
    """Grades one submission in one pytest run.

    student, reference: the two subjects. arbiter: the reference once more, to stand in the student's place when a check
    breaks on what it was given; None where there is none, in a student's copy. only: the ids of the checks to run,
    None for all; select: which of them.
    own_parameters: the names of the parameters of each function as the submission has them, for feedback.
    After the run `results()` gives one CheckResult per check, `clues` what a diagnosis needs, `called` which symbols
    each check has asked for, and `problem` a sentence when the checks themselves could not be collected.
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
        self.problem: str | None = None
        self.clues: list[Clue] = []
        self._clue_bytes = 0
        self.called: dict[str, set[str]] = {}  # check -> the functions and classes that it has asked for
        self.marks: dict[str, Marks] = {}
        self.collected = 0
        self._student, self._reference, self._arbiter = student, reference, arbiter
        self._select, self._only = select, only
        self._left_out: set[str] = set()  # functions of the checks that are not among `only`
        self._own_parameters = own_parameters or {}
        self._cases: dict[str, list[CaseResult]] = {}
        self._passed_in: set[tuple[str, str]] = set()  # functions and the modes in which a case has passed
        self._failed_in: dict[tuple[str, int], set[tuple[str, str]]] = {}  # the same, of each case that has failed
        self._fits_itself: list[tuple[Marks, int, Marks]] = []  # check, its case that passed, what it builds on
        self._running = _Running()
        self._place: tuple[Path, bool] | None = None  # the file of the last check that ran, and whether it was hidden
        self._secret = secret_of(assignment.reference_files)

    # ---- collection -----------------------------------------------------------------------------------------------

    def pytest_configure(self, config: pytest.Config) -> None:
        for name, meaning in MARKERS.items():
            config.addinivalue_line("markers", f"{name}: {meaning}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and self.problem is None:
            self.problem = f"{report.nodeid} cannot be collected:\n{report.longreprtext}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Module | pytest.Class, name: str) -> list[pytest.Item] | None:
        """Make no cases of a check that will not run: with hundreds of them that costs more than most checks."""
        if self._only is None or not isinstance(collector, pytest.Module) or not collector.funcnamefilter(name):
            return None
        if f"{collector.path.relative_to(self.assignment.checks).as_posix()}::{name}" in self._only:
            return None
        self._left_out.add(name)
        return []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        self.collected = len(items) + len(self._left_out)
        try:
            marks = {
                item: item.stash.setdefault(_MARKS, read_marks(item, self.assignment.checks, self.assignment.limits))
                for item in items
            }
            kept = [item for item in items if self._select(marks[item])]
            self.marks = {marks[i].id: marks[i] for i in kept}
            ordered = by_dependency(kept, marks, known={m.function for m in marks.values()} | self._left_out)
            items[:] = public_first(ordered, marks)
        except CourseError as error:
            self.problem = str(error)
            items.clear()
            return
        for item in items:
            item.add_marker(pytest.mark.timeout(_trusted_seconds(marks[item].limits)))

    # ---- fixtures -------------------------------------------------------------------------------------------------

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """The submission, in the sandbox: two workers per check file, one for the public and one for the hidden checks.

        Its random generators are seeded for this check.
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
        """Prepare a subject for a check. All of them get the same seed, so that equal code gives equal answers."""
        marks = item.stash[_MARKS]
        subject.begin(self._seeds(item).worker, marks.limits, hidden=marks.hidden, fresh=fresh)

    def _seeds(self, item: pytest.Item) -> Seeds:
        path = Path(item.path).relative_to(self.assignment.checks).as_posix()
        hidden = item.stash[_MARKS].hidden
        return seeds_of(self.assignment.seed, f"{path}::{item.name}", hidden=hidden, secret=self._secret)

    def _rng(self, item: pytest.Item) -> np.random.Generator:
        return np.random.default_rng(self._seeds(item).inputs)

    # ---- running --------------------------------------------------------------------------------------------------

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        marks = item.stash[_MARKS]
        self._running = _Running()
        for name in marks.depends:
            needed = next((m for m in self.marks.values() if m.function == name), None)
            if needed is None or (verdict := self._verdict(needed)) in (Verdict.PASSED, Verdict.PARTIAL):
                continue
            self._running.builds_on = needed
            if verdict is not Verdict.FAILED or not marks.consistent:
                pytest.skip(_builds_on(needed))
        if not marks.each and any(case.verdict is Verdict.TIMEOUT for case in self._cases.get(marks.id, [])):
            pytest.skip("Another case of this check ran out of time, so this one was not tried.")
        if marks.gpu and not _has_gpu():
            raise GradmarkError("this check needs a CUDA device, and this machine has none: grade it on one that does")

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Run a check again whose worker was killed: when memory is short, the system may have chosen it by chance."""
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
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Turn what happened into a case. pytest's own report, with its drawing of the traceback, nobody would read."""
        if call.when == "call" or call.excinfo is not None:
            self._close_case(item, call)
        assert call.when != "collect", "this is about items"
        outcome: Literal["passed", "failed", "skipped"] = "passed"
        if call.excinfo is not None:
            outcome = "skipped" if isinstance(call.excinfo.value, pytest.skip.Exception) else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when, duration=call.duration)

    def pytest_runtest_logfinish(self) -> None:
        """Let go of large answers now: a failed check's exception and its frames hold each other and wait for this."""
        if self._student.recorded > _LARGE:
            gc.collect()

    def _close_case(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Add the case to its check: of plain data, and with a grader's error in place of whatever goes wrong here."""
        assert isinstance(item, pytest.Function), "checks are functions"
        case = item.callspec.id if hasattr(item, "callspec") else ""
        cases = self._cases.setdefault(item.stash[_MARKS].id, [])
        if call.when == "teardown":  # a fixture of ours or of the author failed while cleaning up
            cases[-1:] = []
        try:
            result = plain(self._case_of(item, call, case, len(cases)))
        except Exception as error:  # noqa: BLE001 - an exception in a hook would end the run of every check
            result = CaseResult(case, Verdict.GRADER_ERROR, grader_error(error).feedback)
        cases.append(result)

    def _case_of(self, item: pytest.Function, call: pytest.CallInfo[None], case: str, number: int) -> CaseResult:
        """What became of a case. number: how many cases of its check there were before."""
        marks = item.stash[_MARKS]
        called = {event.call.partition(".")[0] for event in self._student.transcript}
        self.called.setdefault(marks.id, set()).update(called)
        error = call.excinfo.value if call.excinfo else None
        ran = call.when == "call"
        assert not self._student.knows_hidden or marks.hidden, "what has seen a hidden check speaks of these alone"
        if isinstance(error, pytest.skip.Exception):
            return CaseResult(case, Verdict.SKIPPED, _skipped(marks, as_text(str(error)), by_the_check=ran))
        if ran and (needed := self._running.builds_on) is not None and not self._student.attempts:
            if error is None or isinstance(error, WrongForward):
                self._fits_itself.append((marks, number, needed))
            return CaseResult(case, Verdict.SKIPPED, Feedback(summary=_builds_on(needed)))
        outcome = judge(error, self._student, lambda: self._arbitrate(item)) if ran else grader_error(error)
        award, verdict = self._running.award.share, outcome.verdict
        earned = {Verdict.PASSED: 1.0 if award is None else award, Verdict.FAILED: award or 0.0}.get(verdict, 0.0)
        if verdict in (Verdict.PASSED, Verdict.FAILED) and 0 < earned < 1:
            verdict = Verdict.PARTIAL
        output = self._student.output() if ran else ""
        feedback = outcome.feedback
        if broke := where_numbers_broke(feedback.summary, output):
            feedback = _with_details(feedback, broke)
        habit = "" if verdict is Verdict.PASSED else self._habit(marks, called, output)
        hint = habit or _hint(marks, feedback)
        result = CaseResult(
            case,
            verdict,
            Feedback(as_text(feedback.summary), as_text(feedback.details), as_text(hint)),
            earned,
            self._student.seconds if ran else 0.0,
            as_text(output),
            (*self._running.plot.figures, *getattr(error, "figures", ())),
        )
        if verdict is Verdict.PASSED:
            self._passed_in |= modes(self._student.transcript)
        elif verdict is Verdict.FAILED:
            self._failed_in[marks.id, number] = modes(self._student.transcript)
        replay = self._replay(item) if outcome.explainable and self._student.complete else None
        if replay is not None and self._clue_bytes + self._student.recorded <= MAX_CLUE_BYTES:
            self._clue_bytes += self._student.recorded
            self.clues.append(Clue(marks.id, number, tuple(self._student.transcript), replay))
        return result

    def _habit(self, marks: Marks, called: Collection[str], output: str) -> str:
        """What the submission does in an unusual way. The student reads this of hidden checks too.

        So there it rests on the source alone, and not on names of what the running code has returned.
        """
        student = self._student
        order = other_order(called, self._own_parameters, student.parameters)
        return order or ("" if marks.hidden else printed_for_returned(student.transcript, output))

    def _arbitrate(self, item: pytest.Function) -> Sequence[Event]:
        """Run the check with the reference in the student's place; raises what the check raises.

        Without a reference the check is believed: it was validated before it was released.
        """
        if self._arbiter is None:
            return ()
        replay = self._replay(item)
        if replay is None:
            raise GradmarkError("a fixture of this check asks for the student itself, so it cannot be replayed")
        replay(self._arbiter)
        return self._arbiter.transcript

    def _replay(self, item: pytest.Function) -> _Again | None:
        """The check as a function of another student; None when a fixture of the author's holds on to this one."""
        if not _replayable(item):
            return None
        function = item.obj
        given = {name: item.funcargs[name] for name in item._fixtureinfo.argnames if name in item.funcargs}

        def replay(subject: Session, running: _Running | None = None) -> None:
            running = running or _Running()
            self._begin(subject, item)
            self._begin(self._reference, item)
            own = {"student": Student(subject), "rng": self._rng(item), "award": running.award, "plot": running.plot}
            function(**{name: own.get(name, value) for name, value in given.items()})

        return replay

    # ---- results --------------------------------------------------------------------------------------------------

    def results(self) -> tuple[CheckResult, ...]:
        """One result per check, in the order of the files."""
        return tuple(map(self._result, self.marks.values()))

    def add_diagnoses(self, clue: Clue, diagnoses: tuple[Diagnosis, ...]) -> None:
        """Name the mistakes behind the case that a clue came from."""
        cases = self._cases[clue.check]
        case = cases[clue.case]
        feedback = msgspec.structs.replace(case.feedback, diagnoses=diagnoses)
        cases[clue.case] = msgspec.structs.replace(case, feedback=feedback)

    def compare_modes(self) -> None:
        """Say it where a function is right in training mode and wrong in test mode, or the other way round."""
        for (check, number), failed in self._failed_in.items():
            if says := one_mode_only(failed, self._passed_in):
                case = self._cases[check][number]
                feedback = _with_details(case.feedback, says)
                self._cases[check][number] = msgspec.structs.replace(case, feedback=feedback)

    def grant_consistency(self) -> None:
        """Give their share to cases that passed on top of a known mistake, which is punished once, where it is.

        Only a known one: an identity that stands for any function fits its own derivative too.
        """
        for marks, number, needed in self._fits_itself:
            known = any(case.feedback.diagnoses for case in self._cases[needed.id])
            if known:
                says = f"Your code fits your own answer to \u201c{needed.title}\u201d, and earns"
                feedback = Feedback(f"{says} {marks.consistent:.0%} of the points; all of them once that is right.")
                case = self._cases[marks.id][number]
                self._cases[marks.id][number] = msgspec.structs.replace(
                    case, verdict=Verdict.PARTIAL, feedback=feedback, earned=marks.consistent
                )

    def _result(self, marks: Marks) -> CheckResult:
        cases = self._cases.get(marks.id, [])
        shares = [case.earned for case in cases] or [0.0]
        share = sum(shares) / len(shares) if marks.each else min(shares)
        return CheckResult(
            marks.id,
            marks.title,
            self._verdict(marks),
            round(marks.points * share, 6),
            marks.points,
            marks.hidden,
            marks.concept,
            tuple(cases),
        )

    def _verdict(self, marks: Marks) -> Verdict:
        """The gravest verdict of the cases; partial when each case earns its own share and some did."""
        verdicts = [case.verdict for case in self._cases.get(marks.id, [])]
        if not verdicts:
            return Verdict.GRADER_ERROR  # a check that never ran is our fault
        worst = max(verdicts, key=_GRAVITY.index)
        some = any(case.earned > 0 for case in self._cases[marks.id])
        return Verdict.PARTIAL if marks.each and some and worst in _COUNTED else worst


def _with_details(feedback: Feedback, more: str) -> Feedback:
    return msgspec.structs.replace(feedback, details=f"{feedback.details}\n{more}".lstrip())


def _hint(marks: Marks, feedback: Feedback) -> str:
    """The author's; of a public check without one, that of the helper, which may speak of what was answered."""
    return marks.hint or ("" if marks.hidden else feedback.hint)


def _skipped(marks: Marks, reason: str, *, by_the_check: bool) -> Feedback:
    """Words for a skipped case. Those of a hidden check itself may hold what was answered, and are for the staff."""
    return Feedback("This check does not apply here.", reason) if by_the_check and marks.hidden else Feedback(reason)


def _builds_on(needed: Marks) -> str:
    return f"It builds on \u201c{needed.title}\u201d, which has to pass first."


_GRAVITY = [
    Verdict.PASSED,
    Verdict.PARTIAL,
    Verdict.SKIPPED,
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.MISSING,
    Verdict.CRASHED,
    Verdict.MEMORY,
    Verdict.TIMEOUT,
    Verdict.FORBIDDEN,
    Verdict.GRADER_ERROR,
]
_COUNTED = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT, Verdict.MEMORY, Verdict.CRASHED)


def _replayable(item: pytest.Function) -> bool:
    """Whether only the check itself asks for the student: a fixture that did would keep the old one in a replay."""
    ours = {"student", "reference", "rng", "award", "plot", "calibration"}
    fixtures = item._fixtureinfo.name2fixturedefs
    return all(name in ours or not ours & set(definitions[-1].argnames) for name, definitions in fixtures.items())


def _trusted_seconds(limits: Limits) -> float:
    """Wall seconds after which the trusted side is stuck, which is our fault and not the student's."""
    return 2 * limits.wall_seconds + 60.0


def _has_gpu() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()
