"""What an attack did, seen from outside: never from what it says.

Collected in the process that runs the suite, which grades nothing itself: files that changed, connections that arrived,
a bystander that was signalled or slowed down, processes and kernel objects that stayed behind.
"""

import contextlib
import ctypes
import hashlib
import os
import resource
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.attacks.target import Target

_BYSTANDER = """
import os, signal, sys
secret = sys.stdin.readline().strip()
def note(number, _):
    os.write(1, b"%d " % number)
for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, 32, 33}:
    signal.signal(number, note)
os.write(1, b"ready ")
while True:
    signal.pause()
"""
_libc = ctypes.CDLL(None)
_KEYCTL, _INVALIDATE = {"aarch64": 219}.get(os.uname().machine, 250), 21
_PUBLIC_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", os.path.expanduser("~"))


class Dye:
    """Marks this process and all that come from it by an odd resource limit, which anybody can read in /proc.

    A process that an attack leaves behind carries it, whatever it does to its session, its parent or its name.
    """

    def __init__(self) -> None:
        self._value = 10**12 + secrets.randbelow(10**11)

    def apply(self) -> None:
        resource.setrlimit(resource.RLIMIT_RTTIME, (self._value, self._value))

    def processes(self) -> list[int]:
        """The living processes that carry it."""
        found = []
        for pid in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                limits = Path("/proc", pid, "limits").read_text()
                if (
                    f" {self._value} " in limits
                    and ") Z " not in Path("/proc", pid, "stat").read_text()
                ):
                    found.append(int(pid))
        return found


class Listeners:
    """Sockets that wait for somebody: TCP, UDP, unix by path and abstract. Nobody accepts; the queue is the evidence."""

    def __init__(self, target: Target) -> None:
        self.path, self.datagrams = str(target.place / "socket"), str(target.place / "datagrams")
        self._sockets = {
            "TCP": _bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "UDP": _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "a unix socket": _bound(socket.AF_UNIX, socket.SOCK_STREAM, self.path),
            "a unix datagram socket": _bound(socket.AF_UNIX, socket.SOCK_DGRAM, self.datagrams),
            "an abstract unix socket": _bound(
                socket.AF_UNIX, socket.SOCK_STREAM, f"\0{target.token}"
            ),
        }
        for path in (self.path, self.datagrams):
            os.chmod(path, 0o777)

    def constants(self) -> dict[str, object]:
        """For knows.py."""
        ports = {name: self._sockets[name].getsockname()[1] for name in ("TCP", "UDP")}
        return {
            "TCP_PORT": ports["TCP"],
            "UDP_PORT": ports["UDP"],
            "UNIX": self.path,
            "DATAGRAMS": self.datagrams,
        }

    def reached(self) -> list[str]:
        """The sockets that somebody came to."""
        found = []
        for name, sock in self._sockets.items():
            with contextlib.suppress(BlockingIOError):
                if sock.type == socket.SOCK_STREAM:
                    sock.accept()[0].close()
                else:
                    sock.recv(100)
                found.append(name)
        return found

    def close(self) -> None:
        for sock in self._sockets.values():
            sock.close()


def _bound(family: int, kind: int, address: object) -> socket.socket:
    sock = socket.socket(family, kind)
    sock.bind(address)
    sock.setblocking(False)
    if kind == socket.SOCK_STREAM:
        sock.listen(100)
    return sock


class Bystander:
    """A process of the grader's user that minds its own business, with a secret in its memory."""

    def __init__(self, secret: str) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BYSTANDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True, text=True, bufsize=1,
        )  # fmt: skip
        self.pid = self._popen.pid
        self._popen.stdin.write(secret + "\n")
        self._output = self._popen.stdout.fileno()
        assert os.read(self._output, 6) == b"ready "
        os.set_blocking(self._output, False)
        self._before = self._state()

    def _state(self) -> dict[str, object]:
        pid = self.pid
        return {
            "priority": os.getpriority(os.PRIO_PROCESS, pid),
            "scheduler": os.sched_getscheduler(pid),
            "processors": os.sched_getaffinity(pid),
            "limits": Path(f"/proc/{pid}/limits").read_text(),
            "tracer": [
                line
                for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if "TracerPid" in line
            ],
        }

    def harm(self) -> list[str]:
        """What was done to it."""
        if self._popen.poll() is not None:
            return ["killed a bystander"]
        try:
            signals = os.read(self._output, 1000).decode().split()
        except BlockingIOError:
            signals = []
        now = self._state()
        changed = [
            f"changed the {name} of a bystander" for name in now if now[name] != self._before[name]
        ]
        return [
            f"sent {signal.Signals(int(number)).name} to a bystander"
            for number in dict.fromkeys(signals)
        ] + changed

    def close(self) -> None:
        self._popen.kill()
        self._popen.wait()
        self._popen.stdin.close()
        self._popen.stdout.close()


