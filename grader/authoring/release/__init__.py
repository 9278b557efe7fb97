"""The student version of a course: `grade release`."""

from grader.authoring.release.build import build, differences, write
from grader.authoring.release.regions import student_version

__all__ = ["build", "differences", "student_version", "write"]
