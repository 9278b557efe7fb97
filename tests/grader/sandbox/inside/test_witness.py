"""What is noted of forbidden attempts, in words a student can look for in their code."""

import os
import tempfile
import threading
from pathlib import Path

import pytest

from grader.sandbox.inside.witness import Witness
from grader.sandbox.wire import Call


def attempts(hire, body, *args):
    source = (
        "import os, pathlib, shutil, socket, subprocess, multiprocessing, numpy as np\n"
        f"def f(*args):\n    try:\n        {body}\n    except BaseException:\n        pass\n"
    )
    return hire(source).answer("f", *args).attempts


@pytest.mark.parametrize(
    ("body", "noted"),
    [
        ("open(args[0])", "open '{0}'"),
        ("pathlib.Path(args[0]).read_text()", "open '{0}'"),
        ("np.loadtxt(args[0])", "open '{0}'"),
        ("os.open(args[0], os.O_RDONLY)", "open '{0}'"),
        ("open(args[0], 'a')", "write '{0}'"),
        ("os.symlink(args[0], 'innocent'); open('innocent')", "open 'innocent'"),
        ("os.listdir(args[1])", "list '{1}'"),
        ("list(os.walk(args[1]))", "list '{1}'"),
        ("os.unlink(args[0])", "remove '{0}'"),
        ("os.rename(args[0], 'mine')", "rename '{0}'"),
        ("os.mkdir(args[1] + '/new')", "make the folder '{1}/new'"),
        ("open('/proc/1/environ')", "open '/proc/1/environ'"),
        ("open('/etc/passwd')", "open '/etc/passwd'"),
        ("os.kill(os.getppid(), 0)", "signal another process"),
        ("os.fork()", "start a process"),
        ("subprocess.run(['ls'])", "start a process"),
        ("os.system('ls')", "start a process"),
        ("multiprocessing.Process(target=print).start()", "start a process"),
        ("socket.create_connection(('127.0.0.1', 80), 1)", "use the network"),
        ("socket.socket()", "open a network connection"),
    ],
)
def test_attempts_are_noted_in_words(hire, body, noted):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        secret = Path(folder, "test_layers.py")
        secret.write_text("0")
        args = str(secret), folder
        found = attempts(hire, body, *args)
    assert noted.format(*args) in found


@pytest.mark.parametrize(
    "body",
    [
        "open('own.txt', 'w').write('x'); open('own.txt').read(); os.remove('own.txt')",
        "open(__file__).read()",
        # left over from another machine
        "open('/content/drive/MyDrive/data.csv')",
        "open('C:/data.csv')",
        "os.listdir()",
        "open('/proc/self/status')",
        "open('/proc/meminfo').read()",
        "open('/etc/localtime', 'rb')",
        "open(os.devnull, 'w').write('x')",
        "open(np.__file__).read()",
        "os.kill(os.getpid(), 0)",
        "socket.socketpair()",
        "os.path.exists('/root/x'), os.stat('/'), shutil.disk_usage('/')",
    ],
)  # fmt: skip
def test_harmless_things_are_not(hire, body):
    assert attempts(hire, body) == ()


def test_attempts_of_an_import_are_told_from_those_of_a_call(sandbox, tmp_path):
    attempt = (
        f"import contextlib, os\nwith contextlib.suppress(OSError): os.listdir({str(tmp_path)!r})\n"
    )
    files = {
        "a.py": f"import b\ndef f():\n    exec({attempt!r})".encode(),
        "b.py": attempt.encode(),
    }
    worker = sandbox.start(files, memory=128, output=1)
    call = Call("call", "a", name="f")
    answers = worker.request(
        [Call("get", "a", name="f"), call, Call("get", "a", name="f")], seconds=5, wall=20
    )
    assert [(len(a.attempts), a.during_import) for a in answers] == [
        (1, True),
        (1, False),
        (0, False),
    ]
    worker.close()


def test_a_worker_that_is_killed_for_trying_reports_what_it_can(hire):
    answer = hire("import os\ndef f():\n    os.kill(os.getppid(), 9)\n").answer("f")
    assert answer.raised.refused
    assert answer.attempts == ("signal another process",)


def test_a_thousand_attempts_are_as_good_as_a_few(hire, tmp_path):
    for i in range(200):
        (tmp_path / str(i)).touch()
    noted = attempts(
        hire,
        "[pathlib.Path(args[0], str(i)).unlink(missing_ok=True) for i in range(200)]",
        str(tmp_path),
    )
    assert len(noted) <= 64


def test_a_hook_never_raises_into_the_students_call(tmp_path):
    witness = Witness(str(tmp_path), str(tmp_path), [], lambda: False)
    for event in (
        "open",
        "os.listdir",
        "os.rename",
        "socket.__new__",
        "os.kill",
        "subprocess.Popen",
    ):
        for args in (
            (),
            (None,),
            (object(), object(), object()),
            (b"\0", "r", 0),
            ("\ud800", None, None),
        ):
            witness._hook(event, args)
    assert threading.active_count() >= 1
    assert os.getpid() > 0
