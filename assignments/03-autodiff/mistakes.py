"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

# ruff: noqa: F821 - the functions below take the place of others in the reference, and find there
# what they use

from grader.feedback import mistake


def topological_order_by_recursion(node):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node.children:
                visit(child)
            order.append(node)

    visit(node)
    return order


def topological_order_by_levels(node):
    order, seen = [node], {node}
    for parent in order:  # grows while it is read
        for child in parent.children:
            if child not in seen:
                seen.add(child)
                order.append(child)
    return order[::-1]


def numeric_gradient_in_place(f, x, h):
    if h <= 0:
        raise ValueError("h")
    x = np.asarray(x)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        below = f(x)
        x[i] += h
        if np.ndim(above):
            raise ValueError("f")
        gradient[i] = (above - below) / (2 * h)
    return gradient


def numeric_gradient_without_restoring(f, x, h):
    if h <= 0:
        raise ValueError("h")
    x = np.asarray(x)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        below = f(x)
        if np.ndim(above):
            raise ValueError("f")
        gradient[i] = (above - below) / (2 * h)
    return gradient


def numeric_hessian_of_forward_differences(f, x, h):
    if np.ndim(x) != 1:
        raise ValueError("x")
    if h <= 0:
        raise ValueError("h")
    x = np.asarray(x, np.float64)
    here = numeric_gradient(f, x, h)
    H = np.array([(numeric_gradient(f, x + step, h) - here) / h for step in h * np.eye(len(x))])
    return (H + H.T) / 2


def numeric_hessian_with_only_its_diagonal(f, x, h):
    if np.ndim(x) != 1:
        raise ValueError("x")
    if h <= 0:
        raise ValueError("h")
    x = np.asarray(x, np.float64)
    return np.diag([(f(x + step) - 2 * f(x) + f(x - step)) / h**2 for step in h * np.eye(len(x))])


def classify_critical_point_by_the_determinant(H):
    H = np.asarray(H, np.float64)
    if H.ndim != 2 or len(H) != H.shape[1] or not np.isfinite(H).all():
        raise ValueError("H")
    H = (H + H.T) / 2
    determinant = np.linalg.det(H / (np.abs(H).max() or 1.0))
    if abs(determinant) < 1e-6:
        return "degenerate"
    if determinant < 0:
        return "saddle"
    return "minimum" if H[0, 0] > 0 else "maximum"


def classify_critical_point_by_the_diagonal(H):
    H = np.asarray(H, np.float64)
    if H.ndim != 2 or len(H) != H.shape[1] or not np.isfinite(H).all():
        raise ValueError("H")
    curvatures = np.diag(H)
    zero = 1e-6 * np.abs(curvatures).max()
    up, down = (curvatures > zero).any(), (curvatures < -zero).any()
    if up and down:
        return "saddle"
    if (np.abs(curvatures) <= zero).any():
        return "degenerate"
    return "minimum" if up else "maximum"


