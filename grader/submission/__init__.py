"""What is graded: finding submissions, and reading them as bytes without running any.

reading     what counts as one submission, and its arrangement
intake      race-free reading of files and folders, within limits
archive     zip and tar, distrusted
notebook    a notebook as a module; notebook_prelude is the part that runs inside the sandbox
parsing     text: encodings, syntax errors, printable names
changes     waits for the next change of a file
"""

from grader.submission.changes import changes
from grader.submission.reading import Submission, find_submissions, only_submission, read_submission

__all__ = ["Submission", "changes", "find_submissions", "only_submission", "read_submission"]
