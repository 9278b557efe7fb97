"""The limits of a packet, and the types that it may contain."""

from __future__ import annotations

import numpy as np

# The limits of one packet. A batch of 10,000 forward passes with three arguments each fits.
MAX_HEADER = 4 << 20
MAX_SEGMENTS = 1 << 16
MAX_TOTAL = 256 << 20
MAX_NODES = 400_000
MAX_DEPTH = 32
MAX_STRING = 1 << 20
MAX_BYTES = 4 << 20  # of one value; displaying it takes four characters per byte
MAX_INT_BITS = 1 << 14
MAX_DIMENSIONS = 32
# Small integers, floats and especially tuples can be chosen to have the same hash. A dict with such
# keys must be so small that even a table full of collisions is built quickly. Strings are hashed
# with a secret, so there may be many.
MAX_ODD_KEYS = 1000

MAX_MESSAGE = 2000  # characters of an exception's message
MAX_TEXT = 300  # of a source line, a name, an attempt
MAX_FRAMES = 32
MAX_SHAPES = 16
MAX_ATTEMPTS = 64

_NAMES = ("b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
DTYPES = {np.dtype(name).str: np.dtype(name) for name in _NAMES}
SCALARS = {dtype.type for dtype in DTYPES.values()}
TYPES: dict[str, type] = {t.__name__: t for t in (bool, int, float, complex)} | {
    f"np.{dtype.name}": dtype.type for dtype in DTYPES.values()
}
TYPE_NAMES = {t: name for name, t in TYPES.items()}


def length_of(values: range) -> int:
    """Return how many values a range has; `len` fails for more than 64 bits.

    A range takes a few bytes on the wire, but a check may turn it into an array of any size.
    """
    return max(0, -(-(values.stop - values.start) // values.step))
