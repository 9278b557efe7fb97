"""Check that a function rejects an invalid argument and names it, instead of computing with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from grader.checks.failure import CheckFailure
from grader.subject import StudentRaised, name_of

__all__ = ["assert_rejects"]


def assert_rejects(function: Callable[..., Any], *args: Any, naming: str, **kwargs: Any) -> None:
    """Assert that `function(*args, **kwargs)` raises a ValueError that contains `naming`.

    Only an exception of the code under test counts: a ValueError of the check itself proves
    nothing. NotImplementedError and anything that the sandbox refuses are raised unchanged, and
    get their own verdicts.

    Args:
        function: A function of the student.
        args: Its arguments, of which one is invalid.
        naming: A word that the message must contain: the name of the invalid argument.
        kwargs: Its keyword arguments.

    Raises:
        CheckFailure: It returns, it raises something else, or the message does not contain
            `naming`.

    """
    name = name_of(function)
    try:
        function(*args, **kwargs)
    except StudentRaised as error:
        raised = error.raised
        if raised.missing or raised.refused:
            raise
        if "ValueError" not in (raised.kind, *raised.bases):
            what = (
                f"{name} raised {raised.kind} for an invalid {naming}; it should raise ValueError."
            )
            raise CheckFailure(
                what, f"{raised.kind}: {raised.message}", hint=_hint(naming)
            ) from None
        if not re.search(rf"\b{re.escape(naming)}\b", raised.message):
            what = f"{name} raised a ValueError that does not name {naming}."
            raise CheckFailure(what, f"ValueError: {raised.message}", hint=_hint(naming)) from None
    else:
        raise CheckFailure(
            f"{name} accepted an invalid {naming}; it should raise ValueError.", hint=_hint(naming)
        )


def _hint(naming: str) -> str:
    return f"Check {naming} first, and raise ValueError with a message that names {naming}."
