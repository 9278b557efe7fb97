import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects, check_gradients

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


# ---- corners -----------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("dropout")
@pytest.mark.depends("test_dropout_drops_and_scales")
@pytest.mark.hidden(
    "Has each value of each sample a draw of its own, a new one in each call, and all of them "
    "from rng?"
)
def test_dropout_draws_for_each_value(student, rng):
    """Dropout: each value has its own draw, from the generator that was given"""
    x = away_from_zero(rng, 50, 4, 50)
    seed = int(rng.integers(1000))
    generator = student.hold(np.random.default_rng(seed))

    out, _ = student.dropout_forward(x, {"mode": "train", "p": 0.5, "rng": generator})
    dropped = out == 0
    for axis, where in enumerate(("all samples", "axis 1", "the last axis")):
        alike = (dropped == dropped.take([0], axis=axis)).all(axis=axis).mean()
        if alike > 0.5:
            raise CheckFailure(
                f"the values along {where} are dropped or kept together; each has a draw of its own"
            )

    again, _ = student.dropout_forward(x, {"mode": "train", "p": 0.5, "rng": generator})
    if np.array_equal(again, out):
        raise CheckFailure("two calls in a row with the same generator drop the same values")

    repeated, _ = student.dropout_forward(
        x, {"mode": "train", "p": 0.5, "rng": np.random.default_rng(seed)}
    )
    assert_close(repeated, out, "out of a generator with the same seed")


@pytest.mark.points(2)
@pytest.mark.concept("dropout")
@pytest.mark.depends("test_dropout_drops_and_scales")
@pytest.mark.hidden(
    "What if p is 0 or missing, if x holds float32 or whole numbers, if backward follows test mode?"
)
def test_dropout_of_unusual_input(student, rng):
    """Dropout: p = 0, p by default, whole numbers, float32, and backward after test mode"""
    x = away_from_zero(rng, 60, 50)
    out, _ = student.dropout_forward(x, {"mode": "train", "p": 0.0, "rng": rng})
    assert_close(out, x, "out")

    out, _ = student.dropout_forward(x, {"mode": "train", "rng": rng})
    assert_share(float(np.mean(out == 0)), 0.5, x.size, "dropped")

    whole = rng.integers(1, 9, size=40)
    out, _ = student.dropout_forward(whole, {"mode": "train", "p": 0.3, "rng": rng})
    assert_close(out, np.where(out != 0, whole / 0.7, 0), "out")

    dout = rng.normal(size=x.shape).astype(np.float32)
    for mode in ("train", "test"):
        out, cache = student.dropout_forward(
            x.astype(np.float32), {"mode": mode, "p": 0.3, "rng": rng}
        )
        dx = student.dropout_backward(dout, cache)
        for name, array in (("out", out), ("dx", dx)):
            if array.dtype != np.float32:
                raise CheckFailure(f"{name} has dtype {array.dtype} where x has float32")
    assert_close(dx, dout, "dx")


@pytest.mark.points(2)
@pytest.mark.concept("dropout")
@pytest.mark.depends("test_dropout_drops_and_scales")
@pytest.mark.hidden(
    "Which p make sense, which modes are there, and what has to be given in each of them?"
)
def test_dropout_rejects_what_does_not_fit(student, rng):
    """Dropout: p outside [0, 1), an unknown mode, no rng, and a dout of another shape raise a
    ValueError
    """
    x, forward = rng.normal(size=(4, 3)), student.dropout_forward
    for p in (1.0, -0.1):
        assert_rejects(forward, x, {"mode": "train", "p": p, "rng": rng}, naming="p")
    assert_rejects(forward, x, {"mode": "eval", "p": 0.5, "rng": rng}, naming="mode")
    assert_rejects(forward, x, {"mode": "train", "p": 0.5}, naming="rng")
    _, cache = forward(x, {"mode": "train", "p": 0.5, "rng": rng})
    assert_rejects(student.dropout_backward, x[:1], cache, naming="dout")
