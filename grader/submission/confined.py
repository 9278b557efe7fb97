"""Read untrusted submissions in a separate process with limits, to protect the grader.

On Linux, a warm interpreter forks a process for every submission, which takes milliseconds and
leaves no state. On other systems one interpreter reads all of them, and is replaced if it had to be
stopped.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Collection
from pathlib import Path
from types import TracebackType

import msgspec

from grader.sandbox import places, wire
from grader.sandbox.launch import Launcher, Process, Spawner, Zygote, can_fork
from grader.submission.contents import Contents, refused, unpacked
from grader.submission.parsing import printable

__all__ = ["ConfinedReader"]

SECONDS = 10  # of processor time for one submission: the largest honest ones need one or two
WALL = 90.0  # seconds, enough for a busy machine or a slow disk
ATTEMPTS = 2
MEMORY = 768  # MiB: a notebook of 50 MiB takes 400

_ADVICE = "hand in your own code only, in a new archive or a new notebook"
_GRACE = 2.0  # seconds from the end of the connection to that of the process
_ENVIRON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_OUT_OF_TIME = getattr(signal, "SIGXCPU", 0)


class ConfinedReader:
    """Reads submissions, as a `Reader` for `find_submissions`; a context manager.

    The process is started when the first submission is read, which raises SandboxError if it fails.

    Args:
        seconds: Limit of processor time for one submission.
        memory: Limit of memory, in MiB.
        wall: Limit of wall time for one submission, in seconds.
        fork: As in `Sandbox`.

    """

    _entry = "grader.submission.child:main"

    def __init__(
        self,
        *,
        seconds: int = SECONDS,
        memory: int = MEMORY,
        wall: float = WALL,
        fork: bool | None = None,
    ) -> None:
        self._seconds, self._memory, self._wall = seconds, memory, wall
        self._forks = can_fork() if fork is None else fork
        self._launcher: Launcher | None = None
        self._connection: tuple[socket.socket, Process] | None = None
        self._readable: list[str] = []

    def __enter__(self) -> ConfinedReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        self._end()
        if self._launcher is not None:
            self._launcher.close()
        self._launcher = None

    def __call__(self, path: Path, expected: Collection[str], follow: bool) -> Contents:
        """Read one submission; an error is reported as its `problem`, in one sentence.

        Args:
            path: The submission.
            expected: The names of the assignment's files.
            follow: Whether `path` itself may be a link.

        Raises:
            ChildProcessError: The process was ended from outside twice, which is not the fault of
                a submission.

        """
        for _ in range(ATTEMPTS):
            found = self._read(path, expected, follow)
            if found is not None:
                return found
        raise ChildProcessError(
            f"the process that reads submissions was ended from outside {ATTEMPTS} times"
        )

    def _read(self, path: Path, expected: Collection[str], follow: bool) -> Contents | None:
        """The contents of the submission; None if the process was ended from outside."""
        name = printable(path.name) or "the submission"
        once = self._forks
        sock, _ = self._connection = self._connection or self._start()
        asked = msgspec.json.encode(
            {
                "expected": sorted(expected),
                "follow": follow,
                "seconds": self._seconds,
                "memory": self._memory,
                "once": once,
                "readable": self._readable,
            }
        )
        patience = wire.until(time.monotonic() + self._wall)
        try:
            wire.send(sock, (asked, [os.fsencode(os.path.abspath(path))]), patience)
            return unpacked(*wire.recv(sock, patience))
        except wire.TooLate:
            self._end()
            return refused(f"{name} takes more than {self._wall:g} seconds to read: {_ADVICE}")
        except (wire.Closed, wire.ProtocolError, ValueError):
            status = self._end(gently=True)
            return None if status is None else refused(self._exit_reason(name, status))
        except BaseException:
            self._end()
            raise
        finally:
            if once:
                self._end()

    def _exit_reason(self, name: str, status: int) -> str:
        if status == -_OUT_OF_TIME:
            return f"{name} takes more than {self._seconds} seconds to unpack and read: {_ADVICE}"
        return f"{name} ended the process that reads it: {_ADVICE}"

    def _start(self) -> tuple[socket.socket, Process]:
        launcher = self._launcher = self._launcher or self._launch()
        launcher.prepare()
        output = os.open(os.devnull, os.O_WRONLY)
        try:
            return launcher.start(output)
        finally:
            os.close(output)

    def _launch(self) -> Launcher:
        libraries = places.libraries(["nbformat"])
        self._readable = places.readable(libraries)
        home = places.home_of_grader()
        settings = {
            "folder": "",
            "libraries": libraries,
            "home": [] if home in libraries else [home],
            "preload": [self._entry.partition(":")[0]],
            "entry": self._entry,
        }
        environ = {name: os.environ[name] for name in _ENVIRON if name in os.environ}
        return (Zygote if self._forks else Spawner)(
            settings, environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        )

    def _end(self, *, gently: bool = False) -> int | None:
        """End the process that reads; returns its exit status, if known."""
        if self._connection is None:
            return None
        (sock, process), self._connection = self._connection, None
        sock.close()
        if gently:
            process.ends_within(_GRACE)
        with contextlib.suppress(OSError):
            process.signal(_KILL)
        return process.reap()
