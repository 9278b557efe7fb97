"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

__all__ = ["prctl", "signal_at_parents_end", "syscall"]

_PR_SET_PDEATHSIG = 1

# A library handle of our own: errno is read right after the call, whatever else ctypes is used for.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def syscall(what: str, number: int, *args: Any) -> int:
    """Make a system call. `what` names it in the OSError that a failure becomes."""
    assert _libc is not None, "Linux only"
    return _checked(_libc.syscall(ctypes.c_long(number), *args), what)


def prctl(what: str, option: int, *args: int) -> int:
    """Make the system call prctl; integers travel as unsigned long, as the kernel reads them."""
    assert _libc is not None, "Linux only"
    words = [ctypes.c_ulong(value) for value in (option, *args, 0, 0, 0, 0)[:5]]
    return _checked(_libc.prctl(*words), what)


def signal_at_parents_end(number: int) -> None:
    """Get this signal when the thread ends that forked this process; a change of the user takes
    that back.
    """
    prctl("prctl(PDEATHSIG)", _PR_SET_PDEATHSIG, number)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
