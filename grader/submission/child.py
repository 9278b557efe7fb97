"""The code of the process that reads submissions: it receives a path and sends plain data.

The files are read with the rights of the grader. Before any of them is parsed, the process gives up
these rights: archives, notebooks and sources are parsed where no other file, no network and no
other process can be reached.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

import msgspec
import nbformat  # noqa: F401 - once here, not in every forked process

from grader.errors import SubmissionError
from grader.sandbox import wire
from grader.sandbox.inside.confinement import LAYERS, Policy, confine
from grader.sandbox.inside.privileges import limit_resources
from grader.submission.contents import packed, refused
from grader.submission.parsing import printable
from grader.submission.reading import read_here

if sys.platform != "win32":
    import resource

__all__ = ["Asked", "main"]


class Asked(msgspec.Struct):
    """A request to read a submission; the path is sent separately, as bytes.

    Args:
        expected: The names of the assignment's files.
        follow: Whether the path itself may be a link.
        seconds: As in `ConfinedReader`.
        memory: As in `ConfinedReader`.
        once: There is only this request, so the process may give up its rights permanently.
        readable: The folders of libraries.

    """

    expected: list[str]
    follow: bool
    seconds: int
    memory: int
    once: bool
    readable: list[str]


def main(sock: socket.socket, output: int | None, parent: int) -> NoReturn:  # noqa: ARG001 - as every entry of the sandbox
    """Answer requests until the grader closes the connection."""
    os.closerange(3, sock.fileno())
    os.closerange(sock.fileno() + 1, 1024)
    try:
        while True:
            header, (path,) = wire.recv(sock)
            wire.send(
                sock,
                _answer(msgspec.json.decode(header, type=Asked), Path(os.fsdecode(bytes(path)))),
            )
    finally:
        os._exit(0)  # the grader closed the connection, or will notice that it is closed


def _answer(asked: Asked, path: Path) -> wire.Packet:
    name = printable(path.name)

    def seal() -> None:
        if asked.once:
            layers = [layer for layer in LAYERS if layer != "user"]
            confine(Policy(asked.readable, (), (), (), asked.memory, None, layers))

    if sys.platform != "win32":
        _limit_processor(asked.seconds)
        if not asked.once:
            limit_resources(asked.memory, threads=False)
    try:
        return packed(read_here(path, asked.expected, asked.follow, seal), name)
    except SubmissionError as error:
        problem = str(error)
    except MemoryError:
        problem = (
            f"{name} needs more than {asked.memory} MiB of memory to read: hand in the code only, "
            "without data"
        )
    return packed(refused(problem), name)


def _limit_processor(seconds: int) -> None:
    """Limit this process to another `seconds` of processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard < 0 else min(limit, hard), hard))
