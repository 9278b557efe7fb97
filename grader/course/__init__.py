"""By what it is graded: the course's folder, its assignments and their assignment.toml."""

from grader.course.loading import Assignment, Course, find_course, load_assignment

__all__ = ["Assignment", "Course", "find_course", "load_assignment"]
