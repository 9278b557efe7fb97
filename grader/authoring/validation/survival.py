"""Mutants of the reference against an assignment's checks: a slip that none of them notices is a
missing check.

Each mutant is judged in a fork of this process, in which everything is imported already. Results
are kept under the digests of the assignment and of the tools that checks are made of, so a run that
was stopped goes on where it was.
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
from grader.sandbox.transport import Transport
from grader.sandbox.wire import Answer, Call

__all__ = ["ACCEPTED", "CAUGHT", "GOAL", "SURVIVED", "MutantResult", "survival"]

GOAL = 0.97  # the share of mutants caught, of those that have to be
CAUGHT, SURVIVED, ACCEPTED = "caught", "survived", "accepted"
EXTRA_MEMORY = 3 << 30  # bytes that a mutant may use beyond what there is already
_PATIENCE = 5  # times the processor time of the unmutated reference, plus a second
_SLEEPING = 120.0  # seconds of wall time after which a mutant waits for something


class MutantResult(msgspec.Struct, frozen=True):
    """One mutant: where it is, what it changes, and whether a check noticed. reason: why a survivor
    is accepted.
    """

    file: str
    line: int
    symbol: str
    change: str
    outcome: str
    reason: str = ""


def survival(assignment: Assignment, jobs: int) -> tuple[MutantResult, ...]:
    """Judge every mutant of the functions and classes that the assignment asks for, and of their
    helpers.

    Raises GradmarkError where processes cannot fork.
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
    """Mutants that nobody can tell from the original, and those that the assignment's checks have
    to accept.
    """
    course = assignment.course
    return {
        **read_reasons(course / "reference" / "equivalent_mutants.toml"),
        **read_reasons(assignment.folder / "accepted_mutants.toml"),
    }


def _key(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.source.encode()).hexdigest()[:20]


class _Kept:
    """Outcomes on disk, a line each."""

    def __init__(self, assignment: Assignment) -> None:
        folder = assignment.course / ".gradmark" / "mutants"
        folder.mkdir(parents=True, exist_ok=True)
        tools = sorted(Path(grader.checks.__file__).parent.glob("*.py"))
        digest = hashlib.sha256(
            assignment.digest.encode() + b"".join(tool.read_bytes() for tool in tools)
        ).hexdigest()
        self._path = folder / f"{assignment.name}-{digest[:16]}.txt"
        lines = self._path.read_text().splitlines(keepends=True) if self._path.exists() else []
        # a run that was killed leaves half a line
        whole = [line.split() for line in lines if line.endswith("\n")]
        self.outcomes = dict(whole)

    def add(self, key: str, outcome: str) -> None:
        self.outcomes[key] = outcome
        with self._path.open("a") as file:
            file.write(f"{key} {outcome}\n")


class _Judge:
    """The checks of one assignment: the quick ones, and those that train, which run only if the
    first pass.

    scratch: the folder in which each mutant gets a current folder of its own.
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
        """The control: where no fork can run the reference, as threads can prevent, every mutant
        would seem caught.
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
        """Judge those that have no outcome yet, `jobs` at a time."""
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
        """The process that exits with 0 when every check passes."""
        pid = os.fork()
        if pid:
            return pid
        try:
            # a mutant may write to a file of any name
            os.chdir(tempfile.mkdtemp(dir=self._scratch))
            _confine(1 + _PATIENCE * self._seconds)
            passes = self._passes(changed, symbol, around=_Timed)
        except BaseException:  # noqa: BLE001 - the child must not go on as a second parent
            passes = False
        os._exit(0 if passes else 1)

    def _passes(
        self,
        changed: Mapping[str, bytes],
        symbol: str = "",
        around: Callable[[Transport], Transport] = lambda transport: transport,
    ) -> bool:
        """Whether every check passes that can come through the changed symbol; all of them when
        there is none.
        """
        files = {**self._assignment.reference_files, **changed}
        for checks, reaching in zip(self._checks, self._reaching, strict=True):
            only = reaching(symbol) if symbol else None
            ledger = checks.run_on(files, only=only, first_failure=True, around=around)
            for check in results(ledger):
                if check.verdict is not Verdict.PASSED:
                    return False
        return True


class _Timed:
    """A transport that ends this process when a request uses up what its check has left, as a
    worker is ended.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.output, self.cpu_seconds, self.close = (
            transport.output,
            transport.cpu_seconds,
            transport.close,
        )

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """The answers of the transport, in time."""
        signal.setitimer(signal.ITIMER_PROF, max(seconds, 0.01))
        try:
            return self._transport.request(calls, seconds=seconds, wall=wall)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _confine(seconds: float) -> None:
    """End this process when it computes for too long; keep its memory in bounds and its words to
    itself.
    """
    import resource  # not on Windows, where nothing is forked

    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds),) * 2)
    with contextlib.suppress(OSError, ValueError):  # no /proc on macOS
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + EXTRA_MEMORY,) * 2)
