"""What keeps a machine from the full level, and the line that mends it: for `grade doctor` and for
refusals.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping

from grader.model import Level

__all__ = ["remedies"]

# The layers whose absence lowers the level, and by what error the kernel says why they are absent.
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
    level: Level,
    achieved: Mapping[str, tuple[bool, str]],
    refused: Mapping[str, bool],
    same_user: str,
) -> Iterator[str]:
    """Sentences, the most important first; none at the full level.

    achieved: layer -> whether it holds, and why not. refused: what was tried -> whether it was
    refused. same_user: why workers share the user of the grader, "" when they do not.
    """
    if level is Level.FULL:
        return
    if not achieved:
        yield (
            "Student code can only be confined on Linux, from 5.13 on: run the grader there, or in "
            "a container."
        )
        return
    for layer, by_error in _REMEDIES.items():
        holds, why = achieved.get(layer, (True, ""))
        if not holds:
            known = (words for number, words in by_error.items() if os.strerror(number) in why)
            yield next(known, f"{layer} cannot be used: {why}.")
    for what, was_refused in refused.items():
        if what.startswith("list ") and not was_refused:
            folder = what.removeprefix("list ")
            yield (
                f"Student code could list {folder}: `chmod go-rwx {folder}`, and keep it apart "
                "from the interpreter."
            )
    if same_user and level is Level.PLAIN:
        yield f"Workers have no user of their own: {same_user}."
    if level is Level.PLAIN:
        yield (
            "Below the level partial, student code can read the checks. Do not grade other "
            "people's code here."
        )
