"""Find imports of a submission that its assignment does not allow."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Collection

from grader.submission.parsing import printable
from grader.submission.reading import Submission

__all__ = ["forbidden_imports"]


def forbidden_imports(
    submission: Submission, allowed: Collection[str], asked: Collection[str]
) -> dict[str, str]:
    """Find the first import in each module that the assignment does not allow.

    Args:
        submission: The submission.
        allowed: Packages, in addition to the standard library and the submission's files.
        asked: The packages as the assignment lists them, for the sentence.

    Returns:
        Module of the submission -> a sentence about the import.

    """
    own = {name.partition("/")[0].removesuffix(".py") for name in submission.files}
    permitted = {*allowed, *own, *sys.stdlib_module_names}
    suspected = {one.package for one in submission.imports} - permitted
    forbidden = {package for package in suspected if _is_installed(package)}
    found: dict[str, str] = {}
    for one in submission.imports:
        if one.package in forbidden:
            rest = (
                f"only {', '.join(asked)} and the standard library"
                if asked
                else "only the standard library"
            )
            what = f"{one.shown}, line {one.line} imports {printable(one.package, 60)}"
            found.setdefault(one.module, f"{what}: this assignment allows {rest}")
    return found


def _is_installed(package: str) -> bool:
    """Whether a package exists: a notebook may import google.colab, and gets an ImportError."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False
