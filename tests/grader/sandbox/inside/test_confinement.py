"""What the full level refuses, tried for real; what honest code needs, tried as well."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.model import Level
from grader.sandbox import places, users
from grader.sandbox.inside import landlock, seccomp
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.wire import Call

LIBC = """
import ctypes, errno, os
_libc = ctypes.CDLL(None, use_errno=True)
def syscall(*args):
    ctypes.set_errno(0)
    result = _libc.syscall(*[ctypes.c_long(a) if type(a) is int else a for a in args])
    return errno.errorcode[ctypes.get_errno()] if result < 0 else "done"
def attempt(f):
    try:
        f()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return "done"
"""
REFUSED = ("EPERM", "EACCES")


@pytest.fixture
def student(hire_full):
    return hire_full


def tried(hire, body: str, *args: object, **files: bytes) -> object:
    """What became of one line of student code."""
    source = (
        f"{LIBC}\nimport signal, socket, subprocess, sys, threading, time\ndef f(*args):\n   "
        f" return {body}\n"
    )
    return hire(source)("f", *args)


# ---- files ---------------------------------------------------------------------------------------


def test_files_outside_cannot_be_read_listed_or_written(student, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the answer")
    os.chmod(tmp_path, 0o777)
    os.chmod(secret, 0o666)
    for body in (
        "attempt(lambda: open(args[0]).read())",
        "attempt(lambda: os.listdir(args[1]))",
        "attempt(lambda: open(args[0], 'w'))",
        "attempt(lambda: os.open(args[0], os.O_RDONLY | os.O_NOATIME))",
        "attempt(lambda: os.unlink(args[0]))",
        "attempt(lambda: os.truncate(args[0], 0))",
        "attempt(lambda: os.mkdir(args[1] + '/new'))",
        "attempt(lambda: os.symlink('x', args[1] + '/new'))",
        "attempt(lambda: (os.symlink(args[0], 'link'), open('link').read()))",
        "attempt(lambda: open('/proc/self/root' + args[0]).read())",
    ):
        assert tried(student, body, str(secret), str(tmp_path)) in REFUSED, body
    for body in ("os.link(args[0], 'mine')", "os.rename(args[0], 'mine')"):
        # "across devices" comes first where the scratch folder is in memory
        assert tried(student, f"attempt(lambda: {body})", str(secret)) in (*REFUSED, "EXDEV")
    assert secret.read_text() == "the answer"
    assert os.listdir(tmp_path) == ["secret"]


def test_metadata_outside_does_not_change(student, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    before = secret.stat()
    for body in ("os.chmod(args[0], 0o777)", "os.chown(args[0], 0, 0)", "os.utime(args[0], (1, 1))",
                 "os.setxattr(args[0], 'user.a', b'x')"):  # fmt: skip
        # it only looks like it
        assert tried(student, f"attempt(lambda: {body})", str(secret)) == "done"
    assert secret.stat() == before
    assert os.listxattr(secret) == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/home",
        "/root",
        "/tmp",
        "/etc/passwd",
        "/etc/shadow",
        "/proc",
        "/proc/1/environ",
        "/proc/self/mem",
        "/proc/self/environ",
        "/dev/mem",
        "/dev/shm",
        "/var",
        "/run",
        "/sys/kernel",
        str(Path(__file__).parents[4]),
    ],
)
def test_places_of_interest_are_closed(student, path):
    body = (
        "attempt(lambda: os.listdir(args[0]) if os.path.isdir(args[0]) else open(args[0], "
        "'rb').read(1))"
    )
    if not Path(path).exists():
        pytest.skip("not on this machine")
    assert tried(student, body, path) in REFUSED


def test_the_source_of_the_grader_is_closed_when_it_runs_from_a_checkout(student):
    path = str(Path(seccomp.__file__).parents[3])
    if "site-packages" in path:
        pytest.skip("installed, so part of the libraries")
    assert tried(student, "attempt(lambda: os.listdir(args[0]))", path) in REFUSED
    raised = student("import grader\ndef f(): pass\n").answer("f").raised
    assert raised.kind == "ModuleNotFoundError"


def test_the_submission_can_be_read_and_not_written(hire_full):
    student = hire_full(f"{LIBC}\nimport data_helper\ndef f(how): return attempt(lambda: "
                        "open(__file__, how).close())\n"
                        "def g(): return open('data/x.txt').read(), data_helper.y\n",
                        {"data/x.txt": b"numbers", "data_helper.py": b"y = 2"})  # fmt: skip
    assert student("f", "r") == "done"
    assert student("f", "r+") in REFUSED
    assert student("g") == ("numbers", 2)


def test_another_workers_folder_is_closed(hire_full):
    a = hire_full("open('note', 'w').write('x')\ndef f(): return 1\n")
    a("f")
    assert (
        tried(
            hire_full,
            "[attempt(lambda: os.listdir(p)) for p in args]",
            a.worker.folder,
            f"{a.worker.folder}/scratch",
            f"{a.worker.folder}/files",
        )
        == ["EACCES"] * 3
    )


def test_nothing_stays_from_one_worker_to_the_next(hire_full):
    source = """
