"""Makes pipes and devices, and opens those of the machine: memory, disks, terminals."""

import os
import stat

from knows import GUARD, each


def mix(x):
    return each(
        lambda: os.mkfifo(f"{GUARD}/pipe"),
        lambda: os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(8, 0)),
        lambda: os.mknod("memory", stat.S_IFCHR | 0o600, os.makedev(1, 1)),
        lambda: os.open("/dev/mem", os.O_RDONLY),
        lambda: os.open("/dev/kmsg", os.O_RDONLY),
        lambda: os.open("/dev/vda", os.O_RDONLY),
        lambda: os.open("/dev/ptmx", os.O_RDWR),
    )
