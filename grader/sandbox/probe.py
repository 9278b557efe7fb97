"""Runs in a confined worker as a submission would, tries what must fail, and says what was refused.

Refused means that the kernel said so: an attempt that fails for another reason would have worked on
another day.
"""

import errno
import os
import socket
import threading
from collections.abc import Callable


def run(secret: str, folder: str, private: list[str], grader: int) -> dict[str, bool]:
    """Try everything once; for each attempt, whether it was refused.

    secret: a file of the grader's. folder: where every worker has its own. private: folders of the
    instructor's. grader: the pid of the grader.
    """
    attempts: dict[str, Callable[[], object]] = {
        "read a file of the grader": lambda: _read(secret),
        "read the memory of the grader": lambda: _read(f"/proc/{grader}/mem"),
        "read the environment of the grader": lambda: _read(f"/proc/{grader}/environ"),
        "write beside the scratch folder": lambda: _write(os.path.join(folder, "written")),
        "write to /tmp": lambda: _write(f"/tmp/gradmark-probe-{os.getpid()}"),  # noqa: S108 - it is what is tried
        "signal the grader": lambda: os.kill(grader, 0),
        "open a TCP connection": lambda: _connect(socket.AF_INET, socket.SOCK_STREAM),
        "open a UDP socket": lambda: _connect(socket.AF_INET, socket.SOCK_DGRAM),
        "open a unix socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "send to a unix socket by path": lambda: socket.socketpair(
            socket.AF_UNIX, socket.SOCK_DGRAM
        ),
        "start a process": _fork,
        "run a program": lambda: os.execv("/nonexistent", ["nonexistent"]),  # noqa: S606 - it is what is tried
    }
    for path in private:
        attempts[f"list {path}"] = lambda path=path: os.listdir(path)  # type: ignore[misc]  # mypy infers no type for it
    return {name: _refused(attempt) for name, attempt in attempts.items()}


def works() -> dict[str, str]:
    """Try what honest code needs; for each attempt, what went wrong ("" for nothing)."""
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
    except Exception as error:  # noqa: BLE001 - whatever it is, it is in the way
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
