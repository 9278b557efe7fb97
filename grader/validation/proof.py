"""The claims of `grade validate`, each tried out.

Fair: the reference and every other right solution earn everything, whatever the seed. Sharp: the starter earns nothing,
every known mistake loses points, and its own sentence is what the feedback says. It all goes through the sandbox as
submissions do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np

from grader.batch import Options
from grader.course import Assignment, load_assignment
from grader.errors import CourseError
from grader.feedback.mistakes import load_mistakes
from grader.grading import Grader
from grader.inprocess import in_process
from grader.marks import Marks
from grader.model import Grade, Level, Verdict
from grader.transcript import Event, same
from grader.validation import variants
from grader.validation.survival import CAUGHT, GOAL, SURVIVED, MutantResult, survival

__all__ = ["Claim", "MistakeResult", "Validation", "validate", "validate_all"]

SEEDS = 20  # other seeds under which every check must pass
NAMED = 0.95  # the share of known mistakes that have to be called by their names
PAIRS = 20  # pairs of mistakes that are graded
HEADROOM = 4  # a limit is at least so many times what the reference needs


Reaching = Callable[[str], set[str]]  # symbol -> the checks that can come through it


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
    mutants: bool = False,
) -> Validation:
    """Grade the reference, the starter, other right solutions and every known mistake of one assignment.

    mutants: judge the mutants of the reference too, which takes minutes. Raises CourseError, SandboxError.
    """
    right = list(variants.right_solutions(assignment))
    whole = [variants.the_reference(assignment).submission(), variants.starter(assignment).submission()]
    grades = variants.graded(assignment, [*whole, *right], options)
    reference, starter = grades.pop(variants.REFERENCE), grades.pop(variants.STARTER)
    with Grader(assignment, minimum=Level.PLAIN, diagnose=False) as grader:
        marks, reaching = grader.collect(), grader.reaching()
    found = _mistakes(assignment, options, reaching)
    judged = survival(assignment, options.jobs) if mutants else ()
    return Validation(
        assignment.name,
        (
            _full_marks(reference),
            Claim("the points add up to 100", reference.max_points == 100, f"{reference.max_points:g} points"),
            Claim("the starter earns nothing", starter.points == 0 and not starter.withheld, _score(starter)),
            _every_check_bites(starter),
            *_repeatable(assignment),
            _headroom(reference, marks),
            *([_right_ones_pass(grades.values())] if right else []),
            _all_caught(found),
            _enough_named(found),
            _none_named_wrongly(found),
            *_two_at_once(assignment, options, reaching),
            *([_mutants_caught(judged)] if judged else []),
        ),
        found,
        judged,
    )


def validate_all(assignments: Sequence[Assignment], options: Options, *, mutants: bool = False) -> Iterator[Validation]:
    """The same for several assignments, in their order, `options.jobs` of them at a time and each with one runner.

    Those with the most known mistakes begin: one that takes long and comes last would leave the other cores idle.
    """
    if len(assignments) == 1 or options.jobs == 1:
        yield from (validate(assignment, options, mutants=mutants) for assignment in assignments)
        return
    alone = replace(options, jobs=1)
    # A process of its own for each: pytest and the sandbox keep much that belongs to one run.
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        by_size = sorted(assignments, key=lambda one: ("torch" in one.preload, _size(one)), reverse=True)
        running = {one.name: pool.submit(_validate_folder, one.folder, alone, mutants) for one in by_size}
        yield from (running[assignment.name].result() for assignment in assignments)


def _size(assignment: Assignment) -> int:
    return assignment.mistakes.stat().st_size if assignment.mistakes.is_file() else 0


def _validate_folder(folder: Path, options: Options, mutants: bool) -> Validation:
    return validate(load_assignment(folder), options, mutants=mutants)


def _mistakes(assignment: Assignment, options: Options, reaching: Reaching) -> tuple[MistakeResult, ...]:
    """Every known mistake, graded by the checks that can come through it: the others cannot tell it from the reference.

    Training takes most of the time and betrays few mistakes: it is left to those that nothing else has caught.
    """
    mistakes = load_mistakes(assignment.mistakes)
    wrong = {known.id: variants.mistaken(assignment, known).submission() for known in mistakes}
    only = {known.id: reaching(known.top_level) for known in mistakes}
    grades = variants.graded(assignment, wrong.values(), replace(options, untrained=True), only)
    missed = [wrong[name] for name, grade in grades.items() if not _result(name, grade).caught]
    grades |= variants.graded(assignment, missed, options, only)
    return tuple(_result(known.id, grades[known.id]) for known in mistakes)


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


def _two_at_once(assignment: Assignment, options: Options, reaching: Reaching) -> Iterator[Claim]:
    """Grade pairs of known mistakes, drawn at random but the same in every run."""
    pairs = list(combinations(load_mistakes(assignment.mistakes), 2))
    np.random.default_rng(0).shuffle(pairs)
    drawn: dict[str, tuple[str, str]] = {}
    only: dict[str, set[str]] = {}
    submissions = []
    for first, second in pairs:
        if len(drawn) == PAIRS:
            break
        with suppress(CourseError):  # the second finds no place where the first has been
            submission = variants.mistaken(assignment, first, second).submission()
            submissions.append(submission)
            drawn[submission.student] = first.id, second.id
            only[submission.student] = reaching(first.top_level) | reaching(second.top_level)
    grades = variants.graded(assignment, submissions, replace(options, untrained=True), only)
    named = {name: _named(grade) for name, grade in grades.items()}
    silent = [name for name, pair in drawn.items() if not named[name] & set(pair)]
    wrong = [
        f"{name} (named {', '.join(named[name] - set(pair))})"
        for name, pair in drawn.items()
        if named[name] - set(pair)
    ]
    if drawn:
        seen = f"{len(drawn) - len(silent)} of {len(drawn)}" + (f"; silent about {'; '.join(silent)}" if silent else "")
        yield Claim("of two mistakes at once, at least one is named in 80%", len(silent) <= 0.2 * len(drawn), seen)
        yield Claim("none of them is called by another's name", not wrong, "; ".join(wrong) or "none")


def _mutants_caught(judged: Sequence[MutantResult]) -> Claim:
    caught = sum(mutant.outcome == CAUGHT for mutant in judged)
    survived = [f"{m.file}:{m.line} {m.change}" for m in judged if m.outcome == SURVIVED]
    share = caught / max(1, caught + len(survived))
    seen = f"{caught} of {caught + len(survived)} ({share:.1%})" + (f"; not {'; '.join(survived)}" if survived else "")
    return Claim(f"at least {GOAL:.0%} of the reference's mutants are caught", share >= GOAL, seen)


def _repeatable(assignment: Assignment) -> Iterator[Claim]:
    """Run the checks on the reference, in process: twice with the same seed, and once with each of many others."""
    with Grader(assignment, minimum=Level.PLAIN, diagnose=False) as grader:
        runs: list[list[Event]] = []
        for _ in range(2):
            events: list[Event] = []
            grader.run_in_process(in_process(assignment.reference_files, assignment.files, observe=events.append))
            runs.append(events)
        yield _equal(*runs)
        yield _all_asked(assignment, runs[0])
    with Grader(assignment, minimum=Level.PLAIN, diagnose=False, select=lambda marks: not marks.calibrated) as grader:
        flaky: dict[str, str] = {}
        for seed in range(assignment.seed + 1, assignment.seed + 1 + SEEDS):
            for check in grader.run_in_process(in_process(assignment.reference_files, assignment.files), seed=seed):
                if check.verdict is not Verdict.PASSED:
                    flaky.setdefault(check.id, f"{check.id} fails with seed {seed}: {check.feedback.summary}")
    yield Claim(
        f"every check passes with {SEEDS} other seeds", not flaky, "; ".join(flaky.values()) or f"{SEEDS} seeds"
    )


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
