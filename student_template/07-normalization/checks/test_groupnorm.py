import pytest

from grader.checks import assert_close, check_gradients

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
