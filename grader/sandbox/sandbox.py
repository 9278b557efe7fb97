"""Start workers, and prove how well this machine can confine them.

with Sandbox(minimum=Level.FULL) as sandbox:
    worker = sandbox.start({"layers.py": source}, memory=1024, output=64)
    call = Call("call", "layers", name="relu", args=(x,))
    (answer,) = worker.request([call], seconds=2, wall=10)
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import SandboxError
from grader.model import Level
from grader.sandbox import levels, packages, places, users, wire
from grader.sandbox.inside import folders
from grader.sandbox.inside.confinement import LAYERS
from grader.sandbox.inside.syscalls import prctl
from grader.sandbox.inside.worker import Settings
from grader.sandbox.launch import Launcher, Spawner, Zygote, can_fork
from grader.sandbox.levels import Tried
from grader.sandbox.remedies import remedies
from grader.sandbox.transport import StudentFault, UnwritableFiles
from grader.sandbox.wire import Call, Layer
from grader.sandbox.worker import Worker

__all__ = ["Sandbox"]

_PR_SET_DUMPABLE = 4
_SHOWN = 60  # characters of a file name in a message


class Sandbox:
    """Starts workers. A context manager; each grading process has one.

    The level of the sandbox is proven by trying what must fail.

    Args:
        minimum: The minimum sandbox level.
        at_most: The maximum sandbox level.
        preload: Modules that the warm interpreter imports once.
        imports: Packages that student code may import in addition to the standard library. None
            allows all packages.
        readable: Trees that workers may read in addition to the libraries.
        private: Folders that must be out of reach at the levels partial and full. Default: the
            current folder.
        fork: False starts every worker as a separate interpreter, as on systems without fork.

    Raises:
        SandboxError: This machine does not support the minimum level.

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
        self._reach = _reach(preload, imports, readable)
        self._private = _here() if private is None else [str(path.resolve()) for path in private]
        self._required: list[str] = []
        self._preload = list(preload)
        self._workers: set[Worker] = set()
        self._count = 0
        self.level = Level.PLAIN
        self.achieved: Mapping[str, Layer] = {}
        self.tried: Sequence[Tried] = ()
        if forks:
            # Other processes of the same user must not read the grader's memory.
            prctl("prctl(DUMPABLE)", _PR_SET_DUMPABLE, 0)
        with contextlib.ExitStack() as undo:
            plain = at_most is Level.PLAIN
            seen = [*self._reach.libraries, *self._reach.also]
            self._users, self.same_user = (None, "") if plain else users.claim(seen)
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
        # A safety net, also for the exit of the interpreter. It must not keep this object alive.
        self._finalizer = weakref.finalize(
            self, _clean_up, os.getpid(), self._launcher, self._folder
        )

    def start(
        self, files: Mapping[str, bytes], *, memory: int, output: int, threads: int = 1
    ) -> Worker:
        """Start a worker with these files. None of their code runs before the first request.

        Args:
            files: File name -> content of the submission.
            memory: MiB that it may use in addition to the warm interpreter.
            output: KiB of printed output to keep.
            threads: The number of threads for numerical libraries.

        Raises:
            SandboxError: The worker cannot be started.
            UnwritableFiles: A file has a name that is not possible on this machine.

        """
        self._workers = {worker for worker in self._workers if not worker.closed}
        uid = self._users.take(worker.uid for worker in self._workers) if self._users else None
        self._count += 1
        try:
            self._launcher.prepare()
            if not os.path.isdir(self._folder):  # a zygote that was killed has removed it
                os.mkdir(self._folder, self._mode)
            home = places.Home(os.path.join(self._folder, str(self._count)), files, uid)
            settings = Settings(
                files=home.files,
                scratch=home.scratch,
                read=self._reach.trees,
                listed=self._reach.listed,
                devices=[*places.DEVICES],
                memory=memory,
                uid=uid,
                layers=self._wanted,
                required=self._required,
                libraries=self._reach.libraries,
                imports=self._reach.imports,
                environ=self._environ(home.scratch, threads),
                threads=threads,
            )
            worker = Worker(
                self._launcher, home, settings, memory=memory << 20, output=output << 10
            )
        except places.UnwritableName as name:
            shown = wire.printable(str(name)[:_SHOWN]).replace("\n", " ")
            raise UnwritableFiles(
                f"The file name '{shown}' is not possible on this machine: rename the file."
            ) from None
        except OSError as error:
            raise SandboxError(f"no worker can be started: {error}") from None
        self._workers.add(worker)
        return worker

    def close(self) -> None:
        """End all workers and remove all files."""
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

    # ---- settings of workers ---------------------------------------------------------------------

    @property
    def _mode(self) -> int:
        # Other users can reach their own folder through this one, but cannot list it.
        return 0o711 if self._users else 0o700

    def _settings(self) -> dict[str, Any]:
        home = places.home_of_grader()
        return {
            "folder": self._folder,
            "libraries": self._reach.libraries,
            "home": [] if home in self._reach.libraries else [home],
            "preload": self._preload,
        }

    def _environ(self, scratch: str = "", threads: int = 1) -> dict[str, str]:
        """Return the whole environment of the warm interpreter, or of a worker (with scratch)."""
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
        """Try in a worker what must fail, and set the level from the results."""
        secret = os.path.join(self._folder, "secret")
        Path(secret).touch(0o600)
        probe = Path(__file__).with_name("probe.py").read_bytes()
        worker = self.start({"probe.py": probe}, memory=256, output=4)
        given = (secret, worker.folder, self._private, os.getpid())
        run = Call("call", "probe", name="run", args=given)
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
        self.tried, self.achieved = levels.tried(tried.value, self._private), worker.achieved
        self.level = levels.level_of(self.tried)
        self.layers = {name: layer.detail for name, layer in worker.achieved.items() if layer.holds}
        self._required = list(self.layers)

    def remedies(self) -> list[str]:
        """Return advice on how to raise the level, in sentences."""
        return list(remedies(self.level, self.achieved, self.tried, self.same_user))

    def _too_low(self, minimum: Level) -> str:
        could = ", ".join(one.what for one in self.tried if not one.refused)
        why = f": student code could {could}" if could else ""
        advice = "".join(self.remedies()[:1])
        return (
            f"this machine supports the sandbox level {self.level}, but {minimum} is "
            f"required{why}. {advice} Run `grade doctor` for details, or use "
            f"--sandbox={self.level} to grade anyway."
        )


