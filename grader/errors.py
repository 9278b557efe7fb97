"""Errors outside the sandbox, each with a one-sentence message for the person who can fix it.

A student's mistake is never one of these: it is a `Verdict`. The command line prints `str(error)`
without a traceback.
"""

import errno

__all__ = ["CourseError", "GradmarkError", "SandboxError", "SubmissionError", "ends_the_run"]


class GradmarkError(Exception):
    """An error that a user must fix; the message names the file and what to do."""


class CourseError(GradmarkError):
    """The instructor's files are wrong: an unknown key in assignment.toml, a missing reference."""


class SubmissionError(GradmarkError):
    """A submission cannot be read: a broken archive, a link to outside, a file over the limit."""


class SandboxError(GradmarkError):
    """The sandbox could not be set up, or does not reach the required level."""


# Errors of a disk, a folder or a process that will also occur for every other file.
_MACHINE_ERRORS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO),
    *(errno.EACCES, errno.EPERM),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
}


def ends_the_run(error: BaseException) -> bool:
    """Whether an error for one grade would occur for every other grade, so that the run must stop.

    This is true for a GradmarkError, which a user must fix, and for an OSError about the disk, the
    folder or this process (full, read-only, forbidden, out of descriptors). It is false for a
    MemoryError, since the next grade may be smaller. Every other exception affects only the grade
    for which it was raised: that grade is withheld, and the run continues.
    """
    return isinstance(error, GradmarkError) or (
        isinstance(error, OSError) and error.errno in _MACHINE_ERRORS
    )
