"""The claims of `grade validate`, each tried out.

Fair: the reference and every other right solution earn everything, whatever the seed. Sharp: the starter earns nothing,
every known mistake loses points, and its own sentence is what the feedback says. It all goes through the sandbox as
submissions do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np

from grader.authoring.validation import variants
from grader.authoring.validation.survival import CAUGHT, GOAL, SURVIVED, MutantResult, survival
from grader.course import Assignment, load_assignment
from grader.errors import CourseError
from grader.feedback.mistakes import Mistake, load_mistakes
from grader.grading import Grader
from grader.grading.batch import ONE_THREAD, Options
from grader.grading.marks import Marks
from grader.model import Budget, Grade, Level, Verdict
from grader.subject.in_process import in_process
from grader.subject.transcript import Event, same
from grader.submission import Submission

__all__ = ["Claim", "MistakeResult", "Validation", "validate", "validate_all"]

SEEDS = 20  # other seeds under which every check must pass
NAMED = 0.95  # the share of known mistakes that have to be called by their names
PAIRS = 20  # pairs of mistakes that are graded
NEAREST = 4  # checks by which a mistake is graded at first
HEADROOM = 4  # a limit is at least so many times what the reference needs


class Claim(msgspec.Struct, frozen=True):
    """Something that must hold, whether it does, and what was seen."""

    claim: str
    holds: bool
    seen: str


class MistakeResult(msgspec.Struct, frozen=True):
    """What became of one known mistake that was graded as a submission."""

    mistake: str
    lost: float  # points
    caught_by: tuple[str, ...]  # ids of the checks that did not pass
    named: tuple[str, ...]  # mistakes that the feedback named

    @property
    def caught(self) -> bool:
        """It loses points in a check."""
        return self.lost > 0 and bool(self.caught_by)

    @property
    def named_rightly(self) -> bool:
        """Its own name was among those said."""
        return self.mistake in self.named

    @property
    def named_wrongly(self) -> bool:
        """Some other mistake was said."""
        return any(name != self.mistake for name in self.named)


class Validation(msgspec.Struct, frozen=True):
    """The result for one assignment."""

    assignment: str
    claims: tuple[Claim, ...]
    mistakes: tuple[MistakeResult, ...]
    mutants: tuple[MutantResult, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything that was claimed was seen."""
        return all(claim.holds for claim in self.claims)


def validate(
    assignment: Assignment,
    options: Options,
    *,
    thorough: bool = False,
    mutants: bool = False,
) -> Validation:
    """Grade the reference, the starter, other right solutions and every known mistake of one assignment.

    thorough: by every check that can tell a mistake, in place of the nearest that do. mutants: judge the mutants of
    the reference too, which takes minutes. Raises CourseError, SandboxError.
    """
    events: list[Event] = []
    with Grader(assignment, minimum=Level.PLAIN, diagnose=False) as grader:
        marks, reaching = grader.collect(), grader.reaching(events.append)
    mistakes = load_mistakes(assignment.mistakes)
    wrong = {known.id: variants.mistaken(assignment, known).submission() for known in mistakes}
    reached = {known.id: reaching(known.top_level) for known in mistakes}
    quick = {name: [check for check in checks if not marks[check].calibrated] for name, checks in reached.items()}
    first = quick if thorough else {name: checks[:NEAREST] for name, checks in quick.items()}
    pairs = {both.student: (both, of) for both, of in _pairs(assignment, mistakes)}
    first |= {name: [*first[one], *first[other]] for name, (_, (one, other)) in pairs.items()}

    whole = [variants.the_reference(assignment).submission(), variants.starter(assignment).submission()]
    right = list(variants.right_solutions(assignment))
    submissions = [*whole, *right, *wrong.values(), *(both for both, _ in pairs.values())]
    grades = variants.graded(assignment, submissions, options, first)
    found = {name: _result(name, grades[name]) for name in wrong}
    # The nearest checks catch and name most mistakes. Training takes most of the time and betrays few: it comes last.
    for checks, enough in ((quick, _caught_and_named), (reached, _caught)):
        left = [name for name, result in found.items() if not enough(result)]
        again = variants.graded(assignment, [wrong[name] for name in left], options, checks)
        found |= {name: _result(name, grade) for name, grade in again.items()}

    reference, starter = grades[variants.REFERENCE], grades[variants.STARTER]
    results = tuple(found.values())
    judged = survival(assignment, options.jobs) if mutants else ()
    return Validation(
        assignment.name,
        (
            _full_marks(reference),
            Claim("the points add up to 100", reference.max_points == 100, f"{reference.max_points:g} points"),
            Claim("the starter earns nothing", starter.points == 0 and not starter.withheld, _score(starter)),
            _every_check_bites(starter),
            _equal(events, _asked_again(assignment)),
            _all_asked(assignment, events),
            _holds_with_other_seeds(assignment),
            _headroom(reference, marks),
            _affordable(reference, marks, assignment.budget),
            *([_right_ones_pass([grades[one.student] for one in right])] if right else []),
            _all_caught(results),
            _enough_named(results),
            _none_named_wrongly(results),
            *_two_at_once({name: (_named(grades[name]), of) for name, (_, of) in pairs.items()}),
            *([_mutants_caught(judged)] if judged else []),
        ),
        results,
        judged,
    )


