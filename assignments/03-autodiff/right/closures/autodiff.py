# Style: a closure per node sends the gradient back; ties and kinks are shared; sums begin with a plain zero
import math

import numpy as np


def topological_order(node):
    order, done = [], set()
    path = [(node, iter(node.parts))]
    started = {id(node)}
    while path:
        here, waiting = path[-1]
        for part in waiting:
            if id(part) not in started:
                started.add(id(part))
                path.append((part, iter(part.parts)))
                break
        else:
            path.pop()
            if id(here) not in done:
                done.add(id(here))
                order.append(here)
    return order


class Value:
    def __init__(self, data, parts=(), pull=None):
        self.data = data
        self.grad = 0.0
        self.parts = parts
        self.pull = pull  # what the gradient of each part is, given that of this node

    def backward(self):
        nodes = topological_order(self)
        for node in nodes:
            node.grad = 0.0
        self.grad = 1.0
        while nodes:
            node = nodes.pop()
            if node.pull is not None:
                for part, share in zip(node.parts, node.pull(node.grad), strict=True):
                    part.grad = part.grad + share

    def __add__(self, other):
        other = lift(other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g))

    __radd__ = __add__

    def __mul__(self, other):
        other = lift(other)
        a, b = self.data, other.data
        return Value(a * b, (self, other), lambda g: (g * b, g * a))

    __rmul__ = __mul__

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        return self + -1 * lift(other)

    def __rsub__(self, other):
        return -1 * self + other

    def __truediv__(self, other):
        return quotient(self, lift(other))

    def __rtruediv__(self, other):
        return quotient(Value(other), self)

    def __pow__(self, n):
        x = float(self.data)
        if x == 0 and n < 0:
            raise ValueError("zero has no negative powers")
        y = x**n
        if isinstance(y, complex):
            raise ValueError(f"{x} has no power {n}")

        def pull(g):
            if n == 0:
                return (0.0,)
            try:
                return (g * n * x ** (n - 1),)
            except ZeroDivisionError:
                return (g * math.inf,)

        return Value(y, (self,), pull)

    def exp(self):
        return function(self, math.exp, lambda x, y: y)

    def log(self):
        return function(self, math.log, lambda x, y: 1 / x)

    def tanh(self):
        return function(self, lambda x: 2 * logistic(2 * x) - 1, lambda x, y: (1 + y) * (1 - y))

    def sigmoid(self):
        return function(self, logistic, lambda x, y: y - y**2)

    def relu(self):
        return function(self, lambda x: x if x > 0 else 0, lambda x, y: (0, 0.5, 1)[1 + (x > 0) - (x < 0)])

    def max(self, other):
        other = lift(other)
        a, b = self.data, other.data
        mine = 0.5 if a == b else 1.0 if a > b else 0.0
        return Value(a if a > b else b, (self, other), lambda g: (g * mine, g * (1 - mine)))


def lift(x):
    return x if isinstance(x, Value) else Value(x)


def quotient(a, b):
    top, bottom = a.data, b.data
    return Value(top / bottom, (a, b), lambda g: (g / bottom, -g * top / (bottom * bottom)))


def function(node, f, slope):
    x = node.data
    y = f(x)
    return Value(y, (node,), lambda g: (g * slope(x, y),))


def logistic(x):
    if x < 0:
        e = math.exp(x)
        return e / (1 + e)
    return 1 / (1 + math.exp(-x))


def train_xor(num_steps, lr, rng):
    W1 = [[Value(rng.standard_normal()) for _ in range(2)] for _ in range(8)]
    b1 = [Value(rng.standard_normal()) for _ in range(8)]
    w2 = [Value(rng.standard_normal()) for _ in range(8)]
    b2 = Value(rng.standard_normal())
    everything = [*(w for row in W1 for w in row), *b1, *w2, b2]

    def score(point):
        total = b2
        for row, bias, weight in zip(W1, b1, w2, strict=True):
            inside = bias
            for w, x in zip(row, point, strict=True):
                inside = inside + w * float(x)
            total = total + weight * inside.tanh()
        return total

    def predict(points):
        return np.array([1 if score(point).data > 0 else 0 for point in points])

    losses = []
    for _ in range(num_steps):
        loss = 0
        for p in (0, 1):
            for q in (0, 1):
                s = score((p, q))
                margin = 1 - s if p != q else 1 + s
                loss = loss + margin.max(0) * 0.25
        losses.append(loss.data)
        loss.backward()
        for w in everything:
            w.data = w.data - lr * w.grad
    return predict, losses
