import copy
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks import CheckFailure, check_gradients, check_loss_gradient
from grader.checks.failure import WrongForward
from grader.errors import CourseError
from tests.grader.checks import operations as right
from tests.grader.checks.hostile import anything

SEEDS = range(200)


def rng(seed=0):
    return np.random.default_rng(seed)


def wrong(op, **changes):
    """The right operation with its forward or backward replaced."""
    names = {f"{op}_{part}": getattr(right, f"{op}_{part}") for part in ("forward", "backward")}
    return SimpleNamespace(
        **{**names, **{f"{op}_{part}": function for part, function in changes.items()}}
    )


def changed(op, **factors):
    """The right operation with functions applied to some of its gradients: changed("affine",
    dw=lambda dw: 2 * dw)."""
    order = right.GRADIENTS[op]

    def backward(*arguments):
        gradients = getattr(right, f"{op}_backward")(*arguments)
        gradients = [gradients] if len(order) == 1 else list(gradients)
        for name, function in factors.items():
            gradients[order.index(name)] = function(gradients[order.index(name)])
        return gradients[0] if len(order) == 1 else tuple(gradients)

    return wrong(op, backward=backward)


def affine_inputs(rng, N=4, D=5, M=3):
    return rng.normal(size=(N, D)), rng.normal(size=(D, M)), rng.normal(size=M)


def identity(dout, _):
    return dout


def own(*_):
    """Calls every forward right, for what only asks whether the gradients fit it."""


def failure(subject, op, *inputs, seed=1, **options):
    with pytest.raises(CheckFailure) as caught:
        check_gradients(subject, own, op, *inputs, rng=rng(seed), **options)
    return caught.value


def judged(check, subject, *arguments, seed=0):
    """What the check says, "" when it passes. Nothing but a CheckFailure may come out."""
    try:
        check(subject, own, *arguments, rng=rng(seed))
    except CheckFailure as failure:
        return str(failure)
    return ""


# ---- right code passes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "op", ["relu", "relu_in_place", "tanh", "max_pool", "softmax", "log", "root"]
)
def test_right_elementwise_and_pooling_operations_pass_over_200_seeds(op):
    for seed in SEEDS:
        x = rng(seed).normal(size=(1, 2, 4, 4))
        x = np.abs(x) + 0.1 if op in ("log", "root") else x
        check_gradients(right, right, op, x, rng=rng(seed))


@pytest.mark.parametrize("op", ["relu", "max_pool", "max_pool_loops", "relu_of_relu"])
def test_kinks_at_every_point_are_stepped_around_over_200_seeds(op):
    for seed in SEEDS:
        # exact zeros, and equal maxima
        ties = rng(seed).integers(-1, 3, size=(1, 1, 4, 4)).astype(float)
        check_gradients(right, right, op, ties, rng=rng(seed))
        check_gradients(right, right, op, np.zeros((1, 1, 2, 2)), rng=rng(seed))


def test_right_operations_with_parameters_pass_over_200_seeds():
    for seed in SEEDS:
        draw = rng(seed)
        check_gradients(right, right, "affine", *affine_inputs(draw, N=3, D=2, M=2), rng=draw)
        x, gamma, beta = draw.normal(3, 2, (4, 3)), draw.normal(size=3), draw.normal(size=3)
        check_gradients(
            right, right, "batchnorm", x, gamma, beta, param={"running_mean": np.zeros(3)}, rng=draw
        )
        check_gradients(
            right,
            right,
            "dropout",
            draw.normal(size=(3, 4)),
            param={"p": 0.3, "rng": rng(seed)},
            rng=draw,
        )


def test_float32_inputs_pass_over_200_seeds():
    for seed in SEEDS:
        x, w, b = (array.astype(np.float32) for array in affine_inputs(rng(seed), N=3, D=2, M=2))
        check_gradients(right, right, "affine", x, w, b, rng=rng(seed))
        check_gradients(right, right, "relu", x, rng=rng(seed))


def test_a_net_of_many_kinks_passes_over_many_seeds():
    for seed in range(30):
        draw = rng(seed)
        W1, W2 = draw.normal(size=(10, 50)), draw.normal(size=(50, 40))
        check_gradients(right, right, "two_layers", draw.normal(size=(30, 10)), W1, W2, rng=draw)


def test_loops_pass_as_vectors_do():
    check_gradients(right, right, "affine_loops", *affine_inputs(rng()), rng=rng())


def test_unstable_but_right_formulas_pass():
    for seed in range(50):
        x = rng(seed).normal(size=(8, 3)) + 1e3
        check_gradients(right, right, "naive_variance", x, rng=rng(seed))


def test_inputs_of_every_scale_pass():
    for scale in (1e-8, 1e-3, 1.0, 1e4, 1e8):
        for seed in range(20):
            x, w, b = affine_inputs(rng(seed))
            check_gradients(right, right, "affine", scale * x, w, b, rng=rng(seed))
            check_gradients(right, right, "relu", scale * x, rng=rng(seed))


