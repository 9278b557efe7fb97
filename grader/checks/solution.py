"""The right forward and its gradient at the point where a gradient is checked.

Differences of the student's forward show that the backward fits it. They do not show that the
forward is right, at the point or around it: code can be made to fit itself everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.errors import CourseError

from .calls import Answer, Differentiable
from .closeness import assert_close
from .failure import CheckFailure, plural
from .trees import Floats

__all__ = ["Solution"]


class Solution:
    """The right answer at one point, or a function that decides whether an answer is right.

    The reference is called at once, so its calls never depend on the student.

    Args:
        solved: The reference as a Differentiable, or None.
        judge: Used if `solved` is None: a function of the arguments and the outputs that raises
            CheckFailure.
        arguments: The point.
        rng: Draws the upstream gradients.
        rtol: As in `assert_close`, if right solutions differ by more than rounding.
        atol: As in `assert_close`.

    Raises:
        CourseError: The result of the reference is malformed.

    """

    def __init__(
        self,
        solved: Differentiable | None,
        judge: Callable[..., None],
        arguments: tuple[Any, ...],
        rng: np.random.Generator,
        rtol: float | None,
        atol: float | None,
    ) -> None:
        self._judge, self._arguments, self.rtol, self.atol = judge, arguments, rtol, atol
        try:
            self.answer: Answer | None = (
                None if solved is None else solved.answer_once(arguments, rng)
            )
        except CheckFailure as failure:
            raise CourseError(
                f"the reference returns an invalid result: {failure.summary}"
            ) from failure

    def complaint(
        self, outs: list[Floats], names: list[str], sizes: dict[str, float]
    ) -> CheckFailure | None:
        """What is wrong with the student's outputs, or None.

        Args:
            outs: The outputs, without the cache.
            names: Their names, for messages.
            sizes: Numbers that may name a constant factor.

        """
        try:
            if self.answer is None:
                self._judge(*self._arguments, *outs)
            else:
                if (count := len(outs)) != len(self.answer.outs):
                    expected = plural(len(self.answer.outs), "output")
                    return CheckFailure(
                        f"{names[0]} is one of {count} before the cache; expected {expected}"
                    )
                for out, right, name in zip(outs, self.answer.outs, names, strict=True):
                    assert_close(out, right, name, rtol=self.rtol, atol=self.atol, sizes=sizes)
        except CheckFailure as failure:
            return failure
        return None
