"""Messages for exceptions in the student's code: their lines, array shapes and a hint."""

from __future__ import annotations

import re

from grader.model import Feedback, Verdict
from grader.sandbox.wire import Frame, Raised
from grader.subject import ImportedBefore, StudentRaised

__all__ = ["explain_raised"]


def explain_raised(error: StudentRaised) -> tuple[Verdict, Feedback]:
    """Verdict and feedback for an exception of the student's code."""
    raised, call = error.raised, error.call
    if isinstance(error, ImportedBefore):
        kinds = {"MemoryError": Verdict.MEMORY, "NotImplementedError": Verdict.MISSING}
        verdict = Verdict.FORBIDDEN if raised.refused else kinds.get(raised.kind, Verdict.ERROR)
        return verdict, Feedback(str(error))
    if raised.missing:
        if raised.kind == "NotImplementedError":
            return Verdict.MISSING, Feedback(
                summary=f"{call} is not implemented yet.", details=raised.message
            )
        return Verdict.MISSING, Feedback(summary=f"{raised.message}.")
    if raised.kind == "MemoryError":
        return Verdict.MEMORY, Feedback(
            summary=f"{call} requested more memory than this check allows.", details=_lines(raised)
        )
    if raised.refused:
        return Verdict.FORBIDDEN, Feedback(
            summary=f"{call} tried something that a submission must not do: {raised.message}",
            details=_lines(raised),
        )
    return Verdict.ERROR, Feedback(_summary(raised, call), _lines(raised), _hint(raised))


def _summary(raised: Raised, call: str) -> str:
    if raised.kind == "SyntaxError" and raised.frames:
        message = re.sub(r" \([^()]*, line \d+\)$", "", raised.message)
        return (
            f"{raised.frames[-1].file}, line {raised.frames[-1].line}: Python cannot read "
            f"this: {message}."
        )
    if raised.kind == "TypeError" and not raised.frames:
        return f"{call} cannot be called as in the handout: {raised.message}."
    return (
        f"{call} raised {raised.kind}: {raised.message}"
        if raised.message
        else f"{call} raised {raised.kind}"
    )


def _hint(raised: Raised) -> str:
    """The usual cause of the exception in one sentence, or "" if the exception is clear."""
    message = raised.message
    if raised.kind == "TypeError" and not raised.frames:
        return "Compare the names and order of the parameters in its def line with the handout."
    if raised.kind == "RecursionError":
        return "A function calls itself endlessly. What should stop it?"
    if raised.kind == "SyntaxError":
        return (
            "Run the file by itself: Python points to the error. Often a bracket is missing in "
            "the line above."
        )
    if raised.kind in ("ModuleNotFoundError", "ImportError"):
        return (
            "The package is not available to submissions. Is it one of your files that you did "
            "not hand in?"
        )
    if raised.kind in ("UnboundLocalError", "NameError"):
        return "A name is used before it has a value. Is it misspelled, or set in one branch only?"
    if "NoneType" in message:
        return "Something is None here. Is a return statement missing in a function that you call?"
    if re.search(
        r"operands could not be broadcast|not aligned|mismatch in its core dimension|"
        r"dimension mismatch",
        message,
    ):
        return "The shapes do not fit together. Write down the shape of every array in that line."
    return ""


def _lines(raised: Raised) -> str:
    """The frames in the student's files, innermost last: each line with its array shapes."""
    shown: list[str] = []
    for frame in raised.frames[-3:]:
        if (text := _frame(frame)) not in shown:  # a recursion of any depth is shown once
            shown.append(text)
    return "\n".join(shown)


def _frame(frame: Frame) -> str:
    inside = f", in {frame.function}" if frame.function else ""
    where = f"{frame.file}, line {frame.line}{inside}:\n    {frame.source.strip()}"
    return f"{where}\n    with {', '.join(frame.shapes)}" if frame.shapes else where
