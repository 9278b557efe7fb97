import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks import check_gradients
from reference import attention
from reference.attention import (
    attention_backward,
    attention_forward,
    causal_mask,
    multi_head_attention_backward,
    multi_head_attention_forward,
    positional_encoding,
    transformer_block_backward,
    transformer_block_forward,
)

scaled_dot_product_attention = torch.nn.functional.scaled_dot_product_attention


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def qkv(rng, batch=(2, 3), T=4, S=5, d=6, e=7):
    return (
        rng.normal(size=(*batch, T, d)),
        rng.normal(size=(*batch, S, d)),
        rng.normal(size=(*batch, S, e)),
    )


def leaves_of(arrays):
    return [torch.tensor(a, requires_grad=True) for a in arrays]


def assert_gradients_close(got, leaves):
    assert len(got) == len(leaves)
    for one, leaf in zip(got, leaves, strict=True):
        np.testing.assert_allclose(one, leaf.grad, rtol=1e-9, atol=1e-12)


# ---- scaled dot product --------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)], ids=str)
@pytest.mark.parametrize(("T", "S", "d", "e"), [(4, 5, 6, 7), (1, 3, 2, 1), (3, 1, 1, 2)])
def test_attention_agrees_with_torch(batch, T, S, d, e, rng):
    inputs = qkv(rng, batch, T, S, d, e)
    out, cache = attention_forward(*inputs)
    dout = rng.normal(size=out.shape)
    leaves = leaves_of(inputs)
    expected = scaled_dot_product_attention(*leaves)
    expected.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-10, atol=1e-12)
    assert_gradients_close(attention_backward(dout, cache), leaves)


@pytest.mark.parametrize(
    "shape", [(4, 5), (1, 5), (4, 1), (2, 1, 4, 5), (2, 3, 4, 5), (3, 4, 5)], ids=str
)
def test_masked_attention_agrees_with_torch(shape, rng):
    inputs, mask = qkv(rng), rng.random(shape) < 0.6
    mask[..., 0] = True  # every query may look somewhere
    out, cache = attention_forward(*inputs, mask)
    dout = rng.normal(size=out.shape)
    leaves = leaves_of(inputs)
    expected = scaled_dot_product_attention(*leaves, attn_mask=torch.tensor(mask))
    expected.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-10, atol=1e-12)
    assert_gradients_close(attention_backward(dout, cache), leaves)


def test_attention_gradients_are_derivatives_of_the_forward(rng):
    check_gradients(attention, attention, "attention", *qkv(rng, (2,), 3, 4, 2, 3), rng=rng)
    inputs, mask = qkv(rng, (2,), 3, 4, 2, 3), rng.random((3, 4)) < 0.6
    check_gradients(attention, attention, "attention", *inputs, param=mask, rng=rng)


def test_attention_is_its_equation(rng):
    q, k, v = qkv(rng, (), 3, 4, 9, 2)
    out, _ = attention_forward(q, k, v)
    for t in range(3):
        weights = np.exp([sum(q[t] * k[s]) / 3 for s in range(4)])  # √9 = 3
        np.testing.assert_allclose(
            out[t], sum(w * row for w, row in zip(weights, v, strict=True)) / sum(weights)
        )


