import ast
import inspect
import json
import linecache
import os
import subprocess
import sys
import textwrap
import time
import traceback
import types

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.submission.notebook import (
    _python_of,
    _without_commands,
    cell_error_notes,
    notebook_source,
)
from tests.linear import cpu_seconds


def notebook(*cells, version=4, metadata=None):
    """A notebook whose code cells hold these sources; a tuple is (cell type, source)."""
    made = [cell if isinstance(cell, tuple) else ("code", cell) for cell in cells]
    if version == 3:
        sheet = [
            {
                "cell_type": kind,
                "input": source,
                "source": source,
                "language": "python",
                "outputs": [],
                "metadata": {},
            }
            for kind, source in made
        ]
        return json.dumps(
            {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": sheet}]}
        ).encode()
    written = [{"cell_type": kind, "source": source, "metadata": {}} for kind, source in made]
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata or {}, "cells": written}
    ).encode()


@pytest.fixture
def run(monkeypatch):
    """Execute the generated module as an import would and return its namespace."""

    def run(*cells, **options):
        for name in ("IPython", "IPython.display"):
            monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
            monkeypatch.delitem(sys.modules, name)
        module = types.ModuleType("hw")
        source = notebook_source(notebook(*cells, **options), "hw.ipynb").source
        exec(compile(source, "hw.py", "exec", dont_inherit=True), module.__dict__)
        return module

    return run


def notes(*cells):
    return [note.text for note in notebook_source(notebook(*cells), "hw.ipynb").notes]


@pytest.mark.parametrize("version", [3, 4])
def test_cells_run_in_order_in_one_namespace(run, version):
    hw = run("x = 1", ("markdown", "# x = 5"), "def f():\n    return x", "x = 2", version=version)
    assert hw.f() == 2
    assert hw.__cell_errors__ == []


def test_a_source_may_be_a_list_of_lines(run):
    assert run(["x = 1\n", "y = x + 1"]).y == 2


def test_a_cell_that_raises_is_reported_and_the_cells_after_it_run(run):
    hw = run(
        "x = 1",
        "y = x\nraise ValueError('no\\nluck')",
        "z = y + 1",
        "import sys\nsys.exit(3)",
        "def f(): return z",
    )
    assert hw.f() == 2
    assert hw.__cell_errors__ == [
        (2, "ValueError", "line 2: no\nluck"),
        (4, "SystemExit", "line 2: 3"),
    ]


def test_blank_and_markdown_cells_do_not_count(run):
    hw = run("", "  \n", ("markdown", "text"), ("raw", "x"), "1 / 0")
    assert hw.__cell_errors__ == [(1, "ZeroDivisionError", "line 1: division by zero")]


def test_a_cell_with_a_syntax_error_costs_only_itself(run):
    cells = ("x = 1", "y = (", "z = x")
    assert run(*cells).z == 1
    assert notes(*cells) == [
        "hw.ipynb, cell 2, line 1: '(' was never closed (this cell was not run, the others were)"
    ]


def test_what_only_the_compiler_refuses_costs_only_its_cell(run):
    hw = run("x = 1\nreturn x", "y = 2")
    assert hw.y == 2
    assert hw.__cell_errors__ == [(1, "SyntaxError", "line 2: 'return' outside function")]


def test_an_error_that_cannot_be_printed_is_reported_all_the_same(run):
    cell = """
        class Meaner(type):
            @property
            def __name__(cls):
                raise KeyError
        class Mean(Exception, metaclass=Meaner):
            def __str__(self):
                raise KeyError
        raise Mean
    """
    hw = run(textwrap.dedent(cell), "x = 1")
    assert hw.__cell_errors__ == [(1, "Mean", "line 9: (its text cannot be shown)")]
    assert hw.x == 1


def test_a_long_message_is_cut(run):
    assert len(run("raise ValueError('x' * 10_000)").__cell_errors__[0][2]) == 500


def test_the_line_that_is_reported_is_the_cells_own(run):
    hw = run("def f(x):\n\n    return 1 / x", "y = 1\nf(0)")
    assert hw.__cell_errors__ == [(2, "ZeroDivisionError", "line 2: division by zero")]


def test_interrupting_the_program_is_not_taken_for_the_cells_error(run):
    with pytest.raises(KeyboardInterrupt):
        run("raise KeyboardInterrupt")


def test_tracebacks_name_the_cell_and_quote_the_line(run):
    hw = run("x = 1", "%matplotlib inline\ns = '\x0c\u2028'\ndef f():\n    return x / 0   # here")
    with pytest.raises(ZeroDivisionError) as caught:
        hw.f()
    linecache.checkcache()
    shown = "".join(traceback.format_exception(caught.value))
    assert 'File "hw.ipynb, cell 2", line 4, in f\n    return x / 0   # here' in shown
    assert inspect.getsource(hw.f) == "def f():\n    return x / 0   # here\n"


