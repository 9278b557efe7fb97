"""The budget of a whole submission: the time that all its workers use together.

Each check has its own limits, but a submission runs many checks, and uses time that no check
counts: files are imported again in every new worker, and objects may be slow to delete. The total
is kept here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from grader.model import Budget, Verdict
from grader.sandbox.transport import StudentFault, Transport

__all__ = ["UNLIMITED", "Account", "BudgetSpent"]

UNLIMITED = Budget(math.inf)
_ALL = 0.999  # two readings of one clock never agree to the last digit


class BudgetSpent(StudentFault):
    """The submission as a whole has used up its budget."""

    verdict = Verdict.TIMEOUT


class Account:
    """The part of its budget that one submission has used.

    Attributes:
        budget: The budget.
        cpu: Seconds of processor time so far.
        wall: Seconds of wall time so far.

    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.cpu = self.wall = 0.0
        self._depth = 0  # of requests: functions of a check may make requests too

    @property
    def share(self) -> float:
        """The share of the budget that is used, of CPU or of wall time, whichever is larger."""
        return max(self.cpu / self.budget.seconds, self.wall / self.budget.wall_seconds)

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.share > _ALL

    def granted(self, seconds: float, wall: float) -> tuple[float, float]:
        """The seconds of CPU and wall time that a request may use, at most the given ones."""
        return min(seconds, self.budget.seconds - self.cpu), min(
            wall, self.budget.wall_seconds - self.wall
        )

    def fault(self, then: str) -> BudgetSpent:
        """The exception for a spent budget. then: what happened to the check, "stopped"."""
        if self.cpu / self.budget.seconds == self.share:
            used = f"used its {self.budget.seconds:g} seconds of processor time"
        else:
            used = f"used its {self.budget.wall_seconds:g} seconds, most of them waiting"
        return BudgetSpent(f"Your submission has {used}; this check was {then}.")

    @contextmanager
    def charged(self, transport: Transport) -> Iterator[None]:
        """Charge the time used inside, even if it ends in a fault.

        Time in which other processes had the processor is free.
        """
        cpu, delayed, begun = transport.cpu_seconds(), _delayed(transport), time.monotonic()
        outermost, self._depth = self._depth == 0, self._depth + 1
        try:
            yield
        finally:
            self._depth -= 1
            if outermost:
                self._charge(transport, cpu, delayed, begun)

    def _charge(self, transport: Transport, cpu: float, delayed: float, begun: float) -> None:
        self.cpu += max(0.0, transport.cpu_seconds() - cpu)
        self.wall += max(0.0, time.monotonic() - begun - max(0.0, _delayed(transport) - delayed))

    @contextmanager
    def charged_to_start(self) -> Iterator[None]:
        """Charge the wall time of starting a worker to replace one that the submission lost."""
        begun = time.monotonic()
        yield
        self.wall += time.monotonic() - begun


def _delayed(transport: Transport) -> float:
    """Seconds that it was ready to run but others had the processor; 0 in this process."""
    waited = getattr(transport, "delayed_seconds", None)
    return 0.0 if waited is None else float(waited())
