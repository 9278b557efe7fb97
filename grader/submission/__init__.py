"""What is graded: finding submissions, and reading them as bytes without running any.

reading      what counts as one submission
intake       race-free reading of files and folders, within limits
archive      zip and tar, distrusted
arrangement  from the files to what is graded of them
notebook     a notebook as a module; notebook_prelude is the part that runs inside the sandbox
parsing      text: encodings, syntax errors, imports, printable names
contents     what was found, as plain data that crosses from one process to another
confined     reads in a process with limits, which child is the inside of
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
