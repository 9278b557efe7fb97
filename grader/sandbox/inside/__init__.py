"""The code that runs inside worker processes.

It imports only `grader.sandbox.wire` and its own siblings, and no other part of the grader.

zygote       a warm interpreter from which every worker is forked
entry        the function that a new process runs
worker       the process that runs student code
confinement  confines a worker; landlock, seccomp and privileges are its layers
evaluator    evaluates calls, in a worker or in process
imports      loads the student's modules
traces       the student's own lines of a traceback
witness      records what student code tried, for the feedback
folders      removes everything that student code wrote
syscalls     system calls that the standard library lacks
"""
