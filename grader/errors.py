"""What can go wrong on our side of the wall, each said in one sentence to the person who can fix
it.

A student's mistake is never one of these: it is a `Verdict`. The command line prints `str(error)`
and no traceback.
"""

import errno

__all__ = ["CourseError", "GradmarkError", "SandboxError", "SubmissionError", "ends_the_run"]


class GradmarkError(Exception):
    """Something that a person outside the grader has to fix. The message names the file and what to
    do.
    """


class CourseError(GradmarkError):
    """The instructor's files are wrong: an unknown key in assignment.toml, a missing reference."""


class SubmissionError(GradmarkError):
    """A submission that cannot be read: a broken archive, a link that leads outside, a file past
    the size limit.
    """


class SandboxError(GradmarkError):
    """The sandbox could not be set up, or does not reach the level that was asked for."""


# What a disk, a folder or a process says when it serves nobody any more, whichever file is asked
# for next.
_OF_THE_MACHINE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO),
    *(errno.EACCES, errno.EPERM),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
}


def ends_the_run(error: BaseException) -> bool:
    """Whether an error that came up over one grade would come up over every other: then a class
    stops in a sentence.

    These do: a GradmarkError, which a person has to put right; an OSError that says something of
    the disk, the folder or this process (full, read-only, forbidden, out of descriptors). A
    MemoryError does not, since the next grade may be smaller. Every other exception belongs to the
    one grade over which it was raised: that grade is withheld, and the class goes on.
    """
    return isinstance(error, GradmarkError) or (
        isinstance(error, OSError) and error.errno in _OF_THE_MACHINE
    )