def test_a_gradient_that_is_zero_passes():
    """A bias before batch norm has no influence; its computed gradient is rounding."""
    for seed in range(50):
        draw = rng(seed)
        check_gradients(
            right, right, "centered", draw.normal(size=(6, 3)), draw.normal(size=3), rng=draw
        )


def test_a_relu_whose_units_are_all_off_passes():
    check_gradients(right, right, "relu", -np.ones((3, 4)), rng=rng())


def test_integer_inputs_have_no_gradient():
    for seed in range(50):
        draw = rng(seed)
        check_gradients(
            right,
            right,
            "embedding",
            draw.integers(5, size=(3, 4)),
            draw.normal(size=(5, 2)),
            rng=draw,
        )


def test_several_outputs_get_upstream_gradients_of_their_own():
    check_gradients(right, right, "split", rng().normal(size=(3, 4)), rng=rng())
    only_first = wrong(
        "split", backward=lambda done, dtwo, _: np.concatenate([done, 0 * dtwo], axis=1)
    )
    assert "dx" in failure(only_first, "split", rng().normal(size=(3, 4))).summary


def test_dicts_of_arrays_have_gradients_of_the_same_structure():
    params = {"W": rng(1).normal(size=(4, 3)), "scale": 2.0, "layers": [rng(2).normal(size=3)]}
    check_gradients(right, right, "block", rng().normal(size=(5, 4)), params, rng=rng())

    def backward(dout, cache):
        dx, dparams = right.block_backward(dout, cache)
        return dx, {**dparams, "layers": [2 * dparams["layers"][0]]}

    found = failure(wrong("block", backward=backward), "block", rng().normal(size=(5, 4)), params)
    assert found.summary == "dparams['layers'][0] is 2 times too large."


def test_empty_and_scalar_inputs_pass():
    _, w, b = affine_inputs(rng())
    check_gradients(right, right, "affine", np.zeros((0, 5)), w, b, rng=rng())
    check_gradients(right, right, "prelu", rng().normal(size=(3, 4)), np.array(0.25), rng=rng())


def test_the_inputs_of_the_check_are_left_alone():
    inputs = affine_inputs(rng())
    copies = [array.copy() for array in inputs]
    param = {"p": 0.5, "rng": rng(3)}
    state = param["rng"].bit_generator.state

    check_gradients(right, right, "affine", *inputs, rng=rng())
    check_gradients(right, right, "dropout", inputs[0], param=param, rng=rng())

    assert all(map(np.array_equal, inputs, copies))
    assert param["rng"].bit_generator.state == state


# ---- wrong code fails, and is told why -----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "function", "says"),
    [
        ("dw", lambda dw: 8 * dw, "dw is 8 times too large."),
        ("dw", lambda dw: dw / 3, "dw is 3 times too small."),
        ("dw", lambda dw: dw / 4, "dw is 4 times too small (N = 4)."),
        ("dx", lambda dx: -dx, "dx has the wrong sign."),
        ("dx", np.zeros_like, "dx is all zeros."),
        ("db", lambda db: db + 0.5, "db is right up to a constant: every value is 0.5 too large."),
        ("dw", lambda dw: dw[::-1], "dw is reversed along axis 0."),
        ("dw", np.negative, "dw has the wrong sign."),
    ],
)
def test_the_slip_is_named(name, function, says):
    subject = changed("affine", **{name: function})
    M = 6 if name == "db" else 3
    assert failure(subject, "affine", *affine_inputs(rng(), M=M)).summary == says


def test_a_transposed_square_gradient_is_named():
    found = failure(changed("affine", dw=np.transpose), "affine", *affine_inputs(rng(), D=4, M=4))
    assert found.summary == "dw is the transpose of the expected array."


def test_the_numbers_stand_under_each_other():
    lines = failure(
        changed("affine", dw=lambda dw: -2 * dw), "affine", *affine_inputs(rng())
    ).details.splitlines()
    assert re.fullmatch(r"worst at dw\[\d, \d\]:", lines[0])
    yours, numeric = (
        re.fullmatch(r"  yours +(-?[\d.]+)", lines[1]),
        re.fullmatch(r"  numeric +(-?[\d.]+)", lines[2]),
    )
    assert float(yours[1]) == pytest.approx(-2 * float(numeric[1]), rel=1e-6)
    assert yours.end() - len(yours[1].lstrip("-")) == numeric.end() - len(numeric[1].lstrip("-"))
    assert lines[3] == "right: dx and db"


@pytest.mark.parametrize("op", ["affine", "tanh", "max_pool", "softmax", "batchnorm"])
@pytest.mark.parametrize("error", [1e-4, -1e-4])
def test_a_relative_error_of_one_in_ten_thousand_is_caught(op, error):
    """In a single row of a gradient, small or large."""
    for seed in range(10):
        for size in (4, 40):
            draw = rng(seed)
            inputs = {
                "affine": affine_inputs(draw, N=size, D=size, M=6),
                "tanh": (draw.normal(size=(size, size)),),
                "max_pool": (draw.normal(size=(2, 2, size, size)),),
                "softmax": (draw.normal(size=(size, 6)),),
                "batchnorm": (
                    draw.normal(size=(size, 6)),
                    draw.normal(size=6),
                    draw.normal(size=6),
                ),
            }[op]

            def in_one_row(gradient):
                gradient = gradient.copy()
                gradient[1] *= 1 + error
                return gradient

            param = {} if op == "batchnorm" else None
            subject = changed(op, **{right.GRADIENTS[op][0]: in_one_row})
            assert failure(subject, op, *inputs, seed=seed, param=param).summary.startswith("dx")


