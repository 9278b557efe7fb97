"""What authors of assignments run.

validation   `grade validate` and `grade calibrate`: the checks are fair and sharp
release      `grade release`: the student version of a course
scaffold     `grade new`: an assignment to start from
"""
