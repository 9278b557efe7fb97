"""Advice on what keeps a machine from the full sandbox level."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence

from grader.model import Level
from grader.sandbox.levels import Tried
from grader.sandbox.wire import Layer

__all__ = ["remedies"]

# The layers that the full level needs, and the meaning of the kernel's error numbers.
_REMEDIES: Mapping[str, Mapping[int, str]] = {
    "landlock": {
        errno.ENOSYS: "Landlock is missing: use Linux 5.13 or newer, with a kernel that includes "
        "Landlock.",
        errno.EOPNOTSUPP: "Landlock is switched off: add `landlock` to the kernel's boot parameter "
        "lsm=.",
        errno.EPERM: "Landlock is forbidden by the container: use Docker 23 or newer, or a seccomp "
        "profile that allows landlock_create_ruleset, landlock_add_rule and "
        "landlock_restrict_self.",
    },
    "seccomp": {
        errno.EPERM: "seccomp is forbidden by the container: its profile must allow the system "
        "call seccomp.",
        errno.ENOSYS: "seccomp is missing: the kernel needs CONFIG_SECCOMP_FILTER, and the "
        "container's profile must allow the system call seccomp.",
    },
}


def remedies(
    level: Level, achieved: Mapping[str, Layer], tried: Sequence[Tried], same_user: str
) -> Iterator[str]:
    """Yield advice in sentences, the most important first; none at the full level.

    Args:
        level: The level that this machine supports.
        achieved: The layers of confinement.
        tried: What was tried in a worker.
        same_user: Why workers share the user of the grader; "" if they do not.

    """
    if level is Level.FULL:
        return
    if not achieved:
        yield (
            "Student code can only be confined on Linux 5.13 or newer: run the grader there, or in "
            "a container."
        )
        return
    for name, by_error in _REMEDIES.items():
        layer = achieved.get(name)
        if layer is not None and not layer.holds:
            yield by_error.get(layer.errno, f"{name} cannot be used: {layer.detail}.")
    for one in tried:
        if one.folder and not one.refused:
            yield (
                f"Student code could list {one.folder}: run `chmod go-rwx {one.folder}`, and keep "
                "this folder separate from the interpreter."
            )
    if same_user and level is Level.PLAIN:
        yield f"Workers do not have separate users: {same_user}."
    if level is Level.PLAIN:
        yield (
            "Below the level partial, student code can read the checks. Do not grade other "
            "people's code here."
        )