def test_one_wrong_element_among_many_is_found_and_placed():
    def backward(dout, cache):
        dx, dw, db = right.affine_backward(dout, cache)
        dw[123, 45] *= 1.01
        return dx, dw, db

    found = failure(
        wrong("affine", backward=backward), "affine", *affine_inputs(rng(), N=8, D=300, M=100)
    )
    assert "worst at dw[123, 45]:" in found.details
    assert found.summary == "dw is wrong in some places."


def test_wrong_elements_that_cancel_each_other_are_found_over_many_seeds():
    """Directions that moved every element equally far would miss one pair of them in two."""

    def swapped(dw):
        dw[0, 0], dw[1, 1] = dw[1, 1].copy(), dw[0, 0].copy()
        return dw

    def one_more_one_less(dx):
        dx[0, :2] += np.array([0.01, -0.01])
        return dx

    for seed in range(100):
        inputs = affine_inputs(rng(seed), 12, 10, 10)
        assert "dw is wrong in " in judged(
            check_gradients, changed("affine", dw=swapped), "affine", *inputs, seed=seed
        )
        assert "dx is wrong in " in judged(
            check_gradients, changed("affine", dx=one_more_one_less), "affine", *inputs, seed=seed
        )


def test_an_error_that_no_single_element_shows_is_placed_along_a_direction():
    found = failure(
        changed("affine", dw=lambda dw: 1.000001 * dw),
        "affine",
        *affine_inputs(rng(), N=8, D=300, M=100),
    )
    assert found.summary == "dw is wrong in some places."
    assert found.details.startswith("worst at dw along a random direction:")


def test_the_cost_does_not_grow_with_the_tensor():
    calls = []

    def forward(x, w, b):
        calls.append(x.shape)
        return right.affine_forward(x, w, b)

    counts = []
    for D in (100, 1000):
        calls.clear()
        check_gradients(
            wrong("affine", forward=forward), own, "affine", *affine_inputs(rng(), D=D), rng=rng()
        )
        counts.append(len(calls))
    assert counts[0] == counts[1] < 400


