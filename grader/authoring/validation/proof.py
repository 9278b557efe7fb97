"""The claims of `grade validate`, each tried out.

Fair: the reference and every other right solution earn everything, whatever the seed. Sharp: the starter earns nothing,
every known mistake loses points, and its own sentence is what the feedback says. What has to be right goes through the
sandbox, as submissions do, and so does a sample of what is wrong; a thorough proof spares nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import msgspec

from grader.authoring.validation import variants, wrong
from grader.authoring.validation.survival import CAUGHT, GOAL, SURVIVED, MutantResult, survival
from grader.authoring.validation.wrong import MistakeResult, Wrong, named_in
from grader.course import Assignment, load_assignment
from grader.grading import Grader
from grader.grading.batch import ONE_THREAD, Options
from grader.grading.marks import Marks
from grader.model import Budget, Grade, Level, Verdict
from grader.subject.in_process import in_process
from grader.subject.transcript import Event, same

__all__ = ["Claim", "MistakeResult", "Validation", "validate", "validate_all"]

SEEDS, FEW_SEEDS = 20, 5  # other seeds under which every check must pass, in a thorough proof and in a short one
NAMED = 0.95  # the share of known mistakes that have to be called by their names
PAIRS, FEW_PAIRS = 20, 5  # pairs of mistakes that are tried, likewise
SAMPLE = 10  # of so many known mistakes, one goes through the sandbox in a short proof too
HEADROOM = 4  # a limit is at least so many times what the reference needs


class Claim(msgspec.Struct, frozen=True):
    """Something that must hold, whether it does, and what was seen."""

    claim: str
    holds: bool
    seen: str


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
    """Prove every claim about one assignment.

    The reference, the starter and other right solutions are graded through the sandbox by every check. Known mistakes
    are tried in this process; every tenth of them is graded through the sandbox too, by the check that has caught it,
    and by all quick checks whatever is left in doubt.
    thorough: all of them through the sandbox, by every quick check that can tell them, and more seeds.
    mutants: judge the mutants of the reference too, which takes minutes. Raises CourseError, SandboxError.
    """
    events: list[Event] = []
    with Grader(assignment, minimum=Level.PLAIN) as grader:
        marks, reaching = grader.collect(), grader.reaching(events.append)
        again = _asked_again(grader)
        quick = [check for check in marks if not marks[check].calibrated]
        seeds = _holds_with_other_seeds(grader, quick, SEEDS if thorough else FEW_SEEDS)
        single = wrong.singles(assignment, marks, reaching)
        pairs = wrong.pairs(assignment, single, PAIRS if thorough else FEW_PAIRS)
        found = {} if thorough else {one.mistake: one for one in wrong.tried_here(grader, [*single, *pairs])}

    by = {one.name: one.quick for one in single if one.name not in found or not found[one.name].settled}
    by |= {one.name: found[one.name].caught_by for one in single[::SAMPLE] if one.name not in by}
    by |= {pair.name: pair.quick for pair in pairs if pair.name not in found}
    whole = [variants.the_reference(assignment).submission(), variants.starter(assignment).submission()]
    right = list(variants.right_solutions(assignment))
    sandboxed = [one.submission() for one in [*single, *pairs] if one.name in by]
    grades = variants.graded(assignment, [*whole, *right, *sandboxed], options, by)
    found |= {name: wrong.result(name, grades[name].checks) for name in by}
    results = {one.name: found[one.name] for one in single}
    results |= _by_training(assignment, [one for one in single if not results[one.name].caught], options)

    reference, starter = grades[variants.REFERENCE], grades[variants.STARTER]
    mistakes = tuple(results.values())
    judged = survival(assignment, options.jobs) if mutants else ()
    return Validation(
        assignment.name,
        (
            _full_marks(reference),
            Claim("the points add up to 100", reference.max_points == 100, f"{reference.max_points:g} points"),
            Claim("the starter earns nothing", starter.points == 0 and not starter.withheld, _score(starter)),
            _every_check_bites(starter),
            _equal(events, again),
            _all_asked(assignment, events),
            seeds,
            _headroom(reference, marks),
            _affordable(reference, marks, assignment.budget),
            *([_right_ones_pass([grades[one.student] for one in right])] if right else []),
            _all_caught(mistakes),
            _enough_named(mistakes),
            _none_named_wrongly(mistakes),
            *_two_at_once([(found[pair.name], {*pair.mistakes}) for pair in pairs]),
            *([_mutants_caught(judged)] if judged else []),
        ),
        mistakes,
        judged,
    )


def _by_training(assignment: Assignment, uncaught: Sequence[Wrong], options: Options) -> dict[str, MistakeResult]:
    """What every check finds that can tell them. Training takes most of the time and betrays few: it comes last."""
    checks = {one.name: one.every for one in uncaught}
    grades = variants.graded(assignment, [one.submission() for one in uncaught], options, checks)
    return {name: wrong.result(name, grade.checks) for name, grade in grades.items()}


def validate_all(
    assignments: Sequence[Assignment],
    options: Options,
    *,
    thorough: bool = False,
    mutants: bool = False,
    at_work: Callable[[Sequence[str]], None] = lambda _: None,
) -> Iterator[Validation]:
    """The same for several assignments, `options.jobs` at a time and each with one runner, as they are done.

    Those with the most known mistakes begin: one that takes long and comes last would leave the other cores idle.
    at_work: told the names of those in work whenever they change.
    """
    if len(assignments) == 1 or options.jobs == 1:
        for assignment in assignments:
            at_work([assignment.name])
            yield validate(assignment, options, thorough=thorough, mutants=mutants)
        return
    alone = replace(options, jobs=1)
    os.environ.update(ONE_THREAD)
    waiting = sorted(assignments, key=lambda one: ("torch" in one.preload, _size(one)))
    running: dict[Future[Validation], str] = {}
    # A process of its own for each: pytest and the sandbox keep much that belongs to one run.
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        while waiting or running:
            while waiting and len(running) < options.jobs:
                one = waiting.pop()
                running[pool.submit(_validate_folder, one.folder, alone, thorough, mutants)] = one.name
            at_work(sorted(running.values()))
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                del running[done]
                yield done.result()


def _size(assignment: Assignment) -> int:
    return assignment.mistakes.stat().st_size if assignment.mistakes.is_file() else 0


def _validate_folder(folder: Path, options: Options, thorough: bool, mutants: bool) -> Validation:
    return validate(load_assignment(folder), options, thorough=thorough, mutants=mutants)


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
    short = [one for one in grades if one.points < one.max_points or one.withheld or named_in(one.checks)]
    wrong = [f"{one.student}: {_score(one)}{_reasons(one)}" for one in short]
    seen = "; ".join(wrong) or f"{len(grades)}: {', '.join(sorted(g.student for g in grades))}"
    return Claim("right solutions in other styles earn everything, undiagnosed", not wrong, seen)


def _reasons(grade: Grade) -> str:
    failed = [c for c in grade.checks if c.verdict is not Verdict.PASSED]
    why = f"{failed[0].id}: {failed[0].feedback.summary}" if failed else f"called {', '.join(named_in(grade.checks))}"
    return f" ({why})"


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


def _two_at_once(pairs: Sequence[tuple[MistakeResult, set[str]]]) -> Iterator[Claim]:
    """For each pair: what was found, and what may be named."""
    silent = [found.mistake for found, both in pairs if both.isdisjoint(found.named)]
    strangers = [(found.mistake, sorted({*found.named} - both)) for found, both in pairs]
    wrong = [f"{name} (named {', '.join(others)})" for name, others in strangers if others]
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


def _asked_again(grader: Grader) -> list[Event]:
    """What the checks ask the reference, and what it answers, in another run with the same seed."""
    events: list[Event] = []
    assignment = grader.assignment
    grader.run_in_process(in_process(assignment.reference_files, assignment.files, observe=events.append))
    return events


def _holds_with_other_seeds(grader: Grader, checks: Collection[str], seeds: int) -> Claim:
    """Run the checks on the reference, in process, with each of many seeds."""
    flaky: dict[str, str] = {}
    assignment = grader.assignment
    for seed in range(assignment.seed + 1, assignment.seed + 1 + seeds):
        student = in_process(assignment.reference_files, assignment.files)
        for check in grader.run_in_process(student, only=checks, seed=seed):
            if check.verdict is not Verdict.PASSED:
                flaky.setdefault(check.id, f"{check.id} fails with seed {seed}: {check.feedback.summary}")
    seen = "; ".join(flaky.values()) or f"{seeds} seeds"
    return Claim(f"every check passes with {seeds} other seeds", not flaky, seen)


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
