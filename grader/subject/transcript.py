"""The calls and results of a subject, in a form that allows two runs to be compared."""

from __future__ import annotations

import operator
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Event", "Opaque", "Transcript", "same", "size"]


@dataclass(frozen=True)
class Event:
    """One call and its result.

    Objects that stay with the subject are `Opaque` numbers, so that runs can be compared.
    """

    call: str
    arguments: Any
    answer: Any
    raised: str = ""  # the exception's type name
    mutated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opaque:
    """Represents an object that stays with the subject: the n-th one that it returned."""

    number: int


Transcript = list[Event]

_OBJECT = 128  # bytes, approximately, of a numpy or torch object in addition to its data

# Two right implementations may sum in different orders; two different mistakes differ by far more.
_RELATIVE = {np.dtype(np.float64): 1e-7, np.dtype(np.float32): 1e-4, np.dtype(np.float16): 1e-2}


def same(a: Any, b: Any) -> bool:
    """Whether two recorded values have equal structure, types and shapes, and close numbers."""
    if isinstance(a, Event) and isinstance(b, Event):
        return (
            (a.call, a.raised, sorted(a.mutated)) == (b.call, b.raised, sorted(b.mutated))
            and same(a.answer, b.answer)
            and same(a.arguments, b.arguments)
        )
    if isinstance(a, (bool, np.bool_, str, bytes, type(None), Opaque)):
        return type(a) is type(b) and bool(a == b)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (int, float, complex, np.generic, np.ndarray)):
        return isinstance(b, (int, float, complex, np.generic, np.ndarray)) and _close(
            np.asarray(a), np.asarray(b)
        )
    if hasattr(a, "detach"):  # torch, without importing it
        return hasattr(b, "detach") and _close(a.detach().cpu().numpy(), b.detach().cpu().numpy())
    return bool(operator.eq(a, b))


def size(value: Any) -> int:
    """Bytes of memory of a recorded value: its data and the objects that contain it.

    >>> size(bytes(1000)) > 1000 and size([1.5] * 1000) > 8000
    True
    """
    if isinstance(value, (list, tuple)):
        return sys.getsizeof(value) + sum(map(size, value))
    if isinstance(value, dict):
        return sys.getsizeof(value) + sum(map(size, value)) + sum(map(size, value.values()))
    if type(value) in (str, bytes, int, float, complex, bool):
        return sys.getsizeof(value)
    # An array, even if another object owns its memory, or a tensor. This reads the type, since an
    # object that stayed in the sandbox has no such attribute.
    return _OBJECT + (int(value.nbytes) if hasattr(type(value), "nbytes") else 0)


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape or (a.dtype != b.dtype and {a.dtype.kind, b.dtype.kind} != {"i"}):
        return False
    if a.dtype.kind not in "fc" or a.size == 0:
        return bool(np.array_equal(a, b))
    relative = max(_RELATIVE.get(a.real.dtype, 1e-7), _RELATIVE.get(b.real.dtype, 1e-7))
    finite = np.isfinite(a)
    scale = float(np.abs(a[finite]).max()) if finite.any() else 0.0
    with np.errstate(all="ignore"):
        return bool(np.allclose(a, b, rtol=relative, atol=relative * 1e-3 * scale, equal_nan=True))
