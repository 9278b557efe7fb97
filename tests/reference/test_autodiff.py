import math
import types

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reference.autodiff import Value, topological_order, train_xor

numbers = st.floats(-4, 4).filter(lambda x: abs(x) > 0.05)

# Each operation as one expression that means the same for Values and for torch's tensors.
BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "max": lambda a, b: torch.maximum(a, b) if torch.is_tensor(a) else a.max(b),
    "number on the right": lambda a, b: (a + 2) * 3 - 1 + b / 4,
    "number on the left": lambda a, b: 2 + 3 * a - (1 - b) + 4 / b,
}
UNARY = {
    "negative": lambda a: -a,
    "square": lambda a: a**2,
    "cube": lambda a: a**3,
    "reciprocal": lambda a: a**-1,
    "to the power 0": lambda a: a**0,
    "exp": lambda a: a.exp(),
    "tanh": lambda a: a.tanh(),
    "sigmoid": lambda a: a.sigmoid(),
    "relu": lambda a: a.relu(),
}
POSITIVE = {
    "log": lambda a: a.log(),
    "square root": lambda a: a**0.5,
    "to the power -1.5": lambda a: a**-1.5,
}


def against_torch(f, *values):
    """Value and gradients of f, by Values and by torch."""
    ours = [Value(v) for v in values]
    y = f(*ours)
    y.backward()
    theirs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    expected = f(*theirs)
    expected.backward()
    got = [y.data, *(v.grad for v in ours)]
    np.testing.assert_allclose(
        got, [expected.item(), *(v.grad.item() for v in theirs)], rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("operation", BINARY)
@given(a=numbers, b=numbers)
@settings(deadline=None, max_examples=25)
def test_an_operation_of_two_agrees_with_torch(operation, a, b):
    assume(a != b)  # torch halves the gradient of max at a tie
    against_torch(BINARY[operation], a, b)


@pytest.mark.parametrize("operation", UNARY)
@given(a=numbers)
@settings(deadline=None, max_examples=25)
def test_an_operation_of_one_agrees_with_torch(operation, a):
    against_torch(UNARY[operation], a)


@pytest.mark.parametrize("operation", POSITIVE)
@given(a=st.floats(0.05, 4))
@settings(deadline=None, max_examples=25)
def test_an_operation_of_a_positive_number_agrees_with_torch(operation, a):
    against_torch(POSITIVE[operation], a)


@given(a=numbers, b=numbers)
@settings(deadline=None, max_examples=50)
def test_an_expression_that_uses_its_nodes_again_agrees_with_torch(a, b):
    def expression(a, b):
        c = a * b + a
        d = (c + b).tanh() * c + (c * 0.1).sigmoid()
        e = d * d - c / (b * b + 1) + (d + a).relu()
        for _ in range(3):
            e = e * 0.5 + d * c
        return e + e * a

    against_torch(expression, a, b)


def test_the_lecture_example_has_its_gradients():
    x1, x2, x3 = Value(1.0), Value(5.0), Value(2.0)
    z = (x1 + x2) * (x2 - x3)
    z.backward()
    assert (z.data, x1.grad, x2.grad, x3.grad) == (18.0, 3.0, 9.0, -6.0)


def test_gradients_add_where_a_node_is_used_again():
    x = Value(3.0)
    y = x + x + x * x
    y.backward()
    assert x.grad == 8.0


def test_every_node_gets_its_gradient_and_the_root_1():
    a, b = Value(2.0), Value(5.0)
    c = a * b
    y = c - a
    y.backward()
    assert [node.grad for node in (y, c, a, b)] == [1.0, 1.0, 4.0, 2.0]


def test_backward_called_again_gives_the_same():
    x = Value(3.0)
    y = (x * x).tanh() * x
    y.backward()
    first = x.grad
    y.backward()
    assert x.grad == first


def test_backward_of_another_result_forgets_the_first():
    x = Value(3.0)
    y, z = x * 2, x * 5
    y.backward()
    z.backward()
    assert x.grad == 5.0


def test_backward_of_a_leaf_is_1():
    x = Value(3)
    assert (x.data, x.grad, x.children, x.slopes) == (3.0, 0.0, (), ())
    assert type(x.data) is float
    x.backward()
    assert x.grad == 1.0


def test_relu_is_flat_at_its_kink_and_max_takes_the_first_of_equals():
    x, a, b = Value(0.0), Value(1.0), Value(1.0)
    y = x.relu() + a.max(b)
    y.backward()
    assert (y.data, x.grad, a.grad, b.grad) == (1.0, 0.0, 1.0, 0.0)


def test_relu_of_nan_is_nan():
    assert math.isnan(Value(math.nan).relu().data)


def test_slopes_are_plain_numbers():
    a, b = Value(2), Value(3)
    for y in (
        a + b,
        a - b,
        a * b,
        a / b,
        a**2,
        -a,
        a.exp(),
        a.log(),
        a.tanh(),
        a.sigmoid(),
        a.relu(),
        a.max(b),
    ):
        assert {type(slope) for slope in y.slopes} == {float}


def test_max_takes_a_number():
    x = Value(-2.0)
    assert (x.max(1).data, x.max(-3).data) == (1.0, -2.0)


@pytest.mark.parametrize("x", [-1000.0, -40.0, 0.0, 40.0, 1000.0])
def test_sigmoid_and_tanh_are_exact_far_out(x):
    against_torch(lambda a: a.sigmoid(), x)
    against_torch(lambda a: a.tanh(), x)


def test_sigmoid_keeps_its_digits_where_it_is_small():
    assert Value(-40.0).sigmoid().data == pytest.approx(math.exp(-40), rel=1e-12)


@pytest.mark.parametrize(
    ("n", "value", "slope"), [(0, 1, 0), (1, 0, 1), (2, 0, 0), (0.5, 0, math.inf), (1.5, 0, 0)]
)
def test_powers_of_zero(n, value, slope):
    y = Value(0.0) ** n
    assert (y.data, y.slopes) == (value, (slope,))


def test_numpy_numbers_mix_with_values():
    x = Value(np.float32(3.0))
    for y, expected in [(np.float64(2) * x, 6), (np.int64(2) - x, -1), (np.float64(6) / x, 2)]:
        assert isinstance(y, Value)
        assert y.data == expected


def test_arithmetic_errors_are_those_of_numbers():
    with pytest.raises(ZeroDivisionError):
        Value(1.0) / 0
    with pytest.raises(OverflowError):
        Value(1000.0).exp()


@pytest.mark.parametrize("x", [0.0, -1.0])
def test_log_needs_a_positive_number(x):
    with pytest.raises(ValueError, match=f"log of {x}, expected a positive number"):
        Value(x).log()


def test_a_power_has_to_be_real():
    with pytest.raises(ValueError, match=r"-8.0 \*\* 0.5 is no real number"):
        Value(-8.0) ** 0.5
    with pytest.raises(ValueError, match=r"0.0 \*\* -1 is no real number"):
        Value(0.0) ** -1
    with pytest.raises(ValueError, match="the exponent is a Value, expected a number"):
        Value(2.0) ** Value(3.0)
    assert (Value(-2.0) ** 3.0).data == -8.0
    assert (Value(-2.0) ** -1).data == -0.5


def test_a_value_shows_its_data_and_grad():
    assert repr(Value(2) * 3) == "Value(data=6.0, grad=0.0)"


def random_graph(seed, size):
    rng = np.random.default_rng(seed)
    nodes = [Value(1.0)]
    for _ in range(size):
        a, b = rng.integers(len(nodes), size=2)
        nodes.append(nodes[a] + nodes[b])
    return nodes


@given(st.integers(0, 1000), st.integers(0, 40))
@settings(deadline=None, max_examples=50)
def test_the_order_holds_every_node_once_and_children_first(seed, size):
    root = random_graph(seed, size)[-1]
    order = topological_order(root)
    position = {node: i for i, node in enumerate(order)}
    assert len(position) == len(order)
    assert order[-1] is root
    assert all(position[child] < position[node] for node in order for child in node.children)


def test_the_order_leaves_out_what_the_node_does_not_depend_on():
    a = Value(1.0)
    b, _ = a + 1, a * 2
    assert topological_order(b) == [a, b.children[1], b] or topological_order(b) == [
        b.children[1],
        a,
        b,
    ]


def test_a_node_used_by_thousands_is_visited_once():
    x = y = Value(1.0)
    for _ in range(64):
        y = y + y  # 2⁶⁴ paths to x
    y.backward()
    assert x.grad == 2.0**64
    assert len(topological_order(y)) == 65


def test_a_chain_of_200000_nodes_does_not_overflow_the_stack():
    x = y = Value(1.0)
    for _ in range(200_000):
        y = -y
    y.backward()
    assert (y.data, x.grad) == (1.0, 1.0)
    del y  # nor does taking the graph down


@pytest.mark.parametrize("seed", range(5))
def test_a_network_of_values_learns_xor(seed):
    predict, losses = train_xor(300, 0.3, np.random.default_rng(seed))
    labels = predict(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]))
    np.testing.assert_array_equal(labels, [0, 1, 1, 0])
    assert labels.dtype.kind == "i"
    assert len(losses) == 300
    assert losses[-1] < 0.05 < losses[0]
    assert {type(loss) for loss in losses} == {float}


