"""Bad input: a function has to say which argument does not fit, and not compute something
from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from grader.checks.failure import CheckFailure
from grader.subject import StudentRaised, name_of

__all__ = ["assert_rejects"]


def assert_rejects(function: Callable[..., Any], *args: Any, naming: str, **kwargs: Any) -> None:
    """Assert that `function(*args, **kwargs)` raises a ValueError whose message holds the word
    `naming`.

    Only an exception of the code under test counts: a ValueError that the check itself runs into
    proves nothing. Raises CheckFailure when it returns, when the message does not name the
    argument, and when anything else is raised, except that NotImplementedError and what the sandbox
    refuses go on to be judged as what they are.
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
    return (
        f"Check {naming} before you compute, and raise ValueError with a message that names "
        f"{naming}."
    )
