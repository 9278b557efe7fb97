"""The budget of a whole submission: what all its workers have used together, and the end of it.

Each check has limits of its own, but a submission meets many of them, and does things that no check
pays for: files are imported again in every new worker, and objects may take their time to go. The
sum of all that is kept here.
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
    """The submission as a whole has used up what it may."""

    verdict = Verdict.TIMEOUT


class Account:
    """What one submission has used of its budget. cpu, wall: seconds so far."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.cpu = self.wall = 0.0
        self._depth = 0  # of requests: functions of a check's may ask in their turn

    @property
    def share(self) -> float:
        """The share of the budget that is used, of CPU or of wall time, whichever is larger."""
        return max(self.cpu / self.budget.seconds, self.wall / self.budget.wall_seconds)

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.share > _ALL

    def granted(self, seconds: float, wall: float) -> tuple[float, float]:
        """What a request may use that asks for so much CPU and wall time."""
        return min(seconds, self.budget.seconds - self.cpu), min(
            wall, self.budget.wall_seconds - self.wall
        )

    def fault(self, then: str) -> BudgetSpent:
        """What to raise when nothing is left. then: what happened to the check."""
        if self.cpu / self.budget.seconds == self.share:
            used = f"used its {self.budget.seconds:g} seconds of processor time"
        else:
            used = f"used its {self.budget.wall_seconds:g} seconds, most of them waiting"
        return BudgetSpent(f"Your submission has {used}; this check was {then}.")

    @contextmanager
    def charged(self, transport: Transport) -> Iterator[None]:
        """Charge what happens within, also when it ends in a fault. Time that others had the
        processor is free.
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
        """Charge the wall time of starting a worker in the place of one that the submission has
        lost.
        """
        begun = time.monotonic()
        yield
        self.wall += time.monotonic() - begun


def _delayed(transport: Transport) -> float:
    """Seconds that it was ready to run and others had the processor; what runs in this process
    never waits.
    """
    waited = getattr(transport, "delayed_seconds", None)
    return 0.0 if waited is None else float(waited())
