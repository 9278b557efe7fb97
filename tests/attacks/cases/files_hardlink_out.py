"""Makes hard links to secrets in the scratch folder, and links of its own files outside.

Seen: link
"""

import os

from knows import GUARD, REFERENCE, each


def mix(x):
    open("mine", "w").close()
    return each(
        lambda: os.link(REFERENCE, "stolen") or open("stolen").read(),
        lambda: os.link(f"{GUARD}/file.txt", "stolen") or open("stolen").read(),
        lambda: os.link("mine", f"{GUARD}/planted"),
    )
