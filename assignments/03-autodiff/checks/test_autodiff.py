import numpy as np
import pytest

from grader.checks import CheckFailure, StudentRaised, accuracy, assert_close, assert_learns

# ---- helpers ------------------------------------------------------------------------------------


def value_and_gradients(subject, expression, numbers):
    """The expression's value at these numbers, its own grad, and the grad of each number."""
    nodes = [subject.Value(number) for number in numbers]
    y = expression(*nodes)
    y.backward()
    return y.data, y.grad, [node.grad for node in nodes]


def assert_computes(student, reference, award, operation, expression, points):
    """The data of the expression at each point for two fifths of the credit, and its slopes for the
    rest.
    """
    expected = [value_and_gradients(reference, expression, numbers) for numbers in points]
    got = [value_and_gradients(student, expression, numbers) for numbers in points]
    for (data, _, _), (right, _, _) in zip(got, expected, strict=True):
        assert_close(data, right, f"the data of {operation}")
    award(0.4)
    for (_, _, gradients), (_, _, right) in zip(got, expected, strict=True):
        assert_close(gradients, right, f"the grad of each operand of {operation}")
    award(1)


def chain_of_sums(student, x, length):
    """A sum of so many products with x, built in a few calls and about as many nodes deep."""
    products = student.hold(np.full(length, 0.5)) * x  # numpy makes one product for each number,
    return products.sum()  # and adds one after the other


def assert_refuses(operation, what):
    """A ValueError, whatever it says: the number that does not fit has no name of its own."""
    try:
        operation()
    except StudentRaised as error:
        if error.raised.missing or error.raised.refused:
            raise
        if "ValueError" not in (error.raised.kind, *error.raised.bases):
            raise CheckFailure(f"{what} raised {error.raised.kind}; expected ValueError") from None
    else:
        raise CheckFailure(f"{what} raised nothing; expected ValueError")


# ---- values and slopes ---------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("Value")
@pytest.mark.parametrize("operation", ["sum", "product"])
def test_sum_and_product(student, operation):
    """Value: a sum and a product, and the slopes of both operands"""
    a, b = student.Value(2.0), student.Value(-3.5)
    y = a + b if operation == "sum" else a * b
    assert_close([a.grad, b.grad, y.grad], [0.0, 0.0, 0.0], "grad before backward")
    assert_close(y.data, -1.5 if operation == "sum" else -7.0, "data")

    y.backward()

    assert_close(y.grad, 1.0, "the grad of the result itself")
    expected = [1.0, 1.0] if operation == "sum" else [-3.5, 2.0]
    assert_close([a.grad, b.grad], expected, "the grad of each operand")


OPERATIONS = {
    "a - b": (lambda a, b: a - b, [(2.0, 3.5), (-1.0, -4.0)]),
    "a / b": (lambda a, b: a / b, [(3.0, 2.0), (-1.5, -0.4)]),
    "-a": (lambda a: -a, [(2.0,), (-0.7,)]),
    "a.exp()": (lambda a: a.exp(), [(1.5,), (-2.0,)]),
    "a.log()": (lambda a: a.log(), [(3.0,), (0.2,)]),
    "a.tanh()": (lambda a: a.tanh(), [(0.8,), (-1.7,)]),
    "a.sigmoid()": (lambda a: a.sigmoid(), [(0.9,), (-2.3,)]),
    "a.relu()": (lambda a: a.relu(), [(0.4,), (-1.5,)]),
    "a.max(b)": (lambda a, b: a.max(b), [(1.0, 3.0), (-2.0, -2.5)]),
}


@pytest.mark.points(9, each=True)
@pytest.mark.concept("Value")
@pytest.mark.depends("test_sum_and_product")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation(student, reference, award, operation):
    """Value: what each operation computes, and its slope"""
    expression, points = OPERATIONS[operation]
    assert_computes(student, reference, award, operation, expression, points)


@pytest.mark.points(2)
@pytest.mark.concept("Value")
@pytest.mark.depends("test_sum_and_product")
@pytest.mark.parametrize("n", [3, -2, 0.5], ids="a ** {}".format)
def test_power(student, reference, award, n):
    """Value: powers and their slopes"""
    points = [(4.0,), (0.3,)] if n == 0.5 else [(2.0,), (-0.6,)]
    assert_computes(student, reference, award, f"a ** {n}", lambda a: a**n, points)


WITH_NUMBERS = {
    "2 + a": lambda two, a: two + a,
    "a + 2": lambda two, a: a + two,
    "2 - a": lambda two, a: two - a,
    "a - 2": lambda two, a: a - two,
    "2 * a": lambda two, a: two * a,
    "a * 2": lambda two, a: a * two,
    "2 / a": lambda two, a: two / a,
    "a / 2": lambda two, a: a / two,
    "a.max(2)": lambda two, a: a.max(two),
}


