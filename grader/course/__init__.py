"""The course: its folder, its assignments and their assignment.toml."""

from grader.course.finding import RELEASED, find_course
from grader.course.loading import Assignment, Course, load_assignment

__all__ = ["RELEASED", "Assignment", "Course", "find_course", "load_assignment"]
