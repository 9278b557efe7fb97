"""How much one packet may hold, and of which types."""

from __future__ import annotations

import numpy as np

# What one packet may hold. A batch of 10,000 forwards with three arguments each fits.
MAX_HEADER = 4 << 20
MAX_SEGMENTS = 1 << 16
MAX_TOTAL = 256 << 20
MAX_NODES = 400_000
MAX_DEPTH = 32
MAX_STRING = 1 << 20
MAX_BYTES = 4 << 20  # of one value; whoever shows it writes four characters for each
MAX_INT_BITS = 1 << 14
MAX_DIMENSIONS = 32
# Small integers, floats and above all tuples can be chosen to share one hash. A dict with keys of
# that kind is kept so small that even a table of collisions is built in no time; strings are hashed
# with a secret, so they may be many.
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
    """How many values a range has: a few bytes on the wire, and an array of any size once a check
    makes one of it. `len` cannot say more than fits into 64 bits.
    """
    return max(0, -(-(values.stop - values.start) // values.step))
