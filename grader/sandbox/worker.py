"""A process that runs one submission, seen from the trusted side.

Nothing that it reports is trusted: time, memory and the way it ended are measured from outside.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from grader.errors import SandboxError
from grader.sandbox import places, wire
from grader.sandbox.inside import folders
from grader.sandbox.inside.evaluator import gives_object
from grader.sandbox.inside.privileges import FILE_SIZE
from grader.sandbox.inside.worker import Settings
from grader.sandbox.launch import Launcher
from grader.sandbox.transport import (
    CallTimeout,
    OutOfMemory,
    ProtocolViolation,
    StudentFault,
    WorkerCrashed,
    WorkerKilled,
    evaluate,
    refuse_measuring,
)
from grader.sandbox.usage import cpu_seconds, delayed_seconds, removed_bytes, usage
from grader.sandbox.wire import Answer, Ask, Call, Handle, Layer, Ready, Reply, Request, Setup

__all__ = ["Worker"]

_READY_SECONDS = 60.0
_END_SECONDS = 1.0  # from the end of the connection to that of the process
_TIDY_SECONDS, _TIDY_WALL = 1.0, 3.0
_LAST_SECONDS = 0.02  # from the end of the first thread to the end of all, when a process exits
_TICK = 0.1  # seconds between two checks of a running worker
_PATIENCE = 10  # maximum factor on the wall time limit, on a machine that is busy otherwise
_SCRATCH = 256 << 20  # bytes
_SCRATCH_ENTRIES = 5_000
_THREADS = 128
_MEMORY_SLACK = 64 << 20  # bytes; the baseline is a rough measure
_MESSAGES = 100_000  # in one request: calls of the check author's functions
_HOUSEKEEPING = ("free", "seed")

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_BAD_CALL = getattr(signal, "SIGSYS", 31)  # the signal with which the filter ends a process
_STOP, _CONTINUE = (signal.SIGSTOP, signal.SIGCONT) if sys.platform == "linux" else (0, 0)

_TERMINAL_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Worker:
    """A process that runs one submission. Made by `Sandbox.start`; a Transport.

    It is stopped between two requests, so that its threads neither compute nor write unobserved.
    The attribute `achieved` contains the layers of its confinement, as it reported them before it
    read any student code.

    Args:
        launcher: Starts the process.
        home: Its folder.
        settings: The settings that are sent to the process first.
        memory: Bytes that it may use in addition to the warm interpreter.
        output: Bytes of printed output to keep.

    Raises:
        SandboxError: It did not start, or could not be confined as required.

    """

    def __init__(
        self, launcher: Launcher, home: places.Home, settings: Settings, *, memory: int, output: int
    ) -> None:
        self.alive = False
        self.uid, self.folder = home.uid, home.path
        self._home, self._memory, self._output = home, memory, output
        self._depth = 0  # of nested requests: functions of a check may call the worker again
        # CPU seconds when it last answered; seconds spent on requests
        self._used = self._wall = 0.0
        self._unseen = 0.0  # seconds of short requests since the last check of its resources
        self._delayed = 0.0  # seconds that it had waited for a CPU when it ended
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self._sock, self._process = launcher.start(home.writer)
            self.alive = True
            home.started()
            self.achieved = self._set_up(settings)
            undo.pop_all()
        self._baseline = max(
            usage(pid).resident for pid in (self._process.pid, getattr(launcher, "pid", 0))
        )
        self._used = self.cpu_seconds()
        self._signal(_STOP)

    def _set_up(self, settings: Settings) -> Mapping[str, Layer]:
        try:
            wire.send(self._sock, wire.encode(Setup(asdict(settings))))
            ready = wire.decode(
                *wire.recv(self._sock, wire.until(time.monotonic() + _READY_SECONDS))
            )
        except (wire.Closed, wire.ProtocolError, wire.TooLate) as error:
            raise SandboxError(f"a worker did not start: {error}") from None
        if not isinstance(ready, Ready):
            raise SandboxError("a worker did not report its confinement")
        failed = [
            name
            for name in settings.required
            if name not in ready.layers or not ready.layers[name].holds
        ]
        if failed:
            raise SandboxError(
                f"a worker could not be confined like the others: {', '.join(failed)} failed"
            )
        return ready.layers

    # ---- requests --------------------------------------------------------------------------------

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """Run calls, up to the first one that raises; see `Transport.request`.

        Functions among the arguments are called in this process, with arguments from the student's
        code, and may call this worker again. A fault ends the worker, and so does any exception
        that interrupts a request. Calls that only clean up are not charged to a check: they have
        their own time limit.

        Raises:
            StudentFault: The worker had to be ended. It is WorkerKilled if it happened during
                cleanup, because an earlier call caused it.
            TypeError: An argument cannot be sent.
            wire.TooLarge: The arguments are too large.
            SandboxError: The sandbox itself failed.

        """
        refuse_measuring(calls)
        if not all(call.op in _HOUSEKEEPING for call in calls):
            return self._request(calls, seconds, wall)
        try:
            return self._request(calls, min(seconds, _TIDY_SECONDS), min(wall, _TIDY_WALL))
        except StudentFault as fault:
            raise WorkerKilled(str(fault)) from None

    def _request(self, calls: Sequence[Call], seconds: float, wall: float) -> list[Answer]:
        functions: list[Callable[..., Any]] = []
        asked = Request(secrets.token_hex(8), tuple(calls))
        packet = wire.encode(asked, functions=functions)
        if functions and self._depth:
            raise ValueError("a function that student code calls cannot pass it another function")
        if not self.alive:
            raise WorkerCrashed("The process with your code has already ended.")
        begun = time.monotonic()
        try:
            with self._awake():
                answers = self._converse(
                    asked, packet, functions, _Watch(self, self._used, seconds, wall)
                )
                self._look_after(time.monotonic() - begun)
                return answers
        except wire.Closed:
            self._post_mortem()
        except wire.ProtocolError as error:
            self.end()
            raise ProtocolViolation(
                f"Your code interfered with the connection to the grader: {error}."
            ) from None
        except BaseException:
            self.end()
            raise
        finally:
            self._wall += time.monotonic() - begun

    def _converse(
        self,
        asked: Request,
        packet: wire.Packet,
        functions: Sequence[Callable[..., Any]],
        watch: _Watch,
    ) -> list[Answer]:
        """Send a request, answer the questions of the worker, and return its answers."""
        if self._has_spoken():
            raise wire.ProtocolError("a message without a request")
        wire.send(self._sock, packet, watch)
        for _ in range(_MESSAGES):
            message = wire.decode(*wire.recv(self._sock, watch))
            match message:
                case Reply(asked.id, answers) if _fits(answers, asked.calls):
                    return list(answers)
                case Ask() if functions:
                    wire.send(self._sock, self._evaluate(message, functions), watch)
                case _:
                    raise wire.ProtocolError("a message that does not answer the request")
        raise CallTimeout(
            f"Your code called the function that it was passed more than {_MESSAGES - 1:,} times."
        )

    def _look_after(self, seconds: float) -> None:
        """Check resources after many short requests, none of which was long enough for a check."""
        self._unseen += seconds
        if self._unseen > _TICK and not self._depth:
            self.look()
            self._unseen = 0.0

    def _evaluate(self, ask: Ask, functions: Sequence[Callable[..., Any]]) -> wire.Packet:
        self._depth += 1
        try:
            return evaluate(ask, functions)
        finally:
            self._depth -= 1

    def _has_spoken(self) -> bool:
        """Return whether there is anything to read although nothing was requested."""
        self._sock.setblocking(False)
        try:
            return bool(self._sock.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False
        except OSError as error:
            raise wire.Closed(str(error)) from None

    @contextlib.contextmanager
    def _awake(self) -> Iterator[None]:
        """Let the process run; after the outermost request, record its CPU time and stop it."""
        if self._depth:
            yield
            return
        self._signal(_CONTINUE)
        yield
        self._used = self.cpu_seconds()
        self._signal(_STOP)

    def _signal(self, number: int) -> None:
        if number:
            self._process.signal(number)

    # ---- measurements from outside ---------------------------------------------------------------

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of all its threads; if unknown, the seconds spent on requests."""
        seconds = cpu_seconds(self._process.pid) if self.alive else self._used
        return self._wall if seconds is None else seconds

    def delayed_seconds(self) -> float:
        """Return the seconds that it has waited for a CPU."""
        return delayed_seconds(self._process.pid) if self.alive else self._delayed

    def removed_bytes(self) -> int | None:
        """Return the bytes of scratch files that it has removed but keeps open; None if unknown."""
        return removed_bytes(self._process.pid, self.uid, self._home.scratch, FILE_SIZE)

    def look(self) -> None:
        """Check its resources.

        Raises:
            OutOfMemory: It has used too much memory or scratch space, or too many threads.
            WorkerCrashed: The thread that answers has ended.

        """
        now = usage(self._process.pid)
        if now.headless and not self._process.ends_within(_LAST_SECONDS):
            raise WorkerCrashed(
                "Your code ended the thread that answers the grader and kept others running."
            )
        if now.resident > self._baseline + self._memory + _MEMORY_SLACK:
            raise OutOfMemory(f"Your code used more than {self._memory >> 20} MiB of memory.")
        if now.threads > _THREADS:
            raise OutOfMemory(f"Your code started more than {_THREADS} threads.")
        named = folders.size(self._home.scratch, _SCRATCH, _SCRATCH_ENTRIES)
        if named + (self.removed_bytes() or 0) > _SCRATCH:
            raise OutOfMemory(
                f"Your code wrote more than {_SCRATCH >> 20} MiB, or {_SCRATCH_ENTRIES:,} files."
            )
        if os.fstat(self._home.output).st_size > self._output + (1 << 20):
            # An endless print must not fill the disk.
            os.ftruncate(self._home.output, self._output + 1)

    def output(self) -> str:
        """Return what was printed since the last call; the excess is replaced by a note."""
        if self._home.output < 0:
            return ""
        os.lseek(self._home.output, 0, os.SEEK_SET)
        data = os.read(self._home.output, self._output + 1)
        os.ftruncate(self._home.output, 0)
        text = data[: self._output].decode("utf-8", "replace")
        # These folders differ in every run and mean nothing to the student.
        for folder in (self._home.files, self._home.scratch):
            text = text.replace(f"{folder}{os.sep}", "")
        text = _TERMINAL_CONTROL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
        note = (
            f"\n… (only the first {self._output >> 10} KiB are kept)"
            if len(data) > self._output
            else ""
        )
        return wire.printable(text) + note

    # ---- the end ---------------------------------------------------------------------------------

    def _post_mortem(self) -> NoReturn:
        """Report how the process that closed the connection ended."""
        ended = self._process.ends_within(_END_SECONDS)
        status = self.end()
        if status is None:
            raise SandboxError("the sandbox's own process has died, and the student's code with it")
        if not ended:
            raise WorkerCrashed("Your code closed its connection to the grader.")
        if status == -_BAD_CALL:
            raise ProtocolViolation(
                "Your code made a system call that a submission must not make (SIGSYS)."
            )
        raise (WorkerKilled if status == -_KILL else WorkerCrashed)(_epitaph(status))

    def end(self) -> int | None:
        """Kill the process; its output can still be read.

        Returns:
            The exit status, or None if unknown.

        """
        if not self.alive:
            return None
        self._used, self._delayed = self.cpu_seconds(), self.delayed_seconds()
        self.alive = False
        self._sock.close()
        self._process.signal(_KILL)
        return self._process.reap()

    @property
    def closed(self) -> bool:
        """Whether the process has ended and its folder is removed."""
        return self._home.output < 0

    def close(self) -> None:
        """End the process and remove its folder."""
        self.end()
        self._home.close()