def validate_all(
    assignments: Sequence[Assignment], options: Options, *, thorough: bool = False, mutants: bool = False
) -> Iterator[Validation]:
    """The same for several assignments, `options.jobs` at a time and each with one runner, as they are done.

    Those with the most known mistakes begin: one that takes long and comes last would leave the other cores idle.
    """
    if len(assignments) == 1 or options.jobs == 1:
        for assignment in assignments:
            yield validate(assignment, options, thorough=thorough, mutants=mutants)
        return
    alone = replace(options, jobs=1)
    os.environ.update(ONE_THREAD)
    # A process of its own for each: pytest and the sandbox keep much that belongs to one run.
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        by_size = sorted(assignments, key=lambda one: ("torch" in one.preload, _size(one)), reverse=True)
        running = [pool.submit(_validate_folder, one.folder, alone, thorough, mutants) for one in by_size]
        yield from (done.result() for done in as_completed(running))


def _size(assignment: Assignment) -> int:
    return assignment.mistakes.stat().st_size if assignment.mistakes.is_file() else 0


def _validate_folder(folder: Path, options: Options, thorough: bool, mutants: bool) -> Validation:
    return validate(load_assignment(folder), options, thorough=thorough, mutants=mutants)


def _caught(result: MistakeResult) -> bool:
    return result.caught


def _caught_and_named(result: MistakeResult) -> bool:
    return result.caught and result.named_rightly


def _result(name: str, grade: Grade) -> MistakeResult:
    failed = tuple(c.id for c in grade.checks if c.verdict not in (Verdict.PASSED, Verdict.SKIPPED))
    return MistakeResult(name, round(grade.max_points - grade.points, 6), failed, tuple(sorted(_named(grade))))


def _named(grade: Grade) -> set[str]:
    return {d.mistake for check in grade.checks for case in check.cases for d in case.feedback.diagnoses}


def _score(grade: Grade) -> str:
    return "withheld" if grade.withheld else f"{grade.points:g} of {grade.max_points:g}"


def _full_marks(grade: Grade) -> Claim:
    short = [f"{c.id} ({c.verdict}: {c.feedback.summary})" for c in grade.checks if c.verdict is not Verdict.PASSED]
    return Claim("the reference earns everything", not short, "; ".join([_score(grade), *short]))


def _every_check_bites(starter: Grade) -> Claim:
    idle = [check.id for check in starter.checks if check.verdict is Verdict.PASSED]
    return Claim("no check passes for the starter", not idle, ", ".join(idle) or f"{len(starter.checks)} checks")


def _right_ones_pass(all_grades: Iterable[Grade]) -> Claim:
    grades = list(all_grades)
    wrong = [
        f"{g.student}: {_score(g)}{_reasons(g)}" for g in grades if g.points < g.max_points or g.withheld or _named(g)
    ]
    seen = "; ".join(wrong) or f"{len(grades)}: {', '.join(sorted(g.student for g in grades))}"
    return Claim("right solutions in other styles earn everything, undiagnosed", not wrong, seen)


def _reasons(grade: Grade) -> str:
    failed = [c for c in grade.checks if c.verdict is not Verdict.PASSED]
    return f" ({failed[0].id}: {failed[0].feedback.summary})" if failed else f" (called {', '.join(_named(grade))})"


def _headroom(reference: Grade, marks: Mapping[str, Marks]) -> Claim:
    """CPU seconds of the reference against the limit of each check."""
    used = {
        c.id: max((case.seconds for case in c.cases), default=0.0) / marks[c.id].limits.seconds
        for c in reference.checks
    }
    tight = [f"{name} uses {share:.0%}" for name, share in used.items() if share > 1 / HEADROOM]
    seen = ", ".join(tight) or f"at most {max(used.values()):.0%}"
    return Claim("the reference needs under a quarter of each limit", not tight, seen)


def _affordable(reference: Grade, marks: Mapping[str, Marks], budget: Budget) -> Claim:
    """CPU seconds of the reference in all checks against those of a submission, which hold the largest check too."""
    used = sum(check.seconds for check in reference.checks)
    largest = max((mark.limits.seconds for mark in marks.values()), default=0.0)
    seen = f"{used:.1f} of {budget.seconds:g} seconds; the largest check may use {largest:g}"
    holds = used <= budget.seconds / HEADROOM and largest <= budget.seconds
    return Claim("the reference needs under a quarter of a submission's budget", holds, seen)


