"""Wrong solutions: each known mistake, and pairs of them, with the results of the checks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations

import msgspec
import numpy as np

from grader.authoring.validation import variants
from grader.course import Assignment
from grader.errors import CourseError
from grader.feedback.diagnosis import Diagnostician
from grader.feedback.mistakes import Mistake, load_mistakes
from grader.grading.checks import Checks
from grader.grading.ledger import diagnosed, results
from grader.grading.marks import Marks
from grader.model import CheckResult, Verdict
from grader.submission import Submission

__all__ = ["MistakeResult", "Wrong", "named_in", "pairs", "result", "singles", "tried_here"]

NEAREST = 4  # the number of checks that a mistake is run against first


@dataclass(frozen=True)
class Wrong:
    """The reference with one or two known mistakes.

    Args:
        files: File name -> content.
        mistakes: The ids of the mistakes.
        nearest: The ids of the checks that it is run against first.
        quick: All checks that can detect it and train no model, the nearest first.
        every: The same and the checks that train a model, which are slow and detect few mistakes.

    """

    files: Mapping[str, bytes]
    mistakes: tuple[str, ...]
    nearest: tuple[str, ...]
    quick: tuple[str, ...]
    every: tuple[str, ...]

    @property
    def name(self) -> str:
        """The ids of its mistakes, joined."""
        return " + ".join(self.mistakes)

    def submission(self) -> Submission:
        """Return it as a submission."""
        return variants.handed_in(self.name, self.files)


class MistakeResult(msgspec.Struct, frozen=True):
    """The results for one known mistake, or for a pair."""

    mistake: str
    lost: float  # points
    caught_by: tuple[str, ...]  # ids of the checks that did not pass
    named: tuple[str, ...]  # mistakes that the feedback named

    @property
    def caught(self) -> bool:
        """Whether it loses points in a check."""
        return self.lost > 0 and bool(self.caught_by)

    @property
    def named_rightly(self) -> bool:
        """Whether the feedback names this mistake."""
        return self.mistake in self.named

    @property
    def named_wrongly(self) -> bool:
        """Whether the feedback names a different mistake."""
        return any(name != self.mistake for name in self.named)

    @property
    def settled(self) -> bool:
        """Whether it is caught, and the feedback names this mistake and no other."""
        return self.caught and self.named == (self.mistake,)


def singles(
    assignment: Assignment, marks: Mapping[str, Marks], reaching: Callable[[str], list[str]]
) -> list[Wrong]:
    """Return every known mistake.

    Args:
        assignment: The assignment.
        marks: The marks of its checks, by id.
        reaching: Returns the checks that call a symbol, as given by `Checks.reaching`.

    """

    def wrong(known: Mistake) -> Wrong:
        every = reaching(known.top_level)
        quick = tuple(check for check in every if not marks[check].calibrated)
        return Wrong(
            variants.applied(assignment, known), (known.id,), quick[:NEAREST], quick, tuple(every)
        )

    return [wrong(known) for known in load_mistakes(assignment.mistakes)]


def pairs(assignment: Assignment, single: Sequence[Wrong], most: int) -> list[Wrong]:
    """Return at most `most` pairs of known mistakes, drawn at random but the same in every run."""
    by_id = {known.id: known for known in load_mistakes(assignment.mistakes)}
    drawn = list(combinations(single, 2))
    np.random.default_rng(0).shuffle(drawn)
    found: list[Wrong] = []
    for one, other in drawn:
        if len(found) == most:
            break
        both = (*one.mistakes, *other.mistakes)
        with suppress(CourseError):  # the first edit may have removed the text of the second
            files = variants.applied(assignment, *(by_id[known] for known in both))
            quick = (*one.quick, *other.quick)
            found.append(
                Wrong(
                    files, both, (*one.nearest, *other.nearest), quick, (*one.every, *other.every)
                )
            )
    return found


def tried_here(
    checks: Checks, diagnostician: Diagnostician, wrong: Iterable[Wrong]
) -> Iterator[MistakeResult]:
    """Run the checks in this process, which takes a third of the time that the sandbox takes.

    A single mistake is run against its nearest checks and then the other quick ones, up to the
    first that fails; if its diagnosis is then in doubt, against all quick ones. A pair is run
    against the nearest checks of both, because a later check may show the second mistake.
    """

    def tried(one: Wrong, only: Collection[str], *, first_failure: bool = False) -> MistakeResult:
        ledger = checks.run_on(one.files, only=only, first_failure=first_failure)
        ledger = diagnosed(ledger, diagnostician)
        return result(one.name, [check for check in results(ledger) if check.cases])

    for one in wrong:
        if len(one.mistakes) > 1:
            yield tried(one, one.nearest)
            continue
        found = tried(one, one.nearest, first_failure=True)
        if not found.caught:
            found = tried(one, one.quick[len(one.nearest) :], first_failure=True)
        yield tried(one, one.quick) if found.caught and not found.settled else found


def result(name: str, checks: Sequence[CheckResult]) -> MistakeResult:
    """Summarize the checks that ran. A failure of the grader does not catch a mistake."""
    blameless = Verdict.PASSED, Verdict.SKIPPED, Verdict.GRADER_ERROR
    failed = tuple(check.id for check in checks if check.verdict not in blameless)
    lost = sum(check.max_points - check.points for check in checks)
    return MistakeResult(name, round(lost, 6), failed, tuple(sorted(named_in(checks))))


def named_in(checks: Iterable[CheckResult]) -> set[str]:
    """Return the mistakes that the feedback names."""
    return {d.mistake for check in checks for case in check.cases for d in case.feedback.diagnoses}
