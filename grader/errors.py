"""What can go wrong on our side of the wall, each said in one sentence to the person who can mend it.

A student's mistake is never one of these: it is a `Verdict`. The command line prints `str(error)` and no traceback.
"""

__all__ = ["CourseError", "GradmarkError", "SandboxError", "SubmissionError"]


class GradmarkError(Exception):
    """Something that a person outside the grader has to mend. The message names the file and what to do."""


class CourseError(GradmarkError):
    """The instructor's files are wrong: an unknown key in assignment.toml, a missing reference."""


class SubmissionError(GradmarkError):
    """A submission that cannot be read: a broken archive, a link that leads outside, a file past the size limit."""


class SandboxError(GradmarkError):
    """The sandbox could not be set up, or does not reach the level that was asked for."""
