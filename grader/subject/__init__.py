"""What answers when a check says `student.f(x)`.

session      the thing under test as a check sees it, and as the runner drives it
transcript   what was asked and what was answered, in a form that two runs can be compared by
in_process   the reference, or the reference with a known mistake, in this process
frozen       what the reference answered to the public checks, in a student's copy
"""

from grader.subject.session import Function, ImportedBefore, RemoteObject, StudentRaised, Subject, closing, modules_of

__all__ = ["Function", "ImportedBefore", "RemoteObject", "StudentRaised", "Subject", "closing", "modules_of"]
