"""Reads what another student has handed in.

Seen: open
"""

from pathlib import Path

from knows import VICTIM


def mix(x):
    return Path(VICTIM).read_text()
