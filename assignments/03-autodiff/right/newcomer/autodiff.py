# Style: newcomer: a node holds (operand, slope) pairs; the order by counting uses (Kahn), math.pow for powers
import math

import numpy as np


class Value:
    def __init__(self, data, *operands):
        self.data = float(data)
        self.grad = 0.0
        self.operands = operands  # pairs: (node, derivative with respect to it)

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"

    def __add__(self, other):
        other = to_value(other)
        return Value(self.data + other.data, (self, 1.0), (other, 1.0))

    def __sub__(self, other):
        other = to_value(other)
        return Value(self.data - other.data, (self, 1.0), (other, -1.0))

    def __mul__(self, other):
        other = to_value(other)
        return Value(self.data * other.data, (self, other.data), (other, self.data))

    def __truediv__(self, other):
        other = to_value(other)
        quotient = self.data / other.data
        return Value(quotient, (self, 1 / other.data), (other, -quotient / other.data))

    def __radd__(self, other):
        return to_value(other) + self

    def __rsub__(self, other):
        return to_value(other) - self

    def __rmul__(self, other):
        return to_value(other) * self

    def __rtruediv__(self, other):
        return to_value(other) / self

    def __neg__(self):
        return Value(-self.data, (self, -1.0))

    def __pow__(self, n):
        result = math.pow(self.data, n)  # a ValueError where this is no real number
        if n == 0:
            slope = 0.0
        elif self.data == 0 and n < 1:
            slope = math.inf
        else:
            slope = n * math.pow(self.data, n - 1)
        return Value(result, (self, slope))

    def exp(self):
        y = math.exp(self.data)
        return Value(y, (self, y))

    def log(self):
        return Value(math.log(self.data), (self, 1 / self.data))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self, 1 - y * y))

    def sigmoid(self):
        small = math.exp(-abs(self.data))
        y = 1 / (1 + small) if self.data >= 0 else small / (1 + small)
        return Value(y, (self, y * (1 - y)))

    def relu(self):
        if self.data > 0:
            return Value(self.data, (self, 1.0))
        return Value(0.0, (self, 0.0))

    def max(self, other):
        other = to_value(other)
        if self.data == other.data:
            return Value(self.data, (self, 0.5), (other, 0.5))
        larger = self if self.data > other.data else other
        smaller = other if larger is self else self
        return Value(larger.data, (larger, 1.0), (smaller, 0.0))

    def backward(self):
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        while order:
            node = order.pop()
            for operand, slope in node.operands:
                operand.grad += slope * node.grad


def to_value(x):
    return x if isinstance(x, Value) else Value(x)


def topological_order(node):
    # count how often each node is used ...
    uses, found = {node: 0}, [node]
    for parent in found:  # grows while we walk along it
        for child, _ in parent.operands:
            if child not in uses:
                uses[child] = 0
                found.append(child)
            uses[child] += 1
    # ... and take a node once all of its uses have been taken
    free, parents_first = [node], []
    while free:
        parent = free.pop()
        parents_first.append(parent)
        for child, _ in parent.operands:
            uses[child] -= 1
            if uses[child] == 0:
                free.append(child)
    return parents_first[::-1]


def train_xor(num_steps, lr, rng):
    hidden = 8
    # one row for each unit: two weights in, the bias, the weight out
    units = [[Value(rng.normal()) for _ in range(4)] for _ in range(hidden)]
    bias = Value(rng.normal())
    weights = [w for unit in units for w in unit] + [bias]

    def score(x0, x1):
        total = bias
        for w0, w1, b, out in units:
            total = total + out * (w0 * x0 + w1 * x1 + b).tanh()
        return total

    losses = []
    for _ in range(num_steps):
        loss = Value(0)
        for x0 in (0, 1):
            for x1 in (0, 1):
                sign = 1 if x0 != x1 else -1
                loss = loss + (1 - sign * score(x0, x1)).relu() / 4
        loss.backward()
        for w in weights:
            w.data -= lr * w.grad
        losses.append(loss.data)

    def predict(points):
        return np.array([int(score(float(x0), float(x1)).data > 0) for x0, x1 in points], dtype=int)

    return predict, losses
