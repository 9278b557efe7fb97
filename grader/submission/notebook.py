"""Jupyter notebooks as Python modules.

The code cells become one generated module, which runs them in order inside the confined worker
(`notebook_prelude`); here they are only read. IPython syntax is replaced in place, so that every
line keeps its number. Cells are counted like in Jupyter after "Restart and run all": code cells
that are not blank, from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SubmissionError
from grader.model import Note
from grader.submission.parsing import printable, syntax_error

__all__ = ["NotebookModule", "cell_error_notes", "notebook_source"]

MAX_CODE = 1 << 19  # characters over all code cells
MAX_REPORTED = 20  # cells that raised
# %%magics that run their cell in the notebook's namespace
PYTHON_MAGICS = {"capture", "prun", "time"}
SAVE_AGAIN = "open it in Jupyter and save it again"
MAX_CELLS = 2000  # with code in them
# Read now: later, the process may not be allowed to open files.
PRELUDE = Path(__file__).with_name("notebook_prelude.py").read_text("utf-8")

_CELL_MAGIC = re.compile(r"\s*%%(\w*)")
_TIMED = re.compile(r"(\s*)%time[ \t]+(\S.*)")  # runs the statement in the notebook's namespace
_COMMAND = re.compile(
    r"""(?P<indent>\s*)(?:
        [%!?]                                        # a magic, a shell command, a question
        | (?:pip3?|conda|mamba)[ ]+install\b         # magics that IPython accepts without the %
        | [\w.*\[\]]+\?{1,2}[\s;]*$                 # a question at the end
    )""",
    re.VERBOSE,
)
_ASSIGNED_COMMAND = re.compile(r"(?P<target>\s*\w[\w\s.,\[\]]*)=\s*(?:%\w|!)")
_TOKEN = re.compile(
    r"""#.*|(?P<quote>\"{3}|'{3}|["'])|(?P<open>[(\[{])|(?P<close>[)\]}])|[^#"'()\[\]{}]+"""
)
_REST_OF_STRING = {
    quote: re.compile(rf"(?:[^\\]|\\.)*?{quote}", re.DOTALL) for quote in ("'", '"', "'''", '"""')
}


@dataclass(frozen=True)
class NotebookModule:
    """A notebook converted to a module.

    Args:
        source: The generated module.
        cells: The Python code of each cell, including skipped ones, by the file name that
            tracebacks show ("hw.ipynb, cell 3").
        notes: The skipped cells, with reasons.

    """

    source: str
    cells: Mapping[str, str]
    notes: tuple[Note, ...]


def notebook_source(raw: bytes, name: str) -> NotebookModule:
    """Convert a notebook (nbformat 3 or 4) to a module.

    Args:
        raw: The bytes of the notebook.
        name: Its file name, for messages.

    Raises:
        SubmissionError: The bytes are not a notebook, it is too large, or its language is not
            Python.

    """
    shown = printable(name)
    codes = [code for code in _code_cells(raw, shown) if code.strip()]
    if sum(map(len, codes)) > MAX_CODE:
        raise SubmissionError(
            f"{shown} holds more than {MAX_CODE >> 10} KiB of code: keep data out of the cells"
        )
    if len(codes) > MAX_CELLS:
        raise SubmissionError(
            f"{shown} holds more than {MAX_CELLS:,} cells of code: hand in your own code only"
        )
    cells: dict[str, str] = {}
    notes: list[Note] = []
    runs: list[str] = []
    for number, code in enumerate(codes, start=1):
        label = f"{shown}, cell {number}"
        python, magic = _python_of(code)
        cells[label] = python
        if magic:
            notes.append(
                Note(f"{label} was not run, because it starts with {printable(magic, 40)}")
            )
        elif problem := syntax_error(python, label):
            notes.append(Note(f"{problem} (this cell was not run, the others were)"))
        else:
            runs.append(f"    ({number}, {python!r}),\n")
    source = f"{PRELUDE}\n\n__run_cells__(globals(), {shown!r}, [\n{''.join(runs)}])\n"
    return NotebookModule(source, cells, tuple(notes))


