"""The attempts that must fail in a worker, and the level that follows from the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.errors import SandboxError
from grader.model import Level

__all__ = ["ATTEMPTS", "Attempt", "Tried", "level_of", "tried"]


@dataclass(frozen=True)
class Attempt:
    """Something that the probe tries in a worker.

    Args:
        id: The id that the probe uses for it.
        words: The description, to follow "student code could".
        secret: Whether success would by itself reveal or change what the grader knows.

    """

    id: str
    words: str
    secret: bool = False


ATTEMPTS = (
    Attempt("grader-file", "read a file of the grader", secret=True),
    Attempt("grader-memory", "read the memory of the grader", secret=True),
    Attempt("grader-environment", "read the environment of the grader", secret=True),
    Attempt("write-beside-scratch", "write next to the scratch folder", secret=True),
    Attempt("write-tmp", "write to /tmp"),
    Attempt("signal-grader", "signal the grader"),
    Attempt("tcp", "open a TCP connection"),
    Attempt("udp", "open a UDP socket"),
    Attempt("unix-socket", "open a unix socket"),
    Attempt("unix-path", "send to a unix socket by path"),
    Attempt("fork", "start a process"),
    Attempt("exec", "run a program"),
)
_LIST = "list-private"  # tried for each of the instructor's folders


@dataclass(frozen=True)
class Tried:
    """An attempt, whether the kernel refused it, and the folder that it was about, if any."""

    attempt: Attempt
    refused: bool
    folder: str = ""

    @property
    def what(self) -> str:
        """The description of the attempt."""
        return self.attempt.words


def tried(refused: Mapping[str, object], private: Sequence[str]) -> tuple[Tried, ...]:
    """Return what a probe has tried.

    Args:
        refused: The probe's result: id of an attempt -> whether it was refused. For the attempt to
            list the private folders, one answer per folder.
        private: The private folders.

    Raises:
        SandboxError: The probe did not try everything, so nothing can be concluded.

    """
    listed = refused.get(_LIST)
    ids = {attempt.id for attempt in ATTEMPTS}
    if refused.keys() != {*ids, _LIST} or not isinstance(listed, list):
        raise SandboxError("the sandbox's probe did not try everything that it should")
    if len(listed) != len(private):
        raise SandboxError("the sandbox's probe did not try every private folder")
    found = [Tried(attempt, refused[attempt.id] is True) for attempt in ATTEMPTS]
    for folder, answer in zip(private, listed, strict=True):
        attempt = Attempt(_LIST, f"list {folder}", secret=True)
        found.append(Tried(attempt, answer is True, folder))
    return tuple(found)


def level_of(found: Sequence[Tried]) -> Level:
    """Return FULL if everything was refused, PARTIAL if all secrets are safe, otherwise PLAIN."""
    if not found:
        return Level.PLAIN
    if all(one.refused for one in found):
        return Level.FULL
    if all(one.refused for one in found if one.attempt.secret):
        return Level.PARTIAL
    return Level.PLAIN
