"""Confine the calling process before it reads any student code. No layer can be removed again.

The order matters. Resource limits and the user need privileges, so capabilities are dropped after
them. A change of the user clears the death signal, so that is set again. no_new_privs must precede
seccomp. Landlock needs system calls that seccomp refuses, so seccomp comes last. Landlock covers
only the calling thread, so there must not be another one yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.sandbox.inside import landlock, privileges, seccomp
from grader.sandbox.wire import Layer

__all__ = ["LAYERS", "Policy", "confine"]

LAYERS = ("session", "limits", "user", "capabilities", "privileges", "landlock", "seccomp")


@dataclass(frozen=True)
class Policy:
    """What a worker may do.

    Args:
        read: Trees that may be read.
        listed: Trees in which only the names of files can be seen.
        write: Trees that may be written.
        devices: Files that may be read and written.
        memory: MiB that may be used in addition to the current usage.
        uid: The user to change to, or None to keep the current one.
        layers: Which of LAYERS to apply.

    """

    read: Sequence[str]
    listed: Sequence[str]
    write: Sequence[str]
    devices: Sequence[str]
    memory: int
    uid: int | None
    layers: Sequence[str]


def confine(policy: Policy) -> dict[str, Layer]:
    """Apply the layers. Failures are reported in the result, not raised."""
    own_user = policy.uid is not None and "user" in policy.layers
    steps: dict[str, Callable[[], str]] = {
        "session": privileges.own_session,
        "limits": lambda: privileges.limit_resources(policy.memory, threads=own_user),
        "user": lambda: _own_user(policy.uid),
        "capabilities": privileges.drop_capabilities,
        "privileges": privileges.no_new_privileges,
        "landlock": lambda: _landlock(policy),
        "seccomp": seccomp.install,
    }
    achieved = {}
    for name in LAYERS:
        if name in policy.layers:
            try:
                achieved[name] = Layer(holds=True, detail=steps[name]())
            except (AssertionError, KeyError, OSError, ValueError) as error:
                number = (isinstance(error, OSError) and error.errno) or 0
                achieved[name] = Layer(holds=False, detail=str(error), errno=number)
    return achieved


def _own_user(uid: int | None) -> str:
    if uid is None:
        raise OSError("no user to change to")
    return privileges.drop_user(uid)


def _landlock(policy: Policy) -> str:
    done = landlock.restrict(policy.read, policy.listed, policy.write, policy.devices)
    privileges.be_seen()
    return done
