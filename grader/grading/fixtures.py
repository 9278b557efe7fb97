"""The values of the fixtures `award` and `plot`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from grader.model import Figure

__all__ = ["Award", "Plot"]

_POINTS = 10_000  # of a curve


class Award:
    """The fixture `award`: grants a share of the points, even if the check fails afterwards."""

    def __init__(self) -> None:
        self.share: float | None = None

    def __call__(self, share: float) -> None:
        """Grant `share` of the points, from 0 to 1; the last call counts.

        Raises:
            ValueError: share is not between 0 and 1.

        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"award takes a share between 0 and 1, not {share}")
        self.share = float(share)


class Plot:
    """The fixture `plot`: curves for the report."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def __call__(self, title: str, **series: Sequence[float]) -> None:
        """Draw each series of numbers against its index; numbers that are not finite are gaps.

        Args:
            title: The title of the figure.
            series: The series by name; the first 10,000 numbers of each are drawn.

        Raises:
            TypeError: A series holds something that is not a number.

        """
        drawn = {name: _first_points(values) for name, values in series.items()}
        self.figures.append(Figure(title, drawn))


def _first_points(values: Sequence[float]) -> tuple[float | None, ...]:
    """The first points, without reading the rest: the student's code may have returned it."""
    first = np.asarray(values if isinstance(values, np.ndarray) else list(islice(values, _POINTS)))
    return tuple(first.ravel()[:_POINTS].tolist())
