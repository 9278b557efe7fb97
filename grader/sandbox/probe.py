"""Run in a confined worker like a submission, try what must fail, and report what was refused.

Refused means that the kernel denied it. An attempt that fails for another reason does not count,
because it might succeed at another time.
"""

import errno
import os
import socket
import threading
from collections.abc import Callable
from functools import partial


def run(secret: str, folder: str, private: list[str], grader: int) -> dict[str, object]:
    """Try everything once.

    Args:
        secret: A file of the grader.
        folder: The folder that contains the folders of the workers.
        private: Folders of the instructor.
        grader: The pid of the grader.

    Returns:
        Id of an attempt (levels.ATTEMPTS) -> whether it was refused; for the private folders, a
        list with one answer per folder.

    """
    attempts: dict[str, Callable[[], object]] = {
        "grader-file": lambda: _read(secret),
        "grader-memory": lambda: _read(f"/proc/{grader}/mem"),
        "grader-environment": lambda: _read(f"/proc/{grader}/environ"),
        "write-beside-scratch": lambda: _write(os.path.join(folder, "written")),
        "write-tmp": lambda: _write(f"/tmp/gradmark-probe-{os.getpid()}"),  # noqa: S108 - the attempt itself
        "signal-grader": lambda: os.kill(grader, 0),
        "tcp": lambda: _connect(socket.AF_INET, socket.SOCK_STREAM),
        "udp": lambda: _connect(socket.AF_INET, socket.SOCK_DGRAM),
        "unix-socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "unix-path": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
        "fork": _fork,
        "exec": lambda: os.execv("/nonexistent", ["nonexistent"]),  # noqa: S606 - the attempt itself
    }
    found: dict[str, object] = {name: _refused(attempt) for name, attempt in attempts.items()}
    found["list-private"] = [_refused(partial(os.listdir, path)) for path in private]
    return found


def works() -> dict[str, str]:
    """Try what honest code needs; return for each attempt what went wrong, or ""."""
    attempts: dict[str, Callable[[], object]] = {
        "write to the scratch folder": lambda: _write("written"),
        "import a module": lambda: __import__("colorsys"),
        "start a thread": lambda: threading.Thread(target=lambda: None).start(),
    }
    return {name: _trouble(attempt) for name, attempt in attempts.items()}


def _refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError as error:
        return error.errno in (errno.EPERM, errno.EACCES)
    return False


def _trouble(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except Exception as error:  # noqa: BLE001 - any error means that honest code would fail
        return f"{type(error).__name__}: {error}"
    return ""


def _read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(1)


def _write(path: str) -> None:
    with open(path, "wb") as file:
        file.write(b"x")
    os.unlink(path)


def _connect(family: int, kind: int) -> None:
    with socket.socket(family, kind) as sock:
        sock.settimeout(0.5)
        sock.connect(("127.0.0.1", 9))


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