MISTAKES = {
    "no path through mean and variance": (
        "batchnorm",
        lambda dout, c: (dout * c[2] / c[1], *right.batchnorm_backward(dout, c)[1:]),
    ),
    "dgamma averaged": (
        "batchnorm",
        lambda dout, c: (right.batchnorm_backward(dout, c)[0], (dout * c[0]).mean(0), dout.sum(0)),
    ),
    "ReLU's gradient everywhere": ("relu", lambda dout, _: dout.copy()),
    "ReLU's gradient below zero": ("relu", lambda dout, x: dout * (x < 0)),
    "a leak": ("relu", lambda dout, x: np.where(x > 0, dout, 0.01 * dout)),
    "tanh' from the input": ("tanh", lambda dout, out: dout * (1 - np.tanh(out) ** 2)),
    "softmax element by element": ("softmax", lambda dout, p: dout * p * (1 - p)),
    "upstream gradient forgotten": ("tanh", lambda _, out: 1 - out**2),
    "the mean of the maximum.": (
        "max_pool",
        lambda dout, _: np.repeat(np.repeat(dout, 2, 2), 2, 3) / 4,
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_wrong_gradients_fail_over_many_seeds(mistake):
    op, backward = MISTAKES[mistake]
    for seed in range(30):
        draw = rng(seed)
        shape = (2, 2, 4, 4) if op == "max_pool" else (6, 4)
        inputs = [draw.normal(size=shape)] + [draw.normal(size=4) for _ in right.GRADIENTS[op][1:]]
        param = {} if op == "batchnorm" else None
        failure(wrong(op, backward=backward), op, *inputs, param=param, seed=seed)


def test_a_wrong_gradient_on_integer_points_fails_although_most_are_kinks():
    x = rng().integers(-1, 2, size=(4, 5)).astype(float)
    failure(wrong("relu", backward=lambda dout, x: np.where(x > 0, 2 * dout, 0)), "relu", x)
    failure(
        wrong("relu", backward=lambda dout, x: np.where(x > 0, 2 * dout, 0)),
        "relu",
        np.zeros((4, 5)),
    )


def test_a_backward_that_fits_its_own_wrong_forward_passes():
    doubled = wrong(
        "relu",
        forward=lambda x: (2 * np.maximum(x, 0), x),
        backward=lambda dout, x: 2 * dout * (x > 0),
    )
    check_gradients(doubled, own, "relu", rng().normal(size=(3, 4)), rng=rng())


def test_an_overflow_lets_nothing_pass():
    huge = wrong("tanh", forward=lambda x: (1e200 * x, None), backward=lambda dout, _: dout)
    assert judged(check_gradients, huge, "tanh", rng().normal(size=(3, 4))).startswith(
        "dx cannot be checked"
    )
    assert judged(check_gradients, huge, "tanh", rng().normal(size=(30, 40))).startswith(
        "dx cannot be checked"
    )


def test_a_factor_of_a_large_gradient_is_named():
    subject = changed("affine", dw=lambda dw: 7 * dw)
    found = failure(subject, "affine", *affine_inputs(rng(), D=50, M=40))
    assert found.summary == "dw is 7 times too large."


def test_a_factor_of_nearly_all_of_a_large_gradient_is_not():
    def most(dw):
        dw = 7 * dw
        dw[:3] /= 7
        return dw

    found = failure(changed("affine", dw=most), "affine", *affine_inputs(rng(), D=50, M=40))
    assert "times too large" not in found.summary


def test_inputs_at_the_edge_of_their_domain_are_moved_inwards():
    def forward(x):
        if (x < 0).any() or (x > 1).any():
            raise ValueError
        return np.where(x < 0.5, x, 1 - x), x

    tent = wrong("relu", forward=forward, backward=lambda dout, x: dout * np.sign(0.5 - x))
    check_gradients(tent, own, "relu", np.full((3, 4), 0.5), rng=rng())


def test_a_forward_that_ignores_its_input_fails():
    nothing = wrong(
        "relu", forward=lambda x: (np.zeros_like(x), x), backward=lambda _, x: np.zeros_like(x)
    )
    found = failure(nothing, "relu", rng().normal(size=(3, 4)))
    assert found.summary == "relu_forward returns the same result for every input."


# ---- what is malformed gets a sentence of its own ------------------------------------------------


def backward_returning(value):
    return wrong("affine", backward=lambda *_: value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ((1.0, 2.0), "affine_backward returned 2 values; expected 3: dx, dw, db."),
        (
            None,
            "affine_backward returned None; expected 3: dx, dw, db. Is a return statement missing?",
        ),
        (
            np.ones(3),
            "affine_backward returned an array of shape (3,) and dtype float64; expected 3: dx, "
            "dw, db.",
        ),
        ((np.ones((4, 5)), 0, None), "dw is one number; expected the shape of its input, (5, 3)."),
        (
            (np.ones((4, 5)), None, 0),
            "affine_backward's dw is None; expected an array. Is a return statement missing?",
        ),
        (
            (np.ones((5, 4)), None, None),
            "dx has shape (5, 4); expected the shape of its input, (4, 5).",
        ),
        (([1.0], None, None), "affine_backward's dx is a list of 1 element; expected an array."),
        (
            (np.ones((4, 5), int), None, None),
            "affine_backward's dx has dtype int64; expected floating numbers.",
        ),
        (
            (np.full((4, 5), np.nan), 0, 0),
            "affine_backward's dx is NaN in 20 of 20 places, first at [0, 0].",
        ),
        (({}, 0, 0), "affine_backward's dx is a dict with 0 keys; expected an array."),
    ],
)
def test_malformed_gradients(value, says):
    assert failure(backward_returning(value), "affine", *affine_inputs(rng())).summary == says


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (
            None,
            "affine_forward returned None; expected out and cache. Is a return statement missing?",
        ),
        (
            np.ones(2),
            "affine_forward returned an array of shape (2,) and dtype float64; expected out and "
            "cache.",
        ),
        (
            (np.array([1, np.inf]), ()),
            "affine_forward's out is infinite in 1 of 2 places, first at [1].",
        ),
        (
            (np.ones(2, np.float32), ()),
            "affine_forward's out has dtype float32 though the input has float64.",
        ),
        (("text", ()), "affine_forward's out is the string 'text'; expected an array."),
    ],
)
def test_malformed_outputs(value, says):
    assert (
        failure(wrong("affine", forward=lambda *_: value), "affine", *affine_inputs(rng())).summary
        == says
    )


@pytest.mark.parametrize(
    ("gradients", "says"),
    [
        ([1.0], "block_backward's dparams is a list of 1 element; expected a dict of gradients."),
        ({"W": np.ones((4, 3))}, "block_backward's dparams has no 'layers'."),
        (
            {"W": np.ones((4, 3)), "layers": 1.0},
            "block_backward's dparams['layers'] is the number 1.0; expected a list of gradients.",
        ),
        ({"W": np.ones((4, 3)), "layers": []}, "block_backward's dparams['layers'] has no 0."),
    ],
)
def test_malformed_trees_of_gradients(gradients, says):
    params = {"W": rng(1).normal(size=(4, 3)), "scale": 2.0, "layers": [rng(2).normal(size=3)]}
    subject = wrong("block", backward=lambda *_: (np.ones((5, 4)), gradients))
    assert failure(subject, "block", rng().normal(size=(5, 4)), params).summary == says


