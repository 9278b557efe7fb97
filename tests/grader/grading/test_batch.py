"""A class on several processes: nothing is lost when one of them dies."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from grader.errors import CourseError
from grader.grading.batch import Options, grade_class
from grader.model import Level
from grader.submission import find_submissions
from tests.grader.tiny_course import REFERENCE, make_course


@pytest.fixture
def course(tmp_path):
    assignment = make_course(tmp_path)
    for student in ("ada", "bob", "eve"):
        (tmp_path / "submit" / student).mkdir(parents=True)
        (tmp_path / "submit" / student / "tiny.py").write_text(REFERENCE)
    return assignment


def submissions(assignment):
    return find_submissions(assignment.folder.parents[1] / "submit", expected=assignment.files)


def runners():
    """Process numbers of the runners that are children of this process."""
    whole_lines = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())]
    listed = subprocess.run(whole_lines, capture_output=True, text=True)
    return [
        int(line.split()[0])
        for line in listed.stdout.splitlines()
        if "grader.grading.batch" in line
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_submission_gets_a_grade(course, jobs):
    grades = list(grade_class(course.folder, submissions(course), Options(jobs=jobs)))
    assert sorted((grade.student, grade.points) for grade in grades) == [
        ("ada", 10),
        ("bob", 10),
        ("eve", 10),
    ]
    assert not runners()


def test_jobs_change_nothing_in_the_results(course):
    def graded(jobs):
        found = sorted(
            grade_class(course.folder, submissions(course), Options(jobs=jobs)),
            key=lambda g: g.student,
        )
        return [[(c.id, c.verdict, c.points, c.feedback) for c in grade.checks] for grade in found]

    assert graded(1) == graded(2)


def test_a_runner_that_dies_is_replaced_and_its_submission_graded(course):
    grades = []
    for grade in grade_class(course.folder, submissions(course), Options(jobs=1)):
        grades.append(grade)
        if len(grades) == 1:
            for pid in runners():
                os.kill(pid, signal.SIGKILL)
    assert sorted(grade.student for grade in grades) == ["ada", "bob", "eve"]
    assert not any(grade.withheld for grade in grades)


def test_a_submission_over_which_every_runner_dies_is_withheld_and_the_class_goes_on(course):
    deadline = time.monotonic() + 60
    (course.course / "submit" / "bob" / "tiny.py").write_text(
        f"import time\ntime.sleep(5)\n{REFERENCE}"
    )

    def kill(student):
        """Play the operating system that runs out of memory, each time that bob is on."""

        def hunt():
            while student == "bob" and len(struck) < 2 and time.monotonic() < deadline:
                for pid in set(runners()) - struck:
                    os.kill(pid, signal.SIGKILL)
                    struck.add(pid)
                time.sleep(0.02)

        struck = set()
        threading.Thread(target=hunt, daemon=True).start()

    grades = {
        g.student: g
        for g in grade_class(course.folder, submissions(course), Options(jobs=1), on_start=kill)
    }
    assert [student for student, grade in sorted(grades.items()) if grade.withheld] == ["bob"]
    assert grades["eve"].points == 10


def test_a_course_that_does_not_work_is_said_once(course):
    (course.checks / "test_tiny.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(CourseError, match="nothing_of_this_name"):
        list(grade_class(course.folder, submissions(course), Options(jobs=2)))
    assert not runners()


def test_stopping_early_leaves_no_process_behind(course):
    grades = grade_class(course.folder, submissions(course), Options(jobs=2))
    next(grades)
    grades.close()
    assert not runners()


FAILS_OVER_BOB = """
import sys
if any("grader.grading.batch" in word for word in sys.orig_argv):
    from grader.errors import SandboxError
    from grader.grading.grader import Grader
    graded = Grader.grade

    def grade(self, submission, *rest):
        if submission.student == "bob":
            raise SandboxError("no more processes")
        return graded(self, submission, *rest)

    Grader.grade = grade
"""


def test_a_sandbox_that_fails_over_one_submission_withholds_that_one(course, tmp_path, monkeypatch):
    """Once it has started, its failure is about the submission that is graded, and the class goes
    on.
    """
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(FAILS_OVER_BOB)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(broken), str(Path(__file__).parents[3])]))
    chosen = Options(minimum=Level.PLAIN, at_most=Level.PLAIN)
    grades = {
        grade.student: grade for grade in grade_class(course.folder, submissions(course), chosen)
    }
    assert {name: (one.withheld, one.points) for name, one in grades.items()} == {
        "ada": (False, 10), "bob": (True, 0), "eve": (False, 10),
    }  # fmt: skip
    assert grades["bob"].checks[0].feedback.summary == "The sandbox failed here: no more processes."