@pytest.mark.points(4, each=True)
@pytest.mark.concept("Value")
@pytest.mark.depends("test_sum_and_product")
@pytest.mark.parametrize("expression", WITH_NUMBERS)
def test_numbers_on_either_side(student, expression):
    """Value: a number on either side of an operation counts as a Value of its own"""
    operation = WITH_NUMBERS[expression]
    with_value = value_and_gradients(student, lambda a: operation(student.Value(2), a), [3.2])

    data, _, gradients = value_and_gradients(student, lambda a: operation(2, a), [3.2])

    hint = (
        "Python asks a.__radd__(2) for 2 + a, and so for each operation."
        if expression[0] == "2"
        else ""
    )
    assert_close(data, with_value[0], f"the data of {expression}", hint=hint)
    assert_close(gradients[0], with_value[2][0], f"the grad of a in {expression}", hint=hint)


# ---- backward ------------------------------------------------------------------------------------


@pytest.mark.points(4)
@pytest.mark.concept("backward")
@pytest.mark.depends("test_sum_and_product")
def test_chain_rule(student):
    """Backward: every node of a chain gets the product of the slopes behind it"""
    a, b, c, d = (student.Value(number) for number in (2.0, -3.0, 10.0, 0.5))
    e = a * b
    f = e + c
    y = f * d

    y.backward()

    got = {
        "y": y.grad,
        "f": f.grad,
        "d": d.grad,
        "e": e.grad,
        "c": c.grad,
        "a": a.grad,
        "b": b.grad,
    }
    expected = {"y": 1.0, "f": 0.5, "d": 4.0, "e": 0.5, "c": 0.5, "a": -1.5, "b": 1.0}
    assert_close(
        got,
        expected,
        "grad",
        hint="e = a b, f = e + c, y = f d with a = 2, b = -3, c = 10, d = 1/2.",
    )


@pytest.mark.points(5)
@pytest.mark.concept("backward")
@pytest.mark.depends("test_chain_rule")
@pytest.mark.parametrize("expression", ["x + x", "x * x", "x * x * x + x * y"])
def test_gradients_add_at_branches(student, expression):
    """Backward: a node that is used more than once adds up what comes back"""
    x, y = student.Value(3.0), student.Value(-2.0)
    result, expected = {
        "x + x": (lambda: x + x, 2.0),
        "x * x": (lambda: x * x, 6.0),
        "x * x * x + x * y": (lambda: x * x * x + x * y, 25.0),
    }[expression]

    result().backward()

    assert_close(x.grad, expected, f"the grad of x in {expression}")


@pytest.mark.points(5)
@pytest.mark.concept("backward")
@pytest.mark.depends("test_gradients_add_at_branches")
def test_every_node_waits_for_its_parents(student):
    """Backward: a node passes its gradient on once, when all of it has arrived"""
    a, b = student.Value(2.0), student.Value(-3.0)
    c = a * b
    d = c + a  # c is used here and again by f: it has to wait for both
    e = d * b
    f = e * c

    f.backward()

    got = {"f": f.grad, "e": e.grad, "d": d.grad, "c": c.grad, "a": a.grad, "b": b.grad}
    expected = {"f": 1.0, "e": -6.0, "d": 18.0, "c": 30.0, "a": -72.0, "b": 84.0}
    assert_close(
        got, expected, "grad", hint="c = a b, d = c + a, e = d b, f = e c with a = 2, b = -3."
    )


@pytest.mark.points(3)
@pytest.mark.concept("backward")
@pytest.mark.depends("test_chain_rule")
def test_backward_starts_from_zero(student):
    """Backward: a second call forgets what the first one left"""
    x, c = student.Value(3.0), student.Value(4.0)
    y = (x + c) * c
    y.backward()
    y.backward()
    assert_close(
        [x.grad, c.grad], [4.0, 11.0], "the grad of x and c after two calls of y.backward()"
    )

    z = y * x
    z.backward()
    assert_close(
        [x.grad, y.grad], [40.0, 3.0], "the grad of x and y after z.backward(), where z = y x"
    )


@pytest.mark.points(4)
@pytest.mark.concept("backward")
@pytest.mark.depends("test_gradients_add_at_branches")
@pytest.mark.hidden(
    "A graph can be thousands of operations deep. Does your code call itself once for each of them?"
)
def test_backward_through_a_long_chain(student):
    """Backward: a graph of ten thousand nodes, thousands of sums deep"""
    x = student.Value(2.0)
    y = chain_of_sums(student, x, 4_000)
    assert_close(y.data, 4_000.0, "data")

    y.backward()

    assert_close([x.grad, y.grad], [2_000.0, 1.0], "the grad of x and y")


