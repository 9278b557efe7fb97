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
    # a name with dollar signs in it is a name, and no formula that may be wrong
    "text.parse_math": False,
    "svg.fonttype": "none",  # text stays text: small, searchable, in the page's own font
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
_LARGEST = 1e100  # matplotlib's own arithmetic overflows somewhat above
_LONGEST_TITLE, _LONGEST_NAME = 80, 30  # characters for which there is room
_MOST_NAMES = 8  # in a legend


def curves(figure: Figure) -> str:
    """Each series against its index, with a legend when there are several; what cannot be drawn is
    a gap.

    The names may come from a submission.
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
            named.append(("right solutions", area))
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
    """Numbers for matplotlib, with NaN where there are none or too large ones: it leaves a gap
    there.
    """
    numbers = np.array(values, dtype=float)
    numbers[~(np.abs(numbers) <= _LARGEST)] = np.nan
    return numbers


def _label(text: str, longest: int) -> str:
    """Text in one line, of which matplotlib keeps every character: it would leave out a name that
    begins with _.
    """
    line = " ".join(clean(text, 4 * longest).split())
    line = line if len(line) <= longest else f"{line[: longest - 1]}…"
    return f" {line}" if line.startswith("_") else line


@contextmanager
def _drawing() -> Iterator[None]:
    """Our style; and no warnings, such as of a letter that no font on this machine has: the
    reader's font draws it.
    """
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def class_histogram(shares: list[float]) -> str:
    """How many submissions earned which share of the points, in tenths."""
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
    # no pyplot: no global state, no display
    canvas = Canvas(figsize=(width, height), layout="constrained")
    return canvas, canvas.subplots()


def _svg(canvas: Canvas) -> str:
    drawn = io.StringIO()
    canvas.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    return drawn.getvalue().partition("<svg")[1] + drawn.getvalue().partition("<svg")[2]
