"""Faults: whatever student code does to its worker, the grader notices, says so, and goes on."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from grader.model import Verdict
from grader.sandbox.transport import (
    CallTimeout,
    OutOfMemory,
    ProtocolViolation,
    StudentFault,
    WorkerCrashed,
)
from grader.sandbox.wire import Call
from tests.grader.sandbox.remains import descriptors


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        # one call into C that never lets go of the GIL
        "(10**7 ** 1).__pow__(10**8)",
        "[signal.signal(n, signal.SIG_IGN) for n in range(1, 32) if n not in (9, 19)]\n    while "
        "True: pass",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n    while True: pass",
        "\n    while True:\n        try:\n            while True: pass\n        except "
        "BaseException: pass",
    ],
    ids=["loop", "C code", "ignored signals", "blocked signals", "swallowed exceptions"],
)  # fmt: skip
def test_code_that_computes_for_ever_is_stopped_by_its_cpu_time(hire, body):
    student = hire(f"import signal\ndef f():\n    {body}\n")
    begun = time.monotonic()
    with pytest.raises(CallTimeout, match="ran for too long") as fault:
        student("f", seconds=0.3, wall=60)
    assert fault.value.verdict is Verdict.TIMEOUT
    assert time.monotonic() - begun < 20
    assert 0.3 < student.worker.cpu_seconds() < 0.3 * 1.05 + 0.5
    assert not student.worker.alive


@pytest.mark.parametrize(
    "body",
    ["time.sleep(1000)", "os.kill(os.getpid(), 19)", "threading.Event().wait()"],
    ids=["sleep", "SIGSTOP", "a lock"],
)
def test_code_that_waits_for_ever_is_stopped_by_the_clock(hire, body):
    student = hire(f"import os, threading, time\ndef f():\n    {body}\n")
    begun = time.monotonic()
    with pytest.raises(CallTimeout, match=r"within 0\.5 seconds"):
        student("f", seconds=10, wall=0.5)
    assert 0.5 <= time.monotonic() - begun < 0.5 * 1.05 + 0.5


def test_an_import_that_never_ends_costs_its_file_only(sandbox):
    files = {"good.py": b"def f(): return 1", "bad.py": b"while True: pass"}
    worker = sandbox.start(files, memory=256, output=4)
    (answer,) = worker.request([Call("call", "good", name="f")], seconds=5, wall=20)
    assert answer.value == 1
    with pytest.raises(CallTimeout):
        worker.request([Call("call", "bad", name="f")], seconds=0.2, wall=20)
    worker.close()


def test_a_stopped_worker_answers_nothing_more(hire):
    student = hire("def f():\n    while True: pass\ndef g(): return 1\n")
    with pytest.raises(CallTimeout):
        student("f", seconds=0.1)
    with pytest.raises(StudentFault, match="has already ended"):
        student("g")


def test_threads_do_not_run_between_requests(hire):
    student = hire(
        "import threading, time\ncount = 0\n"
        "def work():\n    global count\n    while True:\n        count += 1\n"
        "def start(): threading.Thread(target=work, daemon=True).start()\n"
        "def read(): return count\n"
    )
    student("start")
    before = student("read")
    used = student.worker.cpu_seconds()
    time.sleep(0.4)
    assert student.worker.cpu_seconds() - used < 0.05
    deadline = time.monotonic() + 10
    while student("read") <= before:
        assert time.monotonic() < deadline


def test_cpu_seconds_are_those_of_the_worker(hire):
    student = hire(
        "from time import process_time as t\ndef f():\n    end = t() + 0.2\n    while t() < end: "
        "pass\n"
    )
    before = student.worker.cpu_seconds()
    student("f")
    assert 0.2 <= student.worker.cpu_seconds() - before < 0.4


# ---- memory and space ----------------------------------------------------------------------------


def test_more_memory_than_there_is_raises_memory_error_in_the_students_code(hire):
    student = hire(
        "import numpy as np\ndef f(): return np.ones(1 << 28).sum()\ndef g(): return 1\n",
        memory=256,
    )
    raised = student.answer("f").raised
    assert "MemoryError" in raised.bases
    assert student("g") == 1


def test_the_memory_limit_is_beyond_what_the_interpreter_uses(hire):
    student = hire(
        "import numpy as np\ndef f(): return float(np.ones(24 << 17).sum())\n", memory=32
    )
    assert student("f") == 24 << 17


def test_a_list_that_grows_for_ever_ends(hire):
    student = hire("def f():\n    x = []\n    while True: x.append(bytes(1 << 16))\n", memory=128)
    raised = student.answer("f", seconds=20).raised
    assert raised.kind == "MemoryError"


def test_shared_memory_counts(hire):
    write = "    for i in range(0, len(m), 4096): m[i] = 1\n"
    source = (
        f"import mmap\ndef f():\n    m = mmap.mmap(-1, 600 << 20)\n{write}    while True: pass\n"
    )
    with pytest.raises(OutOfMemory, match="more than 256 MiB"):
        hire(source, memory=256).answer("f", seconds=20)


def test_a_full_scratch_folder_ends_it(hire):
    source = (
        "def f():\n    for i in range(10**6):\n        open(str(i), 'wb').write(bytes(32 << 20))\n"
    )
    with pytest.raises(OutOfMemory, match="wrote more than 256 MiB"):
        hire(source).answer("f", seconds=30)


REMOVED = """
import mmap, os, tempfile
kept, block = [], os.urandom(1 << 20)
def hold(megabytes):
    file = tempfile.TemporaryFile(buffering=0)
    for _ in range(megabytes): file.write(block)
    kept.append(file)
