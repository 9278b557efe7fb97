"""A warm interpreter: imports numpy and other libraries once, then forks workers on request.

It is trusted and never reads any student code. It has one thread, its own environment, and one
connection:

    the grader sends                                                  it answers
    "fork" with two descriptors (the worker's connection, its output)  the worker's pid
    a pid                                                              its exit status

A worker stays a zombie until the grader asks for its exit status, so its pid cannot be reused
before. When the grader ends for any reason, the zygote ends the workers and removes the folder.
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
UNKNOWN = 1 << 32  # instead of an exit status; real ones are smaller
NUMBER = struct.Struct("<q")
_PR_SET_DUMPABLE = 4


def main(settings: Mapping[str, Any]) -> NoReturn:
    """Serve the grader.

    Args:
        settings: control (a descriptor), parent (the grader's pid), folder (to remove; "" for
            none), preload, libraries, and entry (what a worker runs).

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
            except Exception as error:  # noqa: BLE001 - any error is reported to the grader
                self._control.sendall(
                    f"{name} cannot be imported: {type(error).__name__}: {error}".encode()[:4000]
                )
                self._end()
        self._serve = entry(self._settings)
        sys.path[:] = self._settings["libraries"]
        gc.collect()
        gc.freeze()  # so that a collection in a worker does not copy all these pages
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
                os._exit(1)  # never return to the zygote's loop
        self._children.add(pid)
        os.close(connection)
        os.close(output)
        return pid

    def _reap(self, pid: int) -> int:
        if pid not in self._children:  # the child of an earlier zygote
            return UNKNOWN
        self._children.remove(pid)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _parent_may_be_dead(self) -> None:
        # The signal also arrives if only the thread that started this process has ended.
        if os.getppid() != self._settings["parent"]:
            self._end()

    def _end(self) -> NoReturn:
        # The connection ends and the signal arrives at the same time.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)  # possibly a zombie: only this process reaps it
                os.waitpid(pid, 0)
        if self._settings["folder"]:
            folders.remove(self._settings["folder"])
        os._exit(0)
