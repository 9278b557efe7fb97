"""The code under test: the object behind `student.f(x)` in a check.

student      the interface for check authors: functions, objects, batch, map, hold, write
objects      proxies for functions and objects that stay in the sandbox, with their operators
session      the interface for a runner: begin, perform, transcript, limits, close
budget       the time that a whole submission may use
transcript   calls and their results, in a form that allows two runs to be compared
in_process   the reference, or the reference with a known mistake, in this process
frozen       recorded results of the reference for the public checks, in a student's copy
"""

from grader.subject.objects import RemoteObject, StudentFunction, name_of
from grader.subject.session import ImportedBefore, Session, StudentRaised
from grader.subject.student import Student, modules_of

__all__ = [
    "ImportedBefore",
    "RemoteObject",
    "Session",
    "Student",
    "StudentFunction",
    "StudentRaised",
    "modules_of",
    "name_of",
]
