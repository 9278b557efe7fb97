"""The seeds of a check's random numbers.

There are two independent streams: the inputs that the check draws, and the generators of the
process under test. Student code can read its generators, so these must not reveal an input that it
has not received yet.

The inputs of a public check depend on data that every student has, so a released copy draws the
same ones. Those of a hidden check also depend on the solution, which no student has, and which is
the same for every grading.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Seeds", "secret_of", "seeds_of"]


@dataclass(frozen=True)
class Seeds:
    """The seeds of one case.

    Args:
        inputs: For the fixture `rng`.
        worker: For the generators of the student, the reference and its variants.

    """

    inputs: int
    worker: int


def secret_of(reference: Mapping[str, bytes]) -> bytes:
    """32 bytes that depend on the solution; a constant in a released copy, which has none."""
    digest = hashlib.blake2b(digest_size=32)
    for name, source in sorted(reference.items()):
        digest.update(f"{len(name)} {name} {len(source)} ".encode() + source)
    return digest.digest()


def seeds_of(seed: int, case: str, *, hidden: bool, secret: bytes) -> Seeds:
    """The seeds of one case of a check.

    Args:
        seed: The assignment's seed.
        case: The check's file, function and parameters: "test_layers.py::test_relu[(2, 3)]".
        hidden: Whether the check is hidden.
        secret: The value of `secret_of`.

    """
    key = secret if hidden else b""
    return Seeds(
        inputs=_derived(f"inputs {seed} {case}", key, 16)
        if hidden
        else zlib.crc32(f"{seed} {case}".encode()),
        worker=_derived(f"worker {seed} {case}", key, 4),
    )


def _derived(label: str, key: bytes, size: int) -> int:
    return int.from_bytes(
        hashlib.blake2b(label.encode(), key=key, digest_size=size).digest(), "big"
    )
