"""Deletes files and folders that anybody may delete.

Seen: remove
"""

import os
import shutil

from knows import GUARD, SANDBOX, each


def mix(x):
    return each(
        lambda: os.unlink(f"{GUARD}/file.txt"),
        lambda: shutil.rmtree(f"{GUARD}/folder"),
        lambda: shutil.rmtree(SANDBOX),
        lambda: os.unlink(__file__),
    )
