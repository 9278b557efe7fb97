"""Where the random numbers of a check come from.

Two streams that say nothing of each other: the inputs that the check draws, and the generators of
the process that answers. Student code reads its own generators, so these must not lead to an input
that it has not been given yet.

The inputs of a public check follow from what every student has, so a released copy draws them too.
Those of a hidden check follow from the solution besides, which no student has and which stays the
same from one grading to the next.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Seeds", "secret_of", "seeds_of"]


@dataclass(frozen=True)
class Seeds:
    """inputs: for the fixture `rng`. worker: for the generators of the student, the reference and
    its variants.
    """

    inputs: int
    worker: int


def secret_of(reference: Mapping[str, bytes]) -> bytes:
    """32 bytes that nobody knows who does not have the solution; of a released copy, which has
    none, a constant.
    """
    digest = hashlib.blake2b(digest_size=32)
    for name, source in sorted(reference.items()):
        digest.update(f"{len(name)} {name} {len(source)} ".encode() + source)
    return digest.digest()


def seeds_of(seed: int, case: str, *, hidden: bool, secret: bytes) -> Seeds:
    """The seeds of one case of a check.

    seed: the assignment's. case: the check's file, function and parameters,
    "test_layers.py::test_relu[(2, 3)]".
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
