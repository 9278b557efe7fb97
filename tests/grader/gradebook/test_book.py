"""The gradebook: every attempt kept, whole or not at all, and every trouble of the database said in
a sentence.
"""

import multiprocessing
import os
import sqlite3
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
import sqlalchemy as sa

from grader.errors import GradmarkError
from grader.gradebook import Gradebook, book, schema
from grader.model import CaseResult, CheckResult, Feedback, Figure, Grade, Verdict


def grade(student="ada", points=3.0, assignment="01-tiny", verdict=Verdict.PASSED):
    case = CaseResult("", verdict, Feedback("µ is wrong"), output="what was printed\n" * 3)
    check = CheckResult(
        "test_a.py::test_b", "B", verdict, points, 5.0, hidden=True, concept="affine", cases=(case,)
    )
    return Grade(
        student,
        assignment,
        (check,),
        "s" * 64,
        "a" * 64,
        1,
        "full",
        {"numpy": "2"},
        check_digests={"t": "1"},
    )


@pytest.fixture
def file(tmp_path):
    return tmp_path / "deep" / "gradebook.sqlite"


def rows(file, query):
    with sqlite3.connect(file) as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_what_is_kept_is_what_was_given(file):
    given = grade()
    with Gradebook(file) as kept:
        kept.add(given)
        assert kept.latest("01-tiny") == {"ada": given}
    with Gradebook(file) as reopened:
        assert reopened.latest("01-tiny") == {"ada": given}
        assert reopened.latest("02-other") == {}


def test_every_attempt_stays_and_the_last_one_counts(file):
    with Gradebook(file) as kept:
        for points in (1.0, 5.0, 2.0):
            kept.add(grade(points=points))
        kept.add(grade("bob", 4.0))
        kept.add(grade(points=0.0, assignment="02-other"))
        history = kept.attempts("01-tiny", "ada")
        assert [attempt.grade.points for attempt in history] == [1.0, 5.0, 2.0]
        assert sorted(attempt.graded_at for attempt in history) == [
            attempt.graded_at for attempt in history
        ]
        assert {name: one.points for name, one in kept.latest("01-tiny").items()} == {
            "ada": 2.0,
            "bob": 4.0,
        }


def test_its_columns_can_be_asked_with_plain_sql(file):
    with Gradebook(file) as kept:
        kept.add(grade(verdict=Verdict.GRADER_ERROR))
    asked = "select student, points, max_points, withheld, sandbox from attempts"
    assert rows(file, asked) == [("ada", 3.0, 5.0, 1, "full")]
    asked = (
        "select c.id, verdict, concept, hidden from checks c join attempts a on a.id = c.attempt"
    )
    assert rows(file, asked) == [("test_a.py::test_b", "grader_error", "affine", 1)]


def test_a_grade_is_there_with_all_its_checks_or_not_at_all(file, monkeypatch):
    with Gradebook(file) as kept:
        broken = msgspec.structs.replace(grade(), checks=grade().checks * 2)  # the same key twice
        with pytest.raises(ValueError, match="does not fit"):
            kept.add(broken)
        assert kept.latest("01-tiny") == {}
        kept.add(grade("bob"))
        assert list(kept.latest("01-tiny")) == ["bob"]


def with_case(**fields):
    """A grade of which one case has other values in these fields."""
    (check,) = grade().checks
    case = msgspec.structs.replace(check.cases[0], **fields)
    return msgspec.structs.replace(grade(), checks=(msgspec.structs.replace(check, cases=(case,)),))


NOT_PLAIN = {
    "a scalar of numpy": lambda: with_case(earned=np.float64(0.5)),
    "a NaN": lambda: with_case(seconds=float("nan")),
    "a list": lambda: with_case(figures=[]),
    "half of a surrogate pair": lambda: with_case(output="\ud800"),
    "a number for a text": lambda: with_case(case=3),
    "points of numpy": lambda: msgspec.structs.replace(grade(), seconds=np.float32(1)),
}


@pytest.mark.parametrize("what", NOT_PLAIN)
def test_what_would_be_read_again_as_something_else_is_not_kept(file, what):
    with Gradebook(file) as kept:
        with pytest.raises((TypeError, ValueError)):
            kept.add(NOT_PLAIN[what]())
        assert kept.latest("01-tiny") == {}


def test_a_figure_with_gaps_is_read_again_as_it_was(file):
    values = (1.0, float("nan"), float("-inf"), np.float32(2))
    gaps = Figure("t", {"yours": values}, ((np.float64(0),), (float("inf"),)))
    assert gaps == Figure("t", {"yours": (1.0, None, None, 2.0)}, ((0.0,), (None,)))
    with Gradebook(file) as kept:
        kept.add(given := with_case(figures=(gaps,)))
        assert kept.latest("01-tiny") == {"ada": given}


@pytest.mark.parametrize(
    "content", [b"", zlib.compress(b"{"), zlib.compress(b"{}"), zlib.compress(b"\xff")]
)
def test_a_grade_of_an_older_form_or_a_damaged_one_is_graded_again(file, content):
    with Gradebook(file) as kept:
        kept.add(grade())
    with sqlite3.connect(file) as connection:
        connection.execute("update attempts set grade = ?", [content])
    connection.close()
    with Gradebook(file) as kept:
        assert kept.latest("01-tiny") == {}