def test_names_come_from_the_author_where_the_signature_is_silent():
    silent = SimpleNamespace(
        affine_forward=lambda *arguments: right.affine_forward(*arguments),
        affine_backward=changed("affine", dw=np.zeros_like).affine_backward,
    )
    assert failure(silent, "affine", *affine_inputs(rng())).summary == "gradient 2 is all zeros."
    assert (
        failure(silent, "affine", *affine_inputs(rng()), names=("x", "w", "b")).summary
        == "dw is all zeros."
    )
    silent.affine_forward.__signature__ = "no signature"
    assert failure(silent, "affine", *affine_inputs(rng())).summary == "gradient 2 is all zeros."


def test_wrt_picks_gradients_to_compare():
    subject = changed("affine", dw=np.zeros_like)
    check_gradients(subject, own, "affine", *affine_inputs(rng()), rng=rng(), wrt=["x", 2])
    assert "dw" in failure(subject, "affine", *affine_inputs(rng()), wrt=["w"]).summary


def test_mistakes_of_the_author_are_type_errors():
    with pytest.raises(
        TypeError, match="none of the inputs of embedding is an array of floating dtype"
    ):
        check_gradients(right, right, "embedding", np.arange(3), rng=rng())
    with pytest.raises(TypeError, match="wrt"):
        check_gradients(right, right, "affine", *affine_inputs(rng()), rng=rng(), wrt=["gamma"])
    with pytest.raises(TypeError, match="3 inputs, but 1 name"):
        check_gradients(right, right, "affine", *affine_inputs(rng()), rng=rng(), names=["x"])


def test_an_input_changed_in_place_is_named():
    def forward(x, w, b):
        x -= x.mean(axis=0)
        return right.affine_forward(x, w, b)

    found = failure(wrong("affine", forward=forward), "affine", *affine_inputs(rng()))
    assert found.summary == "affine_forward changes its argument x in place."


def test_an_input_changed_in_place_by_backward_is_named():
    def backward(dout, x):
        x[x < 0] = 0
        return dout * (x > 0)

    found = failure(wrong("relu", backward=backward), "relu", rng().normal(size=(3, 4)))
    assert found.summary == "relu_backward changes its argument x in place."


def test_an_upstream_gradient_changed_in_place_is_named():
    def backward(dout, x):
        dout[x <= 0] = 0
        return dout

    found = failure(wrong("relu", backward=backward), "relu", rng().normal(size=(3, 4)))
    assert found.summary == "relu_backward changes its argument dout in place."


def test_a_cache_changed_by_backward_is_noticed():
    def forward(x):
        return np.tanh(x), [np.tanh(x)]

    def backward(dout, cache):
        cache[0] *= 2
        return dout * (1 - (cache[0] / 2) ** 2)

    found = failure(
        wrong("tanh", forward=forward, backward=backward), "tanh", rng().normal(size=(3, 4))
    )
    assert (
        found.summary
        == "tanh_backward returns a different dx when called again with the same arguments."
    )


def test_a_forward_that_keeps_state_is_noticed():
    calls = []

    def forward(x):
        calls.append(x)
        return x * len(calls), None

    found = failure(
        wrong("tanh", forward=forward, backward=identity), "tanh", rng().normal(size=(3, 4))
    )
    assert (
        found.summary
        == "tanh_forward returns a different result when called again with the same arguments."
    )


def test_a_forward_that_rounds_on_the_way_is_not_blamed_on_its_gradient():
    """Rounding to float32 makes a stair, whose slope is zero on a step and anything across one."""
    rounded = wrong(
        "tanh", forward=lambda x: (x.astype(np.float32).astype(np.float64), None), backward=identity
    )
    said = {
        judged(check_gradients, rounded, "tanh", rng(seed).normal(size=(3, 4)), seed=seed)
        for seed in range(100)
    }
    said = {re.sub(r"\d+ of", "several of", text.partition("\n")[0]) for text in said - {""}}
    assert said == {
        "dx cannot be checked: tanh_forward jumps or bends at several of the 12 places tried."
    }


def test_a_forward_whose_outputs_change_shape_is_noticed():
    def forward(x):
        return (x, None) if x[0, 0] == X[0, 0] else (x[:1], None)

    X = rng().normal(size=(3, 4))
    found = failure(wrong("tanh", forward=forward, backward=identity), "tanh", X)
    assert (
        found.summary
        == "tanh_forward's out first has shape (3, 4), then (1, 4) for a slightly different input."
    )


def test_a_forward_whose_number_of_outputs_changes_is_noticed():
    def forward(x):
        return (x, None) if x[0, 0] == X[0, 0] else (x, x, None)

    X = rng().normal(size=(3, 4))
    found = failure(wrong("tanh", forward=forward, backward=identity), "tanh", X)
    assert (
        found.summary
        == "tanh_forward first returned 1 output, then 2 for a slightly different input."
    )


def test_steps_that_leave_the_domain_are_left_out():
    def forward(x):
        with np.errstate(all="ignore"):
            return np.log(x), x

    x = rng().uniform(1, 2, size=(3, 4))
    x[1, 1] = 1e-12
    check_gradients(wrong("log", forward=forward), own, "log", x, rng=rng())


def test_what_the_code_raises_goes_through():
    def forward(x):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check_gradients(wrong("relu", forward=forward), own, "relu", np.ones(3), rng=rng())


# ---- losses --------------------------------------------------------------------------------------


