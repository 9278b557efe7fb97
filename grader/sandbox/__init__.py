"""The wall between student code and everything that it must not know (docs/security.md).

This folder is the trusted side. `inside/` runs behind the wall, and `wire/` is what crosses it:
plain data in frames.

client      starts workers, sends calls, keeps time, kills
launch      where worker processes come from: forked from a zygote, or started one by one
transport   what a session needs of a worker, and the same in process
places      folders: what workers may read, and the folder of one worker
packages    which installed packages a submission may use, and where the others are
users       a user for every worker, where the grader is root
usage       what a process has used, seen from outside
probe       tries, in a worker, what must fail
doctor      what this machine reaches, by trying what must fail; remedies: what would raise it
"""