def test_a_query_that_may_look_nowhere_gets_zeros_and_gives_no_gradient(rng):
    q, k, v = qkv(rng, (), 3, 4, 2, 5)
    mask = np.ones((3, 4), bool)
    mask[1] = False
    out, cache = attention_forward(q, k, v, mask)
    dq, dk, dv = attention_backward(np.ones_like(out), cache)
    np.testing.assert_array_equal(out[1], np.zeros(5))
    np.testing.assert_array_equal(dq[1], np.zeros(2))
    without, cache = attention_forward(q[[0, 2]], k, v)
    np.testing.assert_allclose(out[[0, 2]], without, rtol=1e-12)
    for got, expected in zip(
        (dq[[0, 2]], dk, dv), attention_backward(np.ones_like(without), cache), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


def test_without_a_key_there_is_nothing_to_look_at(rng):
    out, cache = attention_forward(*qkv(rng, (2,), 3, 0, 4, 5))
    np.testing.assert_array_equal(out, np.zeros((2, 3, 5)))
    assert [d.shape for d in attention_backward(out, cache)] == [(2, 3, 4), (2, 0, 4), (2, 0, 5)]


@given(st.integers(0, 1000), st.integers(1, 5), st.integers(1, 6))
@settings(deadline=None, max_examples=50)
def test_the_weights_of_a_query_sum_to_one_whatever_the_order_of_the_keys(seed, T, S):
    rng = np.random.default_rng(seed)
    q, k, v = qkv(rng, (2,), T, S, 3, 2)
    np.testing.assert_allclose(attention_forward(q, k, np.ones_like(v))[0], 1, rtol=1e-12)
    order = rng.permutation(S)
    np.testing.assert_allclose(
        attention_forward(q, k[:, order], v[:, order])[0], attention_forward(q, k, v)[0]
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "mask", [None, np.array([[True, True], [False, True]])], ids=["open", "masked"]
)
def test_scores_of_10000_stay_finite(dtype, mask):
    q, k, v = (
        np.array([[1e4], [-1e4]], dtype),
        np.array([[1.0], [-1.0]], dtype),
        np.array([[1.0], [2.0]], dtype),
    )
    out, cache = attention_forward(q, k, v, mask)
    np.testing.assert_array_equal(out, [[1], [2]])
    for gradient in attention_backward(np.ones_like(out), cache):
        assert np.isfinite(gradient).all()


def test_float32_stays_float32_and_whole_numbers_become_float64(rng):
    for given_dtype, dtype in [(np.float32, np.float32), (int, np.float64)]:
        inputs = [np.rint(3 * a).astype(given_dtype) for a in qkv(rng)]
        for mask in (None, causal_mask(5)[:4]):
            out, cache = attention_forward(*inputs, mask)
            assert {a.dtype for a in (out, *attention_backward(out, cache))} == {np.dtype(dtype)}


def test_attention_leaves_everything_as_it_was(rng):
    inputs, mask = qkv(rng), rng.random((4, 5)) < 0.5
    copies = [a.copy() for a in (*inputs, mask)]
    out, cache = attention_forward(*inputs, mask)
    dout = rng.normal(size=out.shape)
    upstream = dout.copy()
    first = attention_backward(dout, cache)
    for one, other in zip(first, attention_backward(dout, cache), strict=True):
        np.testing.assert_array_equal(one, other)
    for value, copy in zip((*inputs, mask, dout), (*copies, upstream), strict=True):
        np.testing.assert_array_equal(value, copy)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((4,), (4,), (4,)), r"q has shape \(4,\), expected \(…, T, d\)"),
        (
            ((2, 4, 3), (2, 5, 2), (2, 5, 7)),
            r"k has shape \(2, 5, 2\), expected \(2, 'S', 3\) to fit q",
        ),
        (((2, 4, 3), (1, 5, 3), (2, 5, 7)), r"k has shape \(1, 5, 3\), expected \(2, 'S', 3\)"),
        (((2, 4, 3), (5, 3), (2, 5, 7)), r"k has shape \(5, 3\), expected \(2, 'S', 3\)"),
        (((4, 3), (1, 5, 3), (1, 5, 7)), r"k has shape \(1, 5, 3\), expected \('S', 3\)"),
        (
            ((2, 4, 3), (2, 5, 3), (2, 4, 3)),
            r"v has shape \(2, 4, 3\), expected \(2, 5, 'e'\) to fit k",
        ),
        (((2, 4, 3), (2, 5, 3), (1, 5, 3)), r"v has shape \(1, 5, 3\), expected \(2, 5, 'e'\)"),
    ],
)
def test_attention_names_a_shape_that_does_not_fit(shapes, message):
    with pytest.raises(ValueError, match=message):
        attention_forward(*(np.ones(shape) for shape in shapes))


def test_attention_names_a_mask_that_does_not_fit(rng):
    inputs = qkv(rng)
    with pytest.raises(
        ValueError, match=r"mask has shape \(5, 4\), which does not broadcast to \(2, 3, 4, 5\)"
    ):
        attention_forward(*inputs, np.ones((5, 4), bool))
    with pytest.raises(ValueError, match=r"mask has shape \(1, 2, 3, 4, 5\), which does not"):
        attention_forward(*inputs, np.ones((1, 2, 3, 4, 5), bool))
    with pytest.raises(
        ValueError, match="mask has dtype float64, expected bool: True where a query may look"
    ):
        attention_forward(*inputs, np.zeros((4, 5)))
    _, cache = attention_forward(*inputs)
    with pytest.raises(ValueError, match=r"dout has shape \(2, 3, 4, 5\), expected \(2, 3, 4, 7\)"):
        attention_backward(np.ones((2, 3, 4, 5)), cache)