import builtins, os, numpy as np
seen = os.listdir(), hasattr(builtins, "mark"), hasattr(np, "mark"), os.environ.get("MARK")
builtins.mark = np.mark = True
np.add = None
os.environ["MARK"] = "1"
open("mark", "w").close()
def f(): return seen
"""
    for _ in range(2):
        assert hire_full(source)("f") == ([], False, False, None)


# ---- what a worker inherits ----------------------------------------------------------------------


def test_a_worker_inherits_no_descriptor_variable_argument_or_path(hire_full, monkeypatch):
    monkeypatch.setenv("GRADER_SECRET", "x")
    student = hire_full(
        "import gc, os, sys\n"
        "def env(): return dict(os.environ)\n"
        "def args(): return sys.argv, sys.orig_argv\n"
        "def fds(): return [fd for fd in range(256) if exists(fd)]\n"
        "def exists(fd):\n    try:\n        return bool(os.fstat(fd))\n    except OSError:\n      "
        "  return False\n"
        "def path(): return sys.path, os.getcwd(), str(sys.modules['__main__'].__dict__)\n"
    )
    checkout = str(Path(__file__).parents[4])
    libraries = places.libraries(["numpy"])  # an environment may lie in the checkout
    assert student("fds") == [0, 1, 2, 3]
    assert "GRADER_SECRET" not in student("env")
    assert student("env")["HOME"].startswith(student.worker.folder)
    own, (interpreter, *rest) = student("args")
    assert own == ["student"]
    assert interpreter == sys.executable  # which it can read anyway: it runs in it
    assert checkout not in str(rest)
    path, cwd, main = student("path")
    assert set(path) <= {*libraries, f"{student.worker.folder}/files"}
    assert cwd == f"{student.worker.folder}/scratch"
    assert checkout not in main


# ---- processes and the network -------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "subprocess.run(['/bin/true'])",
        "os.kill(args[0], 0)",
        "os.kill(args[0], 9)",
        "os.kill(-1, 15)",
        "os.killpg(os.getpgid(args[0]), 15)",
        "os.kill(0, 15)",
        "signal.pidfd_send_signal(os.pidfd_open(args[0]), 9)",
        "os.setpriority(os.PRIO_PROCESS, args[0], 19)",
        "os.sched_setaffinity(args[0], {0})",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)",
        "os.mkfifo('fifo')",
        "os.memfd_create('x')",
        "os.chroot('.')",
        "socket.send_fds(socket.socketpair()[0], [b'x'], [1])",
        "os.sched_getaffinity(args[0])",
        "time.clock_gettime(~args[0] << 3 | 2)",
        "time.clock_getres(~args[0] << 3)",
    ],
)
def test_processes_and_sockets_are_refused(student, body):
    assert tried(student, f"attempt(lambda: {body})", os.getpid()) == "EPERM"


X86 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")


@X86
@pytest.mark.parametrize(
    "body",
    [
        "syscall(101, 16, args[0], 0, 0)",                           # ptrace(ATTACH)
        "syscall(310, args[0], 0, 0, 0, 0, 0)",                      # process_vm_readv
        "syscall(425, 8, 0)",                                        # io_uring_setup
        "syscall(321, 0, 0, 0)",                                     # bpf
        "syscall(250, 0, 0)",                                        # keyctl
        "syscall(29, 1234, 4096, 0o1600)",                           # shmget
        "syscall(319, b'x', 0)",                                     # memfd_create
        "syscall(298, 0, 0, -1, -1, 0)",                             # perf_event_open
        "syscall(272, 0x10000000)",                                  # unshare(NEWUSER)
        "syscall(56, 0x10000000 | 17, 0, 0, 0, 0)",                  # clone(NEWUSER)
        "syscall(56, 17, 0, 0, 0, 0)",                               # clone: a process
        "syscall(58)",                                               # vfork
        "syscall(165, 0, 0, 0, 0, 0)",                               # mount
        "syscall(253)",                                              # inotify_init
        "syscall(302, args[0], 7, 0, 0)",                            # prlimit of another process
        "syscall(317, 0, 0, 0)",                                     # seccomp
        "syscall(157, 4, 1, 0, 0, 0)",                               # prctl(SET_DUMPABLE)
        "syscall(157, 1, 0, 0, 0, 0)",                               # prctl(SET_PDEATHSIG)
        "syscall(72, 3, 8, args[0])",                                # fcntl(F_SETOWN)
        "syscall(200, args[0], 9)",                                  # tkill
        "syscall(234, args[0], args[0], 9)",                         # tgkill
        # clone: a thread with descriptors of its own
        "syscall(56, 0x00010900, 0, 0, 0, 0)",
        # clock_nanosleep until another process has run
        "syscall(230, ~args[0] << 3 | 2, 0, b' ' * 16, 0)",
        "syscall(222, ~args[0] << 3 | 2, 0, b' ' * 8)",              # timer_create on its clock
        "syscall(72, 0, 1036, b'    ')",                             # fcntl(F_SET_RW_HINT)
        "syscall(307, 3, 0, 0, 0)",                                  # sendmmsg
        "syscall(451, 0, 0, 0, 0)",                                  # cachestat
    ],
)  # fmt: skip
def test_system_calls_that_python_hides_are_refused(student, body):
    assert tried(student, body, os.getpid()) == "EPERM"


@X86
@pytest.mark.parametrize(
    ("body", "error"),
    [
        # clone3: the C library falls back to clone
        ("syscall(435, 0, 0)", "ENOSYS"),
        # statmount: newer than the table
        ("syscall(457, 0, 0, 0, 0)", "ENOSYS"),
        ("syscall(9999)", "ENOSYS"),
        ("syscall(16, 3, 0x8901, 0)", "ENOTTY"),                     # ioctl(FIOSETOWN)
        ("syscall(285, 3, 0, 0, 4096)", "ENOTSUP"),                  # fallocate
    ],
)  # fmt: skip
def test_calls_that_programs_do_without_look_as_if_the_kernel_lacked_them(student, body, error):
    assert tried(student, body, os.getpid()) == error


@X86
def test_calls_under_the_numbers_of_another_architecture_end_the_process(hire_full):
    student = hire_full(f"{LIBC}\ndef f(): return syscall(0x40000000 + 41, 2, 1, 0)\n")
    with pytest.raises(Exception, match="SIGSYS"):
        student("f")


LOCKS = """
import fcntl, os, struct
SETTING = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
def lock(path, way):
    first, second = os.open(path, os.O_RDONLY), os.open(path, os.O_RDONLY)
    try:
        return locked(first, second, way)
    finally:
        os.close(first)
        os.close(second)
