"""The wall between student code and everything that it must not know (docs/security.md).

    client      the trusted side: starts workers, sends calls, keeps time, kills
    transport   what a check's subject needs of a worker, and the same in process
    wire        what crosses the wall: plain data in typed frames
    zygote      a warm interpreter from which every worker is forked
    worker      the process that runs student code
    evaluator   evaluates calls, in a worker or in process
    confinement seals a worker; landlock, seccomp and limits are its layers
    witness     notes, for the feedback, what student code tried
    doctor      says what this machine reaches, by trying what must fail; remedies: what would raise it

What runs in a worker imports nothing of the grader but its siblings here: nothing else of it is in a worker's memory.
"""
