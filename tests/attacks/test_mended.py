"""Holes that these attacks have found, each closed where it was."""

import errno
import os

import numpy as np
import pytest

from grader.model import Level, Verdict
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.inside.evaluator import Dispatcher
from grader.sandbox.levels import Attempt, Tried
from grader.sandbox.remedies import remedies
from grader.sandbox.loopback import Loopback
from grader.sandbox.transport import ProtocolViolation, StudentFault, WorkerCrashed, WorkerKilled
from grader.sandbox.wire import Layer, Call, Handle

MIRROR = """
class Mirror:
    def __sub__(self, other):
        return 0.0
    def __add__(self, other):
        return Mirror()
    def __abs__(self):
        return 0.0
def f():
    return Mirror()
"""
# In a worker of its own that has been changed to answer operators with data all the same.
LYING = (
    MIRROR
    + """
import sys
def lie():
    frame = sys._getframe()
    while "_object_of" not in frame.f_globals:
        frame = frame.f_back
    frame.f_globals["_object_of"] = lambda name, *operands: 0.0
"""
)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Level.PLAIN, private=[]) as sandbox:
        yield sandbox


@pytest.fixture
def hire(sandbox):
    workers = []

    def hire(source):
        workers.append(sandbox.start({"a.py": source.encode()}, memory=128, output=1))
        return workers[-1]

    yield hire
    for worker in workers:
        worker.close()


def ask(transport, *calls):
    return transport.request(calls, seconds=5, wall=20)


@pytest.mark.parametrize(
    "other", [np.zeros(2), [1.0], "text", {"a": 1}], ids=lambda value: type(value).__name__
)
@pytest.mark.parametrize("swapped", [False, True])
def test_an_operator_is_never_given_data_of_the_checks(hire, other, swapped):
    worker = hire(MIRROR)
    (answer,) = ask(worker, Call("call", "a", name="f"))
    assert isinstance(answer.value, Handle)
    operands = (other, answer.value) if swapped else (answer.value, other)
    for transport in (worker, Loopback(Dispatcher(__import__))):
        with pytest.raises(TypeError, match="sub takes objects of the submission and numbers, not"):
            ask(transport, Call("binary", name="sub", args=operands))


def test_what_an_operator_gives_stays_in_the_worker(hire):
    worker = hire(MIRROR)
    mirror = ask(worker, Call("call", "a", name="f"))[0].value
    (answer,) = ask(worker, Call("binary", name="add", args=(mirror, 1.0)))
    assert isinstance(answer.value, Handle)
    for call in (
        Call("binary", name="sub", args=(mirror, 1.0)),
        Call("unary", name="abs", args=(mirror,)),
    ):
        (answer,) = ask(worker, call)
        assert "returned a plain float" in answer.raised.message


def test_a_worker_that_answers_an_operator_with_data_is_ended(hire):
    worker = hire(LYING)
    mirror = ask(worker, Call("call", "a", name="f"), Call("call", "a", name="lie"))[0].value
    with pytest.raises(ProtocolViolation):
        ask(worker, Call("binary", name="sub", args=(mirror, 1.0)))


@pytest.mark.parametrize(
    "body", ["os._exit(1)", "os.write(3, b'x' * 100)", "os.close(3)", "while True: pass"]
)
def test_what_a_call_leaves_behind_is_no_fault_of_the_next_check(hire, body):
    """Between two checks a worker is only tidied up: whatever fails then was there before, and a fresh one takes over."""
    worker = hire(
        f"import os\nclass Left:\n    def __del__(self):\n        {body}\ndef f():\n    return Left()\n"
    )
    ask(worker, Call("call", "a", name="f"))
    with pytest.raises(WorkerKilled):
        ask(worker, Call("free"), Call("seed", args=(1,)))


def test_a_process_whose_first_thread_has_ended_is_ended(hire):
    source = "import ctypes, threading, time\ndef f():\n    threading.Thread(target=time.sleep, args=(60,)).start()\n"
    worker = hire(
        source
        + "    ctypes.CDLL(None).syscall(ctypes.c_long({'aarch64': 93}.get(__import__('os').uname().machine, 60)), 0)\n"
    )
    with pytest.raises(WorkerCrashed, match="ended the thread that answers the grader"):
        ask(worker, Call("call", "a", name="f"))


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the number is one of x86-64")
def test_a_call_under_a_foreign_number_is_forbidden(sandbox, hire):
    if sandbox.level is not Level.FULL:
        pytest.skip(f"this machine reaches the level {sandbox.level} only")
    worker = hire(
        "import ctypes\ndef f(): ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 + 41), 2, 1, 0)\n"
    )
    with pytest.raises(StudentFault) as fault:
        ask(worker, Call("call", "a", name="f"))
    assert fault.value.verdict is Verdict.FORBIDDEN


LISTED = Tried(
    Attempt("list-private", "list /course", secret=True), refused=False, folder="/course"
)


@pytest.mark.parametrize(
    ("achieved", "tried", "same_user", "says"),
    [
        ({"landlock": Layer(False, "no", errno.ENOSYS)}, [], "", "Linux 5.13 or newer"),
        ({"landlock": Layer(False, "no", errno.EOPNOTSUPP)}, [], "", "boot parameter lsm="),
        ({"landlock": Layer(False, "no", errno.EPERM)}, [], "", "Docker 23 or newer"),
        (
            {"seccomp": Layer(False, "no", errno.EPERM)},
            [],
            "",
            "profile must allow the system call seccomp",
        ),
        ({"seccomp": Layer(False, "'riscv64'")}, [], "", "seccomp cannot be used: 'riscv64'."),
        ({"session": Layer(True)}, [LISTED], "", "`chmod go-rwx /course`"),
        (
            {"session": Layer(True)},
            [],
            "the container has too few users",
            "the container has too few users",
        ),
        ({}, [], "", "on Linux 5.13 or newer"),
    ],
)
def test_each_shortfall_has_a_remedy(achieved, tried, same_user, says):
    assert says in " ".join(remedies(Level.PLAIN, achieved, tried, same_user))
    assert list(remedies(Level.FULL, achieved, tried, same_user)) == []
