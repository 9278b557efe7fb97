"""`grade validate`: test every claim about an assignment.

Correct solutions are run in the sandbox, as submissions are, and so is a sample of the wrong ones.
A thorough validation runs everything in the sandbox.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import msgspec

from grader.authoring.validation import variants, wrong
from grader.authoring.validation.claims import Claim, Evidence, claims
from grader.authoring.validation.survival import MutantResult, survival
from grader.authoring.validation.wrong import MistakeResult, Wrong
from grader.course import Assignment, load_assignment
from grader.grading.batch import ONE_THREAD, Options
from grader.grading.checks import Checks
from grader.grading.grader import diagnostician_of
from grader.grading.ledger import results
from grader.model import Grade, Verdict
from grader.subject.transcript import Event
from grader.submission import Submission

__all__ = ["Validation", "validate", "validate_all"]

SAMPLE = 10  # a short validation also runs one out of this many known mistakes in the sandbox


@dataclass(frozen=True)
class Plan:
    """How much to try: other seeds, pairs of known mistakes, and what runs in the sandbox."""

    seeds: int
    pairs: int
    all_in_the_sandbox: bool


SHORT = Plan(seeds=5, pairs=5, all_in_the_sandbox=False)
THOROUGH = Plan(seeds=20, pairs=20, all_in_the_sandbox=True)


class Validation(msgspec.Struct, frozen=True):
    """The result of validating one assignment."""

    assignment: str
    claims: tuple[Claim, ...]
    mistakes: tuple[MistakeResult, ...]
    mutants: tuple[MutantResult, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all claims hold."""
        return all(claim.holds for claim in self.claims)


def validate(
    assignment: Assignment,
    options: Options,
    *,
    thorough: bool = False,
    mutants: bool = False,
) -> Validation:
    """Test every claim about one assignment.

    The reference, the starter and other correct solutions are graded in the sandbox by every check.
    Known mistakes are run in this process. Every tenth one is also graded in the sandbox by the
    check that caught it, and doubtful ones by all quick checks.

    Args:
        assignment: The assignment to validate.
        options: The number of processes and the sandbox levels.
        thorough: Grade all known mistakes in the sandbox by every quick check that can detect them,
            and try more seeds.
        mutants: Also judge the mutants of the reference, which takes minutes.

    Raises:
        CourseError: The assignment's own files are wrong.
        SandboxError: This machine does not reach the minimum sandbox level.

    """
    plan = THOROUGH if thorough else SHORT
    events: list[Event] = []
    again: list[Event] = []
    with Checks(assignment) as checks:
        marks, reaching = checks.collect(), checks.reaching(events.append)
        checks.run_on(assignment.reference_files, observe=again.append)
        quick = [check for check in marks if not marks[check].calibrated]
        right = list(variants.right_solutions(assignment))
        flaky = _failing_with_other_seeds(checks, assignment.reference_files, quick, plan.seeds)
        for one in right:
            if one.module is None:  # a notebook is graded through the sandbox alone
                files = variants.as_package(one.files)
                failing = _failing_with_other_seeds(checks, files, quick, plan.seeds)
                flaky += [f"{one.student}: {says}" for says in failing]
        single = wrong.singles(assignment, marks, reaching)
        pairs = wrong.pairs(assignment, single, plan.pairs)
        found = {} if plan.all_in_the_sandbox else _tried_here(checks, [*single, *pairs])
    grades = _graded(assignment, options, right, single, pairs, found)
    found |= {
        one.name: wrong.result(one.name, grades[one.name].checks)
        for one in [*single, *pairs]
        if one.name in grades
    }
    mistakes = {one.name: found[one.name] for one in single}
    uncaught = [one for one in single if not mistakes[one.name].caught]
    mistakes |= _by_training(assignment, uncaught, options)
    judged = survival(assignment, options.jobs) if mutants else ()
    evidence = Evidence(
        assignment=assignment,
        marks=marks,
        reference=grades[variants.REFERENCE],
        starter=grades[variants.STARTER],
        right=[grades[one.student] for one in right],
        events=events,
        again=again,
        flaky=flaky,
        seeds=plan.seeds,
        mistakes=list(mistakes.values()),
        pairs=[(found[pair.name], {*pair.mistakes}) for pair in pairs],
        mutants=judged,
    )
    return Validation(assignment.name, claims(evidence), tuple(mistakes.values()), judged)


