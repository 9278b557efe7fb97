"""In test_confined.py, in place of what takes files apart: works without end on some of them.

Which file is slow to read depends on the Python: what one version reads in quadratic time, another
refuses at once.
"""

from grader.submission import child, reading

arranged = reading.arranged


def work_without_end(intake, expected):
    while any(b"endless.py" in content for content in intake.files.values()):
        pass
    return arranged(intake, expected)


def main(sock, output, parent):
    reading.arranged = work_without_end
    child.main(sock, output, parent)