# ---- causal mask and positions -------------------------------------------------------------------


def test_under_a_causal_mask_the_past_does_not_depend_on_the_future(rng):
    q, k, v = qkv(rng, (2,), 5, 5, 3, 3)
    mask = causal_mask(5)
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, [[s <= t for s in range(5)] for t in range(5)])
    before, _ = attention_forward(q, k, v, mask)
    k[:, 3:], v[:, 3:] = 9, 9
    after, _ = attention_forward(q, k, v, mask)
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (before[:, 3:] != after[:, 3:]).all()
    expected = scaled_dot_product_attention(*(torch.tensor(a) for a in (q, k, v)), is_causal=True)
    np.testing.assert_allclose(after, expected, rtol=1e-10)


@pytest.mark.parametrize(("T", "D"), [(1, 2), (7, 2), (50, 16), (0, 4)])
def test_positions_are_the_sines_and_cosines_of_the_paper(T, D):
    P = positional_encoding(T, D)
    assert P.shape == (T, D)
    assert P.dtype == np.float64
    for t in range(T):
        for i in range(D // 2):
            angle = t / 10000 ** (2 * i / D)
            np.testing.assert_allclose(
                P[t, 2 * i : 2 * i + 2], [np.sin(angle), np.cos(angle)], atol=1e-13
            )


def test_a_step_in_time_turns_every_pair_by_its_own_angle():
    P = positional_encoding(30, 8)
    similarity = P @ P.T
    np.testing.assert_allclose(np.diag(similarity), 4)
    # it depends on the distance alone
    np.testing.assert_allclose(similarity[0, 5], similarity[20, 25])


def test_sines_and_cosines_come_in_pairs():
    with pytest.raises(ValueError, match="D is 5, expected an even number"):
        positional_encoding(3, 5)


# ---- multi-head attention ------------------------------------------------------------------------


def multi_head_inputs(rng, N=2, T=4, S=5, D=6):
    return (*qkv(rng, (N,), T, S, D, D), *(rng.normal(size=(D, D)) for _ in range(4)))


def torch_multi_head(q, k, v, Wq, Wk, Wv, Wo, num_heads, mask=None):
    """torch's layer without biases; its mask is True where a query may NOT look."""
    layer = torch.nn.MultiheadAttention(
        q.shape[2], num_heads, bias=False, batch_first=True
    ).double()
    weights = {"in_proj_weight": torch.cat([Wq.T, Wk.T, Wv.T]), "out_proj.weight": Wo.T}
    forbidden = None if mask is None else ~torch.tensor(mask)
    kwargs = {"need_weights": False, "attn_mask": forbidden}
    return torch.func.functional_call(layer, weights, (q, k, v), kwargs)[0]


@pytest.mark.parametrize("num_heads", [1, 2, 3, 6])
@pytest.mark.parametrize("masked", [False, True])
def test_multi_head_attention_agrees_with_torch(num_heads, masked, rng):
    inputs = multi_head_inputs(rng)
    mask = rng.random((4, 5)) < 0.6 if masked else None
    if masked:
        mask[:, 0] = True
    out, cache = multi_head_attention_forward(*inputs, {"num_heads": num_heads, "mask": mask})
    dout = rng.normal(size=out.shape)
    leaves = leaves_of(inputs)
    expected = torch_multi_head(*leaves, num_heads, mask)
    expected.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-9, atol=1e-12)
    assert_gradients_close(multi_head_attention_backward(dout, cache), leaves)


def test_multi_head_gradients_are_derivatives_of_the_forward(rng):
    inputs, param = (
        multi_head_inputs(rng, 2, 3, 4, 4),
        {"num_heads": 2, "mask": rng.random((2, 1, 3, 4)) < 0.7},
    )
    check_gradients(attention, attention, "multi_head_attention", *inputs, param=param, rng=rng)


def test_a_padding_mask_hides_keys_of_one_sample_from_all_its_heads(rng):
    q, k, v, *Ws = multi_head_inputs(rng, 2, 4, 5, 6)
    mask = np.ones((2, 1, 1, 5), bool)
    mask[1, :, :, 3:] = False
    out, _ = multi_head_attention_forward(q, k, v, *Ws, {"num_heads": 3, "mask": mask})
    short, _ = multi_head_attention_forward(q[1:], k[1:, :3], v[1:, :3], *Ws, {"num_heads": 3})
    np.testing.assert_allclose(out[1:], short, rtol=1e-10)