def losses(function):
    return SimpleNamespace(softmax_loss=function)


def loss_failure(function, scores, y):
    with pytest.raises(CheckFailure) as caught:
        check_loss_gradient(losses(function), own, "softmax_loss", scores, y, rng=rng())
    return caught.value


def test_right_losses_pass_over_200_seeds():
    for seed in SEEDS:
        draw = rng(seed)
        scores, y = draw.normal(size=(4, 3)), draw.integers(3, size=4)
        check_loss_gradient(right, right, "softmax_loss", scores, y, rng=draw)
        # margins of exactly zero
        check_loss_gradient(right, right, "svm_loss", np.round(scores), y, rng=draw)
        check_loss_gradient(right, right, "l1_penalty", scores.round(), 0.1, rng=draw)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda loss, d: (loss, 8 * d), "dscores is 8 times too large (N = 8)."),
        (
            lambda loss, d: (loss, d.T),
            "dscores has shape (3, 8); expected the shape of its input, (8, 3).",
        ),
        (
            lambda loss, d: ([loss], d),
            "The loss of softmax_loss is a list of 1 element; expected an array.",
        ),
        (
            lambda loss, d: (np.full(2, loss), d),
            "The loss of softmax_loss has shape (2,); expected one number.",
        ),
        (
            lambda loss, d: (0 * loss, 0 * d),
            "softmax_loss returns the same result for every input.",
        ),
        (
            lambda *_: None,
            "softmax_loss returned None; expected the loss and dscores. Is a return statement "
            "missing?",
        ),
        (
            lambda *_: (1.0,),
            "softmax_loss returned a tuple of 1 element; expected the loss and dscores.",
        ),
    ],
)
def test_wrong_losses_fail(change, says):
    scores, y = rng().normal(size=(8, 3)), rng().integers(3, size=8)
    assert (
        loss_failure(lambda scores, y: change(*right.softmax_loss(scores, y)), scores, y).summary
        == says
    )


def test_a_penalty_has_no_batch_to_name_a_factor_after():
    def squared(W):
        return np.sum(W**2), 8 * W

    with pytest.raises(CheckFailure, match=r"^dW is 4 times too large\.\n"):
        check_loss_gradient(
            SimpleNamespace(penalty=squared), own, "penalty", rng().normal(size=(4, 3)), rng=rng()
        )


def test_a_loss_needs_an_input_to_differentiate():
    with pytest.raises(
        TypeError, match="the first argument of softmax_loss is not an array of floating dtype"
    ):
        check_loss_gradient(right, right, "softmax_loss", np.arange(3), np.arange(3), rng=rng())


def test_a_loss_that_changes_its_scores_is_named():
    def in_place(scores, y):
        scores -= scores.max(axis=1, keepdims=True)
        return right.softmax_loss(scores, y)

    found = loss_failure(in_place, rng().normal(size=(4, 3)), np.array([0, 1, 2, 0]))
    assert found.summary == "softmax_loss changes its argument scores in place."


# ---- a subject behind a wall ---------------------------------------------------------------------


class Remote:
    """Answers as the sandboxed subject does: copies go over, caches stay, and signatures are
    unknown.
    """

    def __init__(self, module, **mutated):
        self._module, self._mutated, self.mutated, self.requests = module, mutated, (), []

    def __getattr__(self, name):
        def call(*arguments):
            self.requests.append((name, 1))
            self.mutated = self._mutated.get(name, ())
            return getattr(self._module, name)(*copy.deepcopy(arguments))

        return call

    def batch(self, name, arguments, last):
        assert last == "drop"
        self.requests.append((name, len(arguments)))
        return [(*getattr(self._module, name)(*one)[:-1], None) for one in arguments]


def test_all_moved_forwards_go_in_one_request():
    remote = Remote(right)
    check_gradients(remote, own, "affine", *affine_inputs(rng()), rng=rng())
    forward, backward, moved = ("affine_forward", 1), ("affine_backward", 1), 4 * (3 + 3 + 3) + 1
    assert remote.requests == [
        forward,
        backward,
        backward,
        forward,
        backward,
        ("affine_forward", moved),
    ]


def test_losses_go_in_one_request_too():
    remote = Remote(right)
    check_loss_gradient(
        remote, own, "softmax_loss", rng().normal(size=(3, 4)), np.array([0, 1, 2]), rng=rng()
    )
    assert remote.requests == [("softmax_loss", 1), ("softmax_loss", 4 * 3 + 1)]


def test_large_tensors_go_in_several_requests(monkeypatch):
    monkeypatch.setattr("grader.checks.derivatives._REQUEST_BYTES", 10_000)
    remote = Remote(right)
    check_gradients(remote, own, "affine", *affine_inputs(rng()), rng=rng())
    moved = [count for name, count in remote.requests if name == "affine_forward"][2:]
    assert len(moved) > 1
    assert sum(moved) == 4 * (3 + 3 + 3) + 1


