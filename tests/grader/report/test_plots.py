"""Whatever a submission calls its losses and whatever they are, a figure is drawn, with gaps where
nothing can be.
"""

import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model import Figure
from grader.report.plots import class_histogram, curves

LARGEST = sys.float_info.max
NUMBERS = st.one_of(
    st.floats(),
    st.none(),
    st.sampled_from([LARGEST, -LARGEST, 1.7e308, 5e-324, 1e100, -1e100, 0.0, 10**400]),
)
NAMES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["$x^{$", "_", "<b>&", "\ud800", "x" * 5000, "字", "a\nb\x00"]),
)
SERIES = st.lists(NUMBERS, max_size=6).map(tuple)


def drawn(figure):
    svg = curves(figure)
    ElementTree.fromstring(svg)
    return svg


@settings(max_examples=60, deadline=None)
@given(NAMES, st.dictionaries(NAMES, SERIES, max_size=4), st.none() | st.tuples(SERIES, SERIES))
def test_every_figure_is_drawn(title, series, band):
    drawn(Figure(title, series, band))


@pytest.mark.parametrize(
    "values",
    [
        (),
        (1.0,),
        (float("nan"),) * 20,
        (LARGEST, -LARGEST) * 10,
        (float("inf"), 1.0),
        (1e100, 1.0),
        (3.0,) * 20,
    ],
    ids=["empty", "one", "nan", "largest", "infinite", "large", "flat"],
)
@pytest.mark.parametrize("places", [0, 1, 20, 30])
def test_a_band_of_another_length_is_drawn_under_any_curve(values, places):
    band = (0.1,) * places, (0.4,) * places
    assert "correct solutions" in drawn(Figure("loss while training", {"yours": values}, band))


def test_ten_thousand_points_are_a_line():
    svg = drawn(Figure("t", {"a": tuple(np.random.default_rng(0).normal(size=10_000).tolist())}))
    assert len(svg) < 2_000_000


def test_names_are_text_and_no_formula_and_all_in_the_legend():
    svg = drawn(Figure("a $x^{$ <b>", {"_hidden": (1.0,), "$\\frac{1}$": (2.0,)}))
    for shown in ("a $x^{$ &lt;b&gt;", "_hidden", "$\\frac{1}$"):
        assert shown in svg


def test_two_hundred_series_leave_room_for_the_curves():
    assert (
        drawn(Figure("t", {f"series {n}": (1.0, float(n)) for n in range(200)})).count("series ")
        == 8
    )


def test_a_gap_is_no_zero():
    assert drawn(Figure("t", {"a": (1.0, None, 1.0, 1.0)})) == drawn(
        Figure("t", {"a": (1.0, 1.7e308, 1.0, 1.0)})
    )
    assert drawn(Figure("t", {"a": (1.0, None, 1.0, 1.0)})) != drawn(
        Figure("t", {"a": (1.0, 0.0, 1.0, 1.0)})
    )


@pytest.mark.parametrize("shares", [[], [0.0], [1.0] * 300, [0.1 * n for n in range(11)]])
def test_any_class_has_a_histogram(shares):
    ElementTree.fromstring(class_histogram(shares))
