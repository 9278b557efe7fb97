"""Plain frozen data that every layer speaks: limits, verdicts, results, grades.

A grade is made in one process, kept in a database and read again by another run, so nothing is in
it that would come back as something else: `plain` holds a value to that where it is made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import TypeVar

import msgspec

__all__ = [
    "Budget",
    "CaseResult",
    "CheckResult",
    "Diagnosis",
    "Feedback",
    "Figure",
    "Grade",
    "Level",
    "Limits",
    "Note",
    "Verdict",
    "Visibility",
    "as_text",
    "plain",
]

S = TypeVar("S", bound=msgspec.Struct)


def plain(value: S) -> S:
    """The value as it comes back from where grades are kept, which is equal to the one that was
    given.

    Raises TypeError or ValueError when it would not be: it holds a scalar of numpy, a NaN, a list
    in place of a tuple, half of a surrogate pair.

    >>> plain(Feedback("dx is wrong."))
    Feedback(summary='dx is wrong.', details='', hint='', diagnoses=())
    """
    back = msgspec.json.decode(msgspec.json.encode(value), type=type(value))
    if back != value:
        raise ValueError(
            f"not plain data, for it would be read again as something else: {value!r}"[:500]
        )
    return back


def as_text(value: str) -> str:
    """The same as a `str` that any file can hold: no subclass of it, and ? for half of a surrogate
    pair.

    Raises TypeError when the value is no string.
    """
    if not isinstance(value, str):
        raise TypeError(f"expected a text, not {type(value).__name__}")
    return value.encode("utf-8", "replace").decode()


class Level(IntEnum):
    """How strongly student code is confined; a higher level includes what the lower ones stop
    (docs/security.md).
    """

    PLAIN = 0  # a subprocess with resource limits: for one's own code
    PARTIAL = 1  # secrets are out of reach, some resources are open
    FULL = 2  # Landlock and seccomp: for other people's code

    def __str__(self) -> str:
        return self.name.lower()


class Verdict(StrEnum):
    """How a check ended. All but GRADER_ERROR are about the submission."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    ERROR = "error"  # the student's code raised
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    FORBIDDEN = "forbidden"  # it tried what the sandbox denies
    MISSING = "missing"  # the function is absent or raises NotImplementedError
    SKIPPED = "skipped"  # a check it depends on did not pass
    GRADER_ERROR = "grader_error"  # our fault: the grade is withheld, never a zero


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one check may use.

    seconds: CPU seconds of the student's worker. Wall time is only a backstop (`wall_seconds`), so
    that a busy machine fails nobody. memory: MiB beyond what the warm interpreter already uses.
    output: KiB of captured prints.
    """

    seconds: float = 10.0
    memory: int = 2048
    output: int = 64

    @property
    def wall_seconds(self) -> float:
        """Seconds of wall time after which a worker that sleeps or waits is stopped."""
        return 3.0 * self.seconds + 2.0


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a whole submission may use: its imports, its checks, and what it leaves to be tidied up
    between them.

    seconds: CPU seconds of all its workers together. Wall time is a backstop here too, against code
    that waits.
    """

    seconds: float = 180.0

    @property
    def wall_seconds(self) -> float:
        """Seconds of wall time, without those in which others had the processor."""
        return 2.0 * self.seconds + 30.0


class Visibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a student reads about a hidden check that did not pass, beyond its title and points."""

    hints: bool = True  # the author's hint
    diagnoses: bool = True  # the name of the known mistake whose answers equal the student's


class Note(msgspec.Struct, frozen=True):
    """A remark about the submission as a whole (a notebook cell that raised); `staff` hides it from
    the student.
    """

    text: str
    staff: bool = False


class Diagnosis(msgspec.Struct, frozen=True):
    """A known mistake whose answers equal the student's. `matched` says on what the claim rests."""

    mistake: str
    says: str
    matched: str