def hold_many():
    for _ in range(20): hold(48)
def map_many():
    for _ in range(20):
        hold(48)
        kept.append(mmap.mmap(kept[-1].fileno(), 4096))
        kept.pop(-2).close()
    while True: pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="open files are seen in /proc")
@pytest.mark.parametrize("how", ["hold_many", "map_many"])
def test_files_that_are_removed_and_kept_count(hire, how):
    with pytest.raises(OutOfMemory, match="256 MiB"):
        hire(REMOVED).answer(how)


@pytest.mark.skipif(sys.platform != "linux", reason="open files are seen in /proc")
def test_what_many_short_calls_leave_is_seen(hire):
    student = hire(REMOVED)

    def hold_and_hold():
        for _ in range(200):  # 1.6 GiB, in calls that end before anybody looks
            student("hold", 8)

    with pytest.raises(OutOfMemory, match="256 MiB"):
        hold_and_hold()


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can start others' processes"
)
def test_a_root_that_may_not_trace_sees_removed_files_all_the_same(tmp_path):
    """As in a container: another user's process is looked at as that user."""
    os.chmod(tmp_path, 0o777)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == 0 and str(folder).startswith(tempfile.gettempdir() + "/"):
            os.chmod(folder, 0o755)
    script = (
        f"exec 9<>{tmp_path}/x; head -c 5000000 /dev/zero >&9; rm {tmp_path}/x; echo ready; "
        "exec sleep 60"
    )
    become = ["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups"]
    other = subprocess.Popen([*become, "sh", "-c", script], stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline() == b"ready\n"
        time.sleep(0.2)
        code = (
            f"from grader.sandbox.usage import *; print(removed_bytes({other.pid}, 65533, "
            f"{str(tmp_path)!r}, 1))"
        )
        limited = [
            "setpriv",
            "--bounding-set=-sys_ptrace",
            "--inh-caps=-sys_ptrace",
            sys.executable,
            "-c",
            code,
        ]
        seen = subprocess.run(
            limited, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
        ).stdout
        assert int(seen) >= 5_000_000
    finally:
        other.kill()
        other.wait()
        other.stdout.close()


def test_too_many_files_end_it(hire):
    source = "import os\ndef f():\n    for i in range(10**6):\n        os.mkdir(str(i))\n"
    with pytest.raises(OutOfMemory, match="5,000 files"):
        hire(source).answer("f", seconds=30)


def test_too_many_threads_end_it(hire):
    source = (
        "import threading, time\ndef f():\n"
        "    while True:\n        threading.Thread(target=time.sleep, args=(99,), "
        "daemon=True).start()\n"
    )
    student = hire(source, memory=4096)
    with contextlib.suppress(OutOfMemory):  # or the kernel has counted them first
        assert student.answer("f", seconds=20, wall=60).raised.message == "can't start new thread"


def test_one_file_cannot_be_large(hire):
    raised = hire("def f():\n    open('x', 'wb').write(bytes(100 << 20))\n").answer("f").raised
    assert raised.kind == "OSError"


# ---- output --------------------------------------------------------------------------------------


def test_what_is_printed_comes_once_and_stdout_and_stderr_together(hire):
    student = hire(
        "import os, sys\ndef f(x):\n    print(x)\n    print('e', file=sys.stderr)\n    "
        "os.write(1, b'raw\\n')\n"
    )
    student("f", "one")
    assert sorted(student.worker.output().split()) == ["e", "one", "raw"]
    student("f", "two")
    assert "two" in (text := student.worker.output())
    assert "one" not in text


def test_what_was_printed_before_a_crash_is_kept(hire):
    student = hire("import os\ndef f():\n    print('last words', flush=True)\n    os._exit(0)\n")
    with pytest.raises(WorkerCrashed):
        student("f")
    assert student.worker.output() == "last words\n"


def test_a_flood_of_output_is_cut_off_and_does_not_fill_the_disk(hire):
    student = hire("def f():\n    while True:\n        print('x' * 65535)\n", output=2)
    with contextlib.suppress(CallTimeout):  # or the file is full first, and print raises
        assert student.answer("f", seconds=1).raised.kind == "OSError"
    text = student.worker.output()
    assert text.endswith("(only the first 2 KiB are kept)")
    assert len(text) < 2200


def test_what_the_worker_sets_on_its_output_does_not_hold_for_the_graders(hire):
    student = hire(
        "import fcntl, os\ndef f():\n    os.write(1, b'text')\n"
        "    fcntl.fcntl(1, fcntl.F_SETFL, os.O_DIRECT | os.O_NONBLOCK)\n    os.lseek(1, 0, 0)\n"
    )
    student.answer("f")
    assert student.worker.output() == "text"


def test_output_cannot_control_the_terminal(hire):
    student = hire("def f():\n    print('\\x1b[31mred\\x1b[0m', '50%\\r100%', '\\x07\\u202e')\n")
    student("f")
    assert student.worker.output() == "red 50%\n100% \ufffd\ufffd\n"


# ---- crashes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("os._exit(0)", "exit status 0"),
        ("os.kill(os.getpid(), 9)", "SIGKILL"),
        ("os.abort()", "SIGABRT"),
        ("ctypes.string_at(0)", "SIGSEGV"),
        ("os.close(3)", "exit status|closed its connection"),
    ],
)
def test_a_process_that_ends_is_a_crash_with_a_reason(hire, body, words):
    student = hire(f"import ctypes, os\ndef f():\n    {body}\n")
    with pytest.raises(WorkerCrashed, match=words) as fault:
        student("f")
    assert fault.value.verdict is Verdict.CRASHED