def locked(first, second, way):
    kind, command, test = {"flock": (0, 0, 0), "F_SETLK": (1, 6, 36), "F_OFD_SETLK": (1, 37, 36)}[way]
    if not kind:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return "none"
    shared = struct.pack("hhqqi", fcntl.F_RDLCK, 0, 0, 0, 0)
    fcntl.fcntl(first, command, shared)
    return "none" if struct.unpack("hhqqi", fcntl.fcntl(second, test, SETTING))[0] == fcntl.F_UNLCK else "a lock"
"""


@pytest.mark.parametrize("way", ["flock", "F_SETLK", "F_OFD_SETLK"])
def test_a_lock_on_a_library_is_pretended_and_nobody_sees_it(hire_full, way):
    student = hire_full(LOCKS)
    assert student("lock", os.path.realpath(os.__file__), way) == "none"
    assert "a lock" in lock_here(os.path.realpath(os.__file__), way)


def lock_here(path, way):
    """The same code where nothing forbids it: the test would see a lock."""
    space = {}
    exec(LOCKS, space)
    try:
        return space["lock"](path, way)
    except BlockingIOError:
        return "a lock"


def test_own_clocks_and_processors_can_be_read(hire_full):
    student = hire_full(
        "import os, threading, time\ndef f():\n    own = "
        "time.pthread_getcpuclockid(threading.get_ident())\n"
        "    times = time.process_time(), time.thread_time(), time.clock_gettime(~os.getpid() << "
        "3 | 2)\n"
        "    return all(0 < now < 100 for now in (*times, time.clock_gettime(own))) and "
        "bool(os.sched_getaffinity(0))\n"
    )
    assert student("f") is True


def test_a_listening_socket_of_the_grader_stays_out_of_reach(student, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert (
            tried(
                student,
                "attempt(lambda: socket.create_connection(('127.0.0.1', args[0]), 1))",
                port,
            )
            == "EPERM"
        )
    assert tried(student, "attempt(lambda: socket.getaddrinfo('example.org', 80))") != "done"


def test_no_privilege_is_left(hire_full):
    student = hire_full(
        "import os\ndef f(): return os.getuid(), os.geteuid(), os.getgid(), os.getgroups()\n"
    )
    uid, effective, gid, groups = student("f")
    status = Path(f"/proc/{student.worker._process.pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert all(int(fields[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"))
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    assert uid == effective
    if student.worker.uid is not None:
        assert (uid, gid, groups) == (student.worker.uid, student.worker.uid, [])


@pytest.mark.parametrize(
    "body",
    ["os.setuid(12345)", "os.setgid(12345)", "os.setgroups([0])", "os.chroot('/')", "os.nice(1)",
     "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))"],
)  # fmt: skip
def test_a_worker_can_become_nobody_else_and_give_way_to_nobody(student, body):
    assert tried(student, f"attempt(lambda: {body})") == "EPERM"


def test_nobody_of_the_same_user_looks_into_a_worker(hire_full):
    a = hire_full("secret = 'x' * 100\ndef f(): return 1\n")
    a("f")
    pid = a.worker._process.pid
    assert tried(hire_full, "attempt(lambda: open(f'/proc/{args[0]}/mem', 'rb'))", pid) in REFUSED
    assert tried(hire_full, "attempt(lambda: os.readlink(f'/proc/{args[0]}/cwd'))", pid) in REFUSED


# ---- honest code ---------------------------------------------------------------------------------

HONEST = {
    "temporary files": "with tempfile.TemporaryDirectory() as d: (pathlib.Path(d) / "
    "'x').write_text('x')",
    "copies": "open('a', 'w').write('x'); shutil.copy2('a', 'b'); shutil.copytree('.', 'tree'); "
    "shutil.rmtree('tree')",
    "arrays on disk": "np.savez('a.npz', x=np.ones(3)); assert np.load('a.npz')['x'].sum() == 3",
    "large arrays on disk": "np.save('a.npy', np.ones(4 << 20)); assert np.load('a.npy', "
    "mmap_mode='r')[-1] == 1",
    "threads": "assert list(ThreadPoolExecutor(4).map(abs, [-1, 2])) == [1, 2]",
    "an event loop": "asyncio.run(asyncio.sleep(0.001))",
    "warnings": "warnings.warn('careful')",
    "logging": "logging.warning('careful')",
    "lazy imports": "import sqlite3, decimal, xml.dom.minidom, ssl, multiprocessing",
    "a terminal that is none": "assert not sys.stdout.isatty() and shutil.get_terminal_size()",
    "names of the machine": "platform.platform(), platform.processor(), os.cpu_count(), "
    "getpass.getuser()",
    "linear algebra": "np.linalg.svd(np.random.rand(200, 200)); np.fft.fft(np.ones(1000))",
    "random numbers": "secrets.token_bytes(9); uuid.uuid4(); np.random.default_rng().normal()",
    "time": "time.sleep(0.001); time.localtime(); datetime.datetime.now().astimezone()",
    "signals to oneself": "signal.signal(signal.SIGUSR1, lambda *_: None); "
    "signal.raise_signal(signal.SIGUSR1)",
    "a database": "c = sqlite3.connect('x.db'); c.execute('create table t (a)')\n"
    "    c.execute('insert into t values (1)'); c.commit()\n"
    "    assert sqlite3.connect('x.db').execute('select a from t').fetchall() == [(1,)]",
    "many files, one after the other": "[open(f'f{n}', 'w').close() for n in range(300)]",
    "a temporary file of some size": "f = tempfile.TemporaryFile(); f.write(bytes(48 << 20)); "
    "f.close()",
    "a timer": "signal.signal(signal.SIGALRM, lambda *_: None); "
    "signal.setitimer(signal.ITIMER_REAL, 0.001)",
}


@pytest.mark.parametrize("body", HONEST.values(), ids=HONEST)
def test_honest_code_works_and_is_suspected_of_nothing(hire_full, body):
    student = hire_full(
        "import asyncio, datetime, getpass, logging, os, pathlib, platform, secrets, shutil, "
        "signal, sys, tempfile\n"
        "import sqlite3, time, uuid, warnings, numpy as np\nfrom concurrent.futures import "
        "ThreadPoolExecutor\n"
        f"def f():\n    {body}\n    return True\n"
    )
    answer = student.answer("f")
    assert answer.raised is None, answer.raised
    assert answer.attempts == ()


def test_input_says_what_to_do_instead(hire_full):
    raised = hire_full("def f(): return input('n? ')\n").answer("f").raised
    assert (
        raised.message
        == "input('n? '): there is no keyboard input here; take the value as an argument"
    )


# ---- importing -----------------------------------------------------------------------------------


def test_modules_find_each_other_and_are_imported_on_first_use(sandbox):
    files = {
        "layers.py": b"from helpers.shapes import flat\nimport losses\ndef f(): return flat(), "
        b"losses.LOADED",
        "helpers/__init__.py": b"",
        "helpers/shapes.py": b"def flat(): return 'flat'",
        "losses.py": b"LOADED = 1",
        "broken.py": b"def f(:\n    pass\n",
    }
    worker = sandbox.start(files, memory=128, output=1)
    (answer,) = worker.request([Call("call", "layers", name="f")], seconds=5, wall=20)
    assert answer.value == ("flat", 1)
    for _ in range(2):
        (answer,) = worker.request([Call("call", "broken", name="f")], seconds=5, wall=20)
        assert (answer.raised.kind, answer.raised.missing) == ("SyntaxError", False)
        assert (answer.raised.frames[-1].file, answer.raised.frames[-1].line) == ("broken.py", 1)
    worker.close()


def test_a_module_that_failed_is_not_run_again(sandbox):
    source = b"open('runs', 'a').write('x')\nraise ValueError(len(open('runs').read()))"
    worker = sandbox.start({"a.py": source}, memory=128, output=1)
    for _ in range(3):
        (answer,) = worker.request([Call("get", "a", name="x")], seconds=5, wall=20)
        assert (answer.raised.kind, answer.raised.message) == ("ValueError", "1")
        assert [frame.line for frame in answer.raised.frames] == [2]
    worker.close()


def test_libraries_cannot_be_shadowed(sandbox):
    files = {
        "numpy.py": b"ones = None",
        "random.py": b"raise ValueError",
        "colorsys.py": b"raise ValueError",
        "grader.py": b"X = 1",
        "sitecustomize.py": b"raise ValueError",
        "conftest.py": b"raise ValueError",
        "a.py": b"import numpy, random, colorsys\nimport grader\n"
        b"def f(): return numpy.ones(2), grader.X, colorsys.__doc__ is not None",
    }
    worker = sandbox.start(files, memory=128, output=1)
    (answer,) = worker.request([Call("call", "a", name="f")], seconds=5, wall=20)
    assert answer.raised is None, answer.raised
    assert answer.value[1:] == (1, True)
    (answer,) = worker.request([Call("get", "random", name="x")], seconds=5, wall=20)
    assert "rename the file" in answer.raised.message
    worker.close()


def test_an_import_of_something_absent_names_it_and_is_not_a_missing_symbol(sandbox):
    worker = sandbox.start({"a.py": b"import no_such_package"}, memory=128, output=1)
    (answer,) = worker.request([Call("get", "a", name="x")], seconds=5, wall=20)
    assert (answer.raised.kind, answer.raised.missing) == ("ModuleNotFoundError", False)
    assert "no_such_package" in answer.raised.message
    worker.close()


# ---- levels --------------------------------------------------------------------------------------


def test_a_level_that_is_not_reached_is_an_error_in_one_sentence():
    with pytest.raises(
        SandboxError, match=r"supports the sandbox level plain, but full is required"
    ) as error:
        Sandbox(Level.FULL, at_most=Level.PLAIN)
    assert "\n" not in str(error.value)


def test_plain_limits_resources_and_nothing_else(tmp_path):
    (tmp_path / "secret").write_text("x")
    with Sandbox(Level.PLAIN, at_most=Level.PLAIN) as sandbox:
        assert sandbox.level is Level.PLAIN
        worker = sandbox.start({"a.py": b"def f(p): return open(p).read()"}, memory=128, output=1)
        call = Call("call", "a", name="f", args=(str(tmp_path / "secret"),))
        (answer,) = worker.request([call], seconds=5, wall=20)
        assert answer.value == "x"
        assert answer.attempts == (f"open '{tmp_path / 'secret'}'",)


def test_partial_keeps_secrets_and_leaves_resources_open(full):
    with Sandbox(Level.PARTIAL, at_most=Level.PARTIAL, private=[]) as sandbox:
        assert sandbox.level is Level.PARTIAL
        refused = {one.attempt.id: one.refused for one in sandbox.tried}
        assert refused["grader-file"]
        assert not all(refused.values())


def test_what_student_code_has_forked_ends_with_it():
    """Without seccomp it can fork; what it forks is then in its session."""
    with Sandbox(Level.PLAIN, at_most=Level.PLAIN) as sandbox:
        source = (
            b"import os, time\ndef f():\n    pid = os.fork()\n    return pid if pid else "
            b"time.sleep(100)"
        )
        worker = sandbox.start({"a.py": source}, memory=128, output=1)
        (answer,) = worker.request([Call("call", "a", name="f")], seconds=5, wall=20)
        status = Path(f"/proc/{answer.value}/status")
        assert status.exists()
        worker.close()
        deadline = time.monotonic() + 10
        while status.exists() and "State:\tZ" not in status.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_private_folder_inside_a_readable_tree_is_found_out(full, tmp_path):
    with pytest.raises(SandboxError, match=r"student code could list"):
        Sandbox(Level.PARTIAL, readable=[tmp_path], private=[tmp_path])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives workers users of their own")
def test_a_private_folder_that_anybody_may_list_is_found_out_where_nothing_but_the_user_protects(
    full,
):
    if full.same_user:
        pytest.skip(full.same_user)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with pytest.raises(SandboxError, match=rf"list {folder}"):
            Sandbox(Level.PARTIAL, at_most=Level.PARTIAL, private=[Path(folder)])
        os.chmod(folder, 0o700)
        Sandbox(Level.PARTIAL, at_most=Level.PARTIAL, private=[Path(folder)]).close()


def test_a_readable_folder_is_readable(full, tmp_path):
    (tmp_path / "digits.txt").write_text("0123")
    os.chmod(tmp_path, 0o755)
    with Sandbox(full.level, readable=[tmp_path], private=[]) as sandbox:
        worker = sandbox.start({"a.py": b"def f(p): return open(p).read()"}, memory=128, output=1)
        call = Call("call", "a", name="f", args=(str(tmp_path / "digits.txt"),))
        (answer,) = worker.request([call], seconds=5, wall=20)
        assert (answer.value, answer.attempts) == ("0123", ())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives workers users of their own")
def test_no_two_graders_use_the_same_users_at_once():
    first, second = users.Users(), users.Users()
    try:
        a = {first.take([]) for _ in range(50)}
        b = {second.take([]) for _ in range(50)}
        assert len(a) == len(b) == 50
        assert not a & b
        assert first.take(a - {min(a)}) == min(a)
        with pytest.raises(SandboxError, match="more than 50 workers"):
            first.take(a)
    finally:
        first.close()
        second.close()


@pytest.mark.parametrize("version", range(1, 8))
def test_landlock_holds_in_every_version(full, version, tmp_path):
    """Older kernels know fewer rights; what they know has to be enough."""
    if version > landlock.supported_version():
        pytest.skip("this kernel is older")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "open").mkdir()
    script = f"""
