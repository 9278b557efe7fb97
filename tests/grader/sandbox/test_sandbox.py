"""Faults: whatever student code does to its worker, the grader notices, says so, and goes on."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from grader.errors import SandboxError
from grader.model import Level
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.transport import (
    CallTimeout,
    OutOfMemory,
    WorkerCrashed,
)
from grader.sandbox.wire import Call
from tests.grader.sandbox.remains import descriptors, is_alive, wait_for

# ---- nothing is left -----------------------------------------------------------------------------


def test_close_leaves_no_process_descriptor_or_folder():
    before = descriptors()
    with Sandbox(Level.PLAIN) as sandbox:
        workers = [sandbox.start({"a.py": b""}, memory=64, output=1) for _ in range(3)]
        pids = [worker._process.pid for worker in workers] + [sandbox._launcher.pid]
        folder = Path(sandbox._folder)
        assert all(map(is_alive, pids))
        workers[0].close()
        assert not is_alive(pids[0])
        assert not Path(workers[0].folder).exists()
    assert not any(map(is_alive, pids))
    assert not folder.exists()
    assert descriptors() == before


def test_a_construction_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = descriptors()
    with pytest.raises(SandboxError, match="no_such_module cannot be imported"):
        Sandbox(preload=["no_such_module"])
    monkeypatch.setattr("grader.sandbox.sandbox.Sandbox._prove", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Sandbox()
    assert descriptors() == before
    assert not list(tmp_path.iterdir())


def test_a_worker_that_cannot_start_leaves_nothing(sandbox):
    before = descriptors(), set(os.listdir(sandbox._folder))
    with pytest.raises(SandboxError, match="not a name inside a submission"):
        sandbox.start({"../a.py": b""}, memory=64, output=1)
    assert (descriptors(), set(os.listdir(sandbox._folder))) == before


def test_hostile_scratch_folders_are_removed(sandbox):
    source = b"""
import os, signal
def f():
    os.makedirs("a/b"); os.mkdir("a/b/closed", 0); os.symlink("/etc", "link"); os.symlink("nowhere", "broken")
    open(b"odd\\xff\\n", "w").close()
    os.makedirs("x/y", 0o700); open("x/y/z", "w").close()
    top = os.getcwd()
    for _ in range(300):
        os.mkdir("d" * 100); os.chdir("d" * 100)
    os.chdir(top)
