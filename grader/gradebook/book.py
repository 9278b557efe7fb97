"""The gradebook: one transaction for each grade, so what was graded once is never lost and never
half there.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock
import msgspec
import sqlalchemy as sa

from grader.errors import GradmarkError
from grader.gradebook.schema import attempts, checks, migrate
from grader.model import Grade, plain

__all__ = ["Attempt", "Gradebook", "default_gradebook"]

BUSY_SECONDS = 60  # how long a statement waits for another process's transaction


def default_gradebook(course: Path) -> Path:
    """Where a course keeps its gradebook unless it is said otherwise."""
    return course / ".gradmark" / "gradebook.sqlite"


@dataclass(frozen=True)
class Attempt:
    """One line of a student's history. graded_at: UTC."""

    id: int
    graded_at: datetime
    grade: Grade


class Gradebook:
    """A gradebook in a file of SQLite, or in any database of PostgreSQL; a context manager.

    where: a path, or a URL as SQLAlchemy understands it ("postgresql+psycopg://host/name"). A file
    is made when there is none. Raises GradmarkError, in a sentence, whenever the database cannot be
    used.
    """

    def __init__(self, where: str | Path) -> None:
        url = (
            sa.make_url(str(where))
            if "://" in str(where)
            else sa.URL.create("sqlite", database=str(where))
        )
        self.shown = (
            url.database
            if url.get_backend_name() == "sqlite"
            else url.render_as_string(hide_password=True)
        )
        self._file = (
            Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
        )
        if self._file is not None:
            _make_folder(self._file)
        with self._in_words():
            self._engine = sa.create_engine(url)
            if self._file is not None:
                sa.event.listen(self._engine, "connect", _prepare)
                sa.event.listen(self._engine, "begin", _begin)
            try:
                with self._engine.begin() as connection:
                    migrate(connection)
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def add(self, grade: Grade) -> None:
        """Keep an attempt, in one transaction that is on the disk when this returns.

        Raises TypeError or ValueError when this one grade cannot be kept: it is not plain data, or
        a column refuses it.
        """
        grade = plain(grade)
        row = {
            "assignment": grade.assignment,
            "student": grade.student,
            "submission_digest": grade.submission_digest,
            "assignment_digest": grade.assignment_digest,
            "seed": grade.seed,
            "versions": grade.versions,
            "sandbox": grade.sandbox,
            "points": grade.points,
            "max_points": grade.max_points,
            "withheld": grade.withheld,
            "graded_at": datetime.now(UTC),
            "grade": zlib.compress(msgspec.json.encode(grade)),
        }
        columns = [
            {name: getattr(check, name) for name in _CHECK_COLUMNS} for check in grade.checks
        ]
        try:
            with (
                self._in_words((sa.exc.DataError, sa.exc.IntegrityError)),
                self._engine.begin() as connection,
            ):
                attempt = connection.execute(sa.insert(attempts).values(row)).inserted_primary_key
                assert attempt is not None, "an insert of one row has a key"
                if columns:
                    connection.execute(
                        sa.insert(checks), [{"attempt": attempt[0], **column} for column in columns]
                    )
        except (sa.exc.DataError, sa.exc.IntegrityError) as error:
            raise ValueError(f"it does not fit into the gradebook ({error.orig})") from error

    def latest(self, assignment: str) -> dict[str, Grade]:
        """The last attempt of every student at an assignment."""
        last = sa.select(sa.func.max(attempts.c.id)).where(attempts.c.assignment == assignment)
        query = sa.select(attempts.c.grade).where(
            attempts.c.id.in_(last.group_by(attempts.c.student))
        )
        with self._in_words(), self._engine.begin() as connection:
            grades = [_grade(row.grade) for row in connection.execute(query)]
        return {grade.student: grade for grade in grades if grade is not None}

    def attempts(self, assignment: str, student: str) -> list[Attempt]:
        """All attempts of a student at an assignment, the first one first."""
        query = (
            sa.select(attempts.c.id, attempts.c.graded_at, attempts.c.grade)
            .where(attempts.c.assignment == assignment, attempts.c.student == student)
            .order_by(attempts.c.id)
        )
        with self._in_words(), self._engine.begin() as connection:
            rows = [
                (row.id, row.graded_at.replace(tzinfo=UTC), _grade(row.grade))
                for row in connection.execute(query)
            ]
        return [Attempt(number, when, grade) for number, when, grade in rows if grade is not None]

    @contextmanager
    def alone(self, assignment: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Let one run at a time grade an assignment; a second one waits, after a call of `on_wait`.

        Whoever waited finds what the other has graded. The lock goes with the process that holds
        it, however it ends.
        """
        if self._file is not None:
            lock = filelock.FileLock(f"{self._file}.{assignment}.lock")
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                on_wait()
                lock.acquire()
            try:
                yield
            finally:
                lock.release()
            return
        key = zlib.crc32(assignment.encode())
        with self._engine.connect() as connection:
            with self._in_words():
                if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
                    on_wait()
                    connection.execute(sa.select(sa.func.pg_advisory_lock(key)))
                connection.commit()
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))

    @contextmanager
    def _in_words(self, but: tuple[type[sa.exc.DBAPIError], ...] = ()) -> Iterator[None]:
        """Say in a sentence what a database says in its own terms. but: errors of a row, which are
        the caller's.
        """
        try:
            yield
        except but:
            raise
        except sa.exc.NoSuchModuleError as error:
            raise GradmarkError(f"{self.shown}: {error}") from None
        except ModuleNotFoundError as error:
            raise GradmarkError(
                f"{self.shown} needs the package {error.name}: pip install 'gradmark[postgres]'"
            ) from None
        except sa.exc.DBAPIError as error:
            reason = _REASONS.get(_code(error.orig), str(error.orig))
            raise GradmarkError(f"the gradebook {self.shown} cannot be used: {reason}") from None


# What the database's error codes mean: the primary ones of SQLite, and SQLSTATE of PostgreSQL.
_LOCKED = f"another program has kept it locked for {BUSY_SECONDS} seconds; close that and run again"
_FULL = (
    "the disk is full; what was graded before is kept, so make room and run the same command again"
)
_REASONS: Mapping[object, str] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    "55P03": _LOCKED,  # lock_not_available
    "53100": _FULL,  # disk_full
}


def _code(error: BaseException | None) -> object:
    """The error code of a driver's exception; None if it has none."""
    number = getattr(error, "sqlite_errorcode", None)
    if isinstance(number, int):
        return number & 0xFF  # an extended code holds the primary one in its low byte
    return getattr(error, "sqlstate", None)


_CHECK_COLUMNS = [column.name for column in checks.columns if column.name != "attempt"]


def _grade(blob: bytes) -> Grade | None:
    """A kept grade; None for one that is of an older form, or damaged: it is graded again."""
    try:
        return msgspec.json.decode(zlib.decompress(blob), type=Grade)
    except (msgspec.MsgspecError, zlib.error):
        return None


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradmarkError(
            f"{file.parent} cannot be made ({error.strerror}): choose another place with "
            "--gradebook FILE"
        ) from None


def _prepare(connection: Any, _: object) -> None:
    """Settings of a connection to SQLite."""
    # transactions begin where `_begin` says so, not where the driver guesses
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {1000 * BUSY_SECONDS}",
        "journal_mode = WAL",  # readers and the writer do not wait for each other
        "synchronous = FULL",  # a grade that was kept outlives a plug that is pulled
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    """Take the lock for writing first: two that read and then write would stop each other."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
