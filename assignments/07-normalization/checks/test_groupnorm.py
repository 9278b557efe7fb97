import numpy as np
import pytest

from grader.checks import CheckFailure, assert_close, assert_rejects, check_gradients

# Whether ε stands inside or outside the root shows in the fifth digit, and is no mistake.
ANY_EPS = {"rtol": 1e-4, "atol": 1e-4}


def images(rng, N, C, H, W):
    """x, gamma and beta, with a mean and a spread of its own for each channel of each sample."""
    x = rng.normal(size=(N, C, H, W)) * rng.uniform(2, 4, (N, C, 1, 1)) + rng.normal(
        0, 3, (N, C, 1, 1)
    )
    return x, rng.uniform(0.5, 2, C) * rng.choice([-1, 1], C), rng.normal(size=C)


# ---- group norm --------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("groupnorm")
@pytest.mark.parametrize(
    ("shape", "G"), [((2, 6, 3, 2), 2), ((3, 6, 2, 4), 3), ((2, 8, 1, 3), 2)], ids=str
)
def test_groupnorm_normalises_each_group(student, reference, rng, shape, G):
    """Group norm: neighbouring channels of a sample share a mean and a variance, then γ and
    β apply
    """
    x, gamma, beta = images(rng, *shape)

    out, _ = student.groupnorm_forward(x, gamma, beta, G, {})

    assert_close(
        out,
        reference.groupnorm_forward(x, gamma, beta, G, {})[0],
        "out",
        **ANY_EPS,
        hint="x.reshape(N, G, -1) has one row for each group of each sample. γ and β belong to "
        "channels.",
    )


@pytest.mark.points(5)
@pytest.mark.concept("groupnorm")
@pytest.mark.depends("test_groupnorm_normalises_each_group", consistent=0.5)
@pytest.mark.parametrize(("shape", "G"), [((3, 4, 2, 3), 2), ((2, 6, 2, 1), 2)], ids=str)
def test_groupnorm_backward(student, reference, rng, shape, G):
    """Group norm: dx, dgamma and dbeta agree with the numeric gradient"""
    check_gradients(
        student,
        reference,
        "groupnorm",
        *images(rng, *shape),
        G,
        param={"eps": 1e-10},
        rng=rng,
        **ANY_EPS,
    )


@pytest.mark.points(3)
@pytest.mark.concept("groupnorm")
@pytest.mark.depends("test_groupnorm_normalises_each_group")
@pytest.mark.hidden(
    "Try one group for all channels, a group for each channel, and a single sample."
)
@pytest.mark.parametrize(("shape", "G"), [((2, 3, 2, 4), 1), ((1, 3, 4, 2), 3)], ids=str)
def test_groupnorm_with_one_group_and_with_single_channels(student, reference, rng, shape, G):
    """Group norm: one group for all channels, one channel in each group"""
    x, gamma, beta = images(rng, *shape)
    out, _ = student.groupnorm_forward(x, gamma, beta, G, {})
    assert_close(out, reference.groupnorm_forward(x, gamma, beta, G, {})[0], "out", **ANY_EPS)
    check_gradients(
        student, reference, "groupnorm", x, gamma, beta, G, param={"eps": 1e-10}, rng=rng, **ANY_EPS
    )


@pytest.mark.points(2)
@pytest.mark.concept("groupnorm")
@pytest.mark.depends("test_groupnorm_normalises_each_group")
@pytest.mark.hidden(
    "What is the variance of a group whose pixels are all equal? And do you use the ε of gn_param?"
)
def test_groupnorm_of_a_constant_group(student, rng):
    """Group norm: ε keeps a group finite whose pixels are all equal"""
    x, gamma, beta = images(rng, 2, 4, 3, 2)
    x[1, :2] = 2.5

    out, _ = student.groupnorm_forward(x, gamma, beta, 2, {})
    assert_close(
        out[1, :2], np.broadcast_to(beta[:2, None, None], (2, 3, 2)), "out[1, :2]", **ANY_EPS
    )

    out, _ = student.groupnorm_forward(x, gamma, beta, 2, {"eps": 0.5})
    groups = x.reshape(2, 2, -1)
    centred, var = groups - groups.mean(axis=2, keepdims=True), groups.var(axis=2, keepdims=True)
    inside, outside = (
        gamma[:, None, None] * (centred / root).reshape(x.shape) + beta[:, None, None]
        for root in (np.sqrt(var + 0.5), np.sqrt(var) + 0.5)
    )
    taken = np.shape(out) == outside.shape and np.allclose(out, outside)
    assert_close(out, outside if taken else inside, "out")


@pytest.mark.points(2)
@pytest.mark.concept("groupnorm")
@pytest.mark.depends("test_groupnorm_normalises_each_group")
@pytest.mark.hidden(
    "Try float32, whole numbers, and pixels far from zero. Do you centre x before you square it?"
)
def test_groupnorm_of_unusual_numbers(student, reference, rng):
    """Group norm: float32 far from zero, and whole numbers"""
    # Whole numbers whose sum is exact in float32, so that any way of taking the mean will do.
    whole = rng.integers(-9, 10, size=(2, 4, 2, 4))
    _, gamma, beta = images(rng, 2, 4, 2, 4)
    expected, _ = reference.groupnorm_forward(whole, gamma, beta, 2, {})

    out, _ = student.groupnorm_forward(whole, gamma, beta, 2, {})
    assert_close(out, expected, "out", **ANY_EPS)

    x, gamma, beta = (array.astype(np.float32) for array in (whole + 1e6, gamma, beta))
    out, cache = student.groupnorm_forward(x, gamma, beta, 2, {})
    assert_close(out, expected, "out", rtol=1e-3, atol=1e-3)
    gradients = student.groupnorm_backward(whole.astype(np.float32), cache)
    for name, array in zip(("out", "dx", "dgamma", "dbeta"), (out, *gradients), strict=True):
        if array.dtype != np.float32:
            raise CheckFailure(f"{name} has dtype {array.dtype} where x has float32")


