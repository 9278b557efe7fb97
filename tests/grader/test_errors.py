"""Which errors stop a run, and which withhold one grade."""

import errno

import pytest

from grader.errors import CourseError, GradmarkError, SandboxError, SubmissionError, ends_the_run


@pytest.mark.parametrize("kind", [GradmarkError, CourseError, SubmissionError, SandboxError])
def test_what_a_user_must_fix_stops_the_run(kind):
    assert ends_the_run(kind("the folder is missing"))
    assert issubclass(kind, GradmarkError)


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EMFILE, errno.EDQUOT, errno.EIO]
)
def test_a_machine_that_cannot_write_stops_the_run(number):
    assert ends_the_run(OSError(number, "said by the system"))


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENAMETOOLONG, "this name alone"),
        OSError(errno.EILSEQ, "this name alone"),
        FileNotFoundError(errno.ENOENT, "this file alone"),
        MemoryError(),
        ValueError("not plain data"),
        TypeError("not plain data"),
        RecursionError(),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_everything_else_withholds_one_grade(error):
    assert not ends_the_run(error)