def test_the_cells_are_kept_under_the_names_that_tracebacks_use():
    made = notebook_source(notebook("x = 1", ("markdown", "#"), "y = (", "%%bash\nls"), "hw.ipynb")
    assert made.cells == {
        "hw.ipynb, cell 1": "x = 1",
        "hw.ipynb, cell 2": "y = (",
        "hw.ipynb, cell 3": "",
    }


def test_a_future_import_holds_for_later_cells(run):
    hw = run(
        "def f(x: undefined): pass",
        "from __future__ import annotations",
        "def f(x: undefined): return 1",
    )
    assert hw.f(0) == 1
    assert [number for number, _, _ in hw.__cell_errors__] == [1]


def test_displaying_does_no_harm(run):
    hw = run(
        "import math\nfrom IPython.display import display, clear_output, HTML\nimport IPython",
        "clear_output(wait=True)\nHTML('<b>')\nIPython.display.display(1, 2)",
        "from IPython import get_ipython\ndisplay(3)\nx = math.pi",
    )
    assert hw.__cell_errors__ == []
    assert hw.x > 3


def test_a_students_own_display_is_used(run):
    assert run("def display(x): return x", "y = display(5)").y == 5


def test_get_ipython_is_not_there(run):
    assert run("get_ipython().run_line_magic('x', '')").__cell_errors__[0][1] == "NameError"


