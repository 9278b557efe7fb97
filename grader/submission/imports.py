"""What a submission imports that its assignment does not allow, from what was found when it was
read.
"""

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
    """Module of the submission -> a sentence about the first import in it that the assignment does
    not allow.

    allowed: packages, beside the standard library and the submission's own files. asked: the
    packages as the assignment lists them, for the sentence.
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
                else "the standard library alone"
            )
            what = f"{one.shown}, line {one.line} imports {printable(one.package, 60)}"
            found.setdefault(one.module, f"{what}: this assignment is done with {rest}")
    return found


def _is_installed(package: str) -> bool:
    """What is not there helps nobody: a notebook made elsewhere may ask for google.colab, and gets
    an ImportError.
    """
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False
