"""A bound on processor time that only work out of all proportion reaches."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooMuchWork(AssertionError):
    """The text took far more than one pass."""


@contextmanager
def cpu_seconds(limit: float) -> Iterator[None]:
    """Fail when the block uses so much processor time, however busy the machine is."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TooMuchWork(f"more than {limit:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