def test_sys_exit_is_only_an_exception(hire):
    student = hire("import sys\ndef f(): sys.exit(0)\ndef g(): return 1\n")
    assert student.answer("f").raised.kind == "SystemExit"
    assert student("g") == 1


def test_recursion_without_the_interpreters_limit_is_a_crash_or_an_exception(hire):
    student = hire(
        "import sys\ndef f(n=0):\n    sys.setrecursionlimit(10**9)\n    return f(n + 1)\n",
        memory=64,
    )
    with contextlib.suppress(WorkerCrashed, OutOfMemory):
        assert student.answer("f", seconds=30).raised is not None


# ---- the protocol --------------------------------------------------------------------------------

FORGE = """
import gc, json, os, socket, struct, sys, threading, time
def raw(data): os.write(3, data)
def frame(body):
    head = json.dumps(body).encode()
    raw(struct.pack("<II", len(head), 0) + head)
def request_id():
    f = sys._getframe()
    while f:
        for value in f.f_locals.values():
            if type(value).__name__ == "Request":
                return value.id
        f = f.f_back
def later(function, *args): threading.Timer(0.2, function, args).start()
"""


@pytest.mark.parametrize(
    "body",
    [
        "frame(['reply', '0123456789abcdef', [[42]]])",
        "frame(['reply', request_id(), [[1], [2]]])",
        "frame(['reply', request_id(), []])",
        "frame(['ready', ['d', []]])",
        "frame(['ask', 0, ['t', []], ['d', []]])",
        "frame(['told', 1, None])",
        "frame(['request', 'x', []])",
        "raw(b'\\xff' * 100)",
        "raw(struct.pack('<II', 1 << 31, 1 << 31))",
        "raw(struct.pack('<IIQ', 2, 1, 1 << 60) + b'[]')",
        "raw(struct.pack('<II', 1 << 20, 0) + b'[' * (1 << 20))",
    ],
)
def test_a_forged_message_is_a_violation(hire, body):
    student = hire(f"{FORGE}\ndef f():\n    {body}\n    time.sleep(5)\n")
    with pytest.raises(ProtocolViolation) as fault:
        student("f", seconds=5, wall=20)
    assert fault.value.verdict is Verdict.FORBIDDEN


