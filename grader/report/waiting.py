"""A periodic status message for commands that print nothing for a long time."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.text import Text

__all__ = ["Heartbeat"]

SECONDS = 15.0  # between two messages


class Heartbeat:
    """A context manager that shows that a command is still running.

    On a terminal it is an animated status line, otherwise a plain line every 15 seconds.

    Args:
        console: Where to print.
        seconds: The time between two plain lines.

    """

    def __init__(self, console: Console, seconds: float = SECONDS) -> None:
        self._console, self._seconds = console, seconds
        self._status = console.status("")
        self._doing, self._begun = "", time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def doing(self, what: str) -> None:
        """Set the text of the status message."""
        self._doing = what
        self._status.update(Text(what))

    def __enter__(self) -> Heartbeat:
        if self._console.is_terminal:
            self._status.start()
        else:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._console.is_terminal:
            self._status.stop()
        else:
            self._thread.join()

    @property
    def clock(self) -> str:
        """The time since the start in minutes and seconds, for example "2:05"."""
        minutes, seconds = divmod(round(time.monotonic() - self._begun), 60)
        return f"{minutes}:{seconds:02}"

    def _beat(self) -> None:
        while not self._ended.wait(self._seconds):
            self._console.print(Text(f"{self.clock} {self._doing}"), soft_wrap=True)