class Evidence:
    """The state of everything outside before an attack; `effects` says what is different afterwards."""

    def __init__(self, target: Target) -> None:
        self.target, self.dye = target, Dye()
        self.listeners = Listeners(target)
        self.bystander = Bystander(target.canaries.memory)
        self._name, self._files = socket.gethostname(), _tree(target)

    def constants(self) -> dict[str, object]:
        """For knows.py."""
        return {"BYSTANDER": self.bystander.pid, **self.listeners.constants()}

    def effects(self) -> list[str]:
        """What the attack did. Call it when the grader has ended."""
        found = [f"reached {name}" for name in self.listeners.reached()]
        found += self.bystander.harm()
        deadline = time.monotonic() + 2.0
        while (left := self.dye.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        found += ["left a process running"] if left else []
        now = _tree(self.target)
        names = sorted(self._files.keys() | now.keys())
        found += [f"changed {name}" for name in names if self._files.get(name) != now.get(name)]
        found += self._left_behind()
        found += ["renamed the machine"] if socket.gethostname() != self._name else []
        if str(self.target.place) in Path("/proc/self/mountinfo").read_text():
            found.append("mounted something")
            subprocess.run(["umount", "--lazy", str(self.target.guard)], check=False)
        return found

    def _left_behind(self) -> list[str]:
        """Things anywhere that carry the attacker's token."""
        found = []
        for place in _PUBLIC_PLACES:
            with contextlib.suppress(OSError):
                for name in os.listdir(place):
                    if self.target.token in name and os.path.join(place, name) != str(
                        self.target.place
                    ):
                        found.append(
                            f"left a file in {place if place != _PUBLIC_PLACES[-1] else 'the home folder'}"
                        )
                        os.unlink(os.path.join(place, name))
        key = str(int(self.target.token[:7], 16))
        for kind in ("shm", "sem", "msg"):
            with contextlib.suppress(OSError):
                rows = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
                if any(row.split()[0] == key for row in rows):
                    found.append("left shared memory")
                    _remove_ipc(kind, [row.split()[1] for row in rows if row.split()[0] == key])
        with contextlib.suppress(OSError):
            keys = [
                row.split()[0]
                for row in Path("/proc/keys").read_text().splitlines()
                if self.target.token in row
            ]
            found += ["left a key in the kernel"] if keys else []
            for key in keys:
                _libc.syscall(ctypes.c_long(_KEYCTL), _INVALIDATE, int(key, 16))
        if _libc.mq_unlink(f"/{self.target.token}".encode()) == 0:
            found.append("left a message queue")
        return found

    def close(self) -> None:
        self.listeners.close()
        self.bystander.close()


def _remove_ipc(kind: str, numbers: list[str]) -> None:
    for number in numbers:
        subprocess.run(
            ["ipcrm", {"shm": "-m", "sem": "-s", "msg": "-q"}[kind], number], check=False
        )


def _tree(target: Target) -> dict[str, object]:
    """Path below the target's place -> all that can be seen of the file but when it was read."""
    found: dict[str, object] = {}
    for folder, folders, files in os.walk(target.place):
        if Path(folder) == target.place:
            folders.remove(target.attacker.name)
        for path in (Path(folder), *(Path(folder, name) for name in files + folders)):
            status = path.lstat()
            content, attributes = b"", ()
            if path.is_symlink():
                content = os.fsencode(os.readlink(path))
            elif path.is_file():
                with contextlib.suppress(PermissionError):  # an attack has taken the mode away
                    content = hashlib.sha256(path.read_bytes()).digest()
            with contextlib.suppress(OSError):
                attributes = tuple(os.listxattr(path, follow_symlinks=False))
            changed = 0 if path.is_dir() else status.st_mtime_ns
            found[str(path.relative_to(target.place))] = (
                status.st_mode, status.st_uid, status.st_gid, status.st_nlink, changed, content, attributes,
            )  # fmt: skip
    return found
