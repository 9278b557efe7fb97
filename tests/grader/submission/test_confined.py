"""Reading what was handed in, in a process with limits: the same result, and nothing that it costs
the grader.
"""

import io
import json
import os
import signal
import time
import zipfile
from pathlib import Path

import msgspec
import pytest

from grader.errors import SandboxError
from grader.sandbox.launch import can_fork
from grader.submission import ConfinedReader, find_submissions, read_submission
from grader.submission.contents import Contents, packed, unpacked

EXPECTED = ["layers.py", "losses.py"]
FORKS = [pytest.param(True, marks=pytest.mark.skipif(not can_fork(), reason="Linux forks")), False]


@pytest.fixture(scope="module", params=FORKS, ids=["forked", "spawned"])
def reader(request):
    with ConfinedReader(fork=request.param) as reader:
        yield reader


@pytest.fixture
def small_reader(request):
    """A reader with next to no time and little memory."""
    with ConfinedReader(seconds=1, memory=64) as reader:
        yield reader


def notebook(*sources, **more):
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": more, "cells": cells})


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.fixture
def slow(monkeypatch):
    """Readers that never finish with a file called endless.py."""
    monkeypatch.setattr(ConfinedReader, "_entry", "tests.grader.submission.slow:main")


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_a_class_is_read_as_it_is_in_this_process(tmp_path, reader):
    submit = tmp_path / "submit"
    for name, data in {
        "ada/layers.py": "import numpy\ndef f(x, w): return x\n",
        "ada/data.bin": b"\0\xff",
        "ada/odd\x1bname.txt": "x",
        "bob.ipynb": notebook("def f(x):\n    return x", "%%bash\nls", "x = ("),
        "cleo.zip": zipped({"layers.py": "x = (", "losses.py": "import torch"}),
        "dan.zip": b"PK",
        "eve.pdf": "x",
        "fay.py": b"# coding: cp1252\nx = '\xe4'\n",
    }.items():
        (submit / name).parent.mkdir(parents=True, exist_ok=True)
        (submit / name).write_bytes(data.encode() if isinstance(data, str) else data)
    (submit / "gil").symlink_to("/etc")
    here = find_submissions(submit, expected=EXPECTED)
    assert len(here) == 7
    assert find_submissions(submit, expected=EXPECTED, reader=reader) == here


def test_too_much_work_is_the_students_problem_in_one_sentence(tmp_path, slow):
    (tmp_path / "hw.zip").write_bytes(zipped({"layers.py": "x = 1", "endless.py": ""}))
    with ConfinedReader(seconds=1) as reader:
        one = read_submission(tmp_path / "hw.zip", expected=EXPECTED, reader=reader)
    assert one.problem == (
        "hw.zip takes more than 1 seconds to unpack and read: hand in your own code only, in a "
        "new archive or a new notebook"
    )
    assert [note.text for note in one.notes] == [one.problem]


def test_too_much_memory_is_the_students_problem_and_none_of_the_graders(tmp_path, small_reader):
    (tmp_path / "hw.ipynb").write_text(notebook("x = 1", more=[{}] * 500_000))
    before = resident()
    one = read_submission(tmp_path / "hw.ipynb", expected=EXPECTED, reader=small_reader)
    assert resident() - before < 16 << 20
    assert one.problem == (
        "hw.ipynb needs more than 64 MiB of memory to read: hand in the code only, without data"
    )


def test_one_that_is_given_up_costs_the_next_nothing(tmp_path, slow):
    (tmp_path / "a.zip").write_bytes(zipped({"layers.py": "x = 1", "endless.py": ""}))
    (tmp_path / "b.py").write_text("x = 1")
    with ConfinedReader(wall=0.5, seconds=60) as reader:
        a = read_submission(tmp_path / "a.zip", expected=EXPECTED, reader=reader)
    assert a.problem.startswith("a.zip takes more than 0.5 seconds to read: ")
    with ConfinedReader(fork=False, seconds=1) as reader:
        a, b = find_submissions(tmp_path, expected=EXPECTED, reader=reader)
    assert a.problem.startswith("a.zip takes more than 1 seconds to unpack and read: ")
    assert b.files == {"b.py": b"x = 1"}


@pytest.mark.skipif(not can_fork(), reason="the confinement is that of Linux")
def test_what_takes_files_apart_reaches_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(ConfinedReader, "_entry", "tests.grader.submission.sealed:main")
    (tmp_path / "layers.py").write_text("x = 1")
    with ConfinedReader() as reader:
        one = read_submission(tmp_path, expected=EXPECTED, reader=reader)
    assert one.files == {"layers.py": b"x = 1"}
    assert [note.text for note in one.notes] == []


@pytest.mark.skipif(not can_fork(), reason="there is no warm interpreter elsewhere")
def test_a_reader_whose_interpreter_is_killed_starts_another(tmp_path):
    (tmp_path / "layers.py").write_text("x = 1")
    with ConfinedReader() as reader:
        read_submission(tmp_path, expected=EXPECTED, reader=reader)
        os.kill(reader._launcher.pid, signal.SIGKILL)
        time.sleep(0.1)
        assert read_submission(tmp_path, expected=EXPECTED, reader=reader).problem is None


def test_a_reader_that_cannot_start_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(ConfinedReader, "_entry", "grader.nowhere:main")
    with (
        ConfinedReader() as reader,
        pytest.raises(SandboxError, match=r"did not (start|connect)|no worker can be"),
    ):
        read_submission(tmp_path, expected=EXPECTED, reader=reader)


GOOD = Contents(
    {"a.py": b"x = 1"}, (), None, {"a.py": "no"}, "a", {}, {"a.py": "x = 1"}, (), {"f": ("x",)}
)


def test_contents_come_out_as_they_went_in():
    assert unpacked(*packed(GOOD, "hw.py")) == GOOD


@pytest.mark.parametrize(
    "change",
    [
        {"files": ["../a.py"]},
        {"files": ["/etc/a.py"]},
        {"files": ["a\x1b.py"]},
        {"files": ["ü" * 200]},
        {"files": ["a.py", "b.py"]},
        {"files": ["a.py"] * 3000},
        {"files": [1]},
        {"sources": []},
        {"notes": None},
        {"more": 1},
        {"imports": [["a", "b", "c", "d"]]},
        {"notes": ["x" * (3 << 20)]},
    ],
    ids=lambda change: f"{next(iter(change))}-{str(change)[-8:]}",
)
def test_what_the_process_says_is_not_believed(change):
    header, segments = packed(GOOD, "hw.py")
    broken = msgspec.json.encode(msgspec.json.decode(header) | change)
    with pytest.raises(ValueError):  # noqa: PT011 - msgspec's or ours
        unpacked(broken, segments)


def test_remarks_are_few_and_short():
    header, segments = packed(GOOD, "hw.py")
    many = {"notes": ["x" * 900] * 1000, "syntax_errors": {f"{n}.py": "" for n in range(99)}}
    many = msgspec.json.decode(header) | many
    found = unpacked(msgspec.json.encode(many), segments)
    assert len(found.notes) == 51
    assert found.notes[-1].text == "950 more notes of this kind are not shown"
    assert max(len(note.text) for note in found.notes) == 500
    assert len(found.syntax_errors) == 50
