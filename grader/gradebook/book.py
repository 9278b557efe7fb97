"""The gradebook: one transaction per grade, so that a grade is never lost and never incomplete."""

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

BUSY_SECONDS = 60  # how long a statement waits for a transaction of another process


def default_gradebook(course: Path) -> Path:
    """The default path of a course's gradebook."""
    return course / ".gradmark" / "gradebook.sqlite"


@dataclass(frozen=True)
class Attempt:
    """One attempt in a student's history.

    Args:
        id: The number of the attempt.
        graded_at: The time, in UTC.
        grade: The grade.

    """

    id: int
    graded_at: datetime
    grade: Grade


class Gradebook:
    """A gradebook in an SQLite file or a PostgreSQL database; a context manager.

    Args:
        where: A path, or a URL of SQLAlchemy ("postgresql+psycopg://host/name"). The file is
            created if it does not exist.

    Raises:
        GradmarkError: The database cannot be used; all methods may raise this.

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
        with self._explained():
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
        """Close the connections."""
        self._engine.dispose()

    def add(self, grade: Grade) -> None:
        """Store an attempt in one transaction, which is on the disk when this returns.

        Args:
            grade: The grade.

        Raises:
            TypeError: The grade cannot be stored, since it is not plain data.
            ValueError: The same, or a column does not accept a value.

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
                self._explained((sa.exc.DataError, sa.exc.IntegrityError)),
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
        """The latest grade of every student for an assignment, by student."""
        last = sa.select(sa.func.max(attempts.c.id)).where(attempts.c.assignment == assignment)
        query = sa.select(attempts.c.grade).where(
            attempts.c.id.in_(last.group_by(attempts.c.student))
        )
        with self._explained(), self._engine.begin() as connection:
            grades = [_grade(row.grade) for row in connection.execute(query)]
        return {grade.student: grade for grade in grades if grade is not None}

    def attempts(self, assignment: str, student: str) -> list[Attempt]:
        """All attempts of a student at an assignment, oldest first."""
        query = (
            sa.select(attempts.c.id, attempts.c.graded_at, attempts.c.grade)
            .where(attempts.c.assignment == assignment, attempts.c.student == student)
            .order_by(attempts.c.id)
        )
        with self._explained(), self._engine.begin() as connection:
            rows = [
                (row.id, row.graded_at.replace(tzinfo=UTC), _grade(row.grade))
                for row in connection.execute(query)
            ]
        return [Attempt(number, when, grade) for number, when, grade in rows if grade is not None]

    @contextmanager
    def alone(self, assignment: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Lock an assignment, so that only one run at a time grades it.

        A run that waited finds the grades of the other. The lock is released when its process ends,
        for any reason.

        Args:
            assignment: The name of the assignment.
            on_wait: Called if another run has the lock, before waiting for it.

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
            with self._explained():
                if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
                    on_wait()
                    connection.execute(sa.select(sa.func.pg_advisory_lock(key)))
                connection.commit()
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))

    @contextmanager
    def _explained(self, but: tuple[type[sa.exc.DBAPIError], ...] = ()) -> Iterator[None]:
        """Turn database errors into sentences. but: errors of a row, which the caller handles."""
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


# The meaning of error codes: primary codes of SQLite, and SQLSTATE of PostgreSQL.
_LOCKED = f"another program has locked it for {BUSY_SECONDS} seconds; close that and run again"
_FULL = "the disk is full; earlier grades are saved, so free space and run the same command again"
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
        return number & 0xFF  # the low byte of an extended code is the primary code
    return getattr(error, "sqlstate", None)


_CHECK_COLUMNS = [column.name for column in checks.columns if column.name != "attempt"]


def _grade(blob: bytes) -> Grade | None:
    """A stored grade; None if its format is old or it is damaged, so that it is graded again."""
    try:
        return msgspec.json.decode(zlib.decompress(blob), type=Grade)
    except (msgspec.MsgspecError, zlib.error):
        return None


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradmarkError(
            f"{file.parent} cannot be created ({error.strerror}): choose another path with "
            "--gradebook FILE"
        ) from None


def _prepare(connection: Any, _: object) -> None:
    """Configure a connection to SQLite."""
    # Transactions start in `_begin`, not where the driver guesses.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {1000 * BUSY_SECONDS}",
        "journal_mode = WAL",  # readers and the writer do not wait for each other
        "synchronous = FULL",  # a stored grade survives a power failure
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    """Take the write lock first: two transactions that read and then write would deadlock."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