@pytest.mark.parametrize(
    ("mutated", "says"),
    [
        ({"batchnorm_forward": ("x",)}, "batchnorm_forward changes its argument x in place."),
        (
            {"batchnorm_backward": ("dout", "cache")},
            "batchnorm_backward changes its argument dout in place.",
        ),
    ],
)
def test_changes_that_the_subject_tells_of_are_named(mutated, says):
    inputs = rng().normal(size=(6, 4)), np.ones(4), np.zeros(4)
    assert failure(Remote(right, **mutated), "batchnorm", *inputs, param={}).summary == says


def test_running_statistics_may_change_and_caches_are_judged_by_what_they_give():
    inputs = rng().normal(size=(6, 4)), np.ones(4), np.zeros(4)
    remote = Remote(right, batchnorm_forward=("bn_param",), batchnorm_backward=("cache",))
    check_gradients(remote, own, "batchnorm", *inputs, param={}, rng=rng())


def test_a_loss_that_tells_of_changes_is_named():
    remote = Remote(right, softmax_loss=("scores",))
    with pytest.raises(CheckFailure, match="softmax_loss changes its argument scores in place"):
        check_loss_gradient(
            remote, own, "softmax_loss", rng().normal(size=(2, 3)), np.array([0, 1]), rng=rng()
        )


# ---- hostile answers -----------------------------------------------------------------------------


def readable(text):
    return text.replace("\n", "").isprintable()


@settings(max_examples=150, deadline=None)
@given(st.booleans(), anything(), anything())
def test_no_answer_breaks_the_check(forward_is_right, out, gradients):
    forward = right.affine_forward if forward_is_right else lambda *_: out
    subject = wrong("affine", forward=forward, backward=lambda *_: gradients)
    assert readable(
        judged(check_gradients, subject, "affine", *affine_inputs(rng(), N=2, D=2, M=2))
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(anything(), min_size=1, max_size=4))
def test_no_answer_breaks_the_check_however_it_changes(answers):
    waiting = list(answers)

    def forward(x):
        return (waiting.pop() if len(waiting) > 1 else waiting[0], None)

    subject = wrong("tanh", forward=forward, backward=lambda *_: np.ones((2, 2)))
    assert readable(judged(check_gradients, subject, "tanh", np.ones((2, 2))))


@settings(max_examples=150, deadline=None)
@given(anything())
def test_no_answer_breaks_the_check_of_a_loss(answer):
    subject = losses(lambda *_: answer)
    assert readable(
        judged(check_loss_gradient, subject, "softmax_loss", np.ones((2, 2)), np.arange(2))
    )


def test_an_answer_that_turns_from_nan_to_a_number_is_a_failure_and_no_warning():
    from grader.checks.trees import alike

    assert not alike(np.array(np.nan), np.array(0.5))
    assert alike(np.array([np.nan, 1.0]), np.array([np.nan, 1.0]))


def test_a_backward_that_uses_what_the_last_forward_left_behind_is_called_so():
    last = {}

    def scale_forward(x, factor):
        last["x"] = x
        return x * factor, (x, factor)

    def scale_backward(dout, cache):
        return dout * cache[1], np.asarray((dout * last["x"]).sum())

    stale = SimpleNamespace(scale_forward=scale_forward, scale_backward=scale_backward)
    with pytest.raises(
        CheckFailure,
        match="for the same cache after scale_forward is called with other arguments",
    ):
        check_gradients(stale, own, "scale", rng().normal(size=(3, 4)), np.asarray(2.0), rng=rng())


# ---- the forward against the solution ------------------------------------------------------------


def against(reference, subject, op, *inputs, seed=1, **options):
    with pytest.raises(CheckFailure) as caught:
        check_gradients(subject, reference, op, *inputs, rng=rng(seed), **options)
    return caught.value


def sizes(op):
    return affine_inputs(rng(3)) if op == "affine" else (rng(3).normal(size=(3, 4)),)


FITS_ITSELF = {
    "affine": (
        lambda x, w, b: (2 * x @ w + b, (x, w)),
        lambda dout, cache: (2 * dout @ cache[1].T, 2 * cache[0].T @ dout, dout.sum(0)),
    ),
    "relu": (lambda x: (x, None), identity),
    "tanh": (lambda x: (np.sin(x), x), lambda dout, x: dout * np.cos(x)),
    "softmax": (lambda x: (x**2, x), lambda dout, x: 2 * dout * x),
}


@pytest.mark.parametrize("op", FITS_ITSELF)
def test_what_fits_itself_alone_is_a_wrong_forward(op):
    forward, backward = FITS_ITSELF[op]
    said = against(right, wrong(op, forward=forward, backward=backward), op, *sizes(op))
    assert type(said) is WrongForward
    assert f"{op}_forward's out" in str(said)


