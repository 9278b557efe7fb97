"""The claims about an assignment, one function for each, with their results.

Correct solutions pass: the reference and every other correct solution earn everything, whatever the
seed. Mistakes are caught: the starter earns nothing, every known mistake loses points, and the
feedback contains its sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from grader.authoring.validation.survival import CAUGHT, GOAL, SURVIVED, MutantResult
from grader.authoring.validation.wrong import MistakeResult, named_in
from grader.course import Assignment
from grader.grading.marks import Marks
from grader.model import Grade, Verdict
from grader.subject.transcript import Event, same

__all__ = ["Claim", "Evidence", "claims"]

NAMED = 0.95  # the share of known mistakes that must be diagnosed
PAIRS_NAMED = 0.8  # the share of pairs of them of which at least one must be
HEADROOM = 4  # a limit is at least this many times what the reference needs


class Claim(msgspec.Struct, frozen=True):
    """Something that must hold, whether it does, and the evidence."""

    claim: str
    holds: bool
    seen: str


@dataclass(frozen=True)
class Evidence:
    """The results of everything that was tried with one assignment.

    Args:
        assignment: The assignment.
        marks: The marks of its checks, by id.
        reference: The grade of the reference.
        starter: The grade of the starter.
        right: The grades of correct solutions in other styles.
        events: The calls of the checks to the reference, with its answers.
        again: The same, in a second run.
        flaky: A sentence for each check that failed a correct solution with another seed.
        seeds: The number of other seeds.
        mistakes: The results of the known mistakes.
        pairs: The results of two mistakes at once, with the names that may be diagnosed.
        mutants: The results of the mutants.

    """

    assignment: Assignment
    marks: Mapping[str, Marks]
    reference: Grade
    starter: Grade
    right: Sequence[Grade]
    events: Sequence[Event]
    again: Sequence[Event]
    flaky: Sequence[str]
    seeds: int
    mistakes: Sequence[MistakeResult]
    pairs: Sequence[tuple[MistakeResult, set[str]]]
    mutants: Sequence[MutantResult] = ()


def claims(evidence: Evidence) -> tuple[Claim, ...]:
    """Return every claim for which there is evidence, in the order of the report."""
    return tuple(claim for made in _CLAIMS for claim in made(evidence))


def _full_marks(seen: Evidence) -> Iterator[Claim]:
    short = [
        f"{c.id} ({c.verdict}: {c.feedback.summary})"
        for c in seen.reference.checks
        if c.verdict is not Verdict.PASSED
    ]
    result = "; ".join([_score(seen.reference), *short])
    yield Claim("the reference earns everything", not short, result)


def _points_add_up(seen: Evidence) -> Iterator[Claim]:
    points = seen.reference.max_points
    yield Claim("the points add up to 100", points == 100, f"{points:g} points")


def _starter_earns_nothing(seen: Evidence) -> Iterator[Claim]:
    nothing = seen.starter.points == 0 and not seen.starter.withheld
    yield Claim("the starter earns nothing", nothing, _score(seen.starter))


def _starter_passes_nothing(seen: Evidence) -> Iterator[Claim]:
    checks = seen.starter.checks
    idle = [check.id for check in checks if check.verdict is Verdict.PASSED]
    result = ", ".join(idle) or f"{len(checks)} checks"
    yield Claim("no check passes for the starter", not idle, result)


def _repeatable(seen: Evidence) -> Iterator[Claim]:
    both = zip(seen.events, seen.again, strict=False)
    differing = next((a for a, b in both if not same(a, b)), None)
    equal = differing is None and len(seen.events) == len(seen.again)
    where = differing.call if differing else "the end"
    result = f"{len(seen.events)} answers" if equal else f"first difference at {where}"
    yield Claim("two runs give equal transcripts", equal, result)


def _everything_is_called(seen: Evidence) -> Iterator[Claim]:
    """A class or function that no check calls cannot be graded."""
    called = {event.call.partition(".")[0] for event in seen.events}
    symbols = [symbol for names in seen.assignment.files.values() for symbol in names]
    idle = [symbol for symbol in symbols if symbol not in called]
    result = ", ".join(idle) or f"{len(symbols)} symbols"
    yield Claim("every symbol is tested", not idle, result)


def _other_seeds(seen: Evidence) -> Iterator[Claim]:
    result = "; ".join(seen.flaky) or f"{seen.seeds} seeds"
    claim = f"correct solutions pass every check with {seen.seeds} other seeds"
    yield Claim(claim, not seen.flaky, result)


def _headroom(seen: Evidence) -> Iterator[Claim]:
    """Compare the CPU seconds of the reference with the limit of each check."""
    used = {
        c.id: max((case.seconds for case in c.cases), default=0.0) / seen.marks[c.id].limits.seconds
        for c in seen.reference.checks
    }
    tight = [f"{name} uses {share:.0%}" for name, share in used.items() if share > 1 / HEADROOM]
    result = ", ".join(tight) or f"at most {max(used.values()):.0%}"
    yield Claim("the reference needs under a quarter of each limit", not tight, result)


def _affordable(seen: Evidence) -> Iterator[Claim]:
    """Compare the CPU seconds of the reference in all checks with the budget of a submission.

    The limit of the largest check must fit into the budget too.
    """
    budget = seen.assignment.budget.seconds
    used = sum(check.seconds for check in seen.reference.checks)
    largest = max((mark.limits.seconds for mark in seen.marks.values()), default=0.0)
    result = f"{used:.1f} of {budget:g} seconds; the largest check may use {largest:g}"
    holds = used <= budget / HEADROOM and largest <= budget
    yield Claim("the reference needs under a quarter of a submission's budget", holds, result)


def _right_ones_pass(seen: Evidence) -> Iterator[Claim]:
    if not seen.right:
        return
    short = [
        f"{one.student}: {_score(one)}{_reasons(one)}"
        for one in seen.right
        if one.points < one.max_points or one.withheld or named_in(one.checks)
    ]
    names = ", ".join(sorted(one.student for one in seen.right))
    result = "; ".join(short) or f"{len(seen.right)}: {names}"
    yield Claim(
        "correct solutions in other styles earn everything, with no diagnosis", not short, result
    )


def _all_caught(seen: Evidence) -> Iterator[Claim]:
    missed = [one.mistake for one in seen.mistakes if not one.caught]
    total = len(seen.mistakes)
    result = f"not caught: {'; '.join(missed)}" if missed else f"{total} of {total}"
    yield Claim("every known mistake loses points in a check", not missed, result)


def _enough_named(seen: Evidence) -> Iterator[Claim]:
    silent = [one.mistake for one in seen.mistakes if not one.named_rightly]
    holds = len(seen.mistakes) - len(silent) >= NAMED * len(seen.mistakes)
    result = _share(len(seen.mistakes), silent, "not diagnosed:")
    yield Claim(f"at least {NAMED:.0%} of them are diagnosed correctly", holds, result)


def _none_named_wrongly(seen: Evidence) -> Iterator[Claim]:
    wrong = [f"{r.mistake} (named {', '.join(r.named)})" for r in seen.mistakes if r.named_wrongly]
    yield Claim("none is diagnosed as another mistake", not wrong, "; ".join(wrong) or "none")


def _pairs_named(seen: Evidence) -> Iterator[Claim]:
    if not seen.pairs:
        return
    silent = [found.mistake for found, both in seen.pairs if both.isdisjoint(found.named)]
    holds = len(seen.pairs) - len(silent) >= PAIRS_NAMED * len(seen.pairs)
    result = _share(len(seen.pairs), silent, "not diagnosed:")
    claim = f"of two mistakes at once, at least one is diagnosed in {PAIRS_NAMED:.0%}"
    yield Claim(claim, holds, result)
    others = [(found.mistake, sorted({*found.named} - both)) for found, both in seen.pairs]
    wrong = [f"{name} (named {', '.join(names)})" for name, names in others if names]
    yield Claim("neither is diagnosed as a third mistake", not wrong, "; ".join(wrong) or "none")


def _mutants_caught(seen: Evidence) -> Iterator[Claim]:
    if not seen.mutants:
        return
    caught = sum(mutant.outcome == CAUGHT for mutant in seen.mutants)
    survived = [f"{m.file}:{m.line} {m.change}" for m in seen.mutants if m.outcome == SURVIVED]
    total = caught + len(survived)
    share = caught / max(1, total)
    result = f"{caught} of {total} ({share:.1%})"
    result += f"; not {'; '.join(survived)}" if survived else ""
    claim = f"at least {GOAL:.0%} of the reference's mutants are caught"
    yield Claim(claim, share >= GOAL, result)


_CLAIMS: tuple[Callable[[Evidence], Iterator[Claim]], ...] = (
    _full_marks,
    _points_add_up,
    _starter_earns_nothing,
    _starter_passes_nothing,
    _repeatable,
    _everything_is_called,
    _other_seeds,
    _headroom,
    _affordable,
    _right_ones_pass,
    _all_caught,
    _enough_named,
    _none_named_wrongly,
    _pairs_named,
    _mutants_caught,
)


def _score(grade: Grade) -> str:
    return "withheld" if grade.withheld else f"{grade.points:g} of {grade.max_points:g}"


def _share(total: int, without: Sequence[str], what: str) -> str:
    result = f"{total - len(without)} of {total}"
    return f"{result}; {what} {'; '.join(without)}" if without else result


def _reasons(grade: Grade) -> str:
    failed = [c for c in grade.checks if c.verdict is not Verdict.PASSED]
    if failed:
        return f" ({failed[0].id}: {failed[0].feedback.summary})"
    return f" (diagnosed: {', '.join(named_in(grade.checks))})"