def test_the_module_needs_nothing_of_the_grader(tmp_path):
    source = notebook_source(
        notebook("import sys", "mine = [n for n in sys.modules if n.startswith('grader')]"),
        "é 1.ipynb",
    )
    (tmp_path / "hw.py").write_text(source.source, "utf-8")
    code = (
        "import hw; print(hw.mine, hw.__cell_errors__, sorted(n for n in vars(hw) if not "
        "n.startswith('__')))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "[] [] ['display', 'mine', 'sys']\n", done.stderr


# --- magics and shell lines


@pytest.mark.parametrize(
    ("code", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install numpy\nx = 1", "pass\nx = 1"),
        ("  !ls", "  pass"),
        (
            "if x:\n    !ls\nelse:\n    %cd ..\n    y = 1",
            "if x:\n    pass\nelse:\n    pass\n    y = 1",
        ),
        ("for i in range(3):\n\t%time f(i)", "for i in range(3):\n\tf(i)"),
        ("%time model = train()", "model = train()"),
        ("%timeit f()", "pass"),
        ("%time\nx = 1", "pass\nx = 1"),
        ("files = !ls *.py\nx = 1", "files = None\nx = 1"),
        ("t = %timeit -o f()", "t = None"),
        ("a, b = %magic (", "a, b = None"),
        ("?print\nprint?\nnp.array??\nx = 1", "pass\npass\npass\nx = 1"),
        ("!git clone \\\n   http://x \\\n   y\nx = 1", "pass\n\n\nx = 1"),
        ("pip install numpy\nx = 1", "pass\nx = 1"),
        ("conda install -y numpy", "pass"),
        ("%time f(1,\n  2)\n!ls", "f(1,\n  2)\npass"),
        ("x = [\n  1, # !\n]\n!ls", "x = [\n  1, # !\n]\npass"),
        ("x = (5\n%3)\n!ls", "x = (5\n%3)\npass"),
        ("x = 5 \\\n%3\n!ls", "x = 5 \\\n%3\npass"),
        ('s = """\n!not a command\n%time\n"""\n!ls', 's = """\n!not a command\n%time\n"""\npass'),
        ("s = '''\n!no\\'''\n%no\n'''\n!ls", "s = '''\n!no\\'''\n%no\n'''\npass"),
        ("s = 'a\\\n!no'\n!ls", "s = 'a\\\n!no'\npass"),
        ("s = \"'''\" # '''\n!ls", "s = \"'''\" # '''\npass"),
        ("s = r'\\'  '\n!ls", "s = r'\\'  '\npass"),
        ("x = '('; y = ')' # [\n!ls", "x = '('; y = ')' # [\npass"),
        ("# !ls\n#%%\n!ls", "# !ls\n#%%\npass"),
        ("x = {\n'a': 1}\n\n@dec\n!ls", "x = {\n'a': 1}\n\n@dec\npass"),
        (
            "def f():\n    '''Doc.\n\n    !x\n    '''\n    !ls\n    return 1",
            "def f():\n    '''Doc.\n\n    !x\n    '''\n    pass\n    return 1",
        ),
    ],
)
def test_magics_and_shell_lines_are_dropped_where_a_statement_starts(code, python):
    (cell,) = notebook_source(notebook(code), "hw.ipynb").cells.values()
    assert cell == python
    assert cell.count("\n") == code.count("\n")


@pytest.mark.parametrize(
    "code",
    ['"""\n%time\n!ls\n"""', "x = (5\n%3)", "# why?\nx = 1", "print('?')", "x = '''\n?\n'''"],
)
def test_what_is_python_as_it_stands_is_kept(code):
    (cell,) = notebook_source(notebook(code), "hw.ipynb").cells.values()
    assert cell == code


@pytest.mark.parametrize(
    "magic", ["time", "capture out", "prun -s cumulative", "capture\n%%time", "time "]
)
def test_python_under_a_cell_magic_is_kept_and_its_lines_keep_their_numbers(run, magic):
    hw = run(f"\n%%{magic}\nx = 1\n1 / 0")
    assert hw.x == 1
    assert hw.__cell_errors__ == [
        (1, "ZeroDivisionError", f"line {4 + magic.count(chr(10))}: division by zero")
    ]


@pytest.mark.parametrize(
    "magic",
    ["bash", "html", "javascript", "latex", "writefile x.py", "timeit", "sh\nx = 5", "!ls", ""],
)
def test_a_cell_in_another_language_is_left_out_whole_with_a_note(run, magic):
    cells = (f"%%{magic}\nx = 1", "y = 2")
    hw = run(*cells)
    assert not hasattr(hw, "x")
    assert hw.y == 2
    name = magic.split()[0] if magic and magic[0].isalpha() else ""
    assert notes(*cells) == [f"hw.ipynb, cell 1 was not run, because it starts with %%{name}"]


STATEMENTS = [
    "x = 1",
    "if True:\n    y = 2\n    z = [1,\n2]",
    "s = '''\n!ls\n%time\n(\n'''",
    "def f(a, *, b={'(': ')'}):\n    return (a\n  % 3)",
    "t = 'it\\'s' # don't",
    's = "\\\\"',
    "b = rb'\\''",
    "x = 5 \\\n  % 3",
    "f'{1!r:>{10}}'",
    "class A:\n    '''d\"oc'''\n    x = [\n0]",
    "lambda: (yield)",
    "d = {\n  '#': 1,  # }\n}",
]
COMMANDS = [
    "%matplotlib inline",
    "!ls -l 'it",
    "?f",
    "f??",
    "%load_ext x (",
    '!echo "',
    "!a \\\n b '''",
    "pip install 'x",
]


@given(st.lists(st.one_of(st.sampled_from(STATEMENTS), st.sampled_from(COMMANDS)), max_size=8))
def test_exactly_the_commands_are_dropped_from_any_mix(pieces):
    expected = [
        piece if piece in STATEMENTS else "pass" + "\n" * piece.count("\n") for piece in pieces
    ]
    assert "\n".join(_without_commands("\n".join(pieces).split("\n"))) == "\n".join(expected)
    ast.parse("\n".join(expected))


# --- bad notebooks


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (
            b"",
            "hw.ipynb is not a notebook, because it is not JSON: open it in Jupyter and save it "
            "again",
        ),
        (b"print('hello')\n", "because it is not JSON"),
        (b'{"cells": [', "because it is not JSON"),
        (b"\xff\xfe{\0}\0", "because it is not JSON"),
        (b"[1, 2]", "hw.ipynb is not a valid notebook: open it in Jupyter and save it again"),
        (b"3", "is not a valid notebook"),
        (b"{}", "is not a valid notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5}', "is not a valid notebook"),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}',
            "is not a valid notebook",
        ),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": [], "cells": []}',
            "is not a valid notebook",
        ),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [null]}',
            "is not a valid notebook",
        ),
        (
            b'{"nbformat": 99, "nbformat_minor": 5, "metadata": {}, "cells": []}',
            "is not a valid notebook",
        ),
        (b'{"nbformat": "four", "metadata": {}, "cells": []}', "is not a valid notebook"),
        (b"[" * 100_000, "is not"),
        (b'{"nbformat": ' + b"9" * 10_000 + b"}", "is not"),
        (
            notebook("x", metadata={"kernelspec": {"language": "R"}}),
            "hw.ipynb is a notebook in R: hand in a Python notebook",
        ),
        (notebook("x", metadata={"language_info": {"name": "julia"}}), "is a notebook in julia"),
        (
            notebook("x = '" + "y" * (1 << 19) + "'"),
            "hw.ipynb holds more than 512 KiB of code: keep data out of the cells",
        ),
    ],
    ids=range(18),
)
def test_what_is_no_python_notebook_is_refused_in_one_sentence(raw, says):
    with pytest.raises(SubmissionError) as caught:
        notebook_source(raw, "hw.ipynb")
    assert says in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("language", ["python", "Python3", "ipython", ""])
