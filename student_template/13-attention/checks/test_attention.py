import numpy as np
import pytest

from grader.checks import assert_close, check_gradients


def keys_and_values(rng, T, S, d, e, batch=()):
    """Queries, keys and values in which no two sizes are equal."""
    return (
        rng.normal(size=(*batch, T, d)),
        rng.normal(size=(*batch, S, d)),
        rng.normal(size=(*batch, S, e)),
    )


def random_mask(rng, shape):
    """About half of the keys are hidden, but every query may look at one of them at least."""
    mask = rng.random(shape) < 0.5
    mask[..., 0] |= ~mask.any(axis=-1)
    return mask


def assert_attention(student, reference, *inputs, hint=""):
    out, _ = student.attention_forward(*inputs)
    assert_close(out, reference.attention_forward(*inputs)[0], "out", hint=hint)


# ---- forward -------------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("attention")
def test_attention_is_a_weighted_mean(student, rng):
    """Attention: equal keys give the plain mean of the values, a key that matches well gives its
    own value
    """
    q, k, v = keys_and_values(rng, 4, 5, 3, 2)
    out, _ = student.attention_forward(q, np.tile(k[:1], (5, 1)), v)
    hint = "The weights of one query add up to one over the keys."
    assert_close(out, np.tile(v.mean(axis=0), (4, 1)), "out for equal keys", hint=hint)

    keys, wanted = 10 * np.eye(5), [2, 0, 4]
    out, _ = student.attention_forward(keys[wanted], keys, v)
    hint = "Scores are the products of each query with each key; exp makes the best one stand out."
    assert_close(out, v[wanted], "out for queries that are keys", atol=1e-6, hint=hint)


@pytest.mark.points(3)
@pytest.mark.concept("attention")
@pytest.mark.depends("test_attention_is_a_weighted_mean")
@pytest.mark.parametrize(("T", "S", "d", "e"), [(4, 5, 3, 2), (3, 2, 6, 4)], ids=str)
def test_attention_forward(student, reference, rng, T, S, d, e):
    """Attention: the scores are divided by the root of the size of a key"""
    hint = (
        "A query and a key of d features: divide their product by the root of d before the softmax."
    )
    assert_attention(student, reference, *keys_and_values(rng, T, S, d, e), hint=hint)


@pytest.mark.points(3)
@pytest.mark.concept("attention")
@pytest.mark.depends("test_attention_is_a_weighted_mean")
@pytest.mark.parametrize("batch", [(3,), (2, 3)], ids=str)
def test_attention_of_batches(student, rng, batch):
    """Attention: any axes in front, such as samples and heads, stay apart"""
    q, k, v = keys_and_values(rng, 4, 5, 3, 2, batch)

    out, _ = student.attention_forward(q, k, v)

    alone = [student.attention_forward(q[n], k[n], v[n])[0] for n in np.ndindex(batch)]
    hint = "k.T turns all axes round. Only the last two have to change places: k.swapaxes(-1, -2)."
    assert_close(out, np.reshape(alone, (*batch, 4, 2)), "out of the batch", hint=hint)


@pytest.mark.points(5)
@pytest.mark.concept("attention")
@pytest.mark.depends("test_attention_of_batches")
@pytest.mark.parametrize("shape", [(4, 5), (2, 1, 5), (2, 4, 5), (5, 5)], ids=str)
def test_attention_mask(student, rng, shape):
    """Attention: where the mask is False, the key might as well not be there"""
    T = 5 if shape == (5, 5) else 4
    q, k, v = keys_and_values(rng, T, 5, 3, 2, batch=(2,))
    mask = random_mask(rng, shape)

    out, _ = student.attention_forward(q, k, v, mask)

    seen = np.broadcast_to(mask, (2, T, 5))
    alone = [
        student.attention_forward(q[n][[t]], k[n][seen[n, t]], v[n][seen[n, t]])[0]
        for n, t in np.ndindex(2, T)
    ]
    hint = "Hide scores before the softmax, so that the weights that are left still add up to one."
    assert_close(out, np.reshape(alone, (2, T, 2)), "out", hint=hint)


# ---- backward ------------------------------------------------------------------------------------


@pytest.mark.points(7)
@pytest.mark.concept("attention")
@pytest.mark.depends("test_attention_is_a_weighted_mean", consistent=0.5)
def test_attention_backward(student, reference, rng):
    """Attention: dq, dk and dv agree with the numeric gradient"""
    check_gradients(student, reference, "attention", *keys_and_values(rng, 4, 5, 3, 2), rng=rng)


@pytest.mark.points(4)
@pytest.mark.concept("attention")
@pytest.mark.depends("test_attention_backward", "test_attention_mask")
@pytest.mark.parametrize("shape", [(4, 5), (2, 1, 4, 5)], ids=str)
def test_attention_backward_with_a_mask(student, reference, rng, shape):
    """Attention: the gradients of batches, with a mask"""
    inputs = keys_and_values(rng, 4, 5, 3, 2, batch=(2, 3))
    check_gradients(student, reference, "attention", *inputs, random_mask(rng, shape), rng=rng)


# ---- causal mask ---------------------------------------------------------------------------------


@pytest.mark.points(3)
@pytest.mark.concept("causal_mask")
@pytest.mark.parametrize("T", [4, 1], ids=str)
def test_causal_mask(student, reference, T):
    """Causal mask: each position may look at itself and at what came before"""
    mask = student.causal_mask(T)
    assert_close(
        mask,
        reference.causal_mask(T),
        "mask",
        hint="Rows are queries, columns keys; True where it may look.",
    )