def test_xor_takes_the_steps_of_gradient_descent_in_torch():
    rng = np.random.default_rng(3)
    W, v = torch.tensor(rng.normal(size=(8, 3))), torch.tensor(rng.normal(size=9) / 3)
    W.requires_grad, v.requires_grad = True, True
    X = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=torch.float64)
    sign = torch.tensor([-1.0, 1, 1, -1])
    descent, expected = torch.optim.SGD([W, v], lr=0.2), []
    for _ in range(10):
        score = torch.tanh(X @ W.T) @ v[:8] + v[8]
        loss = torch.relu(1 - sign * score).mean()
        expected.append(loss.item())
        descent.zero_grad()
        loss.backward()
        descent.step()
    _, losses = train_xor(10, 0.2, np.random.default_rng(3))
    np.testing.assert_allclose(losses, expected, rtol=1e-10)


def test_a_score_of_zero_is_label_0():
    zeros = types.SimpleNamespace(normal=lambda size: np.zeros(size))
    predict, losses = train_xor(1, 0.0, zeros)
    assert losses == [1.0]
    np.testing.assert_array_equal(predict([[0, 0], [0, 1]]), [0, 0])


def test_xor_untrained_predicts_by_the_sign_of_the_score():
    predict, losses = train_xor(0, 0.1, np.random.default_rng(0))
    assert losses == []
    assert predict(np.zeros((0, 2))).shape == (0,)
    assert set(predict(np.random.default_rng(1).normal(size=(50, 2)))) == {0, 1}
