"""Rewrites its own files while it is graded, and plants compiled files beside them for the next worker.

Seen: write
"""

import os

from knows import each


def plant():
    os.makedirs(os.path.join(os.path.dirname(__file__), "__pycache__"), exist_ok=True)
    with open(
        os.path.join(os.path.dirname(__file__), "__pycache__", "target.cpython-311.pyc"), "wb"
    ) as file:
        return file.write(b"\0" * 64)


def mix(x):
    return each(
        lambda: open(__file__, "a").write("\n# longer now\n"),
        lambda: os.rename(__file__, __file__ + ".old"),
        plant,
    )