def test_a_second_reply_is_found_at_the_next_request_at_the_latest(hire):
    student = hire(f"{FORGE}\ndef f():\n    frame(['reply', request_id(), [[42]]])\n")
    with contextlib.suppress(ProtocolViolation):  # it may have come with the first already
        assert student("f") == 42  # an answer like any other: it could have returned 42
        with pytest.raises(ProtocolViolation):
            student("f")
    assert not student.worker.alive


def test_half_a_reply_is_a_timeout(hire):
    student = hire(
        f"{FORGE}\ndef f():\n    raw(struct.pack('<II', 100, 0) + b'[')\n    time.sleep(60)\n"
    )
    with pytest.raises(CallTimeout):
        student("f", wall=0.4)


def test_a_worker_that_does_not_read_is_a_timeout(hire):
    student = hire("import time, threading\ndef f(x): time.sleep(60)\n")
    with pytest.raises(CallTimeout):
        student("f", np.ones(4 << 20), wall=0.6)


def test_a_slow_flood_cannot_hold_the_grader_beyond_its_time(hire):
    trickle = "    while True:\n        raw(b'[')\n        time.sleep(0.02)\n"
    student = hire(f"{FORGE}\ndef f():\n    raw(struct.pack('<II', 1 << 20, 0))\n{trickle}")
    begun = time.monotonic()
    with pytest.raises(CallTimeout):
        student("f", wall=0.5)
    assert time.monotonic() - begun < 1.2


def test_descriptors_sent_to_the_grader_do_not_arrive(hire):
    student = hire(
        "import os, socket\ndef f():\n    s = socket.socket(fileno=os.dup(3))\n"
        "    r, w = os.pipe()\n    socket.send_fds(s, [b'x'], [r] * 50)\n"
    )
    before = descriptors()
    with contextlib.suppress(StudentFault):  # where the filter does not refuse it
        assert student.answer("f", wall=0.5).raised.refused
    assert descriptors() <= before


def test_a_function_of_the_checks_can_be_called_only_so_often(hire, monkeypatch):
    monkeypatch.setattr("grader.sandbox.worker._MESSAGES", 50)
    student = hire("def f(g):\n    while True: g(1)\n")
    with pytest.raises(CallTimeout, match="more than 49 times"):
        student("f", abs)


def test_a_fault_inside_a_function_of_the_checks_ends_the_outer_request_too(hire):
    student = hire("import os\ndef f(g): return g(1)\ndef h(x): os._exit(3)\n")
    with pytest.raises(WorkerCrashed):
        student("f", lambda x: student("h", x))


def test_an_exception_that_leaves_a_request_half_way_ends_the_worker(hire):
    class Stop(BaseException):
        pass

    def g(x):
        raise Stop

    student = hire("def f(g): return g(1)\n")
    with pytest.raises(Stop):
        student("f", g)
    assert not student.worker.alive


def test_an_argument_that_cannot_be_sent_leaves_the_worker_alive(hire):
    student = hire("def f(x): return 1\n")
    with pytest.raises(TypeError):
        student("f", object())
    assert student("f", 2) == 1