def test_multi_head_attention_keeps_float32_and_makes_whole_numbers_float64(rng):
    for given_dtype, dtype in [(np.float32, np.float32), (int, np.float64)]:
        inputs = [np.rint(3 * a).astype(given_dtype) for a in multi_head_inputs(rng)]
        out, cache = multi_head_attention_forward(*inputs, {"num_heads": 2})
        assert {a.dtype for a in (out, *multi_head_attention_backward(out, cache))} == {
            np.dtype(dtype)
        }


def test_multi_head_attention_names_what_does_not_fit(rng):
    names = ("q", "k", "v", "Wq", "Wk", "Wv", "Wo")
    inputs = dict(zip(names, multi_head_inputs(rng), strict=True))
    wrong = {
        "q": (4, 6),
        "k": (5, 6),
        "v": (2, 5, 5),
        "Wq": (6, 5),
        "Wk": (5, 6),
        "Wv": (6,),
        "Wo": (5, 5),
    }
    expected = {"q": "N, T, D", "k": "2, S, 6", "v": "2, S, 6"}
    for name, shape in wrong.items():
        with pytest.raises(
            ValueError, match=rf"^{name} has shape .*, expected \({expected.get(name, '6, 6')}\)"
        ):
            multi_head_attention_forward(
                **inputs | {name: np.ones(shape)}, mha_param={"num_heads": 2}
            )
    with pytest.raises(ValueError, match=r"k has shape \(1, 5, 6\), expected \(2, S, 6\)"):
        multi_head_attention_forward(**inputs | {"k": inputs["k"][:1]}, mha_param={"num_heads": 2})
    for num_heads in (4, 0, -2):
        with pytest.raises(
            ValueError, match=f"num_heads is {num_heads}, expected a divisor of D = 6"
        ):
            multi_head_attention_forward(**inputs, mha_param={"num_heads": num_heads})
    _, cache = multi_head_attention_forward(**inputs, mha_param={"num_heads": 2})
    with pytest.raises(ValueError, match=r"dout has shape \(4, 6\), expected \(2, 4, 6\)"):
        multi_head_attention_backward(np.ones((4, 6)), cache)


# ---- the block -----------------------------------------------------------------------------------


def block_params(rng, D=6, F=5):
    shapes = dict.fromkeys(("Wq", "Wk", "Wv", "Wo"), (D, D)) | {
        "W1": (D, F),
        "b1": (F,),
        "W2": (F, D),
    }
    shapes |= dict.fromkeys(("b2", "gamma1", "beta1", "gamma2", "beta2"), (D,))
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def torch_block(x, p, num_heads, mask, eps):
    """torch's encoder layer (norm after the sum) with the attention's biases at zero."""
    D, hidden = p["W1"].shape
    layer = torch.nn.TransformerEncoderLayer(
        D, num_heads, hidden, dropout=0.0, layer_norm_eps=eps, batch_first=True
    )
    parameters = {
        "self_attn.in_proj_weight": torch.cat([p["Wq"].T, p["Wk"].T, p["Wv"].T]),
        "self_attn.in_proj_bias": torch.zeros(3 * D).double(),
        "self_attn.out_proj.weight": p["Wo"].T,
        "self_attn.out_proj.bias": torch.zeros(D).double(),
        "linear1.weight": p["W1"].T,
        "linear1.bias": p["b1"],
        "linear2.weight": p["W2"].T,
        "linear2.bias": p["b2"],
        **{f"norm{k}.weight": p[f"gamma{k}"] for k in (1, 2)},
        **{f"norm{k}.bias": p[f"beta{k}"] for k in (1, 2)},
    }
    forbidden = None if mask is None else ~torch.tensor(mask)
    return torch.func.functional_call(layer.double(), parameters, (x, forbidden))


