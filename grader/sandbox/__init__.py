"""The wall between student code and everything that it must not know (docs/security.md).

This folder is the trusted side. `inside/` runs behind the wall, and `wire/` is what crosses it:
plain data in frames.

sandbox     starts workers, and proves how well this machine can confine them
levels      what must fail in a worker, and which level follows; probe: tries it there
worker      one worker, seen from outside: calls, limits, how it ended
launch      where worker processes come from: forked from a zygote, or started one by one
transport   what a session needs of a worker; loopback: the same in this process
places      folders: what workers may read, and the folder of one worker
packages    which installed packages a submission may use, and where the others are
users       a user for every worker, where the grader is root
usage       what a process has used, seen from outside
doctor      what this machine reaches; remedies: what would raise it
"""
