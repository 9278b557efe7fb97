"""Figures as inline SVG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from grader.model import Figure
from grader.report.view import clean

__all__ = ["class_histogram", "curves"]

_STYLE: dict[Any, Any] = {
    # dollar signs in a name are plain text, not a formula that may be invalid
    "text.parse_math": False,
    "svg.fonttype": "none",  # keep text as text: small, searchable, in the page's own font
    "svg.hashsalt": "gradmark",  # equal data give equal bytes
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "xtick.color": "#666666",
    "ytick.color": "#666666",
}
_BAND = "#dfe5d8"
_COLOURS = ("#3557d6", "#d2691e", "#2a8f5b", "#8a4fbf")
_LARGEST = 1e100  # matplotlib's own arithmetic overflows somewhere above this
_LONGEST_TITLE, _LONGEST_NAME = 80, 30  # the number of characters that fit
_MOST_NAMES = 8  # in a legend


def curves(figure: Figure) -> str:
    """Plot each series against its index, with a legend if there is more than one.

    Values that cannot be drawn leave a gap.

    Args:
        figure: The series. Their names may come from a submission.

    Returns:
        The SVG element.

    """
    with _drawing():
        canvas, axes = _canvas(5.6, 2.4)
        named: list[tuple[str, Any]] = []
        if figure.band is not None:
            low, high = map(_drawable, figure.band)
            places = min(len(low), len(high))
            area = axes.fill_between(
                range(places), low[:places], high[:places], color=_BAND, linewidth=0
            )
            named.append(("correct solutions", area))
        for number, (name, values) in enumerate(figure.series.items()):
            (line,) = axes.plot(
                _drawable(values), color=_COLOURS[number % len(_COLOURS)], linewidth=1.5
            )
            named.append((name, line))
        axes.set_title(_label(figure.title, _LONGEST_TITLE), loc="left", fontsize=9)
        if len(named) > 1:
            names, lines = zip(*named[:_MOST_NAMES], strict=True)
            axes.legend(lines, [_label(name, _LONGEST_NAME) for name in names], frameon=False)
        return _svg(canvas)


def _drawable(values: Sequence[float | None]) -> np.ndarray:
    """Return numbers for matplotlib; missing or too large ones become NaN, which leaves a gap."""
    numbers = np.array(values, dtype=float)
    numbers[~(np.abs(numbers) <= _LARGEST)] = np.nan
    return numbers


def _label(text: str, longest: int) -> str:
    """Return text on one line, with a space before a leading _: matplotlib hides such names."""
    line = " ".join(clean(text, 4 * longest).split())
    line = line if len(line) <= longest else f"{line[: longest - 1]}…"
    return f" {line}" if line.startswith("_") else line


@contextmanager
def _drawing() -> Iterator[None]:
    """Apply our style and silence warnings.

    A warning about a character that is missing from the fonts of this machine does not matter,
    because the reader's own font draws it.
    """
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def class_histogram(shares: list[float]) -> str:
    """Plot how many submissions earned which share of the points, in steps of a tenth.

    Args:
        shares: Points earned divided by points possible, from 0 to 1, for each submission.

    Returns:
        The SVG element.

    """
    with _drawing():
        canvas, axes = _canvas(5.6, 1.9)
        axes.hist(
            [100 * share for share in shares], bins=range(0, 101, 10), color=_COLOURS[0], rwidth=0.9
        )
        axes.set_xlabel("points, %")
        axes.set_ylabel("submissions")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return _svg(canvas)


def _canvas(width: float, height: float) -> tuple[Canvas, matplotlib.axes.Axes]:
    # pyplot would need global state and a display.
    canvas = Canvas(figsize=(width, height), layout="constrained")
    return canvas, canvas.subplots()


def _svg(canvas: Canvas) -> str:
    drawn = io.StringIO()
    canvas.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    return drawn.getvalue().partition("<svg")[1] + drawn.getvalue().partition("<svg")[2]
