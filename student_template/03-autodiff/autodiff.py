"""Reverse-mode automatic differentiation of scalars: the whole idea of backpropagation, one number
at a time.
"""

import math
import numpy as np


class Value:
    """A number that remembers how it was computed, so that derivatives can be taken backwards
    through it.

        y = f(a, b)        ∂L/∂a += ∂L/∂y ∂f/∂a        ∂L/∂b += ∂L/∂y ∂f/∂b

    Every operation makes a new node with the result in `data`, the operands in `children` and the
    local derivatives ∂f/∂child in `slopes`; a leaf has neither. The graph grows as the code runs,
    so loops and branches are allowed. After y.backward() each node's `grad` is ∂y/∂node.

    Operations: + - * / between nodes and numbers in either order, - x, x ** n with a number n, and
    the methods exp, log, tanh, sigmoid, relu and max(other). At a kink relu's slope is 0, and of
    two equal numbers max takes the first. Raises ValueError for the log of a number that is not
    positive and for a power that is no real number; otherwise numbers behave as Python's own (1 / 0
    is a ZeroDivisionError, exp(1000) an OverflowError).

    Rumelhart, Hinton & Williams 1986; Baydin et al. 2018, arXiv:1502.05767, section 3.2; lectures
    L0 and L4.

    >>> a, b = Value(2.0), Value(-3.0)
    >>> y = a * b + a
    >>> y.backward()
    >>> y, a, b  # a is used twice: b + 1
    (Value(data=-4.0, grad=1.0), Value(data=2.0, grad=-2.0), Value(data=-3.0, grad=2.0))
    """

    def __init__(self, data, children=(), slopes=()):
        raise NotImplementedError

    def backward(self):
        """Set `grad` to ∂self/∂node for every node that self was computed from, itself included
        (1).

            ∂L/∂child = Σ ∂L/∂node ∂node/∂child        over all nodes that use the child

        Gradients add where a node is used more than once. They start from 0 at every call: calling
        it again does not add to what the last call left, and for the sum of two results call it on
        their sum.
        Each node is visited once, after everything that uses it; there is no recursion, so depth is
        no limit.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward()
        >>> y.backward()
        >>> x.grad
        6.0
        """
        raise NotImplementedError

    def exp(self):
        """eˣ; its slope is eˣ again."""
        raise NotImplementedError

    def log(self):
        """The natural logarithm; its slope is 1/x."""
        raise NotImplementedError

    def tanh(self):
        """The hyperbolic tangent y; its slope is 1 - y²."""
        raise NotImplementedError

    def sigmoid(self):
        """The logistic function y = 1 / (1 + e⁻ˣ), without overflow for any x; its slope is y (1 -
        y).
        """
        raise NotImplementedError

    def relu(self):
        """The larger of x and 0; its slope is 1 where x > 0, otherwise 0."""
        raise NotImplementedError

    def max(self, other):
        """The larger of two; its slope is 1 for the larger and 0 for the other (equal: 1
        for self).
        """
        raise NotImplementedError



def topological_order(node):
    """All nodes that `node` was computed from, children before parents, each once; `node` itself is
    the last.

    A child is an operand, a parent is what was computed from it. Gradients flow in the reverse of
    this order.
    The stack of the depth-first search is a list, not Python's own, so a chain of a million nodes
    is no problem.

    Cormen, Leiserson, Rivest & Stein, "Introduction to Algorithms", section on topological sort;
    lectures L0 and L4.

    >>> a = Value(1.0)
    >>> b = a + a
    >>> c = a * b
    >>> topological_order(c) == [a, b, c]
    True
    """
    raise NotImplementedError



def train_xor(num_steps, lr, rng):
    """Teach a small network of Values the exclusive or, which no single perceptron can learn.

        score(x) = w₂ · tanh(W₁ x + b₁) + b₂
        L = ¼ Σ max(0, 1 - ±score)
        w ← w - lr ∂L/∂w

    Eight hidden units; full-batch gradient descent on the four points (0,0) → 0, (0,1) → 1, (1,0) →
    1, (1,1) → 0 with the hinge loss, where ± is + for label 1 and - for label 0. lr = 0.3 and 300
    steps do.
    Returns predict, which takes points (N, 2) and gives labels (N,), 1 where the score is positive;
    and losses, a list of num_steps floats, each taken before its step.

    Rumelhart, Hinton & Williams 1985, "Learning internal representations by error propagation";
    lecture L4.

    >>> predict, losses = train_xor(300, 0.3, np.random.default_rng(0))
    >>> predict(np.array([[0, 0], [0, 1], [1, 0], [1, 1]])), losses[-1] < 0.1 < losses[0]
    (array([0, 1, 1, 0]), True)
    """
    raise NotImplementedError
