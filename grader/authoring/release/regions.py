"""Remove solutions between `# BEGIN SOLUTION` and `# END SOLUTION` from files and notebooks.

otter-grader and nbgrader (with ###) use the same markers, so their files work without changes.
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
    """Return whether the text contains markers of a solution."""
    return any(_MARKER.match(line) for line in text.splitlines())


def without_solutions(text: str, shown: str) -> str:
    r"""Replace every marked region with a NotImplementedError at the same indentation.

    Args:
        text: The source text.
        shown: The name of the file, for messages.

    Returns:
        The text without solutions.

    Raises:
        CourseError: A region has no end or no beginning.

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
                    f"{shown}, line {number}: a solution begins inside the solution of line {begun}"
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
    """Return a .py or .ipynb file without solutions.

    Outputs and metadata of a notebook are removed too.

    Args:
        raw: The content of the file.
        shown: The name of the file; the extension decides how it is read.

    Returns:
        The content for students.

    Raises:
        CourseError: The file is not text, not a notebook, or has markers that do not match.

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
