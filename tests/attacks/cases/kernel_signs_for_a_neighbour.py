"""Leaves signs that another worker would see at once: locks, hints and leases on a library's file, its own processors.

Open: os.statvfs("/").f_bavail > 0
"""

import fcntl
import os
import struct

from knows import BYSTANDER, NEIGHBOUR, each

SET, SET_OPEN, TEST_OPEN, LEASE, SET_HINT, GET_HINT = 6, 37, 36, 1024, 1036, 1035
WRITER, READER = (struct.pack("hhqqi", kind, 0, 0, 0, 0) for kind in (fcntl.F_WRLCK, fcntl.F_RDLCK))


def opened():
    return os.open(os.path.realpath(os.__file__), os.O_RDONLY)


def whole_file():
    fcntl.flock(opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        fcntl.flock(opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "a lock that others see"


def part_of_a_file(command):
    fcntl.fcntl(opened(), command, READER)
    seen = struct.unpack("hhqqi", fcntl.fcntl(opened(), TEST_OPEN, WRITER))
    return seen[0] != fcntl.F_UNLCK and "a lock that others see"


def lease():
    return fcntl.fcntl(opened(), LEASE, fcntl.F_RDLCK) or "a lease"


def hint():
    fcntl.fcntl(opened(), SET_HINT, struct.pack("Q", 5))
    return struct.unpack("Q", fcntl.fcntl(opened(), GET_HINT, bytes(8)))[0] == 5


def mix(x):
    return each(
        whole_file,
        lambda: part_of_a_file(SET),
        lambda: part_of_a_file(SET_OPEN),
        lease,
        hint,
        lambda: os.sched_getaffinity(NEIGHBOUR),
        lambda: os.sched_getaffinity(BYSTANDER),
        lambda: os.statvfs("/").f_bavail > 0,
    )
