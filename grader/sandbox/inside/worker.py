"""The process that runs student code: drops what it inherited, confines itself, and serves calls.

Everything here is trusted up to the message "ready". After that, student code shares the memory, so
nothing that this process reports can be trusted. It also contains nothing worth stealing.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import io
import os
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn

from grader.sandbox import wire
from grader.sandbox.inside.confinement import Policy, confine
from grader.sandbox.inside.entry import entry
from grader.sandbox.inside.evaluator import Dispatcher
from grader.sandbox.inside.imports import Modules
from grader.sandbox.inside.witness import Witness
from grader.sandbox.wire import Packet, Ready, Request, Setup, Told

__all__ = ["Dispatcher", "Settings", "main"]

_SOCKET = 3  # the only descriptor apart from the standard ones


@dataclass(frozen=True)
class Settings:
    """The settings that the grader sends to a worker first.

    Args:
        files: The folder of the submission.
        scratch: The folder that may be written.
        read: See `Policy`.
        listed: See `Policy`.
        devices: See `Policy`.
        memory: See `Policy`.
        uid: See `Policy`.
        layers: See `Policy`.
        required: Layers without which it must not continue.
        libraries: The module search path.
        imports: The packages that student code may import in addition to the standard library. None
            allows all packages.
        environ: The whole environment.
        threads: The number of threads for numerical libraries.

    """

    files: str
    scratch: str
    read: list[str]
    listed: list[str]
    devices: list[str]
    memory: int
    uid: int | None
    layers: list[str]
    required: list[str]
    libraries: list[str]
    imports: list[str] | None
    environ: dict[str, str]
    threads: int


def main(sock: socket.socket, output: int | None, parent: int) -> NoReturn:
    """Serve one grader until it closes the connection.

    Args:
        sock: The connection.
        output: A descriptor for printed output, or None if it is already in place.
        parent: The pid of the process that must be alive.

    """
    setup = wire.decode(*wire.recv(sock))
    assert isinstance(setup, Setup), "the settings come first"
    settings = Settings(**setup.settings)
    if output is not None:
        sock = _leave_only(sock, output)
    _reset_interpreter(settings)
    achieved = confine(
        Policy(
            read=[*settings.read, settings.files],
            listed=settings.listed,
            write=[settings.scratch],
            devices=settings.devices,
            memory=settings.memory,
            uid=settings.uid,
            layers=settings.layers,
        )
    )
    wire.send(sock, wire.encode(Ready(achieved)))
    if os.name == "posix" and os.getppid() != parent:
        os._exit(1)  # the parent died before the death signal was set
    if not all(achieved.get(layer, (False, ""))[0] for layer in settings.required):
        os._exit(1)  # the message contains the reason
    _set_threads(settings.threads)
    serve(sock, settings)


def serve(sock: socket.socket, settings: Settings) -> NoReturn:
    """Answer requests until the grader closes the connection."""
    modules = Modules(settings.files, settings.imports)
    libraries = [*settings.read, *settings.libraries, sys.prefix, sys.base_prefix]
    witness = Witness(settings.files, settings.scratch, libraries, lambda: modules.importing > 0)
    modules.refused = lambda package: witness.note(
        f"import {package}, which this assignment does not allow"
    )
    dispatcher = Dispatcher(modules.load, root=settings.files, witness=witness)

    def answer(request: Request) -> None:
        packet = dispatcher.answer(request)
        _flush()
        wire.send(sock, packet)

    def ask(packet: Packet) -> Told:
        wire.send(sock, packet)
        while True:
            match _receive(sock):
                case Told() as told:
                    return told
                case Request() as request:  # the author's function calls the worker
                    answer(request)

    dispatcher.ask = ask
    witness.install()
    try:
        while True:
            request = _receive(sock)
            assert isinstance(request, Request), "between requests there are only requests"
            answer(request)
    except wire.Closed:
        os._exit(0)  # without waiting for atexit functions and threads of the student
    except BaseException:  # noqa: BLE001 - student code may have broken anything around here
        os._exit(1)


def _receive(sock: socket.socket) -> wire.Message:
    return wire.decode(*wire.recv(sock))


def _leave_only(sock: socket.socket, output: int) -> socket.socket:
    """Keep the connection, an empty input and the output; close all other inherited descriptors."""
    import fcntl  # not on Windows, where nothing is forked

    nothing = os.open(os.devnull, os.O_RDONLY)
    # Move them away from the numbers that they will get.
    nothing, output, connection = (
        fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (nothing, output, sock.detach())
    )
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(connection, _SOCKET, inheritable=False)
    os.closerange(_SOCKET + 1, 1 + max(map(int, os.listdir("/proc/self/fd"))))
    return socket.socket(fileno=_SOCKET)


def _reset_interpreter(settings: Settings) -> None:
    """Replace the state that was inherited from the parent, and what a batch job cannot use."""
    os.environ.clear()
    os.environ.update(settings.environ)
    os.chdir(settings.scratch)
    tempfile.tempdir = settings.scratch
    sys.argv[:] = ["student"]
    sys.path[:] = settings.libraries
    sys.dont_write_bytecode = True
    # Import hooks of editable installs know the locations of checkouts. The grader's own modules
    # keep working without an entry in sys.modules.
    sys.meta_path[:] = [
        f for f in sys.meta_path if not str(getattr(f, "__module__", "")).startswith("__editable__")
    ]
    for name in [name for name in sys.modules if name.partition(".")[0] == "grader"]:
        del sys.modules[name]
    for stream in (sys.stdout, sys.stderr):
        # Printing must never fail because of the encoding.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.modules["__main__"] = ModuleType("__main__")  # the old one contains the grader's settings
    builtins.input = _no_input


def _no_input(prompt: object = "") -> NoReturn:
    raise RuntimeError(
        f"input({str(prompt)!r}): there is no keyboard input here; take the value as an argument"
    )


def _set_threads(threads: int) -> None:
    torch: ModuleType | Any = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)  # starts threads, so it must come after the confinement


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # student code may have replaced them with anything
            stream.flush()


def connect(settings: Mapping[str, Any]) -> NoReturn:
    """Run a worker without a zygote.

    The token proves to the grader that this process connects, and not another one on the machine.

    Args:
        settings: port, token, parent (the grader's pid), preload, and entry.

    """
    for name in settings["preload"]:
        importlib.import_module(name)
    sock = socket.create_connection(("127.0.0.1", settings["port"]))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(bytes.fromhex(settings["token"]))
    entry(settings)(sock, None, settings["parent"])
