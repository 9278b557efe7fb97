"""Find submissions, and read them as bytes without running any code.

reading      what counts as one submission
intake       race-free reading of files and folders, within limits
archive      untrusted zip and tar archives
arrangement  selects the files that are graded
notebook     a notebook as a module; notebook_prelude is the part that runs inside the sandbox
parsing      text: encodings, syntax errors, imports, printable names
contents     what was read, as plain data to send to another process
confined     reads in a process with limits, whose code is in child
changes      waits for the next change of a file
"""

from grader.submission.changes import changes
from grader.submission.confined import ConfinedReader
from grader.submission.reading import (
    Submission,
    find_submissions,
    only_submission,
    read_submission,
    submission_of_ours,
)

__all__ = [
    "ConfinedReader",
    "Submission",
    "changes",
    "find_submissions",
    "only_submission",
    "read_submission",
    "submission_of_ours",
]
