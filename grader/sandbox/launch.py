"""Start worker processes: forked from a warm zygote, or one by one if fork is not reliable."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import IO, Any, Protocol

from grader.errors import SandboxError
from grader.sandbox.inside.zygote import FORK, NUMBER, READY, UNKNOWN

__all__ = ["Launcher", "Process", "Spawner", "Zygote", "can_fork"]

_START_SECONDS = 120.0  # importing torch on a busy machine
_REAP_SECONDS = 10.0
_TOKEN_BYTES = 32

# The configuration is sent over stdin: other users and the student's code could read an argument
# or a variable.
_BOOT = (
    "import json, sys; s = json.loads(sys.stdin.readline()); "
    "sys.path[:] = s['libraries'] + s['home']; "
    "from grader.sandbox.inside import {module}; {module}.{function}(s)"
)


class Process(Protocol):
    """A worker process."""

    pid: int

    def signal(self, number: int) -> None:
        """Send a signal to this process, if it still exists."""

    def ends_within(self, seconds: float) -> bool:
        """Wait for a process that is ending by itself; return whether it ended in time."""

    def reap(self) -> int | None:
        """Wait for a process that is being killed.

        Returns:
            Its exit status (negative: a signal), or None if unknown.

        """


class Launcher(Protocol):
    """Starts worker processes."""

    def prepare(self) -> None:
        """Make sure that a process can be started now. Raises SandboxError otherwise."""

    def start(self, output: int) -> tuple[socket.socket, Process]:
        """Start a process whose output goes to the descriptor. Raises SandboxError on failure."""

    def close(self) -> None:
        """End the processes of the launcher itself."""


def can_fork() -> bool:
    """Return whether workers can be forked.

    On macOS, a fork of a process that has loaded numpy's libraries may crash.
    """
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))  # Linux 5.3
    except OSError:
        return False
    return True


def _interpreter(module: str, function: str) -> list[str]:
    # Not -I: it would ignore PYTHONHASHSEED, and the order of a set must not differ between two
    # runs. We create the environment ourselves; -s and -P leave out the user's packages and the
    # current folder, as -I does.
    return [sys.executable, "-s", "-P", "-c", _BOOT.format(module=module, function=function)]


class Zygote:
    """A warm interpreter (zygote.py) and the connection to it.

    Args:
        settings: `libraries`, `home`, `preload` and `folder`.
        environ: The whole environment of the interpreter.

    """

    def __init__(self, settings: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self._settings, self._environ = dict(settings), dict(environ)
        self._open()

    @property
    def pid(self) -> int:
        """The process that workers are forked from."""
        return self._popen.pid

    def _open(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as errors:
            self._popen = subprocess.Popen(  # noqa: S603 - this very interpreter
                _interpreter("zygote", "main"),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd=os.sep,
                env=self._environ,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # the grader handles Ctrl-C
            )
            own = {"control": theirs.fileno(), "parent": os.getpid()}
            _send_settings(self._popen, self._settings | own)
            theirs.close()  # so that its end is seen as end of file here
            try:
                self._control.settimeout(_START_SECONDS)
                message = self._control.recv(4096)
            except OSError as error:
                message = str(error).encode()
            if message != READY:
                self.close()
                raise SandboxError(
                    f"the sandbox's interpreter did not start: {_reason(message, errors)}"
                )

    def prepare(self) -> None:
        """Replace the zygote if it was killed."""
        if self._popen.poll() is not None:
            self.close()
            self._open()

    def start(self, output: int) -> tuple[socket.socket, Process]:
        """Fork a worker."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [FORK], [theirs.fileno(), output])
                pid = self._number()
            except BaseException as error:
                ours.close()
                if isinstance(error, OSError):
                    raise SandboxError(f"no worker can be started: {error}") from None
                raise
        return ours, _Forked(self, pid)

    def status(self, pid: int) -> int | None:
        """Return the exit status of a worker that has ended; None if the zygote has ended too."""
        try:
            self._control.sendall(NUMBER.pack(pid))
            status = self._number()
        except OSError:
            return None
        return None if status == UNKNOWN else status

    def _number(self) -> int:
        self._control.settimeout(_REAP_SECONDS)
        data = self._control.recv(NUMBER.size)
        if len(data) != NUMBER.size:
            raise ConnectionError("the zygote is gone")
        return int(NUMBER.unpack(data)[0])

    def close(self) -> None:
        """End the zygote, which ends its workers and removes the folder."""
        self._control.close()
        _end(self._popen)


