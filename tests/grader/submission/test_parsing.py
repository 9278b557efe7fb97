import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submission.parsing import decode_source, printable, syntax_error


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\ny = (\n", "layers.py, line 2: '(' was never closed"),
        (
            "def f():\nreturn 1\n",
            "layers.py, line 2: expected an indented block after function definition on line 1",
        ),
        ("x = '\x1b[31m\n", "layers.py, line 1: unterminated string literal (detected at line 1)"),
    ],
)
def test_a_syntax_error_is_one_sentence_with_file_and_line(text, sentence):
    assert syntax_error(text, "layers.py") == sentence


@pytest.mark.parametrize("text", ["", "x = 1\n", "match = '\\d'\n", "# ä\n"])
def test_python_has_no_syntax_error(text):
    assert syntax_error(text, "layers.py") is None


@pytest.mark.parametrize(
    "text",
    [
        "x = [a"
        + " for a in b" * 40_000
        + "]",  # the compiler behind the parser overflows the C stack on this one
        "x = " + "-" * 100_000 + "1",
        "x = " + "(" * 100_000,
        "x = a" + ".b" * 100_000,
        "x = 1" + " + 1" * 100_000,
        "x = " + "lambda: " * 50_000 + "1",
        "if a: pass\n" + "elif a: pass\n" * 30_000,
        "a" + "()" * 100_000,
        "\ud800",
        "x = 1\0",
        "x = 1" + "0" * 5000,
    ],
    ids=lambda text: text[:24].encode("unicode_escape").decode(),
)
def test_hostile_source_gives_a_sentence_or_nothing_and_never_ends_the_grader(text):
    problem = syntax_error(text, "layers.py")
    assert problem is None or (
        problem.startswith("layers.py") and problem.isprintable() and len(problem) < 300
    )


def test_a_deeply_nested_expression_is_said_to_be_one():
    assert syntax_error("x = " + "-" * 100_000 + "1", "a.py") == (
        "a.py: an expression or a block is nested too deeply for Python"
    )


def test_warnings_about_the_source_are_not_shown():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert syntax_error("x = '\\d'\nassert (1, 'no')\n", "layers.py") is None


@pytest.mark.parametrize(
    ("raw", "text", "problem"),
    [
        (b"x = 1\r\ny = 2\r", "x = 1\ny = 2\n", None),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", None),
        (b"# coding: latin-1\nx = '\xe4'\n", "# coding: latin-1\nx = 'ä'\n", None),
        (b"", "", None),
        (
            "x = 'ä'\n".encode("utf-16"),
            "x = 'ä'\n",
            "a.py is saved as UTF-16, not UTF-8: save it as UTF-8",
        ),
        (
            b"\n\n\nx = '\xe4'\n",
            "\n\n\nx = '�'\n",
            "a.py, line 4: the byte 0xe4 is not UTF-8: save the file as UTF-8",
        ),
        (
            b"x = '\xe4'\n",
            "x = '�'\n",
            "a.py, line 1: the byte 0xe4 is not UTF-8: save the file as UTF-8",
        ),
        (
            b"x\n= 1\0",
            "x\n= 1\0",
            "a.py, line 2: this line has a null byte: save the file as UTF-8 text",
        ),
        (
            b"# coding: punycode\nx\n",
            "# coding: punycode\nx\n",
            "a.py declares the encoding 'punycode': save it as UTF-8 and remove that line",
        ),
        (
            b"# coding: klingon\nx\n",
            "# coding: klingon\nx\n",
            "a.py: unknown encoding: klingon: save the file as UTF-8 and declare no other encoding",
        ),
    ],
    ids=[
        "line ends",
        "byte order mark",
        "latin-1",
        "empty",
        "utf-16",
        "not utf-8",
        "not utf-8 in line 1",
        "null byte",
        "slow codec",
        "unknown codec",
    ],
)
def test_a_file_is_decoded_as_python_would_or_has_a_sentence(raw, text, problem):
    assert decode_source(raw, "a.py") == (text, problem)


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded(raw):
    text, problem = decode_source(raw, "a.py")
    text.encode()
    assert problem is None or (problem.startswith("a.py") and problem.isprintable())
    if problem is None and "\0" not in text:
        syntax_error(text, "a.py")


@given(st.text(max_size=300))
def test_printable_text_cannot_steer_a_terminal(text):
    assert printable(text).isprintable()
    assert len(printable(text)) <= 120


def test_printable_text_is_kept():
    assert printable("größe_of(x).py") == "größe_of(x).py"
    assert printable("a\x1b]0;owned\x07\n::error::\u202e") == "a�]0;owned��::error::�"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="f-strings nest since 3.12")
def test_nested_f_strings_parse_where_python_parses_them():
    assert syntax_error('f"{f"{x}"}"', "a.py") is None