import os, sys
from grader.sandbox.inside import landlock, privileges
landlock.supported_version = lambda: {version}
privileges.no_new_privileges()
words = landlock.restrict(["/usr", "/lib", "/lib64", *sys.path], [], ["open"], ["/dev/null"])
open("open/new", "w").write("x"); open("/dev/null", "w").write("x"); os.listdir("/usr")
for attempt in (lambda: open("secret"), lambda: open("new", "w"), lambda: os.listdir("/"), lambda: os.unlink("secret"),
                lambda: os.rename("secret", "open/secret"), lambda: open("/etc/passwd"), lambda: os.mkdir("d")):
    try:
        attempt()
        print("possible")
    except OSError as error:
        words += " " + type(error).__name__
print(words)
"""
    env = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[4]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )
    assert run.stdout.split()[4:] == ["PermissionError"] * 7, run.stdout + run.stderr


MISSING = """
import ctypes, os, struct, sys
from grader.sandbox.inside import privileges, seccomp
from grader.sandbox.inside.syscalls import syscall
do = seccomp._Program()
do.add(seccomp._LOAD, 0)
do.when({numbers}, seccomp._ERRNO | 38)
do.add(seccomp._RETURN, seccomp._ALLOW)
code = do.code()
buffer = ctypes.create_string_buffer(code, len(code))
privileges.no_new_privileges()
syscall("seccomp", 317, 1, 0, struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer)))
os.chdir("/")
from grader.model import Level
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.doctor import examine
with Sandbox(Level.PLAIN) as sandbox:
    possible = [one.what for one in sandbox.tried if not one.refused]
    print(sandbox.level, "own" if "user" in sandbox.layers else "same", *possible, sep="; ")
