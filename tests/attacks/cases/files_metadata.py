"""Changes modes, owners, times and attributes of files outside, which Landlock does not govern.

Seen: change the mode of
"""

import os

from knows import GUARD, REFERENCE, syscall


def mix(x):
    for path in (f"{GUARD}/file.txt", f"{GUARD}/data.bin", REFERENCE):
        os.chmod(path, 0)
        os.chown(path, os.getuid(), os.getgid())
        os.utime(path, (1, 1))
        os.setxattr(path, "user.mallory", b"here")
        syscall(268, -100, path.encode(), 0o777)
        syscall(280, -100, path.encode(), 0, 0)
    return x
