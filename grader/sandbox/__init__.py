"""The sandbox, which separates student code from everything that it must not know.

This folder is the trusted side. `inside/` runs inside the worker process, and `wire/` defines the
plain data that is sent between the two. See docs/security.md.

sandbox     starts workers, and proves how well this machine can confine them
levels      what must fail in a worker, and the resulting level; probe: tries it there
worker      one worker, seen from outside: calls, limits, how it ended
launch      starts worker processes: forked from a zygote, or one by one
transport   the interface between a session and a worker; loopback: the same in this process
places      folders: what workers may read, and the folder of one worker
packages    which installed packages a submission may use, and where the others are
users       a separate user for every worker, if the grader runs as root
usage       the resources used by a process, measured from outside
doctor      the level that this machine supports; remedies: how to raise it
"""