class _Watch:
    """The time limits of one request: checks the worker regularly and raises if it exceeds them.

    `start` is the CPU time that the worker had used before, in seconds. Time in which the worker
    was ready to run but other processes had the CPU does not count as waiting, up to a limit: a
    busy machine does not fail a submission, and no wait is endless.
    """

    def __init__(self, worker: Worker, start: float, seconds: float, wall: float) -> None:
        self._worker, self._start, self._seconds, self._wall = worker, start, seconds, wall
        now = time.monotonic()
        self._deadline, self._next, self._latest = now + wall, now + _TICK, now + _PATIENCE * wall
        self._delayed = worker.delayed_seconds()

    def __call__(self) -> float:
        now = time.monotonic()
        if now >= min(self._next, self._deadline):
            if self._worker.cpu_seconds() - self._start > self._seconds:
                raise CallTimeout("Your code was stopped because it ran for too long.")
            if now >= self._deadline:
                delayed = self._worker.delayed_seconds()
                self._deadline = min(self._deadline + delayed - self._delayed, self._latest)
                self._delayed = delayed
            if now >= self._deadline:
                raise CallTimeout(
                    f"Your code did not return within {self._wall:.3g} seconds; it is waiting for "
                    "something."
                )
            self._worker.look()
            looked = time.monotonic()
            # Checking a full scratch folder takes a long time.
            self._next = looked + max(_TICK, 2 * (looked - now))
            now = looked
        return max(min(self._next, self._deadline) - now, 0.001)


def _fits(answers: Sequence[Answer], calls: Sequence[Call]) -> bool:
    """Return whether the answers match the calls.

    There must be one answer per call, up to the first that raised, and an operator must return an
    object.
    """
    if not answers or len(answers) > len(calls):
        return False
    for call, answer in zip(calls, answers, strict=False):
        operator = call.op in ("binary", "unary") and gives_object(call.name)
        if operator and answer.raised is None and not isinstance(answer.value, Handle):
            return False
    *before, last = answers
    return all(answer.raised is None for answer in before) and (
        len(answers) == len(calls) or last.raised is not None
    )


def _epitaph(status: int) -> str:
    if status >= 0:
        return (
            f"Your code ended its own process (exit status {status}): remove calls such as exit()."
        )
    meaning = {
        "SIGSEGV": "a crash in compiled code, often an endless recursion",
        "SIGKILL": "it was killed, by itself or because the machine ran out of memory",
        "SIGABRT": "compiled code aborted",
        "SIGFPE": "an integer division by zero in compiled code",
    }
    with contextlib.suppress(ValueError):
        name = signal.Signals(-status).name
        return f"The process with your code ended with {name}: {meaning.get(name, 'a signal')}."
    return f"The process with your code ended with signal {-status}."
