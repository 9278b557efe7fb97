"""Stand-ins for a student: each makes every check of an assignment end in one way, without a line
of a student's code.

The reference answers every check once, and its answers are written down. A stand-in gives them
again, spoiled in its own way, or ends as a worker can end. So the checks themselves, the plugin and
the grader are the real ones, and any verdict of any check costs no more than the check's own part.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import msgspec
import numpy as np

from grader.course import Assignment
from grader.errors import SandboxError
from grader.grading import Checks, Grader
from grader.grading.grader import diagnostician_of
from grader.grading.marks import Marks
from grader.grading.seeds import secret_of, seeds_of
from grader.model import CheckResult, Grade, Level, Verdict
from grader.sandbox.inside.evaluator import Dispatcher
from grader.sandbox.loopback import Loopback
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.transport import (
    CallTimeout,
    OutOfMemory,
    ProtocolViolation,
    Transport,
    WorkerCrashed,
    Wrapper,
)
from grader.sandbox.wire import Answer, Call, Frame, Handle, Raised
from grader.subject.frozen import NotFrozen
from grader.subject.in_process import Variant
from grader.submission import Submission

# ---- ways to answer ------------------------------------------------------------------------------

Spoil = Callable[[object], object]


@dataclass(frozen=True)
class Way:
    """How a stand-in answers. spoil: what becomes of the reference's values. raises: in place of an
    answer.

    from_: the share of a case's answers that are left as they are, at its beginning.
    """

    verdict: Verdict
    spoil: Spoil | None = None
    raises: Callable[[], Exception] | None = None
    raised: Raised | None = None
    from_: float = 0.0
    other_cases: bool = False  # spoils every second case alone
    accepts: bool = False  # returns where the reference raises
    mutates: bool = False  # says that its arguments were changed

    def answers(self, given: Sequence[Answer], place: float, case: int) -> list[Answer]:
        """The answers at a place (0 to 1) of a case, from what the reference said there."""
        if self.raises is not None:
            raise self.raises()
        if self.raised is not None:
            return [Answer(raised=self.raised)]
        if self.spoil is None or place < self.from_ or (self.other_cases and case % 2 == 0):
            return [copy.deepcopy(answer) for answer in given]
        mutated = ("x", "w", "dout") if self.mutates else ()
        return [
            Answer(
                _spoiled(answer.value, self.spoil), None if self.accepts else answer.raised, mutated
            )
            for answer in given
        ]


def _spoiled(value: object, spoil: Spoil) -> object:
    """The same structure with other leaves; what stays with the student stays there."""
    if isinstance(value, Handle):
        return value
    if type(value) in (list, tuple):
        return (
            spoil(value)
            if is_history(value)
            else type(value)(_spoiled(item, spoil) for item in value)
        )
    if type(value) is dict:
        return {key: _spoiled(item, spoil) for key, item in value.items()}
    return spoil(value)


def is_history(value: object) -> bool:
    """Whether this may be the losses of a training run."""
    if type(value) is np.ndarray:
        return value.ndim == 1 and value.dtype.kind == "f" and len(value) >= 10
    return type(value) is list and len(value) >= 10 and all(type(item) is float for item in value)


def wrong(value):
    """Numbers of the same kind and shape that are not right."""
    if type(value) is np.ndarray and value.dtype.kind in "fc":
        return (value * -1.5 + 0.7).astype(value.dtype)
    if type(value) is np.ndarray and value.dtype.kind in "iu":
        return np.zeros_like(value) if value.any() else np.ones_like(value)
    if type(value) is np.ndarray and value.dtype.kind == "b":
        return ~value
    if type(value) is list:
        return [item * -1.5 + 0.7 for item in value]
    if type(value) in (int, float) or isinstance(value, (np.floating, np.integer)):
        return type(value)(value * 3 + 1)
    return not value if type(value) is bool else value


def learns_nothing(value):
    """Predictions that are all alike, and losses as they were: what a weak student's training looks
    like.
    """
    if is_history(value):
        return value
    if type(value) is np.ndarray and value.dtype.kind in "iufb":
        return np.zeros_like(value)
    return value


def filled_with(number) -> Spoil:
    """Everything that can hold this number is full of it."""

    def fill(value):
        if type(value) is np.ndarray and value.dtype.kind in "fc":
            with np.errstate(all="ignore"):
                return np.full_like(value, number)
        if type(value) is list:
            return [number] * len(value)
        return (
            type(value)(number) if type(value) is float or isinstance(value, np.floating) else value
        )

    return fill


def diverging(value):
    """The largest numbers there are, of either sign in turn; losses too."""
    if type(value) is list:
        return [1.7e308 * (-1) ** place for place in range(len(value))]
    if type(value) is np.ndarray and value.dtype.kind == "f":
        large = np.finfo(value.dtype).max * value.dtype.type(0.9)
        return np.resize(np.array([large, -large]), value.shape)
    return value


def reshaped(value):
    """Arrays with one axis more."""
    return value[None] if type(value) is np.ndarray else value


def emptied(value):
    """Nothing where there was something."""
    if type(value) is np.ndarray:
        return value[:0] if value.ndim else value
    return type(value)() if type(value) in (list, str) else value


_RAISED = Raised(
    "ZeroDivisionError", "the $x^{$ is [red]wrong[/red] </pre> {0} "
                         "%s", ("ArithmeticError", "Exception"),
    (Frame("layers.py", 3, "f", "return x / 0", ("x (2, 3) float64",)),),
)  # fmt: skip
_STUB = Raised("NotImplementedError", "f", ("RuntimeError", "Exception"), missing=True)

WAYS: dict[str, Way] = {
    "right": Way(Verdict.PASSED),
    "wrong": Way(Verdict.FAILED, wrong),
    "weak": Way(Verdict.FAILED, learns_nothing),
    "nan": Way(Verdict.FAILED, filled_with(float("nan"))),
    "infinite": Way(Verdict.FAILED, filled_with(float("-inf"))),
    "diverging": Way(Verdict.FAILED, diverging),
    "reshaped": Way(Verdict.FAILED, reshaped),
    "empty": Way(Verdict.FAILED, emptied),
    "none": Way(Verdict.FAILED, lambda _: None, accepts=True),
    "mutates": Way(Verdict.FAILED, lambda value: value, mutates=True),
    "text": Way(Verdict.FAILED, lambda _: "$x^{$ <b> [red] \N{CJK UNIFIED IDEOGRAPH-5B57}" * 20),
    "half": Way(Verdict.PARTIAL, wrong, other_cases=True),
    "late": Way(Verdict.PARTIAL, wrong, from_=0.99),
    "raises": Way(Verdict.ERROR, raised=_RAISED),
    "stub": Way(Verdict.MISSING, raised=_STUB),
    "slow": Way(Verdict.TIMEOUT, raises=lambda: CallTimeout("Your code ran out of time.")),
    "large": Way(Verdict.MEMORY, raises=lambda: OutOfMemory("Your code ran out of memory.")),
    "exits": Way(Verdict.CRASHED, raises=lambda: WorkerCrashed("Your code ended its own process.")),
    "meddles": Way(
        Verdict.FORBIDDEN, raises=lambda: ProtocolViolation("Your code meddled with the grader.")
    ),
    "unforeseen": Way(
        Verdict.SKIPPED, raises=lambda: NotFrozen("the reference was not asked this")
    ),
    "unlucky": Way(Verdict.GRADER_ERROR, raises=lambda: SandboxError("the sandbox is gone")),
}

# ---- transports ----------------------------------------------------------------------------------

Recorded = dict[int, list[list[Answer]]]  # by the seed with which a case begins


def seed_of(assignment: Assignment, check: CheckResult, case: str) -> int:
    """The seed with which the plugin begins a case."""
    name = f"{check.id}[{case}]" if case else check.id
    secret = secret_of(assignment.reference_files)
    return seeds_of(assignment.seed, name, hidden=check.hidden, secret=secret).worker


def _begins(calls: Sequence[Call]) -> int | None:
    return next((call.args[0] for call in calls if call.op == "seed"), None)


def _imports(calls: Sequence[Call]) -> bool:
    return calls[0].op == "get" and calls[0].target is None and calls[0].name == "__name__"


class _Recorder(Wrapper):
    """The reference, with all that it answers written down."""

    def __init__(self, inner: Loopback, recorded: Recorded) -> None:
        super().__init__(inner)
        self._recorded = recorded
        self._case: list[list[Answer]] = []

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        answers = super().request(calls, seconds=seconds, wall=wall)
        if (seed := _begins(calls)) is not None:
            self._case = self._recorded[seed] = []
        elif not _imports(calls):
            self._case.append(copy.deepcopy(answers))
        return answers


class _StandIn:
    """Answers the recorded answers of the running case in their order, in the way that is meant for
    its check.
    """

    def __init__(self, recorded: Recorded, ways: Mapping[int, tuple[Way, int]]) -> None:
        self._recorded, self._ways = recorded, ways
        self._coming: list[list[Answer]] = []
        self._seed, self._asked = 0, 0

    def request(self, calls: Sequence[Call], **_: float) -> list[Answer]:
        if (seed := _begins(calls)) is not None:
            self._seed, self._asked = seed, 0
            self._coming = self._recorded.get(seed, [])
            return [Answer()] * len(calls)
        if _imports(calls):
            return [Answer(calls[0].module)]
        way, case = self._ways.get(self._seed, (WAYS["right"], 0))
        total = max(1, len(self._coming))
        given = (
            self._coming[self._asked]
            if self._asked < len(self._coming)
            else [Answer(None)] * len(calls)
        )
        self._asked += 1
        return way.answers(given, self._asked / total, case)

    def output(self) -> str:
        return "printed \x1b[31m $x^{$ [red]\n::error::x\n"

    def cpu_seconds(self) -> float:
        return 0.25

    def close(self) -> None:
        """Nothing is held."""


class _Sandbox:
    """In the place of the sandbox: starts what it was given."""

    level = Level.FULL

    def __init__(self, start: Callable[[], Transport]) -> None:
        self._start = start

    def start(self, _: Mapping[str, bytes], **__: int) -> Transport:
        return self._start()

    def close(self) -> None:
        """Nothing was started."""


# ---- a bench of them -----------------------------------------------------------------------------


class Bench:
    """Stand-ins for one assignment; a context manager. Whatever it grades, the checks are run by
    the real `Grader`."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self._checks = Checks(assignment)
        self.marks: Mapping[str, Marks] = self._checks.collect()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._checks.close()

    def _grader(self, start: Callable[[], Transport]) -> Grader:
        nobody = diagnostician_of(self.assignment, diagnose=False)
        return Grader(self._checks, cast(Sandbox, _Sandbox(start)), nobody)

    @cached_property
    def _by_reference(self) -> tuple[Grade, Recorded]:
        recorded: Recorded = {}

        def start() -> Transport:
            variant = Variant(self.assignment.reference_files)
            return _Recorder(Loopback(Dispatcher(variant.load), on_close=variant.close), recorded)

        submission = Submission(
            "reference", self.assignment.folder, dict(self.assignment.reference_files), ""
        )
        return self._grader(start).grade(submission), recorded

    @property
    def reference(self) -> Grade:
        """The grade of the reference itself."""
        return self._by_reference[0]

    def grade(self, submission: Submission, ways: Mapping[str, str]) -> Grade:
        """The grade of a stand-in. ways: check -> its way there; every check runs, whatever it
        depends on.

        Who is right everywhere is the reference itself, whose random draws and calls of the check's
        own functions cannot be given again from a record.
        """
        reference, recorded = self._by_reference
        if set(ways.values()) == {"right"}:
            return msgspec.structs.replace(
                reference, student=submission.student, submission_digest=submission.digest
            )
        by_seed = {
            seed_of(self.assignment, check, case.case): (WAYS[ways[check.id]], number)
            for check in self.reference.checks
            for number, case in enumerate(check.cases)
            if check.id in ways
        }
        grader = self._grader(lambda: _StandIn(recorded, by_seed))
        parts = [
            grader.grade(submission, level & ways.keys())
            for level in self._levels
            if level & ways.keys()
        ]
        found: dict[str, CheckResult] = {check.id: check for part in parts for check in part.checks}
        return msgspec.structs.replace(
            parts[0], checks=tuple(found[one] for one in self.marks if one in found)
        )

    @cached_property
    def _levels(self) -> list[set[str]]:
        """The checks in groups none of which depends on another of its own: all of a group run,
        whatever they find."""
        by_function = {mark.function: mark for mark in self.marks.values()}

        def depth(mark: Marks) -> int:
            return max(
                (1 + depth(by_function[name]) for name in mark.depends if name in by_function),
                default=0,
            )

        depths = {check: depth(mark) for check, mark in self.marks.items()}
        return [
            {check for check in depths if depths[check] == level}
            for level in range(max(depths.values()) + 1)
        ]
