"""Solutions marked by their author: `# BEGIN SOLUTION` … `# END SOLUTION`, in Python files and
notebooks.

The markers are those that otter-grader and nbgrader (with ###) know, so files made for them can be
taken as they are.
"""

from __future__ import annotations

import json
import re
from typing import Any

from grader.errors import CourseError

__all__ = ["has_regions", "student_version", "without_solutions"]

_MARKER = re.compile(
    r"^(?P<indent>[ \t]*)#+[ \t]*(?P<which>BEGIN|END)[ \t]+SOLUTION\b.*$", re.IGNORECASE
)


def has_regions(text: str) -> bool:
    """Whether an author has marked solutions in this text."""
    return any(_MARKER.match(line) for line in text.splitlines())


def without_solutions(text: str, shown: str) -> str:
    r"""The text with every marked region replaced by a NotImplementedError of the same indentation.

    shown: the name of the file for messages. Raises CourseError for a region that does not end, or
    was not begun.

    >>> source = "def f(x):\n    # BEGIN SOLUTION\n    return 2 * x\n    # END SOLUTION"
    >>> print(without_solutions(source, "f.py"))
    def f(x):
        # YOUR CODE HERE
        raise NotImplementedError
    """
    kept: list[str] = []
    begun = 0
    for number, line in enumerate(text.split("\n"), start=1):
        marker = _MARKER.match(line)
        if marker is None:
            if not begun:
                kept.append(line)
        elif marker["which"].upper() == "BEGIN":
            if begun:
                raise CourseError(
                    f"{shown}, line {number}: a solution begins inside that of line {begun}"
                )
            begun = number
            kept += [
                f"{marker['indent']}# YOUR CODE HERE",
                f"{marker['indent']}raise NotImplementedError",
            ]
        elif begun:
            begun = 0
        else:
            raise CourseError(
                f"{shown}, line {number}: END SOLUTION without a BEGIN SOLUTION above it"
            )
    if begun:
        raise CourseError(f"{shown}, line {begun}: this BEGIN SOLUTION has no END SOLUTION")
    return "\n".join(kept)


def student_version(raw: bytes, shown: str) -> bytes:
    """A .py or .ipynb file as the students get it: no solutions, and in a notebook no outputs and
    no metadata.

    Raises CourseError for a file that is no text, no notebook, or has markers that do not match.
    """
    try:
        text = raw.decode("utf-8-sig")
        if not shown.endswith(".ipynb"):
            return without_solutions(text, shown).encode()
        return _notebook(json.loads(text), shown)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(f"{shown} cannot be read ({error})") from None


def _notebook(notebook: Any, shown: str) -> bytes:
    number = 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        cell["metadata"] = {}
        cell.pop("attachments", None)
        if cell["cell_type"] == "code":
            number += 1
            source = without_solutions(source, f"{shown}, cell {number}")
            cell["outputs"], cell["execution_count"] = [], None
        cell["source"] = source
    kernel = notebook.get("metadata", {}).get("kernelspec")
    notebook["metadata"] = {"kernelspec": kernel} if kernel else {}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