@pytest.mark.points(2)
@pytest.mark.concept("groupnorm")
@pytest.mark.depends("test_groupnorm_normalises_each_group")
@pytest.mark.hidden(
    "What if the channels cannot be shared out evenly? And how many entries does γ have?"
)
def test_groupnorm_rejects_what_does_not_fit(student, rng):
    """Group norm: a G that does not divide C, and shapes that do not fit, raise a ValueError that
    names them
    """
    x, gamma, beta = images(rng, 2, 6, 4, 3)
    forward = student.groupnorm_forward
    assert_rejects(forward, x, gamma, beta, 4, {}, naming="G")
    assert_rejects(forward, x, gamma, beta, 0, {}, naming="G")
    assert_rejects(forward, x, gamma[:1], beta, 2, {}, naming="gamma")
    assert_rejects(forward, x, gamma, beta[:3], 2, {}, naming="beta")
    assert_rejects(forward, x[:, :, 0, 0], gamma, beta, 2, {}, naming="x")


# ---- instance norm -----------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("instancenorm")
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 6, 2)], ids=str)
def test_instancenorm_normalises_each_channel_of_each_sample(student, reference, rng, shape):
    """Instance norm: each channel of each sample is normalised over its pixels"""
    x, gamma, beta = images(rng, *shape)

    out, _ = student.instancenorm_forward(x, gamma, beta, {})

    assert_close(
        out,
        reference.instancenorm_forward(x, gamma, beta, {})[0],
        "out",
        **ANY_EPS,
        hint="It is group norm with as many groups as channels.",
    )


@pytest.mark.points(2)
@pytest.mark.concept("instancenorm")
@pytest.mark.depends("test_instancenorm_normalises_each_channel_of_each_sample", consistent=0.5)
@pytest.mark.parametrize("shape", [(2, 3, 2, 4), (3, 2, 1, 5)], ids=str)
def test_instancenorm_backward(student, reference, rng, shape):
    """Instance norm: dx, dgamma and dbeta agree with the numeric gradient"""
    check_gradients(
        student,
        reference,
        "instancenorm",
        *images(rng, *shape),
        param={"eps": 1e-10},
        rng=rng,
        **ANY_EPS,
    )


@pytest.mark.points(2)
@pytest.mark.concept("instancenorm")
@pytest.mark.depends("test_instancenorm_normalises_each_channel_of_each_sample")
@pytest.mark.hidden(
    "Think of a channel without contrast, of a single pixel, and of float32 pixels far from zero."
)
def test_instancenorm_of_unusual_images(student, reference, rng):
    """Instance norm: a constant channel, single pixels, whole numbers, float32 far from zero"""
    x, gamma, beta = images(rng, 2, 3, 2, 4)
    x[1, 1] = 2.5
    out, _ = student.instancenorm_forward(x, gamma, beta, {})
    assert_close(out[1, 1], np.full((2, 4), beta[1]), "out[1, 1]", **ANY_EPS)

    out, _ = student.instancenorm_forward(x[:, :, :1, :1], gamma, beta, {})
    assert_close(out, np.broadcast_to(beta[:, None, None], (2, 3, 1, 1)), "out", **ANY_EPS)

    # Whole numbers whose sum is exact in float32, so that any way of taking the mean will do.
    whole = rng.integers(-9, 10, size=(2, 3, 4, 2))
    expected, _ = reference.instancenorm_forward(whole, gamma, beta, {})
    out, _ = student.instancenorm_forward(whole, gamma, beta, {})
    assert_close(out, expected, "out", **ANY_EPS)

    x, gamma, beta = (array.astype(np.float32) for array in (whole + 1e6, gamma, beta))
    out, cache = student.instancenorm_forward(x, gamma, beta, {})
    assert_close(out, expected, "out", rtol=1e-3, atol=1e-3)
    gradients = student.instancenorm_backward(whole.astype(np.float32), cache)
    for name, array in zip(("out", "dx", "dgamma", "dbeta"), (out, *gradients), strict=True):
        if array.dtype != np.float32:
            raise CheckFailure(f"{name} has dtype {array.dtype} where x has float32")


@pytest.mark.points(1)
@pytest.mark.concept("instancenorm")
@pytest.mark.depends("test_instancenorm_normalises_each_channel_of_each_sample")
@pytest.mark.hidden(
    "γ and β have one entry for each channel. What happens with another number, or another x?"
)
def test_instancenorm_rejects_what_does_not_fit(student, rng):
    """Instance norm: shapes that do not fit raise a ValueError that names the argument"""
    x, gamma, beta = images(rng, 2, 3, 4, 5)
    forward = student.instancenorm_forward
    assert_rejects(forward, x, gamma[:1], beta, {}, naming="gamma")
    assert_rejects(forward, x, gamma, np.resize(beta, 5), {}, naming="beta")
    assert_rejects(forward, x[0], gamma, beta, {}, naming="x")
