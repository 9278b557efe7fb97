"""Find the known mistake that explains a failed check: its results equal the submission's.

The check runs again, in this process, on the reference with one mistake applied. A replay ends at
the first result that differs from the student's, so a mistake that does not fit costs only a call
or two. The evidence is equal results up to the call that failed the check; the reference itself
does not give them, since it passes. If no single mistake explains the results, pairs of mistakes in
the called functions are tried.

A variant that first differs from the reference at another call than the student cannot be the
explanation. These calls are cached, so that a class costs little more to diagnose than its first
few submissions.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from grader.course import sources
from grader.errors import CourseError
from grader.feedback.mistakes import Mistake
from grader.model import Diagnosis
from grader.subject import Session
from grader.subject.in_process import in_process
from grader.subject.transcript import Event, same

__all__ = ["Clue", "Diagnostician", "Replay"]

Replay = Callable[[Session], None]


@dataclass(frozen=True)
class Clue:
    """A case that failed because of wrong results.

    Args:
        check: The id of the check.
        case: The index of the case.
        transcript: Every call with its result.
        replay: Runs the check again on a session.

    """

    check: str
    case: int
    transcript: Sequence[Event]
    replay: Replay


@dataclass(frozen=True)
class _Divergence:
    """Where results in a case first differ from the reference's.

    event: the result at that index; None if they may differ later, but not before it.
    """

    index: int
    event: Event | None


class _Diverged(BaseException):
    """Ends a replay from inside a check; an `except Exception` of a check must not catch it."""


class _Explained(_Diverged):
    """Every result of the student has been matched by an equal one."""


class Diagnostician:
    """Loads each mistake of one assignment once, and compares submissions with them.

    Args:
        reference: The files of the reference.
        symbols: The `[files]` table of the assignment.
        mistakes: The known mistakes.
        seconds: Limit of processor time per submission; after it, nothing is diagnosed.

    """

    def __init__(
        self,
        reference: Mapping[str, bytes],
        symbols: Mapping[str, Sequence[str]],
        mistakes: Sequence[Mistake],
        seconds: float = 20.0,
    ) -> None:
        self._seconds = seconds
        self._reference, self._symbols = reference, symbols
        self._suspects = {known: _Suspect(known.apply(reference), symbols) for known in mistakes}
        self._pairs: dict[tuple[Mistake, Mistake], _Suspect | None] = {}
        self._innocent = _Suspect(reference, symbols)
        self._reach = sources.reach(raw.decode() for raw in reference.values())

    def close(self) -> None:
        """Unload the variants."""
        for suspect in (*self._suspects.values(), *self._pairs.values(), self._innocent):
            if suspect is not None:
                suspect.subject.close()

    def diagnose(self, clues: Sequence[Clue]) -> dict[int, tuple[Diagnosis, ...]]:
        """Find the mistakes behind failed cases.

        Two mistakes can give equal results on one check (both overflow to NaN). The one that
        explains more of the failed checks is the better explanation; if that is a tie too,
        there is no diagnosis.

        Args:
            clues: The failed cases.

        Returns:
            Index of a clue -> its mistake, or both mistakes of a pair, for the clues that have
            exactly one best explanation.

        """
        deadline = time.process_time() + self._seconds
        with warnings.catch_warnings():
            # Variants overflow and divide by zero; that is expected.
            warnings.simplefilter("ignore")
            # If the reference gives the student's results too, they do not explain the failure.
            reference = self._innocent
            innocent = {
                i: reference.divergence
                for i, clue in enumerate(clues)
                if not reference.answers_like(clue)
            }
            explains = [
                list(self._explanations(clue, innocent[i], deadline)) if i in innocent else []
                for i, clue in enumerate(clues)
            ]
            pairs = {
                i: self._pairs_behind(clues[i], innocent[i], deadline)
                for i in innocent
                if not explains[i]
            }
        count = Counter(known for found in explains for known in found)
        named: dict[int, tuple[Diagnosis, ...]] = {}
        for i, (clue, found) in enumerate(zip(clues, explains, strict=True)):
            best = [
                known for known in found if count[known] == max(count[other] for other in found)
            ]
            if len(best) == 1:
                named[i] = (Diagnosis(best[0].id, best[0].says, _evidence(best[0], clue)),)
            elif both := pairs.get(i):
                named[i] = tuple(
                    Diagnosis(known.id, known.says, _evidence(known, clue, both)) for known in both
                )
        return named

    def _explanations(
        self, clue: Clue, innocent: _Divergence | None, deadline: float
    ) -> Iterable[Mistake]:
        for known in self._suspected(clue):
            if time.process_time() > deadline:
                return
            if self._suspects[known].answers_like(clue, innocent):
                yield known

    def _suspected(self, clue: Clue) -> list[Mistake]:
        """The mistakes in code that the check may have run."""
        called = {event.call.partition(".")[0] for event in clue.transcript}
        come_through = {name for symbol in called for name in self._reach.get(symbol, ())}
        return [known for known in self._suspects if known.top_level in come_through]

    def _pairs_behind(
        self, clue: Clue, innocent: _Divergence | None, deadline: float
    ) -> tuple[Mistake, ...]:
        """The mistakes that are in every pair that gives the student's results.

        Usually there is one pair. If several fit, only the mistakes that they share are certain.
        """
        called = {event.call.partition(".")[0] for event in clue.transcript}
        suspected = [known for known in self._suspected(clue) if known.top_level in called]
        certain: set[Mistake] | None = None
        for pair in combinations(suspected, 2):
            if time.process_time() > deadline:
                return ()
            suspect = self._pair(pair)
            if suspect is not None and suspect.answers_like(clue, innocent):
                certain = {*pair} if certain is None else certain & {*pair}
        return tuple(known for known in suspected if certain and known in certain)

    def _pair(self, pair: tuple[Mistake, Mistake]) -> _Suspect | None:
        """The reference with both mistakes; None if the second does not apply after the first."""
        if pair not in self._pairs:
            try:
                self._pairs[pair] = _Suspect(_with(pair, self._reference), self._symbols)
            except CourseError:
                self._pairs[pair] = None
        return self._pairs[pair]


def _with(mistakes: Iterable[Mistake], reference: Mapping[str, bytes]) -> Mapping[str, bytes]:
    for known in mistakes:
        reference = known.apply(reference)
    return reference


class _Suspect:
    """A variant of the reference whose results are compared with a student's.

    divergence: after a replay, where it first differed from the student; None if it did not, or if
    it ended first.
    """

    def __init__(self, files: Mapping[str, bytes], symbols: Mapping[str, Sequence[str]]) -> None:
        self._expected: Sequence[Event] = ()
        self._met = 0
        self.divergence: _Divergence | None = None
        self._from_reference: dict[tuple[str, int], _Divergence] = {}  # by check and case
        self.subject = in_process(files, symbols, observe=self._compare)

    def answers_like(self, clue: Clue, innocent: _Divergence | None = None) -> bool:
        """Whether a replay makes the student's calls and gives all of the student's results.

        innocent: where the reference differs from the student; this avoids the replay of a variant
        that cannot fit.
        """
        if not clue.transcript or (innocent is not None and self._cannot_fit(clue, innocent)):
            return False
        explained = self._replayed(clue)
        if innocent is not None and (explained or self.divergence is not None):
            self._remember(clue, innocent)
        return explained

    def _replayed(self, clue: Clue) -> bool:
        self._expected, self._met, self.divergence = clue.transcript, 0, None
        try:
            clue.replay(self.subject)
        except _Explained:
            return True
        except _Diverged:
            return False
        except Exception:  # noqa: BLE001 - a wrong variant of the reference may raise anything
            return False  # ended in another way, before the student's last result was matched
        finally:
            self._expected = ()  # frees the memory for the next submission
        return False

    def _compare(self, event: Event) -> None:
        if not same(event, self._expected[self._met]):
            self.divergence = _Divergence(self._met, event)
            raise _Diverged
        self._met += 1
        if self._met == len(self._expected):
            raise _Explained

    def _cannot_fit(self, clue: Clue, innocent: _Divergence) -> bool:
        known = self._from_reference.get((clue.check, clue.case))
        if known is None:
            return False
        if known.event is None:
            return innocent.index < known.index
        return innocent.index != known.index or not same(known.event, clue.transcript[known.index])

    def _remember(self, clue: Clue, innocent: _Divergence) -> None:
        """Cache where the variant differs from the reference.

        The reference equals the student up to `innocent`.
        """
        own, there = self.divergence, innocent.index
        if own is None or own.index > there:  # like the student, unlike the reference
            found = _Divergence(there, clue.transcript[there])
        # Like the reference, unlike the student.
        elif own.index == there and same(own.event, innocent.event):
            found = _Divergence(there + 1, None)
        else:
            found = own
        self._from_reference[clue.check, clue.case] = found


def _evidence(known: Mistake, clue: Clue, together: Sequence[Mistake] = ()) -> str:
    calls = sum(event.call.endswith(known.top_level) for event in clue.transcript) or len(
        clue.transcript
    )
    times = "the one call" if calls == 1 else f"all {calls} calls"
    this = (
        "this mistake and another"
        if len(together) == 1
        else "both mistakes"
        if together
        else "this mistake"
    )
    return (
        f"Your {known.symbol} gives the same results as code with {this}, in {times} of this check."
    )
