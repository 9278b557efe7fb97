"""Record what student code tries that a submission must not do, so that the feedback can name it.

This is a Python audit hook inside the worker. It protects nothing: code that uses C interfaces
bypasses it, and its records can be forged. Landlock, seccomp and the other layers refuse; this
module reports what was refused. It therefore gives honest students the benefit of the doubt: it
does not record what libraries do on their own, nor paths that do not exist, which may be left over
from another machine.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from types import FrameType
from typing import Any

from grader.sandbox.wire import MAX_ATTEMPTS, MAX_TEXT

__all__ = ["Witness"]

# Where libraries read files on their own, and the paths there that no library needs.
_QUIET = ("/etc", "/usr", "/lib", "/lib64", "/sys", "/dev", "/proc")
_SECRETS = ("/dev/shm", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/ssh")  # noqa: S108 - a name to look for
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_AF_UNIX = 1

# audit event -> its description, and which of its arguments are paths
_READS = {"os.listdir": "list", "os.scandir": "list", "os.chdir": "enter"}
_CHANGES: dict[str, tuple[str, Sequence[int]]] = {
    "os.remove": ("remove", [0]),
    "os.rename": ("rename", [0, 1]),
    "os.rmdir": ("remove", [0]),
    "os.mkdir": ("make the folder", [0]),
    "os.link": ("link", [0, 1]),
    "os.symlink": ("make the link", [1]),
    "os.truncate": ("truncate", [0]),
    "os.chmod": ("change the mode of", [0]),
    "os.chown": ("change the owner of", [0]),
}
_PROCESSES = (
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "os.system",
    "subprocess.Popen",
    "pty.spawn",
)
# The modules between a program and a process that it starts. Their caller is responsible:
# matplotlib runs fc-list to find fonts, platform.platform() runs uname.
_GO_BETWEENS = {"asyncio", "concurrent", "multiprocessing", "os", "pty", "subprocess"}
_CONNECTIONS = (
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "socket.getaddrinfo",
    "socket.gethostbyname",
)


class Witness:
    """Records attempts after `install` was called.

    Args:
        files: The folder of the submission.
        scratch: The folder that may also be written.
        libraries: Trees that may be read.
        importing: Returns whether a module of the student is being imported.

    """

    def __init__(
        self, files: str, scratch: str, libraries: Iterable[str], importing: Callable[[], bool]
    ) -> None:
        worker = os.path.dirname(
            __file__
        )  # tracebacks try to read the source lines of this program
        self._libraries = _trees(*libraries, worker)
        self._files, self._scratch = _trees(files), _trees(scratch)
        self._importing = importing
        self._attempts: dict[str, None] = {}
        self._during_import = False
        self._events: dict[str, Callable[..., None]] = {
            "open": self._open,
            "os.kill": self._kill,
            "os.killpg": lambda *_: self.note("signal other processes"),
            "socket.__new__": self._socket,
        }
        self._events |= {event: self._reads(words) for event, words in _READS.items()}
        self._events |= {
            event: self._changes(words, which) for event, (words, which) in _CHANGES.items()
        }
        self._events |= dict.fromkeys(_PROCESSES, self._process)
        self._events |= {event: lambda *_: self.note("use the network") for event in _CONNECTIONS}

    def install(self) -> None:
        """Start recording. An audit hook cannot be removed."""
        sys.addaudithook(self._hook)

    def take(self) -> tuple[tuple[str, ...], bool]:
        """Return the attempts since the last call, and whether they happened during an import."""
        taken, during_import = tuple(self._attempts), self._during_import
        self._attempts, self._during_import = {}, False
        return taken, during_import

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        handler = self._events.get(event)
        if handler is None:
            return
        # For unusual arguments: an exception would stop the student's own call.
        with contextlib.suppress(Exception):
            handler(*args)

    def note(self, words: str) -> None:
        """Record an attempt, with a description that follows "it tried to"."""
        if len(self._attempts) < MAX_ATTEMPTS:
            self._attempts[words[:MAX_TEXT]] = None
            self._during_import |= self._importing()

    # ---- the events ------------------------------------------------------------------------------

    def _open(self, path: Any, mode: Any, flags: Any) -> None:
        writes = (
            bool(flags & _WRITING)
            if isinstance(flags, int)
            else any(c in str(mode) for c in "wax+")
        )
        if writes:
            self._writes_to("write", path)
        else:
            self._reads_from("open", path)

    def _reads(self, words: str) -> Callable[..., None]:
        return lambda path=None, *_: self._reads_from(words, "." if path is None else path)

    def _changes(self, words: str, which: Sequence[int]) -> Callable[..., None]:
        def event(*args: Any) -> None:
            for index in which:
                self._writes_to(words, args[index], itself=True)

        return event

    def _kill(self, pid: int, _: Any) -> None:
        if pid != os.getpid():
            self.note("signal another process")

    def _process(self, *_: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_back is not None and (
            frame.f_globals is globals() or _package(frame) in _GO_BETWEENS
        ):
            frame = frame.f_back
        file = frame.f_code.co_filename
        if not os.path.isabs(file) or _tree(file).startswith(self._files):
            self.note("start a process")

    def _socket(self, _: Any, family: int, *__: Any) -> None:
        # Libraries use pairs of connected sockets as pipes.
        if family not in (_AF_UNIX, -1):
            self.note("open a network connection")

    # ---- paths -----------------------------------------------------------------------------------

    def _reads_from(self, words: str, path: Any) -> None:
        if isinstance(path, int):
            return
        shown = os.fsdecode(path)
        real = os.path.realpath(shown)  # a link in the scratch folder may lead anywhere
        if not self._is_common(real) and _is_there(real):
            self.note(f"{words} {shown!r}")

    def _writes_to(self, words: str, path: Any, *, itself: bool = False) -> None:
        """Record a write outside the scratch folder; `itself` means the link, not its target."""
        if isinstance(path, int):
            return
        shown = os.fsdecode(path)
        head, tail = os.path.split(os.path.abspath(shown))
        real = os.path.join(os.path.realpath(head), tail) if itself else os.path.realpath(shown)
        if (
            not _tree(real).startswith(self._scratch)
            and not _is_device(real)
            and _is_there(os.path.dirname(real))
        ):
            self.note(f"{words} {shown!r}")

    def _is_common(self, path: str) -> bool:
        """Return whether any code may read this path."""
        tree = _tree(path)
        if tree.startswith((*self._libraries, *self._files, *self._scratch)):
            return True
        if tree.startswith("/proc/") and tree != "/proc/":
            first = tree.split(os.sep)[2]
            return not first.isdecimal() or int(first) == os.getpid()
        return not path.startswith(_SECRETS) and tree.startswith(_trees(*_QUIET))


def _tree(path: str) -> str:
    return path.rstrip(os.sep) + os.sep


def _trees(*paths: str) -> tuple[str, ...]:
    return tuple(_tree(os.path.realpath(path)) for path in paths)


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_there(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # unknown, so assume that it exists
        return True
    return True


def _is_device(path: str) -> bool:
    try:
        return stat.S_ISCHR(os.stat(path).st_mode)
    except OSError:
        return False