@pytest.mark.points(3)
@pytest.mark.concept("backward")
@pytest.mark.depends("test_every_node_waits_for_its_parents")
@pytest.mark.limits(seconds=1)
@pytest.mark.hidden(
    "If every node is used twice, the number of paths doubles with every step. How often do you "
    "visit one?"
)
def test_backward_visits_each_node_once(student):
    """Backward: the time grows with the nodes, not with the paths"""
    x = student.Value(1.5)
    y = x
    for _ in range(22):
        y = y + y

    y.backward()

    assert_close(x.grad, 2.0**22, "the grad of x")


# ---- corners ------------------------------------------------------------------------------------


@pytest.mark.points(4, each=True)
@pytest.mark.concept("Value")
@pytest.mark.depends("test_operation")
@pytest.mark.hidden("What does exp(1000) do, and which form of the function never needs it?")
@pytest.mark.parametrize("function", ["sigmoid", "tanh"])
@pytest.mark.parametrize("number", [1000.0, -1000.0, 30.0, -30.0], ids="at {}".format)
def test_large_numbers(student, reference, function, number):
    """Value: sigmoid and tanh of large numbers of either sign"""

    def expression(a):
        return getattr(a, function)()

    data, _, gradients = value_and_gradients(student, expression, [number])

    expected = value_and_gradients(reference, expression, [number])
    assert_close(data, expected[0], f"the data of {function}")
    assert_close(gradients[0], expected[2][0], f"the slope of {function}", atol=1e-12)


@pytest.mark.points(3)
@pytest.mark.concept("Value")
@pytest.mark.depends("test_power")
@pytest.mark.hidden(
    "Negative numbers have powers too, and so has zero. Is the slope finite wherever it should be?"
)
def test_powers_in_the_corners(student, reference):
    """Value: powers of negative numbers and of zero"""
    for number, n in (
        (-3.0, 2),
        (-2.0, 3),
        (-0.5, -1),
        (-4.0, 0),
        (0.0, 2),
        (0.0, 1),
        (0.0, 0),
        (0.0, 1.5),
        (1.0, 0.5),
    ):

        def power(a, n=n):
            return a**n

        expected = value_and_gradients(reference, power, [number])
        assert_close(value_and_gradients(student, power, [number]), expected, "data and grad")


@pytest.mark.points(2)
@pytest.mark.concept("Value")
@pytest.mark.depends("test_operation")
@pytest.mark.hidden(
    "At a kink a function has no slope, but some choices are sensible and others are not."
)
def test_kinks(student):
    """Value: a sensible slope at the kinks of relu and max"""
    data, _, (slope,) = value_and_gradients(student, lambda a: a.relu(), [0.0])
    assert_close(data, 0.0, "the data of relu")
    assert 0 <= slope <= 1, (
        f"the slope of relu is {slope}, but on one side of the kink it is 0 and on the other 1"
    )

    data, _, slopes = value_and_gradients(student, lambda a, b: a.max(b), [1.5, 1.5])
    assert_close(data, 1.5, "the data of max")
    assert_close(sum(slopes), 1.0, "the sum of the two slopes of max")
    assert min(slopes) >= 0, "a slope of max is negative"


@pytest.mark.points(2)
@pytest.mark.concept("Value")
@pytest.mark.depends("test_operation")
@pytest.mark.hidden(
    "Which numbers have no logarithm, and which powers are not real numbers? What do you do with "
    "them?"
)
def test_what_is_no_real_number(student):
    """Value: what is no real number raises a ValueError"""
    for number in (0.0, -1.0):
        x = student.Value(number)
        assert_refuses(lambda x=x: x.log(), f"the logarithm of {number}")
    for number, n in ((-2.0, 0.5), (-8.0, 1 / 3), (0.0, -1)):
        x = student.Value(number)
        assert_refuses(lambda x=x, n=n: x**n, "a power that is no real number")


# ---- topological order ---------------------------------------------------------------------------


def assert_ordered(order, graph):
    """order: the data of the nodes; graph: name -> (data, which no other node has, and the names of
    the children).
    """
    names = {data: name for name, (data, _) in graph.items()}
    unknown = [data for data in order if data not in names]
    assert not unknown, (
        f"the order holds a node with the data {unknown[0]}, which is not in this graph"
    )
    for name, (data, _) in graph.items():
        assert order.count(data) == 1, (
            f"{name} is in the order {order.count(data)} times; expected once"
        )
    for name, (data, children) in graph.items():
        for child in children:
            before = order.index(graph[child][0]) < order.index(data)
            assert before, f"{name} comes before {child}, from which it was computed"


