"""Test which sandbox level this machine supports, for `grade doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.errors import SandboxError
from grader.model import Level
from grader.sandbox.sandbox import Sandbox

__all__ = ["Health", "Row", "examine"]

_MEANING = {
    "session": "a separate session that ends with the grader",
    "limits": "limits on memory, file sizes and descriptors",
    "user": "a separate user for every worker",
    "capabilities": "no privileges",
    "privileges": "no new privileges, memory not readable by others",
    "landlock": "files: only libraries, the submission and a scratch folder",
    "seccomp": "no network, no other processes",
}


@dataclass(frozen=True)
class Row:
    """A layer or an attempt, whether the sandbox achieves it, and a detail."""

    layer: str
    achieved: bool
    detail: str


@dataclass(frozen=True)
class Health:
    """The level that this machine supports, the layers behind it, and how to raise it."""

    level: Level
    rows: tuple[Row, ...]
    advice: tuple[str, ...]


def examine() -> Health:
    """Start a sandbox at the highest supported level, and report."""
    try:
        sandbox = Sandbox(Level.PLAIN)
    except SandboxError as error:
        return Health(Level.PLAIN, (Row("sandbox", achieved=False, detail=str(error)),), ())
    with sandbox:
        return Health(sandbox.level, tuple(_rows(sandbox)), tuple(sandbox.remedies()))


def _rows(sandbox: Sandbox) -> Iterator[Row]:
    if not sandbox.achieved:
        yield Row("plain subprocess", achieved=True, detail="only resource limits")
    for name, layer in sandbox.achieved.items():
        detail = "; ".join(part for part in (_MEANING[name], layer.detail) if part)
        yield Row(name, layer.holds, detail)
    if sandbox.achieved and "user" not in sandbox.achieved:
        yield Row("user", achieved=False, detail=sandbox.same_user)
    for one in sandbox.tried:
        yield Row(one.what, one.refused, "refused" if one.refused else "possible")
