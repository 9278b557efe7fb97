"""Words for exceptions of the student's code."""

import pytest

from grader.feedback.raised import explain_raised
from grader.model import Verdict
from grader.sandbox.wire import Frame, Raised
from grader.subject import ImportedBefore, StudentRaised

LINE = Frame("layers.py", 12, "affine_forward", "    return x @ w + b", ("x (4, 3)", "w (4, 2)"))


def explained(kind, message="", *, frames=(LINE,), **more):
    return explain_raised(StudentRaised(Raised(kind, message, frames=frames, **more), "affine"))


def test_the_students_own_line_and_the_shapes_in_it_are_quoted():
    verdict, feedback = explained("ValueError", "matmul: mismatch in its core dimension 0")
    assert verdict is Verdict.ERROR
    assert feedback.summary == "affine raised ValueError: matmul: mismatch in its core dimension 0"
    assert feedback.details == (
        "layers.py, line 12, in affine_forward:\n    return x @ w + b\n    with x (4, 3), w (4, 2)"
    )
    assert "shapes do not fit" in feedback.hint


@pytest.mark.parametrize(
    ("kind", "message", "verdict", "says"),
    [
        ("NotImplementedError", "", Verdict.MISSING, "affine is not implemented yet."),
        ("AttributeError", "layers.py has no relu", Verdict.MISSING, "layers.py has no relu."),
    ],
)
def test_what_is_absent_is_missing(kind, message, verdict, says):
    found, feedback = explained(kind, message, missing=True)
    assert (found, feedback.summary) == (verdict, says)


def test_memory_and_refusals_have_verdicts_of_their_own():
    assert explained("MemoryError")[0] is Verdict.MEMORY
    verdict, feedback = explained("PermissionError", "open '/etc/passwd'", refused=True)
    assert verdict is Verdict.FORBIDDEN
    assert "must not do: open '/etc/passwd'" in feedback.summary


@pytest.mark.parametrize(
    ("kind", "message", "frames", "hint"),
    [
        ("TypeError", "f() takes 2 arguments", (), "parameters in its def line"),
        ("RecursionError", "maximum depth", (LINE,), "calls itself endlessly"),
        (
            "SyntaxError",
            "'(' was never closed (layers.py, line 3)",
            (LINE,),
            "a bracket is missing",
        ),
        ("ModuleNotFoundError", "No module named 'x'", (LINE,), "not available to submissions"),
        ("NameError", "name 'w1' is not defined", (LINE,), "misspelled"),
        ("TypeError", "'NoneType' object is not subscriptable", (LINE,), "return statement"),
        ("KeyError", "'W1'", (LINE,), ""),
    ],
)
def test_the_usual_ones_have_a_hint(kind, message, frames, hint):
    feedback = explained(kind, message, frames=frames)[1]
    assert hint in feedback.hint
    assert bool(feedback.hint) is bool(hint)


def test_a_call_that_does_not_fit_is_told_from_an_error_inside():
    outside = explained("TypeError", "f() takes 2 arguments", frames=())[1].summary
    inside = explained("TypeError", "f() takes 2 arguments")[1].summary
    assert outside.startswith("affine cannot be called as in the handout")
    assert inside.startswith("affine raised TypeError")


def test_a_syntax_error_names_its_line_once():
    feedback = explained("SyntaxError", "'(' was never closed (layers.py, line 12)")[1]
    assert feedback.summary == "layers.py, line 12: Python cannot read this: '(' was never closed."


def test_a_recursion_is_one_line_however_deep():
    assert explained("RecursionError", "deep", frames=(LINE,) * 50)[1].details.count("line 12") == 1


def test_the_innermost_three_frames_are_shown():
    frames = tuple(Frame("a.py", line, "f", "f()", ()) for line in range(1, 8))
    details = explained("ValueError", "x", frames=frames)[1].details
    assert [line in details for line in ("line 4", "line 5", "line 6", "line 7")] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("raised", "verdict"),
    [
        (Raised("MemoryError", ""), Verdict.MEMORY),
        (Raised("NotImplementedError", "later"), Verdict.MISSING),
        (Raised("PermissionError", "open", refused=True), Verdict.FORBIDDEN),
        (Raised("ZeroDivisionError", "division by zero"), Verdict.ERROR),
    ],
)
def test_a_file_that_could_not_be_imported_before_keeps_its_verdict(raised, verdict):
    assert explain_raised(ImportedBefore(raised, "layers.py"))[0] is verdict
