"""The tables of a gradebook, and the migrations from older versions."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from grader.errors import GradmarkError

__all__ = ["MIGRATIONS", "attempts", "checks", "migrate"]

_metadata = sa.MetaData()

# One row for every time that a submission was graded; nothing is ever overwritten. The columns are
# for queries. `grade` contains the complete grade: `grader.model.Grade` as msgspec JSON, compressed
# with zlib.
attempts = sa.Table(
    "attempts",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("assignment", sa.Text, nullable=False),
    sa.Column("student", sa.Text, nullable=False),
    sa.Column("submission_digest", sa.Text, nullable=False),
    sa.Column("assignment_digest", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("versions", sa.JSON, nullable=False),
    sa.Column("sandbox", sa.Text, nullable=False),
    sa.Column("points", sa.Float, nullable=False),
    sa.Column("max_points", sa.Float, nullable=False),
    sa.Column("withheld", sa.Boolean, nullable=False),
    sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),  # UTC
    sa.Column("grade", sa.LargeBinary, nullable=False),
    sa.Index("attempts_by_student", "assignment", "student"),
)

checks = sa.Table(
    "checks",
    _metadata,
    sa.Column("attempt", sa.ForeignKey("attempts.id"), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("concept", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("points", sa.Float, nullable=False),
    sa.Column("max_points", sa.Float, nullable=False),
    sa.Column("hidden", sa.Boolean, nullable=False),
)

_version = sa.Table(
    "schema_version", sa.MetaData(), sa.Column("version", sa.Integer, nullable=False)
)


def _first_tables(connection: sa.Connection) -> None:
    _metadata.create_all(connection)


# The steps from each version to the next. New steps are appended; existing ones never change, so
# the first must become explicit statements when the tables above change.
MIGRATIONS: list[Callable[[sa.Connection], None]] = [_first_tables]


def migrate(connection: sa.Connection) -> None:
    """Update a database to the current tables.

    Args:
        connection: A connection in a transaction.

    Raises:
        GradmarkError: A newer version of Gradmark wrote the database.

    """
    _version.create(connection, checkfirst=True)
    version = connection.scalar(sa.select(_version.c.version)) or 0
    if version > len(MIGRATIONS):
        raise GradmarkError(
            f"the gradebook was written by a newer Gradmark (its version is {version}, this one "
            f"supports {len(MIGRATIONS)}): update Gradmark, or choose another gradebook with "
            "--gradebook"
        )
    if version == len(MIGRATIONS):
        return
    for step in MIGRATIONS[version:]:
        step(connection)
    connection.execute(sa.delete(_version))
    connection.execute(sa.insert(_version).values(version=len(MIGRATIONS)))
