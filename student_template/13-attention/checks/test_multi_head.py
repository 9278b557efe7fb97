import numpy as np
import pytest

from grader.checks import assert_close, check_gradients


def projected(rng, N, T, S, D):
    """Queries, keys and values, and the four matrices that project them and what comes out."""
    q, k, v = rng.normal(size=(N, T, D)), rng.normal(size=(N, S, D)), rng.normal(size=(N, S, D))
    return (q, k, v, *(rng.normal(size=(D, D)) / np.sqrt(D) for _ in range(4)))


def random_mask(rng, shape):
    """About half of the keys are hidden, but every query may look at one of them at least."""
    mask = rng.random(shape) < 0.5
    mask[..., 0] |= ~mask.any(axis=-1)
    return mask


def one_by_one(student, q, k, v, Wq, Wk, Wv, Wo, num_heads, mask=None):
    """What multi-head attention should give: the student's own attention, for one head after the
    other.
    """
    shape, size = (len(q), num_heads, q.shape[1], k.shape[1]), q.shape[2] // num_heads
    heads = []
    for i in range(num_heads):
        own = slice(i * size, (i + 1) * size)
        hidden = () if mask is None else (np.broadcast_to(mask, shape)[:, i],)
        out, _ = student.attention_forward(q @ Wq[:, own], k @ Wk[:, own], v @ Wv[:, own], *hidden)
        heads.append(out)
    return np.concatenate(heads, axis=2) @ Wo


def assert_multi_head(student, *inputs, hint="", **mha_param):
    expected = one_by_one(student, *inputs, **mha_param)
    out, _ = student.multi_head_attention_forward(*inputs, mha_param)
    assert_close(out, expected, "out", hint=hint)


# ---- forward -------------------------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("multi_head_attention")
@pytest.mark.depends("test_attention_of_batches")
def test_multi_head_with_one_head(student, rng):
    """Multi-head attention: with one head, attention between four matrix products"""
    hint = "q, k and v each have a matrix of their own, and Wo comes after the attention."
    assert_multi_head(student, *projected(rng, 2, 4, 5, 3), num_heads=1, hint=hint)


@pytest.mark.points(5)
@pytest.mark.concept("multi_head_attention")
@pytest.mark.depends("test_multi_head_with_one_head")
@pytest.mark.parametrize(("num_heads", "D"), [(2, 6), (3, 12)], ids=str)
def test_multi_head_forward(student, rng, num_heads, D):
    """Multi-head attention: each head owns a block of columns, and divides by the root of its own
    size
    """
    hint = "Reshape (N, T, D) to (N, T, h, D/h), then bring the head in front of the time."
    assert_multi_head(student, *projected(rng, 2, 4, 5, D), num_heads=num_heads, hint=hint)


@pytest.mark.points(4)
@pytest.mark.concept("multi_head_attention")
@pytest.mark.depends("test_multi_head_forward", "test_attention_mask")
@pytest.mark.parametrize("shape", [(4, 5), (2, 1, 1, 5)], ids=str)
def test_multi_head_mask(student, rng, shape):
    """Multi-head attention: the mask reaches every head"""
    mask = random_mask(rng, shape)
    hint = "It broadcasts to (N, num_heads, T, S): hand it on to your attention_forward."
    assert_multi_head(student, *projected(rng, 2, 4, 5, 6), num_heads=3, mask=mask, hint=hint)


# ---- backward ------------------------------------------------------------------------------------


@pytest.mark.points(7)
@pytest.mark.concept("multi_head_attention")
@pytest.mark.depends("test_multi_head_with_one_head", "test_attention_backward")
def test_multi_head_backward(student, reference, rng):
    """Multi-head attention: all seven gradients agree with the numeric ones"""
    inputs, param = projected(rng, 2, 3, 4, 6), {"num_heads": 2}
    check_gradients(student, reference, "multi_head_attention", *inputs, param=param, rng=rng)
