"""Looks into the folder of the worker that runs another student's code, and writes into its scratch folder.

Seen: list
"""

import os

from knows import NEIGHBOUR_FOLDER, each


def mix(x):
    return each(
        lambda: os.listdir(NEIGHBOUR_FOLDER),
        lambda: open(f"{NEIGHBOUR_FOLDER}/files/target.py").read(),
        lambda: open(f"{NEIGHBOUR_FOLDER}/output").read(),
        lambda: open(f"{NEIGHBOUR_FOLDER}/scratch/numpy.py", "w").write("raise SystemExit"),
        lambda: os.rename("/proc/self/cwd", f"{NEIGHBOUR_FOLDER}/scratch"),
    )