def test_python_kernels_are_accepted(run, language):
    assert run("x = 1", metadata={"kernelspec": {"language": language}}).x == 1


def test_a_notebook_that_jupyter_wrote_is_read(run):
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("x = 1"), nbformat.v4.new_markdown_cell("text")]
    )
    source = notebook_source(b"\xef\xbb\xbf" + nbformat.writes(made).encode(), "hw.ipynb").source
    namespace = {}
    exec(source, namespace)
    assert namespace["x"] == 1


def test_what_cannot_be_encoded_is_replaced(run):
    hw = run("x = '\ud800'", "y = 'ä\\u2028\u2028'")
    assert hw.x == "?"
    assert hw.y == "ä\u2028\u2028"


def test_the_name_of_the_file_cannot_steer_a_terminal():
    made = notebook_source(notebook("x = ("), "h\x1b[2Jw\n.ipynb")
    assert all(note.text.isprintable() for note in made.notes)
    assert list(made.cells) == ["h�[2Jw�.ipynb, cell 1"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "cell_type",
                    "source",
                    "metadata",
                    "nbformat",
                    "worksheets",
                    "kernelspec",
                    "language",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda cells, version: json.dumps(
            {"nbformat": version, "nbformat_minor": 0, "metadata": {}, "cells": cells}
        ).encode(),
        JSON | st.lists(st.fixed_dictionaries({"cell_type": st.just("code"), "source": JSON})),
        st.sampled_from([2, 3, 4, 5]),
    )
)
def test_any_bytes_give_a_module_or_one_sentence(raw):
    made = outcome(raw)
    if isinstance(made, str):
        assert made.startswith("hw.ipynb")
        assert made.isprintable()
    else:
        ast.parse(made.source)


def outcome(raw):
    """The module, or what is said about bytes that are no notebook."""
    try:
        return notebook_source(raw, "hw.ipynb")
    except SubmissionError as error:
        return str(error)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_code_in_a_cell_gives_a_module_that_parses(code):
    made = notebook_source(notebook(code), "hw.ipynb")
    ast.parse(made.source)
    made.source.encode()


def test_hostile_cells_are_read_in_linear_time():
    begun = time.process_time()
    for piece in (
        "a?" + " " * 100_000 + "x",
        "%" * 200_000,
        "x = " + "'" * 200_001,
        "[" * 200_000,
        " " * 200_000 + "!",
        "a = " + "a, " * 60_000,
        '"""' * 60_001 + "\n!",
        "x" * 200_000 + "?",
    ):
        notebook_source(notebook(piece), "hw.ipynb")
    assert time.process_time() - begun < 20


# --- what the worker reports


def test_reported_errors_become_sentences():
    reported = [
        (2, "ValueError", "line 4: bad\x1b[31m"),
        (3, "SystemExit", "line 1: "),
        [5, "Mean", "odd"],
    ]
    assert [note.text for note in cell_error_notes("hw.ipynb", reported)] == [
        "hw.ipynb, cell 2, line 4: ValueError: bad�[31m (the cells after it were run)",
        "hw.ipynb, cell 3, line 1: SystemExit (the cells after it were run)",
        "hw.ipynb, cell 5: Mean: odd (the cells after it were run)",
    ]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=600) | st.floats(),
        lambda x: st.lists(x) | st.tuples(x, x, x),
    )
)
def test_whatever_a_worker_reports_is_harmless(reported):
    for note in cell_error_notes("hw.ipynb", reported):
        assert note.text.isprintable()
        assert len(note.text) < 500


def test_at_most_twenty_errors_are_told():
    assert len(cell_error_notes("hw.ipynb", [(1, "E", "x")] * 1000)) == 20


def test_matplotlib_draws_in_a_notebook(tmp_path):
    raw = notebook(
        "from IPython.display import display", "import matplotlib.pyplot as plt\nplt.plot([1, 2])"
    )
    (tmp_path / "hw.py").write_text(notebook_source(raw, "hw.ipynb").source)
    env = {**os.environ, "MPLBACKEND": "Agg"}
    code = "import hw; print(hw.__cell_errors__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_many_magics_take_one_pass():
    """A pass over the text for each of them would take minutes."""
    lines = 200_000
    with cpu_seconds(20):
        python, magic = _python_of("%%time\n" * lines + "x = 1")
    assert magic == ""
    assert python == "\n" * lines + "x = 1"
