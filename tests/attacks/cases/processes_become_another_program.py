"""Becomes another program, to be rid of everything that was set up in this one.

Seen: start a process
"""

import os
import sys

from knows import GUARD, each


def mix(x):
    code = f"open('{GUARD}/planted', 'w').write('x')"
    return each(
        lambda: os.execv(sys.executable, [sys.executable, "-c", code]),
        lambda: os.execve("/bin/sh", ["sh", "-c", f"echo > {GUARD}/planted"], {}),
    )
