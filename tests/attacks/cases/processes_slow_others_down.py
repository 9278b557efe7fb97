"""Takes priority, processors and limits away from other processes.

Not below full as root: it would slow every process of the machine down.
"""

import os
import resource

from knows import BYSTANDER, each, syscall


def mix(x):
    return each(
        lambda: os.setpriority(os.PRIO_PROCESS, BYSTANDER, 19) or "slow",
        lambda: os.setpriority(os.PRIO_USER, 0, 5) or "slow",
        lambda: os.sched_setaffinity(BYSTANDER, {0}) or "one processor",
        lambda: os.sched_setscheduler(BYSTANDER, os.SCHED_IDLE, os.sched_param(0)) or "idle",
        lambda: resource.prlimit(BYSTANDER, resource.RLIMIT_NOFILE, (8, 8)) and "few files",
        lambda: syscall(251, 1, BYSTANDER, 3 << 13) or "no disk",
    )