@dataclass(frozen=True)
class _Reach:
    """What workers may read.

    libraries: The trees with the installed packages. also: Other trees that the caller has named.
    trees: All that may be read. listed: Trees of which only the names of files can be seen.
    imports: The packages that student code may import; None for all.
    """

    libraries: list[str]
    also: list[str]
    trees: list[str]
    listed: list[str]
    imports: list[str] | None


def _reach(
    preload: Sequence[str], imports: Sequence[str] | None, readable: Sequence[Path]
) -> _Reach:
    libraries = places.libraries(["numpy", *preload])
    also = [str(path.resolve()) for path in readable]
    usable = None if imports is None else sorted(packages.usable([*imports, *preload]))
    trees = places.readable(libraries)
    holes = [] if usable is None else packages.forbidden_paths(libraries, trees, usable)
    trees, listed = places.cut_out(trees, holes)
    return _Reach(libraries, also, [*trees, *also], listed, usable)


def _layers(at_most: Level, *, own_user: bool) -> list[str]:
    """Return the layers to apply.

    PARTIAL is what remains of FULL on a kernel that lacks one of its two main layers.
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
    except FileNotFoundError:  # it was removed
        return []


def _clean_up(owner: int, launcher: Launcher, folder: str) -> None:
    if os.getpid() == owner:  # not in a process that was forked from the grader
        launcher.close()
        folders.remove(folder)