def test_a_wrong_forward_that_the_backward_does_not_fit_is_said_first():
    forward, _ = FITS_ITSELF["tanh"]
    said = against(right, wrong("tanh", forward=forward, backward=identity), "tanh", *sizes("tanh"))
    assert type(said) is CheckFailure
    assert "tanh_forward's out is wrong" in said.summary


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("op", ["tanh", "affine", "softmax", "max_pool"])
def test_outputs_by_heart_do_not_stand_for_a_forward(op, seed):
    """It gives the right output where it is asked, and beside that the output of something else,
    which it knows.
    """
    inputs = affine_inputs(rng(seed)) if op == "affine" else (rng(seed).normal(size=(1, 2, 4, 4)),)
    by_heart = getattr(right, f"{op}_forward")(*inputs)[0]
    part = np.ones((by_heart.size, inputs[0].size)) / 7

    def forward(x, *others):
        if np.array_equal(x, inputs[0]):
            return by_heart.copy(), x
        return (part @ x.ravel()).reshape(by_heart.shape), x

    def backward(dout, x):
        dx = (part.T @ dout.ravel()).reshape(x.shape)
        return dx if len(inputs) == 1 else (dx, *map(np.zeros_like, inputs[1:]))

    assert against(
        right, wrong(op, forward=forward, backward=backward), op, *inputs, seed=seed
    ).summary


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("op", ["tanh", "softmax", "relu"])
def test_the_right_forward_made_straight_around_each_point_does_not_stand_for_its_gradient(
    op, seed
):
    """It knows the forward and no derivative: beside a point that it has seen, it goes on along a
    line of its own.
    """
    seen = []

    def forward(x):
        for point, out in seen:
            if np.abs(x - point).max() < 1e-2:
                return out + 0.3 * (x - point), None
        seen.append((x, getattr(right, f"{op}_forward")(x.copy())[0]))
        return seen[-1][1].copy(), None

    def backward(dout, _):
        return 0.3 * dout

    said = against(
        right,
        wrong(op, forward=forward, backward=backward),
        op,
        rng(seed).normal(size=(3, 4)),
        seed=seed,
    )
    assert "dx fits the values of" in said.summary
    assert "expected" in said.details


def test_right_code_agrees_with_the_solution_over_200_seeds():
    for seed in SEEDS:
        draw = rng(seed)
        check_gradients(right, right, "affine_loops", *affine_inputs(draw, N=3, D=2, M=2), rng=draw)
        ties = draw.integers(-1, 3, size=(1, 1, 4, 4)).astype(float)
        check_gradients(
            wrong(
                "max_pool",
                forward=right.max_pool_loops_forward,
                backward=right.max_pool_loops_backward,
            ),
            right,
            "max_pool",
            ties,
            rng=draw,
        )


def test_another_slope_at_a_kink_is_as_good():
    other = wrong(
        "relu", forward=lambda x: (np.maximum(x, 0), x), backward=lambda dout, x: dout * (x >= 0)
    )
    x = rng().normal(size=(3, 4)) * (rng(1).random((3, 4)) < 0.5)  # zeros among others
    check_gradients(other, right, "relu", x, rng=rng())
    check_gradients(other, right, "relu", np.zeros((3, 4)), rng=rng())


def test_a_tolerance_holds_for_the_forward_and_for_the_gradient():
    def near(x):
        return 1.00001 * np.tanh(x), x

    subject = wrong(
        "tanh", forward=near, backward=lambda dout, x: 1.00001 * dout * (1 - np.tanh(x) ** 2)
    )
    assert type(against(right, subject, "tanh", *sizes("tanh"))) is WrongForward
    check_gradients(subject, right, "tanh", *sizes("tanh"), rng=rng(), rtol=1e-4, atol=1e-4)


def test_a_loss_is_compared_too():
    scores, y = rng().normal(size=(4, 3)), np.array([0, 1, 2, 0])
    doubled = SimpleNamespace(
        softmax_loss=lambda scores, y: tuple(2 * part for part in right.softmax_loss(scores, y))
    )
    check_loss_gradient(doubled, own, "softmax_loss", scores, y, rng=rng())
    with pytest.raises(WrongForward, match="loss of softmax_loss"):
        check_loss_gradient(doubled, right, "softmax_loss", scores, y, rng=rng())


def test_a_judge_gets_inputs_and_outputs():
    seen = []
    check_gradients(
        right, lambda *given: seen.append(given), "affine", *affine_inputs(rng()), rng=rng()
    )
    (x, w, b, out), *_ = seen
    assert np.allclose(out, x @ w + b)

    def judge(x, w, b, out):
        raise CheckFailure("this is another function")

    with pytest.raises(WrongForward, match="another function"):
        check_gradients(right, judge, "affine", *affine_inputs(rng()), rng=rng())


def test_a_reference_that_is_forgotten_or_broken_is_the_authors_fault():
    with pytest.raises(TypeError, match="after the student"):
        check_gradients(right, "relu", np.ones(3), rng=rng())
    with pytest.raises(TypeError, match="after the student"):
        check_loss_gradient(right, "softmax_loss", np.ones((2, 3)), np.array([0, 1]), rng=rng())
    with pytest.raises(CourseError, match="the reference returns an invalid result"):
        check_gradients(right, wrong("relu", forward=lambda x: x), "relu", np.ones(3), rng=rng())


def test_another_number_of_outputs_is_a_wrong_forward():
    two = wrong("relu", forward=lambda x: (x, x, None), backward=lambda one, other, _: one + other)
    said = against(right, two, "relu", *sizes("relu"))
    assert type(said) is WrongForward
    assert "expected 1 output" in said.summary
