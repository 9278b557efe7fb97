"""The inside of the process that reads what was handed in: takes a path, gives what is there as
plain data.

The files are read with the rights of the grader. Before any of them is looked into, the process
gives these rights up: archives, notebooks and sources are taken apart where no other file, no
network and no other process can be reached.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

import msgspec
import nbformat  # noqa: F401 - once here, and not in every process that is forked

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
    """What to read; the path comes beside it, as bytes. The other fields are those of
    `ConfinedReader`.

    once: there is one request to this process, so it may give up its rights for good. readable:
    trees of libraries.
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
        os._exit(0)  # the grader closed the connection, or will see that it is closed


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
            f"{name} takes more than {asked.memory} MiB of memory to read: hand in the code "
            "only, without data"
        )
    return packed(refused(problem), name)


def _limit_processor(seconds: int) -> None:
    """Allow this process so many more seconds of processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard < 0 else min(limit, hard), hard))