def _all_caught(found: Sequence[MistakeResult]) -> Claim:
    missed = [result.mistake for result in found if not result.caught]
    seen = f"not caught: {'; '.join(missed)}" if missed else f"{len(found)} of {len(found)}"
    return Claim("every known mistake loses points in a check", not missed, seen)


def _enough_named(found: Sequence[MistakeResult]) -> Claim:
    unnamed = [result.mistake for result in found if not result.named_rightly]
    holds = len(unnamed) <= (1 - NAMED) * len(found)
    seen = f"{len(found) - len(unnamed)} of {len(found)}" + (f"; silent about {'; '.join(unnamed)}" if unnamed else "")
    return Claim(f"at least {NAMED:.0%} of them are called by their names", holds, seen)


def _none_named_wrongly(found: Sequence[MistakeResult]) -> Claim:
    wrong = [f"{r.mistake} (named {', '.join(r.named)})" for r in found if r.named_wrongly]
    return Claim("none is called by another's name", not wrong, "; ".join(wrong) or "none")


def _pairs(assignment: Assignment, mistakes: Sequence[Mistake]) -> Iterator[tuple[Submission, tuple[str, str]]]:
    """Pairs of known mistakes, drawn at random but the same in every run, and their names."""
    pairs = list(combinations(mistakes, 2))
    np.random.default_rng(0).shuffle(pairs)
    drawn = 0
    for first, second in pairs:
        if drawn == PAIRS:
            return
        with suppress(CourseError):  # the second finds no place where the first has been
            submission = variants.mistaken(assignment, first, second).submission()
            drawn += 1
            yield submission, (first.id, second.id)


def _two_at_once(pairs: Mapping[str, tuple[set[str], tuple[str, str]]]) -> Iterator[Claim]:
    """By the name of each pair: what was named, and what should have been."""
    silent = [name for name, (named, pair) in pairs.items() if not named & set(pair)]
    wrong = [
        f"{name} (named {', '.join(named - set(pair))})" for name, (named, pair) in pairs.items() if named - set(pair)
    ]
    if pairs:
        seen = f"{len(pairs) - len(silent)} of {len(pairs)}" + (f"; silent about {'; '.join(silent)}" if silent else "")
        yield Claim("of two mistakes at once, at least one is named in 80%", len(silent) <= 0.2 * len(pairs), seen)
        yield Claim("none of them is called by another's name", not wrong, "; ".join(wrong) or "none")


def _mutants_caught(judged: Sequence[MutantResult]) -> Claim:
    caught = sum(mutant.outcome == CAUGHT for mutant in judged)
    survived = [f"{m.file}:{m.line} {m.change}" for m in judged if m.outcome == SURVIVED]
    share = caught / max(1, caught + len(survived))
    seen = f"{caught} of {caught + len(survived)} ({share:.1%})" + (f"; not {'; '.join(survived)}" if survived else "")
    return Claim(f"at least {GOAL:.0%} of the reference's mutants are caught", share >= GOAL, seen)


def _asked_again(assignment: Assignment) -> list[Event]:
    """What the checks ask the reference, and what it answers, in another run with the same seed."""
    events: list[Event] = []
    with Grader(assignment, minimum=Level.PLAIN, diagnose=False) as grader:
        grader.run_in_process(in_process(assignment.reference_files, assignment.files, observe=events.append))
    return events


def _holds_with_other_seeds(assignment: Assignment) -> Claim:
    """Run the checks on the reference, in process, with each of many seeds."""
    flaky: dict[str, str] = {}
    with Grader(assignment, minimum=Level.PLAIN, diagnose=False, select=lambda marks: not marks.calibrated) as grader:
        for seed in range(assignment.seed + 1, assignment.seed + 1 + SEEDS):
            for check in grader.run_in_process(in_process(assignment.reference_files, assignment.files), seed=seed):
                if check.verdict is not Verdict.PASSED:
                    flaky.setdefault(check.id, f"{check.id} fails with seed {seed}: {check.feedback.summary}")
    seen = "; ".join(flaky.values()) or f"{SEEDS} seeds"
    return Claim(f"every check passes with {SEEDS} other seeds", not flaky, seen)


def _equal(first: Sequence[Event], second: Sequence[Event]) -> Claim:
    differing = next((a for a, b in zip(first, second, strict=False) if not same(a, b)), None)
    equal = differing is None and len(first) == len(second)
    seen = f"{len(first)} answers" if equal else f"first difference at {differing.call if differing else 'the end'}"
    return Claim("two runs give equal transcripts", equal, seen)


def _all_asked(assignment: Assignment, events: Sequence[Event]) -> Claim:
    """A class or function that no check calls cannot be graded."""
    asked = {event.call.partition(".")[0] for event in events}
    symbols = [symbol for names in assignment.files.values() for symbol in names]
    idle = [symbol for symbol in symbols if symbol not in asked]
    return Claim("every symbol is asked for", not idle, ", ".join(idle) or f"{len(symbols)} symbols")
