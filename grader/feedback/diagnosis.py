"""Which known mistake explains a failed check: the one that answers exactly as the submission did.

The check is run again, in this process, on the reference with one mistake put in. A replay ends at
the first answer that differs from the student's, so the many mistakes that do not fit cost a call
or two each. Equal answers up to the call that failed the check are the evidence, and the reference
itself does not give them: it passes. When no single mistake explains the answers, pairs of mistakes
in the functions that were asked are tried.

A variant that first leaves the reference elsewhere than the student did cannot be the explanation.
Where each leaves it is remembered, so that a class costs little more to diagnose than its first few
submissions.
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
    """A case that failed on wrong answers: what was asked and answered, and the check to
    ask again.
    """

    check: str
    case: int
    transcript: Sequence[Event]
    replay: Replay


@dataclass(frozen=True)
class _Parting:
    """Where answers in a case first differ from the reference's, and the answer there; no sooner,
    when it is None.
    """

    index: int
    event: Event | None


class _Diverged(BaseException):
    """Ends a replay from inside a check; no `except Exception` of a check may swallow it."""


class _Explained(_Diverged):
    """Every answer of the student has been met by an equal one."""


class Diagnostician:
    """Holds the mistakes of one assignment, each loaded once, and compares submissions with them.

    seconds: of processor time that one submission may cost at most; when they are spent, silence is
    the answer.
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
        """Forget the loaded variants."""
        for suspect in (*self._suspects.values(), *self._pairs.values(), self._innocent):
            if suspect is not None:
                suspect.subject.close()

    def diagnose(self, clues: Sequence[Clue]) -> dict[int, tuple[Diagnosis, ...]]:
        """Index of a clue -> the mistake behind it, or the two, for those that have exactly one
        best explanation.

        Two mistakes can give equal answers on one check (both overflow to NaN). The one that
        explains more of the failed checks is the better explanation; when that is a tie too,
        nothing is said.
        """
        deadline = time.process_time() + self._seconds
        with warnings.catch_warnings():
            # variants overflow and divide by zero: that is what they are for
            warnings.simplefilter("ignore")
            # Where the reference gives the student's answers too, what failed the check is not in
            # them.
            reference = self._innocent
            innocent = {
                i: reference.parting
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
        self, clue: Clue, innocent: _Parting | None, deadline: float
    ) -> Iterable[Mistake]:
        for known in self._suspected(clue):
            if time.process_time() > deadline:
                return
            if self._suspects[known].answers_like(clue, innocent):
                yield known

    def _suspected(self, clue: Clue) -> list[Mistake]:
        """The mistakes in code that the check can have come through."""
        called = {event.call.partition(".")[0] for event in clue.transcript}
        come_through = {name for symbol in called for name in self._reach.get(symbol, ())}
        return [known for known in self._suspects if known.top_level in come_through]

    def _pairs_behind(
        self, clue: Clue, innocent: _Parting | None, deadline: float
    ) -> tuple[Mistake, ...]:
        """The mistakes that belong to every pair which gives the student's answers.

        Mostly that is one pair. Where several would do, what they share is certain and the rest is
        not.
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
        """The reference with both mistakes; None when the second finds no place after the first."""
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
    """A variant of the reference whose answers are held against a student's.

    parting: after a replay, where it parted from the student; None when it did not, or ended before
    it could.
    """

    def __init__(self, files: Mapping[str, bytes], symbols: Mapping[str, Sequence[str]]) -> None:
        self._expected: Sequence[Event] = ()
        self._met = 0
        self.parting: _Parting | None = None
        self._from_reference: dict[tuple[str, int], _Parting] = {}  # by check and case
        self.subject = in_process(files, symbols, observe=self._compare)

    def answers_like(self, clue: Clue, innocent: _Parting | None = None) -> bool:
        """Whether a replay gives the student's answers, all of them, to the student's questions.

        innocent: where the reference parts from the student, which spares the replay of a variant
        that cannot fit.
        """
        if not clue.transcript or (innocent is not None and self._cannot_fit(clue, innocent)):
            return False
        explained = self._replayed(clue)
        if innocent is not None and (explained or self.parting is not None):
            self._remember(clue, innocent)
        return explained

    def _replayed(self, clue: Clue) -> bool:
        self._expected, self._met, self.parting = clue.transcript, 0, None
        try:
            clue.replay(self.subject)
        except _Explained:
            return True
        except _Diverged:
            return False
        except Exception:  # noqa: BLE001 - a wrong variant of the reference may raise anything
            return False  # ended some other way, before the student's last answer was met
        finally:
            self._expected = ()  # the next submission finds the memory free
        return False

    def _compare(self, event: Event) -> None:
        if not same(event, self._expected[self._met]):
            self.parting = _Parting(self._met, event)
            raise _Diverged
        self._met += 1
        if self._met == len(self._expected):
            raise _Explained

    def _cannot_fit(self, clue: Clue, innocent: _Parting) -> bool:
        known = self._from_reference.get((clue.check, clue.case))
        if known is None:
            return False
        if known.event is None:
            return innocent.index < known.index
        return innocent.index != known.index or not same(known.event, clue.transcript[known.index])

    def _remember(self, clue: Clue, innocent: _Parting) -> None:
        """Where the variant parts from the reference, which goes along with the student up to where
        that parts.
        """
        own, there = self.parting, innocent.index
        if own is None or own.index > there:  # with the student, away from the reference
            found = _Parting(there, clue.transcript[there])
        elif own.index == there and same(
            own.event, innocent.event
        ):  # with the reference, away from the student
            found = _Parting(there + 1, None)
        else:
            found = own
        self._from_reference[clue.check, clue.case] = found


def _evidence(known: Mistake, clue: Clue, together: Sequence[Mistake] = ()) -> str:
    calls = sum(event.call.endswith(known.top_level) for event in clue.transcript) or len(
        clue.transcript
    )
    times = "the one call" if calls == 1 else f"all {calls} calls"
    this = (
        "this mistake and another one"
        if len(together) == 1
        else "both mistakes"
        if together
        else "this mistake"
    )
    return (
        f"Your {known.symbol} gives the same answers as code with {this}, on {times} of this check."
    )
