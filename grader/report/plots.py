"""Figures as inline SVG."""

from __future__ import annotations

import io
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from grader.model import Figure

__all__ = ["class_histogram", "curves"]

_STYLE: dict[Any, Any] = {
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


def curves(figure: Figure) -> str:
    """Each series against its index, with a legend when there are several."""
    with matplotlib.rc_context(_STYLE):
        canvas, axes = _canvas(5.6, 2.4)
        if figure.band is not None:
            low, high = figure.band
            axes.fill_between(range(len(low)), low, high, color=_BAND, linewidth=0, label="right solutions")
        for colour, (name, values) in zip(_COLOURS * len(figure.series), figure.series.items(), strict=False):
            axes.plot(values, color=colour, linewidth=1.5, label=name)
        axes.set_title(figure.title, loc="left", fontsize=9)
        if len(figure.series) > 1 or figure.band is not None:
            axes.legend(frameon=False)
        return _svg(canvas)


def class_histogram(shares: list[float]) -> str:
    """How many submissions earned which share of the points, in tenths."""
    with matplotlib.rc_context(_STYLE):
        canvas, axes = _canvas(5.6, 1.9)
        axes.hist([100 * share for share in shares], bins=range(0, 101, 10), color=_COLOURS[0], rwidth=0.9)
        axes.set_xlabel("points, %")
        axes.set_ylabel("submissions")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return _svg(canvas)


def _canvas(width: float, height: float) -> tuple[Canvas, matplotlib.axes.Axes]:
    canvas = Canvas(figsize=(width, height), layout="constrained")  # no pyplot: no global state, no display
    return canvas, canvas.subplots()


def _svg(canvas: Canvas) -> str:
    drawn = io.StringIO()
    canvas.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    return drawn.getvalue().partition("<svg")[1] + drawn.getvalue().partition("<svg")[2]