@pytest.mark.parametrize(
    ("num_heads", "masked", "eps"), [(2, False, None), (3, True, None), (1, False, 0.1)]
)
def test_the_block_agrees_with_torch(num_heads, masked, eps, rng):
    x, params, mask = (
        rng.normal(size=(2, 4, 6)),
        block_params(rng),
        causal_mask(4) if masked else None,
    )
    block_param = {"num_heads": num_heads, "mask": mask} | ({} if eps is None else {"eps": eps})
    y, cache = transformer_block_forward(x, params, block_param)
    dy = rng.normal(size=y.shape)
    leaves = dict(zip(params, leaves_of(params.values()), strict=True))
    x_leaf = torch.tensor(x, requires_grad=True)
    expected = torch_block(x_leaf, leaves, num_heads, mask, eps or 1e-5)
    expected.backward(torch.tensor(dy))
    np.testing.assert_allclose(y, expected.detach(), rtol=1e-9, atol=1e-12)
    dx, dparams = transformer_block_backward(dy, cache)
    assert dparams.keys() == params.keys()
    assert_gradients_close([dx, *(dparams[name] for name in params)], [x_leaf, *leaves.values()])


def test_block_gradients_are_derivatives_of_the_forward(rng):
    x, params = rng.normal(size=(2, 3, 4)), block_params(rng, 4, 5)
    check_gradients(
        attention, attention, "transformer_block", x, params, param={"num_heads": 2}, rng=rng
    )


def test_the_block_keeps_float32_and_makes_whole_numbers_float64(rng):
    for given_dtype, dtype in [(np.float32, np.float32), (int, np.float64)]:
        params = {name: np.rint(3 * w).astype(given_dtype) for name, w in block_params(rng).items()}
        x = np.rint(9 * rng.normal(size=(2, 3, 6))).astype(given_dtype)
        y, cache = transformer_block_forward(x, params, {"num_heads": 2, "mask": causal_mask(3)})
        dx, dparams = transformer_block_backward(y, cache)
        assert {a.dtype for a in (y, dx, *dparams.values())} == {np.dtype(dtype)}


def test_the_block_takes_lists(rng):
    x, params = rng.normal(size=(2, 3, 6)), block_params(rng)
    y, cache = transformer_block_forward(x, params, {"num_heads": 2})
    as_lists = {name: w.tolist() for name, w in params.items()}
    y_of_lists, cache_of_lists = transformer_block_forward(x.tolist(), as_lists, {"num_heads": 2})
    np.testing.assert_array_equal(y_of_lists, y)
    dx, dparams = transformer_block_backward(y, cache)
    dx_of_lists, dparams_of_lists = transformer_block_backward(y, cache_of_lists)
    np.testing.assert_array_equal(dx_of_lists, dx)
    for name in params:
        np.testing.assert_array_equal(dparams_of_lists[name], dparams[name])


def test_the_block_normalises_a_mean_of_a_million_in_float32(rng):
    params = {name: w.astype(np.float32) for name, w in block_params(rng).items()}
    x = (1e6 + rng.normal(size=(2, 3, 6))).astype(np.float32)
    y, cache = transformer_block_forward(x, params, {"num_heads": 2})
    assert np.isfinite(y).all()
    # x̂ of 6 features is below √6
    assert np.abs((y - params["beta2"]) / params["gamma2"]).max() < 3
    dx, dparams = transformer_block_backward(np.ones_like(y), cache)
    assert all(np.isfinite(a).all() for a in (dx, *dparams.values()))


def test_other_parameters_in_the_dictionary_do_not_matter(rng):
    x, params = rng.normal(size=(2, 3, 6)), block_params(rng)
    y, cache = transformer_block_forward(x, params | {"W_out": np.ones((6, 2))}, {"num_heads": 2})
    np.testing.assert_array_equal(y, transformer_block_forward(x, params, {"num_heads": 2})[0])
    assert transformer_block_backward(y, cache)[1].keys() == params.keys()


@pytest.mark.parametrize("name", ["Wq", "W1", "W2", "b2", "gamma1", "beta1", "gamma2", "beta2"])
def test_the_block_names_a_shape_that_does_not_fit(name, rng):
    x, params = rng.normal(size=(2, 3, 6)), block_params(rng)
    params[name] = params[name][1:]
    with pytest.raises(ValueError, match=f"^{name} has shape"):
        transformer_block_forward(x, params, {"num_heads": 2})


def test_the_block_names_an_upstream_gradient_that_does_not_fit(rng):
    y, cache = transformer_block_forward(
        rng.normal(size=(2, 3, 6)), block_params(rng), {"num_heads": 2}
    )
    with pytest.raises(ValueError, match=r"dy has shape \(3, 6\), expected \(2, 3, 6\)"):
        transformer_block_backward(y[0], cache)
