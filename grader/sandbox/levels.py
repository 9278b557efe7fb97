"""What must fail in a worker, and which level follows from what did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.errors import SandboxError
from grader.model import Level

__all__ = ["ATTEMPTS", "Attempt", "Tried", "level_of", "tried"]


@dataclass(frozen=True)
class Attempt:
    """Something that the probe tries in a worker, under the same id.

    words: what it is, after "student code could". secret: whether its success would reveal or
    change what the grader knows, whatever else is open.
    """

    id: str
    words: str
    secret: bool = False


ATTEMPTS = (
    Attempt("grader-file", "read a file of the grader", secret=True),
    Attempt("grader-memory", "read the memory of the grader", secret=True),
    Attempt("grader-environment", "read the environment of the grader", secret=True),
    Attempt("write-beside-scratch", "write beside the scratch folder", secret=True),
    Attempt("write-tmp", "write to /tmp"),
    Attempt("signal-grader", "signal the grader"),
    Attempt("tcp", "open a TCP connection"),
    Attempt("udp", "open a UDP socket"),
    Attempt("unix-socket", "open a unix socket"),
    Attempt("unix-path", "send to a unix socket by path"),
    Attempt("fork", "start a process"),
    Attempt("exec", "run a program"),
)
_LIST = "list-private"  # of each of the instructor's folders


@dataclass(frozen=True)
class Tried:
    """An attempt, and whether the kernel refused it. folder: the one that it was about, or ""."""

    attempt: Attempt
    refused: bool
    folder: str = ""

    @property
    def what(self) -> str:
        """In words."""
        return self.attempt.words


def tried(refused: Mapping[str, object], private: Sequence[str]) -> tuple[Tried, ...]:
    """What a probe has tried.

    Args:
        refused: Id of an attempt -> whether it was refused, as the probe says; of the attempt to
            list the private folders, an answer for each.
        private: Those folders.

    Raises:
        SandboxError: The probe did not try everything. Nothing can be concluded then.

    """
    listed = refused.get(_LIST)
    ids = {attempt.id for attempt in ATTEMPTS}
    if refused.keys() != {*ids, _LIST} or not isinstance(listed, list):
        raise SandboxError("the sandbox's probe did not try what it should")
    if len(listed) != len(private):
        raise SandboxError("the sandbox's probe did not look at every private folder")
    found = [Tried(attempt, refused[attempt.id] is True) for attempt in ATTEMPTS]
    for folder, answer in zip(private, listed, strict=True):
        attempt = Attempt(_LIST, f"list {folder}", secret=True)
        found.append(Tried(attempt, answer is True, folder))
    return tuple(found)


def level_of(found: Sequence[Tried]) -> Level:
    """FULL if everything was refused, PARTIAL if the grader's secrets are safe, else PLAIN."""
    if not found:
        return Level.PLAIN
    if all(one.refused for one in found):
        return Level.FULL
    if all(one.refused for one in found if one.attempt.secret):
        return Level.PARTIAL
    return Level.PLAIN