"""
    worker = sandbox.start({"a.py": source}, memory=64, output=1)
    with contextlib.suppress(OutOfMemory):  # when it is seen in time
        worker.request([Call("call", "a", name="f")], seconds=10, wall=30)
    worker.close()
    assert not Path(worker.folder).exists()
    assert Path("/etc/passwd").exists()


SCRIPT = """
import os, sys, time
from grader.model import Level
from grader.sandbox.sandbox import Sandbox
sandbox = Sandbox(Level.PLAIN)
worker = sandbox.start({"a.py": b"import time\\ndef f(): time.sleep(100)"}, memory=64, output=1)
print(sandbox._folder, sandbox._launcher.pid, worker._process.pid, flush=True)
"""


@pytest.mark.parametrize("end", ["exit", "kill", "kill while it waits"])
def test_a_grader_that_ends_in_any_way_takes_everything_along(end):
    wait = {"exit": "", "kill": "time.sleep(100)"}.get(
        end,
        "from grader.sandbox.wire import Call; worker.request([Call('call', 'a', name='f')], "
        "seconds=90, wall=90)",
    )
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT + wait], stdout=subprocess.PIPE, text=True
    ) as grader:
        folder, *pids = grader.stdout.readline().split()
        if end != "exit":
            time.sleep(0.2)
            grader.kill()
    wait_for(lambda: not Path(folder).exists() and not any(is_alive(int(pid)) for pid in pids))


def test_a_zygote_that_is_killed_is_replaced_and_its_worker_is_our_fault():
    with Sandbox(Level.PLAIN) as sandbox:
        worker = sandbox.start({"a.py": b"def f(): return 1"}, memory=64, output=1)
        call = Call("call", "a", name="f")
        os.kill(sandbox._launcher.pid, signal.SIGKILL)
        wait_for(lambda: not is_alive(worker._process.pid))
        with pytest.raises(SandboxError, match="the sandbox's own process has died"):
            worker.request([call], seconds=5, wall=20)
        again = sandbox.start({"a.py": b"def f(): return 2"}, memory=64, output=1)
        (answer,) = again.request([call], seconds=5, wall=20)
        assert answer.value == 2
        worker.close()


def test_a_forked_child_of_the_grader_removes_nothing(sandbox):
    pid = os.fork()
    if pid == 0:
        sandbox._finalizer()
        os._exit(0)
    os.waitpid(pid, 0)
    worker = sandbox.start({"a.py": b"x = 1"}, memory=64, output=1)
    (answer,) = worker.request([Call("get", "a", name="x")], seconds=5, wall=20)
    assert answer.value == 1
    worker.close()


def test_packages_may_lie_wherever_an_administrator_has_put_them(tmp_path):
    """Clusters put packages on the path by a variable."""
    (tmp_path / "far_away").mkdir()
    (tmp_path / "far_away" / "__init__.py").write_text("X = 7")
    script = (
        "from grader.model import Level\nfrom grader.sandbox.sandbox import Sandbox\n"
        "from grader.sandbox.wire import Call\n"
        "with Sandbox(Level.PLAIN, preload=['numpy', 'far_away']) as sandbox:\n"
        "    worker = sandbox.start({'a.py': b'from far_away import X'}, memory=128, output=1)\n"
        "    print(worker.request([Call('get', 'a', name='X')], seconds=5, wall=30)[0].value)\n"
    )
    env = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[3]}"}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=env
    )
    assert run.stdout == "7\n", run.stderr


def test_workers_that_were_not_closed_are_closed_with_the_sandbox():
    before = descriptors()
    with Sandbox(Level.PLAIN) as sandbox:
        for _ in range(3):
            worker = sandbox.start(
                {"a.py": b"import os\ndef f(): os._exit(1)"}, memory=64, output=1
            )
            with pytest.raises(WorkerCrashed):
                worker.request([Call("call", "a", name="f")], seconds=5, wall=20)
    assert descriptors() == before


# ---- without a zygote ----------------------------------------------------------------------------


def test_workers_can_be_interpreters_of_their_own():
    before = descriptors()
    with Sandbox(Level.PLAIN, fork=False) as sandbox:
        assert sandbox.level is Level.PLAIN
        source = (
            b"import numpy as np\ndef f(x, g):\n    print('hello')\n    return g(x) + 1, "
            b"np.random\n"
        )
        worker = sandbox.start({"a.py": source}, memory=256, output=1)
        call = Call("call", "a", name="f", args=(np.arange(3.0), lambda x: x * 2))
        (answer,) = worker.request([call], seconds=5, wall=20)
        np.testing.assert_array_equal(answer.value[0], [1, 3, 5])
        assert worker.output() == "hello\n"
        (folder, pid) = worker.folder, worker._process.pid
        worker.close()
        assert not Path(folder).exists()
        assert not is_alive(pid)
        stuck = sandbox.start({"a.py": b"def f():\n    while True: pass"}, memory=256, output=1)
        with pytest.raises(CallTimeout):
            stuck.request([Call("call", "a", name="f")], seconds=0.2, wall=20)
    assert descriptors() == before


def test_a_stranger_who_connects_first_is_turned_away(monkeypatch):
    real = socket.create_server
    strangers = []

    def create_server(address):
        server = real(address)
        stranger = socket.create_connection(server.getsockname())
        stranger.sendall(b"\0" * 32)
        strangers.append(stranger)
        return server

    monkeypatch.setattr("socket.create_server", create_server)
    with Sandbox(Level.PLAIN, fork=False) as sandbox:
        worker = sandbox.start({"a.py": b"x = 5"}, memory=256, output=1)
        (answer,) = worker.request([Call("get", "a", name="x")], seconds=5, wall=20)
        assert answer.value == 5
    for stranger in strangers:
        stranger.close()


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_nothing_that_other_systems_lack_is_needed_to_import_the_sandbox(system):
    script = f"""
import sys
import tempfile
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "pwd", "resource") and {system!r} == "win32":
            raise ModuleNotFoundError(name)
import ctypes, json, numpy, os, pathlib, select, signal, socket, subprocess, tempfile, importlib.metadata
import asyncio, shutil, msgspec, sysconfig
sysconfig.get_paths()
sys.meta_path.insert(0, Absent())
for name in ("fcntl", "pwd", "resource"):
    sys.modules.pop(name, None)
for owner, names in ((os, "fork pidfd_open geteuid sysconf"), (select, "poll"), (socket, "send_fds recv_fds")):
    for name in names.split():
        if not (({system!r}, name) == ("darwin", "geteuid") or hasattr(owner, name) is False):
            delattr(owner, name)
sys.platform = {system!r}
from grader.model import Level
from grader.sandbox import doctor, launch
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.wire import Call
assert not launch.can_fork()
with Sandbox(Level.PLAIN) as sandbox:
    worker = sandbox.start({{"a.py": b"x = 1", "data.txt": b"d"}}, memory=256, output=1)
    print(worker.request([Call("get", "a", name="x")], seconds=5, wall=30)[0].value, sandbox.level)
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert run.stdout == "1 plain\n", run.stderr