class _Forked:
    """A worker forked by the zygote.

    Its pid cannot be reused before `reap`, so the descriptor refers to this process.
    """

    def __init__(self, zygote: Zygote, pid: int) -> None:
        self.pid = pid
        self._zygote = zygote
        self._descriptor = os.pidfd_open(pid)

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)
            _to_its_group(self.pid, number)

    def ends_within(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def reap(self) -> int | None:
        ended = self.ends_within(_REAP_SECONDS)
        os.close(self._descriptor)
        return self._zygote.status(self.pid) if ended else None


class Spawner:
    """Starts every worker as a separate interpreter, connected over the loopback interface.

    It works on any operating system.

    Args:
        settings: `libraries`, `home`, `preload` and `folder`.
        environ: The whole environment of the interpreters.

    """

    def __init__(self, settings: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self._settings, self._environ = dict(settings), dict(environ)

    def prepare(self) -> None:
        """Do nothing: there is nothing to prepare."""

    def start(self, output: int) -> tuple[socket.socket, Process]:
        """Start an interpreter and wait for its connection."""
        token = secrets.token_bytes(_TOKEN_BYTES)
        with socket.create_server(("127.0.0.1", 0)) as server:
            popen = subprocess.Popen(  # noqa: S603 - this very interpreter
                _interpreter("worker", "connect"),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self._environ,
                cwd=self._settings["folder"] or os.sep,
            )
            process = _Spawned(popen)
            own = {"port": server.getsockname()[1], "token": token.hex(), "parent": os.getpid()}
            try:
                _send_settings(popen, self._settings | own)
                return _accept(server, popen, token), process
            except BaseException as error:
                popen.kill()
                process.reap()
                if isinstance(error, OSError):
                    raise SandboxError(f"no worker can be started: {error}") from None
                raise

    def close(self) -> None:
        """Do nothing: there are no processes apart from the workers."""


class _Spawned:
    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self.pid = popen.pid
        self._popen = popen

    def signal(self, number: int) -> None:
        if sys.platform == "win32":
            self._popen.kill()
        else:
            self._popen.send_signal(number)  # not sent once the process has been reaped
            _to_its_group(self.pid, number)

    def ends_within(self, seconds: float) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(seconds)
        return self._popen.returncode is not None

    def reap(self) -> int | None:
        return self._popen.returncode if self.ends_within(_REAP_SECONDS) else None


def _to_its_group(pid: int, number: int) -> None:
    """Kill the process group too: without a seccomp filter, student code may have forked."""
    if number == signal.SIGKILL:
        with contextlib.suppress(OSError):
            os.killpg(pid, number)


def _send_settings(popen: subprocess.Popen[bytes], settings: Mapping[str, Any]) -> None:
    assert popen.stdin is not None, "it is a pipe"
    # If the process has already ended, the connection reports it.
    with contextlib.suppress(BrokenPipeError), popen.stdin as pipe:
        pipe.write(json.dumps(settings).encode() + b"\n")


def _accept(server: socket.socket, popen: subprocess.Popen[bytes], token: bytes) -> socket.socket:
    """Accept the connection that sends the token, and refuse all others."""
    deadline = time.monotonic() + _START_SECONDS
    server.settimeout(0.2)
    while time.monotonic() < deadline and popen.poll() is None:
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
        connection.settimeout(2.0)
        with contextlib.suppress(OSError):
            if hmac.compare_digest(_exactly(connection, len(token)), token):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
        connection.close()
    raise ConnectionError("the new interpreter did not connect")


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


def _end(popen: subprocess.Popen[bytes]) -> None:
    try:
        popen.wait(_REAP_SECONDS)
    except subprocess.TimeoutExpired:
        popen.kill()
        popen.wait()


def _reason(message: bytes, errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return message.decode(errors="replace") or (lines[-1] if lines else "it ended immediately")
