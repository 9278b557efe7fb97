"""Plain frozen data that all layers use: limits, verdicts, results, grades.

A grade is created in one process, stored in a database and read again by another run, so it must
not contain anything that would be decoded as something else: `plain` verifies this.
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
    """Encode and decode a value as for storage, and verify that the result is equal.

    Args:
        value: The value.

    Returns:
        The decoded value.

    Raises:
        TypeError: The value contains something that cannot be encoded, such as a numpy scalar.
        ValueError: The decoded value would differ: it contains a NaN, a list instead of a tuple,
            or half of a surrogate pair.

    Examples:
        >>> plain(Feedback("dx is wrong."))
        Feedback(summary='dx is wrong.', details='', hint='', diagnoses=())

    """
    back = msgspec.json.decode(msgspec.json.encode(value), type=type(value))
    if back != value:
        raise ValueError(f"not plain data, since it would be decoded differently: {value!r}"[:500])
    return back


def as_text(value: str) -> str:
    """The text as a `str` that any file can contain.

    A subclass of `str` is converted, and half of a surrogate pair becomes "?".

    Raises:
        TypeError: The value is not a string.

    """
    if not isinstance(value, str):
        raise TypeError(f"expected a string, not {type(value).__name__}")
    return value.encode("utf-8", "replace").decode()


class Level(IntEnum):
    """How strongly student code is confined; levels are cumulative (docs/security.md)."""

    PLAIN = 0  # a subprocess with resource limits: for your own code
    PARTIAL = 1  # secrets are out of reach, some resources are open
    FULL = 2  # Landlock and seccomp: for untrusted code

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
    GRADER_ERROR = "grader_error"  # the grader is at fault: the grade is withheld, never a zero


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The limits of one check.

    Args:
        seconds: CPU seconds of the student's worker. Wall time is only a fallback
            (`wall_seconds`), so that a busy machine does not fail a student.
        memory: MiB in addition to what the warm interpreter already uses.
        output: KiB of captured output.

    """

    seconds: float = 10.0
    memory: int = 2048
    output: int = 64

    @property
    def wall_seconds(self) -> float:
        """Seconds of wall time after which a worker that sleeps or waits is stopped."""
        return 3.0 * self.seconds + 2.0


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The limits of a whole submission: its imports, its checks, and the cleanup between them.

    Args:
        seconds: CPU seconds of all its workers together. Wall time is a fallback here too, against
            code that waits.

    """

    seconds: float = 180.0

    @property
    def wall_seconds(self) -> float:
        """Seconds of wall time, without those in which other processes had the processor."""
        return 2.0 * self.seconds + 30.0


class Visibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a student reads about a hidden check that did not pass, beyond its title and points."""

    hints: bool = True  # the author's hint
    diagnoses: bool = True  # the known mistake whose results equal the student's


class Note(msgspec.Struct, frozen=True):
    """A note on the whole submission (a cell that raised); `staff` hides it from students."""

    text: str
    staff: bool = False


class Diagnosis(msgspec.Struct, frozen=True):
    """A known mistake whose results equal the student's; `matched` is the evidence."""

    mistake: str
    says: str
    matched: str


class Feedback(msgspec.Struct, frozen=True):
    """The feedback of a failed check. For a hidden check, students see `hint` and `diagnoses`."""

    summary: str = ""  # what is wrong, in one sentence
    details: str = ""  # numbers, shapes, the student's lines
    hint: str = ""  # where to look
    diagnoses: tuple[Diagnosis, ...] = ()


class Figure(msgspec.Struct, frozen=True):
    """Curves for the report, by name; x is the index, None is a gap.

    Numbers of numpy become plain numbers, and numbers that are not finite become gaps. Anything
    else raises TypeError.
    """

    title: str
    series: dict[str, tuple[float | None, ...]]
    # the lower and upper edge of the reference's curves, as long as the series
    band: tuple[tuple[float | None, ...], tuple[float | None, ...]] | None = None

    def __post_init__(self) -> None:
        series = {as_text(name): _curve(values) for name, values in self.series.items()}
        msgspec.structs.force_setattr(self, "title", as_text(self.title))
        msgspec.structs.force_setattr(self, "series", series)
        if self.band is not None:
            low, high = self.band
            msgspec.structs.force_setattr(self, "band", (_curve(low), _curve(high)))


def _curve(values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Plain finite numbers, and None for all other numbers."""
    return tuple(map(_drawn, values))


def _drawn(value: float | None) -> float | None:
    try:
        return float(value) if value is not None and math.isfinite(value) else None
    except OverflowError:  # an integer of a thousand digits
        return None


class CaseResult(msgspec.Struct, frozen=True):
    """One parameter case of a check."""

    case: str  # the id of pytest inside the brackets, "" if there is one case only
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
        """The feedback of the first case that did not pass."""
        for case in self.cases:
            if case.verdict is not Verdict.PASSED:
                return case.feedback
        return Feedback()

    @property
    def seconds(self) -> float:
        """CPU seconds over all cases."""
        return sum(case.seconds for case in self.cases)


class Grade(msgspec.Struct, frozen=True):
    """The complete result of grading one submission."""

    student: str
    assignment: str
    checks: tuple[CheckResult, ...]
    submission_digest: str
    assignment_digest: str
    seed: int
    sandbox: str  # the level that was verified while grading
    versions: dict[str, str]
    notes: tuple[Note, ...] = ()
    seconds: float = 0.0  # wall time, for the report only
    visibility: Visibility = Visibility()
    origin: str = ""  # the path of the submission, for `grade replay`
    # by check file: a digest of what decided its results, apart from the submission
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
        """The grade as JSON, including hidden details; `from_json` returns an equal grade."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> Grade:
        """Decode a grade that `to_json` returned.

        Raises:
            ValueError: The data is something else.

        """
        return msgspec.json.decode(data, type=cls)

    @property
    def withheld(self) -> bool:
        """True if the grader itself failed: do not publish the grade before grading again."""
        return any(check.verdict is Verdict.GRADER_ERROR for check in self.checks)