class Feedback(msgspec.Struct, frozen=True):
    """What a failed check says. For a hidden check the student is shown `hint` and `diagnoses`
    only.
    """

    summary: str = ""  # what is wrong, in one sentence
    details: str = ""  # numbers, shapes, the student's own lines
    hint: str = ""  # where to look
    diagnoses: tuple[Diagnosis, ...] = ()


class Figure(msgspec.Struct, frozen=True):
    """Curves that a check wants drawn in the report, by name; x is the index. None leaves a gap.

    band: the lower and the upper edge of where the reference's curves lie, as long as the series.

    Numbers of numpy become plain ones here, and what is not finite a gap. Raises TypeError for what
    is no number.
    """

    title: str
    series: dict[str, tuple[float | None, ...]]
    band: tuple[tuple[float | None, ...], tuple[float | None, ...]] | None = None

    def __post_init__(self) -> None:
        series = {as_text(name): _curve(values) for name, values in self.series.items()}
        msgspec.structs.force_setattr(self, "title", as_text(self.title))
        msgspec.structs.force_setattr(self, "series", series)
        if self.band is not None:
            low, high = self.band
            msgspec.structs.force_setattr(self, "band", (_curve(low), _curve(high)))


def _curve(values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Plain finite numbers, and None for everything else that is a number."""
    return tuple(map(_drawn, values))


def _drawn(value: float | None) -> float | None:
    try:
        return float(value) if value is not None and math.isfinite(value) else None
    except OverflowError:  # an integer of a thousand digits
        return None


class CaseResult(msgspec.Struct, frozen=True):
    """One parameter case of a check."""

    case: str  # pytest's id inside the brackets, "" when there is one case only
    verdict: Verdict
    feedback: Feedback = Feedback()
    earned: float = 0.0  # share of the case's points, 0 to 1
    seconds: float = 0.0  # CPU seconds of the worker
    output: str = ""  # what the student's code printed
    figures: tuple[Figure, ...] = ()


class CheckResult(msgspec.Struct, frozen=True):
    """One check function with all its cases."""

    id: str  # "test_layers.py::test_affine_forward", the name for `depends` is the function
    title: str
    verdict: Verdict
    points: float
    max_points: float
    hidden: bool
    concept: str = ""
    cases: tuple[CaseResult, ...] = ()

    @property
    def feedback(self) -> Feedback:
        """The feedback of the first case that did not pass, which is the one to read first."""
        for case in self.cases:
            if case.verdict is not Verdict.PASSED:
                return case.feedback
        return Feedback()

    @property
    def seconds(self) -> float:
        """CPU seconds over all cases."""
        return sum(case.seconds for case in self.cases)


class Grade(msgspec.Struct, frozen=True):
    """All that is known about one graded submission."""

    student: str
    assignment: str
    checks: tuple[CheckResult, ...]
    submission_digest: str
    assignment_digest: str
    seed: int
    sandbox: str  # the level that was proven while grading
    versions: dict[str, str]
    notes: tuple[Note, ...] = ()
    seconds: float = 0.0  # wall time, for the report only
    visibility: Visibility = Visibility()
    origin: str = ""  # where the submission lay, for `grade replay`
    # by check file: what decided its results, beside the submission
    check_digests: dict[str, str] = {}

    @property
    def points(self) -> float:
        """Points earned."""
        return round(sum(check.points for check in self.checks), 6)

    @property
    def max_points(self) -> float:
        """Points that can be earned."""
        return round(sum(check.max_points for check in self.checks), 6)

    def to_json(self) -> bytes:
        """The grade as JSON, hidden details included; `from_json` gives an equal one."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> Grade:
        """A grade that `to_json` has written. Raises ValueError when it is something else."""
        return msgspec.json.decode(data, type=cls)

    @property
    def withheld(self) -> bool:
        """True when the grader itself failed somewhere: the grade must not be published before a
        regrade.
        """
        return any(check.verdict is Verdict.GRADER_ERROR for check in self.checks)
