"""System calls that the Python standard library does not provide."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

__all__ = ["prctl", "signal_at_parents_end", "syscall"]

_PR_SET_PDEATHSIG = 1

# A separate library handle, so that errno is read right after the call, whatever else uses ctypes.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def syscall(what: str, number: int, *args: Any) -> int:
    """Make a system call. Raises OSError with the description `what` if it fails."""
    assert _libc is not None, "Linux only"
    return _checked(_libc.syscall(ctypes.c_long(number), *args), what)


def prctl(what: str, option: int, *args: int) -> int:
    """Make the system call prctl. Integers are passed as unsigned long, as the kernel expects."""
    assert _libc is not None, "Linux only"
    words = [ctypes.c_ulong(value) for value in (option, *args, 0, 0, 0, 0)[:5]]
    return _checked(_libc.prctl(*words), what)


def signal_at_parents_end(number: int) -> None:
    """Request this signal for when the thread that forked this process ends.

    A change of the user cancels the request.
    """
    prctl("prctl(PDEATHSIG)", _PR_SET_PDEATHSIG, number)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
