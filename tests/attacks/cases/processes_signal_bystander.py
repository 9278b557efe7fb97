"""Signals another process of the same user by every call that can: kill, tkill, tgkill, sigqueue, pidfd.

Seen: signal another process
"""

import os
import signal

from knows import BYSTANDER, each, syscall


def mix(x):
    info = (
        signal.SIGUSR1.to_bytes(4, "little")
        + (0).to_bytes(4, "little")
        + (-1).to_bytes(4, "little", signed=True)
    )
    return each(
        lambda: os.kill(BYSTANDER, signal.SIGUSR1),
        lambda: syscall(200, BYSTANDER, 10),
        lambda: syscall(234, BYSTANDER, BYSTANDER, 10),
        lambda: syscall(129, BYSTANDER, 10, info.ljust(128, b"\0")),
        lambda: signal.pidfd_send_signal(os.pidfd_open(BYSTANDER), signal.SIGUSR1),
    )
