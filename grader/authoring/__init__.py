"""Commands for authors of assignments.

validation   `grade validate` and `grade calibrate`: prove that the checks work
release      `grade release`: make the student version of a course
scaffold     `grade new`: start an assignment from an example
"""
