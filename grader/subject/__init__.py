"""What answers when a check says `student.f(x)`.

student      what check authors touch: functions, objects, batch, map, hold, write
objects      functions and objects that stay on the other side, with their operators
session      what a runner drives: begin, perform, transcript, limits, close
budget       the time that a whole submission may use
transcript   what was asked and what was answered, in a form that two runs can be compared by
in_process   the reference, or the reference with a known mistake, in this process
frozen       what the reference answered to the public checks, in a student's copy
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
