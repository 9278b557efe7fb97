"""The trusted side of the wall: starts workers, sends calls, keeps time, and kills.

    with Sandbox(minimum=Level.FULL) as sandbox:
        worker = sandbox.start({"layers.py": source}, memory=1024, output=64)
        (answer,) = worker.request([Call("call", "layers", name="relu", args=(x,))], seconds=2,
        wall=10)

Nothing that a worker says is believed: time, memory, the level reached and the way it ended are
seen from outside.
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
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from grader.errors import SandboxError
from grader.model import Level
from grader.sandbox import packages, places, users, wire
from grader.sandbox.inside import folders
from grader.sandbox.inside.confinement import LAYERS
from grader.sandbox.inside.evaluator import gives_object
from grader.sandbox.inside.privileges import FILE_SIZE
from grader.sandbox.inside.syscalls import prctl
from grader.sandbox.inside.worker import Settings
from grader.sandbox.launch import Launcher, Spawner, Zygote, can_fork
from grader.sandbox.remedies import remedies
from grader.sandbox.transport import (
    CallTimeout,
    Loopback,
    OutOfMemory,
    ProtocolViolation,
    StudentFault,
    Transport,
    UnwritableFiles,
    WorkerCrashed,
    WorkerKilled,
    evaluate,
    refuse_measuring,
)
from grader.sandbox.usage import cpu_seconds, delayed_seconds, removed_bytes, usage
from grader.sandbox.wire import Answer, Ask, Call, Handle, Ready, Reply, Request, Setup

__all__ = [
    "CallTimeout",
    "Loopback",
    "OutOfMemory",
    "ProtocolViolation",
    "Sandbox",
    "StudentFault",
    "Transport",
    "Worker",
    "WorkerCrashed",
]

_READY_SECONDS = 60.0
_END_SECONDS = 1.0  # from the end of the connection to that of the process
_TIDY_SECONDS, _TIDY_WALL = 1.0, 3.0
_LAST_SECONDS = 0.02  # from the end of the first thread to that of all, when the process ends
_TICK = 0.1  # seconds between two looks at a worker that computes
_PATIENCE = 10  # times the wall time, on a machine that is busy with other things
_SCRATCH = 256 << 20  # bytes
_SCRATCH_ENTRIES = 5_000
_THREADS = 128
_MEMORY_SLACK = 64 << 20  # bytes; the baseline is a rough measure
_MESSAGES = 100_000  # in one request: calls of the check author's functions
_PR_SET_DUMPABLE = 4
_SHOWN = 60  # characters of a file's name
_HOUSEKEEPING = ("free", "seed")

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_BAD_CALL = getattr(signal, "SIGSYS", 31)  # what the filter ends a process with
_STOP, _CONTINUE = (signal.SIGSTOP, signal.SIGCONT) if sys.platform == "linux" else (0, 0)

# What must be refused for the secrets of the grader to be safe, whatever else is open; the attempts
# are in probe.py.
_SECRETS = ("read a file", "read the memory", "read the environment", "list ", "write beside")
_TERMINAL_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Sandbox:
    """Starts workers; one for each process that grades. A context manager.

    minimum: the level below which no student code is run. Raises SandboxError, in a sentence, when
    this machine does not reach it. at_most: use no more than this level. The level is proven, by
    trying what must fail.
    preload: modules that the warm interpreter imports once. imports: packages that student code may
    import beside the standard library; None for all. readable: trees that workers may read beside
    the libraries.
    private: folders that must be out of reach from the level partial on; the current one unless
    said otherwise.
    fork: False starts every worker as an interpreter of its own, as it is done where there is no
    fork.
    """

    def __init__(
        self,
        minimum: Level = Level.FULL,
        *,
        at_most: Level = Level.FULL,
        preload: Sequence[str] = ("numpy",),
        imports: Sequence[str] | None = None,
        readable: Sequence[Path] = (),
        private: Sequence[Path] | None = None,
        fork: bool | None = None,
    ) -> None:
        forks = can_fork() if fork is None else fork
        at_most = at_most if forks else Level.PLAIN
        self._libraries = places.libraries(["numpy", *preload])
        also = [str(path.resolve()) for path in readable]
        self._imports = None if imports is None else sorted(packages.usable([*imports, *preload]))
        trees, holes = places.readable(self._libraries), list[str]()
        if self._imports is not None:
            holes = packages.forbidden_paths(self._libraries, trees, self._imports)
        trees, self._listed = places.cut_out(trees, holes)
        self._readable = [*trees, *also]
        self._private = _here() if private is None else [str(path.resolve()) for path in private]
        self._required: list[str] = []
        self._preload = list(preload)
        self._workers: set[Worker] = set()
        self._count = 0
        self.level = Level.PLAIN
        self.achieved: Mapping[str, tuple[bool, str]] = {}
        self.refused: Mapping[str, bool] = {}
        if forks:
            # nobody of the same user reads what the grader knows
            prctl("prctl(DUMPABLE)", _PR_SET_DUMPABLE, 0)
        with contextlib.ExitStack() as undo:
            plain = at_most is Level.PLAIN
            self._users, self.same_user = (
                (None, "") if plain else users.claim([*self._libraries, *also])
            )
            undo.callback(self._close_users)
            self._wanted = _layers(at_most, own_user=self._users is not None)
            self.layers: Mapping[str, str] = dict.fromkeys(self._wanted, "")
            self._folder = places.working_folder(for_others=self._users is not None)
            undo.callback(folders.remove, self._folder)
            os.chmod(self._folder, self._mode)
            self._launcher: Launcher = (Zygote if forks else Spawner)(
                self._settings(), self._environ()
            )
            undo.callback(self._launcher.close)
            undo.callback(self._close_workers)
            if not plain:
                self._prove()
            if self.level < minimum:
                raise SandboxError(self._too_low(minimum))
            undo.pop_all()
        # The safety net, also at the end of the interpreter. It must not hold on to this object.
        self._finalizer = weakref.finalize(
            self, _clean_up, os.getpid(), self._launcher, self._folder
        )

    def start(
        self, files: Mapping[str, bytes], *, memory: int, output: int, threads: int = 1
    ) -> Worker:
        """Start a worker that holds these files; none of their code runs before the first request.

        memory: MiB that it may use beyond the warm interpreter. output: KiB of what it prints that
        are kept.
        threads: for numerical libraries. Raises SandboxError, and UnwritableFiles for names that no
        file can have here.
        """
        self._workers = {worker for worker in self._workers if not worker.closed}
        uid = self._users.take(worker.uid for worker in self._workers) if self._users else None
        self._count += 1
        try:
            self._launcher.prepare()
            if not os.path.isdir(self._folder):  # a zygote that somebody ended has taken it along
                os.mkdir(self._folder, self._mode)
            home = places.Home(os.path.join(self._folder, str(self._count)), files, uid)
            settings = Settings(
                files=home.files,
                scratch=home.scratch,
                read=self._readable,
                listed=self._listed,
                devices=[*places.DEVICES],
                memory=memory,
                uid=uid,
                layers=self._wanted,
                required=self._required,
                libraries=self._libraries,
                imports=self._imports,
                environ=self._environ(home.scratch, threads),
                threads=threads,
            )
            worker = Worker(
                self._launcher, home, settings, memory=memory << 20, output=output << 10
            )
        except places.UnwritableName as name:
            shown = wire.printable(str(name)[:_SHOWN]).replace("\n", " ")
            raise UnwritableFiles(
                f"The file '{shown}' has a name that cannot be written here: rename it."
            ) from None
        except OSError as error:
            raise SandboxError(f"no worker can be started: {error}") from None
        self._workers.add(worker)
        return worker

    def close(self) -> None:
        """End all workers and leave nothing behind."""
        self._close_workers()
        self._finalizer()
        self._close_users()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _close_workers(self) -> None:
        for worker in self._workers:
            worker.close()
        self._workers = set()

    def _close_users(self) -> None:
        if self._users is not None:
            self._users.close()
            self._users = None

    # ---- what workers get ------------------------------------------------------------------------

    @property
    def _mode(self) -> int:
        # other users pass through to their own folder, and see no other
        return 0o711 if self._users else 0o700

    def _settings(self) -> dict[str, Any]:
        home = places.home_of_grader()
        return {
            "folder": self._folder,
            "libraries": self._libraries,
            "home": [] if home in self._libraries else [home],
            "preload": self._preload,
        }

    def _environ(self, scratch: str = "", threads: int = 1) -> dict[str, str]:
        """The whole environment, of the warm interpreter or of a worker with this scratch
        folder.
        """
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "USER": "student",
            "MPLBACKEND": "Agg",
            "PYTHONHASHSEED": "0",
            **dict.fromkeys(
                ("HOME", "TMPDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME"), scratch or self._folder
            ),
            **dict.fromkeys(
                ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads)
            ),
            **{
                name: os.environ[name]
                for name in ("LD_LIBRARY_PATH", "SYSTEMROOT")
                if name in os.environ
            },
        }

    # ---- the level -------------------------------------------------------------------------------

    def _prove(self) -> None:
        """Try in a worker what must fail, and take the level from what did."""
        secret = os.path.join(self._folder, "secret")
        Path(secret).touch(0o600)
        probe = Path(__file__).with_name("probe.py").read_bytes()
        worker = self.start({"probe.py": probe}, memory=256, output=4)
        run = Call(
            "call", "probe", name="run", args=(secret, worker.folder, self._private, os.getpid())
        )
        try:
            tried, works = worker.request(
                [run, Call("call", "probe", name="works")], seconds=20, wall=60
            )
        except (StudentFault, ValueError) as error:
            raise SandboxError(
                f"the sandbox does not work on this machine: its probe failed ({error})"
            ) from None
        finally:
            worker.close()
        trouble = [
            f"student code could not {what} ({why})" for what, why in works.value.items() if why
        ]
        if trouble:
            raise SandboxError(f"the sandbox does not work on this machine: {'; '.join(trouble)}")
        self.refused, self.achieved = tried.value, worker.achieved
        self.layers = {name: detail for name, (holds, detail) in worker.achieved.items() if holds}
        self._required = list(self.layers)
        if all(self.refused.values()):
            self.level = Level.FULL
        elif all(refused for what, refused in self.refused.items() if what.startswith(_SECRETS)):
            self.level = Level.PARTIAL

    def remedies(self) -> list[str]:
        """What would raise the level, in sentences."""
        return list(remedies(self.level, self.achieved, self.refused, self.same_user))

    def _too_low(self, minimum: Level) -> str:
        could = ", ".join(what for what, refused in self.refused.items() if not refused)
        return (
            f"this machine reaches the sandbox level {self.level}, and {minimum} is asked for"
            f"{': student code could ' * bool(could)}{could}. {''.join(self.remedies()[:1])} "
            f"`grade doctor` says more; --sandbox={self.level} grades at this level all the same."
        )


def _layers(at_most: Level, *, own_user: bool) -> list[str]:
    """The layers to apply. PARTIAL is what is left of FULL where the kernel lacks one of its two
    pillars.
    """
    if at_most is Level.PLAIN:
        return ["session", "limits"] if os.name == "posix" else []
    wanted = [layer for layer in LAYERS if layer != "user" or own_user]
    if at_most is Level.PARTIAL:
        wanted.remove("landlock" if own_user else "seccomp")
    return wanted


def _here() -> list[str]:
    try:
        return [os.getcwd()]
    except FileNotFoundError:  # somebody has removed it
        return []


def _clean_up(owner: int, launcher: Launcher, folder: str) -> None:
    if os.getpid() == owner:  # and not in a process that was forked from the grader
        launcher.close()
        folders.remove(folder)


class Worker:
    """A process that holds one submission. Made by `Sandbox.start`; a Transport.

    Between two requests it is stopped, so that its threads neither compute nor write while nobody
    looks.
    achieved: layer -> (whether it holds, a word about it), as the worker said before it read any
    student code.
    """

    def __init__(
        self, launcher: Launcher, home: places.Home, settings: Settings, *, memory: int, output: int
    ) -> None:
        self.alive = False
        self.uid, self.folder = home.uid, home.path
        self._home, self._memory, self._output = home, memory, output
        self._depth = 0  # of requests: functions of a check's may ask in their turn
        # CPU seconds when it last answered; seconds spent on requests
        self._used = self._wall = 0.0
        self._unseen = 0.0  # seconds of short requests since the last look
        self._delayed = 0.0  # seconds that it had waited for a processor when it ended
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

    def _set_up(self, settings: Settings) -> Mapping[str, tuple[bool, str]]:
        try:
            wire.send(self._sock, wire.encode(Setup(asdict(settings))))
            ready = wire.decode(
                *wire.recv(self._sock, wire.until(time.monotonic() + _READY_SECONDS))
            )
        except (wire.Closed, wire.ProtocolError, wire.TooLate) as error:
            raise SandboxError(f"a worker did not start: {error}") from None
        if not isinstance(ready, Ready):
            raise SandboxError("a worker did not say how far it is confined")
        failed = [name for name in settings.required if not ready.layers.get(name, (False, ""))[0]]
        if failed:
            raise SandboxError(
                f"a worker could not be confined as the others were: {', '.join(failed)} failed"
            )
        return ready.layers

    # ---- requests --------------------------------------------------------------------------------

    def request(self, calls: Sequence[Call], *, seconds: float, wall: float) -> list[Answer]:
        """Answers up to the first call that raised; see `Transport.request`.

        Functions among the arguments are called here, with what the student's code gives them, and
        may ask this worker in their turn. A fault ends the worker, and so does any exception that
        leaves a request half-way.
        Raises TypeError and wire.TooLarge for arguments that cannot be sent, SandboxError when the
        fault is ours. Calls that only tidy up are no concern of a check's: they have their own
        time, and WorkerKilled is raised for whatever an earlier call has left behind to go wrong
        there.
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
            raise ValueError("a function that student code calls cannot hand it another function")
        if not self.alive:
            raise WorkerCrashed("The process with your code has ended before.")
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
                f"Your code disturbed the connection with the grader: {error}."
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
        """Send a request; answer what it asks; give what it answers."""
        if self._has_spoken():
            raise wire.ProtocolError("it spoke without being asked")
        wire.send(self._sock, packet, watch)
        for _ in range(_MESSAGES):
            message = wire.decode(*wire.recv(self._sock, watch))
            match message:
                case Reply(asked.id, answers) if _fits(answers, asked.calls):
                    return list(answers)
                case Ask() if functions:
                    wire.send(self._sock, self._evaluate(message, functions), watch)
                case _:
                    raise wire.ProtocolError("a message that nobody asked for")
        raise CallTimeout(
            f"Your code called the function that it was given more than {_MESSAGES - 1:,} times."
        )

    def _look_after(self, seconds: float) -> None:
        """Look at what many short requests have left, none of which has lasted up to a look."""
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
        """Whether there is anything to read although nothing was asked."""
        self._sock.setblocking(False)
        try:
            return bool(self._sock.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False
        except OSError as error:
            raise wire.Closed(str(error)) from None

    @contextlib.contextmanager
    def _awake(self) -> Iterator[None]:
        """Let the process run; after the outermost request it is stopped again, and what it used is
        noted.
        """
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

    # ---- what is seen from outside ---------------------------------------------------------------

    def cpu_seconds(self) -> float:
        """CPU seconds of all its threads so far; where they cannot be seen, the seconds spent on
        requests.
        """
        seconds = cpu_seconds(self._process.pid) if self.alive else self._used
        return self._wall if seconds is None else seconds

    def delayed_seconds(self) -> float:
        """Seconds that it waited for a processor."""
        return delayed_seconds(self._process.pid) if self.alive else self._delayed

    def removed_bytes(self) -> int | None:
        """Bytes of scratch files that it has removed and keeps open; None where that cannot be
        seen.
        """
        return removed_bytes(self._process.pid, self.uid, self._home.scratch, FILE_SIZE)

    def look(self) -> None:
        """Raise OutOfMemory when it has taken more than it may, WorkerCrashed when nobody is there
        to answer.
        """
        now = usage(self._process.pid)
        if now.headless and not self._process.ends_within(_LAST_SECONDS):
            raise WorkerCrashed(
                "Your code ended the thread that answers the grader, and went on in others."
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
            # an endless print must not fill the disk
            os.ftruncate(self._home.output, self._output + 1)

    def output(self) -> str:
        """What was printed since this was last asked; what is beyond the limit is replaced by a
        note.
        """
        if self._home.output < 0:
            return ""
        os.lseek(self._home.output, 0, os.SEEK_SET)
        data = os.read(self._home.output, self._output + 1)
        os.ftruncate(self._home.output, 0)
        text = data[: self._output].decode("utf-8", "replace")
        for folder in (
            self._home.files,
            self._home.scratch,
        ):  # another one in every run, and nobody's concern
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
        """Say how the process ended that closed the connection."""
        ended = self._process.ends_within(_END_SECONDS)
        status = self.end()
        if status is None:
            raise SandboxError("the sandbox's own process has died, and the student's code with it")
        if not ended:
            raise WorkerCrashed("Your code closed its connection with the grader.")
        if status == -_BAD_CALL:
            raise ProtocolViolation(
                "Your code made a system call that a submission must not make (SIGSYS)."
            )
        raise (WorkerKilled if status == -_KILL else WorkerCrashed)(_epitaph(status))

    def end(self) -> int | None:
        """Kill the process; its exit status, or None when it is not known. What it printed can
        still be read.
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
        """Whether nothing of it is left."""
        return self._home.output < 0

    def close(self) -> None:
        """End the process and remove its folder."""
        self.end()
        self._home.close()


class _Watch:
    """The patience for one request: looks at the worker now and then, and raises when it has used
    up what it may.

    start: CPU seconds that the worker had used before. Time in which the worker could have run and
    others had the processor is not counted as waiting, up to a bound: a busy machine fails nobody,
    and no wait is endless.
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
                raise CallTimeout("Your code was stopped because it computed for too long.")
            if now >= self._deadline:
                delayed = self._worker.delayed_seconds()
                self._deadline = min(self._deadline + delayed - self._delayed, self._latest)
                self._delayed = delayed
            if now >= self._deadline:
                raise CallTimeout(
                    f"Your code gave no answer within {self._wall:.3g} seconds; it waits for "
                    "something."
                )
            self._worker.look()
            looked = time.monotonic()
            # a full scratch folder takes long to look at
            self._next = looked + max(_TICK, 2 * (looked - now))
            now = looked
        return max(min(self._next, self._deadline) - now, 0.001)


def _fits(answers: Sequence[Answer], calls: Sequence[Call]) -> bool:
    """One answer per call up to the first that raised, which is the last; and of an operator, an
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
            f"Your code ended its own process (exit status {status}): take calls such as "
            "exit() out."
        )
    meaning = {
        "SIGSEGV": "a crash in compiled code, often an endless recursion",
        "SIGKILL": "it was killed, by itself or because the machine ran out of memory",
        "SIGABRT": "compiled code gave up",
        "SIGFPE": "an integer was divided by zero in compiled code",
    }
    with contextlib.suppress(ValueError):
        name = signal.Signals(-status).name
        return f"The process with your code ended with {name}: {meaning.get(name, 'a signal')}."
    return f"The process with your code ended with signal {-status}."
