"""A warm interpreter: imports numpy and friends once, then forks a worker whenever the grader asks
for one.

It is trusted and never sees a byte of student code. It has one thread, an environment made for it,
and one connection:

    the grader sends                                                  it answers
    "fork" with two descriptors (the worker's connection, its output)  the worker's pid
    a pid                                                              its exit status

A worker stays a zombie until the grader asks for it, so its pid means nobody else in between. When
the grader is gone, however it went, the zygote takes the workers and the folder with it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from grader.sandbox.inside import folders
from grader.sandbox.inside.entry import entry
from grader.sandbox.inside.syscalls import prctl, signal_at_parents_end

__all__ = ["FORK", "NUMBER", "READY", "UNKNOWN", "main"]

READY, FORK = b"ready", b"fork"
UNKNOWN = 1 << 32  # stands for an exit status; real ones are smaller
NUMBER = struct.Struct("<q")
_PR_SET_DUMPABLE = 4


def main(settings: Mapping[str, Any]) -> NoReturn:
    """Serve the grader.

    settings: control (a descriptor), parent (its pid), folder (to remove; "" for none), preload,
    libraries, and
    entry, what a worker runs.
    """
    _Zygote(socket.socket(fileno=settings["control"]), settings).serve()


class _Zygote:
    def __init__(self, control: socket.socket, settings: Mapping[str, Any]) -> None:
        self._control, self._settings = control, settings
        self._children: set[int] = set()

    def serve(self) -> NoReturn:
        signal.signal(signal.SIGTERM, lambda *_: self._parent_may_be_dead())
        signal_at_parents_end(signal.SIGTERM)
        prctl("prctl(DUMPABLE)", _PR_SET_DUMPABLE, 0)
        for name in self._settings["preload"]:
            try:
                importlib.import_module(name)
            except Exception as error:  # noqa: BLE001 - whatever it is, the grader is told
                self._control.sendall(
                    f"{name} cannot be imported: {type(error).__name__}: {error}".encode()[:4000]
                )
                self._end()
        self._serve = entry(self._settings)
        sys.path[:] = self._settings["libraries"]
        gc.collect()
        gc.freeze()  # a collection in a worker need not copy all these pages
        self._control.sendall(READY)
        try:
            while True:
                message, descriptors, _, _ = socket.recv_fds(self._control, NUMBER.size, 2)
                if not message:
                    self._end()
                answer = (
                    self._fork(*descriptors)
                    if message == FORK
                    else self._reap(*NUMBER.unpack(message))
                )
                self._control.sendall(NUMBER.pack(answer))
        except OSError:
            self._end()

    def _fork(self, connection: int, output: int) -> int:
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                self._control.close()
                self._serve(socket.socket(fileno=connection), output, zygote)
            finally:
                os._exit(1)  # never back into the zygote's loop
        self._children.add(pid)
        os.close(connection)
        os.close(output)
        return pid

    def _reap(self, pid: int) -> int:
        if pid not in self._children:  # the child of a zygote before this one
            return UNKNOWN
        self._children.remove(pid)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _parent_may_be_dead(self) -> None:
        if (
            os.getppid() != self._settings["parent"]
        ):  # and not merely the thread that started this process
            self._end()

    def _end(self) -> NoReturn:
        # the end of the connection and the signal come together
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)  # a zombie at worst: nobody else reaps it
                os.waitpid(pid, 0)
        if self._settings["folder"]:
            folders.remove(self._settings["folder"])
        os._exit(0)
