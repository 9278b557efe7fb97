"""Guess the assignment of the files at a path."""

from __future__ import annotations

import os
from pathlib import Path

from grader.course import Assignment, Course
from grader.course.loading import shown_path
from grader.errors import CourseError
from grader.submission import find_submissions
from grader.submission.reading import Reader, read_here

__all__ = ["guess_assignment"]


def guess_assignment(course: Course, path: Path, reader: Reader = read_here) -> Assignment:
    """Find the only assignment that the files of all submissions at `path` fit.

    Files in an assignment's folder belong to it, and a notebook may have its name. A submission
    without a file of any assignment, such as a notebook with another name, fits all of them.

    Args:
        course: The course.
        path: A submission, or a folder of submissions.
        reader: As in `find_submissions`.

    Raises:
        CourseError: None fits, or several do.
        SubmissionError: There is no submission at `path`.

    """
    places = Path(os.path.abspath(path)), Path(os.path.realpath(path))
    around = {folder for place in places for folder in (place, *place.parents)}
    named = {
        name
        for name in course.names()
        if course.folder / name in around or path.name == f"{name}.ipynb"
    }
    if len(named) == 1:
        return course.assignment(named.pop())
    assignments = course.assignments()
    if len(assignments) == 1:
        return assignments[0]
    known = {file for assignment in assignments for file in assignment.files}
    submissions = find_submissions(path, expected=known, reader=reader)
    handed_in = [found for one in submissions if (found := known & one.files.keys())]
    fitting = [
        one for one in assignments if all(not found.isdisjoint(one.files) for found in handed_in)
    ]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(one.name for one in fitting or assignments)
    reason = "fit several assignments" if fitting else "fit no single assignment"
    raise CourseError(
        f"the files in {shown_path(path)} {reason}: choose one with --assignment ({names})"
    )
