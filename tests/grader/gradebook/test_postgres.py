"""The gradebook in PostgreSQL, on a server of the test's own: reachable by a socket in its scratch
folder alone.
"""

import glob
import multiprocessing
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from grader.errors import GradmarkError
from grader.gradebook import Gradebook
from tests.grader.gradebook.test_book import grade

pytest.importorskip("psycopg")
PROGRAMS = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [
    os.path.dirname(shutil.which("initdb") or "")
]
HERE = shutil.which("initdb", path=PROGRAMS[-1])


def why_not():
    """Why no server can be started here; "" if one can."""
    if not HERE:
        return "no PostgreSQL server is installed"
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return "PostgreSQL needs a user with an entry in /etc/passwd"
    return ""


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a server can be started")


def as_owner():
    """PostgreSQL refuses to be root: the arguments of subprocess.run that make it somebody else."""
    if os.geteuid() != 0:
        return {}
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        owner = pwd.getpwnam("nobody")
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": ()}


@pytest.fixture(scope="module")
def server():
    """The folder of the socket of a running server."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # the path of a socket has to be short
    who = as_owner()
    if who:
        os.chown(folder, who["user"], who["group"])
    data = folder / "data"

    def run(program, *options):
        command = [os.path.join(PROGRAMS[-1], program), *options]
        return subprocess.run(
            command, check=True, capture_output=True, cwd=folder, timeout=60, **who
        )

    run("initdb", "-D", str(data), "-U", "grader", "-A", "trust", "--no-sync")
    settings = f"-c listen_addresses='' -c fsync=off -k {folder}"
    run("pg_ctl", "-D", str(data), "-o", settings, "-l", str(folder / "log"), "-w", "start")
    yield folder
    run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def where(server, request):
    """The URL of an empty database."""
    name = f"t{abs(hash(request.node.name))}"
    command = [os.path.join(PROGRAMS[-1], "createdb"), "-h", str(server), "-U", "grader", name]
    subprocess.run(command, check=True, capture_output=True)
    return f"postgresql+psycopg://grader@/{name}?host={server}"


def test_every_attempt_is_kept_and_the_last_one_counts(where):
    with Gradebook(where) as book:
        book.add(grade(points=1.0))
        book.add(grade(points=3.0))
        book.add(grade("bob", points=2.0))
    with Gradebook(where) as again:
        assert again.latest("01-tiny") == {
            "ada": grade(points=3.0),
            "bob": grade("bob", points=2.0),
        }
        attempts = again.attempts("01-tiny", "ada")
    assert [attempt.grade.points for attempt in attempts] == [1.0, 3.0]
    assert attempts[0].graded_at <= attempts[1].graded_at


def hold(where, held, let_go):
    with Gradebook(where) as book, book.alone("01-tiny"):
        held.set()
        let_go.wait(60)
        book.add(grade())


def test_one_run_at_a_time_grades_an_assignment(where):
    spawn = multiprocessing.get_context("spawn")
    held, let_go = spawn.Event(), spawn.Event()
    with Gradebook(where) as book:
        other = spawn.Process(target=hold, args=(where, held, let_go))
        other.start()
        assert held.wait(60)
        with book.alone("02-other"):
            pass  # another assignment need not wait
        with book.alone("01-tiny", on_wait=let_go.set):
            assert let_go.is_set()
            assert list(book.latest("01-tiny")) == ["ada"]
        other.join(60)


def test_a_run_that_is_killed_leaves_no_lock(where):
    spawn = multiprocessing.get_context("spawn")
    held, never = spawn.Event(), spawn.Event()
    other = spawn.Process(target=hold, args=(where, held, never))
    other.start()
    assert held.wait(60)
    other.kill()
    other.join()
    begun = time.monotonic()
    with Gradebook(where) as book, book.alone("01-tiny"):
        assert time.monotonic() - begun < 30


def test_a_server_that_is_not_there_is_said_in_a_sentence(tmp_path):
    with pytest.raises(GradmarkError, match="cannot be used"):
        Gradebook(f"postgresql+psycopg://grader@/none?host={tmp_path}")


def test_the_password_is_not_shown(tmp_path):
    with pytest.raises(GradmarkError) as caught:
        Gradebook(f"postgresql+psycopg://grader:secret@/none?host={tmp_path}")
    assert "secret" not in str(caught.value)
