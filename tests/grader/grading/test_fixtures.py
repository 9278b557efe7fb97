"""What a check awards and draws."""

import numpy as np
import pytest

from grader.grading.fixtures import Award, Plot


def test_the_last_award_counts():
    award = Award()
    assert award.share is None
    award(0.2)
    award(np.float32(0.5))
    assert award.share == 0.5
    assert type(award.share) is float


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan])
def test_an_award_is_a_share(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Award()(share)


def test_curves_are_plain_numbers_with_gaps():
    plot = Plot()
    plot("loss", yours=[1, np.float64(0.5), np.inf], reference=np.array([[1.0], [2.0]]))
    (figure,) = plot.figures
    assert figure.title == "loss"
    assert figure.series == {"yours": (1.0, 0.5, None), "reference": (1.0, 2.0)}


def test_an_endless_curve_is_cut_before_it_is_read():
    def endless():
        while True:
            yield 1.0

    plot = Plot()
    plot("loss", yours=endless())
    assert len(plot.figures[0].series["yours"]) == 10_000


def test_what_is_not_a_number_is_refused():
    with pytest.raises((TypeError, ValueError)):
        Plot()("loss", yours=["high", "low"])