# ---- migrations ----------------------------------------------------------------------------------


def test_an_older_gradebook_is_brought_up_to_date_and_keeps_its_attempts(file, monkeypatch):
    with Gradebook(file) as kept:
        kept.add(grade())

    def second(connection):
        connection.execute(
            sa.text("alter table attempts add column late_days integer not null default 0")
        )

    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, second])
    for _ in range(2):
        with Gradebook(file) as kept:
            assert kept.latest("01-tiny") == {"ada": grade()}
    assert rows(file, "select version from schema_version") == [(2,)]
    assert rows(file, "select late_days from attempts") == [(0,)]


def test_a_migration_that_fails_leaves_the_gradebook_as_it_was(file, monkeypatch):
    with Gradebook(file) as kept:
        kept.add(grade())

    def second(connection):
        connection.execute(sa.text("alter table attempts add column late_days integer"))
        connection.execute(sa.text("nonsense"))

    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, second])
    with pytest.raises(GradmarkError, match="nonsense"):
        Gradebook(file)
    monkeypatch.undo()
    with Gradebook(file) as kept:
        assert kept.latest("01-tiny") == {"ada": grade()}
    assert "late_days" not in str(rows(file, "select sql from sqlite_master"))


def test_the_gradebook_of_a_newer_program_is_refused(file):
    Gradebook(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("update schema_version set version = 99")
    connection.close()
    with pytest.raises(GradmarkError, match="newer Gradmark") as refused:
        Gradebook(file)
    descriptors = Path("/proc/self/fd")
    if descriptors.is_dir():
        open_files = {os.path.realpath(link) for link in descriptors.iterdir()}
        assert str(file.resolve()) not in open_files, "no connection stays open"
    del refused


# ---- trouble -------------------------------------------------------------------------------------


def test_a_gradebook_that_another_program_keeps_locked_is_waited_for(file, monkeypatch):
    monkeypatch.setattr(book, "BUSY_SECONDS", 0.3)
    with Gradebook(file) as kept:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(GradmarkError, match="has locked it"):
            kept.add(grade())
        other.execute("rollback")
        other.close()
        kept.add(grade())
        assert list(kept.latest("01-tiny")) == ["ada"]


@pytest.mark.parametrize("content", [b"this is no database at all, whatever its name says" * 30])
def test_a_file_that_is_no_gradebook_is_said(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(GradmarkError, match="not a database"):
        Gradebook(file)
    assert file.read_bytes() == content


def test_a_place_where_no_file_can_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(GradmarkError, match="--gradebook"):
        Gradebook(tmp_path / "file" / "gradebook.sqlite")


def test_an_unknown_kind_of_database_is_said():
    with pytest.raises(GradmarkError, match="nosuch"):
        Gradebook("nosuch://host/name")


# ---- several at once -----------------------------------------------------------------------------


def _add_many(file, student):
    with Gradebook(file) as kept:
        for points in range(20):
            kept.add(grade(student, float(points)))


def test_processes_that_write_at_once_lose_nothing(file):
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_add_many, args=(file, student)) for student in ("ada", "bob", "eve")
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    counted = rows(file, "select student, count(*) from attempts group by student")
    assert counted == [("ada", 20), ("bob", 20), ("eve", 20)]


def test_one_run_at_a_time_grades_an_assignment(file):
    waited = []
    with Gradebook(file) as first, Gradebook(file) as second:
        with first.alone("01-tiny"), second.alone("02-other", lambda: waited.append("other")):
            pass
        assert not waited
        lock = first.alone("01-tiny")
        lock.__enter__()

        def let_go():
            waited.append("same")
            lock.__exit__(None, None, None)

        with second.alone("01-tiny", let_go):
            assert waited == ["same"]


class DriverError(Exception):
    """Of SQLite or PostgreSQL, with the code that the driver gives."""

    def __init__(self, words, **code):
        super().__init__(words)
        self.__dict__.update(code)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DriverError("x", sqlite_errorcode=sqlite3.SQLITE_BUSY), "has locked it"),
        (DriverError("x", sqlite_errorcode=sqlite3.SQLITE_BUSY_SNAPSHOT), "has locked it"),
        (DriverError("x", sqlite_errorcode=sqlite3.SQLITE_FULL), "the disk is full"),
        (DriverError("x", sqlstate="55P03"), "has locked it"),
        (DriverError("x", sqlstate="53100"), "the disk is full"),
        (DriverError("the table is full of locked rows", sqlstate="42P01"), "locked rows"),
        (DriverError("no code at all"), "no code at all"),
    ],
)
def test_a_fault_is_told_by_its_code_and_not_by_its_words(file, error, says):
    with Gradebook(file) as book, pytest.raises(GradmarkError, match=says), book._explained():
        raise sa.exc.OperationalError("SELECT 1", {}, error)