def cell_error_notes(notebook: str, reported: object) -> tuple[Note, ...]:
    """Sentences for the `__cell_errors__` that a worker reported; invalid entries are ignored.

    >>> cell_error_notes("hw.ipynb", [(3, "NameError", "line 2: name 'x' is not defined")])[0].text
    "hw.ipynb, cell 3, line 2: NameError: name 'x' is not defined (the cells after it were run)"
    """
    notes = []
    for entry in reported[:MAX_REPORTED] if isinstance(reported, list | tuple) else ():
        match entry:
            case int(number), str(kind), str(message):
                line = re.match(r"line \d+", message)
                where = f"{notebook}, cell {number}" + (f", {line[0]}" if line else "")
                text = f"{kind}: {message[line.end() + 2 :] if line else message}".removesuffix(
                    ": "
                )
                notes.append(
                    Note(f"{printable(f'{where}: {text}', 400)} (the cells after it were run)")
                )
    return tuple(notes)


def _code_cells(raw: bytes, shown: str) -> list[str]:
    import nbformat  # takes 0.1 s, which only notebooks need

    try:
        text = raw.decode("utf-8-sig")
        notebook = nbformat.convert(nbformat.reader.reads(text), 4)  # type: ignore[no-untyped-call]  # nbformat has no types
        found = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
        joined = ("".join(source) for source in found)  # each a string or a list of lines
        codes = [code.encode(errors="replace").decode() for code in joined]
        metadata = notebook["metadata"]
        language = (
            metadata.get("language_info", {}).get("name")
            or metadata.get("kernelspec", {}).get("language")
            or ""
        )
        is_python = language.lower().startswith(("python", "ipython")) or not language
    except (UnicodeDecodeError, nbformat.reader.NotJSONError) as error:
        raise SubmissionError(
            f"{shown} is not a notebook, because it is not JSON: {SAVE_AGAIN}"
        ) from error
    except MemoryError:  # reported by the code that set the limit
        raise
    except Exception as error:  # an invalid notebook can raise anything
        raise SubmissionError(f"{shown} is not a valid notebook: {SAVE_AGAIN}") from error
    if not is_python:
        raise SubmissionError(
            f"{shown} is a notebook in {printable(language, 30)}: hand in a Python notebook"
        )
    return codes


def _python_of(code: str) -> tuple[str, str]:
    """The Python code of a cell, and the cell magic that makes it something else, or ""."""
    lines = code.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for at, line in enumerate(lines):
        if magic := _CELL_MAGIC.match(line):
            if magic[1] not in PYTHON_MAGICS:
                return "", f"%%{magic[1]}"
            lines[at] = ""
        elif line.strip():
            break  # the code starts
    code = "\n".join(lines)
    # Valid Python contains no magics, only strings that look like them.
    if syntax_error(code, "") is None:
        return code, ""
    return "\n".join(_without_commands(lines)), ""


def _without_commands(lines: list[str]) -> Iterator[str]:
    """Replace the magics and shell commands at the start of statements by `pass`, line by line."""
    quote, depth, continued, in_command = "", 0, False, False
    for line in lines:
        if in_command:
            in_command = line.endswith("\\")
            yield ""
            continue
        if not (quote or depth or continued):
            if timed := _TIMED.match(line):
                line = timed[1] + timed[2]
            elif (replacement := _replacement(line)) is not None:
                yield replacement
                in_command = line.endswith("\\")
                continue
        quote, depth = _scanned(line, quote, depth)
        continued = line.endswith("\\")
        yield line


def _replacement(line: str) -> str | None:
    """The replacement for a line that is not Python, or None if it may be Python."""
    if command := _COMMAND.match(line):
        return f"{command['indent']}pass"
    if assigned := _ASSIGNED_COMMAND.match(line):
        return f"{assigned['target']}= None"
    return None


def _scanned(line: str, quote: str, depth: int) -> tuple[str, int]:
    """The quotes of the string that is still open after this line, and the number of brackets."""
    at = 0
    while at < len(line):
        if quote:
            rest = _REST_OF_STRING[quote].match(line, at)
            if rest is None:
                return (quote if len(quote) == 3 or line.endswith("\\") else ""), depth
            quote, at = "", rest.end()
        elif token := _TOKEN.match(line, at):
            quote = token["quote"] or ""
            depth = max(0, depth + bool(token["open"]) - bool(token["close"]))
            at = token.end()
    return quote if len(quote) == 3 else "", depth
