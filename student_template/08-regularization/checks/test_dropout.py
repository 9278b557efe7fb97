import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, check_gradients

SIGMAS = 6.0  # so far from its expectation a share of independent draws lies once in 500 million


def away_from_zero(rng, *shape):
    """Numbers that show by being zero that they were dropped."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


def assert_share(share, p, count, what):
    """Assert that a share of `count` independent draws is what the probability p lets one
    expect.
    """
    allowed = SIGMAS * np.sqrt(p * (1 - p) / count)
    if not abs(share - p) <= allowed:
        raise CheckFailure(
            f"{share:.1%} of {count} values were {what}; with p = {p} about {p:.0%} should be"
        )


@pytest.mark.points(5)
@pytest.mark.concept("dropout")
@pytest.mark.parametrize("p", [0.2, 0.75])
def test_dropout_drops_and_scales(student, rng, p):
    """Dropout: training sets a share p to zero and divides what it keeps by 1 - p"""
    x = away_from_zero(rng, 120, 80)

    out, _ = student.dropout_forward(x, {"mode": "train", "p": p, "rng": rng})

    expected = np.where(out != 0, x / (1 - p), 0)
    assert_close(
        out, expected, "out", sizes={"1 - p": 1 - p}, hint="The mask holds 0 or 1 / (1 - p)."
    )
    assert_share(float(np.mean(out == 0)), p, x.size, "dropped")


@pytest.mark.points(1)
@pytest.mark.concept("dropout")
def test_dropout_test_mode(student, rng):
    """Dropout: test mode gives x as it is, and needs no rng"""
    x = rng.normal(size=(5, 4))
    for extra in ({"rng": rng}, {}):
        out, _ = student.dropout_forward(x, {"mode": "test", "p": 0.6, **extra})
        hint = "Training has already divided by 1 - p, so nothing is left to scale."
        assert_close(out, x, "out", sizes={"p": 0.6, "1 - p": 0.4}, hint=hint)


@pytest.mark.points(4)
@pytest.mark.concept("dropout")
@pytest.mark.depends("test_dropout_drops_and_scales", consistent=0.5)
def test_dropout_backward(student, rng):
    """Dropout: the gradient passes through the mask of the forward pass"""
    param = {"mode": "train", "p": 0.4, "rng": np.random.default_rng(int(rng.integers(1000)))}

    def judge(x, out):  # which values are dropped is up to the code
        assert_close(out, np.where(out != 0, x / 0.6, 0), "out", sizes={"1 - p": 0.6})

    check_gradients(student, judge, "dropout", rng.normal(size=(6, 7)), param=param, rng=rng)