def _tried_here(checks: Checks, wrongs: Sequence[Wrong]) -> dict[str, MistakeResult]:
    with closing(diagnostician_of(checks.assignment)) as diagnostician:
        return {one.mistake: one for one in wrong.tried_here(checks, diagnostician, wrongs)}


def _graded(
    assignment: Assignment,
    options: Options,
    right: Sequence[Submission],
    single: Sequence[Wrong],
    pairs: Sequence[Wrong],
    found: dict[str, MistakeResult],
) -> dict[str, Grade]:
    """Return the grades from the sandbox, by name.

    They cover the correct solutions, the doubtful mistakes, and a sample of the other mistakes.
    """
    checks: dict[str, Collection[str]] = {
        one.name: one.quick
        for one in single
        if one.name not in found or not found[one.name].settled
    }
    for one in single[::SAMPLE]:
        if one.name not in checks:
            checks[one.name] = found[one.name].caught_by
    checks |= {pair.name: pair.quick for pair in pairs if pair.name not in found}
    submissions = [
        variants.the_reference(assignment).submission(),
        variants.starter(assignment).submission(),
        *right,
        *(one.submission() for one in [*single, *pairs] if one.name in checks),
    ]
    return variants.graded(assignment, submissions, options, checks)


def _by_training(
    assignment: Assignment, uncaught: Sequence[Wrong], options: Options
) -> dict[str, MistakeResult]:
    """Run mistakes that are not caught yet against all checks that can detect them.

    This includes training, which is slow and catches few mistakes, so it comes last.
    """
    checks = {one.name: one.every for one in uncaught}
    grades = variants.graded(assignment, [one.submission() for one in uncaught], options, checks)
    return {name: wrong.result(name, grade.checks) for name, grade in grades.items()}


def _failing_with_other_seeds(
    checks: Checks, solution: Mapping[str, bytes], only: Collection[str], seeds: int
) -> list[str]:
    """Run the checks on a right solution, in process, with each of several seeds.

    Returns a sentence for each check that did not pass.
    """
    flaky: dict[str, str] = {}
    own = checks.assignment.seed
    for seed in range(own + 1, own + 1 + seeds):
        for check in results(checks.run_on(solution, only=only, seed=seed)):
            if check.verdict is not Verdict.PASSED:
                says = f"{check.id} fails with seed {seed}: {check.feedback.summary}"
                flaky.setdefault(check.id, says)
    return list(flaky.values())


def validate_all(
    assignments: Sequence[Assignment],
    options: Options,
    *,
    thorough: bool = False,
    mutants: bool = False,
    at_work: Callable[[Sequence[str]], None] = lambda _: None,
) -> Iterator[Validation]:
    """Validate several assignments in parallel; yield each result as soon as it is ready.

    Assignments with the most known mistakes start first: a slow one at the end would leave the
    other cores idle.

    Args:
        assignments: The assignments to validate.
        options: The number of processes and the sandbox levels.
        thorough: See `validate`.
        mutants: See `validate`.
        at_work: Called with the names of the running assignments whenever they change.

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
    # A separate process for each: pytest and the sandbox keep a lot of state of a run.
    with ProcessPoolExecutor(
        options.jobs, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        while waiting or running:
            while waiting and len(running) < options.jobs:
                one = waiting.pop()
                running[pool.submit(_validate_folder, one.folder, alone, thorough, mutants)] = (
                    one.name
                )
            at_work(sorted(running.values()))
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                del running[done]
                yield done.result()


def _size(assignment: Assignment) -> int:
    return assignment.mistakes.stat().st_size if assignment.mistakes.is_file() else 0


def _validate_folder(folder: Path, options: Options, thorough: bool, mutants: bool) -> Validation:
    return validate(load_assignment(folder), options, thorough=thorough, mutants=mutants)
