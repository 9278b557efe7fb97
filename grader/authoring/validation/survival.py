"""Run mutants of the reference against the checks: a mutant that survives shows a missing check.

Each mutant is judged in a fork of this process, where everything is already imported. Results are
stored under the digests of the assignment and of the check helpers, so an interrupted run resumes.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

import grader.checks
from grader.authoring.validation.mutants import Mutant, mutants, read_reasons
from grader.course import Assignment
from grader.errors import GradmarkError
from grader.grading.checks import Checks
from grader.grading.ledger import results
from grader.model import Verdict
from grader.sandbox.transport import Transport, Wrapper
from grader.sandbox.wire import Answer, Call

__all__ = ["ACCEPTED", "CAUGHT", "GOAL", "SURVIVED", "MutantResult", "survival"]

GOAL = 0.97  # the minimum share of mutants that are caught, apart from accepted ones
CAUGHT, SURVIVED, ACCEPTED = "caught", "survived", "accepted"
EXTRA_MEMORY = 3 << 30  # bytes that a mutant may use in addition to what this process uses
_PATIENCE = 5  # a mutant may use this many times the CPU time of the reference, plus a second
_SLEEPING = 120.0  # seconds of wall time after which a mutant must be waiting for something


class MutantResult(msgspec.Struct, frozen=True):
    """One mutant: its location, its change, and whether a check caught it.

    The reason explains why a survivor is accepted.
    """

    file: str
    line: int
    symbol: str
    change: str
    outcome: str
    reason: str = ""


def survival(assignment: Assignment, jobs: int) -> tuple[MutantResult, ...]:
    """Judge every mutant of the assignment's functions and classes, and of their helpers.

    Args:
        assignment: The assignment.
        jobs: The number of processes.

    Returns:
        The results, in source order.

    Raises:
        GradmarkError: Processes cannot fork here, or the reference does not pass its own checks.

    """
    if not hasattr(os, "fork"):
        raise GradmarkError(
            "mutants are judged in forks of this process, which this operating system does not have"
        )
    waiting = [
        (file, mutant)
        for file, raw in assignment.reference_files.items()
        for mutant in mutants(raw.decode())
    ]
    kept = _Kept(assignment)
    reasons = _reasons(assignment)
    if any(_key(mutant) not in kept.outcomes for _, mutant in waiting):
        with (
            tempfile.TemporaryDirectory(prefix="gradmark-") as scratch,
            _Judge(assignment, scratch) as judge,
        ):
            judge.run(waiting, kept, jobs)
    return tuple(
        _result(file, mutant, kept.outcomes[_key(mutant)], reasons) for file, mutant in waiting
    )


def _result(
    file: str, mutant: Mutant, outcome: str, reasons: Mapping[tuple[str, str, str], str]
) -> MutantResult:
    reason = reasons.get((file.removesuffix(".py"), mutant.symbol, mutant.description), "")
    outcome = ACCEPTED if reason and outcome == SURVIVED else outcome
    return MutantResult(file, mutant.line, mutant.symbol, mutant.description, outcome, reason)


def _reasons(assignment: Assignment) -> dict[tuple[str, str, str], str]:
    """Return the reasons for equivalent mutants and for mutants that the assignment accepts."""
    course = assignment.course
    return {
        **read_reasons(course / "reference" / "equivalent_mutants.toml"),
        **read_reasons(assignment.folder / "accepted_mutants.toml"),
    }


def _key(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.source.encode()).hexdigest()[:20]


class _Kept:
    """Outcomes on disk, one per line."""

    def __init__(self, assignment: Assignment) -> None:
        folder = assignment.course / ".gradmark" / "mutants"
        folder.mkdir(parents=True, exist_ok=True)
        tools = sorted(Path(grader.checks.__file__).parent.glob("*.py"))
        digest = hashlib.sha256(
            assignment.digest.encode() + b"".join(tool.read_bytes() for tool in tools)
        ).hexdigest()
        self._path = folder / f"{assignment.name}-{digest[:16]}.txt"
        lines = self._path.read_text().splitlines(keepends=True) if self._path.exists() else []
        # A run that was killed may leave half a line.
        whole = [line.split() for line in lines if line.endswith("\n")]
        self.outcomes = dict(whole)

    def add(self, key: str, outcome: str) -> None:
        self.outcomes[key] = outcome
        with self._path.open("a") as file:
            file.write(f"{key} {outcome}\n")


class _Judge:
    """The checks of one assignment: the quick ones, and then those that train a model.

    The latter run only if the quick ones pass. Each mutant gets its own working directory in
    `scratch`.
    """

    def __init__(self, assignment: Assignment, scratch: str) -> None:
        self._assignment = assignment
        self._checks = [
            Checks(assignment, select=lambda marks: not marks.calibrated),
            Checks(assignment, select=lambda marks: marks.calibrated),
        ]
        self._reaching: list[Callable[[str], list[str]]] = []
        self._seconds = 0.0
        self._scratch = scratch

    def __enter__(self) -> _Judge:
        begun = time.process_time()
        self._reaching = [checks.reaching() for checks in self._checks]
        if not self._passes({}):
            raise GradmarkError(
                f"{self._assignment.name}: the reference does not pass its own checks"
            )
        self._seconds = time.process_time() - begun
        self._expect_a_fork_to_pass()
        return self

    def __exit__(self, *_: object) -> None:
        for checks in self._checks:
            checks.close()

    def _expect_a_fork_to_pass(self) -> None:
        """Check that a fork can run the reference at all.

        Otherwise (threads can prevent it) every mutant would seem to be caught.
        """
        running = {self._fork({}): ("the reference", time.monotonic())}
        while running:
            for pid, status in self._ended(running):
                del running[pid]
                if status != 0:
                    raise GradmarkError(
                        f"{self._assignment.name}: the reference does not pass in a fork"
                    )

    def run(self, mutated: Sequence[tuple[str, Mutant]], kept: _Kept, jobs: int) -> None:
        """Judge the mutants that have no outcome yet, `jobs` at a time."""
        waiting = [
            (file, mutant)
            for file, mutant in reversed(mutated)
            if _key(mutant) not in kept.outcomes
        ]
        running: dict[int, tuple[str, float]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    file, mutant = waiting.pop()
                    pid = self._fork({file: mutant.source.encode()}, mutant.symbol)
                    running[pid] = _key(mutant), time.monotonic()
                for pid, status in self._ended(running):
                    key, _ = running.pop(pid)
                    kept.add(key, SURVIVED if status == 0 else CAUGHT)
        finally:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _ended(self, running: Mapping[int, tuple[str, float]]) -> Iterator[tuple[int, int]]:
        time.sleep(0.005)
        for pid, (_, begun) in list(running.items()):
            if time.monotonic() - begun > _SLEEPING + _PATIENCE * self._seconds:
                os.kill(pid, signal.SIGKILL)
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                yield pid, os.waitstatus_to_exitcode(status)

    def _fork(self, changed: Mapping[str, bytes], symbol: str = "") -> int:
        """Start a process that exits with status 0 if every check passes; return its id."""
        pid = os.fork()
        if pid:
            return pid
        try:
            # A mutant may write to a file of any name.
            os.chdir(tempfile.mkdtemp(dir=self._scratch))
            _confine(1 + _PATIENCE * self._seconds)
            passes = self._passes(changed, symbol, around=_Timed)
        except BaseException:  # noqa: BLE001 - the child must not continue as a second parent
            passes = False
        os._exit(0 if passes else 1)

    def _passes(
        self,
        changed: Mapping[str, bytes],
        symbol: str = "",
        around: Callable[[Transport], Transport] = lambda transport: transport,
    ) -> bool:
        """Return whether every check passes that can reach the changed symbol (default: all)."""
        files = {**self._assignment.reference_files, **changed}
        for checks, reaching in zip(self._checks, self._reaching, strict=True):
            only = reaching(symbol) if symbol else None
            ledger = checks.run_on(files, only=only, first_failure=True, around=around)
            for check in results(ledger):
                if check.verdict is not Verdict.PASSED:
                    return False
        return True


class _Timed(Wrapper):
    """A transport that ends this process if a request exceeds the CPU time left for its check.

    A worker would be ended in the same way.
    """

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """Return the answers of the transport, if they arrive in time."""
        signal.setitimer(signal.ITIMER_PROF, max(seconds, 0.01))
        try:
            return super().request(calls, seconds=seconds, wall=wall)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _confine(seconds: float) -> None:
    """Limit the CPU time and memory of this process, and discard its output."""
    import resource  # not on Windows, where nothing is forked

    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds),) * 2)
    with contextlib.suppress(OSError, ValueError):  # no /proc on macOS
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + EXTRA_MEMORY,) * 2)
