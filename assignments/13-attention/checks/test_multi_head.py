import numpy as np
import pytest

from grader.checks import assert_close, assert_rejects, check_gradients


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


@pytest.mark.points(3)
@pytest.mark.concept("multi_head_attention")
@pytest.mark.depends(
    "test_multi_head_mask", "test_multi_head_backward", "test_attention_that_may_look_nowhere"
)
@pytest.mark.hidden("Each head can have a mask of its own, and a sample can be all padding.")
def test_multi_head_with_a_mask_for_each_head(student, reference, rng):
    """Multi-head attention: a mask for each head, and a sample that nobody may look at; gradients
    too
    """
    inputs = projected(rng, 3, 4, 5, 6)
    mask = random_mask(rng, (3, 2, 4, 5))
    mask[1] = False
    assert_multi_head(student, *inputs, num_heads=2, mask=mask)
    check_gradients(
        student,
        reference,
        "multi_head_attention",
        *inputs,
        param={"num_heads": 2, "mask": mask},
        rng=rng,
    )


@pytest.mark.points(2)
@pytest.mark.concept("multi_head_attention")
@pytest.mark.depends("test_multi_head_forward")
@pytest.mark.hidden(
    "As many heads as features, one sample, one query, one key: every axis is still there."
)
@pytest.mark.parametrize(("N", "T", "S"), [(1, 3, 4), (3, 1, 4), (2, 4, 1)], ids=str)
def test_multi_head_with_single_things(student, rng, N, T, S):
    """Multi-head attention: heads of one feature, one sample, one query, one key"""
    assert_multi_head(student, *projected(rng, N, T, S, 4), num_heads=4)


# ---- backward ------------------------------------------------------------------------------------


@pytest.mark.points(7)
@pytest.mark.concept("multi_head_attention")
@pytest.mark.depends("test_multi_head_with_one_head", "test_attention_backward")
def test_multi_head_backward(student, reference, rng):
    """Multi-head attention: all seven gradients agree with the numeric ones"""
    inputs, param = projected(rng, 2, 3, 4, 6), {"num_heads": 2}
    check_gradients(student, reference, "multi_head_attention", *inputs, param=param, rng=rng)


# ---- causal mask and bad input -------------------------------------------------------------------


@pytest.mark.points(2)
@pytest.mark.concept("causal_mask")
@pytest.mark.depends("test_causal_mask", "test_multi_head_mask")
@pytest.mark.hidden("Change the end of a sequence. Does anything change before it?")
def test_the_future_has_no_influence(student, rng):
    """Multi-head attention: with the causal mask no output depends on what comes later"""
    x, _, _, *W = projected(rng, 2, 6, 6, 4)
    other = x.copy()
    other[:, 4:] += 1 + rng.random(size=(2, 2, 4))
    param = {"num_heads": 2, "mask": student.causal_mask(6)}

    out, _ = student.multi_head_attention_forward(x, x, x, *W, param)
    changed, _ = student.multi_head_attention_forward(other, other, other, *W, param)

    assert_close(changed[:, :4], out[:, :4], "out before the change")
    assert np.abs(changed[:, 4:] - out[:, 4:]).max() > 1e-3, (
        "out does not depend on its input at all"
    )


@pytest.mark.points(2)
@pytest.mark.concept("multi_head_attention")
@pytest.mark.depends("test_multi_head_forward")
@pytest.mark.hidden(
    "Do all heads get the same share of D? Are all matrices (D, D)? Is there a value for each key?"
)
def test_multi_head_rejects_what_does_not_fit(student, rng):
    """Multi-head attention: heads and shapes that do not fit raise a ValueError that names the
    argument
    """
    q, k, v, Wq, Wk, Wv, Wo = projected(rng, 2, 4, 5, 6)
    attend, param = student.multi_head_attention_forward, {"num_heads": 2}
    for num_heads in (0, 4):
        assert_rejects(
            attend, q, k, v, Wq, Wk, Wv, Wo, {"num_heads": num_heads}, naming="num_heads"
        )
    for wrong in (k[..., :4], k[0]):
        assert_rejects(attend, q, wrong, v, Wq, Wk, Wv, Wo, param, naming="k")
    assert_rejects(attend, q, k, v[:, :4], Wq, Wk, Wv, Wo, param, naming="v")
    assert_rejects(attend, q, k, v, Wq[:, :4], Wk, Wv, Wo, param, naming="Wq")
    assert_rejects(attend, q, k, v, Wq, Wk, Wv, Wo[:, :4], param, naming="Wo")
    _, cache = attend(q, k, v, Wq, Wk, Wv, Wo, param)
    assert_rejects(
        student.multi_head_attention_backward, rng.normal(size=(2, 1, 6)), cache, naming="dout"
    )
