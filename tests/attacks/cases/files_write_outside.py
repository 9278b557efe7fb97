"""Writes wherever anybody may write: a folder of mode 0777, /tmp, /var/tmp, /dev/shm, the home folder.

Seen: write
"""

import os
import pwd

from knows import GUARD, TOKEN, each


def write(path):
    with open(path, "w") as file:
        return file.write("planted")


def mix(x):
    return each(
        lambda: write(f"{GUARD}/planted"),
        lambda: write(f"/tmp/attack-{TOKEN}"),
        lambda: write(f"/var/tmp/attack-{TOKEN}"),
        lambda: write(f"/dev/shm/attack-{TOKEN}"),
        lambda: write(os.path.expanduser(f"{pwd.getpwuid(os.getuid()).pw_dir}/attack-{TOKEN}")),
    )