print(*examine().advice)
"""


@X86
@pytest.mark.parametrize("missing", ["Landlock", "seccomp", "both"])
def test_a_kernel_or_container_that_lacks_a_pillar_reaches_less_and_the_doctor_says_why(
    full, missing
):
    numbers = {"Landlock": [444, 445, 446], "seccomp": [317], "both": [444, 445, 446, 317]}[missing]
    env = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[4]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    script = MISSING.format(numbers=numbers)
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=env
    )
    assert run.returncode == 0, run.stderr
    reached, advice = run.stdout.splitlines()
    level, user, *open_ = reached.split("; ")
    secrets_safe = missing == "seccomp" or user == "own"
    if missing == "seccomp":
        assert level == "partial"
        assert "start a process" in open_
    elif user == "same":
        assert level == "plain"
    assert ("read a file of the grader" in open_) != secrets_safe
    assert all(name in advice for name in ("Landlock", "seccomp") if missing in (name, "both"))


# ---- the filter itself ---------------------------------------------------------------------------

HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_those_of_the_kernels_headers(machine):
    import re

    if not Path(HEADERS[machine]).exists():
        pytest.skip("the kernel's headers are not installed")
    pattern = re.compile(r"#define __NR(?:3264)?_(\w+)\s+(\d+)")
    official = {
        name: int(number) for name, number in pattern.findall(Path(HEADERS[machine]).read_text())
    }
    tables = [
        *seccomp._DENIED,
        seccomp._PRETENDED,
        seccomp._CONDITIONAL,
        seccomp._FALLOCATE,
        seccomp._SECCOMP,
    ]
    column = seccomp._COLUMN[machine]
    wrong = {}
    for entry in " ".join(tables).split():
        name, ours = entry.split(":")[0], entry.split(":")[1 + column]
        if name in official and str(official[name]) != ours:
            wrong[name] = (ours, official[name])
    assert not wrong


@pytest.mark.parametrize("machine", HEADERS)
def test_every_jump_of_the_filter_stays_inside_and_every_path_ends(machine):
    import struct

    code = list(struct.iter_unpack("HBBI", seccomp.program(machine, 4711)))
    assert len(code) < 4096
    for index, (operation, if_true, if_false, _) in enumerate(code):
        if operation & 0x07 == 0x05:
            assert index + 1 + max(if_true, if_false) < len(code)
    assert code[-1][0] == 0x06


def test_the_doctor_reports_what_was_tried(full):
    from grader.sandbox.doctor import examine

    health = examine()
    assert health.level is Level.FULL
    assert {"landlock", "seccomp", "start a process"} <= {
        row.layer for row in health.rows if row.achieved
    }
    assert health.advice == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_grader_without_privileges_reaches_the_full_level_too(full, tmp_path):
    """The interpreter must be readable to others, or nobody else can start it."""
    if full.same_user:
        pytest.skip(full.same_user)
    script = (
        "import os; os.setgroups([]); os.setresgid(65533, 65533, 65533); os.setresuid(65533, "
        "65533, 65533)\n"
        "os.chdir('/')\nfrom grader.model import Level\nfrom grader.sandbox.sandbox import Sandbox\n"
        "with Sandbox(Level.FULL) as s: print(s.level, 'user' in s.layers)"
    )
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=env
    )
    assert run.stdout == "full False\n", run.stderr


def test_a_worker_starts_and_answers_quickly(sandbox):
    times = []
    for _ in range(10):
        begun = time.perf_counter()
        worker = sandbox.start({"a.py": b"x = 1"}, memory=128, output=1)
        worker.request([Call("get", "a", name="x")], seconds=5, wall=20)
        times.append(time.perf_counter() - begun)
        worker.close()
    assert min(times) < 0.2  # some 10 ms on an idle machine; an interpreter alone takes longer