@pytest.mark.points(3)
@pytest.mark.concept("topological_order")
@pytest.mark.depends("test_sum_and_product")
def test_topological_order(student):
    """Topological order: every node once, children before parents"""
    a, b = student.Value(2.0), student.Value(-3.0)
    c = a * b
    d = c + a
    e = d * c

    order = [node.data for node in student.topological_order(e)]

    assert_ordered(
        order,
        {"a": (2.0, ""), "b": (-3.0, ""), "c": (-6.0, "ab"), "d": (-4.0, "ca"), "e": (24.0, "dc")},
    )


@pytest.mark.points(3)
@pytest.mark.concept("topological_order")
@pytest.mark.depends("test_topological_order")
@pytest.mark.hidden(
    "Try a leaf, a graph in which a short path meets a long one, and one that is thousands of "
    "nodes deep."
)
def test_topological_order_of_other_graphs(student):
    """Topological order: a leaf, a short path beside a long one, a deep graph"""
    leaf = student.Value(7.0)
    assert [node.data for node in student.topological_order(leaf)] == [7.0], (
        "the order of a leaf is the leaf alone"
    )

    x = student.Value(1.5)
    p = x + student.Value(2.0)
    q = p + student.Value(4.0)
    r = q + student.Value(8.0)
    s = r + student.Value(16.0)
    t = s * x
    y = t + q
    order = [node.data for node in student.topological_order(y)]
    numbers = {"k": (2.0, ""), "l": (4.0, ""), "m": (8.0, ""), "n": (16.0, ""), "x": (1.5, "")}
    sums = {"p": (3.5, "xk"), "q": (7.5, "pl"), "r": (15.5, "qm"), "s": (31.5, "rn")}
    assert_ordered(order, numbers | sums | {"t": (47.25, "sx"), "y": (54.75, "tq")})

    deep = chain_of_sums(student, leaf, 1_500)
    assert len(student.topological_order(deep)) >= 2_999, "nodes are missing from a deep graph"


# ---- a network of Values -------------------------------------------------------------------------

POINTS, LABELS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


@pytest.mark.points(4)
@pytest.mark.concept("train_xor")
@pytest.mark.depends(
    "test_operation", "test_numbers_on_either_side", "test_every_node_waits_for_its_parents"
)
@pytest.mark.limits(seconds=20)
def test_xor_is_learned(student, calibration, plot):
    """XOR: a small network of Values learns what no single perceptron can"""
    _, losses = student.train_xor(2, 0.3, np.random.default_rng(1))
    assert len(losses) == 2, f"2 steps gave {len(losses)} losses"

    def train(seed):
        predict, losses = student.train_xor(300, 0.3, np.random.default_rng(seed))
        plot("The loss of each step", loss=losses)
        return predict(POINTS), losses

    assert_learns(
        train,
        metric=lambda result: accuracy(result[0], LABELS),
        history=lambda result: result[1],
        key="xor",
        calibration=calibration,
        name="the network",
    )


@pytest.mark.points(3)
@pytest.mark.concept("train_xor")
@pytest.mark.depends(
    "test_operation", "test_numbers_on_either_side", "test_every_node_waits_for_its_parents"
)
@pytest.mark.hidden(
    "Is there one loss for each step, from before it? Do the weights come from rng, and from "
    "nothing else?"
)
def test_xor_keeps_its_books(student):
    """XOR: one loss for each step, taken before it, and a start that rng decides"""

    def train(num_steps, lr, seed):
        return student.train_xor(num_steps, lr, np.random.default_rng(seed))

    predict, losses = train(5, 0.2, seed=1)
    elsewhere = np.array(
        [[5.0, -3.0], [-4.0, 2.0], [6.0, 6.0], [-7.0, -5.0], [0.0, 9.0], [-8.0, 0.0]]
    )
    assert np.shape(predict(elsewhere)) == (6,), "six points should give an array of six labels"

    same, other, still = (
        train(5, 0.2, seed=1)[1],
        train(5, 0.2, seed=2)[1],
        train(3, 0.0, seed=1)[1],
    )
    assert_close(
        np.asarray(still),
        np.full(3, losses[0]),
        "the losses with the same start and a learning rate of zero",
    )
    assert_close(
        np.asarray(same), np.asarray(losses), "the losses from a generator with the same seed"
    )
    assert np.any(np.asarray(other) != np.asarray(losses)), (
        "generators with other seeds give the same losses"
    )
    starts = []
    for seed in range(10):
        predict, (loss,) = train(1, 0.0, seed)
        wrong = int(np.sum(np.asarray(predict(POINTS)) != LABELS))
        assert loss > wrong / 4 - 1e-9, (
            "each point on the wrong side should add at least 1/4 to the loss"
        )
        starts.append(loss)
    assert np.mean(starts) < 2.5, (
        "the losses at the start are too large for a mean over the four points"
    )
    assert losses[-1] < losses[0], (
        f"the loss does not fall: {losses[0]:.4g} before the first step, {losses[-1]:.4g} later"
    )
