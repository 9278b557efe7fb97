"""What keeps a machine from the full level, and what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence

from grader.model import Level
from grader.sandbox.levels import Tried
from grader.sandbox.wire import Layer

__all__ = ["remedies"]

# The layers without which the level is lower, and what the error number of the kernel means.
_REMEDIES: Mapping[str, Mapping[int, str]] = {
    "landlock": {
        errno.ENOSYS: "Landlock is missing: the kernel needs to be Linux 5.13 or newer, built "
        "with it.",
        errno.EOPNOTSUPP: "Landlock is switched off: add `landlock` to the list of the kernel's "
        "boot parameter lsm=.",
        errno.EPERM: "Landlock is forbidden by the container: take Docker 23 or newer, or a "
        "seccomp profile that "
        "allows landlock_create_ruleset, landlock_add_rule and landlock_restrict_self.",
    },
    "seccomp": {
        errno.EPERM: "seccomp is forbidden by the container: its profile must allow the system "
        "call seccomp.",
        errno.ENOSYS: "seccomp is missing: the kernel needs CONFIG_SECCOMP_FILTER, and the "
        "container's profile must "
        "allow the system call seccomp.",
    },
}


def remedies(
    level: Level, achieved: Mapping[str, Layer], tried: Sequence[Tried], same_user: str
) -> Iterator[str]:
    """Sentences, the most important first; none at the full level.

    Args:
        level: What was reached.
        achieved: The layers of confinement.
        tried: What was tried in a worker.
        same_user: Why workers share the user of the grader; "" if they do not.

    """
    if level is Level.FULL:
        return
    if not achieved:
        yield (
            "Student code can only be confined on Linux, from 5.13 on: run the grader there, or in "
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
                f"Student code could list {one.folder}: `chmod go-rwx {one.folder}`, and keep it "
                "apart from the interpreter."
            )
    if same_user and level is Level.PLAIN:
        yield f"Workers have no user of their own: {same_user}."
    if level is Level.PLAIN:
        yield (
            "Below the level partial, student code can read the checks. Do not grade other "
            "people's code here."
        )
