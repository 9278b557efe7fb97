"""What runs behind the wall. Imports `grader.sandbox.wire` and its own siblings, and nothing else
of the grader.

zygote       a warm interpreter from which every worker is forked
entry        what a new process runs
worker       the process that runs student code
confinement  seals a worker; landlock, seccomp and privileges are its layers
evaluator    evaluates calls, in a worker or in process
imports      loads the student's modules
traces       the student's own lines of a traceback
witness      notes what student code tried, for the feedback
folders      removes what student code wrote, whatever it is
syscalls     system calls that the standard library lacks
"""
