"""Runs programs: a shell, a copy of the interpreter, anything that is there.

Seen: start a process
"""

import os
import subprocess
import sys

from knows import GUARD, each


def mix(x):
    return each(
        lambda: subprocess.run(
            ["/bin/sh", "-c", f"echo x > {GUARD}/planted; sleep 30 &"], check=True
        ),
        lambda: os.posix_spawn("/bin/sleep", ["sleep", "30"], {}),
        lambda: subprocess.run(
            [sys.executable, "-c", "print(open('/etc/passwd').read())"], check=True
        ),
        lambda: os.popen("id").read(),
    )