MISTAKES = [
    # ---- arithmetic ------------------------------------------------------------------------------
    mistake(
        "Value.__add__",
        "the second operand has no gradient",
        "A sum passes its gradient on to both operands. Yours reaches only the first.",
        ("(1.0, 1.0)", "(1.0, 0.0)"),
    ),
    mistake(
        "Value.__add__",
        "slopes of a product",
        "The slopes of a + b are 1 and 1. You have those of a product: b and a.",
        ("(1.0, 1.0)", "(other.data, self.data)"),
    ),
    mistake(
        "Value.__mul__",
        "slopes swapped",
        "The slope of a b with respect to a is b, not a: what you hold fixed is what is left.",
        ("(other.data, self.data)", "(self.data, other.data)"),
    ),
    mistake(
        "Value.__mul__",
        "slopes of a sum",
        "The slopes of a b are b and a. You have those of a sum: 1 and 1.",
        ("(other.data, self.data)", "(1.0, 1.0)"),
    ),
    mistake(
        "Value.__mul__",
        "forgets the second operand",
        "A product passes a gradient on to both operands: b to a, and a to b. Yours reaches only "
        "the first.",
        ("(other.data, self.data)", "(other.data, 0.0)"),
    ),
    mistake(
        "Value.__sub__",
        "both slopes are one",
        "The slope of a - b with respect to b is -1.",
        ("(1.0, -1.0)", "(1.0, 1.0)"),
    ),
    mistake(
        "Value.__sub__",
        "operands swapped",
        "a - b computes b - a.",
        (
            "self.data - other.data, (self, other), (1.0, -1.0)",
            "other.data - self.data, (self, other), (-1.0, 1.0)",
        ),
    ),
    mistake(
        "Value.__truediv__",
        "sign of the second slope",
        "The slope of a / b with respect to b is -a / b². The minus is missing.",
        ("-quotient / other.data", "quotient / other.data"),
    ),
    mistake(
        "Value.__truediv__",
        "second slope without the square",
        "The slope of a / b with respect to b is -a / b². Yours divides by b only once.",
        ("-quotient / other.data", "-quotient"),
    ),
    mistake(
        "Value.__truediv__",
        "second slope without a",
        "The slope of a / b with respect to b is -a / b². The a is missing.",
        ("-quotient / other.data", "-1 / other.data**2"),
    ),
    mistake(
        "Value.__truediv__",
        "first slope is b",
        "The slope of a / b with respect to a is 1 / b, not b.",
        ("(1 / other.data,", "(other.data,"),
    ),
    mistake(
        "Value.__pow__",
        "slope without the factor n",
        "The slope of x ** n is n x ** (n - 1). The factor n is missing.",
        ("(_power_slope(x, n),)", "(_power_slope(x, n) / n if n else 0.0,)"),
    ),
    mistake(
        "Value.__pow__",
        "slope with the old exponent",
        "The slope of x ** n is n x ** (n - 1). Yours has n x ** n: the exponent goes down by one.",
        ("(_power_slope(x, n),)", "(n * x**n,)"),
    ),
    mistake(
        "Value.__pow__",
        "slope of an exponential",
        "Your slope is that of an exponential, n to the power x. Here x is the base: n x ** (n - "
        "1).",
        ("(_power_slope(x, n),)", "(x**n * math.log(abs(x)) if x else 0.0,)"),
    ),
    mistake(
        "Value.__pow__",
        "accepts roots of negative numbers",
        "x ** n gives something for a root of a negative number. There is no such real number: "
        "raise a ValueError.",
        ("(x < 0 and n != int(n)) or (x == 0 and n < 0)", "x == 0 and n < 0"),
        ("return Value(x**n", "return Value(abs(x) ** n if n != int(n) else x**n"),
    ),
    mistake(
        "Value.__neg__",
        "slope of one",
        "The slope of -a is -1.",
        ("(-1.0,)", "(1.0,)"),
    ),
    mistake(
        "Value.__neg__",
        "result outside the graph",
        "-a makes a number that does not know where it came from, so no gradient comes back. a is "
        "its child.",
        ("(self,), (-1.0,)", ""),
    ),
    mistake(
        "Value.__radd__",
        "result outside the graph",
        "2 + a makes a number that does not know where it came from, so no gradient comes back. a "
        "is a child of it.",
        ("return Value(other) + self", "return Value(other + self.data)"),
    ),
    mistake(
        "Value.__rsub__",
        "operands swapped",
        "2 - a computes a - 2. In __rsub__(self, other) self stands on the right: other - self.",
        ("Value(other) - self", "self - Value(other)"),
    ),
    mistake(
        "Value.__rmul__",
        "result outside the graph",
        "3 * a makes a number that does not know where it came from, so no gradient comes back. a "
        "is a child of it.",
        ("return Value(other) * self", "return Value(other * self.data)"),
    ),
    mistake(
        "Value.__rtruediv__",
        "operands swapped",
        "4 / a computes a / 4. In __rtruediv__(self, other) self stands on the right: other / "
        "self.",
        ("Value(other) / self", "self / Value(other)"),
    ),
    # ---- functions -------------------------------------------------------------------------------
    mistake(
        "Value.exp",
        "slope is x",
        "The slope of exp(x) is exp(x) again, not x.",
        ("(y,))", "(self.data,))"),
    ),
    mistake(
        "Value.exp",
        "slope of a power",
        "The slope of exp(x) is exp(x) again. Yours is x exp(x - 1), the rule for powers of x.",
        ("(y,))", "(self.data * math.exp(self.data - 1),))"),
    ),
    mistake(
        "Value.exp",
        "power of two",
        "exp(x) is e to the power x. Yours has another base.",
        ("math.exp(self.data)", "2.0**self.data"),
    ),
    mistake(
        "Value.log",
        "slope at the output",
        "The slope of log(x) is 1 / x. Yours is 1 / log(x): take the number that went in, not the "
        "one that came out.",
        ("(1 / self.data,)", "(1 / math.log(self.data),)"),
    ),
    mistake(
        "Value.log",
        "slope is x",
        "The slope of log(x) is 1 / x, not x.",
        ("(1 / self.data,)", "(self.data,)"),
    ),
    mistake(
        "Value.log",
        "another base",
        "log is the natural logarithm, to the base e.",
        (
            "math.log(self.data), (self,), (1 / self.data,)",
            "math.log10(self.data), (self,), (1 / self.data,)",
        ),
    ),
    mistake(
        "Value.log",
        "hides what has no logarithm",
        "log gives something for zero or a negative number. It has none: raise a ValueError.",
        (
            "raise ValueError",
            "return Value(-math.inf, (self,), (0.0,)) if self.data <= 0 else ValueError",
        ),
    ),
    mistake(
        "Value.tanh",
        "slope at the input",
        "The slope of tanh is 1 - tanh(x)². Yours is 1 - x²: it is the output that is squared.",
        ("1 - y * y", "1 - self.data * self.data"),
    ),
    mistake(
        "Value.tanh",
        "slope without the square",
        "The slope of tanh is 1 - tanh(x)². The square is missing.",
        ("1 - y * y", "1 - y"),
    ),
    mistake(
        "Value.tanh",
        "slope of the sigmoid",
        "The slope of tanh is 1 - tanh(x)². Yours is y (1 - y), that of the sigmoid.",
        ("1 - y * y", "y * (1 - y)"),
    ),
    mistake(
        "Value.tanh",
        "overflows",
        "tanh overflows for large x: exp(2000) is too large for a float. math.tanh does not.",
        ("math.tanh(self.data)", "(math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)"),
    ),
    mistake(
        "Value.sigmoid",
        "slope at the input",
        "The slope of the sigmoid is y (1 - y) with its output y. Yours takes the input.",
        ("(y * (1 - y),)", "(self.data * (1 - self.data),)"),
    ),
    mistake(
        "Value.sigmoid",
        "slope of tanh",
        "The slope of the sigmoid is y (1 - y). Yours is 1 - y², that of tanh.",
        ("(y * (1 - y),)", "(1 - y * y,)"),
    ),
    mistake(
        "Value.sigmoid",
        "mirrored",
        "sigmoid falls where it should rise: it is 1 / (1 + exp(-x)), with the minus.",
        ("if self.data >= 0 else e / (1 + e)", "if self.data < 0 else e / (1 + e)"),
    ),
    mistake(
        "Value.sigmoid",
        "overflows",
        "sigmoid overflows: exp(1000) is too large for a float. For negative x use e / (1 + e) "
        "with e = exp(x).",
        (
            "y = 1 / (1 + e) if self.data >= 0 else e / (1 + e)",
            "y = 1 / (1 + math.exp(-self.data))",
        ),
    ),
    mistake(
        "Value.relu",
        "slope looks away",
        "The slope of relu is 1 everywhere. Where x is negative nothing passes: it is 0.",
        ("(float(self.data > 0),)", "(1.0,)"),
    ),
    mistake(
        "Value.relu",
        "slope is x",
        "The slope of relu is x. It is 1 where x is positive, however large x is.",
        ("(float(self.data > 0),)", "(max(self.data, 0.0),)"),
    ),
    mistake(
        "Value.relu",
        "slope of negative numbers is one",
        "The slope of relu is the wrong way round: 1 where x is positive, 0 where it is negative.",
        ("(float(self.data > 0),)", "(float(self.data < 0),)"),
    ),
    mistake(
        "Value.relu",
        "is the absolute value",
        "relu gives |x|. A negative number becomes 0, it does not change sign.",
        ("max(self.data, 0.0)", "abs(self.data)"),
    ),
    mistake(
        "Value.max",
        "both get the gradient",
        "max passes its gradient on to both. Only the larger one had a say: the other gets 0.",
        ("(float(larger), float(not larger))", "(1.0, 1.0)"),
    ),
    mistake(
        "Value.max",
        "the smaller gets the gradient",
        "max passes its gradient on to the smaller of the two. The larger one decided: it gets 1.",
        ("(float(larger), float(not larger))", "(float(not larger), float(larger))"),
    ),
    mistake(
        "Value.max",
        "the first gets the gradient",
        "max always passes its gradient on to the first of the two, also when the second is "
        "larger.",
        ("(float(larger), float(not larger))", "(1.0, 0.0)"),
    ),
    mistake(
        "Value.max",
        "is the minimum",
        "max gives the smaller of the two.",
        ("self.data >= other.data", "self.data <= other.data"),
    ),
    mistake(
        "Value.max",
        "nobody wins a tie",
        "When both numbers are equal, max passes no gradient on at all. Give it to one, or half "
        "to each.",
        (
            "(float(larger), float(not larger))",
            "(float(self.data > other.data), float(not larger))",
        ),
    ),
    # ---- backward --------------------------------------------------------------------------------
    mistake(
        "Value.backward",
        "overwrites instead of adding",
        "backward overwrites the gradient of a node that is used twice. Add: child.grad += …",
        ("child.grad += node.grad * slope", "child.grad = node.grad * slope"),
    ),
    mistake(
        "Value.backward",
        "adds to the last call",
        "A second call of backward adds to what the first one left. Set every grad of the graph "
        "to zero first.",
        ("node.grad = 0.0", "pass"),
    ),
    mistake(
        "Value.backward",
        "nothing to start from",
        "backward never sets the grad of the result itself to 1, so there is nothing to pass on.",
        ("self.grad = 1.0", "pass"),
    ),
    mistake(
        "Value.backward",
        "goes through the order forwards",
        "backward reaches only the operands of the result. Go through the topological order in "
        "reverse, to the leaves.",
        ("in reversed(order):", "in order:"),
    ),
    mistake(
        "Value.backward",
        "forgets the gradient from above",
        "backward passes on the slope alone. The chain rule multiplies it by the grad of the "
        "node: node.grad * slope.",
        ("child.grad += node.grad * slope", "child.grad += slope"),
    ),
    mistake(
        "Value.backward",
        "starts from the value",
        "backward starts with the value of the result. The derivative of y with respect to itself "
        "is 1.",
        ("self.grad = 1.0", "self.grad = self.data"),
    ),
    mistake(
        "Value.backward",
        "passes on as soon as something arrives",
        "A node passes its gradient on each time something arrives, so what came first is counted "
        "again. Wait for all.",
        (
            """for node in reversed(order):
            for child, slope in zip(node.children, node.slopes, strict=True):
                child.grad += node.grad * slope""",
            """todo = [self]
        while todo:
            node = todo.pop()
            for child, slope in zip(node.children, node.slopes, strict=True):
                child.grad += node.grad * slope
                todo.append(child)""",
        ),
    ),
    # ---- topological_order -----------------------------------------------------------------------
    mistake(
        "topological_order",
        "calls itself",
        "topological_order calls itself once for each node on the way down. Python stops at about "
        "a thousand calls.",
        instead=topological_order_by_recursion,
    ),
    mistake(
        "topological_order",
        "goes level by level",
        "Going level by level a node comes too late when one path to it is longer. Append it "
        "after all its children.",
        instead=topological_order_by_levels,
    ),
    mistake(
        "topological_order",
        "parents before children",
        "topological_order is the wrong way round: children come before parents, and node itself "
        "is the last.",
        ("return order", "return order[::-1]"),
    ),
    mistake(
        "topological_order",
        "repeats nodes",
        "A node that is used twice is in the order twice. Remember which nodes were seen.",
        ("elif node not in seen:", "else:"),
    ),
    mistake(
        "topological_order",
        "leaves out the leaves",
        "topological_order leaves out the nodes that were not computed. Leaves are what gradients "
        "are wanted for.",
        ("return order", "return [node for node in order if node.children]"),
    ),
    # ---- train_xor -------------------------------------------------------------------------------
    mistake(
        "train_xor",
        "goes uphill",
        "train_xor adds the gradient. The loss falls against it: w.data -= lr * w.grad.",
        ("w.data -= lr * w.grad", "w.data += lr * w.grad"),
    ),
    mistake(
        "train_xor",
        "never learns",
        "train_xor never changes its weights. After each backward: w.data -= lr * w.grad for "
        "every parameter.",
        ("w.data -= lr * w.grad", "pass"),
    ),
    mistake(
        "train_xor",
        "no hidden layer",
        "The hidden units are linear, and a stack of linear layers is one linear layer. Each "
        "needs its tanh.",
        ("(w1 * x1 + w2 * x2 + b).tanh()", "(w1 * x1 + w2 * x2 + b)"),
    ),
    mistake(
        "train_xor",
        "starts from zero",
        "All weights start at zero, so that all hidden units stay alike and none ever learns. "
        "Draw them from rng.",
        ("Value(w) for w in rng.normal(size=3)]", "Value(0.0 * w) for w in rng.normal(size=3)]"),
        (
            "Value(w) for w in rng.normal(size=9) / 3]",
            "Value(0.0 * w) for w in rng.normal(size=9) / 3]",
        ),
    ),
    mistake(
        "train_xor",
        "a generator of its own",
        "train_xor makes a generator of its own, so that every run starts from the same weights. "
        "Draw from rng.",
        ("hidden = [[Value", "rng = np.random.default_rng(0)\n    hidden = [[Value"),
    ),
    mistake(
        "train_xor",
        "predicts scores",
        "predict gives scores. It should give labels: 1 where the score is positive, else 0.",
        (
            "score(x1, x2).data > 0 for x1, x2 in X], dtype=int)",
            "score(x1, x2).data for x1, x2 in X])",
        ),
    ),
    mistake(
        "train_xor",
        "predicts the other label",
        "predict has the labels swapped: a positive score means 1.",
        ("score(x1, x2).data > 0", "score(x1, x2).data < 0"),
    ),
    mistake(
        "train_xor",
        "predicts the four points only",
        "predict ignores the points that it is given. It should answer for each of them, in their "
        "order.",
        ("for x1, x2 in X]", "for (x1, x2), _ in XOR]"),
    ),
    mistake(
        "train_xor",
        "loss after the step",
        "The losses are those after each step. Return the loss before the step, of which the "
        "gradient was taken.",
        (
            "losses.append(loss.data)",
            "losses.append((sum((1 - sign * score(*x)).relu() for x, sign in XOR) / "
            "len(XOR)).data)",
        ),
    ),
    mistake(
        "train_xor",
        "returns the last loss only",
        "train_xor returns one loss. It should return the list of all, one for each step.",
        ("return predict, losses", "return predict, losses[-1:]"),
    ),
    # ---- numeric_gradient ------------------------------------------------------------------------
    mistake(
        "numeric_gradient",
        "works in place on what cannot hold it",
        "The step is added to x itself. Integers cannot hold it, and x is not left exactly as it "
        "was: work on a copy.",
        instead=numeric_gradient_in_place,
    ),
    mistake(
        "numeric_gradient",
        "does not put x back",
        "numeric_gradient leaves x - h behind, and the next coordinate is measured from there. "
        "Step from a copy of x.",
        instead=numeric_gradient_without_restoring,
    ),
    mistake(
        "numeric_gradient",
        "a step of its own",
        "numeric_gradient ignores h and takes a step of its own.",
        ("numeric_jacobian(f, x, h)", "numeric_jacobian(f, x, h and 1e-6 * h / abs(h))"),
    ),
    mistake(
        "numeric_gradient",
        "stays flat",
        "The gradient is flat. It has the shape of x.",
        ("return gradient", "return gradient.ravel()"),
    ),
    mistake(
        "numeric_gradient",
        "accepts functions of many values",
        "numeric_gradient does not look at what f returns. Only a scalar function has a gradient.",
        ("if gradient.shape != np.shape(x):", "if False:"),
    ),
    # ---- numeric_jacobian ------------------------------------------------------------------------
    mistake(
        "numeric_jacobian",
        "one-sided differences",
        "The difference is one-sided: its error is of the order of h. Take f(x + h) - f(x - h), "
        "divided by 2h.",
        ("f(point - step)) / (2 * h)", "f(point.copy())) / h"),
    ),
    mistake(
        "numeric_jacobian",
        "divides by h",
        "f(x + h) - f(x - h) is divided by h. The two points are 2h apart.",
        ("/ (2 * h)", "/ h"),
    ),
    mistake(
        "numeric_jacobian",
        "sign of the difference",
        "The difference has the wrong sign: f(x + h) - f(x - h).",
        ("step[j] = h", "step[j] = -h"),
    ),
    mistake(
        "numeric_jacobian",
        "steps in all coordinates at once",
        "All coordinates move together. Move one at a time, and start again from x for the next.",
        ("step[j] = h", "step[...] = h"),
    ),
    mistake(
        "numeric_jacobian",
        "rows and columns swapped",
        "J is transposed: rows are outputs, columns are inputs.",
        (
            "return J",
            "return np.moveaxis(J, list(range(J.ndim - x.ndim)), list(range(x.ndim, J.ndim)))",
        ),
    ),
    mistake(
        "numeric_jacobian",
        "accepts any h",
        "numeric_jacobian does not look at h. Zero is no step: raise a ValueError that names h.",
        ("h <= 0", "False"),
    ),
    # ---- affine_vjp ------------------------------------------------------------------------------
    mistake(
        "affine_vjp",
        "dx and dw swapped",
        "affine_vjp returns dw before dx. The gradients come in the order of the inputs: dx, dw.",
        ("return dout @ w.T, x.T @ dout", "return x.T @ dout, dout @ w.T"),
    ),
    mistake(
        "affine_vjp",
        "dw is transposed",
        "dw is transposed. It must have the shape of w: xᵀ dout, not doutᵀ x.",
        ("x.T @ dout", "dout.T @ x"),
    ),
    mistake(
        "affine_vjp",
        "dx is transposed",
        "dx is transposed. It must have the shape of x: dout wᵀ, not w doutᵀ.",
        ("dout @ w.T", "w @ dout.T"),
    ),
    mistake(
        "affine_vjp",
        "dw is a mean",
        "dw is divided by the number of samples. The product adds up what each sample wants, and "
        "that is all.",
        ("x.T @ dout", "x.T @ dout / len(x)"),
    ),
    mistake(
        "affine_vjp",
        "accepts any dout",
        "affine_vjp does not look at the shape of dout. It has that of x w.",
        (
            "_check_affine(dout, x, w)",
            "dout = np.broadcast_to(dout[:, :1], (len(x), w.shape[1])) if dout.shape != (len(x), "
            "w.shape[1]) else dout",
        ),
    ),
    # ---- numeric_hessian -------------------------------------------------------------------------
    mistake(
        "numeric_hessian",
        "forward differences",
        "The difference of the gradients is one-sided, so its error is of the order of h. Step to "
        "both sides of x.",
        instead=numeric_hessian_of_forward_differences,
    ),
    mistake(
        "numeric_hessian",
        "only the diagonal",
        "numeric_hessian fills the diagonal only. Each pair of coordinates has a second "
        "derivative.",
        instead=numeric_hessian_with_only_its_diagonal,
    ),
    mistake(
        "numeric_hessian",
        "twice too large",
        "H is twice too large: adding Hᵀ makes it symmetric, and then it has to be halved.",
        ("(H + H.T) / 2", "H + H.T"),
    ),
    mistake(
        "numeric_hessian",
        "half of it",
        "Only one triangle of H is filled. ∂²f/∂xᵢ∂xⱼ = ∂²f/∂xⱼ∂xᵢ: fill both.",
        ("(H + H.T) / 2", "np.triu(H)"),
    ),
    mistake(
        "numeric_hessian",
        "product of first derivatives",
        "H holds products of first derivatives. It is the derivative of the gradient.",
        (
            "H = numeric_jacobian(lambda point: numeric_gradient(f, point, h), x, h)",
            "H = numeric_gradient(f, x, h)\n    H = np.outer(H, H)",
        ),
    ),
    mistake(
        "numeric_hessian",
        "accepts matrices",
        "numeric_hessian does not look at the shape of x. H has two axes only when x has one.",
        ("if np.ndim(x) != 1:", "if False:"),
        ("(H + H.T) / 2", "H"),
    ),
    # ---- classify_critical_point -----------------------------------------------------------------
    mistake(
        "classify_critical_point",
        "minimum and maximum swapped",
        "Minimum and maximum are swapped: where all curvatures are positive the function rises in "
        "every direction.",
        ('"minimum" if up else "maximum"', '"maximum" if up else "minimum"'),
    ),
    mistake(
        "classify_critical_point",
        "goes by the determinant",
        "The determinant is the product of the eigenvalues: two negative ones make it positive. "
        "Look at each sign.",
        instead=classify_critical_point_by_the_determinant,
    ),
    mistake(
        "classify_critical_point",
        "goes by the diagonal",
        "The diagonal of H holds the curvatures along the axes only. It is the signs of the "
        "eigenvalues that count.",
        instead=classify_critical_point_by_the_diagonal,
    ),
    mistake(
        "classify_critical_point",
        "zero only when exactly zero",
        "An eigenvalue of 1e-17 is a rounding error, not a curvature. Zero is what is small "
        "beside the largest.",
        ("zero = 1e-6 * np.abs(eigenvalues).max()", "zero = 0.0"),
    ),
    mistake(
        "classify_critical_point",
        "zero in absolute units",
        "The limit for zero is a fixed number, so the answer depends on the unit of f. Compare "
        "with the largest |λ|.",
        ("zero = 1e-6 * np.abs(eigenvalues).max()", "zero = 1e-6"),
    ),
    mistake(
        "classify_critical_point",
        "a zero hides the saddle",
        "One eigenvalue of each sign is enough for a saddle, also when a third one is zero.",
        ("if up and down:", "if up and down and not (np.abs(eigenvalues) <= zero).any():"),
    ),
    mistake(
        "classify_critical_point",
        "knows no degenerate points",
        "A zero eigenvalue beside one sign leaves the question open: the answer is degenerate.",
        ("if (np.abs(eigenvalues) <= zero).any():", "if not up and not down:"),
    ),
    mistake(
        "classify_critical_point",
        "one triangle only",
        "Only one triangle of H is looked at. When H is not symmetric its symmetric part (H + Hᵀ) "
        "/ 2 counts.",
        ("np.linalg.eigvalsh((H + H.T) / 2)", "np.linalg.eigvalsh(H)"),
    ),
    mistake(
        "classify_critical_point",
        "accepts NaN",
        "A matrix with NaN in it is no Hessian, and its eigenvalues mean nothing: raise a "
        "ValueError that names H.",
        (" or not np.isfinite(H).all()", ""),
        (
            "eigenvalues = np.linalg.eigvalsh(",
            "H = np.nan_to_num(H)\n    eigenvalues = np.linalg.eigvalsh(",
        ),
    ),
    # ---- newton_step -----------------------------------------------------------------------------
    mistake(
        "newton_step",
        "the wrong way",
        "The step has the wrong sign. It is added to x, so it is -H⁻¹ g.",
        ("-np.linalg.solve", "np.linalg.solve"),
    ),
    mistake(
        "newton_step",
        "multiplies by H",
        "newton_step multiplies by H. It is the inverse that turns a slope into a distance: solve "
        "H Δ = -g.",
        ("-np.linalg.solve(H, grad)", "-H @ grad"),
    ),
    mistake(
        "newton_step",
        "divides by the diagonal",
        "newton_step divides by the diagonal of H, which is right only when H is diagonal. Solve "
        "H Δ = -g.",
        ("-np.linalg.solve(H, grad)", "-grad / np.diag(H)"),
    ),
    mistake(
        "newton_step",
        "always downhill",
        "newton_step turns away from saddles. Newton's own takes the eigenvalues with their "
        "signs, and lands there.",
        (
            "return -np.linalg.solve(H, grad)",
            "curvatures, Q = np.linalg.eigh(H)\n"
            "        np.linalg.inv(H)\n"
            "        return -Q @ ((Q.T @ grad) / np.abs(curvatures))",
        ),
    ),
    mistake(
        "newton_step",
        "inverts what has no inverse",
        "A singular H has no inverse, and the pseudo-inverse only hides it: raise a ValueError "
        "that names H.",
        ("-np.linalg.solve(H, grad)", "-np.linalg.pinv(H) @ grad"),
    ),
]
