"""Whatever looks at text that a student's code has made goes over it once, and answers something
short.
"""

from io import StringIO

import numpy as np
import pytest
from rich.console import Console
from rich.text import Text

from grader.checks.failure import CheckFailure, describe
from grader.checks.failure import printable as short
from grader.feedback.habits import other_order, printed_for_returned, where_numbers_broke
from grader.feedback.raised import explain_raised
from grader.feedback.structure import described
from grader.model import CaseResult, CheckResult, Feedback, Grade, Note, Verdict
from grader.report.pages import student_page
from grader.report.results import staff_json, student_json
from grader.report.text import view_text
from grader.report.view import clean, staff_view, student_view
from grader.sandbox import wire
from grader.sandbox.wire import Frame, Raised
from grader.subject import StudentRaised
from grader.subject.transcript import Event
from grader.submission.intake import wrong_with
from grader.submission.notebook import _without_commands, cell_error_notes
from grader.submission.parsing import decode_source, inspected, printable
from tests.linear import cpu_seconds

# characters; a worker's output is cut at an eighth of that, names and messages far below
LENGTH = 1 << 19
SECONDS = 15  # of processor time: one pass takes a fraction, a pass for every character hours

PIECES = {
    "newlines": "\n",
    "empty lines": " \n",
    "spaces": " ",
    "tabs": "\t",
    "letters": "a",
    "words": "a ",
    "hyphens": "a-",
    "colons": ":",
    "commands": "::error::",
    "lines that begin so": "\n ::",
    "hashes": "#",
    "azure": "##vso[",
    "azure without end": "##a",
    "escapes": "\x1b[",
    "numbers in an escape": "0;",
    "an escape's middle": " !",
    "brackets": "(",
    "pairs": "()",
    "quotes": "'",
    "triple quotes": '"""',
    "backslashes": "\\",
    "warnings": "a.py:1: RuntimeWarning: overflow encountered in x\n",
    "warnings elsewhere": "site-packages:1: RuntimeWarning: overflow encountered in x\n  y\n",
    "places": ":1",
    "digits": "1",
    "addresses": " at 0x",
    "a line of a notebook": "%time ",
    "questions": "x?",
    "assignments": "a, b = ",
    "accents": "\u0301",
    "wide": "漢",
    "no width": "\u200b",
    "surrogates": "\ud800",
    "nulls": "\0",
    "carriage returns": "\r",
    "separators": "\u2028",
    "line endings of syntax errors": " (a.py, line 1)",
    "line endings without end": " (a, line ",
}  # fmt: skip


@pytest.fixture(params=PIECES, ids=[name.replace(" ", "-") for name in PIECES])
def text(request):
    piece = PIECES[request.param]
    return piece * (LENGTH // len(piece))


def report(text):
    """Everything that is made of a grade, full of this text."""
    feedback = Feedback(text, text, text)
    case = CaseResult(text[:200], Verdict.FAILED, feedback, output=text)
    check = CheckResult(
        "a.py::test", "Title", Verdict.FAILED, 0.0, 1.0, hidden=False, cases=(case,) * 3
    )
    name = printable(text)
    return Grade(name, "01", (check,), "a", "b", 1, "full", {}, (Note(text),) * 3)


def test_a_report_is_short_and_takes_one_pass(text):
    with cpu_seconds(SECONDS):
        assert len(clean(text)) < 13_000
        grade = report(text.encode("utf-8", "replace").decode())
        for view in (student_view(grade), staff_view(grade)):
            told = view_text(view)
            assert len(told) < 200_000
            Console(file=StringIO(), width=80).print(Text(told))
            assert len(view.remark) <= 110
        assert len(student_page(grade, "Title")) < 500_000
        assert len(student_json(grade)) < 500_000
        staff_json(grade)


def test_feedback_on_what_was_printed_takes_one_pass(text):
    with cpu_seconds(SECONDS):
        warned = "a.py:1: RuntimeWarning: overflow encountered in "
        for output in (text, warned + text, f"{warned}x\n {text}"):
            assert len(where_numbers_broke(output)) < 1000
        printed_for_returned([Event("f", (), None)], text)
        other_order(["f"], {"f": [text[:300]]}, {"f": ["x"]})
        wire.printable(text)


def test_feedback_on_what_was_raised_takes_one_pass(text):
    """The wire has cut all of these before."""
    message, line = text[: wire.MAX_MESSAGE], text[: wire.MAX_TEXT]
    frames = (Frame(line, 1, line, line, (line,) * wire.MAX_SHAPES),) * wire.MAX_FRAMES
    with cpu_seconds(SECONDS):
        for kind in ("SyntaxError", "TypeError", "ValueError", "NotImplementedError", line):
            raised = Raised(kind, message, (), frames, missing=kind == "NotImplementedError")
            _, feedback = explain_raised(StudentRaised(raised, "f"))
            assert len(feedback.summary) < 4000


def test_what_was_returned_is_described_in_a_few_words(text):
    huge = 2**16_000  # more digits than Python turns into text
    values = (
        text,
        {text: text},
        [text] * 100_000,
        dict.fromkeys(range(1000), text),
        huge,
        {huge: 1},
        {(huge,): 1},
    )
    nested = text
    for _ in range(wire.MAX_DEPTH):
        nested = [nested] * 100
    with cpu_seconds(SECONDS):
        for value in (*values, nested, np.array(0), {("a",) * 1000: 1}):
            assert len(described(value)) < 5000
            assert len(describe(value)) < 200
        assert len(short(text)) <= 60
        CheckFailure(text[:5000])


def test_names_sources_and_notes_take_one_pass(text):
    with cpu_seconds(SECONDS):
        printable(text)
        wrong_with(text)
        assert (
            sum(
                len(note.text) for note in cell_error_notes("hw.ipynb", [(1, text, text)] * 100_000)
            )
            < 20_000
        )
        decode_source(text.encode("utf-8", "surrogatepass"), "a.py")
        inspected(text[: 1 << 17], "a.py")
        list(_without_commands([text]))
        list(_without_commands(text.split("\n")))
        list(_without_commands([text[:9]] * 10_000))


def test_these_texts_would_show_a_second_pass():
    """What the suite is for: the expression that stood in `clean`, on the text that it was
    slow on.
    """
    import re

    from tests.linear import TooMuchWork

    with pytest.raises(TooMuchWork), cpu_seconds(1):
        re.sub(r"^(\s*)::", r"\1: :", "\n" * LENGTH, flags=re.MULTILINE)
